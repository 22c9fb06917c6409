/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A counter may be ahead of the tap by what is on its way between the two: a ring of a virtual device. */
static const double in_flight = 256;

static const struct wt_judgement undecided = {.ratio = NAN, .divergence = NAN};

void wt_judge_forget(struct wt_judge *judge)
{
  judge->count = 0;
  judge->decided_at = judge->counter_since = judge->capture_since = NAN;
  judge->finding = (struct wt_finding){.counter = undecided, .capture = undecided, .segments_per_packet = NAN};
}

void wt_judge_init(struct wt_judge *judge)
{
  *judge = (struct wt_judge){0};
  wt_judge_forget(judge);
}

void wt_judge_restart(struct wt_judge *judge)
{
  judge->base = judge->totals;
  judge->referenced = false;
  judge->count = 0;
  judge->bypass_frames = judge->bypass_octets = 0;
}

/* ---- history ------------------------------------------------------------------------------------------------ */

/* Keeps at most one observation that is older than the horizon: the one that the window starts with. */
static void remember(struct wt_judge *judge, const struct wt_observation *observation, double horizon)
{
  while (judge->count > 1 && observation->time - judge->history[1].time >= horizon)
    memmove(judge->history, judge->history + 1, --judge->count * sizeof(judge->history[0]));
  if (judge->count && observation->time - judge->history[judge->count - 1].time < horizon / (WT_HISTORY - 2))
    return;
  if (judge->count == WT_HISTORY)
    memmove(judge->history, judge->history + 1, --judge->count * sizeof(judge->history[0]));
  judge->history[judge->count++] = *observation;
}

/* The newest observation that is at least so old, NULL if there is none. */
static const struct wt_observation *at_least_old(const struct wt_judge *judge, double now, double age)
{
  if (now - judge->last.time >= age)
    return &judge->last;
  for (size_t i = judge->count; i-- > 0;)
    if (now - judge->history[i].time >= age)
      return &judge->history[i];
  return NULL;
}

/* ---- bypass ------------------------------------------------------------------------------------------------- */

/*
 * Frames that were counted and that the tap never saw. They are a sum that only grows: once they outgrow what a lag or
 * a packet on its way explains, they are added, and with them the wire is more than the tap's figure.
 */
static void find_bypass(struct wt_judge *judge, struct wt_observation *now, const struct wt_judge_settings *settings)
{
  const struct wt_observation *from = &judge->reference;
  struct wt_window window;
  double excess, octets, allowed;

  now->bypass_frames = judge->bypass_frames;
  now->bypass_octets = judge->bypass_octets;
  wt_window_between(from, now, NULL, &window);
  if (!window.tapped)
    return;
  /* Each counted unit stands for one frame at the least; where units turned out to be packets, the seen ones are. */
  excess = window.counter - window.frames_high - window.bypass;
  if (judge->finding.basis == WT_BASIS_PACKET && excess > 0)
    excess = window.counter - window.packets_high - window.bypass;
  /* What is added once stays: where the tap's figure is an estimate, its own error must be out of the question. */
  allowed = in_flight + settings->limits.tolerance * (window.frames + window.bypass) +
            3 * (window.frames_high - window.frames);
  if (settings->lag >= 1)
    allowed += judge->busiest;
  else if (judge->bypass_frames)
    allowed = 0; /* once it is there, every frame of it counts */
  if (excess <= allowed)
    return;
  octets = window.counter_octets - window.octets - window.octets_slack - window.bypass_octets;
  judge->bypass_frames += (uint64_t)excess;
  judge->bypass_octets += (uint64_t)fmax(octets, 0);
  now->bypass_frames = judge->bypass_frames;
  now->bypass_octets = judge->bypass_octets;
}

/* ---- totals ------------------------------------------------------------------------------------------------- */

static void raise_to(uint64_t *total, double value)
{
  uint64_t rounded = value > 0 ? (uint64_t)llround(value) : 0;

  if (rounded > *total)
    *total = rounded;
}

