/* SPDX-License-Identifier: MIT */
/*
 * Notifications. Those of a time in which there is no master wait for it; what is more than a manager can be burdened
 * with is counted instead of sent.
 */
#ifndef WT_SNMP_NOTIFY_H
#define WT_SNMP_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "feature_bits.h"
#include "netsnmp.h"
#include "wiretruth.h"

/* So many at once, and then one a second; so many wait at most. */
#define NOTIFY_BURST 50

struct notifier {
  bool enabled;
  const bool *connected; /* to the master; NULL where this process is the master */
  double credit;         /* notifications that may be sent now */
  double credited;       /* moment of the monotonic clock */
  unsigned long suppressed;
  netsnmp_variable_list *waiting[NOTIFY_BURST]; /* the oldest first */
  size_t waiting_count;
};

void notify_init(struct notifier *notifier, bool enabled, const bool *connected);

/* When it is switched off, what waits is dropped. */
void notify_enable(struct notifier *notifier, bool enabled);

/* wtDivergenceRaised or wtDivergenceCleared, of an alert of divergence that the row of that number set off. */
void notify_divergence(struct notifier *notifier, const struct wt_alert *alert, unsigned long row);

/* wtCaptureDegraded or wtCaptureRestored. */
void notify_capture(struct notifier *notifier, bool degraded, enum wt_method method, const char *text);

/* wtOffloadChanged, of an interface whose features were others before. */
void notify_offload(struct notifier *notifier, const struct wt_interface *interface, const struct feature_bits *before,
                    const struct feature_bits *now);

/* Sends what waits, if there is a master now. */
void notify_flush(struct notifier *notifier);

void notify_free(struct notifier *notifier);

#endif
