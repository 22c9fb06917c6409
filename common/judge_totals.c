/* SPDX-License-Identifier: MIT */
/* Totals that never go back, whatever the source is. */
#include <math.h>

#include "judge_parts.h"

static double difference(uint64_t whole, uint64_t part)
{
  return (double)(int64_t)(whole - part);
}

/* By the counter alone. */
static void add_counted(struct wt_judge *judge, const struct wt_window *window)
{
  const struct wt_totals *base = &judge->base;
  struct wt_totals *totals = &judge->totals;

  totals->frames = wt_plus(base->frames, window->counter);
  totals->low = wt_plus(base->low, window->counter);
  totals->octets = wt_plus(base->octets, window->counter_octets);
  totals->octets_low = wt_plus(base->octets_low, window->counter_octets);
  /* A counted unit is one frame at the least; nothing says how many at the most. */
  totals->high = window->counter > 0 ? WT_UNKNOWN : base->high;
  totals->octets_high = window->counter > 0 ? WT_UNKNOWN : base->octets_high;
}

static void add_tags(struct wt_totals *totals, const struct wt_totals *base, uint64_t begin, uint64_t end)
{
  if (!wt_known(end) || !wt_known(begin) || !wt_known(base->vlan_out_of_band)) {
    totals->vlan_out_of_band = WT_UNKNOWN;
    return;
  }
  if (!wt_known(totals->vlan_out_of_band))
    totals->vlan_out_of_band = base->vlan_out_of_band;
  wt_raise_to(&totals->vlan_out_of_band, (double)base->vlan_out_of_band + difference(end, begin));
}

/* What the tap missed is estimated anew as more is learned, and may turn out to be less: that takes nothing back. */
static void add_packets(struct wt_judge *judge, const struct wt_span *span, const struct wt_tally *begin,
                        const struct wt_tally *end)
{
  const struct wt_totals *base = &judge->base;
  struct wt_totals *totals = &judge->totals;

  wt_raise_to(&totals->packets, (double)base->packets + span->packets);
  wt_raise_to(&totals->packet_octets, (double)base->packet_octets + span->packet_octets);
  add_tags(totals, base, begin->vlan_out_of_band, end->vlan_out_of_band);
  totals->drops = base->drops + end->drops - begin->drops;
}

/* What of it a capture does not show. Frames that passed unseen may have been merged: nothing bounds them. */
static void add_hidden(struct wt_judge *judge, const struct wt_span *span, double bypass)
{
  const struct wt_totals *base = &judge->base;
  struct wt_totals *totals = &judge->totals;

  wt_raise_to(&totals->tagged_frames, (double)base->tagged_frames + span->tagged);
  wt_raise_to(&totals->hidden_tcp, (double)base->hidden_tcp + span->hidden_tcp);
  wt_raise_to(&totals->hidden_udp, (double)base->hidden_udp + span->hidden_udp);
  totals->hidden_low = wt_plus(base->hidden_low, span->hidden_low + bypass);
  totals->hidden_high = isinf(span->hidden_high) || bypass > 0 || !wt_known(base->hidden_high)
                            ? WT_UNKNOWN
                            : wt_plus(base->hidden_high, span->hidden_high);
}

/* By the tap, and the counter for what passed it unseen. */
static void add_tapped(struct wt_judge *judge, const struct wt_span *span, double bypass, double bypass_octets)
{
  const struct wt_totals *base = &judge->base;
  struct wt_totals *totals = &judge->totals;

  wt_raise_to(&totals->frames, (double)base->frames + span->frames + bypass);
  wt_raise_to(&totals->octets, (double)base->octets + span->octets + bypass_octets);
  totals->low = wt_plus(base->low, span->frames_low + bypass);
  totals->octets_low = wt_plus(base->octets_low, span->octets_low + bypass_octets);
  totals->high = isinf(span->frames_high) ? WT_UNKNOWN : wt_plus(base->high, span->frames_high);
  totals->octets_high = isinf(span->octets_high) ? WT_UNKNOWN : wt_plus(base->octets_high, span->octets_high);
  /* What was unseen may have been merged: nothing bounds it from above. */
  if (bypass > 0 || !wt_known(base->high))
    totals->high = totals->octets_high = WT_UNKNOWN;
}

/*
 * What a witness that is believed leaves open: how far it may be behind, and what it was compared with. It was found to
 * be the same to the tolerance, and which of the two is right where they differ within it, nobody knows.
 */
static void widen(const struct wt_span *span, const struct wt_window *window, const struct wt_facts *facts,
                  const struct wt_limits *limits, double frames, double *low, double *high)
{
  double tap_low = span->frames_low + window->bypass, tap_high = span->frames_high + window->bypass;

  if (!window->tapped)
    return;
  /* Samples err by more than that. */
  if (facts->source != WT_SOURCE_TAP) {
    tap_low = fmax(tap_low, (1 - limits->tolerance) * frames);
    tap_high = fmin(tap_high, (1 + limits->tolerance) * frames);
  }
  *low = fmin(*low, tap_low);
  *high = fmax(*high, tap_high);
}

static const double jumbo_option = 8; /* octets */