static uint64_t plus(uint64_t base, double value)
{
  return base + (value > 0 ? (uint64_t)llround(value) : 0);
}

static double bound(uint64_t later, uint64_t earlier, double error)
{
  return (double)(later - earlier) + error;
}

static void add_up(struct wt_judge *judge, const struct wt_observation *now)
{
  const struct wt_observation *from = &judge->reference;
  const struct wt_totals *base = &judge->base;
  struct wt_totals *totals = &judge->totals;
  const struct wt_tally *begin = &from->after, *end = &now->after;
  struct wt_window window;
  double bypass, bypass_octets, frames_error, octets_error;

  wt_window_between(from, now, NULL, &window);
  totals->counter_frames = plus(base->counter_frames, window.counter);
  totals->counter_octets = plus(base->counter_octets, window.counter_octets);
  if (!window.tapped) {
    totals->frames = totals->low = totals->counter_frames;
    totals->octets = totals->octets_low = totals->counter_octets;
    /* A counted unit is one frame at the least; nothing says how many at the most. */
    totals->high = window.counter > 0 ? WT_UNKNOWN : base->high;
    totals->octets_high = window.counter > 0 ? WT_UNKNOWN : base->octets_high;
    return;
  }
  bypass = (double)judge->bypass_frames;
  bypass_octets = (double)judge->bypass_octets;
  frames_error = 1.96 * sqrt(end->frames_variance - begin->frames_variance);
  octets_error = 1.96 * sqrt(end->octets_variance - begin->octets_variance);
  totals->packets = plus(base->packets, window.packets);
  totals->packet_octets = plus(base->packet_octets, window.packet_octets);
  raise_to(&totals->frames, (double)base->frames + window.frames + bypass);
  raise_to(&totals->octets, (double)base->octets + window.octets + bypass_octets);
  totals->low = plus(base->low, bound(end->frames_low, begin->frames_low, -frames_error) + bypass);
  totals->octets_low = plus(base->octets_low, bound(end->octets_low, begin->octets_low, -octets_error) + bypass_octets);
  totals->high = plus(base->high, bound(end->frames_high, begin->frames_high, frames_error) + end->unseen);
  totals->octets_high =
      plus(base->octets_high, bound(end->octets_high, begin->octets_high, octets_error) + end->unseen_octets);
  /* What was unseen may have been merged: nothing bounds it from above. */
  if (bypass > 0 || !wt_known(base->high))
    totals->high = totals->octets_high = WT_UNKNOWN;
  if (wt_known(end->vlan_out_of_band) && wt_known(begin->vlan_out_of_band) && wt_known(base->vlan_out_of_band))
    totals->vlan_out_of_band = base->vlan_out_of_band + end->vlan_out_of_band - begin->vlan_out_of_band;
  else
    totals->vlan_out_of_band = WT_UNKNOWN;
  totals->drops = base->drops + end->drops - begin->drops;
}

/* ---- verdicts ------------------------------------------------------------------------------------------------ */

static bool misreports(enum wt_verdict verdict)
{
  return verdict == WT_VERDICT_UNDER_REPORTS || verdict == WT_VERDICT_OVER_REPORTS;
}

static void follow(double *since, enum wt_verdict verdict, double unix_time)
{
  if (!misreports(verdict))
    *since = NAN;
  else if (isnan(*since))
    *since = unix_time;
}

static void decide(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                   const struct wt_judge_settings *settings, double unix_time)
{
  struct wt_window window;
  struct wt_finding finding;

  wt_window_between(&judge->history[0], now, at_least_old(judge, now->time, settings->lag), &window);
  wt_diverge(&window, facts, &settings->limits, &judge->finding, &finding);
  /* A quiet stretch takes nothing back. */
  if (!finding.decided && !isnan(judge->decided_at))
    return;
  judge->finding = finding;
  follow(&judge->counter_since, finding.counter.verdict, unix_time);
  follow(&judge->capture_since, finding.capture.verdict, unix_time);
  if (finding.decided)
    judge->decided_at = unix_time;
}

