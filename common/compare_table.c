/* SPDX-License-Identifier: MIT */
#include "compare_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pass_sum.h"

int wt_seen_add(struct wt_seen_table *table, const struct wt_flow_id *id, const struct wt_passage *passage)
{
  if (table->count == table->capacity) {
    size_t capacity = table->capacity ? table->capacity * 2 : 256;
    struct wt_seen *flows = realloc(table->flows, capacity * sizeof(*flows));

    if (!flows)
      return -ENOMEM;
    table->flows = flows;
    table->capacity = capacity;
  }
  table->flows[table->count++] = (struct wt_seen){*id, *passage};
  return 0;
}

void wt_seen_free(struct wt_seen_table *table)
{
  free(table->flows);
  *table = (struct wt_seen_table){0};
}

static int by_number(uint64_t a, uint64_t b)
{
  return (a > b) - (a < b);
}

static int by_id(const struct wt_flow_id *a, const struct wt_flow_id *b)
{
  int order = memcmp(a->source, b->source, sizeof(a->source));

  if (!order)
    order = memcmp(a->target, b->target, sizeof(a->target));
  if (!order)
    order = by_number(a->source_port, b->source_port);
  if (!order)
    order = by_number(a->target_port, b->target_port);
  if (!order)
    order = by_number(a->family, b->family);
  return order ? order : by_number(a->protocol, b->protocol);
}

/* Of the same flow the one with more frames comes first; then received before transmitted. */
static int by_flow(const void *a, const void *b)
{
  const struct wt_seen *one = a, *other = b;
  int order = by_id(&one->id, &other->id);

  if (!order)
    order = by_number(other->passage.frames, one->passage.frames);
  return order ? order : by_number(one->passage.way, other->passage.way);
}

void wt_seen_sort(struct wt_seen_table *table)
{
  size_t kept = 0;

  if (table->count)
    qsort(table->flows, table->count, sizeof(*table->flows), by_flow);
  for (size_t i = 0; i < table->count; i++) {
    if (kept > 0 && by_id(&table->flows[kept - 1].id, &table->flows[i].id) == 0)
      table->flows[kept - 1].passage.twice = true;
    else
      table->flows[kept++] = table->flows[i];
  }
  table->count = kept;
}

static uint64_t most_frames(const struct wt_flow_compared *flow)
{
  uint64_t a = flow->at[WT_POINT_A].frames, b = flow->at[WT_POINT_B].frames;

  return a > b ? a : b;
}

static int by_frames(const void *a, const void *b)
{
  const struct wt_flow_compared *one = a, *other = b;
  int order = by_number(most_frames(other), most_frames(one));

  return order ? order : by_id(&one->id, &other->id);
}

/* The next flow of either table, taken out of those that have it. */
static void next_pair(const struct wt_seen_table tables[WT_POINTS], size_t at[WT_POINTS], struct wt_flow_compared *flow)
{
  const struct wt_seen_table *a = &tables[WT_POINT_A], *b = &tables[WT_POINT_B];
  int order = at[WT_POINT_A] == a->count ? 1 : at[WT_POINT_B] == b->count ? -1 : 0;

  if (!order)
    order = by_id(&a->flows[at[WT_POINT_A]].id, &b->flows[at[WT_POINT_B]].id);
  flow->seen[WT_POINT_A] = order <= 0;
  flow->seen[WT_POINT_B] = order >= 0;
  for (int point = 0; point < WT_POINTS; point++) {
    const struct wt_seen *seen;

    /* A table without flows has no array. */
    if (!flow->seen[point])
      continue;
    seen = &tables[point].flows[at[point]];
    flow->id = seen->id;
    flow->at[point] = seen->passage;
    at[point]++;
  }
}

static int by_compared_id(const void *a, const void *b)
{
  const struct wt_flow_compared *one = a, *other = b;

  return by_id(&one->id, &other->id);
}

/* In an array by id, the flow with the ends the other way round. */
static const struct wt_flow_compared *find_back(const struct wt_flow_compared *flows, size_t count,
                                                const struct wt_flow_id *id)
{
  struct wt_flow_compared key = {.id = *id};

  memcpy(key.id.source, id->target, sizeof(key.id.source));
  memcpy(key.id.target, id->source, sizeof(key.id.target));
  key.id.source_port = id->target_port;
  key.id.target_port = id->source_port;
  return bsearch(&key, flows, count, sizeof(*flows), by_compared_id);
}

int wt_compare_tables(const struct wt_seen_table tables[WT_POINTS], const struct wt_compare_terms *terms,
                      struct wt_flow_compared **flows, size_t *count)
{
  size_t at[WT_POINTS] = {0};

  *count = 0;
  *flows = calloc(tables[WT_POINT_A].count + tables[WT_POINT_B].count + 1, sizeof(**flows));
  if (!*flows)
    return -ENOMEM;
  while (at[WT_POINT_A] < tables[WT_POINT_A].count || at[WT_POINT_B] < tables[WT_POINT_B].count)
    next_pair(tables, at, &(*flows)[(*count)++]);
  for (size_t i = 0; i < *count; i++)
    wt_compare_flow(&(*flows)[i], find_back(*flows, *count, &(*flows)[i].id), terms);
  qsort(*flows, *count, sizeof(**flows), by_frames);
  return 0;
}

/* The entry of these ways, a new one if there is none. */
static struct wt_ways_compared *ways_of(const struct wt_flow_compared *flow, struct wt_ways_compared *ways,
                                        size_t *count)
{
  struct wt_ways_compared *fresh;

  for (size_t i = 0; i < *count; i++) {
    bool same = true;

    for (int point = 0; point < WT_POINTS; point++)
      same &=
          ways[i].seen[point] == flow->seen[point] && (!flow->seen[point] || ways[i].way[point] == flow->at[point].way);
    if (same)
      return &ways[i];
  }
  fresh = &ways[(*count)++];
  *fresh = (struct wt_ways_compared){0};
  for (int point = 0; point < WT_POINTS; point++) {
    fresh->seen[point] = flow->seen[point];
    fresh->way[point] = fresh->at[point].way = flow->at[point].way;
  }
  return fresh;
}

size_t wt_compare_ways(const struct wt_flow_compared *flows, size_t count, struct wt_ways_compared ways[WT_WAYS_MOST])
{
  size_t used = 0;

  for (size_t i = 0; i < count; i++) {
    struct wt_ways_compared *sum = ways_of(&flows[i], ways, &used);

    sum->flows++;
    sum->explained |= flows[i].explained;
    for (int point = 0; point < WT_POINTS; point++)
      wt_passage_add(&sum->at[point], &flows[i].at[point]);
  }
  return used;
}
