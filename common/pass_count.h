/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One packet → its flow, and what of it is header, tag, payload and padding. As headers.h, which is included before,
 * one text for two machines: the kernel's eBPF program and the reader of capture files.
 */
#ifndef WT_PASS_COUNT_H
#define WT_PASS_COUNT_H

#include "merged.h"
#include "pass_map.h"

/* What one packet consists of. Octets; headers, outer and tags are replicated when it is cut. */
struct wt_pass_parts {
  struct wt_headers at;
  int parsed; /* a transport header was found */
  __u32 end;  /* where payload begins: behind the last header that was understood */
  __u32 link, headers, outer, tags;
  __u32 ip_octets; /* that the innermost IP header says, from that header on; 0 if it says none */
  __u32 hops;
  __u32 sequence;
  __u32 fragment; /* it is one */
};

/* The addresses and what the IP header says. */
static inline __attribute__((always_inline)) void wt_pass_ip(WT_PACKET *packet, struct wt_pass_key *key,
                                                             struct wt_pass_parts *parts)
{
  __u8 octets[8] = {0};
  __u32 ip = parts->at.ip;

  key->family = parts->at.family;
  if (WT_LOAD(packet, ip + 2, octets, sizeof(octets)))
    return;
  if (key->family == WT_ETHERTYPE_IPV4) {
    parts->ip_octets = wt_be16(octets);
    parts->hops = octets[6];
    parts->fragment = (wt_be16(octets + 4) & 0x3fff) != 0;
    if (WT_LOAD(packet, ip + 12, key->source, 4) || WT_LOAD(packet, ip + 16, key->target, 4))
      parts->hops = 0;
  } else if (key->family == WT_ETHERTYPE_IPV6) {
    parts->ip_octets = wt_be16(octets + 2) ? wt_be16(octets + 2) + 40u : 0;
    parts->hops = octets[5];
    if (WT_LOAD(packet, ip + 8, key->source, 16) || WT_LOAD(packet, ip + 24, key->target, 16))
      parts->hops = 0;
    /* Linux puts the header of a fragment right behind the fixed one, unless there are hop-by-hop options. */
    if (octets[4] == WT_IP_FRAGMENT && WT_LOAD(packet, ip + 40, octets, 4) == 0)
      parts->fragment = (wt_be16(octets + 2) & 0xfff9) != 0;
  }
}

/* Octets of the IP header of a later fragment, behind which there is no other one. */
static inline __attribute__((always_inline)) __u32 wt_pass_fragment_header(WT_PACKET *packet,
                                                                           const struct wt_pass_parts *parts)
{
  __u8 first;

  if (parts->at.family != WT_ETHERTYPE_IPV4)
    return 48;
  if (WT_LOAD(packet, parts->at.ip, &first, 1))
    return 20;
  return (first & 15) * 4u;
}

/*
 * Takes a packet apart. link_header and ethertype as for wt_headers_parse(). The direction of the key is the caller's,
 * as are tags that are kept outside the packet. Key and parts are zeroed before.
 */
static inline __attribute__((always_inline)) void wt_pass_read(WT_PACKET *packet, __u32 link_header, __u16 ethertype,
                                                               struct wt_pass_key *key, struct wt_pass_parts *parts)
{
  __u64 place = WT_PLACE(0, ethertype);
  __u8 octets[4] = {0};
  __u32 first;

