/* SPDX-License-Identifier: MIT */
/* What the tap's map holds → a tally: what is certain, what is estimated, and between which bounds. Pure. */
#ifndef WT_TAP_TALLY_H
#define WT_TAP_TALLY_H

#include "tap.h"
#include "tap_map.h"

/* sum += one CPU's part of it. */
void wt_tap_add_cpu(struct wt_tap_value *sum, const struct wt_tap_value *one);

/* cooked: packets were seen from the network header on. */
void wt_tap_tally(const struct wt_tap_value *value, const struct wt_tap_port *port, bool cooked,
                  enum wt_direction direction, struct wt_tally *tally);

/*
 * What was counted under an old MTU keeps the meaning that it had: the base takes the difference between the tally
 * before and after the change. Counts are unsigned, so a difference below 0 adds up as well.
 */
void wt_tap_keep_meaning(struct wt_tally *base, const struct wt_tally *before, const struct wt_tally *after);

#endif
