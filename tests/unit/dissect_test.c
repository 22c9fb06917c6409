/* SPDX-License-Identifier: MIT */
/*
 * Bytes → headers and flow. Packets are built octet by octet from the standards, and what is expected of each is
 * written out as numbers: the builder knows nothing of the parser's ideas.
 */
#include "check.h"

#include <stdlib.h>

#include "dissect.h"
#include "random.h"

enum { IPV4 = 0x0800, IPV6 = 0x86dd, ARP = 0x0806, VLAN = 0x8100, QINQ = 0x88a8, TEB = 0x6558 };
enum { HOPOPTS = 0, ICMP = 1, IPIP = 4, TCP = 6, UDP = 17, SIT = 41, ROUTING = 43, FRAGMENT = 44, GRE = 47, ESP = 50 };
enum { AH = 51, ICMPV6 = 58, NONE = 59, DSTOPTS = 60, SCTP = 132 };
enum { VXLAN_PORT = 4789, OLD_VXLAN_PORT = 8472, GENEVE_PORT = 6081 };

/* ---- builder --------------------------------------------------------------------------------------------------- */

struct packet {
  uint8_t data[1024];
  uint32_t length;
};

static void put8(struct packet *packet, unsigned int value)
{
  assert_true(packet->length < sizeof(packet->data));
  packet->data[packet->length++] = (uint8_t)value;
}

static void put16(struct packet *packet, unsigned int value)
{
  put8(packet, value >> 8 & 0xff);
  put8(packet, value & 0xff);
}

static void put32(struct packet *packet, uint32_t value)
{
  put16(packet, value >> 16);
  put16(packet, value & 0xffff);
}

static void fill(struct packet *packet, unsigned int value, unsigned int count)
{
  while (count--)
    put8(packet, value);
}

static void ethernet(struct packet *packet, unsigned int type)
{
  fill(packet, 0x02, 12);
  put16(packet, type);
}

/* The rest of a tag: what comes before it says VLAN or QINQ already. */
static void tag(struct packet *packet, unsigned int type)
{
  put16(packet, 0x2064); /* priority 1, VLAN 100 */
  put16(packet, type);
}

/* Addresses 10.0.host.1 → 10.0.host.2. options: octets, a multiple of 4. flags: with the fragment offset. */
static void ipv4_with(struct packet *packet, unsigned int protocol, unsigned int host, unsigned int options,
                      unsigned int flags)
{
  put8(packet, 0x40 | (5 + options / 4));
  put8(packet, 0);
  put16(packet, 1500);
  put16(packet, 0x1234);
  put16(packet, flags);
  put8(packet, 64);
  put8(packet, protocol);
  put16(packet, 0);
  put32(packet, 0x0a000001 | host << 8);
  put32(packet, 0x0a000002 | host << 8);
  fill(packet, 1, options); /* no-operation */
}

static void ipv4(struct packet *packet, unsigned int protocol, unsigned int host)
{
  ipv4_with(packet, protocol, host, 0, 0x4000);
}

/* Addresses fd00::host:1 → fd00::host:2. */
static void ipv6(struct packet *packet, unsigned int next, unsigned int host)
{
  put32(packet, 0x60000000);
  put16(packet, 1400);
  put8(packet, next);
  put8(packet, 64);
  for (unsigned int end = 1; end <= 2; end++) {
    put8(packet, 0xfd);
    fill(packet, 0, 11);
    put16(packet, host);
    put16(packet, end);
  }
}

/* An extension header of that many octets, a multiple of 8. */
static void extension(struct packet *packet, unsigned int next, unsigned int octets)
{
  put8(packet, next);
  put8(packet, octets / 8 - 1);
  fill(packet, 0, octets - 2);
}

/* A length of 0 in the header's own field: it is always 8. The reserved octet must not be taken for one. */
static void fragment(struct packet *packet, unsigned int next, unsigned int offset, unsigned int more)
{
  put8(packet, next);
  put8(packet, 0xff);
  put16(packet, offset << 3 | more);
  put32(packet, 0xabcdef01);
}

