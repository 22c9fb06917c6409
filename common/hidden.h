/* SPDX-License-Identifier: MIT */
/* What merging hides from a capture: what follows from the segments, and from what TCP counted. Pure. */
#ifndef WT_HIDDEN_H
#define WT_HIDDEN_H

#include "wiretruth.h"

/*
 * The packets in which so many segments were sent again, and the segments that so many packets stand for. hidden: TCP
 * segments of this direction beyond one a packet, at the most; WT_UNKNOWN if nothing bounds them.
 */
struct wt_bounds wt_hidden_packets(uint64_t segments, uint64_t hidden);
struct wt_bounds wt_hidden_segments(uint64_t packets, uint64_t hidden);

/* Fills in what the namespace's TCP counted: all of it was this interface's. */
void wt_hidden_attribute(struct wt_direction_report *report, enum wt_direction direction,
                         const struct wt_namespace *namespace);

/* The most TCP segments beyond one a packet that there may have been. */
uint64_t wt_hidden_most(const struct wt_direction_report *report);

#endif
