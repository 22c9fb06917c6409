/* SPDX-License-Identifier: MIT */
/* What the samples of a series say beside wire and beside our own counter. Pure. */
#ifndef WT_SERIES_JUDGE_H
#define WT_SERIES_JUDGE_H

#include "series_track.h"

/* What is the same for all interfaces, and what the counter was found to be. */
struct wt_series_scene {
  struct wt_limits limits;
  double now, unix_time; /* monotonic, and the same as Unix time */
  double patience;       /* seconds after which a sample is out of date */
  bool other_devices;    /* the series has devices that are not here, or lacks some that are */
};

/* cause: why the counter differs, if it does; the series differs for the same reason where it is that counter. */
void wt_series_judge(struct wt_series_track *track, enum wt_direction direction, enum wt_cause cause,
                     const struct wt_series_scene *scene);

#endif
