/* SPDX-License-Identifier: MIT */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "dissect.h"
#include "error.h"
#include "tap.skel.h"
#include "tap_map.h"

enum {
  TYPICAL_HEADERS = 52,  /* IPv4, TCP, timestamps */
  LONGEST_HEADERS = 128, /* IPv6 with extension headers, TCP with all its options */
};

struct wt_tap {
  struct tap *skeleton;
  size_t room;
  int cpus;
  struct wt_tap_value *values; /* one a CPU: what a look-up fills; off the stack, since a host may have thousands */
};

/* libbpf explains failures on standard error; the core speaks through struct wt_error only. */
static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
  (void)level, (void)format, (void)arguments;
  return 0;
}

int wt_tap_open(struct wt_tap **out, size_t interfaces, struct wt_error *error)
{
  struct wt_tap *tap = calloc(1, sizeof(*tap));
  libbpf_print_fn_t previous;
  int status = -ENOMEM;

  *out = NULL;
  if (!tap)
    return wt_fail(error, status, "method exact: out of memory");
  previous = libbpf_set_print(silent);
  tap->room = interfaces < 32 ? 32 : interfaces;
  tap->cpus = libbpf_num_possible_cpus();
  tap->skeleton = tap__open();
  tap->values = tap->cpus > 0 ? calloc((size_t)tap->cpus, sizeof(*tap->values)) : NULL;
  if (tap->skeleton && tap->values) {
    bpf_map__set_max_entries(tap->skeleton->maps.counts, (__u32)(tap->room * WT_DIRECTIONS));
    bpf_map__set_max_entries(tap->skeleton->maps.mtus, (__u32)tap->room);
    status = tap__load(tap->skeleton);
  }
  libbpf_set_print(previous);
  if (status) {
    wt_tap_close(tap);
    if (status == -EPERM || status == -EACCES)
      return wt_fail(error, -EPERM, "method exact needs CAP_BPF (or root), which this process does not have");
    return wt_fail(error, -EOPNOTSUPP,
                   "method exact needs eBPF socket filters that read gso_size (Linux 5.7 or later); loading failed: %s",
                   strerror(-status));
  }
  *out = tap;
  return 0;
}

void wt_tap_close(struct wt_tap *tap)
{
  if (!tap)
    return;
  tap__destroy(tap->skeleton);
  free(tap->values);
  free(tap);
}

int wt_tap_attach(const struct wt_tap *tap, int socket, bool cooked, struct wt_error *error)
{
  const struct bpf_program *program = cooked ? tap->skeleton->progs.tap_cooked : tap->skeleton->progs.tap_raw;
  int fd = bpf_program__fd(program);

  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd)))
    return wt_fail(error, -errno, "method exact: the kernel refuses the eBPF filter on the capture socket: %s",
                   strerror(errno));
  return 0;
}

size_t wt_tap_room(const struct wt_tap *tap)
{
  return tap->room;
}

static void tell_mtu(struct wt_tap *tap, const struct wt_tap_port *port)
{
  __u32 ifindex = (__u32)port->ifindex;

  /* Without the entry no packet counts as oversize: the figure stays a lower bound, and the map has room by design. */
  bpf_map_update_elem(bpf_map__fd(tap->skeleton->maps.mtus), &ifindex, &port->mtu, BPF_ANY);
}

int wt_tap_add(struct wt_tap *tap, const struct wt_tap_port *port)
{
  int status = 0;

  for (int cpu = 0; cpu < tap->cpus; cpu++)
    tap->values[cpu] = (struct wt_tap_value){.link_header = port->link_header};
  for (__u32 direction = 0; direction < WT_DIRECTIONS && status == 0; direction++) {
    struct wt_tap_key key = {.ifindex = (__u32)port->ifindex, .direction = direction};

    status = bpf_map_update_elem(bpf_map__fd(tap->skeleton->maps.counts), &key, tap->values, BPF_ANY);
  }
  if (status == 0)
    tell_mtu(tap, port);
  else
    wt_tap_remove(tap, port);
  return status;
}

void wt_tap_remove(struct wt_tap *tap, const struct wt_tap_port *port)
{
  __u32 ifindex = (__u32)port->ifindex;

  for (__u32 direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_tap_key key = {.ifindex = ifindex, .direction = direction};

    bpf_map_delete_elem(bpf_map__fd(tap->skeleton->maps.counts), &key);
  }
  bpf_map_delete_elem(bpf_map__fd(tap->skeleton->maps.mtus), &ifindex);
}