static void tcp_with(struct packet *packet, unsigned int source, unsigned int target, unsigned int data_offset)
{
  put16(packet, source);
  put16(packet, target);
  put32(packet, 1);
  put32(packet, 2);
  put8(packet, data_offset << 4);
  put8(packet, 0x10);
  put16(packet, 512);
  put32(packet, 0);
  if (data_offset > 5)
    fill(packet, 1, (data_offset - 5) * 4);
}

static void tcp(struct packet *packet)
{
  tcp_with(packet, 40001, 443, 5);
}

static void udp_to(struct packet *packet, unsigned int source, unsigned int target)
{
  put16(packet, source);
  put16(packet, target);
  put16(packet, 1000);
  put16(packet, 0);
}

static void udp(struct packet *packet)
{
  udp_to(packet, 40001, 443);
}

static void vxlan(struct packet *packet, unsigned int port)
{
  udp_to(packet, 50001, port);
  put32(packet, 0x08000000);
  put32(packet, 42 << 8);
}

static void geneve(struct packet *packet, unsigned int type, unsigned int options)
{
  udp_to(packet, 50001, GENEVE_PORT);
  put8(packet, options / 4);
  put8(packet, 0);
  put16(packet, type);
  put32(packet, 42 << 8);
  fill(packet, 0xff, options);
}

enum { CHECKSUM = 0x80, KEY = 0x20, SEQUENCE = 0x10 };

static void gre(struct packet *packet, unsigned int type, unsigned int flags)
{
  put8(packet, flags);
  put8(packet, 0);
  put16(packet, type);
  if (flags & CHECKSUM)
    put32(packet, 0xffffffff);
  if (flags & KEY)
    put32(packet, 0xffffffff);
  if (flags & SEQUENCE)
    put32(packet, 0xffffffff);
}

/* ---- packets --------------------------------------------------------------------------------------------------- */

static void v4_tcp(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, TCP, 1), tcp(p);
}

static void v4_udp(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, UDP, 1), udp(p);
}

static void v6_tcp(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, TCP, 1), tcp(p);
}

static void v6_udp(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, UDP, 1), udp(p);
}

static void v4_options(struct packet *p)
{
  ethernet(p, IPV4), ipv4_with(p, TCP, 1, 8, 0x4000), tcp(p);
}

static void v4_all_options(struct packet *p)
{
  ethernet(p, IPV4), ipv4_with(p, UDP, 1, 40, 0), udp(p);
}

static void tcp_timestamps(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, TCP, 1), tcp_with(p, 40001, 443, 8);
}

static void tcp_all_options(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, TCP, 1), tcp_with(p, 40001, 443, 15);
}

static void v4_first_fragment(struct packet *p)
{
  ethernet(p, IPV4), ipv4_with(p, UDP, 1, 0, 0x2000), udp(p);
}

static void v6_hop_by_hop(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, HOPOPTS, 1), extension(p, TCP, 8), tcp(p);
}

static void v6_routing(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, ROUTING, 1), extension(p, UDP, 24), udp(p);
}

static void v6_first_fragment(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, FRAGMENT, 1), fragment(p, UDP, 0, 1), udp(p);
}

static void v6_destination(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, DSTOPTS, 1), extension(p, TCP, 16), tcp(p);
}

static void v6_all_extensions(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, HOPOPTS, 1), extension(p, DSTOPTS, 8), extension(p, ROUTING, 16);
  extension(p, FRAGMENT, 40), fragment(p, DSTOPTS, 0, 0), extension(p, TCP, 8), tcp_with(p, 40001, 443, 8);
}

static void v6_six_extensions(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, HOPOPTS, 1);
  for (int i = 0; i < 5; i++)
    extension(p, DSTOPTS, 8);
  extension(p, TCP, 8), tcp(p);
}

static void one_tag(struct packet *p)
{
  ethernet(p, VLAN), tag(p, IPV4), ipv4(p, TCP, 1), tcp(p);
}

static void two_tags(struct packet *p)
{
  ethernet(p, QINQ), tag(p, VLAN), tag(p, IPV6), ipv6(p, UDP, 1), udp(p);
}

static void three_tags(struct packet *p)
{
  ethernet(p, QINQ), tag(p, QINQ), tag(p, VLAN), tag(p, IPV4), ipv4(p, UDP, 1), udp(p);
}

static void vxlan_v4(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, UDP, 9), vxlan(p, VXLAN_PORT), ethernet(p, IPV4), ipv4(p, TCP, 1), tcp(p);
}

