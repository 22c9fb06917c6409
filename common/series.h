/* SPDX-License-Identifier: MIT */
/* The series of all interfaces: read where Series says, poll by poll, and put up against what was observed here. */
#ifndef WT_SERIES_H
#define WT_SERIES_H

#include "drift.h"

struct wt_series;

/* config outlives it, and has a Series. -EINVAL: its options do not go together. */
int wt_series_open(struct wt_series **out, const struct wt_config *config, struct wt_error *error);
void wt_series_close(struct wt_series *series);

/* Before the readings of a poll: begins to read the series, or goes on with it, as far as that is possible without
 * waiting. monotonic, unix_time: of now. */
void wt_series_drive(struct wt_series *series, double monotonic, double unix_time);

/* After them: puts up what was read against what was observed. */
void wt_series_apply(struct wt_series *series, const struct wt_scene *scene, double monotonic, double unix_time);

/* The series as a whole. Its news are those since the report before. */
void wt_series_report(struct wt_series *series, struct wt_series_report *report);

/* The series' part of an interface's report; what is there already stays without one. */
void wt_series_report_entry(const struct wt_entry *entry, struct wt_direction_report directions[WT_DIRECTIONS]);

#endif
