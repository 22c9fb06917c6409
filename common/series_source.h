/* SPDX-License-Identifier: MIT */
/* Where a series comes from: a file or a transfer, an exposition or the answer to a query, and in the end a table. */
#ifndef WT_SERIES_SOURCE_H
#define WT_SERIES_SOURCE_H

#include "config.h"
#include "series_track.h"

struct wt_series_source;

/* -EINVAL: options that do not go together. */
int wt_series_source_open(struct wt_series_source **out, const struct wt_config *config, struct wt_error *error);
void wt_series_source_close(struct wt_series_source *source);

/* The Series option without what is secret in it. */
const char *wt_series_source_shown(const struct wt_series_source *source);

bool wt_series_source_is_busy(const struct wt_series_source *source);

/* Begins to read. newest: Unix time of the newest sample that is there already, NAN if there is none. */
int wt_series_source_start(struct wt_series_source *source, double monotonic, double unix_time, double newest,
                           struct wt_error *error);

/*
 * Goes on without waiting. 0: *table, the caller's to free, is complete, and *clock tells how to place it in time;
 * -EAGAIN: not yet; others: it failed.
 */
int wt_series_source_drive(struct wt_series_source *source, double monotonic, double unix_time,
                           struct wt_series_table **table, struct wt_series_clock *clock, struct wt_error *error);

#endif
