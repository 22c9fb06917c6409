/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the tap's eBPF program and user space share: the map's key and value, and the packets that it keeps. */
#ifndef WT_TAP_MAP_H
#define WT_TAP_MAP_H

#include <linux/types.h>

struct wt_tap_key {
  __u32 ifindex;
  __u32 direction; /* enum wt_direction */
};

enum { WT_LISTENERS = 32 }; /* observed interfaces whose copies arrive on one, at most */

/* An address on the interface on which copies arrive. */
struct wt_station {
  __u32 ifindex;
  __u8 address[6];
  __u8 unused[2];
};

/* The place of an observed interface among those that have their copies there; from 0 on without a gap. */
struct wt_listener {
  __u32 ifindex;
  __u32 place;
};

/* What the program has to know of an interface and direction. Only user space writes it. */
struct wt_tap_place {
  __u32 place;       /* of its counts, one a CPU, and of its struct wt_tap_draw; never 0 */
  __u32 link_header; /* octets of this device's link header */
  __u32 mtu;
};

/*
 * One a CPU, side by side, in memory that user space reads without asking the kernel. Most packets are frames, so what
 * every packet pays for comes first, and what only merged packets need is kept as the difference to it:
 * frames = packets + extra_frames. Packets are counted last: as long as they are the same, so is all else.
 */
struct wt_tap_value {
  __u64 packets;
  __u64 octets;           /* from the link header (cooked: from the network header), a stripped tag counted back */
  __u64 extra_frames;     /* frames beyond one a packet: max(gso_segs, ceil(payload / gso_size)) - 1 */
  __u64 extra_frames_low; /* the same where the smaller of the two is believed */
  __u64 extra_octets;     /* headers and tags that cutting replicates */
  __u64 hidden_tcp;       /* the part of extra_frames that is TCP */
  __u64 hidden_udp;
  __u64 unmarked;       /* packets with gso_size but gso_segs 0: count derived */
  __u64 unmarked_extra; /* the part of extra_frames that is theirs */
  __u64 unmarked_octets;
  __u64 unparsed_frames;  /* the part of extra_frames whose headers were not understood: none in extra_octets */
  __u64 oversize_packets; /* longer than the MTU, without any GSO mark */
  __u64 oversize_octets;
  __u64 vlan_out_of_band; /* packets with a tag kept outside the packet */
  __u64 tagged_extra;     /* the part of extra_frames that is theirs */
  __u64 unused;           /* up to whole cache lines: CPUs write side by side */
};

/*
 * Packets whose checksums are looked at. Of an interface and direction so many are kept until the next poll, each with
 * that probability. In an array, since every packet pays for the look-up; nothing is drawn at place 0.
 */
struct wt_tap_draw {
  __u32 threshold; /* a random number below it draws the packet */
  __u32 left;
};

enum {
  WT_TAP_RING = 512 << 10, /* octets */
  /* Octets that are kept of a packet: all of a frame of the usual MTU or of a jumbo one, headers of a longer packet. */
  WT_ROOM_HEADERS = 236,
  WT_ROOM_FRAME = 1540,
  WT_ROOM_JUMBO = 9244,
};

struct wt_tap_sample {
  struct wt_tap_key key;
  __u32 length;    /* octets of the packet, as the socket shows it */
  __u32 captured;  /* octets of data */
  __u16 ethertype; /* of a cooked packet */
  __u8 cooked;
  __u8 merged; /* it has a GSO mark */
  __u8 data[];
};

#endif
