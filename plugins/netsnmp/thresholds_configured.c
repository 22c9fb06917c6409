/* SPDX-License-Identifier: MIT */
/* What becomes of the rows of the configuration when there is another one. */
#include <errno.h>
#include <string.h>

#include "thresholds.h"

static bool is_same(const struct threshold *a, const struct threshold *b)
{
  return memcmp(&a->values, &b->values, sizeof(a->values)) == 0;
}

/* In both lists of a SET that is under way. Where there is no row to put nothing can fail. */
static int put(struct thresholds *thresholds, unsigned long number, struct threshold *row)
{
  int status = threshold_put(&thresholds->now.list, number, row);

  if (!status && thresholds->stage != THRESHOLDS_IDLE)
    status = threshold_put(&thresholds->other.list, number, row);
  return status;
}

/* What it raised is cleared: nobody else would. */
static void end(struct thresholds *thresholds, struct threshold *row)
{
  size_t count = 0;
  const struct wt_alert *alerts = row->watch ? wt_rule_watch_end(row->watch, &count) : NULL;

  thresholds_tell(thresholds, row, alerts, count);
  threshold_free(row);
}

int thresholds_reconfigure(struct thresholds *thresholds, const struct wt_config *config)
{
  struct threshold_list fresh = {0};
  int status = threshold_configured(&fresh, config);

  /* From the end: what is taken out moves the last row of the list to its place. */
  for (size_t i = thresholds->now.list.count; i-- > 0 && !status;) {
    struct threshold *old = thresholds->now.list.rows[i], *row;
    unsigned long number = threshold_number(old);

    if (number <= THRESHOLD_LAST)
      continue;
    row = threshold_find(&fresh, number);
    if (row && is_same(old, row))
      continue;
    status = put(thresholds, number, NULL);
    end(thresholds, old);
  }
  for (size_t i = fresh.count; i-- > 0 && !status;) {
    struct threshold *row = fresh.rows[i];
    unsigned long number = threshold_number(row);

    if (threshold_find(&thresholds->now.list, number))
      continue;
    status = put(thresholds, number, row);
    if (threshold_find(&thresholds->now.list, number) == row)
      threshold_put(&fresh, number, NULL);
  }
  threshold_drop(&fresh, NULL);
  table_replace_each(&thresholds->table, (void *const *)thresholds->now.list.rows, thresholds->now.list.count);
  return status;
}
