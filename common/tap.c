/* SPDX-License-Identifier: MIT */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "bpf_load.h"
#include "error.h"
#include "tap.skel.h"
#include "tap_tally.h"

struct wt_tap {
  struct tap *skeleton;
  size_t room;
  int cpus;
  struct wt_tap_value *values; /* one a CPU: what a look-up fills; off the stack, since a host may have thousands */
};

int wt_tap_open(struct wt_tap **out, size_t interfaces, struct wt_error *error)
{
  struct wt_tap *tap = calloc(1, sizeof(*tap));
  libbpf_print_fn_t previous;
  int status = -ENOMEM;

  *out = NULL;
  if (!tap)
    return wt_fail(error, status, "method exact: out of memory");
  previous = libbpf_set_print(wt_bpf_silent);
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
    return wt_bpf_refused(status, error);
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

  return wt_bpf_attach(program, socket, error);
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

static int read_sum(struct wt_tap *tap, const struct wt_tap_port *port, __u32 direction, struct wt_tap_value *sum)
{
  struct wt_tap_key key = {.ifindex = (__u32)port->ifindex, .direction = direction};
  int status = bpf_map_lookup_elem(bpf_map__fd(tap->skeleton->maps.counts), &key, tap->values);

  *sum = (struct wt_tap_value){0};
  for (int cpu = 0; cpu < tap->cpus && status == 0; cpu++)
    wt_tap_add_cpu(sum, &tap->values[cpu]);
  return status;
}

int wt_tap_read(struct wt_tap *tap, const struct wt_tap_port *port, bool cooked, struct wt_tally tally[WT_DIRECTIONS])
{
  for (__u32 direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_tap_value sum;
    int status = read_sum(tap, port, direction, &sum);

    if (status)
      return status;
    wt_tap_tally(&sum, port, cooked, (enum wt_direction)direction, &tally[direction]);
    wt_tally_add(&tally[direction], &port->base[direction]);
  }
  return 0;
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
    wt_tap_tally(&sum, &old, cooked, (enum wt_direction)direction, &before);
    wt_tap_tally(&sum, port, cooked, (enum wt_direction)direction, &after);
    wt_tap_keep_meaning(&port->base[direction], &before, &after);
  }
}
