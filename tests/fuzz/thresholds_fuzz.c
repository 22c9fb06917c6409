/* SPDX-License-Identifier: MIT */
/*
 * The file in which the Net-SNMP agent keeps what a manager has set. What was read is written and read again: it has to
 * be the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugins/netsnmp/threshold.h"
#include "fuzz.h"

struct kept {
  struct threshold_setup setup;
  bool degraded;
};

static int read_kept(const void *data, size_t size, struct kept *kept)
{
  FILE *file = fmemopen((void *)data, size, "r");
  int status, line = 0;

  fuzz_must(file != NULL);
  *kept = (struct kept){.degraded = false};
  status = threshold_read(file, &kept->setup, &kept->degraded, &line);
  fuzz_must(status == 0 || status == -EINVAL);
  fuzz_must(status == 0 || line > 0);
  fclose(file);
  return status;
}

static void must_hold(const struct threshold_list *list)
{
  fuzz_must(threshold_made(list) == list->count && list->count <= THRESHOLD_MOST);
  for (size_t i = 0; i < list->count; i++) {
    const struct threshold *row = list->rows[i];

    fuzz_must(threshold_find(list, threshold_number(row)) == row);
    fuzz_must((row->values.status == RS_ACTIVE) == (row->watch != NULL));
    fuzz_must(threshold_is_complete(&row->values));
  }
}

static void must_survive(const struct kept *kept)
{
  char *text = threshold_text(&kept->setup, kept->degraded), *second;
  struct kept again;

  fuzz_must(text && read_kept(text, strlen(text), &again) == 0);
  second = threshold_text(&again.setup, again.degraded);
  fuzz_must(second && strcmp(text, second) == 0);
  fuzz_must(again.setup.list.count == kept->setup.list.count);
  threshold_drop(&again.setup.list, NULL);
  free(text);
  free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct kept kept;

  /* fmemopen() takes no text of no length. */
  if (size == 0)
    return 0;
  if (read_kept(data, size, &kept) == 0)
    must_survive(&kept);
  must_hold(&kept.setup.list);
  threshold_drop(&kept.setup.list, NULL);
  return 0;
}
