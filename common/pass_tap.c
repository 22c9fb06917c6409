/* SPDX-License-Identifier: MIT */
#include "pass_tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>

#include "bpf_load.h"
#include "error.h"
#include "pass.skel.h"
#include "pass_sum.h"

enum {
  TWO_TAGS = 8,       /* octets; two tags in the frame are no sign of merging */
  MEMORY = 128 << 20, /* octets for the map of one point: each flow takes one value a processor */
};

struct wt_pass_tap {
  struct pass *skeleton;
  int cpus;
  struct wt_pass_value *values; /* one a CPU: what a look-up fills */
};

static __u32 room(int cpus)
{
  size_t flows = MEMORY / sizeof(struct wt_pass_value) / (size_t)cpus;

  return flows < WT_PASS_FLOWS ? (__u32)flows : WT_PASS_FLOWS;
}

int wt_pass_tap_open(struct wt_pass_tap **out, unsigned int link_header, unsigned int mtu, struct wt_error *error)
{
  struct wt_pass_tap *tap = calloc(1, sizeof(*tap));
  libbpf_print_fn_t previous;
  int status = -ENOMEM;

  *out = NULL;
  if (!tap)
    return wt_fail(error, status, "method exact: out of memory");
  previous = libbpf_set_print(wt_bpf_silent);
  tap->cpus = libbpf_num_possible_cpus();
  tap->skeleton = pass__open();
  tap->values = tap->cpus > 0 ? calloc((size_t)tap->cpus, sizeof(*tap->values)) : NULL;
  if (tap->skeleton && tap->values) {
    bpf_map__set_max_entries(tap->skeleton->maps.flows, room(tap->cpus));
    tap->skeleton->rodata->link_header = link_header;
    tap->skeleton->rodata->longest = mtu + link_header + TWO_TAGS;
    status = pass__load(tap->skeleton);
  }
  libbpf_set_print(previous);
  if (status) {
    wt_pass_tap_close(tap);
    return wt_bpf_refused(status, error);
  }
  *out = tap;
  return 0;
}

void wt_pass_tap_close(struct wt_pass_tap *tap)
{
  if (!tap)
    return;
  pass__destroy(tap->skeleton);
  free(tap->values);
  free(tap);
}

int wt_pass_tap_attach(const struct wt_pass_tap *tap, int socket, struct wt_error *error)
{
  return wt_bpf_attach(tap->skeleton->progs.pass, socket, error);
}

void wt_pass_tap_begin(struct wt_pass_tap *tap, uint64_t time)
{
  __atomic_store_n(&tap->skeleton->bss->begin, time, __ATOMIC_SEQ_CST);
}

void wt_pass_tap_end(struct wt_pass_tap *tap, uint64_t time)
{
  __atomic_store_n(&tap->skeleton->bss->end, time, __ATOMIC_SEQ_CST);
}

static int read_one(struct wt_pass_tap *tap, int map, const void *key, uint64_t end, struct wt_pass_value *sum)
{
  int status = bpf_map_lookup_elem(map, key, tap->values);

  *sum = (struct wt_pass_value){0};
  for (int cpu = 0; cpu < tap->cpus && status == 0; cpu++)
    wt_pass_sum(sum, &tap->values[cpu], end);
  return status;
}

static int read_rest(struct wt_pass_tap *tap, uint64_t end, wt_pass_visit *visit, void *context)
{
  int status = 0;

  for (__u32 direction = 0; direction < WT_DIRECTIONS && status == 0; direction++) {
    const struct wt_pass_key key = {.direction = (__u8)direction};
    struct wt_pass_value sum;

    status = read_one(tap, bpf_map__fd(tap->skeleton->maps.rest), &direction, end, &sum);
    if (status == 0 && sum.packets)
      status = visit(context, &key, &sum);
  }
  return status;
}

int wt_pass_tap_read(struct wt_pass_tap *tap, uint64_t end, wt_pass_visit *visit, wt_pass_visit *visit_rest,
                     void *context)
{
  int map = bpf_map__fd(tap->skeleton->maps.flows), status = 0;
  struct wt_pass_key key, next;
  const struct wt_pass_key *from = NULL;

  /* Nothing is ever deleted, so the walk never starts over; the bound is for a kernel that thinks otherwise. */
  for (int walked = 0; walked < WT_PASS_FLOWS && bpf_map_get_next_key(map, from, &next) == 0; walked++) {
    struct wt_pass_value sum;

    key = next;
    from = &key;
    status = read_one(tap, map, &key, end, &sum);
    if (status == 0 && sum.packets)
      status = visit(context, &key, &sum);
    if (status)
      return status;
  }
  return read_rest(tap, end, visit_rest, context);
}
