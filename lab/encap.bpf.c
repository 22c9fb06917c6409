/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tunnels of IP in IP without a tunnel device, as tc programs (clsact), so that kernels which lack those modules carry
 * them too. A merged packet stays one and gets the mark of a tunnel, as from a device:
 *
 *   in4, in6   puts an IP packet into IPv4 or IPv6
 *   out        takes it out again
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Of Linux 6.3. */
enum { DECAP_L3_IPV4 = 1 << 7, DECAP_L3_IPV6 = 1 << 8 };

enum { TYPE_OFFSET = 12 };

/* Octets from the IP header on. */
static __always_inline __u16 ip_length(struct __sk_buff *skb)
{
  return (__u16)(skb->len - ETH_HLEN);
}

static __always_inline __u8 version_of(struct __sk_buff *skb)
{
  if (skb->protocol == bpf_htons(ETH_P_IP))
    return IPPROTO_IPIP;
  return skb->protocol == bpf_htons(ETH_P_IPV6) ? IPPROTO_IPV6 : 0;
}

static __always_inline int put(struct __sk_buff *skb, __u16 type, const void *header, __u32 length)
{
  __u16 ethertype = bpf_htons(type);

  if (bpf_skb_store_bytes(skb, ETH_HLEN, header, length, 0) ||
      bpf_skb_store_bytes(skb, TYPE_OFFSET, &ethertype, sizeof(ethertype), 0))
    return TC_ACT_SHOT;
  return TC_ACT_OK;
}

SEC("classifier/in4")
int in4(struct __sk_buff *skb)
{
  struct iphdr ip = {.version = 4,
                     .ihl = 5,
                     .tot_len = bpf_htons(ip_length(skb) + sizeof(ip)),
                     .frag_off = bpf_htons(0x4000),
                     .ttl = 64,
                     .protocol = version_of(skb),
                     .saddr = bpf_htonl(0x0a5f0001),
                     .daddr = bpf_htonl(0x0a5f0002)};
  __u16 *words = (__u16 *)&ip;
  __u32 sum = 0;

  if (!ip.protocol)
    return TC_ACT_OK;
  for (int i = 0; i < 10; i++)
    sum += words[i];
  sum = (sum & 0xffff) + (sum >> 16);
  ip.check = (__u16) ~((sum & 0xffff) + (sum >> 16));
  if (bpf_skb_adjust_room(skb, sizeof(ip), BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_FIXED_GSO))
    return TC_ACT_SHOT;
  return put(skb, ETH_P_IP, &ip, sizeof(ip));
}

SEC("classifier/in6")
int in6(struct __sk_buff *skb)
{
  struct ipv6hdr ip = {
      .version = 6, .payload_len = bpf_htons(ip_length(skb)), .nexthdr = version_of(skb), .hop_limit = 64};

  if (!ip.nexthdr)
    return TC_ACT_OK;
  ip.saddr.in6_u.u6_addr32[0] = ip.daddr.in6_u.u6_addr32[0] = bpf_htonl(0xfd000095);
  ip.daddr.in6_u.u6_addr32[3] = bpf_htonl(2);
  if (bpf_skb_adjust_room(skb, sizeof(ip), BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV6 | BPF_F_ADJ_ROOM_FIXED_GSO))
    return TC_ACT_SHOT;
  return put(skb, ETH_P_IPV6, &ip, sizeof(ip));
}

SEC("classifier/out")
int out(struct __sk_buff *skb)
{
  int outer4 = skb->protocol == bpf_htons(ETH_P_IP);
  __u8 inner;
  __u16 type;

  if (bpf_skb_load_bytes(skb, ETH_HLEN + (outer4 ? 9 : 6), &inner, 1) ||
      (inner != IPPROTO_IPIP && inner != IPPROTO_IPV6))
    return TC_ACT_OK;
  type = bpf_htons(inner == IPPROTO_IPIP ? ETH_P_IP : ETH_P_IPV6);
  if (bpf_skb_adjust_room(skb, outer4 ? -(int)sizeof(struct iphdr) : -(int)sizeof(struct ipv6hdr), BPF_ADJ_ROOM_MAC,
                          BPF_F_ADJ_ROOM_FIXED_GSO | (inner == IPPROTO_IPIP ? DECAP_L3_IPV4 : DECAP_L3_IPV6)) ||
      bpf_skb_store_bytes(skb, TYPE_OFFSET, &type, sizeof(type), 0))
    return TC_ACT_SHOT;
  return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
