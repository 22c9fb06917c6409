/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "judge_parts.h"

/* So many windows in a row have to tell another basis, before one that was found is given up. */
static const unsigned int firm = 3;

static const struct wt_judgement undecided = {.ratio = NAN,
                                              .divergence = NAN,
                                              .signal = NAN,
                                              .wire = NAN,
                                              .reason = "only one reading so far, or since the last change"};

void wt_judge_forget(struct wt_judge *judge)
{
  judge->count = 0;
  judge->anchored = false;
  judge->decided_at = judge->counter_since = judge->capture_since = NAN;
  judge->finding = (struct wt_finding){.counter = undecided, .capture = undecided, .segments_per_packet = NAN};
  judge->basis_windows = judge->contrary_windows = 0;
  judge->told_frames = 0;
  memset(judge->trust, 0, sizeof(judge->trust));
  judge->comparing = false;
  judge->disagreement[0] = '\0';
}

void wt_judge_init(struct wt_judge *judge)
{
  *judge = (struct wt_judge){0};
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++)
    judge->totals.witness[kind] = WT_UNKNOWN;
  wt_judge_forget(judge);
}

void wt_judge_restart(struct wt_judge *judge)
{
  judge->base = judge->totals;
  judge->referenced = false;
  judge->count = judge->recent_count = 0;
  judge->anchored = judge->comparing = false;
  judge->bypass_frames = judge->bypass_octets = 0;
}

/* ---- history ------------------------------------------------------------------------------------------------ */

static void push(struct wt_observation *ring, size_t *count, size_t size, const struct wt_observation *observation)
{
  if (*count == size)
    memmove(ring, ring + 1, --*count * sizeof(*ring));
  ring[(*count)++] = *observation;
}

/* Keeps at most one observation that is older than the horizon: the one that the window starts with. */
static void remember(struct wt_judge *judge, const struct wt_observation *observation,
                     const struct wt_judge_settings *settings)
{
  while (judge->count > 1 && observation->time - judge->history[1].time >= settings->horizon)
    memmove(judge->history, judge->history + 1, --judge->count * sizeof(judge->history[0]));
  if (!judge->count || observation->time - judge->history[judge->count - 1].time >= wt_judge_spacing(settings->horizon))
    push(judge->history, &judge->count, WT_HISTORY, observation);
  if (!judge->recent_count ||
      observation->time - judge->recent[judge->recent_count - 1].time >= settings->lag / (WT_RECENT - 2))
    push(judge->recent, &judge->recent_count, WT_RECENT, observation);
}

/* The newest observation that is at least so old, NULL if there is none. */
const struct wt_observation *wt_judge_at_least_old(const struct wt_judge *judge, double now, double age)
{
  for (size_t i = judge->recent_count; i-- > 0;)
    if (now - judge->recent[i].time >= age)
      return &judge->recent[i];
  return NULL;
}

/* What passed within the lag before an observation, and a ring at the least: some drivers count what is in it only when
 * the next packet is sent. Software is behind by what is on its way at most. */
