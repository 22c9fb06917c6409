/* SPDX-License-Identifier: MIT */
#include "trace_repeat.h"

#include <string.h>

#include "mix.h"

enum {
  HASHED = 96, /* octets from the IP header on */
  SECOND = 1000000000,
};

/* By words: what a compiler puts in place of a short memcpy() of an unknown length takes longer than all the rest. */
static void copy(uint8_t *to, const uint8_t *from, uint32_t length)
{
  uint32_t at = 0;

  for (; at + sizeof(uint64_t) <= length; at += sizeof(uint64_t))
    memcpy(to + at, from + at, sizeof(uint64_t));
  for (; at < length; at++)
    to[at] = from[at];
}

/* The octets that identify a packet, without those that change on its way. */
static void identity(const struct wt_trace_view *view, uint8_t octets[HASHED])
{
  const struct wt_dissection *dissection = &view->dissection;
  uint32_t length = view->captured - dissection->ip;
  uint32_t checksum = dissection->transport - dissection->ip + (dissection->tcp ? 16 : 6);

  if (length > HASHED)
    length = HASHED;
  copy(octets, view->data + dissection->ip, length);
  if (dissection->flow.family == 0x0800)
    octets[8] = octets[10] = octets[11] = 0;
  else
    octets[7] = 0;
  if (checksum + 2 <= length)
    octets[checksum] = octets[checksum + 1] = 0;
}

static uint64_t hash_of(const struct wt_trace_view *view)
{
  uint8_t octets[HASHED] = {0};

  identity(view, octets);
  return wt_mix_octets(view->network, octets, HASHED);
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
