/* SPDX-License-Identifier: MIT */
/* Bytes of one captured packet → where its headers end and which flow it belongs to. */
#ifndef WT_DISSECT_H
#define WT_DISSECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The shortest full segment that Linux' TCP sends (TCP_MIN_SND_MSS), and the bound where nothing tells a segment size:
 * a larger one would be likelier, and would be a guess.
 */
enum { WT_LEAST_SEGMENT = 48 };

/* The two ends of a flow, as the packet has them. */
struct wt_flow_key {
  uint16_t family;                   /* ethertype: ETH_P_IP or ETH_P_IPV6 */
  uint16_t source_port, target_port; /* host order */
  uint8_t source[16], target[16];    /* an IPv4 address in the first four octets, the rest 0 */
};

struct wt_dissection {
  bool parsed;            /* a TCP or UDP header was found; otherwise all below is 0 */
  bool tcp;               /* else UDP */
  bool tunnel;            /* the flow is that of the inner packet */
  uint32_t headers;       /* octets that cutting would replicate: link header to end of the transport header */
  uint32_t payload;       /* octets behind them, from the packet's own length and not from what was captured */
  uint32_t jumbo;         /* octets of the headers that no frame has: the jumbo option of BIG TCP */
  uint32_t ip, transport; /* where the headers of this flow begin */
  struct wt_flow_key flow;
};

/*
 * data holds captured octets of a packet that was length octets long. link_header: 14 for Ethernet, 0 where data starts
 * with the header that ethertype (host order) names. A packet cut short by the snap length before the end of its
 * headers is not parsed.
 */
void wt_dissect(const uint8_t *data, uint32_t captured, uint32_t length, uint32_t link_header, uint16_t ethertype,
                struct wt_dissection *out);

#endif
