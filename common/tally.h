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
  uint64_t vlan_out_of_band; /* packets with a tag kept outside the packet; WT_UNKNOWN where that is not visible */
  uint64_t drops;            /* samples for which the kernel had no room */
  /*
   * Uncertainty of sampling: variances of the estimates, which add up like the estimates do, and how many frames
   * (with how many octets) may have passed without a single one being sampled. All 0 where every packet was counted.
   * Where frames_low and frames_high differ from frames, that is a doubt about the packets that were seen, on top of
   * it.
   */
  double packets_variance, frames_variance, octets_variance;
  double hidden_variance; /* of frames - packets: far less than theirs, since both come from the same samples */
  double unseen, unseen_octets;
  bool estimated; /* frames is not the sum of trustworthy segment counts, or comes from samples */
};

/* a += b; an unknown vlan_out_of_band makes the sum unknown. */
void wt_tally_add(struct wt_tally *a, const struct wt_tally *b);

#endif
