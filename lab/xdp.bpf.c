/* SPDX-License-Identifier: MIT */
/* What a driver does with a frame before any tap: for the lab's xdp program. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

/* Set before it is loaded. */
const volatile __u32 action = XDP_DROP;
const volatile __u32 target; /* interface of XDP_REDIRECT */
const volatile __u16 port = 9;

/* Of what was acted on; each CPU its own, so that none is lost. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, __u64);
} tally SEC(".maps");

static void add(__u32 key, __u64 value)
{
  __u64 *sum = bpf_map_lookup_elem(&tally, &key);

  if (sum)
    *sum += value;
}

static void turn_round(struct ethhdr *ether)
{
  __u8 mac[ETH_ALEN];

  __builtin_memcpy(mac, ether->h_dest, ETH_ALEN);
  __builtin_memcpy(ether->h_dest, ether->h_source, ETH_ALEN);
  __builtin_memcpy(ether->h_source, mac, ETH_ALEN);
}

/* UDP over IPv4 to the port; all else passes. */
SEC("xdp.frags")
int act(struct xdp_md *context)
{
  struct ethhdr *ether = (void *)(long)context->data;
  struct iphdr *ip = (void *)(ether + 1);
  struct udphdr *udp = (void *)(ip + 1);

  if ((void *)(udp + 1) > (void *)(long)context->data_end)
    return XDP_PASS;
  if (ether->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 || ip->protocol != IPPROTO_UDP ||
      udp->dest != bpf_htons(port))
    return XDP_PASS;
  add(0, 1);
  add(1, bpf_xdp_get_buff_len(context));
  if (action == XDP_TX)
    turn_round(ether);
  return action == XDP_REDIRECT ? bpf_redirect(target, 0) : action;
}

char _license[] SEC("license") = "Dual MIT/GPL";
