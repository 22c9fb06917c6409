/* SPDX-License-Identifier: MIT */
/* An exporter's answer, cut into parts as the network would: the first octets say where. */
#include <string.h>

#include "exposition.h"
#include "fuzz.h"
#include "table.h"

static int read_all(struct wt_exposition *exposition, const struct fuzz_input *text, size_t step,
                    struct wt_error *error)
{
  for (size_t at = 0; at < text->size; at += step) {
    size_t part = text->size - at < step ? text->size - at : step;
    int status = wt_exposition_read(exposition, (const char *)text->data + at, part, error);

    if (status)
      return status;
  }
  return wt_exposition_end(exposition, error);
}

/* Returns what came of it, with the text of the error. */
static int read_in_steps(const struct fuzz_input *text, size_t step, struct wt_series_table *table,
                         struct wt_error *error)
{
  struct wt_exposition *exposition = wt_exposition_new(table);
  int status;

  fuzz_must(exposition != NULL);
  status = read_all(exposition, text, step, error);
  wt_exposition_free(exposition);
  fuzz_must_say(status, error);
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct fuzz_input input = {data, size};
  size_t step = fuzz_byte(&input) + 1u;
  struct wt_series_table *whole = wt_series_table_new(), *parts = wt_series_table_new();
  struct wt_error error = {0}, again = {0};
  int status;

  fuzz_must(whole && parts);
  status = read_in_steps(&input, input.size + 1, whole, &error);
  fuzz_must(read_in_steps(&input, step, parts, &again) == status);
  fuzz_must(status == 0 || strcmp(error.text, again.text) == 0);
  table_must_hold(whole);
  table_must_equal(whole, parts);
  wt_series_table_free(whole);
  wt_series_table_free(parts);
  return 0;
}
