/* SPDX-License-Identifier: MIT */
/* A baseline's file. What was read is written and read again: it has to be the same, comments too. */
#include <stdlib.h>
#include <string.h>

#include "baseline_file.h"
#include "fuzz.h"

static bool is_same(const char *a, const char *b)
{
  return a == b || (a && b && strcmp(a, b) == 0);
}

static void must_equal(const struct wt_baseline_interface *a, const struct wt_baseline_interface *b)
{
  fuzz_must(is_same(a->name, b->name) && is_same(a->above, b->above) && is_same(a->behind, b->behind));
  fuzz_must(a->item_count == b->item_count);
  for (size_t i = 0; i < a->item_count; i++) {
    const struct wt_baseline_item *item = &a->items[i], *other = &b->items[i];

    fuzz_must(item->fact == other->fact && is_same(item->name, other->name) && is_same(item->value, other->value));
    fuzz_must(is_same(item->above, other->above) && is_same(item->behind, other->behind));
    fuzz_must(wt_baseline_find_item(a, item) == item);
  }
  fuzz_must(wt_baseline_compare(a, b, NULL, 0) == 0);
}

static void must_survive(const struct wt_baseline_record *record)
{
  struct wt_baseline_record again;
  struct wt_error error = {0};
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);

  fuzz_must(out != NULL);
  wt_baseline_format(out, record->interfaces, record->interface_count, record);
  fuzz_must(fclose(out) == 0);
  fuzz_must_say(wt_baseline_parse(text, size, &again, &error), &error);
  fuzz_must(error.code == 0);
  fuzz_must(again.interface_count == record->interface_count);
  for (size_t i = 0; i < record->interface_count; i++)
    must_equal(&record->interfaces[i], &again.interfaces[i]);
  fuzz_must(is_same(record->head, again.head) && is_same(record->behind_head, again.behind_head));
  fuzz_must(is_same(record->tail, again.tail));
  wt_baseline_clear(&again);
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct wt_baseline_record record;
  struct wt_error error = {0};
  int status = wt_baseline_parse((const char *)data, size, &record, &error);

  fuzz_must_say(status, &error);
  if (status)
    return 0;
  for (size_t i = 1; i < record.interface_count; i++)
    fuzz_must(wt_baseline_order_names(record.interfaces[i - 1].name, record.interfaces[i].name) < 0);
  must_survive(&record);
  wt_baseline_clear(&record);
  return 0;
}
