/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The exact count: runs in the kernel for every packet at the capture point, counts, and queues nothing to the socket
 * (returns 0). It reads only headers, but for the few packets that it copies to a ring, for their checksums.
 */
#include <linux/bpf.h>
#include <linux/if_packet.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define WT_PACKET                           struct __sk_buff
#define WT_FUNCTION                         __attribute__((noinline))
#define WT_LOAD(packet, offset, to, length) bpf_skb_load_bytes(packet, offset, to, length)
#include "headers.h"
#include "headers_plain.h"
#include "merged.h"
#include "tap_map.h"

enum { WT_PLAIN_FRAME = 1522 }; /* no longer packet can be a frame where the MTU is 1500 */

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64); /* set by user space to the selection's size; so are the next two */
  __type(key, struct wt_tap_key);
  __type(value, struct wt_tap_place);
} places SEC(".maps");

/* By place, and then by CPU. */
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, struct wt_tap_value);
} counts SEC(".maps");

/* Where a kernel older than 5.8 has no such ring, user space leaves it out. */
struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, WT_TAP_RING);
} samples SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 64);
  __type(key, __u32);
  __type(value, struct wt_tap_draw);
} draws SEC(".maps");

const volatile __u8 has_ring = 0;
const volatile __u32 cpus = 1; /* no CPU has a higher number, nor this one */

/*
 * Two numbers side by side on the stack, written at once: without CAP_PERFMON the verifier of Linux 6.1 takes a write
 * to half of a word, the other half of which is a number, for one to a pointer.
 */
static __always_inline void write_both(void *to, __u32 first, __u32 second)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  __u64 both = (__u64)second << 32 | first;
#else
  __u64 both = (__u64)first << 32 | second;
#endif

  barrier_var(both);
  *(__u64 __attribute__((may_alias)) *)to = both;
}

static __always_inline int copy(struct __sk_buff *skb, struct wt_tap_sample *sample, __u32 room, __u64 place)
{
  __u64 captured = skb->len; /* wide: the verifier loses track of a narrower one that is made wide */

  if (captured > room)
    captured = room;
  sample->key.ifindex = skb->ifindex;
  sample->key.direction = skb->pkt_type == PACKET_OUTGOING;
  sample->length = skb->len;
  sample->captured = captured;
  sample->ethertype = WT_PLACE_WHAT(place);
  sample->cooked = WT_PLACE_OFFSET(place);
  sample->merged = skb->gso_size != 0;
  /* From 1 to room, seen by one comparison: that something is not 0 tells the verifier of Linux 6.1 nothing. */
  captured--;
  barrier_var(captured);
  if (captured >= room || bpf_skb_load_bytes(skb, 0, sample->data, captured + 1))
    goto discard;
  bpf_ringbuf_submit(sample, BPF_RB_NO_WAKEUP); /* nobody waits for it */
  return 0;
discard:
  bpf_ringbuf_discard(sample, BPF_RB_NO_WAKEUP);
  return 0;
}

/*
 * The ring reserves constant sizes only. place: whether the packet is cooked, and its ethertype. Hidden, so that the
 * verifier looks at it where it is called and no sooner: without a ring it is not, and names a map that is not there.
 */
__hidden __attribute__((noinline)) int keep(struct __sk_buff *skb, __u64 place)
{
  struct wt_tap_sample *sample;

  if (skb->len <= WT_ROOM_FRAME && !skb->gso_size) {
    sample = bpf_ringbuf_reserve(&samples, sizeof(*sample) + WT_ROOM_FRAME, 0);
    return sample ? copy(skb, sample, WT_ROOM_FRAME, place) : 0;
  }
  if (skb->len <= WT_ROOM_JUMBO && !skb->gso_size) {
    sample = bpf_ringbuf_reserve(&samples, sizeof(*sample) + WT_ROOM_JUMBO, 0);
    return sample ? copy(skb, sample, WT_ROOM_JUMBO, place) : 0;
  }
  sample = bpf_ringbuf_reserve(&samples, sizeof(*sample) + WT_ROOM_HEADERS, 0);
  return sample ? copy(skb, sample, WT_ROOM_HEADERS, place) : 0;
}

static __always_inline void draw(struct __sk_buff *skb, __u32 drawn, int cooked, __u16 ethertype)
{
  struct wt_tap_draw *draw;

  if (!has_ring)
    return;
  draw = bpf_map_lookup_elem(&draws, &drawn);
  if (!draw || !draw->left || bpf_get_prandom_u32() >= draw->threshold)
    return;
  draw->left--; /* two CPUs at once may keep one more */
  keep(skb, WT_PLACE(cooked, ethertype));
}

