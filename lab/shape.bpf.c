/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the lab's links do to packets on their way, as tc programs (clsact):
 *
 *   push   puts a VLAN tag beside the packet, where a device would insert it
 *   push2  the same with two: the inner one goes into the packet
 *   pop    takes up to two tags away
 *   lose   loses every 50th packet that is longer than an acknowledgement
 *   burst  loses 20 of a connection's in a row, of each 1,000; one that is sent again passes
 *   twice  sends every 50th of them twice (egress)
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { INNER_TAG = 7, OUTER_TAG = 8, EACH = 50, SHORT = 200, LONG_RUN = 1000, BURST = 20, IPV6_LENGTH = 40 };

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} passed SEC(".maps");

SEC("classifier/push")
int push(struct __sk_buff *skb)
{
  return bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), INNER_TAG) ? TC_ACT_SHOT : TC_ACT_OK;
}

SEC("classifier/push2")
int push2(struct __sk_buff *skb)
{
  if (bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), INNER_TAG) ||
      bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021AD), OUTER_TAG))
    return TC_ACT_SHOT;
  return TC_ACT_OK;
}

SEC("classifier/pop")
int pop(struct __sk_buff *skb)
{
  for (int tags = 0; tags < 2; tags++)
    if (skb->vlan_present && bpf_skb_vlan_pop(skb))
      return TC_ACT_SHOT;
  return TC_ACT_OK;
}

SEC("classifier/lose")
int lose(struct __sk_buff *skb)
{
  __u32 key = 0, *count = bpf_map_lookup_elem(&passed, &key);

  if (!count || skb->len < SHORT)
    return TC_ACT_OK;
  *count += 1; /* two processors may count one for two: which packet is lost does not matter */
  return *count % EACH ? TC_ACT_OK : TC_ACT_SHOT;
}

/* As a queue loses: TCP is not told, as it is of what lose() takes before it has left. */
SEC("classifier/vanish")
int vanish(struct __sk_buff *skb)
{
  return lose(skb) == TC_ACT_OK ? TC_ACT_OK : TC_ACT_STOLEN;
}

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} newest SEC(".maps");

/* The TCP header of a packet without IPv6 extension headers. */
static int read_tcp(struct __sk_buff *skb, struct tcphdr *tcp)
{
  struct iphdr ip;

  if (bpf_skb_load_bytes(skb, ETH_HLEN, &ip, sizeof(ip)))
    return -1;
  return bpf_skb_load_bytes(skb, ETH_HLEN + (ip.version == 4 ? 4 * ip.ihl : IPV6_LENGTH), tcp, sizeof(*tcp));
}

/*
 * One connection after the other. Were what is sent again lost as well, a loss at the end of what is in flight would be
 * answered by one packet each time-out, and the time-out doubles with each of the twenty.
 */
SEC("classifier/burst")
int burst(struct __sk_buff *skb)
{
  __u32 key = 0, *count = bpf_map_lookup_elem(&passed, &key), *after = bpf_map_lookup_elem(&newest, &key);
  struct tcphdr tcp;

  if (!count || !after || read_tcp(skb, &tcp))
    return TC_ACT_OK;
  if (tcp.syn)
    *after = bpf_ntohl(tcp.seq);
  if (skb->len < SHORT || (__s32)(bpf_ntohl(tcp.seq) - *after) < 0)
    return TC_ACT_OK;
  *after = bpf_ntohl(tcp.seq) + 1;
  *count += 1;
  /* Not the last of them: those of a transfer of whole thousands would be its end. */
  return (*count + LONG_RUN / 2) % LONG_RUN < LONG_RUN - BURST ? TC_ACT_OK : TC_ACT_SHOT;
}

SEC("classifier/twice")
int twice(struct __sk_buff *skb)
{
  __u32 key = 0, *count = bpf_map_lookup_elem(&passed, &key);

  if (!count || skb->len < SHORT)
    return TC_ACT_OK;
  *count += 1;
  /* The copy comes here as well, and is no 50th. */
  if (*count % EACH == 0)
    bpf_clone_redirect(skb, skb->ifindex, 0);
  return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
