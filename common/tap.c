/* SPDX-License-Identifier: MIT */
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bpf_load.h"
#include "error.h"
#include "tap.skel.h"
#include "tap_tally.h"

struct wt_tap {
  struct tap *skeleton;
  size_t room;
  bool *taken;                 /* places, from 1 to room */
  bool mirror;                 /* the instance that counts copies */
  size_t cpus;                 /* the highest number that one may have, and one more */
  struct wt_tap_value *counts; /* the map itself */
  struct ring_buffer *ring;    /* NULL where the kernel has none */
  void (*take)(void *context, const struct wt_tap_sample *sample);
  void *context;
};

static int take_sample(void *context, void *data, size_t size)
{
  const struct wt_tap *tap = context;
  const struct wt_tap_sample *sample = data;

  if (size >= sizeof(*sample) && sample->captured <= size - sizeof(*sample))
    tap->take(tap->context, sample);
  return 0;
}

static size_t count_places(const struct wt_tap *tap)
{
  return (tap->room + 1) * WT_DIRECTIONS;
}

static size_t counts_size(const struct wt_tap *tap)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE), size = count_places(tap) * tap->cpus * sizeof(struct wt_tap_value);

  return (size + page - 1) / page * page;
}

/* Every CPU that there may ever be has its counts, so that what one of them writes nobody else does. */
static int map_counts(struct wt_tap *tap)
{
  void *counts =
      mmap(NULL, counts_size(tap), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(tap->skeleton->maps.counts), 0);

  if (counts == MAP_FAILED)
    return -errno;
  tap->counts = counts;
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
  bpf_map__set_max_entries(skeleton->maps.places, (__u32)(tap->room * WT_DIRECTIONS));
  bpf_map__set_max_entries(skeleton->maps.counts, (__u32)(count_places(tap) * tap->cpus));
  bpf_map__set_max_entries(skeleton->maps.draws, (__u32)count_places(tap));
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
  tap->cpus = wt_bpf_cpus();
  tap->skeleton = tap__open();
  tap->taken = calloc(tap->room + 1, sizeof(*tap->taken));
  if (tap->skeleton && tap->taken) {
    choose_parts(tap);
    want_ring(tap);
    tap->skeleton->rodata->cpus = (__u32)tap->cpus;
    status = tap__load(tap->skeleton);
  }
  if (status == 0)
    status = map_counts(tap);
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
  if (tap->counts)
    munmap(tap->counts, counts_size(tap));
  tap__destroy(tap->skeleton);
  free(tap->taken);
  free(tap);
}

int wt_tap_attach(const struct wt_tap *tap, int socket, bool cooked, struct wt_error *error)
{
  const struct bpf_program *plain = cooked ? tap->skeleton->progs.tap_cooked : tap->skeleton->progs.tap_raw;

  return wt_bpf_attach(tap->mirror ? tap->skeleton->progs.tap_mirror : plain, socket, error);
}

bool wt_tap_is_open(const struct wt_tap *tap)
{
  const struct wt_tap_key nobody = {0};
  struct wt_tap_place place;

  return bpf_map_lookup_elem(bpf_map__fd(tap->skeleton->maps.places), &nobody, &place) != -EPERM;
}

size_t wt_tap_room_in(const struct wt_tap *tap, size_t octets)
{
  return octets / (tap->cpus * WT_DIRECTIONS * sizeof(struct wt_tap_value));
}

