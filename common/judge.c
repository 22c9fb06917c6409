/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A counter may be ahead of the tap by what is on its way between the two: a ring of a virtual device. */
static const double in_flight = 256;

/* So many windows in a row have to tell another basis, before one that was found is given up. */
static const unsigned int firm = 3;

/* A lag is part of every comparison, whatever its length: over so many horizons it becomes small beside the tolerance
 * also where polls are far apart. */
static const double long_run = 12;

static const char no_series[] = "no series configured";

static const struct wt_judgement undecided = {
    .ratio = NAN, .divergence = NAN, .reason = "only one reading so far, or since the last change"};

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
  if (!judge->count ||
      observation->time - judge->history[judge->count - 1].time >= settings->horizon / (WT_HISTORY - 2))
    push(judge->history, &judge->count, WT_HISTORY, observation);
  if (!judge->recent_count ||
      observation->time - judge->recent[judge->recent_count - 1].time >= settings->lag / (WT_RECENT - 2))
    push(judge->recent, &judge->recent_count, WT_RECENT, observation);
}

/* The newest observation that is at least so old, NULL if there is none. */
static const struct wt_observation *at_least_old(const struct wt_judge *judge, double now, double age)
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
  const struct wt_observation *older = at_least_old(judge, now->time, settings->lag);

  if (settings->lag < 1) {
    now->early = now->early_packets = in_flight;
  } else if (older && now->tapped) {
    now->early = fmax(in_flight, (double)(now->after.frames - older->after.frames));
    now->early_packets = fmax(in_flight, (double)(now->after.packets - older->after.packets));
  } else {
    now->early = now->early_packets = INFINITY;
  }
}

/* ---- bypass ------------------------------------------------------------------------------------------------- */

/* Octets that the counter must have for what the tap saw, by what is known of its way of counting. */
static double seen_octets(const struct wt_window *window, const struct wt_finding *finding)
{
  if (finding->octet_basis == WT_BASIS_PACKET)
    return window->packet_octets + finding->octet_offset * window->packets;
  if (finding->octet_basis == WT_BASIS_WIRE)
    return window->octets + finding->octet_offset * window->frames;
  return window->octets;
}

static double unseen_octets(const struct wt_window *window, const struct wt_finding *finding, double unseen)
{
  double offset = finding->octet_basis == WT_BASIS_UNDETERMINED ? 0 : finding->octet_offset;

  return fmax(window->counter_octets - seen_octets(window, finding) - offset * unseen, 0);
}

/* The first observation of the window of which it is known what a lag may have put behind it, NULL if there is none. */
static const struct wt_observation *first_certain(const struct wt_judge *judge)
{
  for (size_t i = 0; i < judge->count; i++)
    if (!isinf(judge->history[i].early))
      return &judge->history[i];
  return NULL;
}

/* While it goes on it is measured from where it was first noticed: the error of an estimate then grows far less than
 * with a start anew at each poll. That holds as long as the counter counts the same. */
static const struct wt_observation *bypass_from(struct wt_judge *judge)
{
  if (judge->anchored && judge->count && judge->bypass_frames > judge->history[0].bypass_frames &&
      judge->anchor_basis == judge->finding.basis)
    return &judge->anchor;
  judge->anchored = false;
  return first_certain(judge);
}

/*
 * Each counted unit stands for one frame at the least; where units turned out to be packets, the seen ones are. So they
 * are where fewer units than frames have more octets than those frames could: some were never seen, and of what was
 * seen packets were counted.
 */
static bool packets_were_counted(const struct wt_judge *judge, const struct wt_window *window,
                                 const struct wt_judge_settings *settings)
{
  static const double fcs = 4;
  double frame = window->frames > 0 ? window->octets / window->frames : 0;
  double explained = window->octets + window->octets_slack + fcs * window->frames;
  double early = settings->lag < 1 ? in_flight : window->early;

  if (window->counter > window->frames_high)
    return judge->finding.basis == WT_BASIS_PACKET;
  return judge->finding.basis != WT_BASIS_WIRE &&
         window->counter_octets > explained * (1 + settings->limits.tolerance) + early * frame;
}

