/* SPDX-License-Identifier: MIT */
/* What a capture, and other readers of packets, do not show: hidden frames, and tags outside the packet. */
#include "hidden.h"
#include "judge_parts.h"

enum { TAG = 4 }; /* octets of a VLAN tag */

static const struct wt_bounds not_known = {WT_UNKNOWN, WT_UNKNOWN};

void wt_judge_hide_all(struct wt_direction_report *report)
{
  report->vlan = (struct wt_vlan){WT_UNKNOWN, WT_UNKNOWN, WT_UNKNOWN};
  report->hidden = (struct wt_hidden){
      .frames = WT_UNKNOWN,
      .low = WT_UNKNOWN,
      .high = WT_UNKNOWN,
      .tcp = WT_UNKNOWN,
      .udp = WT_UNKNOWN,
      .pushes = not_known,
      .retransmitted_segments = WT_UNKNOWN,
      .retransmitted_packets = not_known,
      .duplicate_packets = WT_UNKNOWN,
      .out_of_order_packets = WT_UNKNOWN,
      .duplicate_segments = not_known,
      .out_of_order_segments = not_known,
  };
}

static uint64_t less(uint64_t count, uint64_t by)
{
  if (!wt_known(count) || !wt_known(by))
    return WT_UNKNOWN;
  return count > by ? count - by : 0;
}

/* A witness's wire has bounds of its own. */
static void report_frames(const struct wt_judge *judge, const struct wt_direction_report *report,
                          struct wt_hidden *hidden)
{
  bool by_tap = judge->source == WT_SOURCE_TAP || judge->source == WT_SOURCE_SAMPLE;

  hidden->frames = judge->totals.hidden_frames;
  hidden->low = by_tap ? judge->totals.hidden_low : less(report->wire.low, report->packets);
  hidden->high = by_tap ? judge->totals.hidden_high : less(report->wire.high, report->packets);
}

void wt_judge_report_hidden(const struct wt_judge *judge, const struct wt_facts *facts,
                            struct wt_direction_report *report)
{
  const struct wt_totals *totals = &judge->totals;
  struct wt_hidden *hidden = &report->hidden;

  wt_judge_hide_all(report);
  if (!judge->last.tapped)
    return;
  if (wt_known(report->vlan_out_of_band)) {
    report->vlan.frames = totals->tagged_frames;
    report->vlan.missed_octets = TAG * report->vlan_out_of_band;
    report->vlan.restored_octets = facts->restores_tags && !facts->capture_is_blind ? report->vlan.missed_octets : 0;
  }
  if (facts->capture_is_blind)
    return;
  report_frames(judge, report, hidden);
  hidden->tcp = totals->hidden_tcp;
  hidden->udp = totals->hidden_udp;
  hidden->pushes = (struct wt_bounds){0, judge->merged_unseen ? wt_hidden_most(report) : 0};
}