static bool went_back(const struct wt_observation *last, const struct wt_observation *now)
{
  return now->counter_packets < last->counter_packets || now->counter_octets < last->counter_octets ||
         now->tapped != last->tapped;
}

bool wt_judge_observe(struct wt_judge *judge, const struct wt_observation *observation, const struct wt_facts *facts,
                      const struct wt_judge_settings *settings, double unix_time)
{
  struct wt_observation now = *observation;
  bool reset = judge->referenced && went_back(&judge->last, &now);

  if (reset)
    wt_judge_restart(judge);
  if (!judge->referenced) {
    now.bypass_frames = now.bypass_octets = 0;
    judge->referenced = true;
    judge->reference = judge->last = now;
  }
  if (now.tapped && now.time > judge->last.time) {
    double frames = (double)(now.after.frames - judge->last.after.frames);

    judge->busiest = fmax(judge->busiest, frames * fmax(1, settings->lag / (now.time - judge->last.time)));
  }
  judge->estimated = now.after.estimated || !now.tapped;
  find_bypass(judge, &now, settings);
  add_up(judge, &now);
  if (judge->count)
    decide(judge, &now, facts, settings, unix_time);
  remember(judge, &now, settings->horizon);
  judge->last = now;
  return !reset;
}

/* ---- report ------------------------------------------------------------------------------------------------- */

static void report_signal(const struct wt_judgement *judgement, double since, double decided_at,
                          struct wt_signal *signal)
{
  signal->ratio = judgement->ratio;
  signal->divergence = judgement->divergence;
  signal->verdict = judgement->verdict;
  signal->since = since;
  signal->decided_at = decided_at;
  snprintf(signal->reason, sizeof(signal->reason), "%s", judgement->reason ? judgement->reason : "");
}

static enum wt_source source_of(const struct wt_judge *judge, const struct wt_facts *facts)
{
  uint64_t seen = judge->last.after.frames - judge->reference.after.frames;

  if (!judge->last.tapped || judge->bypass_frames > seen)
    return WT_SOURCE_COUNTER;
  return facts->source;
}

void wt_judge_report(const struct wt_judge *judge, const struct wt_facts *facts, struct wt_direction_report *report)
{
  const struct wt_totals *totals = &judge->totals;
  const struct wt_finding *finding = &judge->finding;
  bool tapped = judge->last.tapped;

  *report = (struct wt_direction_report){
      .wire = {.frames = totals->frames,
               .octets = totals->octets,
               .low = totals->low,
               .high = totals->high,
               .octets_low = totals->octets_low,
               .octets_high = totals->octets_high,
               .source = source_of(judge, facts),
               .estimated = judge->estimated || judge->bypass_frames > 0},
      .packets = tapped ? totals->packets : WT_UNKNOWN,
      .segments_per_packet = finding->segments_per_packet,
      .counter = {.signal = {.frames = totals->counter_frames, .octets = totals->counter_octets},
                  .basis = finding->basis,
                  .octet_basis = finding->octet_basis,
                  .octet_offset = finding->octet_offset,
                  .octet_verdict = finding->octet_verdict},
      .capture = {.frames = tapped && !facts->capture_is_blind ? totals->packets : WT_UNKNOWN,
                  .octets = tapped && !facts->capture_is_blind ? totals->packet_octets : WT_UNKNOWN},
      .capture_drops = totals->drops,
      .series = {.frames = WT_UNKNOWN,
                 .octets = WT_UNKNOWN,
                 .ratio = NAN,
                 .divergence = NAN,
                 .since = NAN,
                 .decided_at = NAN,
                 .reason = "no series configured"},
      .vlan_out_of_band = tapped ? totals->vlan_out_of_band : WT_UNKNOWN,
      .cause = finding->cause,
  };
  report_signal(&finding->counter, judge->counter_since, judge->decided_at, &report->counter.signal);
  report_signal(&finding->capture, judge->capture_since, judge->decided_at, &report->capture);
}
