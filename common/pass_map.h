/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What passed one point of one flow: the map's key and value that the eBPF program and user space share. */
#ifndef WT_PASS_MAP_H
#define WT_PASS_MAP_H

#include <linux/types.h>

/*
 * A flow in one direction, by its innermost headers. What has no ports has 0 there; a later fragment has protocol 0,
 * since nothing tells its ports; what is not IP has no addresses.
 */
struct wt_pass_key {
  __u8 source[16], target[16];    /* an IPv4 address in the first four octets, the rest 0 */
  __u16 source_port, target_port; /* host order */
  __u16 family;                   /* ethertype of the innermost IP header, or of what is not IP */
  __u8 protocol;
  __u8 direction; /* enum wt_direction; WT_PASS_UNTOLD where a file does not tell it */
};

enum {
  WT_PASS_UNTOLD = 2,
  WT_PASS_EDGE_BITS = 25, /* what passes within 2^25 ns (34 ms) of begin or end may be under way between two points */
  WT_PASS_FLOWS = 16384,  /* at most: more count among the rest */
};

/* One a CPU. Octets of headers and tags are those of the frames: each counted as often as cutting replicates it. */
struct wt_pass_value {
  __u64 packets;
  __u64 packet_octets; /* as a capture has them: from the link header on, a stripped tag counted back */
  __u64 frames;        /* that the packets stand for */
  __u64 frames_low;    /* the same where the smaller of two counts is believed */
  __u64 segments;      /* the part of frames with payload */
  __u64 payload;
  __u64 link;               /* octets of link headers */
  __u64 headers;            /* octets of the innermost IP and transport headers */
  __u64 outer;              /* octets of what is outside of them in a tunnel: outer IP to inner link header */
  __u64 tags;               /* octets of VLAN tags, also of those kept outside the packet */
  __u64 padding;            /* octets behind the end of the IP packet */
  __u64 merged;             /* packets of more than one frame */
  __u64 out_of_band;        /* packets with a tag kept outside the packet */
  __u64 vague;              /* merged packets whose headers were not understood: octets of frames are too few */
  __u64 unmarked;           /* packets with gso_size but gso_segs 0: count derived */
  __u64 oversize;           /* packets longer than the MTU without any mark: count not known */
  __u64 fragments;          /* packets that are fragments, the first one or a later one */
  __u64 first, last;        /* nanoseconds of the point's clock */
  __u64 early;              /* frames in the first 2^25 ns */
  __u64 epoch;              /* time of the last packet in units of 2^25 ns */
  __u64 late;               /* frames in this unit */
  __u64 before_late;        /* frames in the unit before */
  __u32 sequence;           /* of the first packet of TCP */
  __u32 most;               /* frames of the packet that has most */
  __u32 largest;            /* octets of payload of the longest segment */
  __u8 hops_low, hops_high; /* TTL or hop limit of the innermost IP header */
  __u16 unused;
};

#endif