static void vxlan_linux_port(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, UDP, 9), vxlan(p, OLD_VXLAN_PORT), ethernet(p, IPV6), ipv6(p, UDP, 1), udp(p);
}

static void vxlan_v6_tagged(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, UDP, 9), vxlan(p, VXLAN_PORT), ethernet(p, VLAN), tag(p, IPV6), ipv6(p, TCP, 1);
  tcp_with(p, 40001, 443, 8);
}

static void vxlan_in_vlan(struct packet *p)
{
  ethernet(p, VLAN), tag(p, IPV4), ipv4(p, UDP, 9), vxlan(p, VXLAN_PORT), ethernet(p, IPV4), ipv4(p, UDP, 1), udp(p);
}

static void geneve_ethernet(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, UDP, 9), geneve(p, TEB, 0), ethernet(p, IPV4), ipv4(p, TCP, 1), tcp(p);
}

static void geneve_options(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, UDP, 9), geneve(p, TEB, 12), ethernet(p, IPV6), ipv6(p, TCP, 1), tcp(p);
}

static void geneve_ip(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, UDP, 9), geneve(p, IPV6, 8), ipv6(p, UDP, 1), udp(p);
}

static void gre_v4(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, GRE, 9), gre(p, IPV4, 0), ipv4(p, TCP, 1), tcp(p);
}

static void gre_checksum(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, GRE, 9), gre(p, IPV4, CHECKSUM), ipv4(p, TCP, 1), tcp(p);
}

static void gre_key(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, GRE, 9), gre(p, IPV6, KEY), ipv6(p, UDP, 1), udp(p);
}

static void gre_sequence(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, GRE, 9), gre(p, IPV4, SEQUENCE), ipv4(p, TCP, 1), tcp(p);
}

static void gre_everything(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, GRE, 9), gre(p, TEB, CHECKSUM | KEY | SEQUENCE), ethernet(p, IPV6), ipv6(p, TCP, 1);
  tcp(p);
}

static void ip_in_ip(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, IPIP, 9), ipv4(p, TCP, 1), tcp(p);
}

static void v6_in_v4(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, SIT, 9), ipv6(p, UDP, 1), udp(p);
}

static void v4_in_v6(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, IPIP, 9), ipv4(p, UDP, 1), udp(p);
}

static void v6_in_v6(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, DSTOPTS, 9), extension(p, SIT, 8), ipv6(p, TCP, 1), tcp(p);
}

/* A tunnel's port, but what it carries is no IP packet: cutting would repeat the outer headers. */
static void vxlan_arp(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, UDP, 1), vxlan(p, VXLAN_PORT), ethernet(p, ARP), fill(p, 0, 28);
}

/* An answer comes from the tunnel's port and is none. */
static void from_tunnel_port(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, UDP, 1), udp_to(p, VXLAN_PORT, 50001), fill(p, 0, 60);
}

static void bare_v4(struct packet *p)
{
  ipv4(p, TCP, 1), tcp(p);
}

static void bare_v6(struct packet *p)
{
  ipv6(p, UDP, 1), udp(p);
}

static void bare_tunnel(struct packet *p)
{
  ipv4(p, UDP, 9), vxlan(p, VXLAN_PORT), ethernet(p, IPV6), ipv6(p, TCP, 1), tcp(p);
}

static void arp(struct packet *p)
{
  ethernet(p, ARP), fill(p, 0, 46);
}

static void length_field(struct packet *p)
{
  ethernet(p, 0x0026), fill(p, 0x42, 46); /* 802.2, as spanning tree has it */
}

static void icmp(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, ICMP, 1), fill(p, 0, 64);
}

static void icmpv6(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, ICMPV6, 1), fill(p, 0, 64);
}

static void sctp(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, SCTP, 1), fill(p, 0, 64);
}

static void esp(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, ESP, 1), fill(p, 0, 64);
}

static void v6_nothing(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, NONE, 1), fill(p, 0, 64);
}

static void v6_authenticated(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, AH, 1), fill(p, 0, 64);
}

static void v4_later_fragment(struct packet *p)
{
  ethernet(p, IPV4), ipv4_with(p, TCP, 1, 0, 0x2000 | 185), tcp(p);
}

