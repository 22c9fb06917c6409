/* SPDX-License-Identifier: MIT */
/*
 * Bytes of one captured packet → what its checksums say. Pure, and for a capture file as for a live capture: no handle,
 * no clock, no memory.
 *
 * A checksum that is left to the device holds the sum of the pseudo header, folded and not inverted, which the device
 * completes: the kernel calls it CHECKSUM_PARTIAL. The pseudo header's length is that of the whole packet, also where
 * the packet is to be cut (tcp_v4_check() in __tcp_v4_send_check(), udp4_hwcsum(), udp_set_csum()), and GRO stores the
 * same in what it has merged (tcp4_gro_complete(), udp4_gro_complete()). All of it follows from headers, so a packet
 * cut short by the snap length shows it too. A random checksum is such a sum by chance once in 65,536 packets: where
 * all of the packet was captured, a checksum that is right is right first.
 */
#ifndef WT_CHECKSUM_H
#define WT_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wiretruth.h"

enum wt_checksum_state {
  WT_CHECKSUM_NONE,         /* the packet has no checksum that is known here: ARP, or ESP in IPv6 */
  WT_CHECKSUM_VALID,        /* right over all of the packet */
  WT_CHECKSUM_OFFLOADED,    /* left to the device: the sum of the pseudo header; with SCTP 0 */
  WT_CHECKSUM_REWRITTEN,    /* the same in a received packet that stands for several frames */
  WT_CHECKSUM_BAD,          /* all of the packet was captured, and it is none of these */
  WT_CHECKSUM_ABSENT,       /* UDP with 0: for IPv4, and for IPv6 around a tunnel (RFC 6935) */
  WT_CHECKSUM_UNVERIFIABLE, /* cut short, a fragment, malformed, or merged in a way that leaves no right checksum */
  WT_CHECKSUM_STATES
};

enum wt_checksum_kind {
  WT_CHECKSUM_IPV4, /* of the header */
  WT_CHECKSUM_TCP,
  WT_CHECKSUM_UDP,
  WT_CHECKSUM_ICMP,
  WT_CHECKSUM_ICMPV6,
  WT_CHECKSUM_SCTP,
  WT_CHECKSUM_GRE
};

struct wt_checksum_packet {
  const uint8_t *data;
  uint32_t captured;    /* octets of data */
  uint32_t length;      /* octets of the packet */
  uint32_t link_header; /* octets: 14 for Ethernet, 0 where data starts with the header that ethertype names */
  uint16_t ethertype;   /* host order; of no meaning with a link header */
  /* Octets of the longest frame, counted from where data begins: a longer packet stands for several. 0: not known. */
  uint32_t longest_frame;
  bool merged;   /* it is known to stand for several frames: it has a GSO mark */
  bool received; /* else transmitted, or not known */
};

/* One checksum of the packet. */
struct wt_checksum_part {
  enum wt_checksum_kind kind;
  enum wt_checksum_state state;
  bool inner; /* inside a tunnel */
};

enum { WT_CHECKSUM_PARTS = 4 }; /* two layers, of an IP header and what follows it each */

struct wt_checksum_result {
  /*
   * Of the packet as a whole, the first of: bad, rewritten, offloaded, unverifiable if any of its checksums is; valid
   * if one behind an IP header is; absent; valid, where there is only an IP header's.
   */
  enum wt_checksum_state state;
  struct wt_checksum_part parts[WT_CHECKSUM_PARTS]; /* in the order of the packet */
  size_t part_count;
};

void wt_checksum_classify(const struct wt_checksum_packet *packet, struct wt_checksum_result *result);

/* Counts the packet. One without any checksum is no sample. */
void wt_checksum_count(struct wt_checksums *counts, enum wt_checksum_state state);

/* "valid", "unverifiable"; "none". Never NULL. */
const char *wt_checksum_state_name(enum wt_checksum_state state);

#endif