  if (link_header == WT_ETH_HEADER)
    place = wt_skip_tags(packet, WT_ETH_HEADER - 2);
  else if (ethertype == WT_ETHERTYPE_VLAN || ethertype == WT_ETHERTYPE_QINQ)
    place = wt_skip_tags(packet, 2);
  first = WT_PLACE_OFFSET(place) > link_header ? WT_PLACE_OFFSET(place) : link_header;
  parts->link = link_header;
  parts->tags = first - link_header;
  parts->parsed = wt_headers_parse(packet, link_header, ethertype, &parts->at) == 0;
  wt_pass_ip(packet, key, parts);
  if (parts->parsed) {
    parts->end = parts->at.length;
    key->protocol = parts->at.protocol;
    if (WT_LOAD(packet, parts->at.transport, octets, sizeof(octets)) == 0) {
      key->source_port = wt_be16(octets);
      key->target_port = wt_be16(octets + 2);
    }
    if (key->protocol == WT_IP_TCP && WT_LOAD(packet, parts->at.transport + 4, octets, sizeof(octets)) == 0)
      parts->sequence = (__u32)wt_be16(octets) << 16 | wt_be16(octets + 2);
  } else if (parts->at.transport > parts->at.ip) {
    parts->end = parts->at.transport;
    key->protocol = parts->at.protocol;
  } else if (parts->fragment) {
    parts->end = parts->at.ip + wt_pass_fragment_header(packet, parts);
  } else {
    parts->end = parts->at.ip > first ? parts->at.ip : first;
  }
  if (parts->at.ip > first)
    parts->outer = parts->at.ip - first;
  if (parts->end > first + parts->outer)
    parts->headers = parts->end - first - parts->outer;
}

/* What a packet stands for. */
struct wt_pass_packet {
  __u64 time;   /* nanoseconds since the point's begin */
  __u32 length; /* octets, without tags that are kept outside it */
  __u32 frames, low;
  __u32 size;        /* octets of payload of a segment, 0 where nothing tells */
  __u32 out_of_band; /* octets of tags that are kept outside the packet */
  __u32 merged;      /* it has, or had, the mark of a merged packet */
  __u32 unmarked, vague, oversize;
};

/*
 * Adds a packet. begin: the time that early ones are told by. Every field is written on every path: a choice between
 * two of them would be arithmetic with a pointer, for which the verifier wants CAP_PERFMON as well.
 */
static inline __attribute__((always_inline)) void
wt_pass_add(struct wt_pass_value *value, const struct wt_pass_parts *parts, const struct wt_pass_packet *packet)
{
  __u32 padding = 0, payload = packet->length > parts->end ? packet->length - parts->end : 0, longest;
  __u64 epoch = packet->time >> WT_PASS_EDGE_BITS, ago = epoch - value->epoch;
  __u64 late = value->late, before = value->before_late, frames = packet->frames;
  __u32 jumbo = parts->at.jumbo;

  if (!packet->merged && parts->ip_octets && packet->length > parts->at.ip + parts->ip_octets) {
    padding = packet->length - parts->at.ip - parts->ip_octets;
    payload = payload > padding ? payload - padding : 0;
  }
  longest = packet->size && packet->size < payload ? packet->size : payload;
  if (ago) {
    before = ago == 1 ? late : 0;
    late = 0;
  }
  value->first = value->packets ? value->first : packet->time;
  value->sequence = value->packets ? value->sequence : parts->sequence;
  value->hops_low = value->packets && value->hops_low < parts->hops ? value->hops_low : (__u8)parts->hops;
  value->hops_high = value->hops_high > parts->hops ? value->hops_high : (__u8)parts->hops;
  value->last = packet->time;
  value->epoch = epoch;
  value->late = late + frames;
  value->before_late = before;
  value->early += epoch ? 0 : frames;
  value->packets++;
  value->packet_octets += packet->length + packet->out_of_band;
  value->frames += frames;
  value->frames_low += packet->low;
  value->segments += payload ? frames : 0;
  value->payload += payload;
  value->link += frames * parts->link;
  value->headers += frames * (parts->headers > jumbo ? parts->headers - jumbo : 0);
  value->outer += frames * parts->outer;
  value->tags += frames * (parts->tags + packet->out_of_band);
  value->padding += padding;
  value->merged += frames > 1;
  value->out_of_band += packet->out_of_band ? 1 : 0;
  value->vague += packet->vague;
  value->fragments += parts->fragment;
  value->unmarked += packet->unmarked;
  value->oversize += packet->oversize;
  value->most = value->most > packet->frames ? value->most : packet->frames;
  value->largest = value->largest > longest ? value->largest : longest;
}

#endif
