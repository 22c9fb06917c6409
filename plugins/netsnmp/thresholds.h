/* SPDX-License-Identifier: MIT */
/* wtThresholdTable and the scalars of notifications: what a manager sets, and what follows of it. */
#ifndef WT_SNMP_THRESHOLDS_H
#define WT_SNMP_THRESHOLDS_H

#include "monitor.h"
#include "notify.h"
#include "threshold.h"

struct thresholds {
  struct threshold_list now;
  struct threshold_list other; /* while a SET is under way: what it leads to, and once it is done what was before */
  enum { THRESHOLDS_IDLE, THRESHOLDS_TESTED, THRESHOLDS_DONE } stage;
  bool damaged; /* the file cannot be read: it must not be written over */
  struct table table;
  netsnmp_handler_registration *scalars;
  struct notifier notifier;
  bool was_enabled; /* before a SET that may be undone */
};

/* Makes the rows of the configuration and of the file. 0 or -ENOMEM. A damaged file is told in the log. */
int thresholds_open(struct thresholds *thresholds, const struct wt_config *config, const bool *connected);

/* 0 or a negative errno, after a line in the log. */
int thresholds_register(struct thresholds *thresholds);
void thresholds_unregister(struct thresholds *thresholds);

/* Looks at the monitor's present report, and sends what is to be told. */
void thresholds_follow(struct thresholds *thresholds, const struct wt_report *report);

/* Logs and sends what a row found. */
void thresholds_tell(struct thresholds *thresholds, const struct threshold *row, const struct wt_alert *alerts,
                     size_t count);

void thresholds_close(struct thresholds *thresholds);

/* threshold_set.c: a step of a SET. */
int thresholds_set(void *thresholds, netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests);

/* Whether what is set could be kept. */
bool thresholds_can_save(const struct thresholds *thresholds);

#endif
