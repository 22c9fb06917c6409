/* SPDX-License-Identifier: MIT */
/* What two points saw of one flow → where they part, and what explains it. Pure. */
#ifndef WT_COMPARE_FLOW_H
#define WT_COMPARE_FLOW_H

#include "compare.h"

/* What is known of the two observations. */
struct wt_compare_terms {
  bool same_clock;
  bool offline;            /* two files: nobody told when their captures began and ended but the packets in them */
  bool rest[WT_POINTS];    /* has packets that are not told by flow */
  bool dropped[WT_POINTS]; /* a file that says of itself that it lacks packets */
  double begin[WT_POINTS], end[WT_POINTS];
};

/* Reads id, seen and at, and fills the rest. back: the flow with the ends the other way round, NULL if there is none.
 */
void wt_compare_flow(struct wt_flow_compared *flow, const struct wt_flow_compared *back,
                     const struct wt_compare_terms *terms);

#endif