/* By a witness. Octets are the tap's, if the witness has none. */
static void add_witnessed(struct wt_judge *judge, enum wt_witness_kind kind, const struct wt_span *span,
                          const struct wt_window *window, const struct wt_facts *facts, const struct wt_limits *limits)
{
  const struct wt_witness_window *witness = &window->witness[kind];
  const struct wt_totals *base = &judge->base;
  struct wt_totals *totals = &judge->totals;
  bool queued = kind == WT_BY_QDISC;
  double octets = wt_witness_octets(window, kind), octets_low = octets, octets_high = octets;
  double frames = witness->frames, low, high;
  double late = fmax(isnan(witness->late) ? frames : witness->late, window->late);

  if (isnan(octets)) {
    octets = window->tapped ? span->octets : window->counter_octets;
    octets_low = window->tapped ? span->octets_low : octets;
    octets_high = window->tapped ? span->octets_high : INFINITY;
  } else if (queued) {
    /* It replicates the jumbo option of IPv6 packets of more than 64 KiB, which no frame has, and counts no tags. */
    octets_low = fmax(octets - jumbo_option * frames, 0);
    octets_high = window->tapped ? fmax(octets, span->octets_high) : INFINITY;
  }
  /* What goes past a discipline is counted all the same, at least as one frame each. */
  if (queued && !window->tapped && window->counter > frames) {
    octets += window->counter_octets * (window->counter - frames) / window->counter;
    frames = window->counter;
  }
  low = frames - judge->source_late;
  high = frames + late;
  /* The samples bound from above what a discipline may not have counted. */
  if (queued)
    high = window->tapped ? fmax(span->frames_high, frames) : frames > 0 ? INFINITY : 0;
  else
    widen(span, window, facts, limits, frames, &low, &high);
  wt_raise_to(&totals->frames, (double)base->frames + frames);
  wt_raise_to(&totals->octets, (double)base->octets + octets);
  totals->low = wt_plus(base->low, low);
  totals->octets_low = wt_plus(base->octets_low, octets_low);
  totals->high = wt_known(base->high) && !isinf(high) ? wt_plus(base->high, high) : WT_UNKNOWN;
  totals->octets_high = wt_known(base->octets_high) && !isinf(high) && !isinf(octets_high)
                            ? wt_plus(base->octets_high, octets_high)
                            : WT_UNKNOWN;
}

/* An estimate that was corrected downwards leaves its total as it was: the bounds then reach up to it. */
static void reach_up(uint64_t *high, uint64_t total)
{
  if (*high < total)
    *high = total;
}

void wt_judge_add_up(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                     const struct wt_judge_settings *settings)
{
  const struct wt_observation *from = &judge->reference;
  enum wt_witness_kind kind = wt_witness_of(judge->source);
  struct wt_window window;
  struct wt_span span = {0};

  wt_window_between(from, now, wt_judge_at_least_old(judge, now->time, settings->lag), &window);
  judge->totals.counter_frames = wt_plus(judge->base.counter_frames, window.counter);
  judge->totals.counter_octets = wt_plus(judge->base.counter_octets, window.counter_octets);
  if (window.tapped) {
    wt_tally_span(&from->after, &now->after, &span);
    add_packets(judge, &span, &from->after, &now->after);
    add_hidden(judge, &span, window.bypass);
  }
  if (kind == WT_BY_MIRROR)
    wt_judge_add_mirrored(judge, &span, &window, facts);
  else if (kind != WT_WITNESS_KINDS)
    add_witnessed(judge, kind, &span, &window, facts, &settings->limits);
  else if (window.tapped)
    add_tapped(judge, &span, window.bypass, window.bypass_octets);
  else
    add_counted(judge, &window);
  reach_up(&judge->totals.high, judge->totals.frames);
  reach_up(&judge->totals.octets_high, judge->totals.octets);
  /* A witness that lags counts less for a moment than the tap has seen: that takes nothing back. */
  if (window.tapped)
    wt_raise_to(&judge->totals.hidden_frames, difference(judge->totals.frames, judge->totals.packets));
}

/* Each of its own, over whatever the others do. */
void wt_judge_add_witnesses(struct wt_judge *judge, const struct wt_observation *now)
{
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++) {
    const struct wt_witness_reading *last = &judge->last.witness[kind], *reading = &now->witness[kind];
    uint64_t *total = &judge->totals.witness[kind];

    if (kind == WT_BY_MIRROR && reading->there)
      judge->mirror_broke |= !wt_known(reading->frames) || !last->there || last->epoch != reading->epoch;
    if (!reading->there || !wt_known(reading->frames))
      continue;
    if (!wt_known(*total))
      *total = 0;
    else if (last->there && last->epoch == reading->epoch && wt_known(last->frames))
      *total += reading->frames - last->frames;
  }
}

/* The best source from here on. What was added up so far stays. */
void wt_judge_choose_source(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                            const struct wt_judge_settings *settings)
{
  const struct wt_observation *older = wt_judge_at_least_old(judge, now->time, settings->lag);
  struct wt_window window;
  enum wt_witness_kind kind;
  enum wt_source source;

  wt_window_between(&judge->last, now, older, &window);
  source = wt_witness_best(&window, judge->trust, facts->source == WT_SOURCE_TAP);
  if (source == WT_SOURCE_TAP && wt_judge_prefers_mirror(judge, now))
    source = WT_SOURCE_MIRROR;
  if (source == judge->source)
    return;
  if (source == WT_SOURCE_MIRROR && judge->source == WT_SOURCE_TAP && wt_judge_mirror_reaches_back(judge, now)) {
    judge->source = source;
    judge->source_late = wt_in_flight;
    return;
  }
  judge->base = judge->totals;
  judge->reference = judge->last;
  judge->source = source;
  /* The new source may count what the old one has counted already. */
  kind = wt_witness_of(source);
  judge->source_late = 0;
  if (kind != WT_WITNESS_KINDS)
    judge->source_late = fmax(isnan(window.witness[kind].late) ? 0 : window.witness[kind].late,
                              window.tapped && !isinf(judge->last.early) ? judge->last.early : 0);
}