static void v4_last_fragment(struct packet *p)
{
  ethernet(p, IPV4), ipv4_with(p, UDP, 1, 0, 1), udp(p);
}

static void v6_later_fragment(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, FRAGMENT, 1), fragment(p, UDP, 181, 1), udp(p), fill(p, 0, 64);
}

static void v6_last_fragment(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, HOPOPTS, 1), extension(p, FRAGMENT, 8), fragment(p, TCP, 1, 0), tcp(p), fill(p, 0, 64);
}

static void tunnelled_later_fragment(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, IPIP, 9), ipv4_with(p, TCP, 1, 0, 185), tcp(p);
}

static void v4_short_header(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, TCP, 1), tcp(p);
  p->data[14] = 0x44;
}

static void tcp_short_header(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, TCP, 1), tcp_with(p, 40001, 443, 4);
}

static void v6_seven_extensions(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, HOPOPTS, 1);
  for (int i = 0; i < 6; i++)
    extension(p, DSTOPTS, 8);
  extension(p, TCP, 8), tcp(p);
}

static void four_tags(struct packet *p)
{
  ethernet(p, QINQ), tag(p, QINQ), tag(p, QINQ), tag(p, VLAN), tag(p, IPV4), ipv4(p, UDP, 1), udp(p);
}

static void tunnel_in_tunnel(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, IPIP, 9), ipv4(p, IPIP, 8), ipv4(p, TCP, 1), tcp(p);
}

static void gre_of_something(struct packet *p)
{
  ethernet(p, IPV4), ipv4(p, GRE, 9), gre(p, 0x88be, SEQUENCE), fill(p, 0, 64);
}

static void nothing(struct packet *p)
{
  (void)p;
}

/* QinQ where the device took the outer tag off: the packet starts with the inner one. */
static void bare_tag(struct packet *p)
{
  tag(p, IPV4), ipv4(p, TCP, 1), tcp(p);
}

/* BIG TCP: a length of 0, and the true one in a jumbo option. */
static void v6_jumbo(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, HOPOPTS, 1);
  p->data[14 + 4] = p->data[14 + 5] = 0;
  put8(p, TCP), put8(p, 0), put8(p, 0xc2), put8(p, 4), put32(p, 200000), tcp_with(p, 40001, 443, 8);
}

/* The same header, but what it says is no length: another option, or the packet has a length of its own. */
static void v6_jumbo_with_length(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, HOPOPTS, 1);
  put8(p, TCP), put8(p, 0), put8(p, 0xc2), put8(p, 4), put32(p, 200000), tcp_with(p, 40001, 443, 8);
}

static void v6_other_option(struct packet *p)
{
  ethernet(p, IPV6), ipv6(p, HOPOPTS, 1);
  p->data[14 + 4] = p->data[14 + 5] = 0;
  put8(p, TCP), put8(p, 0), put8(p, 5), put8(p, 4), put32(p, 0), tcp_with(p, 40001, 443, 8);
}

enum flow { OUTSIDE, V4, V6 };

struct row {
  const char *name;
  void (*build)(struct packet *packet);
  uint32_t link_header;
  uint16_t ethertype;
  uint32_t headers; /* 0: not to be parsed */
  bool tcp, tunnel;
  enum flow flow;          /* host 1, ports 40001 → 443 unless ports are given */
  uint16_t source, target; /* 0: those */
};

