/* SPDX-License-Identifier: MIT */
/* The exact count: one eBPF socket filter and one map with counts by CPU, shared by every capture handle. */
#ifndef WT_TAP_H
#define WT_TAP_H

#include <stdbool.h>
#include <stddef.h>

#include "tally.h"
#include "tap_map.h"
#include "wiretruth.h"

struct wt_tap;

/* One interface at the tap. The caller fills all but place and base, which is the tap's, and keeps it while the
 * interface is there. */
struct wt_tap_port {
  int ifindex;
  unsigned int link_header; /* octets; 0 or that of Ethernet */
  unsigned int mtu;
  bool guesses;          /* the driver may guess the segment size of what its device has merged */
  size_t place;          /* in the map: wt_tap_add() chooses it where it is 0, and larger maps keep it */
  struct wt_tally *base; /* by direction, what was counted in an earlier, smaller map; NULL: nothing */
};

/*
 * Loads the program with room for so many interfaces. -EPERM without CAP_BPF, -EOPNOTSUPP where the kernel or this
 * build has no eBPF.
 */
int wt_tap_open(struct wt_tap **out, size_t interfaces, struct wt_error *error);
void wt_tap_close(struct wt_tap *tap);

/*
 * The same for copies of the frames of so many interfaces: an instance of its own, which counts for them by the
 * addresses that wt_tap_set_stations() tells.
 */
int wt_tap_open_mirror(struct wt_tap **out, size_t interfaces, struct wt_error *error);

enum { WT_TAP_ADDRESSES = 16 }; /* of an observed interface and those above it, on average at most */

struct wt_tap_station {
  int mirror, observed; /* ifindexes: where copies arrive, and whose address it is */
  unsigned char address[6];
  bool first; /* of its observed interface: it stands for it where a frame goes to a group */
};

/* Replaces the stations, before ones by those of now. -E2BIG when there are too many. */
int wt_tap_set_stations(const struct wt_tap *tap, const struct wt_tap_station *before, size_t before_count,
                        const struct wt_tap_station *now, size_t now_count);

/* Packets that came to the mirrors so far, whoever's they are. */
uint64_t wt_tap_copies(const struct wt_tap *tap);

/* Makes a packet socket count and keep nothing. cooked: its packets start with the network header (libpcap's any). */
int wt_tap_attach(const struct wt_tap *tap, int socket, bool cooked, struct wt_error *error);

/* Starts counting for an interface. -E2BIG when the map is full: a larger one is needed. */
int wt_tap_add(struct wt_tap *tap, struct wt_tap_port *port);
void wt_tap_remove(struct wt_tap *tap, struct wt_tap_port *port);

/* Before an interface moves to a larger map, and then what it had counted in the smaller one. -ENOMEM. */
int wt_tap_want_base(struct wt_tap_port *port);
void wt_tap_set_base(struct wt_tap_port *port, const struct wt_tally counted[WT_DIRECTIONS]);

/* Tells the program of a changed MTU: it decides which unmarked packets are too long to be frames. */
void wt_tap_set_mtu(struct wt_tap *tap, struct wt_tap_port *port, bool cooked, unsigned int mtu);

/* Whether its maps can be told something with the rights in effect: before Linux 5.19 that may take CAP_BPF. */
bool wt_tap_is_open(const struct wt_tap *tap);

/* How many interfaces have room in so many octets: each has counts of every CPU. */
size_t wt_tap_room_in(const struct wt_tap *tap, size_t octets);

/* How many interfaces the map has room for. */
size_t wt_tap_room(const struct wt_tap *tap);

/* Packets that were counted so far. As long as they are the same, so is all that wt_tap_read() says. */
uint64_t wt_tap_packets(const struct wt_tap *tap, const struct wt_tap_port *port, enum wt_direction direction);

/* What was counted so far, by direction; cooked as in wt_tap_attach(). -ENOENT of what was not added. */
int wt_tap_read(struct wt_tap *tap, const struct wt_tap_port *port, bool cooked, struct wt_tally tally[WT_DIRECTIONS]);

/* Whether the kernel has a ring for packets whose checksums are looked at: Linux 5.8. */
bool wt_tap_has_ring(const struct wt_tap *tap);

/* From now on keeps so many packets of an interface and direction, each with that probability (0 to 1). */
void wt_tap_draw(struct wt_tap *tap, const struct wt_tap_port *port, enum wt_direction direction, double probability,
                 unsigned int left);

/* Takes the kept packets out of the ring. */
void wt_tap_drain(struct wt_tap *tap, void (*take)(void *context, const struct wt_tap_sample *sample), void *context);

#endif
