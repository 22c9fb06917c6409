/* SPDX-License-Identifier: MIT */
#include "divergence.h"

#include <math.h>
#include <string.h>

/* Standard errors that a false accusation has to be away from the truth: one-sided 1 in 3.5 million. */
static const double accusing = 5, bounding = 1.96;

static const char nothing_captured[] = "nothing was captured";
const double wt_in_flight = 256;

const char wt_may_lag[] = "the counter may lag behind the tap; a longer window will tell";

static double positive(double value)
{
  return value > 0 ? value : 0;
}

static double difference(uint64_t later, uint64_t earlier)
{
  return (double)(int64_t)(later - earlier);
}

void wt_window_between(const struct wt_observation *from, const struct wt_observation *to,
                       const struct wt_observation *late_from, struct wt_window *window)
{
  struct wt_span span;

  *window = (struct wt_window){
      .tapped = from->tapped && to->tapped,
      .counter = difference(to->counter_packets, from->counter_packets),
      .counter_octets = difference(to->counter_octets, from->counter_octets),
  };
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++)
    wt_witness_between(&from->witness[kind], &to->witness[kind], late_from ? &late_from->witness[kind] : NULL,
                       &window->witness[kind]);
  if (!window->tapped)
    return;
  wt_tally_span(&from->after, &to->after, &span);
  window->packets = span.packets;
  window->frames = span.frames;
  window->hidden_low = span.hidden_low;
  window->hidden_high = span.hidden_high;
  window->packets_doubt =
      (accusing - bounding) * sqrt(positive(to->after.packets_variance - from->after.packets_variance));
  window->frames_doubt = (accusing - bounding) * span.frames_error;
  window->hidden_doubt = (accusing - bounding) * span.hidden_error;
  window->octets = span.octets;
  window->packet_octets = span.packet_octets;
  window->hidden_tcp = span.hidden_tcp;
  window->hidden_udp = span.hidden_udp;
  window->hidden_unknown = span.hidden_unknown;
  window->tagged = span.tagged;
  if (wt_known(from->after.vlan_out_of_band) && wt_known(to->after.vlan_out_of_band))
    window->tagged_packets = difference(to->after.vlan_out_of_band, from->after.vlan_out_of_band);
  window->bypass = difference(to->bypass_frames, from->bypass_frames);
  window->bypass_octets = difference(to->bypass_octets, from->bypass_octets);

  /* The counter was read somewhere between the two readings of the tap, at both ends of the window. */
  window->packets_low = positive(span.packets_low - difference(to->after.packets, to->before.packets));
  window->packets_high = span.packets_high + difference(from->after.packets, from->before.packets);
  window->frames_low = positive(span.frames_low - difference(to->after.frames, to->before.frames));
  window->frames_high = span.frames_high + difference(from->after.frames, from->before.frames);
  window->octets_slack = difference(to->after.octets, to->before.octets) +
                         difference(from->after.octets, from->before.octets) +
                         fmax(span.octets_high - span.octets, span.octets - span.octets_low);
  window->octets_doubt_low =
      difference(to->after.octets, from->after.octets) - difference(to->after.octets_low, from->after.octets_low);
  window->octets_doubt = fmax(window->octets_doubt_low, difference(to->after.octets_high, from->after.octets_high) -
                                                            difference(to->after.octets, from->after.octets));
  window->early = from->early;
  window->early_packets = from->early_packets;
  window->late = late_from ? positive(difference(to->after.frames, late_from->after.frames)) : window->frames;
}

/* ---- verdicts ------------------------------------------------------------------------------------------------ */

static void unknown(struct wt_judgement *judgement, const char *reason)
{
  judgement->verdict = WT_VERDICT_UNKNOWN;
  judgement->reason = reason;
}

static void measure(struct wt_judgement *judgement, double signal, double wire)
{
  judgement->signal = wire > 0 ? signal : NAN;
  judgement->wire = wire > 0 ? wire : NAN;
  judgement->ratio = wire > 0 ? signal / wire : NAN;
  judgement->divergence = wire > 0 ? fabs(wire - signal) / wire : NAN;
}

static void judge_capture(const struct wt_window *window, const struct wt_facts *facts, const struct wt_limits *limits,
                          struct wt_judgement *capture)
{
  double wire = window->frames + window->bypass;

  if (facts->capture_is_blind) {
    unknown(capture, "libpcap leaves transmitted packets out on a loopback device");
    return;
  }
  measure(capture, window->packets, wire);
  if (positive(window->hidden_low - window->hidden_doubt) + window->bypass > limits->tolerance * wire)
    capture->verdict = WT_VERDICT_UNDER_REPORTS;
  else if (window->hidden_high + window->bypass <= limits->tolerance * wire)
    capture->verdict = WT_VERDICT_AGREES;
  else
    unknown(capture, "the bounds of the estimate reach across the tolerance");
}

/*
 * Without a tap nothing tells packets that were dropped behind the witness from merged ones, but their octets: a
 * dropped frame takes all of them along, one that was merged its headers at the most; and what was merged is longer
 * than a frame.
 */