/*
 * Frames that were counted and that the tap never saw. What is found in a window is added for good: it has to outgrow
 * what a lag, a packet on its way or the estimate's own error explains.
 */
static void find_bypass(struct wt_judge *judge, struct wt_observation *now, const struct wt_judge_settings *settings)
{
  const struct wt_observation *from = bypass_from(judge);
  struct wt_window window;
  double seen, excess, allowed;

  now->bypass_frames = judge->bypass_frames;
  now->bypass_octets = judge->bypass_octets;
  if (!from || !from->tapped || !now->tapped || now->idle)
    return;
  wt_window_between(from, now, NULL, &window);
  seen = packets_were_counted(judge, &window, settings) ? window.packets_high : window.frames_high;
  excess = window.counter - seen - window.bypass - (settings->lag < 1 ? 0 : window.early);
  allowed = in_flight + settings->limits.tolerance * (window.frames + window.bypass) +
            3 * (window.frames_high - window.frames);
  /* Once it is there, every frame of it counts. */
  if (excess <= (judge->anchored ? 0 : allowed))
    return;
  if (!judge->anchored) {
    judge->anchor = *from;
    judge->anchor_basis = judge->finding.basis;
    judge->anchored = true;
  }
  judge->bypass_octets +=
      (uint64_t)fmax(unseen_octets(&window, &judge->finding, excess + window.bypass) - window.bypass_octets, 0);
  judge->bypass_frames += (uint64_t)excess;
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

/* By the counter alone. */
static void add_counted(struct wt_judge *judge, const struct wt_window *window)
{
  const struct wt_totals *base = &judge->base;
  struct wt_totals *totals = &judge->totals;

  totals->frames = plus(base->frames, window->counter);
  totals->low = plus(base->low, window->counter);
  totals->octets = plus(base->octets, window->counter_octets);
  totals->octets_low = plus(base->octets_low, window->counter_octets);
  /* A counted unit is one frame at the least; nothing says how many at the most. */
  totals->high = window->counter > 0 ? WT_UNKNOWN : base->high;
  totals->octets_high = window->counter > 0 ? WT_UNKNOWN : base->octets_high;
}

static void add_packets(struct wt_judge *judge, const struct wt_span *span, const struct wt_tally *begin,
                        const struct wt_tally *end)
{
  const struct wt_totals *base = &judge->base;
  struct wt_totals *totals = &judge->totals;

  totals->packets = plus(base->packets, span->packets);
  totals->packet_octets = plus(base->packet_octets, span->packet_octets);
  if (wt_known(end->vlan_out_of_band) && wt_known(begin->vlan_out_of_band) && wt_known(base->vlan_out_of_band))
    totals->vlan_out_of_band = base->vlan_out_of_band + end->vlan_out_of_band - begin->vlan_out_of_band;
  else
    totals->vlan_out_of_band = WT_UNKNOWN;
  totals->drops = base->drops + end->drops - begin->drops;
}

/* By the tap, and the counter for what passed it unseen. */
static void add_tapped(struct wt_judge *judge, const struct wt_span *span, double bypass, double bypass_octets)
{
  const struct wt_totals *base = &judge->base;
  struct wt_totals *totals = &judge->totals;

  raise_to(&totals->frames, (double)base->frames + span->frames + bypass);
  raise_to(&totals->octets, (double)base->octets + span->octets + bypass_octets);
  totals->low = plus(base->low, span->frames_low + bypass);
  totals->octets_low = plus(base->octets_low, span->octets_low + bypass_octets);
  totals->high = isinf(span->frames_high) ? WT_UNKNOWN : plus(base->high, span->frames_high);
  totals->octets_high = isinf(span->octets_high) ? WT_UNKNOWN : plus(base->octets_high, span->octets_high);
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
  raise_to(&totals->frames, (double)base->frames + frames);
  raise_to(&totals->octets, (double)base->octets + octets);
  totals->low = plus(base->low, low);
  totals->octets_low = plus(base->octets_low, octets_low);
  totals->high = wt_known(base->high) && !isinf(high) ? plus(base->high, high) : WT_UNKNOWN;
  totals->octets_high = wt_known(base->octets_high) && !isinf(high) && !isinf(octets_high)
                            ? plus(base->octets_high, octets_high)
                            : WT_UNKNOWN;
}

/* The kind of witness that a source is, WT_WITNESS_KINDS if it is none. */
static enum wt_witness_kind witness_of(enum wt_source source)
{
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++)
    if (wt_witness_source((enum wt_witness_kind)kind) == source)
      return (enum wt_witness_kind)kind;
  return WT_WITNESS_KINDS;
}

