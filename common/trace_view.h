/* SPDX-License-Identifier: MIT */
/* One packet of a capture file, taken apart: what its link header hides or shows, its flow, and what TCP says of it. */
#ifndef WT_TRACE_VIEW_H
#define WT_TRACE_VIEW_H

#include "dissect.h"
#include "trace.h"

enum { WT_STATION = 16 };

/* TCP's flags that matter here. */
enum { WT_TCP_FIN = 1, WT_TCP_SYN = 2, WT_TCP_RST = 4, WT_TCP_PSH = 8, WT_TCP_ACK = 16 };

struct wt_trace_view {
  /* What checksum.h and dissect.h take: the octets from the Ethernet header, or else from the network header. */
  const uint8_t *data;
  uint32_t captured, length, link_header;
  uint16_t ethertype;
  bool understood; /* the link type is one whose packets can be taken apart */
  bool shows_tags; /* a tag that was in the frame would be seen */
  bool tagged;     /* and one is */
  bool loopback;   /* it never was to leave the host: both Ethernet addresses are 0 */
  bool ethernet;   /* its frame has an Ethernet header, also where the capture has not */
  bool group;      /* broadcast or multicast: of several senders none is told from it */
  /* Octets of the frame from its link header on, as if it was one frame. */
  uint32_t octets;
  uint8_t station[WT_STATION]; /* who sent it: the Ethernet address, else the IP address; 0 if neither is there */
  struct wt_dissection dissection;
  uint32_t network; /* octets from the IP header to the end of the packet by the IP header; 0: not IP, or of an IP that
                       is not understood */
  uint32_t padding; /* octets behind that */
  uint32_t payload; /* of TCP or UDP, without the padding */
  bool has_id;      /* IPv4, neither in a tunnel nor a fragment */
  uint16_t id;
  uint32_t sequence; /* TCP's, of the first octet; the rest is 0 for UDP */
  uint8_t flags;
  uint8_t options; /* octets */
  uint16_t mss;    /* the option of a SYN; 0: none */
};

void wt_trace_view(const struct wt_trace_packet *packet, struct wt_trace_view *view);

#endif
