/* SPDX-License-Identifier: MIT */
/* A report of the core as collectd's value lists: the identities of collectd-wiretruth(5). */
#ifndef WT_COLLECTD_VALUES_H
#define WT_COLLECTD_VALUES_H

#include "collectd_api.h"
#include "wiretruth.h"

/*
 * Dispatches every known figure of the report that is in one of the groups (a set of groups.h), all of them under one
 * time: that at which the reading began, so that a value that is newer than an event includes it. What is unknown is
 * left out, never sent as 0 or NAN; a pair (rx, tx) is left out when either side is unknown. Interfaces that never
 * carried a packet are left out unless report_inactive.
 * Totals are sent so that no store can draw a jump from them (totals.h). -ENOMEM, and nothing is sent.
 */
int values_dispatch(const struct wt_report *report, bool report_inactive, unsigned int groups);

/* Frees what is kept of what was sent. */
void values_forget(void);

#endif
