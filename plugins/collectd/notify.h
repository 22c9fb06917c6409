/* SPDX-License-Identifier: MIT */
/* The alerts of a report as collectd's notifications: those of collectd-wiretruth(5). */
#ifndef WT_COLLECTD_NOTIFY_H
#define WT_COLLECTD_NOTIFY_H

#include "collectd_api.h"
#include "wiretruth.h"

/* Dispatches one notification for each alert, with the identity of the value that it is about, and the time of values.
 */
void notify_dispatch(const struct wt_report *report);

#endif
