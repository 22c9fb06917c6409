/* SPDX-License-Identifier: MIT */
/*
 * One change of the setup, from whichever objects of one request: it is prepared beside what is in use, takes its
 * place when the master commits, and gives it back if somebody else's part of the request fails.
 *
 * What the file is to hold is written before the request is answered. Where it cannot be, the request fails and nothing
 * has changed; what does not change the file, as that of a volatile row, needs none.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "thresholds.h"

int thresholds_begin_change(struct thresholds *thresholds)
{
  if (thresholds->stage != THRESHOLDS_IDLE)
    return 0;
  if (threshold_copy(&thresholds->other.list, &thresholds->now.list))
    return -ENOMEM;
  thresholds->other.enabled = thresholds->now.enabled;
  thresholds->stage = THRESHOLDS_PREPARED;
  return 0;
}

/* The text that now takes the place of what the file was to hold; NULL and *same if it stays as it is. */
static char *new_text(const struct thresholds *thresholds, const struct threshold_setup *before,
                      const struct threshold_setup *after, bool *same)
{
  char *was = threshold_text(before, thresholds->degraded), *will_be = threshold_text(after, thresholds->degraded);

  *same = was && will_be && strcmp(was, will_be) == 0;
  free(was);
  if (!*same)
    return will_be;
  free(will_be);
  return NULL;
}

int thresholds_check_change(const struct thresholds *thresholds)
{
  struct wt_error error = {.text = "thresholds cannot be kept: their file is damaged"};
  bool same;
  char *text = new_text(thresholds, &thresholds->now, &thresholds->other, &same);

  free(text);
  if (same || (text && !thresholds->damaged && threshold_can_write(&error) == 0))
    return SNMP_ERR_NOERROR;
  snmp_log(LOG_WARNING, "wiretruth: a SET is refused: %s\n", text ? error.text : "out of memory");
  return SNMP_ERR_RESOURCEUNAVAILABLE;
}

static void exchange(struct thresholds *thresholds)
{
  struct threshold_setup now = thresholds->now;

  thresholds->now = thresholds->other;
  thresholds->other = now;
  table_replace_each(&thresholds->table, (void *const *)thresholds->now.list.rows, thresholds->now.list.count);
}

/* Keeps what is in use now, where other was before. */
static int keep(const struct thresholds *thresholds, int failure)
{
  struct wt_error error = {.text = "out of memory"};
  bool same;
  char *text = new_text(thresholds, &thresholds->other, &thresholds->now, &same);
  int status = same || (text && threshold_write(text, &error) == 0) ? SNMP_ERR_NOERROR : failure;

  free(text);
  if (status != SNMP_ERR_NOERROR)
    snmp_log(LOG_ERR, "wiretruth: a SET fails: %s\n", error.text);
  return status;
}

/* Each part of the request asks for it: the first does it. */
static int commit(struct thresholds *thresholds)
{
  int status;

  if (thresholds->stage == THRESHOLDS_DONE)
    return SNMP_ERR_NOERROR;
  if (thresholds->stage != THRESHOLDS_PREPARED)
    return SNMP_ERR_COMMITFAILED;
  exchange(thresholds);
  status = keep(thresholds, SNMP_ERR_COMMITFAILED);
  if (status == SNMP_ERR_NOERROR)
    thresholds->stage = THRESHOLDS_DONE;
  else
    exchange(thresholds);
  return status;
}

/* What goes has its alerts cleared: nobody else would. */
static void say_farewell(struct thresholds *thresholds)
{
  for (size_t i = 0; i < thresholds->other.list.count; i++) {
    struct threshold *row = thresholds->other.list.rows[i];
    const struct wt_alert *alerts;
    size_t count;

    if (!row->watch || threshold_find(&thresholds->now.list, threshold_number(row)) == row)
      continue;
    alerts = wt_rule_watch_end(row->watch, &count);
    thresholds_tell(thresholds, row, alerts, count);
  }
}

/* Only now: what waits to be sent is dropped where notifications are switched off, which nothing brings back. */
static void finish(struct thresholds *thresholds)
{
  notify_enable(&thresholds->notifier, thresholds->now.enabled);
  say_farewell(thresholds);
  threshold_drop(&thresholds->other.list, &thresholds->now.list);
  thresholds->stage = THRESHOLDS_IDLE;
}

static int undo(struct thresholds *thresholds)
{
  int status = SNMP_ERR_NOERROR;

  if (thresholds->stage == THRESHOLDS_DONE) {
    exchange(thresholds);
    status = keep(thresholds, SNMP_ERR_UNDOFAILED);
  }
  finish(thresholds);
  return status;
}

int thresholds_step(struct thresholds *thresholds, int mode)
{
  switch (mode) {
  case MODE_SET_ACTION:
    return commit(thresholds);
  case MODE_SET_UNDO:
    return undo(thresholds);
  /* A master that died in the middle of a request never told how it ended: what was done stands. */
  case MODE_SET_RESERVE1:
  case MODE_SET_COMMIT:
  case MODE_SET_FREE:
    finish(thresholds);
    return SNMP_ERR_NOERROR;
  default:
    return SNMP_ERR_NOERROR;
  }
}

void thresholds_keep(const struct thresholds *thresholds)
{
  struct wt_error error = {.text = "out of memory"};
  char *text = threshold_text(&thresholds->now, thresholds->degraded);

  if (!thresholds->damaged && (!text || threshold_write(text, &error)))
    snmp_log(LOG_ERR, "wiretruth: %s\n", error.text);
  free(text);
}
