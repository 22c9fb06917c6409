/* SPDX-License-Identifier: MIT */
/* The flows of one point, and two such tables as one. Pure. */
#ifndef WT_COMPARE_TABLE_H
#define WT_COMPARE_TABLE_H

#include "compare_flow.h"

struct wt_seen {
  struct wt_flow_id id;
  struct wt_passage passage;
};

struct wt_seen_table {
  struct wt_seen *flows;
  size_t count, capacity;
};

/* -ENOMEM, or 0. */
int wt_seen_add(struct wt_seen_table *table, const struct wt_flow_id *id, const struct wt_passage *passage);
void wt_seen_free(struct wt_seen_table *table);

/* Sorts by flow. Of one that passes the point both ways the way with more frames is kept, and marked. */
void wt_seen_sort(struct wt_seen_table *table);

/*
 * Every flow of two sorted tables, compared, by frames, most first. To be freed. -ENOMEM, or 0.
 */
int wt_compare_tables(const struct wt_seen_table tables[WT_POINTS], const struct wt_compare_terms *terms,
                      struct wt_flow_compared **flows, size_t *count);

enum { WT_WAYS_MOST = (WT_WAYS + 1) * (WT_WAYS + 1) };

/* Adds up by way. Returns how many of the array are used. */
size_t wt_compare_ways(const struct wt_flow_compared *flows, size_t count, struct wt_ways_compared ways[WT_WAYS_MOST]);

#endif