static const struct row rows[] = {
    {"IPv4 TCP", v4_tcp, 14, 0, 14 + 20 + 20, true, false, V4, 0, 0},
    {"IPv4 UDP", v4_udp, 14, 0, 14 + 20 + 8, false, false, V4, 0, 0},
    {"IPv6 TCP", v6_tcp, 14, 0, 14 + 40 + 20, true, false, V6, 0, 0},
    {"IPv6 UDP", v6_udp, 14, 0, 14 + 40 + 8, false, false, V6, 0, 0},
    {"IP options", v4_options, 14, 0, 14 + 28 + 20, true, false, V4, 0, 0},
    {"all IP options", v4_all_options, 14, 0, 14 + 60 + 8, false, false, V4, 0, 0},
    {"TCP timestamps", tcp_timestamps, 14, 0, 14 + 20 + 32, true, false, V4, 0, 0},
    {"all TCP options", tcp_all_options, 14, 0, 14 + 40 + 60, true, false, V6, 0, 0},
    {"IPv4 first fragment", v4_first_fragment, 14, 0, 14 + 20 + 8, false, false, V4, 0, 0},
    {"hop-by-hop", v6_hop_by_hop, 14, 0, 14 + 40 + 8 + 20, true, false, V6, 0, 0},
    {"routing", v6_routing, 14, 0, 14 + 40 + 24 + 8, false, false, V6, 0, 0},
    {"IPv6 first fragment", v6_first_fragment, 14, 0, 14 + 40 + 8 + 8, false, false, V6, 0, 0},
    {"destination options", v6_destination, 14, 0, 14 + 40 + 16 + 20, true, false, V6, 0, 0},
    {"all extensions", v6_all_extensions, 14, 0, 14 + 40 + 8 + 16 + 40 + 8 + 8 + 32, true, false, V6, 0, 0},
    {"six extensions", v6_six_extensions, 14, 0, 14 + 40 + 48 + 20, true, false, V6, 0, 0},
    {"VLAN", one_tag, 14, 0, 18 + 20 + 20, true, false, V4, 0, 0},
    {"QinQ", two_tags, 14, 0, 22 + 40 + 8, false, false, V6, 0, 0},
    {"three tags", three_tags, 14, 0, 26 + 20 + 8, false, false, V4, 0, 0},
    {"VXLAN", vxlan_v4, 14, 0, 14 + 20 + 16 + 14 + 20 + 20, true, true, V4, 0, 0},
    {"VXLAN, Linux's port", vxlan_linux_port, 14, 0, 14 + 20 + 16 + 14 + 40 + 8, false, true, V6, 0, 0},
    {"VXLAN over IPv6, tag inside", vxlan_v6_tagged, 14, 0, 14 + 40 + 16 + 18 + 40 + 32, true, true, V6, 0, 0},
    {"VXLAN, tag outside", vxlan_in_vlan, 14, 0, 18 + 20 + 16 + 14 + 20 + 8, false, true, V4, 0, 0},
    {"Geneve", geneve_ethernet, 14, 0, 14 + 20 + 16 + 14 + 20 + 20, true, true, V4, 0, 0},
    {"Geneve options", geneve_options, 14, 0, 14 + 40 + 16 + 12 + 14 + 40 + 20, true, true, V6, 0, 0},
    {"Geneve of IP", geneve_ip, 14, 0, 14 + 20 + 16 + 8 + 40 + 8, false, true, V6, 0, 0},
    {"GRE", gre_v4, 14, 0, 14 + 20 + 4 + 20 + 20, true, true, V4, 0, 0},
    {"GRE checksum", gre_checksum, 14, 0, 14 + 20 + 8 + 20 + 20, true, true, V4, 0, 0},
    {"GRE key", gre_key, 14, 0, 14 + 20 + 8 + 40 + 8, false, true, V6, 0, 0},
    {"GRE sequence", gre_sequence, 14, 0, 14 + 40 + 8 + 20 + 20, true, true, V4, 0, 0},
    {"GRE of Ethernet", gre_everything, 14, 0, 14 + 20 + 16 + 14 + 40 + 20, true, true, V6, 0, 0},
    {"IPIP", ip_in_ip, 14, 0, 14 + 20 + 20 + 20, true, true, V4, 0, 0},
    {"SIT", v6_in_v4, 14, 0, 14 + 20 + 40 + 8, false, true, V6, 0, 0},
    {"IPv4 in IPv6", v4_in_v6, 14, 0, 14 + 40 + 20 + 8, false, true, V4, 0, 0},
    {"IPv6 in IPv6", v6_in_v6, 14, 0, 14 + 40 + 8 + 40 + 20, true, true, V6, 0, 0},
    {"VXLAN of ARP", vxlan_arp, 14, 0, 14 + 20 + 8, false, false, V4, 50001, VXLAN_PORT},
    {"from a tunnel's port", from_tunnel_port, 14, 0, 14 + 20 + 8, false, false, V4, VXLAN_PORT, 50001},
    {"no link header, IPv4", bare_v4, 0, IPV4, 20 + 20, true, false, V4, 0, 0},
    {"no link header, IPv6", bare_v6, 0, IPV6, 40 + 8, false, false, V6, 0, 0},
    {"no link header, VXLAN", bare_tunnel, 0, IPV4, 20 + 16 + 14 + 40 + 20, true, true, V6, 0, 0},

    {"nothing", nothing, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"nothing, no link header", nothing, 0, IPV4, 0, false, false, OUTSIDE, 0, 0},
    {"ARP", arp, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"802.2", length_field, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"ICMP", icmp, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"ICMPv6", icmpv6, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"SCTP", sctp, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"ESP", esp, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"no next header", v6_nothing, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"authentication header", v6_authenticated, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"IPv4 later fragment", v4_later_fragment, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"IPv4 last fragment", v4_last_fragment, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"later fragment in a tunnel", tunnelled_later_fragment, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"IPv4 header too short", v4_short_header, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"TCP header too short", tcp_short_header, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"seven extensions", v6_seven_extensions, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"four tags", four_tags, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"tunnel in a tunnel", tunnel_in_tunnel, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"GRE of something", gre_of_something, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"no link header, unknown type", bare_v4, 0, 0, 0, false, false, OUTSIDE, 0, 0},
    {"no link header, wrong type", bare_v4, 0, ARP, 0, false, false, OUTSIDE, 0, 0},
};

