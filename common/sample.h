/* SPDX-License-Identifier: MIT */
/*
 * Estimates from random packets. The kernel draws them (classic BPF: no right beyond CAP_NET_RAW), each with a known
 * probability; what a sample stands for is its own figure divided by that probability (Horvitz-Thompson), and the
 * variance follows from the same sum. Packets longer than a frame are drawn more often: they carry the segments, and
 * with them nearly all of the variance.
 */
#ifndef WT_SAMPLE_H
#define WT_SAMPLE_H

#include <linux/filter.h>

#include "flow.h"
#include "tally.h"
#include "wiretruth.h"

enum wt_stratum { WT_PLAIN, WT_LONG, WT_STRATA };

/* How one handle draws. */
struct wt_sampling {
  uint32_t boundary;             /* octets; a longer packet is WT_LONG */
  uint32_t tag_octets;           /* that libpcap adds for a tag kept outside the packet */
  bool cooked;                   /* packets start with the network header, and libpcap tells their direction */
  double probability[WT_STRATA]; /* more than 0, at most 1 */
  double population[WT_STRATA];  /* packets that the samples since the last adaptation stand for */
};

enum {
  WT_SNAP_LENGTH = 128, /* octets that are kept of a packet: the headers */
  WT_SNAP_MARKED = 123, /* of a marked one: enough less that with a tag put back it is still told apart */
  WT_FILTER_LENGTH = 23,
};

/* Before anything is known of the traffic. boundary: octets of the longest frame, as the handle sees it. */
void wt_sampling_init(struct wt_sampling *sampling, uint32_t boundary, bool cooked);

/* The stratum of a packet that libpcap says is so long. */
enum wt_stratum wt_sampling_stratum(const struct wt_sampling *sampling, uint32_t length);

/* Chooses the probabilities for the next interval, so that about so many samples come of traffic like the last one's.
 */
void wt_sampling_adapt(struct wt_sampling *sampling, unsigned int samples);

/*
 * The filter. One bit of each packet reaches user space as its captured length: of a marked one it keeps at most
 * WT_SNAP_MARKED octets and always one less than it has. On a handle bound to a device the mark is the direction, a
 * transmitted packet's, which libpcap tells only on a cooked handle. There it is a tag that stands before what the
 * handle shows, or outside the packet, which libpcap puts back in only on the other.
 */
void wt_sampling_filter(const struct wt_sampling *sampling, struct sock_filter filter[WT_FILTER_LENGTH]);

/* Whether a packet is marked that such a filter kept so many octets of. */
bool wt_sampling_is_marked(uint32_t captured, uint32_t length);

/* One drawn packet. */
struct wt_sample {
  enum wt_direction direction;
  uint32_t length;      /* octets, link header in */
  uint32_t link_header; /* octets of it */
  unsigned int mtu;
  enum wt_stratum stratum;
  double probability; /* with which it was drawn */
  struct wt_dissection dissection;
};

/* What the samples of one interface and direction add up to. */
struct wt_estimate {
  double packets, packet_octets, frames, frames_low, frames_high, octets, octets_low, octets_high;
  double hidden_tcp, hidden_udp;
  double packets_variance, frames_variance, octets_variance, hidden_variance;
  double frames_high_variance, hidden_high_variance;
  double frames_skew, octets_skew, hidden_skew;
  double drawn_long;                             /* samples of WT_LONG */
  double lost_packets, lost_frames, lost_octets; /* that lost samples may stand for, at most */
  uint64_t drops;                                /* samples that were lost */
};

/*
 * Adds a sample. kept: the share of drawn samples for which the ring had room, above 0. Lost ones are taken to be like
 * the kept ones in the estimate, and count for nothing in the lower bound.
 */
void wt_estimate_add(struct wt_estimate *estimate, const struct wt_sample *sample, const struct wt_flows *flows,
                     double kept);

/*
 * So many samples were drawn for which the ring had no room. A ring overflows in bursts, and a burst is not like the
 * rest: the upper bound takes each of them for what stands for most frames. Which interface and direction of a handle
 * they were of nobody knows: it may have been any, so each has to be told of all.
 */
void wt_estimate_lose(struct wt_estimate *estimate, const struct wt_sampling *sampling, uint64_t drops);

/* sampling: how the samples were drawn at last. */
void wt_estimate_tally(const struct wt_estimate *estimate, const struct wt_sampling *sampling, struct wt_tally *tally);

#endif
