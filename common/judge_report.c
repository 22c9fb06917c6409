/* SPDX-License-Identifier: MIT */
/* What was judged, as a report. */
#include <math.h>
#include <stdio.h>

#include "judge_parts.h"

static const char no_series[] = "no series configured";

static void report_signal(const struct wt_judgement *judgement, double since, double decided_at,
                          struct wt_signal *signal)
{
  signal->ratio = judgement->ratio;
  signal->divergence = judgement->divergence;
  signal->window_signal = judgement->signal;
  signal->window_wire = judgement->wire;
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

    bool is_total = kind != WT_BY_MIRROR || !judge->mirror_broke;

    if (judge->last.witness[kind].there && source != wire->source)
      wire->witnesses[wire->witness_count++] =
          (struct wt_witness){source, is_total ? judge->totals.witness[kind] : WT_UNKNOWN};
  }
  snprintf(wire->disagreement, sizeof(wire->disagreement), "%s", judge->disagreement);
}

/* Of which nothing is known, which is not 0. */
static const struct wt_signal nothing = {.frames = WT_UNKNOWN,
                                         .octets = WT_UNKNOWN,
                                         .ratio = NAN,
                                         .divergence = NAN,
                                         .window_wire = NAN,
                                         .window_signal = NAN,
                                         .since = NAN,
                                         .decided_at = NAN};

/* Never read. */
static void report_nothing(struct wt_direction_report *report)
{
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
      .series_time = NAN,
      .vlan_out_of_band = WT_UNKNOWN,
  };
  snprintf(report->series.reason, sizeof(report->series.reason), "%s", no_series);
  wt_judge_hide_all(report);
}

void wt_judge_report(const struct wt_judge *judge, const struct wt_facts *facts, struct wt_direction_report *report)
{
  const struct wt_totals *totals = &judge->totals;
  const struct wt_finding *finding = &judge->finding;
  /* What passed the tap unseen is an estimate by the counter, unless the mirror saw it. */
  uint64_t unconfirmed = judge->source == WT_SOURCE_MIRROR ? judge->reference.bypass_frames : judge->bypass_frames;
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
               .estimated = judge->estimated || unconfirmed > 0},
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
      .revised = judge->revised,
      .capture_drops = totals->drops,
      .series = nothing,
      .series_time = NAN,
      .vlan_out_of_band = tapped ? totals->vlan_out_of_band : WT_UNKNOWN,
      .cause = finding->cause,
  };
  report_witnesses(judge, &report->wire);
  wt_judge_report_hidden(judge, facts, report);
  snprintf(report->series.reason, sizeof(report->series.reason), "%s", no_series);
  report_signal(&finding->counter, judge->counter_since, judge->decided_at, &report->counter.signal);
  report_signal(&finding->capture, judge->capture_since, judge->decided_at, &report->capture);
}