static const struct row later_v6_fragments[] = {
    {"IPv6 later fragment", v6_later_fragment, 14, 0, 0, false, false, OUTSIDE, 0, 0},
    {"IPv6 last fragment", v6_last_fragment, 14, 0, 0, false, false, OUTSIDE, 0, 0},
};

static const struct row tagged_without_link_header[] = {
    {"no link header, inner tag", bare_tag, 0, VLAN, 4 + 20 + 20, true, false, V4, 0, 0},
};

/* ---- checks ---------------------------------------------------------------------------------------------------- */

/* Dissects octets that are allocated to the octet: whatever reads beyond them, the sanitizers and valgrind see. */
static void dissect(const uint8_t *data, uint32_t captured, uint32_t length, uint32_t link_header, uint16_t ethertype,
                    struct wt_dissection *out)
{
  uint8_t *copy = malloc(captured ? captured : 1);

  assert_non_null(copy);
  memcpy(copy, data, captured);
  memset(out, 0xa5, sizeof(*out)); /* every field has to be written */
  wt_dissect(copy, captured, length, link_header, ethertype, out);
  free(copy);
}

static struct wt_flow_key flow_of(const struct row *row)
{
  struct wt_flow_key flow = {0};

  if (row->flow == OUTSIDE)
    return flow;
  flow.family = row->flow == V4 ? IPV4 : IPV6;
  flow.source_port = row->source ? row->source : 40001;
  flow.target_port = row->target ? row->target : 443;
  if (row->flow == V4) {
    memcpy(flow.source, (const uint8_t[]){10, 0, 1, 1}, 4);
    memcpy(flow.target, (const uint8_t[]){10, 0, 1, 2}, 4);
  } else {
    flow.source[0] = flow.target[0] = 0xfd;
    flow.source[13] = flow.target[13] = 1;
    flow.source[15] = 1;
    flow.target[15] = 2;
  }
  return flow;
}

static void check_dissection(const char *row_name, const struct row *row, uint32_t length,
                             const struct wt_dissection *got)
{
  bool parsed = row->headers > 0;
  struct wt_flow_key flow = flow_of(row);

  check_int(row_name, got->parsed, parsed);
  check_int(row_name, got->tcp, row->tcp);
  check_int(row_name, got->tunnel, row->tunnel);
  check_int(row_name, got->headers, row->headers);
  check_int(row_name, got->payload, parsed ? length - row->headers : 0);
  check_int(row_name, got->flow.family, flow.family);
  check_int(row_name, got->flow.source_port, flow.source_port);
  check_int(row_name, got->flow.target_port, flow.target_port);
  check(row_name, memcmp(got->flow.source, flow.source, sizeof(flow.source)) == 0);
  check(row_name, memcmp(got->flow.target, flow.target, sizeof(flow.target)) == 0);
}

