/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the lab's links do to packets on their way, as tc programs (clsact):
 *
 *   push   puts a VLAN tag beside the packet, where a device would insert it
 *   push2  the same with two: the inner one goes into the packet
 *   pop    takes up to two tags away
 *   lose   loses every 50th packet that is longer than an acknowledgement
 *   burst  loses 20 of them in a row, of each 1,000
 *   twice  sends every 50th of them twice (egress)
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum { INNER_TAG = 7, OUTER_TAG = 8, EACH = 50, SHORT = 200, LONG_RUN = 1000, BURST = 20 };

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

SEC("classifier/burst")
int burst(struct __sk_buff *skb)
{
  __u32 key = 0, *count = bpf_map_lookup_elem(&passed, &key);

  if (!count || skb->len < SHORT)
    return TC_ACT_OK;
  *count += 1;
  return *count % LONG_RUN < LONG_RUN - BURST ? TC_ACT_OK : TC_ACT_SHOT;
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
