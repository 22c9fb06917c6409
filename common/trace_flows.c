/* SPDX-License-Identifier: MIT */
#include "trace_flows.h"

#include <stdlib.h>
#include <string.h>

/* The core never exits: without memory for its table uthash leaves the element out. */
#define HASH_NONFATAL_OOM 1
/* Its own hash takes an octet at a time. */
#define HASH_FUNCTION(key, length, hash) ((hash) = (unsigned int)wt_mix_octets(0, key, (uint32_t)(length)))
#include <uthash.h>
/* Shorter chains than its own 10: each link of one is a part of memory that is not in the cache. */
#undef HASH_BKT_CAPACITY_THRESH
#define HASH_BKT_CAPACITY_THRESH 6U

#include "mix.h"
#include "trace_flow.h"

struct key {
  uint32_t place; /* point and direction */
  uint16_t tcp, tunnel;
  struct wt_flow_key ends;
  uint16_t none; /* always 0: keys are compared as octets, and this would be a gap */
};

_Static_assert(sizeof(struct key) == sizeof(uint32_t) + 3 * sizeof(uint16_t) + sizeof(struct wt_flow_key),
               "a key has no gap");
_Static_assert(sizeof(struct key) % 16 == 0, "it is hashed 16 octets at a time");

struct entry {
  struct key key;
  UT_hash_handle hh;
  bool used; /* since the hand of the clock came by */
  struct wt_trace_flow flow;
};

struct wt_trace_flows {
  struct entry *pool, *table;
  uint32_t limit, count, hand;
  uint64_t forgotten;
};

struct wt_trace_flows *wt_trace_flows_new(uint32_t limit)
{
  struct wt_trace_flows *flows = calloc(1, sizeof(*flows));

  if (!flows)
    return NULL;
  flows->limit = limit;
  flows->pool = calloc(limit, sizeof(*flows->pool));
  if (flows->pool)
    return flows;
  free(flows);
  return NULL;
}

void wt_trace_flows_free(struct wt_trace_flows *flows)
{
  if (!flows)
    return;
  HASH_CLEAR(hh, flows->table);
  free(flows->pool);
  free(flows);
}

/* A place for a flow: one that was never used, or that of a flow which was not for a while. */
static struct entry *make_place(struct wt_trace_flows *flows)
{
  struct entry *entry;

  if (flows->count < flows->limit)
    return &flows->pool[flows->count++];
  for (;; flows->hand++) {
    entry = &flows->pool[flows->hand % flows->limit];
    if (!entry->used)
      break;
    entry->used = false;
  }
  flows->hand++;
  flows->forgotten++;
  if (entry->hh.tbl)
    HASH_DEL(flows->table, entry);
  wt_trace_flow_fold(&entry->flow);
  return entry;
}

static struct entry *find(struct wt_trace_flows *flows, const struct key *key)
{
  struct entry *entry;

  HASH_FIND(hh, flows->table, key, sizeof(*key), entry);
  return entry;
}

/* The flow of that key. One without a tally is of a direction that was not seen yet. */
static struct entry *find_or_add(struct wt_trace_flows *flows, const struct key *key)
{
  struct entry *entry = find(flows, key);

  if (!entry) {
    entry = make_place(flows);
    *entry = (struct entry){.key = *key};
    HASH_ADD(hh, flows->table, key, sizeof(*key), entry);
  }
  entry->used = true;
  return entry;
}

static uint32_t place_of(uint32_t point, enum wt_trace_direction told)
{
  return point * (WT_TRACE_TX + 1) + told;
}

static struct key forward(uint32_t place, const struct wt_trace_view *view)
{
  return (struct key){
      .place = place,
      .tcp = view->dissection.tcp,
      .tunnel = view->dissection.tunnel,
      .ends = view->dissection.flow,
  };
}

/* What comes the other way is received where this is transmitted. */
static struct key backward(const struct key *key, uint32_t place)
{
  struct key back = *key;

  back.place = place;
  memcpy(back.ends.source, key->ends.target, sizeof(back.ends.source));
  memcpy(back.ends.target, key->ends.source, sizeof(back.ends.target));
  back.ends.source_port = key->ends.target_port;
  back.ends.target_port = key->ends.source_port;
  return back;
}

enum wt_trace_length wt_trace_flows_add(struct wt_trace_flows *flows, uint32_t point, enum wt_trace_direction told,
                                        const struct wt_trace_view *view, struct wt_trace_tally *tally,
                                        struct wt_trace_part *part)
{
  static const enum wt_trace_direction opposite[] = {
      [WT_TRACE_UNTOLD] = WT_TRACE_UNTOLD, [WT_TRACE_RX] = WT_TRACE_TX, [WT_TRACE_TX] = WT_TRACE_RX};
  enum wt_trace_length length;

  if (view->dissection.parsed) {
    struct key key = forward(place_of(point, told), view);
    struct entry *entry;

    /* Before this flow is found, since it may be forgotten for it. */
    if (view->mss) {
      struct key back = backward(&key, place_of(point, opposite[told]));

      find_or_add(flows, &back)->flow.mss = view->mss;
    }
    entry = find_or_add(flows, &key);
    wt_trace_flow_hand_over(&entry->flow, tally, part);
    length = wt_trace_flow_add(&entry->flow, view);
  } else {
    length = wt_trace_flow_add_other(view, tally, part);
  }
  tally->merged += length == WT_TRACE_MERGED;
  tally->long_only += length == WT_TRACE_LONG;
  if (view->octets > tally->longest)
    tally->longest = view->octets;
  return length;
}

void wt_trace_flows_end(struct wt_trace_flows *flows)
{
  for (uint32_t i = 0; i < flows->count; i++)
    wt_trace_flow_fold(&flows->pool[i].flow);
}

uint64_t wt_trace_flows_forgotten(const struct wt_trace_flows *flows)
{
  return flows->forgotten;
}