static void add_cpu(struct wt_tap_value *sum, const struct wt_tap_value *one)
{
  sum->packets += one->packets;
  sum->octets += one->octets;
  sum->extra_frames += one->extra_frames;
  sum->extra_frames_low += one->extra_frames_low;
  sum->extra_octets += one->extra_octets;
  sum->hidden_tcp += one->hidden_tcp;
  sum->hidden_udp += one->hidden_udp;
  sum->unmarked += one->unmarked;
  sum->unparsed_frames += one->unparsed_frames;
  sum->oversize_packets += one->oversize_packets;
  sum->oversize_octets += one->oversize_octets;
  sum->vlan_out_of_band += one->vlan_out_of_band;
  sum->tagged_extra += one->tagged_extra;
}

/* Frames beyond one a packet that oversize packets without a mark stand for, if each frame holds so many octets. */
static uint64_t beyond(const struct wt_tap_value *value, unsigned int octets)
{
  uint64_t frames = (value->oversize_octets + octets - 1) / octets;

  /* Longer than the MTU means two frames at the least. */
  return frames > 2 * value->oversize_packets ? frames - value->oversize_packets : value->oversize_packets;
}

static void to_tally(const struct wt_tap_value *value, const struct wt_tap_port *port, bool cooked,
                     struct wt_tally *tally)
{
  unsigned int payload = port->mtu > 2 * TYPICAL_HEADERS ? port->mtu - TYPICAL_HEADERS : WT_LEAST_SEGMENT;
  unsigned int headers = port->link_header + TYPICAL_HEADERS;
  uint64_t over = beyond(value, payload);
  uint64_t link_header = cooked ? port->link_header : 0;

  *tally = (struct wt_tally){
      .packets = value->packets,
      .packet_octets = value->octets + link_header * value->packets,
      .frames = value->packets + value->extra_frames + over,
      /* Longer than the MTU may be one frame all the same: it limits what is sent, and many devices receive more. */
      .frames_low = value->packets + value->extra_frames_low,
      .frames_high = value->packets + value->extra_frames + beyond(value, WT_LEAST_SEGMENT),
      .hidden_tcp = value->hidden_tcp,
      .hidden_udp = value->hidden_udp,
      .vlan_out_of_band = value->vlan_out_of_band,
      .tagged_frames = value->vlan_out_of_band + value->tagged_extra,
      .estimated = value->unmarked || value->unparsed_frames || value->oversize_packets ||
                   value->extra_frames_low != value->extra_frames,
  };
  tally->octets_low = tally->packet_octets + value->extra_octets + link_header * value->extra_frames;
  tally->octets = tally->octets_low + headers * (value->unparsed_frames + over);
  tally->octets_high = tally->octets_low + (uint64_t)LONGEST_HEADERS * (value->unparsed_frames + tally->frames_high -
                                                                        value->packets - value->extra_frames);
  /* If fewer frames are believed, fewer headers are. */
  if (value->extra_frames)
    tally->octets_low -= value->extra_octets / value->extra_frames * (value->extra_frames - value->extra_frames_low);
}

static int read_sum(struct wt_tap *tap, const struct wt_tap_port *port, __u32 direction, struct wt_tap_value *sum)
{
  struct wt_tap_key key = {.ifindex = (__u32)port->ifindex, .direction = direction};
  int status = bpf_map_lookup_elem(bpf_map__fd(tap->skeleton->maps.counts), &key, tap->values);

  *sum = (struct wt_tap_value){0};
  for (int cpu = 0; cpu < tap->cpus && status == 0; cpu++)
    add_cpu(sum, &tap->values[cpu]);
  return status;
}

int wt_tap_read(struct wt_tap *tap, const struct wt_tap_port *port, bool cooked, struct wt_tally tally[WT_DIRECTIONS])
{
  for (__u32 direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_tap_value sum;
    int status = read_sum(tap, port, direction, &sum);

    if (status)
      return status;
    to_tally(&sum, port, cooked, &tally[direction]);
    wt_tally_add(&tally[direction], &port->base[direction]);
  }
  return 0;
}

/* What was counted under the old MTU keeps the meaning that it had: the base takes the difference. Counts are unsigned,
 * so a difference below 0 adds up as well. */
static void keep_meaning(struct wt_tally *base, const struct wt_tally *before, const struct wt_tally *after)
{
  base->frames += before->frames - after->frames;
  base->frames_high += before->frames_high - after->frames_high;
  base->octets += before->octets - after->octets;
  base->octets_high += before->octets_high - after->octets_high;
}

void wt_tap_set_mtu(struct wt_tap *tap, struct wt_tap_port *port, bool cooked, unsigned int mtu)
{
  struct wt_tap_port old = *port;

  port->mtu = mtu;
  tell_mtu(tap, port);
  for (__u32 direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_tally before, after;
    struct wt_tap_value sum;

    if (read_sum(tap, port, direction, &sum))
      continue;
    to_tally(&sum, &old, cooked, &before);
    to_tally(&sum, port, cooked, &after);
    keep_meaning(&port->base[direction], &before, &after);
  }
}
