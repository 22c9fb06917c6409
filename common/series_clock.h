/* SPDX-License-Identifier: MIT */
/* When a sample was read, on our own clock that never jumps. Pure: stamps, dates and times come in. */
#ifndef WT_SERIES_CLOCK_H
#define WT_SERIES_CLOCK_H

#include "wiretruth.h"

/* How the samples of an answer are to be placed in time. */
struct wt_series_clock {
  double unix_ahead;            /* what our clock lacks to Unix time */
  double started, ended;        /* the answer was asked for and complete: what has no stamp was read in between */
  double ahead_low, ahead_high; /* by how much stamps are ahead of our clock: Unix time to monotonic, and their skew */
  double scrape;                /* seconds that a scrape may last after its stamp */
};

/*
 * By whose clock the stamps of an answer are, which was asked for at started and read at ended. date: Unix time by the
 * server's clock, in whole seconds, NAN if it does not tell. here: by its address it is this host, whose clock is ours.
 */
void wt_series_clock_answered(struct wt_series_clock *clock, double date, bool here);

/* The sample was read between *low and *high. False: only after the answer that it is in, so that the stamp is wrong.
 */
bool wt_series_clock_place(const struct wt_series_clock *clock, double stamp, double *low, double *high);

#endif
