/* SPDX-License-Identifier: MIT */
/*
 * Only what the figures prove is said. A frame's payload stays what it is, whatever merges or cuts: so the same payload
 * in as many frames is the same traffic, and what differs beside it has a name of its own. Frames that passed so close
 * to begin or end of the observation that they may have been under way prove nothing.
 */
#include "compare_flow.h"

#include <math.h>
#include <stdio.h>

#define EDGE 0.034 /* seconds, WT_PASS_EDGE_BITS */

static void explain(struct wt_flow_compared *flow, enum wt_explanation by)
{
  flow->explained |= 1u << by;
}

static bool is_explained(const struct wt_flow_compared *flow, enum wt_explanation by)
{
  return flow->explained >> by & 1;
}

/* The first contradiction is the one that is told. */
static void give_up(struct wt_flow_compared *flow, const char *reason)
{
  if (!is_explained(flow, WT_BY_UNKNOWN))
    snprintf(flow->reason, sizeof(flow->reason), "%s", reason);
  explain(flow, WT_BY_UNKNOWN);
}

/* Frames without payload, of which none is ever merged. So they are exact where the others are estimated. */
static uint64_t blanks(const struct wt_passage *passage)
{
  return passage->frames - passage->segments;
}

static bool is_estimated(const struct wt_flow_compared *flow)
{
  return flow->at[WT_POINT_A].frames_low != flow->at[WT_POINT_A].frames_high ||
         flow->at[WT_POINT_B].frames_low != flow->at[WT_POINT_B].frames_high;
}

static bool has_edge(const struct wt_flow_compared *flow)
{
  return flow->at[WT_POINT_A].early || flow->at[WT_POINT_A].late || flow->at[WT_POINT_B].early ||
         flow->at[WT_POINT_B].late;
}

static bool are_octets_known(const struct wt_flow_compared *flow)
{
  return wt_known(flow->at[WT_POINT_A].octets) && wt_known(flow->at[WT_POINT_B].octets);
}

/* ---- order ------------------------------------------------------------------------------------------------------- */

static void set_order(struct wt_flow_compared *flow, bool a_first, enum wt_order_by by)
{
  flow->order = a_first ? WT_ORDER_A_FIRST : WT_ORDER_B_FIRST;
  flow->order_by = by;
}

static bool is_first_packet_same(const struct wt_flow_compared *flow)
{
  const struct wt_passage *a = &flow->at[WT_POINT_A], *b = &flow->at[WT_POINT_B];

  return flow->seen[WT_POINT_A] && flow->seen[WT_POINT_B] && a->sequence && a->sequence == b->sequence;
}

/*
 * Two clocks differ by some time, which makes one way look longer and the other one shorter by as much. If by each
 * point's own clock the first packet comes to B after A, and the first one back to A after B, no such time explains the
 * opposite.
 */
static void order_both_ways(struct wt_flow_compared *flow, const struct wt_flow_compared *back)
{
  double there = flow->at[WT_POINT_B].first - flow->at[WT_POINT_A].first;
  double again = back->at[WT_POINT_A].first - back->at[WT_POINT_B].first;

  if ((there > 0 && again > 0) || (there < 0 && again < 0))
    set_order(flow, there > 0, WT_ORDER_BY_BOTH_WAYS);
}

/*
 * Each router takes one hop off. Without a router between, the same packet is seen first at the point that it passes
 * first: the first packets are the same one if the flow began in the observation, or if they have the same sequence
 * number.
 */