/* Whole, with payload, and cut by the snap length right behind the headers: the payload follows from the length. */
static void check_rows(const struct row *table, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    struct packet packet = {.length = 0};
    struct wt_dissection got;
    uint32_t end;

    table[i].build(&packet);
    end = packet.length;
    dissect(packet.data, end, end, table[i].link_header, table[i].ethertype, &got);
    check_dissection(table[i].name, &table[i], end, &got);
    dissect(packet.data, end, end + 65000, table[i].link_header, table[i].ethertype, &got);
    check_dissection(table[i].name, &table[i], end + 65000, &got);
    fill(&packet, 0xff, 200);
    dissect(packet.data, packet.length, packet.length, table[i].link_header, table[i].ethertype, &got);
    check_dissection(table[i].name, &table[i], packet.length, &got);
    dissect(packet.data, packet.length, 400000, table[i].link_header, table[i].ethertype, &got); /* BIG TCP */
    check_dissection(table[i].name, &table[i], 400000, &got);
  }
}

static void packets_are_understood(void **state)
{
  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
  check_done();
}

/* What follows the fragment header of a later fragment is payload; its first octets are no ports. */
static void later_fragments_of_ipv6_are_not_understood(void **state)
{
  (void)state;
  check_rows(later_v6_fragments, CHECK_COUNT(later_v6_fragments));
  check_done();
}

/* The option that only a packet beyond 64 KiB has is a part of its headers that no frame repeats. */
static void a_jumbo_option_is_told(void **state)
{
  static const struct {
    const char *name;
    void (*build)(struct packet *packet);
    uint32_t headers, jumbo;
  } packets[] = {
      {"jumbo", v6_jumbo, 14 + 40 + 8 + 32, 8},
      {"jumbo, with a length", v6_jumbo_with_length, 14 + 40 + 8 + 32, 0},
      {"another option", v6_other_option, 14 + 40 + 8 + 32, 0},
      {"no option", v6_tcp, 14 + 40 + 20, 0},
      {"IPv4", v4_tcp, 14 + 20 + 20, 0},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(packets); i++) {
    struct packet packet = {.length = 0};
    struct wt_dissection got;

    packets[i].build(&packet);
    dissect(packet.data, packet.length, 200054, 14, 0, &got);
    check(packets[i].name, got.parsed && got.tcp);
    check_int(packets[i].name, got.headers, packets[i].headers);
    check_int(packets[i].name, got.jumbo, packets[i].jumbo);
    check_int(packets[i].name, got.payload, 200054 - packets[i].headers);
  }
  check_done();
}

/* On a cooked handle the ethertype may name a tag: the packet then starts with the rest of it. */
static void a_tag_may_come_first(void **state)
{
  (void)state;
  check_rows(tagged_without_link_header, CHECK_COUNT(tagged_without_link_header));
  check_done();
}

static bool same(const struct wt_dissection *a, const struct wt_dissection *b)
{
  return a->parsed == b->parsed && a->tcp == b->tcp && a->tunnel == b->tunnel && a->headers == b->headers &&
         a->payload == b->payload && memcmp(&a->flow, &b->flow, sizeof(a->flow)) == 0;
}

static bool is_nothing(const struct wt_dissection *got)
{
  static const struct wt_dissection none;

  return same(got, &none);
}

enum strictness { NEVER_WRONG, NOT_BEFORE_THE_END };

/*
 * Cuts a packet at every octet. What is cut behind its headers is understood as before. What is cut earlier is not
 * understood or, where the rest of the headers adds nothing, understood as before, but never as something else.
 */
static void cut_everywhere(const struct row *row, enum strictness strictness)
{
  struct packet packet = {.length = 0};
  struct wt_dissection whole, got;

  row->build(&packet);
  fill(&packet, 0xff, 20);
  dissect(packet.data, packet.length, 2000, row->link_header, row->ethertype, &whole);
  for (uint32_t captured = 0; captured <= packet.length; captured++) {
    char name[96];

    snprintf(name, sizeof(name), "%s, cut at %u", row->name, captured);
    dissect(packet.data, captured, 2000, row->link_header, row->ethertype, &got);
    if (captured >= row->headers)
      check(name, same(&got, &whole));
    else if (strictness == NOT_BEFORE_THE_END)
      check(name, is_nothing(&got));
    else
      check(name, is_nothing(&got) || same(&got, &whole));
  }
}

