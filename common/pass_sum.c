/* SPDX-License-Identifier: MIT */
#include "pass_sum.h"

#include <math.h>

/* Frames that passed in the unit of time that the end falls into and the one before: between 34 and 67 ms. */
static uint64_t late_frames(const struct wt_pass_value *value, uint64_t end)
{
  uint64_t epoch = end >> WT_PASS_EDGE_BITS;

  if (value->epoch == epoch)
    return value->late + value->before_late;
  return value->epoch + 1 == epoch ? value->late : 0;
}

static void sum_times(struct wt_pass_value *sum, const struct wt_pass_value *one)
{
  bool earlier = !sum->packets || one->first < sum->first;

  if (earlier) {
    sum->first = one->first;
    sum->sequence = one->sequence;
  }
  if (one->last > sum->last)
    sum->last = one->last;
  if (!sum->packets || one->hops_low < sum->hops_low)
    sum->hops_low = one->hops_low;
  if (one->hops_high > sum->hops_high)
    sum->hops_high = one->hops_high;
}

void wt_pass_sum(struct wt_pass_value *sum, const struct wt_pass_value *one, uint64_t end)
{
  if (!one->packets)
    return;
  sum_times(sum, one);
  sum->packets += one->packets;
  sum->packet_octets += one->packet_octets;
  sum->frames += one->frames;
  sum->frames_low += one->frames_low;
  sum->segments += one->segments;
  sum->payload += one->payload;
  sum->link += one->link;
  sum->headers += one->headers;
  sum->outer += one->outer;
  sum->tags += one->tags;
  sum->padding += one->padding;
  sum->merged += one->merged;
  sum->out_of_band += one->out_of_band;
  sum->vague += one->vague;
  sum->fragments += one->fragments;
  sum->unmarked += one->unmarked;
  sum->oversize += one->oversize;
  sum->early += one->early;
  sum->late += late_frames(one, end);
  if (one->most > sum->most)
    sum->most = one->most;
  if (one->largest > sum->largest)
    sum->largest = one->largest;
}

void wt_pass_passage(const struct wt_pass_value *value, enum wt_way way, const struct wt_pass_point *point,
                     struct wt_passage *passage)
{
  /* The device merged, and its driver may have made the size up; or nothing is known of it at all. */
  bool guessed = (point->guesses && value->unmarked && way != WT_WAY_TX) || value->oversize;

  *passage = (struct wt_passage){
      .way = way,
      .packets = value->packets,
      .packet_octets = value->packet_octets,
      .frames = value->frames,
      .frames_low = guessed ? value->packets : value->frames_low,
      .frames_high = guessed ? WT_UNKNOWN : value->frames,
      .segments = value->segments,
      .payload = value->payload,
      .link = value->link,
      .tags = value->tags,
      .outer = value->outer,
      .headers = value->headers,
      .padding = value->padding,
      .merged = value->merged,
      .out_of_band = value->out_of_band,
      .fragments = value->fragments,
      .early = value->early,
      .late = value->late,
      .most = guessed || value->frames_low != value->frames ? 0 : value->most,
      .largest = value->largest,
      .first = point->begin + (double)value->first / 1e9,
      .last = point->begin + (double)value->last / 1e9,
      .hops_low = value->hops_low,
      .hops_high = value->hops_high,
      .sequence = value->sequence,
      .estimated = guessed || value->unmarked || value->vague || value->frames_low != value->frames,
  };
  passage->octets = value->vague ? WT_UNKNOWN
                                 : passage->link + passage->tags + passage->outer + passage->headers +
                                       passage->payload + passage->padding;
}

static uint64_t known_sum(uint64_t a, uint64_t b)
{
  return wt_known(a) && wt_known(b) ? a + b : WT_UNKNOWN;
}

/* Octets of the frames beyond the packets, each having as many as a packet has. */
static uint64_t replicated(uint64_t octets, uint64_t packets, uint64_t frames)
{
  return packets ? (uint64_t)llround((double)octets / (double)packets * (double)frames) : 0;
}

void wt_passage_hide(struct wt_passage *passage, const struct wt_trace_hidden *hidden)
{
  uint64_t frames = (uint64_t)llround(hidden->frames), octets = (uint64_t)llround(hidden->octets);
  uint64_t link = replicated(passage->link, passage->packets, frames);
  uint64_t tags = replicated(passage->tags, passage->packets, frames);
  uint64_t outer = replicated(passage->outer, passage->packets, frames);

  passage->frames += frames;
  passage->segments += frames;
  passage->frames_low += (uint64_t)llround(hidden->low);
  if (wt_known(passage->frames_high))
    passage->frames_high += (uint64_t)llround(hidden->high);
  passage->link += link;
  passage->tags += tags;
  passage->outer += outer;
  passage->headers += octets > link + tags + outer ? octets - link - tags - outer : 0;
  if (wt_known(passage->octets))
    passage->octets += octets;
  passage->estimated |= passage->merged || passage->frames_low != passage->frames_high;
  if (passage->estimated)
    passage->most = 0;
}

void wt_passage_add(struct wt_passage *a, const struct wt_passage *b)
{
  a->packets += b->packets;
  a->packet_octets += b->packet_octets;
  a->frames += b->frames;
  a->frames_low += b->frames_low;
  a->frames_high = known_sum(a->frames_high, b->frames_high);
  a->segments += b->segments;
  a->octets = known_sum(a->octets, b->octets);
  a->payload += b->payload;
  a->link += b->link;
  a->tags += b->tags;
  a->outer += b->outer;
  a->headers += b->headers;
  a->padding += b->padding;
  a->merged += b->merged;
  a->out_of_band += b->out_of_band;
  a->fragments += b->fragments;
  a->early += b->early;
  a->late += b->late;
  a->estimated |= b->estimated;
}
