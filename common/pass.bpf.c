/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What passes one point, by flow: runs in the kernel for every packet of one interface while a comparison goes on,
 * counts, and keeps nothing (returns 0). It reads only headers.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define WT_PACKET                           struct __sk_buff
#define WT_FUNCTION                         __attribute__((noinline))
#define WT_LOAD(packet, offset, to, length) bpf_skb_load_bytes(packet, offset, to, length)
#include "headers.h"
#include "pass_count.h"

/* Preallocated: an entry that could not be had for the moment would leave a flow's first packets out. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, WT_PASS_FLOWS); /* fewer with many processors: set by user space */
  __type(key, struct wt_pass_key);
  __type(value, struct wt_pass_value);
} flows SEC(".maps");

/* What found no room there, by direction. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 2);
  __type(key, __u32);
  __type(value, struct wt_pass_value);
} rest SEC(".maps");

const volatile __u32 link_header; /* octets; 0 or that of Ethernet */
const volatile __u32 longest;     /* octets of the longest packet that is certainly one frame */

/* Two points begin and end at the same time by this, and not by when their filters are attached. */
__u64 begin, end; /* nanoseconds of CLOCK_MONOTONIC; 0: not yet */

static const struct wt_pass_value nothing;

/*
 * One packet while it is looked at. Not on the stack, where the verifier follows each field on each path: that of Linux
 * 6.1 gives up after a million steps.
 */
struct look {
  struct wt_pass_key key;
  struct wt_pass_parts parts;
  struct wt_pass_packet packet;
};

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct look);
} looks SEC(".maps");

static __always_inline struct wt_pass_value *value_of(const struct wt_pass_key *key)
{
  struct wt_pass_value *value = bpf_map_lookup_elem(&flows, key);
  __u32 direction = key->direction;

  if (value)
    return value;
  /* Another processor may be first: then it is there as well. */
  bpf_map_update_elem(&flows, key, &nothing, BPF_NOEXIST);
  value = bpf_map_lookup_elem(&flows, key);
  return value ? value : bpf_map_lookup_elem(&rest, &direction);
}

SEC("socket")
int pass(struct __sk_buff *skb)
{
  __u64 now = bpf_ktime_get_ns(), from = begin, until = end;
  struct wt_pass_value *value;
  struct look *look;
  __u32 only = 0;

  if (!from || now < from || (until && now >= until))
    return 0;
  look = bpf_map_lookup_elem(&looks, &only);
  if (!look)
    return 0;
  __builtin_memset(look, 0, sizeof(*look));
  look->key.direction = skb->pkt_type == PACKET_OUTGOING;
  wt_pass_read(skb, link_header, bpf_ntohs((__u16)skb->protocol), &look->key, &look->parts);
  look->packet.time = now - from;
  look->packet.length = skb->len;
  look->packet.frames = look->packet.low = 1;
  look->packet.out_of_band = skb->vlan_present ? 4 : 0;
  if (skb->gso_size) {
    struct wt_merged merged;

    wt_merged_count(&look->parts.at, look->parts.parsed, skb->len, skb->gso_size, skb->gso_segs, &merged);
    look->packet.merged = 1;
    look->packet.frames = merged.frames;
    look->packet.low = merged.low;
    look->packet.size = skb->gso_size;
    look->packet.unmarked = !skb->gso_segs;
    look->packet.vague = !merged.parsed;
  } else {
    look->packet.oversize = skb->len > longest;
  }
  value = value_of(&look->key);
  if (value)
    wt_pass_add(value, &look->parts, &look->packet);
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
