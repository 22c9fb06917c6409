/* SPDX-License-Identifier: MIT */
/*
 * One threshold on one figure: when crossing it, up or down, is to be told. Pure: time comes in.
 *
 * It is crossed upwards by a value above rising, and downwards by one that is not above falling; in between nothing
 * changes. Either has to last for hold before it is told, once.
 */
#ifndef WT_THRESHOLD_H
#define WT_THRESHOLD_H

#include <stdbool.h>

/*
 * What the first crossing may be told for, with the numbers of RMON's alarmStartupAlarm (RFC 2819): a figure that is
 * above the threshold from the beginning, that is below it, or both. With RISING nothing is cleared that was not
 * raised before.
 */
enum wt_startup { WT_STARTUP_RISING = 1, WT_STARTUP_FALLING = 2, WT_STARTUP_BOTH = 3 };

struct wt_threshold {
  double rising, falling; /* falling is rising less the hysteresis; rising INFINITY: never */
  double hold;            /* seconds */
  /* For how many seconds before it a value speaks. More than that between two of them does not count for hold. */
  double reach;
  enum wt_startup startup;
};

/* WT_EDGE_RAISED and WT_EDGE_CLEARED are 1 and 2 as the bits of wt_startup are. */
enum wt_edge { WT_EDGE_NONE = 0, WT_EDGE_RAISED = 1, WT_EDGE_CLEARED = 2 };

/* Where one figure stands. Zero: nothing was seen of it yet. */
struct wt_crossing {
  enum wt_edge state;  /* it is raised or cleared; NONE: not settled */
  enum wt_edge moving; /* what it is about to become */
  bool begun;          /* there was a value */
  bool first;          /* it has been about to since the first value */
  double lasted;       /* seconds that it has been about to */
  double last;         /* when the newest value was, on the clock of seconds */
  double since;        /* Unix time at which the threshold was crossed, of moving or else of state */
};

/*
 * Takes a value, NAN if there is no new one: what was told before then stays, and so does what was about to be.
 * seconds: on a clock that never jumps. Returns what is to be told.
 */
enum wt_edge wt_threshold_step(struct wt_crossing *crossing, const struct wt_threshold *threshold, double value,
                               double seconds, double unix_time);

/* What was seen before says nothing of what comes: what is about to become has to last anew. What was told stays. */
void wt_threshold_forget(struct wt_crossing *crossing);

#endif