/* A packet that ends within its own headers is broken: nothing of it is believed. */
static void end_everywhere(const struct row *row)
{
  struct packet packet = {.length = 0};
  struct wt_dissection got;

  row->build(&packet);
  for (uint32_t length = 0; length < row->headers; length++) {
    char name[96];

    snprintf(name, sizeof(name), "%s, ends at %u", row->name, length);
    dissect(packet.data, length, length, row->link_header, row->ethertype, &got);
    check(name, is_nothing(&got));
  }
}

static bool is_udp_tunnel(const struct row *row)
{
  return strstr(row->name, "VXLAN") || strstr(row->name, "Geneve");
}

static void cut_packets_are_never_misunderstood(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    if (is_udp_tunnel(&rows[i]))
      continue;
    cut_everywhere(&rows[i], NEVER_WRONG);
    end_everywhere(&rows[i]);
  }
  check_done();
}

/*
 * Cut between the two layers, what is inside must not be taken for payload of the outer one. (A datagram to a tunnel's
 * port that is whole and too short for a tunnel is another thing: that is plain UDP.)
 */
static void cut_udp_tunnels_are_never_misunderstood(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    if (!is_udp_tunnel(&rows[i]) || !rows[i].tunnel)
      continue;
    cut_everywhere(&rows[i], NEVER_WRONG);
  }
  check_done();
}

/* dissect.h: "A packet cut short by the snap length before the end of its headers is not parsed." */
static void nothing_is_understood_before_the_end_of_headers(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++)
    if (!is_udp_tunnel(&rows[i]))
      cut_everywhere(&rows[i], NOT_BEFORE_THE_END);
  check_done();
}

/* What holds of any octets at all. */
static void check_sane(const char *row, const struct wt_dissection *got, uint32_t length, uint32_t link_header)
{
  if (!got->parsed) {
    check(row, is_nothing(got));
    return;
  }
  check(row, got->headers + got->payload == length);
  check(row, got->headers >= link_header + 20 + 8);
  check(row, got->headers <= 20000); /* six extensions of 2,048 octets, and what stands around them */
  check(row, got->flow.family == IPV4 || got->flow.family == IPV6);
  if (got->flow.family == IPV4)
    for (size_t i = 4; i < sizeof(got->flow.source); i++)
      check(row, got->flow.source[i] == 0 && got->flow.target[i] == 0);
}

/* Real packets with octets flipped reach deeper than noise does. */
static void garbage_is_survived(void **state)
{
  struct random random = {4711};
  unsigned int parsed = 0;

  (void)state;
  for (int round = 0; round < 20000; round++) {
    const struct row *row = &rows[random_below(&random, CHECK_COUNT(rows))];
    struct packet packet = {.length = 0};
    struct wt_dissection got;
    uint32_t captured, length;
    char name[64];

    row->build(&packet);
    while (packet.length < 300)
      put8(&packet, (unsigned int)random_bits(&random) & 0xff);
    for (uint64_t flips = random_below(&random, 8); flips; flips--)
      packet.data[random_below(&random, 150)] = (uint8_t)random_bits(&random);
    if (round % 4 == 0)
      for (uint32_t i = row->link_header; i < packet.length; i++)
        packet.data[i] = (uint8_t)random_bits(&random);
    captured = (uint32_t)random_below(&random, packet.length + 1);
    length = captured + (uint32_t)(round % 3 ? 0 : random_below(&random, 70000));
    snprintf(name, sizeof(name), "round %d, from %s", round, row->name);
    dissect(packet.data, captured, length, row->link_header, row->ethertype, &got);
    check_sane(name, &got, length, row->link_header);
    parsed += got.parsed;
  }
  /* Else the packets were too broken to prove anything. */
  check("enough was understood", parsed > 2000);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(packets_are_understood),
      cmocka_unit_test(later_fragments_of_ipv6_are_not_understood),
      cmocka_unit_test(a_jumbo_option_is_told),
      cmocka_unit_test(a_tag_may_come_first),
      cmocka_unit_test(cut_packets_are_never_misunderstood),
      cmocka_unit_test(cut_udp_tunnels_are_never_misunderstood),
      cmocka_unit_test(nothing_is_understood_before_the_end_of_headers),
      cmocka_unit_test(garbage_is_survived),
  };

  return cmocka_run_group_tests_name("dissect", tests, NULL, NULL);
}