size_t wt_tap_room(const struct wt_tap *tap)
{
  return tap->room;
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

static __u32 place_of(const struct wt_tap_port *port, __u32 direction)
{
  return (__u32)port->place * WT_DIRECTIONS + direction;
}

/* One a CPU. */
static struct wt_tap_value *counts_of(const struct wt_tap *tap, const struct wt_tap_port *port, __u32 direction)
{
  return &tap->counts[place_of(port, direction) * tap->cpus];
}

/* Counts are elsewhere, so that nothing is lost when this is told anew. */
static int tell(const struct wt_tap *tap, const struct wt_tap_port *port)
{
  int status = 0;

  for (__u32 direction = 0; direction < WT_DIRECTIONS && status == 0; direction++) {
    const struct wt_tap_key key = {.ifindex = (__u32)port->ifindex, .direction = direction};
    const struct wt_tap_place place = {place_of(port, direction), port->link_header, port->mtu};

    status = bpf_map_update_elem(bpf_map__fd(tap->skeleton->maps.places), &key, &place, BPF_ANY);
  }
  return status;
}

/* The place is free again. */
static void leave(struct wt_tap *tap, struct wt_tap_port *port)
{
  for (__u32 direction = 0; direction < WT_DIRECTIONS; direction++) {
    const struct wt_tap_key key = {.ifindex = (__u32)port->ifindex, .direction = direction};

    bpf_map_delete_elem(bpf_map__fd(tap->skeleton->maps.places), &key);
    if (!tap->mirror)
      wt_tap_draw(tap, port, (enum wt_direction)direction, 0, 0);
  }
  if (port->place <= tap->room)
    tap->taken[port->place] = false;
}

int wt_tap_add(struct wt_tap *tap, struct wt_tap_port *port)
{
  size_t elsewhere = port->place;
  int status = take_place(tap, port);

  if (status)
    return status;
  for (__u32 direction = 0; direction < WT_DIRECTIONS; direction++)
    memset(counts_of(tap, port, direction), 0, tap->cpus * sizeof(*tap->counts));
  status = tell(tap, port);
  if (status) {
    leave(tap, port);
    port->place = elsewhere; /* in the map that it was to be moved from it has its place and counts as before */
  }
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
  leave(tap, port);
  port->place = 0;
  drop_base(port);
}

uint64_t wt_tap_packets(const struct wt_tap *tap, const struct wt_tap_port *port, enum wt_direction direction)
{
  const struct wt_tap_value *counts = counts_of(tap, port, direction);
  uint64_t packets = port->base ? port->base[direction].packets : 0;

  for (size_t cpu = 0; cpu < tap->cpus; cpu++)
    packets += __atomic_load_n(&counts[cpu].packets, __ATOMIC_ACQUIRE);
  return packets;
}

/* The program counts packets last, so they are read first: of each that is in the sum, all else is. */
static void read_sum(const struct wt_tap *tap, const struct wt_tap_port *port, enum wt_direction direction,
                     struct wt_tap_value *sum)
{
  const struct wt_tap_value *counts = counts_of(tap, port, direction);

  *sum = (struct wt_tap_value){0};
  for (size_t cpu = 0; cpu < tap->cpus; cpu++) {
    uint64_t packets = __atomic_load_n(&counts[cpu].packets, __ATOMIC_ACQUIRE);
    struct wt_tap_value one;

    if (packets == 0)
      continue;
    one = counts[cpu];
    one.packets = packets;
    wt_tap_add_cpu(sum, &one);
  }
}

int wt_tap_read(struct wt_tap *tap, const struct wt_tap_port *port, bool cooked, struct wt_tally tally[WT_DIRECTIONS])
{
  if (!port->place)
    return -ENOENT;
  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_tap_value sum;

    read_sum(tap, port, direction, &sum);
    wt_tap_tally(&sum, port, cooked, direction, &tally[direction]);
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
  /* Without that no more packets count as oversize: the figure stays a lower bound, and the map has room by design. */
  tell(tap, port);
  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_tally before, after;
    struct wt_tap_value sum;

    read_sum(tap, port, direction, &sum);
    wt_tap_tally(&sum, &old, cooked, direction, &before);
    wt_tap_tally(&sum, port, cooked, direction, &after);
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
  __u32 place = place_of(port, direction);

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
  int cpus = libbpf_num_possible_cpus();
  uint64_t *each = cpus > 0 ? calloc((size_t)cpus, sizeof(*each)) : NULL, sum = 0;
  __u32 first = 0;

  if (each && bpf_map_lookup_elem(bpf_map__fd(tap->skeleton->maps.copies), &first, each) == 0)
    for (int cpu = 0; cpu < cpus; cpu++)
      sum += each[cpu];
  free(each);
  return sum;
}