static bool looks_dropped(const struct wt_window *window, const struct wt_facts *facts)
{
  static const double headers = 160; /* of one frame, with a tunnel's, at the most */
  double frames = window->frames - window->counter, octets = window->octets - window->counter_octets;

  if (window->tapped)
    return false;
  return window->octets < 2 * headers * window->frames || octets > headers * frames ||
         window->counter_octets <= facts->longest_frame * window->counter;
}

/* A counter of packets that shows what passed before the window, too, may have as many units as there were frames. */
static bool may_be_packets(const struct wt_window *window, const struct wt_limits *limits)
{
  return window->hidden_low > 2 * limits->tolerance * window->frames && !isinf(window->early_packets) &&
         window->counter <= window->packets_high * (1 + limits->tolerance) + window->early_packets;
}

static void judge_too_few(const struct wt_window *window, const struct wt_facts *facts, double too_low,
                          struct wt_judgement *counter)
{
  if (window->counter >= too_low - window->late)
    unknown(counter, wt_may_lag);
  else if (looks_dropped(window, facts))
    unknown(counter, facts->direction == WT_TX
                         ? "fewer were counted than left the queue: dropped by the driver, or not cut yet"
                         : "fewer were counted than were received: dropped by the driver, or merged before");
  else
    counter->verdict = WT_VERDICT_UNDER_REPORTS;
}

static void judge_too_many(const struct wt_window *window, const struct wt_facts *facts, double too_high,
                           struct wt_judgement *counter)
{
  if (window->counter <= too_high + window->early)
    unknown(counter, wt_may_lag);
  else if (facts->source == WT_SOURCE_SAMPLE && !window->witnessed)
    unknown(counter, "more was counted than the samples stand for: some of it may have passed the tap unseen");
  else
    counter->verdict = WT_VERDICT_OVER_REPORTS;
}

static void judge_counter(const struct wt_window *window, const struct wt_facts *facts, const struct wt_limits *limits,
                          struct wt_judgement *counter)
{
  double low = 1 - limits->tolerance, high = 1 + limits->tolerance;
  double wire_low = window->frames_low + window->bypass, wire_high = window->frames_high + window->bypass;
  double too_low = (wire_low - window->frames_doubt) * low;
  double too_high = (wire_high + window->frames_doubt) * high;
  bool like_wire = window->counter >= wire_high * low && window->counter <= wire_low * high;

  measure(counter, window->counter, window->frames + window->bypass);
  if (window->bypass > limits->tolerance * (window->frames + window->bypass))
    unknown(counter, "frames passed the tap unseen; the counter is the only source of them");
  else if (like_wire && !may_be_packets(window, limits))
    counter->verdict = WT_VERDICT_AGREES;
  else if (like_wire)
    unknown(counter, wt_may_lag);
  else if (facts->direction == WT_TX && window->tapped && window->counter < window->packets_low * low - window->late)
    unknown(counter, "fewer packets were counted than passed the tap: dropped by the driver, or handed to it twice");
  else if (window->counter < too_low)
    judge_too_few(window, facts, too_low, counter);
  else if (window->counter > too_high)
    judge_too_many(window, facts, too_high, counter);
  else if (!window->tapped && isinf(wire_high))
    unknown(counter, "what the queue counted is the least: packets of untrusted GSO are not in it");
  else
    unknown(counter, "the bounds of the estimate reach across the tolerance");
}

/* ---- basis --------------------------------------------------------------------------------------------------- */

/* What the window tells of the basis; undetermined if nothing. before: what was found in earlier windows. */
static enum wt_basis judge_basis(const struct wt_window *window, const struct wt_limits *limits, enum wt_basis before)
{
  double low = 1 - limits->tolerance, high = 1 + limits->tolerance;
  double counter = window->counter;
  bool like_wire = counter >= window->frames_low * low && counter <= window->frames_high * high;
  bool like_packets = counter >= window->packets_low * low && counter <= window->packets_high * high;
  bool below_wire = counter < (window->frames_low - window->frames_doubt) * low - window->late;

  /* Without merged packets frames and packets are the same, and what passed the tap says nothing on either. */
  if (window->hidden_low - window->hidden_doubt <= 2 * limits->tolerance * window->frames || window->bypass > 0 ||
      window->unseen > 0)
    return WT_BASIS_UNDETERMINED;
  if (like_wire && !like_packets)
    return may_be_packets(window, limits) ? WT_BASIS_UNDETERMINED : WT_BASIS_WIRE;
  /* A counter of frames that is behind may look like one of packets, or of both. */
  if (!below_wire)
    return WT_BASIS_UNDETERMINED;
  if (like_packets)
    return WT_BASIS_PACKET;
  /* One that was known to count packets, and now has more, may as well have counted what passed the tap unseen. */
  return before != WT_BASIS_PACKET && counter > window->packets_high * high + window->early ? WT_BASIS_MIXED
                                                                                            : WT_BASIS_UNDETERMINED;
}

static void find_basis(const struct wt_window *window, const struct wt_limits *limits, struct wt_finding *finding)
{
  enum wt_basis told = judge_basis(window, limits, finding->basis);

  finding->basis_told = told != WT_BASIS_UNDETERMINED;
  if (finding->basis_told)
    finding->basis = told;
}

