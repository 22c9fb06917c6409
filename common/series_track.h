/* SPDX-License-Identifier: MIT */
/*
 * One interface's series: its samples, each placed between our own readings that enclose it. Pure: time comes in.
 *
 * A sample is as old as its scrape. So our totals are kept for a while, and a sample is put up against what they were
 * at its time, with bounds. All times are seconds on the clock that never jumps.
 */
#ifndef WT_SERIES_TRACK_H
#define WT_SERIES_TRACK_H

#include "judge.h"
#include "series_clock.h"
#include "series_table.h"

enum {
  WT_SERIES_MARKS = 32,  /* readings of our own that are kept: the older, the further apart */
  WT_SERIES_ANCHORS = 8, /* samples that a window may begin with */
};

/* What we read of one direction. */
struct wt_series_point {
  uint64_t counter[WT_SERIES_FIGURES];
  struct wt_wire_sum wire;
};

struct wt_series_mark {
  double begin, end; /* between them it was read */
  struct wt_series_point point[WT_DIRECTIONS];
};

/* Wire of a sample beyond that of the reading before it. */
struct wt_series_part {
  double low, high, likely;
};

/* One direction of a sample that was placed. */
struct wt_series_side {
  double value[WT_SERIES_FIGURES];
  struct wt_series_point before, after; /* our readings around it */
  struct wt_series_part part;           /* by its values, if it fits: closer than its time tells */
  double late;  /* frames before the first of them that a counter which lags may not have had yet; 0 if it is quick */
  bool fits;    /* both values lie between those of our counter, at that time: it is our counter */
  bool delayed; /* they are values that our counter had earlier */
  bool strange; /* neither: these values our counter did not have while we looked, or by another factor than 1 */
};

struct wt_series_anchor {
  double low, high; /* when it was read, as far as stamps and clocks tell */
  struct wt_series_side side[WT_DIRECTIONS];
};

/* What is reported of one direction. */
struct wt_series_finding {
  double total[WT_SERIES_FIGURES]; /* since the first sample; NAN before */
  double known[WT_SERIES_FIGURES]; /* of the newest sample that has it, NAN since a discontinuity */
  double ratio, divergence;
  double signal, wire; /* what ratio was made of; NAN when unknown */
  enum wt_verdict verdict;
  enum wt_cause cause;
  const char *reason;
  double since, decided_at; /* Unix time */
  double decided_for;       /* when the sample was read that it was decided by */
};

struct wt_series_track {
  struct wt_series_mark marks[WT_SERIES_MARKS];
  size_t mark_count;
  struct wt_series_anchor anchors[WT_SERIES_ANCHORS]; /* oldest first */
  size_t anchor_count;
  struct wt_series_anchor last; /* the newest sample */
  bool has_last;
  bool was_reset; /* it went back: the anchors are of the time since */
  double newest;  /* when the newest sample was read at the latest, also of one that could not be placed; NAN if none */
  double read_at; /* Unix time of the same, or its own time stamp where it has one; for people */
  double stamp;   /* of the newest one that was taken; NAN if it had none */
  struct wt_series_finding finding[WT_DIRECTIONS];
  bool in_future; /* samples are stamped with a time that is still to come, and not taken */
  char why[128];  /* what stands in the way of every verdict; empty if nothing does */
};

void wt_series_track_init(struct wt_series_track *track);

/* Our counter began anew, or the device has changed: no window reaches back. Totals stay. */
void wt_series_track_forget(struct wt_series_track *track);

/* Takes a reading of our own. keep: seconds after which it is of no use. */
void wt_series_track_mark(struct wt_series_track *track, const struct wt_series_mark *mark, double keep);

/*
 * Places the samples of a row that are newer than those before. lag: seconds that our counter may be behind. True if
 * there was a new one, whether it could be placed or not.
 */
bool wt_series_track_take(struct wt_series_track *track, const struct wt_series_row *row,
                          const struct wt_series_clock *clock, double lag, double horizon);

#endif