static void look_before(const struct wt_judge *judge, struct wt_observation *now,
                        const struct wt_judge_settings *settings)
{
  const struct wt_observation *older = wt_judge_at_least_old(judge, now->time, settings->lag);

  if (settings->lag < 1) {
    now->early = now->early_packets = wt_in_flight;
  } else if (older && now->tapped) {
    now->early = fmax(wt_in_flight, (double)(now->after.frames - older->after.frames));
    now->early_packets = fmax(wt_in_flight, (double)(now->after.packets - older->after.packets));
  } else {
    now->early = now->early_packets = INFINITY;
  }
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

/* What was once found in spite of any lag is not taken back because a lag could explain it in this window: a divergence
 * stays and a lag passes. */
static void keep_found(const struct wt_judgement *before, struct wt_judgement *now)
{
  enum wt_verdict verdict = now->ratio < 1 ? WT_VERDICT_UNDER_REPORTS : WT_VERDICT_OVER_REPORTS;

  if (now->reason != wt_may_lag || before->verdict != verdict)
    return;
  now->verdict = verdict;
  now->reason = NULL;
}

/* A basis is evidence over time: it becomes firmer with each window that tells it, and one that tells another does not
 * overturn it. */
static void firm_up(struct wt_judge *judge, const struct wt_observation *now, const struct wt_judge_settings *settings,
                    struct wt_finding *finding)
{
  enum wt_basis before = judge->finding.basis;
  double fresh = (double)(int64_t)(now->after.frames - judge->told_frames);

  if (!finding->basis_told)
    return;
  /* Windows overlap: only one with enough frames that were in none before says more than that. */
  if (before != WT_BASIS_UNDETERMINED && fresh < settings->limits.least_frames) {
    finding->basis = before;
    return;
  }
  judge->told_frames = now->after.frames;
  if (before == WT_BASIS_UNDETERMINED || finding->basis == before) {
    judge->basis_windows++;
    judge->contrary_windows = 0;
    return;
  }
  judge->contrary_windows = judge->contrary == finding->basis ? judge->contrary_windows + 1 : 1;
  judge->contrary = finding->basis;
  if (judge->contrary_windows >= firm || judge->basis_windows < firm) {
    judge->basis_windows = judge->contrary_windows;
    judge->contrary_windows = 0;
  } else {
    finding->basis = before;
  }
}

/* The frames that signals are put up against. An exact count is sharper than any witness, where it sees everything. */
void wt_judge_take_source(const struct wt_judge *judge, const struct wt_facts *facts, struct wt_window *window)
{
  bool sharp = window->tapped && facts->source == WT_SOURCE_TAP && window->bypass <= 0;
  enum wt_witness_kind kind = wt_witness_of(judge->source);

  if (kind != WT_WITNESS_KINDS && !sharp && !isnan(window->witness[kind].frames))
    wt_witness_use(window, kind);
}

/* Whether there is no verdict only since the tap was detached for a part of the window: every packet that it saw was
 * counted, so that all doubt is about the others. */
static bool is_for_gaps(const struct wt_window *window, const struct wt_facts *facts, const struct wt_finding *finding)
{
  bool has_gaps = isinf(window->frames_high) || window->frames_doubt > 0;

  return window->tapped && facts->source == WT_SOURCE_TAP && has_gaps && finding->counter.verdict == WT_VERDICT_UNKNOWN;
}

static void decide(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                   const struct wt_judge_settings *settings, double unix_time)
{
  struct wt_window window;
  struct wt_finding finding;

  wt_window_between(&judge->history[0], now, wt_judge_at_least_old(judge, now->time, settings->lag), &window);
  wt_judge_hear(judge, now, facts, settings);
  wt_judge_take_source(judge, facts, &window);
  window.late = fmax(window.late, wt_in_flight);
  wt_diverge(&window, facts, &settings->limits, &judge->finding, &finding);
  /* A quiet stretch takes nothing back; nor do gaps of the tap. */
  if (!isnan(judge->decided_at) && (!finding.decided || is_for_gaps(&window, facts, &finding)))
    return;
  keep_found(&judge->finding.counter, &finding.counter);
  firm_up(judge, now, settings, &finding);
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
  uint64_t frames_before = judge->totals.frames;
  bool reset = judge->referenced && went_back(&judge->last, &now);

  if (reset)
    wt_judge_restart(judge);
  if (!judge->referenced) {
    now.bypass_frames = now.bypass_octets = 0;
    judge->referenced = true;
    judge->reference = judge->last = now;
  }
  look_before(judge, &now, settings);
  judge->merged_unseen |= facts->merges_unseen;
  judge->estimated = now.after.estimated || !now.tapped;
  wt_judge_find_bypass(judge, &now, settings);
  wt_judge_choose_source(judge, &now, facts, settings);
  wt_judge_add_up(judge, &now, facts, settings);
  judge->revised = wt_judge_revises(judge, &now, frames_before);
  wt_judge_add_witnesses(judge, &now);
  wt_judge_sum_up(judge, &now, facts);
  /* What was estimated from the counter proves nothing on it: what was decided before is held, with its age. */
  if (!now.idle) {
    if (judge->count)
      decide(judge, &now, facts, settings, unix_time);
    remember(judge, &now, settings);
  }
  judge->last = now;
  return !reset;
}
