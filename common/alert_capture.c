/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>

#include "alert.h"

int wt_alert_follow_capture(struct wt_crossing *crossing, const struct wt_settings *settings, const char *degraded,
                            const struct wt_alert_time *time, struct wt_alert_list *list)
{
  /* A report speaks for all the time since the one before. */
  const struct wt_threshold threshold = {
      .rising = 0.5, .falling = 0.5, .hold = settings->hold, .reach = INFINITY, .startup = WT_STARTUP_RISING};
  struct wt_alert *alert;
  enum wt_edge edge;

  if (!wt_alert_list_reserve(list, 1))
    return -ENOMEM;
  edge = wt_threshold_step(crossing, &threshold, *degraded != '\0', time->seconds, time->unix_time);
  if (edge == WT_EDGE_NONE)
    return 0;
  alert =
      wt_alert_list_add(list, WT_ALERT_CAPTURE, edge == WT_EDGE_RAISED ? WT_SEVERITY_WARNING : WT_SEVERITY_OKAY, "", 0);
  alert->since = crossing->since;
  wt_alert_say_capture(alert, degraded);
  return 0;
}