static void add_up(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                   const struct wt_judge_settings *settings)
{
  const struct wt_observation *from = &judge->reference;
  enum wt_witness_kind kind = witness_of(judge->source);
  struct wt_window window;
  struct wt_span span = {0};

  wt_window_between(from, now, at_least_old(judge, now->time, settings->lag), &window);
  judge->totals.counter_frames = plus(judge->base.counter_frames, window.counter);
  judge->totals.counter_octets = plus(judge->base.counter_octets, window.counter_octets);
  if (window.tapped) {
    wt_tally_span(&from->after, &now->after, &span);
    add_packets(judge, &span, &from->after, &now->after);
  }
  if (kind != WT_WITNESS_KINDS)
    add_witnessed(judge, kind, &span, &window, facts, &settings->limits);
  else if (window.tapped)
    add_tapped(judge, &span, window.bypass, window.bypass_octets);
  else
    add_counted(judge, &window);
}

/* Each of its own, over whatever the others do. */
static void add_witnesses(struct wt_judge *judge, const struct wt_observation *now)
{
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++) {
    const struct wt_witness_reading *last = &judge->last.witness[kind], *reading = &now->witness[kind];
    uint64_t *total = &judge->totals.witness[kind];

    if (!reading->there || !wt_known(reading->frames))
      continue;
    if (!wt_known(*total))
      *total = 0;
    else if (last->there && last->epoch == reading->epoch && wt_known(last->frames))
      *total += reading->frames - last->frames;
  }
}

/* The best source from here on. What was added up so far stays. */
static void choose_source(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                          const struct wt_judge_settings *settings)
{
  const struct wt_observation *older = at_least_old(judge, now->time, settings->lag);
  struct wt_window window;
  enum wt_witness_kind kind;
  enum wt_source source;

  wt_window_between(&judge->last, now, older, &window);
  source = wt_witness_best(&window, judge->trust, facts->source == WT_SOURCE_TAP);
  if (source == judge->source)
    return;
  judge->base = judge->totals;
  judge->reference = judge->last;
  judge->source = source;
  /* The new source may count what the old one has counted already. */
  kind = witness_of(source);
  judge->source_late = 0;
  if (kind != WT_WITNESS_KINDS)
    judge->source_late = fmax(isnan(window.witness[kind].late) ? 0 : window.witness[kind].late,
                              window.tapped && !isinf(judge->last.early) ? judge->last.early : 0);
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

/* Whether a comparison can begin there: of one stretch of readings, and with a known bound to what a lag put into it.
 */
static bool can_compare(const struct wt_observation *from, const struct wt_observation *now, enum wt_witness_kind kind)
{
  const struct wt_witness_reading *first = &from->witness[kind], *last = &now->witness[kind];

  return first->there && last->there && first->epoch == last->epoch && !(now->tapped && isinf(from->early));
}

/* The long run begins anew when it is over, and when one of its witnesses was reset, or appeared. */
static void compare_on(struct wt_judge *judge, const struct wt_observation *now,
                       const struct wt_judge_settings *settings)
{
  bool over = !judge->comparing || now->time - judge->compared.time > long_run * settings->horizon;

  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++)
    over |= now->witness[kind].there && !can_compare(&judge->compared, now, (enum wt_witness_kind)kind);
  if (!over)
    return;
  judge->compared = *now;
  judge->comparing = true;
}

