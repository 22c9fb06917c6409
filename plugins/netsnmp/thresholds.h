/* SPDX-License-Identifier: MIT */
/* wtThresholdTable and the scalars of notifications: what a manager sets, and what follows of it. */
#ifndef WT_SNMP_THRESHOLDS_H
#define WT_SNMP_THRESHOLDS_H

#include "monitor.h"
#include "notify.h"
#include "threshold.h"

struct thresholds {
  struct threshold_setup now;
  struct threshold_setup other; /* while a SET is under way: what it leads to, and once it is done what was before */
  enum { THRESHOLDS_IDLE, THRESHOLDS_PREPARED, THRESHOLDS_DONE } stage;
  bool degraded;         /* the capture is, as it was told last, maybe before a restart */
  bool alerted;          /* the core has an alert of that */
  enum wt_method method; /* of the last report; WT_METHOD_AUTO before the first */
  bool damaged;          /* the file cannot be read: it must not be written over */
  struct table table;
  netsnmp_handler_registration *scalars;
  struct notifier notifier;
};

/* Makes the rows of the configuration and of the file. 0 or -ENOMEM. A damaged file, and one that could not be written,
 * are told in the log. */
int thresholds_open(struct thresholds *thresholds, const struct wt_config *config, const bool *connected);

/* Makes the rows of another configuration. What is the same goes on. 0 or -ENOMEM. */
int thresholds_reconfigure(struct thresholds *thresholds, const struct wt_config *config);

/* 0 or a negative errno, after a line in the log. */
int thresholds_register(struct thresholds *thresholds);
void thresholds_unregister(struct thresholds *thresholds);

/* Looks at the monitor's present report, and sends what is to be told. NULL: there is none, and why. */
void thresholds_follow(struct thresholds *thresholds, const struct wt_report *report, const char *why);

/* Logs and sends what a row found. */
void thresholds_tell(struct thresholds *thresholds, const struct threshold *row, const struct wt_alert *alerts,
                     size_t count);

void thresholds_close(struct thresholds *thresholds);

/* ---- parts ---- */

/* threshold_set.c: a step of a SET on the table. */
int thresholds_set(void *thresholds, netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests);

/* notify_scalars.c. 0 or a negative errno, after a line in the log. */
int thresholds_register_scalars(struct thresholds *thresholds);

/* thresholds_capture.c: wtCaptureDegraded and wtCaptureRestored. As thresholds_follow(). */
void thresholds_follow_capture(struct thresholds *thresholds, const struct wt_report *report, const char *why);

/* thresholds_change.c: what the parts of one request make of the setup together. */

/* From now on other is what the request leads to; a copy of what is in use at first. 0 or -ENOMEM. */
int thresholds_begin_change(struct thresholds *thresholds);

/* Whether it could be kept: an error of SNMP, after a line in the log. */
int thresholds_check_change(const struct thresholds *thresholds);

/* What a step of a SET (MODE_SET_...) does with it. An error of SNMP. Each part may ask for it. */
int thresholds_step(struct thresholds *thresholds, int mode);

/* Writes the file where it was not a SET that changed what is in it. */
void thresholds_keep(const struct thresholds *thresholds);

#endif
