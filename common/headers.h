/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where the headers of a packet end: the part that cutting puts in front of every frame.
 *
 * One text for two machines: the kernel runs it in the tap's eBPF program, user space on sampled packets, so that
 * both have the same idea of a packet. Whoever includes it defines before
 *
 *   WT_PACKET                              the type of a packet, const where it can be
 *   WT_LOAD(packet, offset, to, length)    copies octets of the packet, 0 on success
 *
 *   WT_FUNCTION                            how a function is declared
 *
 * and gets wt_headers_parse(). Loops are bounded, and each function takes and returns plain numbers: the verifier then
 * checks it once and by itself (a global function), and not again on every path that leads to it, which took seconds.
 */
#ifndef WT_HEADERS_H
#define WT_HEADERS_H

#include <linux/types.h>

/*
 * For a process with CAP_BPF and not CAP_PERFMON the verifier (of Linux 5.10 and 6.1, say) also follows each branch
 * that a processor may guess wrong: behind the end of a loop there is always another round, until it gives up. So in
 * the kernel none of our loops is one.
 */
#ifdef __bpf__
#define WT_UNROLLED _Pragma("clang loop unroll(full)")
#else
#define WT_UNROLLED
#endif

enum {
  WT_ETH_HEADER = 14,
  WT_ETHERTYPE_IPV4 = 0x0800,
  WT_ETHERTYPE_IPV6 = 0x86dd,
  WT_ETHERTYPE_VLAN = 0x8100,
  WT_ETHERTYPE_QINQ = 0x88a8,
  WT_ETHERTYPE_TEB = 0x6558, /* Ethernet inside GRE or Geneve */

  WT_IP_HOPOPTS = 0,
  WT_IP_ICMP = 1,
  WT_IP_IPIP = 4,
  WT_IP_TCP = 6,
  WT_IP_UDP = 17,
  WT_IP_IPV6 = 41,
  WT_IP_ROUTING = 43,
  WT_IP_FRAGMENT = 44,
  WT_IP_GRE = 47,
  WT_IP_ICMPV6 = 58,
  WT_IP_DSTOPTS = 60,
  WT_IP_SCTP = 132,

  WT_OPTION_JUMBO = 0xc2,

  WT_PORT_VXLAN = 4789,
  WT_PORT_VXLAN_LINUX = 8472, /* the port that Linux used before IANA assigned one, and still defaults to */
  WT_PORT_GENEVE = 6081,

  WT_MAX_TAGS = 3,
  WT_MAX_EXTENSIONS = 6,
  WT_MAX_LAYERS = 2, /* a tunnel in a tunnel is left as unparsed */
};

struct wt_headers {
  __u32 length;    /* octets from the start of the packet to the end of the innermost transport header */
  __u32 ip;        /* offset of the innermost IP header */
  __u32 transport; /* offset of the innermost transport header */
  __u16 family;    /* ethertype of the innermost IP header, 0 if there is none */
  __u8 protocol;   /* IP protocol number of what follows it */
  __u8 jumbo;      /* octets of length that no frame has: a jumbo option (BIG TCP) */
  __u8 tunnel;     /* there is an outer layer */
};

/* Where parsing goes on, and as what (an ethertype or an IP protocol number). 0 is no place: nothing was understood. */
#define WT_PLACE(offset, what) ((__u64)(offset) << 16 | (what))
#define WT_PLACE_OFFSET(place) ((__u32)((place) >> 16))
#define WT_PLACE_WHAT(place)   ((__u16)(place))

static inline __u16 wt_be16(const __u8 *octets)
{
  return (__u16)(octets[0] << 8 | octets[1]);
}

/* Skips an ethertype and the tags that it may announce. */
WT_FUNCTION __u64 wt_skip_tags(WT_PACKET *packet, __u32 offset)
{
  __u8 type[2];

  WT_UNROLLED
  for (int tags = 0; tags <= WT_MAX_TAGS; tags++) {
    __u16 ethertype;

    if (WT_LOAD(packet, offset, type, sizeof(type)))
      return 0;
    ethertype = wt_be16(type);
    offset += 2;
    if (ethertype != WT_ETHERTYPE_VLAN && ethertype != WT_ETHERTYPE_QINQ)
      return WT_PLACE(offset, ethertype);
    offset += 2;
  }
  return 0;
}

/* Skips an IPv6 header and its extension headers. */
WT_FUNCTION __u64 wt_skip_ipv6(WT_PACKET *packet, __u32 offset)
{
  __u8 protocol, next[4];

  if (WT_LOAD(packet, offset + 6, &protocol, 1))
    return 0;
  offset += 40;
  WT_UNROLLED
  for (int extensions = 0; extensions <= WT_MAX_EXTENSIONS; extensions++) {
    if (protocol != WT_IP_HOPOPTS && protocol != WT_IP_ROUTING && protocol != WT_IP_FRAGMENT &&
        protocol != WT_IP_DSTOPTS)
      return WT_PLACE(offset, protocol);
    if (WT_LOAD(packet, offset, next, sizeof(next)))
      return 0;
    /* Behind the header of a later fragment there is no transport header. */
    if (protocol == WT_IP_FRAGMENT && wt_be16(next + 2) & 0xfff8)
      return 0;
    offset += protocol == WT_IP_FRAGMENT ? 8 : (next[1] + 1u) * 8;
    protocol = next[0];
  }
  return 0;
}

/* Octets of the hop-by-hop header that an IPv6 packet of more than 64 KiB has and its frames have not (BIG TCP). */
WT_FUNCTION __u32 wt_jumbo_length(WT_PACKET *packet, __u32 offset)
{
  __u8 length[3], option[4];

  if (WT_LOAD(packet, offset + 4, length, sizeof(length)) || wt_be16(length) || length[2] != WT_IP_HOPOPTS ||
      WT_LOAD(packet, offset + 40, option, sizeof(option)))
    return 0;
  return option[1] == 0 && option[2] == WT_OPTION_JUMBO ? 8 : 0;
}

