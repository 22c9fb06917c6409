/* SPDX-License-Identifier: MIT */
/* What counts of one flow at one point mean. Pure. */
#ifndef WT_PASS_SUM_H
#define WT_PASS_SUM_H

#include "compare.h"
#include "pass_map.h"
#include "trace_flows.h"

/* sum += one CPU's part. end: of the observation, in nanoseconds since its begin; what is late is told by it. */
void wt_pass_sum(struct wt_pass_value *sum, const struct wt_pass_value *one, uint64_t end);

/* What a sum needs to be understood. */
struct wt_pass_point {
  bool guesses; /* the driver may guess the segment size of what its device has merged */
  double begin; /* Unix time that counted times are since */
};

void wt_pass_passage(const struct wt_pass_value *value, enum wt_way way, const struct wt_pass_point *point,
                     struct wt_passage *passage);

/* Adds what the packets of a capture file hide, each of them having been counted as one frame. */
void wt_passage_hide(struct wt_passage *passage, const struct wt_trace_hidden *hidden);

/* a += b, of flows that pass the same way: what is no sum (times, hops) is left as it is. */
void wt_passage_add(struct wt_passage *a, const struct wt_passage *b);

#endif
