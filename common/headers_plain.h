/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The headers that nearly every packet has, by a single load: in the kernel each load is a call, and a packet with a
 * GSO mark needs four of them in wt_headers_parse(). What this understands it understands in the same way.
 */
#ifndef WT_HEADERS_PLAIN_H
#define WT_HEADERS_PLAIN_H

#include "headers.h"

enum {
  WT_PLAIN_TYPE = 2,            /* octets of the ethertype */
  WT_PLAIN_START = 40 + 12 + 2, /* of what follows it, as far as the length of a TCP header behind IPv6 */
};

static inline __attribute__((always_inline)) int wt_plain_transport(const __u8 *transport, __u32 offset, __u8 protocol,
                                                                    struct wt_headers *headers)
{
  __u16 port = wt_be16(transport + 2);
  __u32 length = 8;

  if (protocol == WT_IP_TCP)
    length = (transport[12] >> 4) * 4u;
  else if (protocol != WT_IP_UDP || port == WT_PORT_VXLAN || port == WT_PORT_VXLAN_LINUX || port == WT_PORT_GENEVE)
    return -1;
  if (length < 20 && protocol == WT_IP_TCP)
    return -1;
  headers->protocol = protocol;
  headers->transport = offset;
  headers->length = offset + length;
  return 0;
}

/*
 * TCP or UDP, in no tunnel, behind IPv4 without options or IPv6 without extension headers, without tags. As
 * wt_headers_parse(), and -1 where that has to be asked.
 */
static inline __attribute__((always_inline)) int wt_headers_plain(WT_PACKET *packet, __u32 link_header, __u16 ethertype,
                                                                  struct wt_headers *headers)
{
  __u8 start[WT_PLAIN_TYPE + WT_PLAIN_START];
  const __u8 *ip = start + WT_PLAIN_TYPE;

  if (link_header == WT_ETH_HEADER) {
    if (WT_LOAD(packet, WT_ETH_HEADER - WT_PLAIN_TYPE, start, sizeof(start)))
      return -1;
    ethertype = wt_be16(start);
  } else if (WT_LOAD(packet, 0, start + WT_PLAIN_TYPE, WT_PLAIN_START)) {
    return -1;
  }
  headers->ip = link_header;
  headers->family = ethertype;
  headers->jumbo = 0;
  headers->tunnel = 0;
  if (ethertype == WT_ETHERTYPE_IPV4 && (ip[0] & 15) == 5 && !(wt_be16(ip + 6) & 0x1fff))
    return wt_plain_transport(ip + 20, link_header + 20, ip[9], headers);
  if (ethertype == WT_ETHERTYPE_IPV6)
    return wt_plain_transport(ip + 40, link_header + 40, ip[6], headers);
  return -1;
}

#endif
