/* SPDX-License-Identifier: MIT */
/* What was observed at the capture point of one interface in one direction. Cumulative since the tap was opened. */
#ifndef WT_TALLY_H
#define WT_TALLY_H

#include <stdbool.h>
#include <stdint.h>

struct wt_tally {
  uint64_t packets;       /* what libpcap would record */
  uint64_t packet_octets; /* link header to end of payload, a stripped tag counted back */
  uint64_t frames;        /* what the packets stand for on the wire, best estimate */
  uint64_t frames_low, frames_high;
  uint64_t octets; /* of those frames: every replicated header and tag in */
  uint64_t octets_low, octets_high;
  uint64_t hidden_tcp; /* frames beyond one a packet, by transport protocol */
  uint64_t hidden_udp;
  uint64_t hidden_unknown;   /* likewise, where only octets tell that they must have been: not of which protocol */
  uint64_t vlan_out_of_band; /* packets with a tag kept outside the packet; WT_UNKNOWN where that is not visible */
  uint64_t tagged_frames;    /* frames of those; 0 where that is not visible */
  uint64_t drops;            /* samples for which the kernel had no room */
  /*
   * Uncertainty of sampling: variances of the estimates, which add up like the estimates do, and how many frames
   * (with how many octets) may have passed without a single one being sampled. All 0 where every packet was counted.
   * Where frames_low and frames_high differ from frames, that is a doubt about the packets that were seen, on top of
   * it.
   */
  double packets_variance, frames_variance, octets_variance;
  double frames_skew, hidden_skew, octets_skew; /* third central moments: a few large packets make tails heavy */
  double hidden_variance; /* of frames - packets: far less than theirs, since both come from the same samples */
  double frames_high_variance, hidden_high_variance; /* if every packet stood for the most that it may */
  double unseen, unseen_octets;
  double unseen_long, unseen_long_octets; /* the same of packets longer than a frame, where hardly any was drawn */
  double drawn_long;                      /* samples longer than a frame */
  double lost_packets, lost_frames, lost_octets; /* that samples which were lost may stand for, at most */
  double lost;    /* what nothing is known of: if there was any, nothing bounds the estimate from above */
  bool estimated; /* frames is not the sum of trustworthy segment counts, or comes from samples */
};

/* From one tally to a later one: estimates, and their 95 % bounds. A high bound is INFINITY where there is none. */
struct wt_span {
  double packets, packets_low, packets_high;
  double packet_octets;
  double frames, frames_low, frames_high;
  double hidden_low, hidden_high; /* of frames - packets */
  double octets, octets_low, octets_high;
  double hidden_tcp, hidden_udp, hidden_unknown;
  double tagged;                     /* frames whose tag was kept outside the packet */
  double frames_error, hidden_error; /* standard errors of sampling */
};

void wt_tally_span(const struct wt_tally *from, const struct wt_tally *to, struct wt_span *span);

/* a += b; an unknown vlan_out_of_band makes the sum unknown. */
void wt_tally_add(struct wt_tally *a, const struct wt_tally *b);

#endif