/* Skips an IPv4 header with its options. A later fragment has no transport header: nothing is understood. */
WT_FUNCTION __u64 wt_skip_ipv4(WT_PACKET *packet, __u32 offset)
{
  __u8 ip[10];

  if (WT_LOAD(packet, offset, ip, sizeof(ip)) || (ip[0] & 15) < 5 || wt_be16(ip + 6) & 0x1fff)
    return 0;
  return WT_PLACE(offset + (ip[0] & 15) * 4u, ip[9]);
}

/* Skips a UDP header and what follows it, if its port says that it is a tunnel's. */
WT_FUNCTION __u64 wt_skip_udp_tunnel(WT_PACKET *packet, __u32 offset)
{
  __u8 ports[4], geneve[4];
  __u16 port;

  if (WT_LOAD(packet, offset, ports, sizeof(ports)))
    return 0;
  port = wt_be16(ports + 2);
  if (port == WT_PORT_VXLAN || port == WT_PORT_VXLAN_LINUX)
    return WT_PLACE(offset + 8 + 8, WT_ETHERTYPE_TEB);
  if (port != WT_PORT_GENEVE || WT_LOAD(packet, offset + 8, geneve, sizeof(geneve)))
    return 0;
  return WT_PLACE(offset + 8 + 8 + (geneve[0] & 63) * 4u, wt_be16(geneve + 2));
}

WT_FUNCTION __u64 wt_skip_gre(WT_PACKET *packet, __u32 offset)
{
  __u8 gre[4];

  if (WT_LOAD(packet, offset, gre, sizeof(gre)))
    return 0;
  return WT_PLACE(offset + 4 + (gre[0] & 0x80 ? 4 : 0) + (gre[0] & 0x20 ? 4 : 0) + (gre[0] & 0x10 ? 4 : 0),
                  wt_be16(gre + 2));
}

/* The IP header inside a tunnel, 0 if this is none. */
WT_FUNCTION __u64 wt_enter_tunnel(WT_PACKET *packet, __u32 offset, __u32 protocol)
{
  __u64 place = 0;

  if (protocol == WT_IP_IPIP)
    place = WT_PLACE(offset, WT_ETHERTYPE_IPV4);
  else if (protocol == WT_IP_IPV6)
    place = WT_PLACE(offset, WT_ETHERTYPE_IPV6);
  else if (protocol == WT_IP_GRE)
    place = wt_skip_gre(packet, offset);
  else if (protocol == WT_IP_UDP)
    place = wt_skip_udp_tunnel(packet, offset);
  if (WT_PLACE_WHAT(place) == WT_ETHERTYPE_TEB)
    place = wt_skip_tags(packet, WT_PLACE_OFFSET(place) + WT_ETH_HEADER - 2);
  return WT_PLACE_WHAT(place) == WT_ETHERTYPE_IPV4 || WT_PLACE_WHAT(place) == WT_ETHERTYPE_IPV6 ? place : 0;
}

/* Octets of a TCP, UDP or SCTP common header, 0 for anything else. */
WT_FUNCTION __u32 wt_transport_length(WT_PACKET *packet, __u32 offset, __u32 protocol)
{
  __u8 data_offset;

  if (protocol == WT_IP_UDP)
    return 8;
  if (protocol == WT_IP_SCTP)
    return 12;
  if (protocol != WT_IP_TCP || WT_LOAD(packet, offset + 12, &data_offset, 1) || data_offset >> 4 < 5)
    return 0;
  return (data_offset >> 4) * 4u;
}

/*
 * Parses from the link header on. link_header is WT_ETH_HEADER, or 0 where the packet starts with the header that
 * ethertype names. 0, or -1 where no transport header was found (cut short, a later fragment, not IP, too deep).
 */
static inline __attribute__((always_inline)) int wt_headers_parse(WT_PACKET *packet, __u32 link_header, __u16 ethertype,
                                                                  struct wt_headers *headers)
{
  __u64 place = WT_PLACE(0, ethertype);

  if (link_header == WT_ETH_HEADER)
    place = wt_skip_tags(packet, WT_ETH_HEADER - 2);
  else if (ethertype == WT_ETHERTYPE_VLAN || ethertype == WT_ETHERTYPE_QINQ)
    place = wt_skip_tags(packet, 2); /* the tag itself was taken for the link header's */
  headers->jumbo = 0;
  headers->tunnel = 0;
  WT_UNROLLED
  for (int layer = 0; layer < WT_MAX_LAYERS; layer++) {
    __u32 length;

    headers->ip = WT_PLACE_OFFSET(place);
    headers->family = WT_PLACE_WHAT(place);
    if (headers->family == WT_ETHERTYPE_IPV4)
      place = wt_skip_ipv4(packet, headers->ip);
    else if (headers->family == WT_ETHERTYPE_IPV6)
      place = wt_skip_ipv6(packet, headers->ip);
    else
      return -1;
    if (headers->family == WT_ETHERTYPE_IPV6)
      headers->jumbo += wt_jumbo_length(packet, headers->ip);
    headers->transport = WT_PLACE_OFFSET(place);
    headers->protocol = (__u8)WT_PLACE_WHAT(place);
    if (!place)
      return -1;
    place = wt_enter_tunnel(packet, headers->transport, headers->protocol);
    if (place) {
      headers->tunnel = 1;
      continue;
    }
    length = wt_transport_length(packet, headers->transport, headers->protocol);
    headers->length = headers->transport + length;
    return length ? 0 : -1;
  }
  return -1;
}

#endif