static void find_order(struct wt_flow_compared *flow, const struct wt_flow_compared *back,
                       const struct wt_compare_terms *terms)
{
  const struct wt_passage *a = &flow->at[WT_POINT_A], *b = &flow->at[WT_POINT_B];
  bool same_packet = (!a->early && !b->early) || (a->sequence && a->sequence == b->sequence);

  if (a->hops_low > b->hops_high && b->hops_high)
    set_order(flow, true, WT_ORDER_BY_HOPS);
  else if (b->hops_low > a->hops_high && a->hops_high)
    set_order(flow, false, WT_ORDER_BY_HOPS);
  else if (terms->same_clock && same_packet && a->first != b->first)
    set_order(flow, a->first < b->first, WT_ORDER_BY_TIME);
  else if (is_first_packet_same(flow) && back && is_first_packet_same(back))
    order_both_ways(flow, back);
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

/* More frames at one point than at the other, whatever their bounds. */
struct gap {
  enum wt_point_index more, fewer;
  uint64_t low, high; /* high may be WT_UNKNOWN */
};

/* So many at least: octets of payload in segments of a size. */
static uint64_t segments_of(uint64_t payload, uint64_t size)
{
  return size ? payload / size + (payload % size > 0) : payload;
}

/* Frames that are missing at least by what is missing of payload, and of frames without any. */
static uint64_t least_missing(const struct wt_passage *more, const struct wt_passage *fewer)
{
  if (more->payload < fewer->payload || blanks(more) < blanks(fewer))
    return 0;
  return segments_of(more->payload - fewer->payload, more->largest) + blanks(more) - blanks(fewer);
}

static bool find_gap(const struct wt_flow_compared *flow, struct gap *gap)
{
  const struct wt_passage *more = &flow->at[WT_POINT_A], *fewer = &flow->at[WT_POINT_B];

  *gap = (struct gap){.more = WT_POINT_A, .fewer = WT_POINT_B};
  if (fewer->frames_low > more->frames_high) {
    *gap = (struct gap){.more = WT_POINT_B, .fewer = WT_POINT_A};
    more = &flow->at[WT_POINT_B];
    fewer = &flow->at[WT_POINT_A];
  }
  if (more->frames_low <= fewer->frames_high)
    return false;
  gap->low = more->frames_low - fewer->frames_high;
  if (gap->low < least_missing(more, fewer))
    gap->low = least_missing(more, fewer);
  gap->high = wt_known(more->frames_high) ? more->frames_high - fewer->frames_low : WT_UNKNOWN;
  return true;
}

static void miss(struct wt_flow_compared *flow, const struct gap *gap, enum wt_explanation by, uint64_t slack)
{
  const struct wt_passage *more = &flow->at[gap->more], *fewer = &flow->at[gap->fewer];

  explain(flow, by);
  flow->missing_at = gap->fewer;
  flow->missing_low = gap->low > slack ? gap->low - slack : 0;
  flow->missing_high = wt_known(gap->high) ? gap->high + fewer->early : WT_UNKNOWN;
  flow->missing_payload = more->payload > fewer->payload ? more->payload - fewer->payload : 0;
}

/* Whether so many segments and octets fewer can be frames that are not there. Those under way blur it. */
static const char *contradiction_of_loss(const struct wt_flow_compared *flow, const struct gap *gap)
{
  const struct wt_passage *more = &flow->at[gap->more], *fewer = &flow->at[gap->fewer];
  uint64_t payload = more->payload - fewer->payload, full = segments_of(payload, more->largest);
  /* Bounds of the segments that are missing: as frames, without those that have no payload. */
  uint64_t most = wt_known(more->frames_high) ? more->frames_high - blanks(more) : WT_UNKNOWN;
  uint64_t least = wt_known(fewer->frames_high) ? fewer->frames_high - blanks(fewer) : WT_UNKNOWN;
  uint64_t there = fewer->frames_low - blanks(fewer), here = more->frames_low - blanks(more);

  if (!are_octets_known(flow))
    return NULL;
  if (more->payload < fewer->payload)
    return "fewer frames with more payload: segments have another size";
  if (has_edge(flow))
    return NULL;
  if (most < there || (wt_known(most) && full > most - there) || (here > least && payload < here - least))
    return "the payload that is missing does not fit the frames that are missing: segments have another size";
  return NULL;
}

/* The packets of one file that lie outside of what the other one covers were not looked for there. */
static bool is_covered(const struct wt_flow_compared *flow, const struct wt_compare_terms *terms,
                       enum wt_point_index seen_at)
{
  enum wt_point_index other = seen_at == WT_POINT_A ? WT_POINT_B : WT_POINT_A;
  const struct wt_passage *passage = &flow->at[seen_at];

  return !terms->offline || (passage->first >= terms->begin[other] - EDGE && passage->last <= terms->end[other] + EDGE);
}

/* Why what is missing at a point may have passed it all the same. */
static const char *what_hides_loss(const struct wt_flow_compared *flow, const struct wt_compare_terms *terms,
                                   const struct gap *gap)
{
  if (flow->at[WT_POINT_A].twice || flow->at[WT_POINT_B].twice)
    return "it passes a point more than once, and which of its ways is the same at both cannot be told";
  if (terms->rest[gap->fewer])
    return "where frames are missing there are packets that are not told by flow, and they may be among them";
  if (terms->dropped[gap->fewer])
    return "where frames are missing the capture dropped packets, by its own account, and they may be among them";
  return NULL;
}

static void judge_gap(struct wt_flow_compared *flow, const struct wt_compare_terms *terms, const struct gap *gap)
{
  const struct wt_passage *more = &flow->at[gap->more];
  enum wt_order more_first = gap->more == WT_POINT_A ? WT_ORDER_A_FIRST : WT_ORDER_B_FIRST;
  const char *contradiction;
  uint64_t slack = more->late;

  if (flow->order == WT_ORDER_UNKNOWN)
    slack += more->early;
  else if (flow->order != more_first)
    slack = more->early;
  if (gap->low <= slack) {
    miss(flow, gap, WT_BY_FLIGHT, slack);
    return;
  }
  if (flow->order != WT_ORDER_UNKNOWN && flow->order != more_first) {
    give_up(flow, "more frames at the later point than at the earlier one: duplicated, or joined on another way");
    return;
  }
  if (!is_covered(flow, terms, gap->more)) {
    give_up(flow, "the two captures do not cover the same time, or their clocks differ");
    return;
  }
  contradiction = what_hides_loss(flow, terms, gap);
  if (!contradiction)
    contradiction = contradiction_of_loss(flow, gap);
  if (contradiction)
    give_up(flow, contradiction);
  else
    miss(flow, gap, WT_BY_LOSS, slack);
}

/* No more frames at one point than at the other, and not the same ones. */
static void judge_others(struct wt_flow_compared *flow, const char *reason)
{
  const struct wt_passage *a = &flow->at[WT_POINT_A], *b = &flow->at[WT_POINT_B];

  if (!has_edge(flow)) {
    give_up(flow, reason);
    return;
  }
  explain(flow, WT_BY_FLIGHT);
  flow->missing_at = a->payload < b->payload ? WT_POINT_A : WT_POINT_B;
  flow->missing_high = a->early + a->late + b->early + b->late;
}

/* Where frames are estimated, payload and frames without any tell what is missing. */
static void judge_estimates(struct wt_flow_compared *flow, const struct wt_compare_terms *terms)
{
  const struct wt_passage *a = &flow->at[WT_POINT_A], *b = &flow->at[WT_POINT_B], *more, *fewer;
  bool a_more = a->payload != b->payload ? a->payload > b->payload : blanks(a) > blanks(b);
  struct gap gap = {.more = a_more ? WT_POINT_A : WT_POINT_B, .fewer = a_more ? WT_POINT_B : WT_POINT_A};

  more = &flow->at[gap.more];
  fewer = &flow->at[gap.fewer];
  if (blanks(fewer) > blanks(more)) {
    judge_others(flow, "more payload at one point, and more frames without payload at the other");
    return;
  }
  gap.low = least_missing(more, fewer);
  gap.high = wt_known(more->frames_high) ? more->frames_high - fewer->frames_low : WT_UNKNOWN;
  judge_gap(flow, terms, &gap);
}

/* As many frames, as far as can be told: then they are the same ones if their payload is. */
static void judge_same_frames(struct wt_flow_compared *flow, const struct wt_compare_terms *terms)
{
  const struct wt_passage *a = &flow->at[WT_POINT_A], *b = &flow->at[WT_POINT_B];

  if (!are_octets_known(flow) || (a->payload == b->payload && blanks(a) == blanks(b)))
    return;
  if (is_estimated(flow))
    judge_estimates(flow, terms);
  else
    judge_others(flow, a->payload == b->payload ? "as many frames, but not as many with payload"
                                                : "as many frames, but with another payload");
}

/* ---- packets ----------------------------------------------------------------------------------------------------- */

/* Frames that may have been at one point only. */
static uint64_t missing_at_most(const struct wt_flow_compared *flow)
{
  return is_explained(flow, WT_BY_LOSS) || is_explained(flow, WT_BY_FLIGHT) ? flow->missing_high : 0;
}

static bool is_all_frames(const struct wt_passage *passage)
{
  return passage->frames_high == passage->packets;
}

static bool was_merged(const struct wt_flow_compared *flow, const struct wt_passage *before,
                       const struct wt_passage *after)
{
  uint64_t missing = missing_at_most(flow);

  if (after->merged && is_all_frames(before))
    return true;
  if (!wt_known(missing))
    return false;
  /* Each packet that is missing took a frame at least with it. */
  return before->packets > after->packets + missing || (before->most && after->most > before->most && !has_edge(flow));
}

static bool was_cut(const struct wt_flow_compared *flow, const struct wt_passage *before,
                    const struct wt_passage *after)
{
  uint64_t missing = missing_at_most(flow), single = before->packets - before->merged;
  uint64_t missing_before = &flow->at[flow->missing_at] == before ? missing : 0;

  /* Unless all that were merged are missing. */
  if (before->merged && is_all_frames(after) && wt_known(missing) && before->frames_low > single + missing)
    return true;
  return wt_known(missing_before) && after->packets > before->packets + after->early + missing_before;
}

static void judge_packets(struct wt_flow_compared *flow)
{
  const struct wt_passage *before = &flow->at[flow->order == WT_ORDER_B_FIRST ? WT_POINT_B : WT_POINT_A];
  const struct wt_passage *after = &flow->at[flow->order == WT_ORDER_B_FIRST ? WT_POINT_A : WT_POINT_B];
  bool merged, cut;

  if (is_explained(flow, WT_BY_UNKNOWN))
    return;
  merged = was_merged(flow, before, after);
  cut = was_cut(flow, before, after);
  if (flow->order == WT_ORDER_UNKNOWN && (merged || cut)) {
    explain(flow, WT_BY_MERGE_OR_CUT);
    return;
  }
  if (merged)
    explain(flow, WT_BY_MERGE);
  if (cut)
    explain(flow, WT_BY_CUT);
}

/* ---- octets ------------------------------------------------------------------------------------------------------ */

/* Each frame has as many octets of it at one point, and as many others at the other. */
static bool differs_a_frame(const struct wt_flow_compared *flow, uint64_t a, uint64_t b)
{
  uint64_t frames_a = flow->at[WT_POINT_A].frames, frames_b = flow->at[WT_POINT_B].frames;

  if (frames_a == frames_b)
    return a != b;
  /* Where frames are missing, it is known only of what every frame has. */
  return frames_a && frames_b && a % frames_a == 0 && b % frames_b == 0 && a / frames_a != b / frames_b;
}

static void judge_octets(struct wt_flow_compared *flow)
{
  const struct wt_passage *a = &flow->at[WT_POINT_A], *b = &flow->at[WT_POINT_B];

  if (differs_a_frame(flow, a->tags, b->tags))
    explain(flow, WT_BY_TAG);
  if (differs_a_frame(flow, a->outer, b->outer))
    explain(flow, WT_BY_TUNNEL);
  if (differs_a_frame(flow, a->link, b->link))
    explain(flow, WT_BY_LINK);
  if (a->padding != b->padding)
    explain(flow, WT_BY_PADDING);
  if (flow->explained & (1u << WT_BY_LOSS | 1u << WT_BY_FLIGHT | 1u << WT_BY_UNKNOWN) || !are_octets_known(flow) ||
      is_estimated(flow) || a->frames != b->frames)
    return;
  if (a->headers != b->headers)
    give_up(flow, "the same frames have headers of another length");
}

/* ---- fragments --------------------------------------------------------------------------------------------------- */

/*
 * A fragment behind the first has no ports. What it carries counts there as the payload of its datagram, and here in a
 * flow of its own: to find out whose it is would take the identification of every datagram.
 */
static const char fragmented[] = "fragmentation: fragments behind the first have no ports and are a flow of their own, "
                                 "so what is missing cannot be told";

static bool has_fragments(const struct wt_flow_compared *flow)
{
  return flow->at[WT_POINT_A].fragments || flow->at[WT_POINT_B].fragments;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void judge_one_point(struct wt_flow_compared *flow, const struct wt_compare_terms *terms)
{
  enum wt_point_index at = flow->seen[WT_POINT_A] ? WT_POINT_A : WT_POINT_B;
  const struct wt_passage *passage = &flow->at[at];

  flow->missing_at = at == WT_POINT_A ? WT_POINT_B : WT_POINT_A;
  flow->missing_high = passage->frames_high;
  flow->missing_payload = passage->payload;
  if (passage->frames_high <= passage->early + passage->late) {
    explain(flow, WT_BY_FLIGHT);
    return;
  }
  if (has_fragments(flow)) {
    give_up(flow, fragmented);
    return;
  }
  if (terms->dropped[flow->missing_at]) {
    give_up(flow, "the other point's capture dropped packets, by its own account, and this one's may be among them");
    return;
  }
  if (terms->rest[flow->missing_at]) {
    give_up(flow, "the other point has packets that are not told by flow, and this one's may be among them");
    return;
  }
  if (!is_covered(flow, terms, at)) {
    give_up(flow, "the two captures do not cover the same time, or their clocks differ");
    return;
  }
  if (passage->frames_low > passage->early + passage->late)
    flow->missing_low = passage->frames_low - passage->early - passage->late;
  explain(flow, WT_BY_ONE_POINT);
}

static void find_differences(struct wt_flow_compared *flow)
{
  const struct wt_passage *a = &flow->at[WT_POINT_A], *b = &flow->at[WT_POINT_B];

  flow->differs =
      (a->packets != b->packets ? 1u << WT_OF_PACKETS : 0) | (a->frames != b->frames ? 1u << WT_OF_FRAMES : 0) |
      (a->segments != b->segments ? 1u << WT_OF_SEGMENTS : 0) | (a->octets != b->octets ? 1u << WT_OF_OCTETS : 0) |
      (a->payload != b->payload ? 1u << WT_OF_PAYLOAD : 0);
}

void wt_compare_flow(struct wt_flow_compared *flow, const struct wt_flow_compared *back,
                     const struct wt_compare_terms *terms)
{
  struct gap gap;
  bool has_gap;

  flow->explained = 0;
  flow->reason[0] = '\0';
  flow->order = WT_ORDER_UNKNOWN;
  flow->order_by = WT_ORDER_BY_NOTHING;
  flow->missing_low = flow->missing_high = flow->missing_payload = 0;
  flow->missing_at = WT_POINT_B;
  find_differences(flow);
  if (!flow->seen[WT_POINT_A] || !flow->seen[WT_POINT_B]) {
    judge_one_point(flow, terms);
    return;
  }
  find_order(flow, back, terms);
  has_gap = find_gap(flow, &gap);
  if (has_fragments(flow) && (has_gap || flow->differs & 1u << WT_OF_PAYLOAD))
    give_up(flow, fragmented);
  else if (has_gap)
    judge_gap(flow, terms, &gap);
  else
    judge_same_frames(flow, terms);
  judge_packets(flow);
  judge_octets(flow);
}
