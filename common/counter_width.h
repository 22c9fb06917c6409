/* SPDX-License-Identifier: MIT */
/* Counters that are only 32 bits wide in the driver or its hardware, and wrap. Pure. */
#ifndef WT_COUNTER_WIDTH_H
#define WT_COUNTER_WIDTH_H

#include "counter.h"

/* What was read last and what its wraps add. Zeroed: nothing was read yet. */
struct wt_counter_width {
  struct wt_link_counter last;  /* as read */
  struct wt_link_counter wraps; /* multiples of 2^32 */
};

/*
 * Takes a reading and adds the wraps so far to it. A counter that goes back has wrapped, or it was reset: both fields
 * are reset together, but they hardly ever wrap between the same two readings. So one that goes back alone, from the
 * upper half of 32 bits, has wrapped. After a reset the wraps are forgotten, and what comes out has gone back too.
 */
void wt_counter_widen(struct wt_counter_width *width, struct wt_link_counter *counter);

#endif