static enum wt_trust compare(const struct wt_judge *judge, const struct wt_observation *from,
                             const struct wt_observation *now, enum wt_witness_kind kind,
                             const struct wt_judge_settings *settings, struct wt_window *window)
{
  wt_window_between(from, now, at_least_old(judge, now->time, settings->lag), window);
  return wt_witness_trust(window, kind, &settings->limits);
}

/* What the horizon says of a witness, and the long run: one that was contradicted by either is not believed. */
static enum wt_trust hear(const struct wt_judge *judge, const struct wt_observation *now, enum wt_witness_kind kind,
                          const struct wt_judge_settings *settings, struct wt_window *window)
{
  enum wt_trust said = WT_UNTRIED, longer;

  for (size_t i = 0; i < judge->count; i++)
    if (can_compare(&judge->history[i], now, kind)) {
      said = compare(judge, &judge->history[i], now, kind, settings, window);
      break;
    }
  if (said == WT_CONTRARY || !judge->comparing || !can_compare(&judge->compared, now, kind))
    return said;
  longer = compare(judge, &judge->compared, now, kind, settings, window);
  return longer == WT_UNTRIED ? said : longer;
}

/* Compares the witnesses with what was seen. A comparison that tells nothing takes nothing back. */
static void hear_witnesses(struct wt_judge *judge, const struct wt_observation *now,
                           const struct wt_judge_settings *settings)
{
  bool said = false;

  compare_on(judge, now, settings);
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++) {
    struct wt_window window;
    enum wt_trust only[WT_WITNESS_KINDS] = {WT_UNTRIED};

    only[kind] = hear(judge, now, (enum wt_witness_kind)kind, settings, &window);
    if (only[kind] != WT_UNTRIED)
      judge->trust[kind] = only[kind];
    if (only[kind] != WT_CONTRARY || said)
      continue;
    wt_witness_disagreement(&window, only, judge->disagreement, sizeof(judge->disagreement));
    judge->disagreeing = (enum wt_witness_kind)kind;
    said = true;
  }
  if (judge->trust[judge->disagreeing] != WT_CONTRARY)
    judge->disagreement[0] = '\0';
}

/* The frames that signals are put up against. An exact count is sharper than any witness, where it sees everything. */
static void take_source(const struct wt_judge *judge, const struct wt_facts *facts, struct wt_window *window)
{
  bool sharp = window->tapped && facts->source == WT_SOURCE_TAP && window->bypass <= 0;
  enum wt_witness_kind kind = witness_of(judge->source);

  if (kind != WT_WITNESS_KINDS && !sharp && !isnan(window->witness[kind].frames))
    wt_witness_use(window, kind);
}

