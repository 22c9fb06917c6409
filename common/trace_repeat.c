/* SPDX-License-Identifier: MIT */
#include "trace_repeat.h"

#include <string.h>

enum {
  HASHED = 96, /* octets from the IP header on */
  SECOND = 1000000000,
};

/* The octets that identify a packet, without those that change on its way. Returns how many. */
static uint32_t identity(const struct wt_trace_view *view, uint8_t octets[HASHED])
{
  const struct wt_dissection *dissection = &view->dissection;
  uint32_t length = view->captured - dissection->ip;
  uint32_t checksum = dissection->transport - dissection->ip + (dissection->tcp ? 16 : 6);

  if (length > HASHED)
    length = HASHED;
  memcpy(octets, view->data + dissection->ip, length);
  if (dissection->flow.family == 0x0800)
    octets[8] = octets[10] = octets[11] = 0;
  else
    octets[7] = 0;
  if (checksum + 2 <= length)
    octets[checksum] = octets[checksum + 1] = 0;
  return length;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

static uint64_t hash_of(const struct wt_trace_view *view)
{
  uint8_t octets[HASHED] = {0};
  uint64_t hash = view->network;

  identity(view, octets);
  for (int i = 0; i < HASHED; i += 8) {
    uint64_t word;

    memcpy(&word, octets + i, sizeof(word));
    hash = mix(hash, word);
  }
  return hash;
}

bool wt_trace_repeats(struct wt_trace_repeats *repeats, uint32_t point, uint64_t time, const struct wt_trace_view *view)
{
  struct wt_trace_seen now = {.time = time, .point = point, .there = true}, *before;
  bool repeated;

  if (!view->dissection.parsed || view->network == 0)
    return false;
  now.hash = hash_of(view);
  before = &repeats->seen[now.hash % WT_REPEATS];
  repeated = before->there && before->hash == now.hash && time - before->time < SECOND &&
             (before->point != point || (view->has_id && view->id));
  *before = now;
  return repeated;
}