/* Whose address this is, by the interface on which copies arrive. Of the mirror's instance alone; so is the next one.
 */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64); /* set by user space */
  __type(key, struct wt_station);
  __type(value, __u32); /* ifindex of the observed interface */
} stations SEC(".maps");

/* Which observed interfaces have their copies there: they all receive what goes to a group. */
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 64);
  __type(key, struct wt_listener);
  __type(value, __u32);
} listeners SEC(".maps");

/* Packets that came to the mirrors, whoever's they are. */
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} copies SEC(".maps");

/*
 * A transmitted packet with tags on a cooked socket starts with what the stack holds for its network header: the IP
 * header, or the rest of a tag. What stands before it is still there: the place at which both are the same says how
 * many octets of tags that is, and the ethertype of what follows.
 */
__attribute__((noinline)) __u64 tags_before(struct __sk_buff *skb)
{
  __u64 start, here;
  __u8 type[2];

  if (bpf_skb_load_bytes(skb, 0, &start, sizeof(start)))
    return 0;
  WT_UNROLLED
  for (int tags = 0; tags <= WT_MAX_TAGS; tags++) {
    __u32 end = WT_ETH_HEADER + tags * 4;

    if (bpf_skb_load_bytes_relative(skb, end - sizeof(type), type, sizeof(type), BPF_HDR_START_MAC) ||
        bpf_skb_load_bytes_relative(skb, end, &here, sizeof(here), BPF_HDR_START_MAC))
      return 0;
    if (here == start)
      return WT_PLACE(tags * 4, wt_be16(type));
  }
  return 0;
}

static __always_inline void count_unusual(struct __sk_buff *skb, struct wt_tap_value *value, __u32 extra, int parsed,
                                          __u32 marked)
{
  value->unparsed_frames += parsed ? 0 : extra;
  value->tagged_extra += skb->vlan_present ? extra : 0;
  value->unmarked += !marked;
  value->unmarked_extra += marked ? 0 : extra;
  value->unmarked_octets += marked ? 0 : skb->len;
}

static __always_inline void count_merged(struct __sk_buff *skb, struct wt_tap_value *value, __u32 link_header,
                                         __u16 ethertype, __u32 tag)
{
  struct wt_headers headers = {};
  __u32 marked = skb->gso_segs;
  __u32 size = skb->gso_size;
  __u32 extra, tcp, udp;
  struct wt_merged merged;
  int parsed = wt_headers_plain(skb, link_header, ethertype, &headers) == 0;

  if (!parsed)
    parsed = wt_headers_parse(skb, link_header, ethertype, &headers) == 0;
  wt_merged_count(&headers, parsed, skb->len, size, marked, &merged);
  parsed = merged.parsed;
  extra = merged.frames - 1;
  tcp = parsed && headers.protocol == WT_IP_TCP ? extra : 0;
  udp = parsed && headers.protocol == WT_IP_UDP ? extra : 0;
  /* Each of these is written on every path: a choice between two of them would be arithmetic with a pointer, for which
   * the verifier wants CAP_PERFMON as well. What few packets need is apart, in count_unusual(). */
  value->extra_frames += extra;
  value->extra_frames_low += merged.low - 1;
  value->extra_octets += parsed ? (__u64)extra * (headers.length - headers.jumbo + tag) - headers.jumbo : 0;
  value->hidden_tcp += tcp;
  value->hidden_udp += udp;
  /* In another part of memory, which most packets need not touch. */
  if (!parsed || !marked || skb->vlan_present)
    count_unusual(skb, value, extra, parsed, marked);
}