static void decide(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                   const struct wt_judge_settings *settings, double unix_time)
{
  struct wt_window window;
  struct wt_finding finding;

  wt_window_between(&judge->history[0], now, at_least_old(judge, now->time, settings->lag), &window);
  hear_witnesses(judge, now, settings);
  take_source(judge, facts, &window);
  window.late = fmax(window.late, in_flight);
  wt_diverge(&window, facts, &settings->limits, &judge->finding, &finding);
  /* A quiet stretch takes nothing back. */
  if (!finding.decided && !isnan(judge->decided_at))
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
  bool reset = judge->referenced && went_back(&judge->last, &now);

  if (reset)
    wt_judge_restart(judge);
  if (!judge->referenced) {
    now.bypass_frames = now.bypass_octets = 0;
    judge->referenced = true;
    judge->reference = judge->last = now;
  }
  look_before(judge, &now, settings);
  judge->estimated = now.after.estimated || !now.tapped;
  find_bypass(judge, &now, settings);
  choose_source(judge, &now, facts, settings);
  add_up(judge, &now, facts, settings);
  add_witnesses(judge, &now);
  /* What was estimated from the counter proves nothing on it: what was decided before is held, with its age. */
  if (!now.idle) {
    if (judge->count)
      decide(judge, &now, facts, settings, unix_time);
    remember(judge, &now, settings);
  }
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

static enum wt_source source_of(const struct wt_judge *judge)
{
  uint64_t seen = judge->last.after.frames - judge->reference.after.frames;
  bool by_tap = judge->source == WT_SOURCE_TAP || judge->source == WT_SOURCE_SAMPLE;

  return by_tap && judge->bypass_frames - judge->reference.bypass_frames > seen ? WT_SOURCE_COUNTER : judge->source;
}

static void report_witnesses(const struct wt_judge *judge, struct wt_wire *wire)
{
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++) {
    enum wt_source source = wt_witness_source((enum wt_witness_kind)kind);

    if (judge->last.witness[kind].there && source != wire->source)
      wire->witnesses[wire->witness_count++] = (struct wt_witness){source, judge->totals.witness[kind]};
  }
  snprintf(wire->disagreement, sizeof(wire->disagreement), "%s", judge->disagreement);
}

/* Never read: nothing is known, which is not 0. */
static void report_nothing(struct wt_direction_report *report)
{
  static const struct wt_signal nothing = {
      .frames = WT_UNKNOWN, .octets = WT_UNKNOWN, .ratio = NAN, .divergence = NAN, .since = NAN, .decided_at = NAN};

  *report = (struct wt_direction_report){
      .wire = {.frames = WT_UNKNOWN,
               .octets = WT_UNKNOWN,
               .low = WT_UNKNOWN,
               .high = WT_UNKNOWN,
               .octets_low = WT_UNKNOWN,
               .octets_high = WT_UNKNOWN},
      .packets = WT_UNKNOWN,
      .segments_per_packet = NAN,
      .counter = {.signal = nothing},
      .capture = nothing,
      .series = nothing,
      .vlan_out_of_band = WT_UNKNOWN,
  };
  snprintf(report->series.reason, sizeof(report->series.reason), "%s", no_series);
}

void wt_judge_report(const struct wt_judge *judge, const struct wt_facts *facts, struct wt_direction_report *report)
{
  const struct wt_totals *totals = &judge->totals;
  const struct wt_finding *finding = &judge->finding;
  bool tapped = judge->last.tapped;

  if (!judge->referenced) {
    report_nothing(report);
    return;
  }
  *report = (struct wt_direction_report){
      .wire = {.frames = totals->frames,
               .octets = totals->octets,
               .low = totals->low,
               .high = totals->high,
               .octets_low = totals->octets_low,
               .octets_high = totals->octets_high,
               .source = source_of(judge),
               .estimated = judge->estimated || judge->bypass_frames > 0},
      .packets = tapped ? totals->packets : WT_UNKNOWN,
      .segments_per_packet = finding->segments_per_packet,
      .counter = {.signal = {.frames = totals->counter_frames, .octets = totals->counter_octets},
                  .basis = finding->basis,
                  .basis_windows = judge->basis_windows,
                  .octet_basis = finding->octet_basis,
                  .octet_tags = finding->octet_tags,
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
                 .decided_at = NAN},
      .vlan_out_of_band = tapped ? totals->vlan_out_of_band : WT_UNKNOWN,
      .cause = finding->cause,
  };
  report_witnesses(judge, &report->wire);
  snprintf(report->series.reason, sizeof(report->series.reason), "%s", no_series);
  report_signal(&finding->counter, judge->counter_since, judge->decided_at, &report->counter.signal);
  report_signal(&finding->capture, judge->capture_since, judge->decided_at, &report->capture);
}
