/* SPDX-License-Identifier: MIT */
#include "series_clock.h"

/* Between two clocks that are read one after the other; and Prometheus moves a stamp by up to 2 ms to a multiple of its
 * interval. */
static const double slack = 0.01;

void wt_series_clock_answered(struct wt_series_clock *clock, double date, bool here)
{
  /* A date has whole seconds, and was told at some time between question and answer. */
  double low = isnan(date) ? -INFINITY : date - clock->ended;
  double high = isnan(date) ? INFINITY : date + 1 - clock->started;

  /* A tunnel or a proxy has an address of this host, too, and leads to another clock. */
  if (here && clock->unix_ahead >= low - slack && clock->unix_ahead <= high + slack)
    low = high = clock->unix_ahead;
  clock->ahead_low = low;
  clock->ahead_high = high;
}

bool wt_series_clock_place(const struct wt_series_clock *clock, double stamp, double *low, double *high)
{
  if (isnan(stamp)) {
    *low = clock->started;
    *high = clock->ended;
    return true;
  }
  *low = stamp - clock->ahead_high - slack;
  *high = fmin(stamp - clock->ahead_low + clock->scrape + slack, clock->ended);
  if (*low > clock->ended)
    return false;
  *low = fmin(*low, *high);
  return true;
}
