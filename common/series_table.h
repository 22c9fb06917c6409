/* SPDX-License-Identifier: MIT */
/* What one answer of an exporter or a Prometheus server says: the figures of each device, by the name of the device. */
#ifndef WT_SERIES_TABLE_H
#define WT_SERIES_TABLE_H

#include "wiretruth.h"

enum wt_series_figure { WT_SERIES_PACKETS, WT_SERIES_OCTETS, WT_SERIES_FIGURES };

enum {
  WT_SERIES_SAMPLES = 8,     /* of one device that are kept: the newest */
  WT_SERIES_DEVICES = 65536, /* more are not believed */
};

/* Which figure in which direction a metric of node_exporter is. */
struct wt_series_metric {
  enum wt_direction direction;
  enum wt_series_figure figure;
};

struct wt_series_sample {
  double stamp; /* Unix time that the series gives it, by the clock of whoever stamped it; NAN if it gives none */
  double value[WT_DIRECTIONS][WT_SERIES_FIGURES]; /* NAN if there is none */
};

struct wt_series_row {
  char device[IFNAMSIZ];
  bool begun[WT_DIRECTIONS][WT_SERIES_FIGURES];
  bool duplicate;                                     /* one metric has the device more than once */
  struct wt_series_sample samples[WT_SERIES_SAMPLES]; /* oldest first, one without a stamp last */
  size_t count;
};

struct wt_series_table;

/* NULL when memory ran out. */
struct wt_series_table *wt_series_table_new(void);
void wt_series_table_free(struct wt_series_table *table);

/* node_network_{receive,transmit}_{packets,bytes}_total. False if it is another one. name need not end after length. */
bool wt_series_metric_of(const char *name, size_t length, struct wt_series_metric *metric);

/*
 * A metric of a device begins: its samples follow. NULL if there is no room, and for a name that no interface of Linux
 * can have; that is counted.
 */
struct wt_series_row *wt_series_table_begin(struct wt_series_table *table, const char *device,
                                            const struct wt_series_metric *metric);

/* Values that no counter has (NAN, infinite, negative) are left out. */
void wt_series_row_add(struct wt_series_row *row, const struct wt_series_metric *metric, double stamp, double value);

/* NULL if the series does not have it. */
const struct wt_series_row *wt_series_table_find(const struct wt_series_table *table, const char *device);

/* All rows in no order: index is 0 to wt_series_table_count() - 1. */
size_t wt_series_table_count(const struct wt_series_table *table);
const struct wt_series_row *wt_series_table_row(const struct wt_series_table *table, size_t index);
/* Devices that cannot be interfaces, or had no room. */
size_t wt_series_table_left_out(const struct wt_series_table *table);
/* Whether it has not all that belongs into it because memory ran out. */
bool wt_series_table_is_starved(const struct wt_series_table *table);

#endif
