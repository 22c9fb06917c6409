/* SPDX-License-Identifier: MIT */
/*
 * What passed while the tap was detached, from what the link counter says of that time and from what a counted packet
 * stood for in the intervals in which the tap was attached (a ratio estimate). Its bounds come from how much that
 * differed from interval to interval. Pure.
 */
#ifndef WT_GAP_H
#define WT_GAP_H

#include "tally.h"

enum {
  WT_GAP_LEAST = 8,    /* attached intervals, before anything bounds the estimate */
  WT_GAP_LEARNED = 16, /* that are remembered: what a packet stands for changes with the traffic */
  WT_GAP_FIGURES = 12, /* that are estimated */
};

/* What an interval, or several, came to. */
struct wt_gap_interval {
  double packets, octets; /* of the link counter */
  double figure[WT_GAP_FIGURES];
};

/* Gaps of which the bounds are not settled yet. */
struct wt_gap_volume {
  double packets, octets; /* of the link counter */
  double packets_squared, octets_squared;
};

struct wt_gap {
  unsigned int shortest, longest; /* octets of a frame, set by the caller; 0: not known */
  bool receives;                  /* set by the caller: frames may be longer than that, an MTU limits what is sent */
  bool started;
  struct wt_tally raw;                      /* the tap's last reading */
  uint64_t counter_packets, counter_octets; /* the counter's */
  struct wt_gap_interval learned[WT_GAP_LEARNED];
  unsigned int learned_count, learned_next;
  struct wt_gap_volume open;    /* the gap that goes on */
  struct wt_gap_volume pending; /* those that are over */
  struct wt_tally filled;       /* what the tap missed in all settled gaps */
  struct wt_tally left_out;     /* what it counted in gaps all the same */
  bool revised;                 /* by the last reading, more than what may be on its way of gaps before it */
};

/*
 * Takes a reading of tap and counter (both cumulative) and adds to the tap's what it missed. attached: whether it was,
 * since the reading before. Until WT_GAP_LEAST intervals are known, and two that carried about as much among them,
 * nothing bounds the sum from above, and only what was counted from below. A gap that was not like the intervals is
 * noticed where so many frames of so many octets cannot be.
 */
void wt_gap_fill(struct wt_gap *gap, bool attached, uint64_t counter_packets, uint64_t counter_octets,
                 struct wt_tally *before, struct wt_tally *after);

/* What a packet stands for has changed: forgets what was learned, and not what was filled in. */
void wt_gap_forget(struct wt_gap *gap);

/* The next reading begins anew: no delta reaches across. */
void wt_gap_restart(struct wt_gap *gap);

#endif