/* Its place among the draws, 0 if nobody asked about the interface; what the packet is, behind its tags. */
static __always_inline __u32 count(struct __sk_buff *skb, struct wt_tap_key *key, int cooked, __u16 *ethertype_out)
{
  const struct wt_tap_place *known = bpf_map_lookup_elem(&places, key);
  __u16 ethertype = bpf_ntohs((__u16)skb->protocol);
  __u32 tag = skb->vlan_present ? 4 : 0; /* octets of tags that the packet does not show */
  struct wt_tap_value *value;
  __u32 place, own;

  if (!known)
    return 0;
  place = known->place;
  own = place * cpus + bpf_get_smp_processor_id();
  value = bpf_map_lookup_elem(&counts, &own);
  if (!value)
    return 0;
  if (tag)
    value->vlan_out_of_band++;
  if (cooked && key->direction && (ethertype == WT_ETHERTYPE_VLAN || ethertype == WT_ETHERTYPE_QINQ)) {
    __u64 tags = tags_before(skb);

    ethertype = WT_PLACE_WHAT(tags);
    tag += WT_PLACE_OFFSET(tags);
  }
  value->octets += skb->len + tag;
  if (skb->gso_size) {
    count_merged(skb, value, cooked ? 0 : known->link_header, ethertype, tag);
  } else if (skb->len > WT_PLAIN_FRAME && skb->len > known->mtu + known->link_header + 8) {
    /* Two tags in the frame are no sign of merging. */
    value->oversize_packets++;
    value->oversize_octets += skb->len;
    barrier(); /* or the compiler shares this addition with another one, by arithmetic with the pointer again */
  }
  barrier(); /* last, for whoever reads meanwhile */
  value->packets++;
  *ethertype_out = ethertype;
  return place;
}

static __always_inline int count_passing(struct __sk_buff *skb, int cooked)
{
  struct wt_tap_key key __attribute__((aligned(8)));
  __u16 ethertype;
  __u32 drawn;

  write_both(&key, skb->ifindex, skb->pkt_type == PACKET_OUTGOING);
  drawn = count(skb, &key, cooked, &ethertype);
  if (drawn)
    draw(skb, drawn, cooked, ethertype);
  return 0;
}

SEC("socket")
int tap_raw(struct __sk_buff *skb)
{
  return count_passing(skb, 0);
}

/* On a cooked socket (libpcap's "any") the packet starts with its network header. */
SEC("socket")
int tap_cooked(struct __sk_buff *skb)
{
  return count_passing(skb, 1);
}

static __always_inline void station_of(struct wt_station *station, __u32 ifindex, const __u8 *address)
{
  __u32 start;

  __builtin_memcpy(&start, address, sizeof(start));
  write_both(station, ifindex, start);
  __builtin_memset(station->unused, 0, sizeof(station->unused));
  barrier(); /* the start of a word comes last, for the same reason */
  __builtin_memcpy(station->address + sizeof(start), address + sizeof(start), sizeof(station->address) - sizeof(start));
}

/* Global to the verifier: inlined in three places, one of them a loop, it would take seconds. */
__attribute__((noinline)) int count_copy(struct __sk_buff *skb, __u32 observed, __u32 direction)
{
  struct wt_tap_key key __attribute__((aligned(8)));
  __u16 ethertype;

  write_both(&key, observed, direction);
  count(skb, &key, 0, &ethertype);
  return 0;
}

/*
 * On a mirror everything arrives as received: the addresses tell what the observed interface sent and what it was sent.
 * Frames of other stations are nobody's.
 */
SEC("socket")
int tap_mirror(struct __sk_buff *skb)
{
  struct wt_station from __attribute__((aligned(8))), to __attribute__((aligned(8)));
  struct wt_listener listener __attribute__((aligned(8)));
  __u32 sender = 0, mirror = skb->ifindex, *observed, first = 0;
  __u64 *seen = bpf_map_lookup_elem(&copies, &first);
  __u8 octets[sizeof(to.address) + sizeof(from.address)];

  barrier_var(mirror); /* read once: not by way of a pointer into the packet's description */
  if (seen)
    *seen += 1;
  if (skb->pkt_type == PACKET_OUTGOING || bpf_skb_load_bytes(skb, 0, octets, sizeof(octets)))
    return 0;
  station_of(&to, mirror, octets);
  station_of(&from, mirror, octets + sizeof(to.address));
  observed = bpf_map_lookup_elem(&stations, &from);
  if (observed) {
    sender = *observed;
    count_copy(skb, sender, 1);
  }
  if (!(octets[0] & 1)) {
    observed = bpf_map_lookup_elem(&stations, &to);
    if (observed && *observed != sender)
      count_copy(skb, *observed, 0);
    return 0;
  }
  WT_UNROLLED
  for (__u32 place = 0; place < WT_LISTENERS; place++) {
    write_both(&listener, mirror, place);
    observed = bpf_map_lookup_elem(&listeners, &listener);
    if (!observed)
      break;
    if (*observed != sender)
      count_copy(skb, *observed, 0);
  }
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
