/* SPDX-License-Identifier: MIT */
/*
 * The directions of a report. Those of which the same is to be said are one: of thousands of interfaces most are idle,
 * and all that is said of them is the same.
 */
#ifndef WT_DIRECTIONS_H
#define WT_DIRECTIONS_H

#include "wiretruth.h"

enum { WT_DIRECTIONS_RECENT = 8 };

/* Zeroed: none. */
struct wt_directions {
  struct wt_direction_report **reports; /* the first count of them are of the report in progress */
  size_t count, room;
  const struct wt_direction_report *recent[WT_DIRECTIONS_RECENT]; /* asked for last, the newest first */
};

/* Before a report: those of the one before hold no longer. */
void wt_directions_begin(struct wt_directions *directions);

/* One that says the same, good until the next report. NULL when memory ran out. */
const struct wt_direction_report *wt_directions_share(struct wt_directions *directions,
                                                      const struct wt_direction_report *report);

/* After a report: gives back what it has no use for. */
void wt_directions_end(struct wt_directions *directions);

void wt_directions_free(struct wt_directions *directions);

#endif
