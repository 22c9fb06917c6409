/* SPDX-License-Identifier: MIT */
/*
 * TCP's own account of one interface and direction put up against counter and capture: the rule that an operator would
 * apply. Pure: no I/O, no clock.
 *
 * Segments are compared with frames and packets, since merging hides frames and hardly any octets: by octets a counter
 * that shows a fortieth of the frames looks right. Payload is only a lower bound of what the octets have to be.
 */
#ifndef WT_APPLICATION_H
#define WT_APPLICATION_H

#include "wiretruth.h"

/* Cumulative figures of one poll. WT_UNKNOWN where something is not known. */
struct wt_application_reading {
  double time;       /* seconds on a clock that never jumps */
  uint64_t segments; /* of the connections whose traffic passes this interface */
  uint64_t floor;    /* of those certainly on the wire: received, or acknowledged by the peer */
  uint64_t payload;  /* octets of payload that certainly passed, each once */
  uint64_t covered;  /* segments of all connections of the namespace */
  uint64_t mib;      /* segments that the namespace's MIB counted; on receive those of all protocols */
  uint64_t counter, counter_octets, capture, capture_octets;
  uint64_t wire, wire_low, wire_high; /* high: WT_UNKNOWN if nothing bounds it */
  uint64_t wire_octets_low;
};

enum { WT_APPLICATION_READINGS = 16 };

/* Readings spread over the horizon. */
struct wt_application_history {
  struct wt_application_reading readings[WT_APPLICATION_READINGS];
  size_t count;
};

void wt_application_add(struct wt_application_history *history, const struct wt_application_reading *reading,
                        double horizon);

/* The share of the MIB's segments over the horizon that connections account for; NAN if it is not known. */
double wt_application_coverage(const struct wt_application_history *history);

struct wt_application_limits {
  double tolerance;    /* fraction up to which two figures agree */
  double least_frames; /* in the window, for a verdict */
  double lag;          /* seconds that the counter may be behind */
};

/* The share of the MIB's segments below which the account misses too much. */
extern const double wt_application_least_coverage;

/* Fills verdict and reason. source: where wire comes from. */
void wt_application_judge(const struct wt_application_history *history, enum wt_source source,
                          const struct wt_application_limits *limits, struct wt_application_direction *out);

#endif
