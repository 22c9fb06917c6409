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
  bool *taken; /* places, from 1 to room */
  bool mirror; /* the instance that counts copies */
  int cpus;
  struct ring_buffer *ring; /* NULL where the kernel has none */
  void (*take)(void *context, const struct wt_tap_sample *sample);
  void *context;
  struct wt_tap_value *values; /* one a CPU: what a look-up fills; off the stack, since a host may have thousands */
};

static int take_sample(void *context, void *data, size_t size)
{
  const struct wt_tap *tap = context;
  const struct wt_tap_sample *sample = data;

  if (size >= sizeof(*sample) && sample->captured <= size - sizeof(*sample))
    tap->take(tap->context, sample);
  return 0;
}

/* Without the ring all else is as before. */
static void want_ring(struct wt_tap *tap)
{
  bool has_ring = !tap->mirror && libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 1;

  tap->skeleton->rodata->has_ring = has_ring;
  bpf_map__set_autocreate(tap->skeleton->maps.samples, has_ring);
}

static void open_ring(struct wt_tap *tap)
{
  if (tap->skeleton->rodata->has_ring)
    tap->ring = ring_buffer__new(bpf_map__fd(tap->skeleton->maps.samples), take_sample, tap, NULL);
}

/* Each instance has the programs and maps that it uses, and no others: each costs loading time and memory. */
static void choose_parts(struct wt_tap *tap)
{
  struct tap *skeleton = tap->skeleton;

  bpf_program__set_autoload(skeleton->progs.tap_mirror, tap->mirror);
  bpf_program__set_autoload(skeleton->progs.tap_raw, !tap->mirror);
  bpf_program__set_autoload(skeleton->progs.tap_cooked, !tap->mirror);
  bpf_map__set_autocreate(skeleton->maps.stations, tap->mirror);
  bpf_map__set_autocreate(skeleton->maps.listeners, tap->mirror);
  bpf_map__set_autocreate(skeleton->maps.copies, tap->mirror);
  bpf_map__set_autocreate(skeleton->maps.draws, !tap->mirror);
  bpf_map__set_max_entries(skeleton->maps.counts, (__u32)(tap->room * WT_DIRECTIONS));
  bpf_map__set_max_entries(skeleton->maps.mtus, (__u32)tap->room);
  bpf_map__set_max_entries(skeleton->maps.draws, (__u32)((tap->room + 1) * WT_DIRECTIONS));
  bpf_map__set_max_entries(skeleton->maps.stations, (__u32)(tap->room * WT_TAP_ADDRESSES * 2));
  bpf_map__set_max_entries(skeleton->maps.listeners, (__u32)(tap->room * 2));
}

static int open_instance(struct wt_tap **out, size_t interfaces, bool mirror, struct wt_error *error)
{
  struct wt_tap *tap = calloc(1, sizeof(*tap));
  libbpf_print_fn_t previous;
  int status = -ENOMEM;

  *out = NULL;
  if (!tap)
    return wt_fail(error, status, "method exact: out of memory");
  previous = libbpf_set_print(wt_bpf_silent);
  tap->mirror = mirror;
  tap->room = interfaces < 32 ? 32 : interfaces;
  tap->cpus = libbpf_num_possible_cpus();
  tap->skeleton = tap__open();
  tap->values = tap->cpus > 0 ? calloc((size_t)tap->cpus, sizeof(*tap->values)) : NULL;
  tap->taken = calloc(tap->room + 1, sizeof(*tap->taken));
  if (tap->skeleton && tap->values && tap->taken) {
    choose_parts(tap);
    want_ring(tap);
    status = tap__load(tap->skeleton);
  }
  if (status == 0)
    open_ring(tap);
  libbpf_set_print(previous);
  if (status) {
    wt_tap_close(tap);
    return wt_bpf_refused(status, error);
  }
  *out = tap;
  return 0;
}

int wt_tap_open(struct wt_tap **out, size_t interfaces, struct wt_error *error)
{
  return open_instance(out, interfaces, false, error);
}

