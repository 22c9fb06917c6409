/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include <math.h>

#include "wiretruth.h"

void wt_tally_add(struct wt_tally *a, const struct wt_tally *b)
{
  a->packets += b->packets;
  a->packet_octets += b->packet_octets;
  a->frames += b->frames;
  a->frames_low += b->frames_low;
  a->frames_high += b->frames_high;
  a->octets += b->octets;
  a->octets_low += b->octets_low;
  a->octets_high += b->octets_high;
  a->hidden_tcp += b->hidden_tcp;
  a->hidden_udp += b->hidden_udp;
  a->hidden_unknown += b->hidden_unknown;
  if (wt_known(a->vlan_out_of_band) && wt_known(b->vlan_out_of_band))
    a->vlan_out_of_band += b->vlan_out_of_band;
  else
    a->vlan_out_of_band = WT_UNKNOWN;
  a->tagged_frames += b->tagged_frames;
  a->packets_variance += b->packets_variance;
  a->frames_variance += b->frames_variance;
  a->hidden_variance += b->hidden_variance;
  a->frames_high_variance += b->frames_high_variance;
  a->hidden_high_variance += b->hidden_high_variance;
  a->frames_skew += b->frames_skew;
  a->hidden_skew += b->hidden_skew;
  a->octets_skew += b->octets_skew;
  a->octets_variance += b->octets_variance;
  if (b->unseen > a->unseen)
    a->unseen = b->unseen;
  if (b->unseen_octets > a->unseen_octets)
    a->unseen_octets = b->unseen_octets;
  if (b->unseen_long > a->unseen_long) {
    a->unseen_long = b->unseen_long;
    a->unseen_long_octets = b->unseen_long_octets;
  }
  a->drawn_long += b->drawn_long;
  a->lost += b->lost;
  a->lost_packets += b->lost_packets;
  a->lost_frames += b->lost_frames;
  a->lost_octets += b->lost_octets;
  a->drops += b->drops;
  a->estimated |= b->estimated;
}

/* Two-sided 95 % of the normal distribution. */
static const double quantile = 1.96;
/* With fewer long packets drawn than this, their variance is not known well enough to stand alone. */
static const double few = 10;

static double difference(uint64_t later, uint64_t earlier)
{
  return (double)(int64_t)(later - earlier);
}

static double error_of(double variance)
{
  return quantile * sqrt(fmax(variance, 0));
}

/*
 * Where few packets carry most of the sum, estimate and variance err together and to the same side: the bound that this
 * leaves too low is corrected by the third moment (Johnson 1978, Hall 1992), and by a quarter more, since the moment is
 * estimated from the same packets. The other one is left where it is safe.
 */
static double correction(double skew, double variance)
{
  return variance > 0 && skew > 0 ? 1.25 * (2 * quantile * quantile + 1) / 6 * skew / variance : 0;
}

void wt_tally_span(const struct wt_tally *from, const struct wt_tally *to, struct wt_span *span)
{
  bool few_long = to->drawn_long - from->drawn_long < few;
  double unbounded = to->lost > from->lost ? INFINITY : 0;
  double lost_packets = to->lost_packets - from->lost_packets;
  double undrawn = to->unseen + (few_long ? to->unseen_long : 0) + unbounded;
  double undrawn_octets = to->unseen_octets + (few_long ? to->unseen_long_octets : 0) + unbounded;
  double unseen = undrawn + to->lost_frames - from->lost_frames;
  double unseen_octets = undrawn_octets + to->lost_octets - from->lost_octets;
  double frames_variance = to->frames_variance - from->frames_variance;
  double hidden_variance = to->hidden_variance - from->hidden_variance;
  double octets_variance = to->octets_variance - from->octets_variance;
  double packets_error = error_of(to->packets_variance - from->packets_variance);
  double low = difference(to->frames_low, from->frames_low), high = difference(to->frames_high, from->frames_high);
  double octets_high = difference(to->octets_high, from->octets_high);

  *span = (struct wt_span){
      .packets = difference(to->packets, from->packets),
      .packet_octets = difference(to->packet_octets, from->packet_octets),
      .frames = difference(to->frames, from->frames),
      .octets = difference(to->octets, from->octets),
      .hidden_tcp = difference(to->hidden_tcp, from->hidden_tcp),
      .hidden_udp = difference(to->hidden_udp, from->hidden_udp),
      .hidden_unknown = difference(to->hidden_unknown, from->hidden_unknown),
      .tagged = difference(to->tagged_frames, from->tagged_frames),
      .frames_error = error_of(frames_variance) / quantile,
      .hidden_error = error_of(hidden_variance) / quantile,
  };
  /* The estimate takes lost samples for packets like the others; there may have been fewer. */
  span->packets_low = fmax(span->packets - packets_error - lost_packets, 0);
  span->packets_high = span->packets + packets_error + undrawn + lost_packets;
  span->frames_low = fmax(low - error_of(frames_variance), 0);
  span->frames_high = high + error_of(fmax(frames_variance, to->frames_high_variance - from->frames_high_variance)) +
                      correction(to->frames_skew - from->frames_skew, frames_variance) + unseen;
  span->hidden_low = fmax(low - span->packets - error_of(hidden_variance), 0);
  span->hidden_high = high - span->packets +
                      error_of(fmax(hidden_variance, to->hidden_high_variance - from->hidden_high_variance)) +
                      correction(to->hidden_skew - from->hidden_skew, hidden_variance) + unseen;
  span->octets_low = fmax(difference(to->octets_low, from->octets_low) - error_of(octets_variance), 0);
  span->octets_high = octets_high +
                      error_of(octets_variance) * (octets_high > span->octets ? octets_high / span->octets : 1) +
                      correction(to->octets_skew - from->octets_skew, octets_variance) + unseen_octets;
}