/* ---- cause --------------------------------------------------------------------------------------------------- */

static enum wt_cause merged_on_transmit(const struct wt_window *window)
{
  double tcp = window->hidden_tcp, udp = window->hidden_udp, unknown = window->hidden_unknown;
  double other = window->frames - window->unseen - window->packets - tcp - udp - unknown;

  if (other > fmax(tcp, udp) + unknown)
    return WT_CAUSE_GSO;
  if (tcp >= fmax(other, udp) + unknown)
    return WT_CAUSE_TSO;
  return udp >= fmax(other, tcp) + unknown ? WT_CAUSE_USO : WT_CAUSE_UNKNOWN;
}

static enum wt_cause merged_on_receive(const struct wt_window *window, const struct wt_facts *facts)
{
  /* The counter stands between the link and the tap: what it still counted as frames was merged after it. */
  double after = positive(window->counter - window->unseen - window->packets);
  double before = positive(window->frames - window->counter);

  if (facts->stacked && (before > after || facts->counts_below))
    return WT_CAUSE_LOWER_DEVICE;
  if (before > after && facts->virtual_link)
    return WT_CAUSE_VIRTUAL_LINK;
  if (facts->lro)
    return WT_CAUSE_LRO;
  if (facts->hw_gro && !facts->virtual_link)
    return WT_CAUSE_HW_GRO;
  return after >= before && facts->gro ? WT_CAUSE_GRO : WT_CAUSE_UNKNOWN;
}

static enum wt_cause judge_cause(const struct wt_window *window, const struct wt_facts *facts,
                                 const struct wt_limits *limits, const struct wt_finding *finding)
{
  double bypass = window->bypass + window->unseen;
  double hidden = window->frames - window->unseen - window->packets;
  bool capture_agrees = finding->capture.verdict == WT_VERDICT_AGREES;
  bool counter_agrees = finding->counter.verdict == WT_VERDICT_AGREES;

  if (bypass > hidden && bypass > limits->tolerance * (window->frames + window->bypass))
    return WT_CAUSE_BYPASS;
  if (window->hidden_low - window->unseen > limits->tolerance * window->frames)
    return facts->direction == WT_TX ? merged_on_transmit(window) : merged_on_receive(window, facts);
  return counter_agrees && (capture_agrees || facts->capture_is_blind) ? WT_CAUSE_NONE : WT_CAUSE_UNKNOWN;
}

/* -------------------------------------------------------------------------------------------------------------- */

/* No frame is missing, and of the octets all tags that were outside the packets are, which is more than the tolerance.
 */
static bool lacks_tags(const struct wt_window *window, const struct wt_limits *limits, const struct wt_finding *finding)
{
  static const double tag = 4;

  return finding->octet_tags == WT_TAGS_LEFT_OUT && finding->octet_verdict == WT_VERDICT_AGREES &&
         tag * window->tagged > limits->tolerance * window->octets;
}

void wt_diverge(const struct wt_window *window, const struct wt_facts *facts, const struct wt_limits *limits,
                const struct wt_finding *before, struct wt_finding *finding)
{
  double wire = window->frames + window->bypass;

  *finding = (struct wt_finding){
      .counter = {.ratio = NAN, .divergence = NAN, .signal = NAN, .wire = NAN},
      .capture = {.ratio = NAN, .divergence = NAN, .signal = NAN, .wire = NAN},
      .segments_per_packet = NAN,
  };
  if (before) {
    finding->basis = before->basis;
    finding->octet_basis = before->octet_basis;
    finding->octet_offset = before->octet_offset;
    finding->octet_tags = before->octet_tags;
    finding->octet_verdict = before->octet_verdict;
  }
  if (!window->tapped && !window->witnessed) {
    unknown(&finding->counter, "without a capture the counter is the only source");
    unknown(&finding->capture, nothing_captured);
    return;
  }
  if (window->packets > 0)
    finding->segments_per_packet = window->frames / window->packets;
  if (wire < limits->least_frames) {
    measure(&finding->counter, window->counter, wire);
    if (window->tapped && !facts->capture_is_blind)
      measure(&finding->capture, window->packets, wire);
    unknown(&finding->counter, "too few frames in the window for a verdict");
    unknown(&finding->capture, window->tapped ? finding->counter.reason : nothing_captured);
    return;
  }
  finding->decided = true;
  if (!window->tapped) {
    judge_counter(window, facts, limits, &finding->counter);
    unknown(&finding->capture, nothing_captured);
    return;
  }
  judge_capture(window, facts, limits, &finding->capture);
  judge_counter(window, facts, limits, &finding->counter);
  find_basis(window, limits, finding);
  finding->cause = judge_cause(window, facts, limits, finding);
  if (window->bypass <= 0 && window->unseen <= 0)
    wt_fit_octets(window, limits, finding);
  if (finding->cause == WT_CAUSE_NONE && lacks_tags(window, limits, finding))
    finding->cause = WT_CAUSE_VLAN_OFFLOAD;
}