int wt_tap_open_mirror(struct wt_tap **out, size_t interfaces, struct wt_error *error)
{
  return open_instance(out, interfaces, true, error);
}

void wt_tap_close(struct wt_tap *tap)
{
  if (!tap)
    return;
  ring_buffer__free(tap->ring);
  tap__destroy(tap->skeleton);
  free(tap->values);
  free(tap->taken);
  free(tap);
}

int wt_tap_attach(const struct wt_tap *tap, int socket, bool cooked, struct wt_error *error)
{
  const struct bpf_program *plain = cooked ? tap->skeleton->progs.tap_cooked : tap->skeleton->progs.tap_raw;

  return wt_bpf_attach(tap->mirror ? tap->skeleton->progs.tap_mirror : plain, socket, error);
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

static int take_place(struct wt_tap *tap, struct wt_tap_port *port)
{
  size_t place = port->place ? port->place : 1;

  while (place <= tap->room && tap->taken[place])
    place++;
  if (place > tap->room)
    return -E2BIG;
  tap->taken[place] = true;
  port->place = place;
  return 0;
}

static __u32 draw_place(const struct wt_tap_port *port, __u32 direction)
{
  return (__u32)port->place * WT_DIRECTIONS + direction;
}

int wt_tap_add(struct wt_tap *tap, struct wt_tap_port *port)
{
  int status = take_place(tap, port);

  if (status)
    return status;
  for (__u32 direction = 0; direction < WT_DIRECTIONS && status == 0; direction++) {
    struct wt_tap_key key = {.ifindex = (__u32)port->ifindex, .direction = direction};

    for (int cpu = 0; cpu < tap->cpus; cpu++)
      tap->values[cpu] = (struct wt_tap_value){.link_header = port->link_header, .place = draw_place(port, direction)};
    status = bpf_map_update_elem(bpf_map__fd(tap->skeleton->maps.counts), &key, tap->values, BPF_ANY);
  }
  if (status == 0)
    tell_mtu(tap, port);
  else
    wt_tap_remove(tap, port);
  return status;
}

int wt_tap_want_base(struct wt_tap_port *port)
{
  if (!port->base)
    port->base = calloc(WT_DIRECTIONS, sizeof(*port->base));
  return port->base ? 0 : -ENOMEM;
}

static void drop_base(struct wt_tap_port *port)
{
  free(port->base);
  port->base = NULL;
}

void wt_tap_set_base(struct wt_tap_port *port, const struct wt_tally counted[WT_DIRECTIONS])
{
  memcpy(port->base, counted, WT_DIRECTIONS * sizeof(*port->base));
  if (!counted[WT_RX].packets && !counted[WT_TX].packets)
    drop_base(port);
}

void wt_tap_remove(struct wt_tap *tap, struct wt_tap_port *port)
{
  __u32 ifindex = (__u32)port->ifindex;

  for (__u32 direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_tap_key key = {.ifindex = ifindex, .direction = direction};

    bpf_map_delete_elem(bpf_map__fd(tap->skeleton->maps.counts), &key);
    if (!tap->mirror)
      wt_tap_draw(tap, port, (enum wt_direction)direction, 0, 0);
  }
  if (port->place <= tap->room)
    tap->taken[port->place] = false;
  bpf_map_delete_elem(bpf_map__fd(tap->skeleton->maps.mtus), &ifindex);
  drop_base(port);
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
    if (port->base)
      wt_tally_add(&tally[direction], &port->base[direction]);
  }
  return 0;
}

