/* SPDX-License-Identifier: MIT */
/*
 * Whether the capture is what was asked for: by the core's alerts, and not while there is no report at all. What was
 * told is kept over a restart, for it is mostly a restart that ends it, and whoever was told would never know.
 */
#include <stdio.h>

#include "thresholds.h"

static void tell(struct thresholds *thresholds, bool degraded, const char *text)
{
  if (degraded == thresholds->degraded)
    return;
  thresholds->degraded = degraded;
  notify_capture(&thresholds->notifier, degraded, thresholds->method, text);
  thresholds_keep(thresholds);
}

/* No report for as long as figures are shown at most. */
static void tell_absence(struct thresholds *thresholds, const char *why)
{
  char text[256];

  if (thresholds->method == WT_METHOD_AUTO)
    return;
  snprintf(text, sizeof(text), "nothing is observed: polls fail: %.200s", why);
  tell(thresholds, true, text);
}

void thresholds_follow_capture(struct thresholds *thresholds, const struct wt_report *report, const char *why)
{
  if (!report) {
    tell_absence(thresholds, why);
    return;
  }
  thresholds->method = report->method;
  for (size_t i = 0; i < report->alert_count; i++) {
    const struct wt_alert *alert = &report->alerts[i];

    if (alert->kind != WT_ALERT_CAPTURE)
      continue;
    thresholds->alerted = alert->severity != WT_SEVERITY_OKAY;
    tell(thresholds, thresholds->alerted, alert->text);
  }
  /* What was told before a restart, or while polls failed, has no end among the alerts. */
  if (!thresholds->alerted && !report->degraded[0])
    tell(thresholds, false, "the capture is what was asked for again");
}
