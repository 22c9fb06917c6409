/* SPDX-License-Identifier: MIT */
/* Stands in for tap.c where clang, bpftool or libbpf was missing at build time. */
#include <errno.h>

#include "error.h"
#include "tap.h"

int wt_tap_open(struct wt_tap **out, size_t interfaces, struct wt_error *error)
{
  (void)interfaces;
  *out = NULL;
  return wt_fail(error, -EOPNOTSUPP, "method exact is not in this build: clang, bpftool or libbpf was missing");
}

bool wt_tap_is_open(const struct wt_tap *tap)
{
  (void)tap;
  return true;
}

size_t wt_tap_room_in(const struct wt_tap *tap, size_t octets)
{
  (void)tap;
  (void)octets;
  return 0;
}

int wt_tap_open_mirror(struct wt_tap **out, size_t interfaces, struct wt_error *error)
{
  return wt_tap_open(out, interfaces, error);
}

int wt_tap_set_stations(const struct wt_tap *tap, const struct wt_tap_station *before, size_t before_count,
                        const struct wt_tap_station *now, size_t now_count)
{
  (void)tap, (void)before, (void)before_count, (void)now, (void)now_count;
  return -EOPNOTSUPP;
}

uint64_t wt_tap_copies(const struct wt_tap *tap)
{
  (void)tap;
  return 0;
}

void wt_tap_close(struct wt_tap *tap)
{
  (void)tap;
}

int wt_tap_attach(const struct wt_tap *tap, int socket, bool cooked, struct wt_error *error)
{
  (void)tap, (void)socket, (void)cooked;
  return wt_fail(error, -EOPNOTSUPP, "method exact is not in this build");
}

int wt_tap_add(struct wt_tap *tap, struct wt_tap_port *port)
{
  (void)tap, (void)port;
  return -EOPNOTSUPP;
}

void wt_tap_remove(struct wt_tap *tap, struct wt_tap_port *port)
{
  (void)tap, (void)port;
}

int wt_tap_want_base(struct wt_tap_port *port)
{
  (void)port;
  return 0;
}

void wt_tap_set_base(struct wt_tap_port *port, const struct wt_tally counted[WT_DIRECTIONS])
{
  (void)port, (void)counted;
}

void wt_tap_set_mtu(struct wt_tap *tap, struct wt_tap_port *port, bool cooked, unsigned int mtu)
{
  (void)tap, (void)port, (void)cooked, (void)mtu;
}

size_t wt_tap_room(const struct wt_tap *tap)
{
  (void)tap;
  return 0;
}

uint64_t wt_tap_packets(const struct wt_tap *tap, const struct wt_tap_port *port, enum wt_direction direction)
{
  (void)tap, (void)port, (void)direction;
  return 0;
}

int wt_tap_read(struct wt_tap *tap, const struct wt_tap_port *port, bool cooked, struct wt_tally tally[WT_DIRECTIONS])
{
  (void)tap, (void)port, (void)cooked, (void)tally;
  return -EOPNOTSUPP;
}

bool wt_tap_has_ring(const struct wt_tap *tap)
{
  (void)tap;
  return false;
}

void wt_tap_draw(struct wt_tap *tap, const struct wt_tap_port *port, enum wt_direction direction, double probability,
                 unsigned int left)
{
  (void)tap, (void)port, (void)direction, (void)probability, (void)left;
}

void wt_tap_drain(struct wt_tap *tap, void (*take)(void *context, const struct wt_tap_sample *sample), void *context)
{
  (void)tap, (void)take, (void)context;
}