void wt_tap_set_mtu(struct wt_tap *tap, struct wt_tap_port *port, bool cooked, unsigned int mtu)
{
  struct wt_tap_port old = *port;

  /* Without memory it goes on by the old one, which is what it has counted by. */
  if (wt_tap_want_base(port))
    return;
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

/* ---- packets whose checksums are looked at ---------------------------------------------------------------------- */

bool wt_tap_has_ring(const struct wt_tap *tap)
{
  return tap->ring != NULL;
}

static __u32 threshold(double probability)
{
  return probability >= 1 ? UINT32_MAX : (__u32)(probability * UINT32_MAX);
}

void wt_tap_draw(struct wt_tap *tap, const struct wt_tap_port *port, enum wt_direction direction, double probability,
                 unsigned int left)
{
  struct wt_tap_draw draw = {.threshold = threshold(probability), .left = left};
  __u32 place = draw_place(port, direction);

  bpf_map_update_elem(bpf_map__fd(tap->skeleton->maps.draws), &place, &draw, BPF_ANY);
}

void wt_tap_drain(struct wt_tap *tap, void (*take)(void *context, const struct wt_tap_sample *sample), void *context)
{
  tap->take = take;
  tap->context = context;
  ring_buffer__consume(tap->ring);
}

/* ---- mirror --------------------------------------------------------------------------------------------------- */

static struct wt_station station_key(const struct wt_tap_station *station)
{
  struct wt_station key = {.ifindex = (__u32)station->mirror};

  memcpy(key.address, station->address, sizeof(key.address));
  return key;
}

/* The next place among the listeners of a mirror, by those before it in the list. */
static struct wt_listener listener_key(const struct wt_tap_station *stations, size_t index)
{
  struct wt_listener key = {.ifindex = (__u32)stations[index].mirror};

  for (size_t i = 0; i < index; i++)
    key.place += stations[i].first && stations[i].mirror == stations[index].mirror;
  return key;
}

static int add_stations(const struct wt_tap *tap, const struct wt_tap_station *stations, size_t count)
{
  int status = 0;

  for (size_t i = 0; i < count && status == 0; i++) {
    struct wt_station key = station_key(&stations[i]);
    struct wt_listener listener = listener_key(stations, i);
    __u32 observed = (__u32)stations[i].observed;

    status = bpf_map_update_elem(bpf_map__fd(tap->skeleton->maps.stations), &key, &observed, BPF_ANY);
    if (status == 0 && stations[i].first)
      status = bpf_map_update_elem(bpf_map__fd(tap->skeleton->maps.listeners), &listener, &observed, BPF_ANY);
  }
  return status;
}

static bool has_station(const struct wt_tap_station *stations, size_t count, const struct wt_station *key)
{
  for (size_t i = 0; i < count; i++) {
    struct wt_station other = station_key(&stations[i]);

    if (memcmp(&other, key, sizeof(other)) == 0)
      return true;
  }
  return false;
}

static bool has_listener(const struct wt_tap_station *stations, size_t count, const struct wt_listener *key)
{
  for (size_t i = 0; i < count; i++) {
    struct wt_listener other = listener_key(stations, i);

    if (stations[i].first && other.ifindex == key->ifindex && other.place == key->place)
      return true;
  }
  return false;
}

/* First what there is now, then what is no more: one that stays is there all the time. */
int wt_tap_set_stations(const struct wt_tap *tap, const struct wt_tap_station *before, size_t before_count,
                        const struct wt_tap_station *now, size_t now_count)
{
  int status = add_stations(tap, now, now_count);

  for (size_t i = 0; i < before_count; i++) {
    struct wt_station key = station_key(&before[i]);
    struct wt_listener listener = listener_key(before, i);

    if (!has_station(now, now_count, &key))
      bpf_map_delete_elem(bpf_map__fd(tap->skeleton->maps.stations), &key);
    if (before[i].first && !has_listener(now, now_count, &listener))
      bpf_map_delete_elem(bpf_map__fd(tap->skeleton->maps.listeners), &listener);
  }
  return status;
}

uint64_t wt_tap_copies(const struct wt_tap *tap)
{
  uint64_t *each = calloc((size_t)tap->cpus, sizeof(*each)), sum = 0;
  __u32 first = 0;

  if (each && bpf_map_lookup_elem(bpf_map__fd(tap->skeleton->maps.copies), &first, each) == 0)
    for (int cpu = 0; cpu < tap->cpus; cpu++)
      sum += each[cpu];
  free(each);
  return sum;
}
