/* SPDX-License-Identifier: MIT */
/* The instruments that count beside the tap and the link counter, of all interfaces: each is optional. */
#ifndef WT_READERS_H
#define WT_READERS_H

#include "mac.h"
#include "qdisc.h"
#include "queue.h"
#include "witness.h"

struct wt_readers;

/* What the instruments of one interface have counted. */
struct wt_counting {
  uint64_t qdisc_round; /* the reading of all disciplines that had this interface's, the last time */
  uint32_t qdisc_handle;
  char qdisc_kind[16];
  struct wt_witness_reading reading[WT_DIRECTIONS][WT_WITNESS_KINDS];
};

/* What is known of one interface's instruments. Zeroed: nothing was asked yet. */
struct wt_instruments {
  bool no_mac, no_queue;        /* they have nothing, and are not asked again */
  struct wt_counting *counting; /* NULL until one of them has counted: most of thousands have none */
};

/* Where one of them counts: what it has counted. NULL when memory ran out. */
struct wt_counting *wt_instruments_begin(struct wt_instruments *instruments);
void wt_instruments_clear(struct wt_instruments *instruments);

/* Where one is not there, or not any more: what it has counted before does not stand for a new reading. */
void wt_instruments_miss(struct wt_instruments *instruments, enum wt_witness_kind kind);

/* What they read last, by direction and kind: all zeros, and so not there, where none has counted. Without memory for
 * the first reading of all it is left out. */
void wt_instruments_get(const struct wt_instruments *instruments, enum wt_direction direction,
                        struct wt_witness_reading reading[WT_WITNESS_KINDS]);

/* Opens what this kernel has. NULL only when memory ran out. */
struct wt_readers *wt_readers_open(void);
void wt_readers_close(struct wt_readers *readers); /* NULL is allowed */

/* Whether MAC or queue have something to be asked for, as far as is known. */
bool wt_readers_ask(const struct wt_readers *readers, const struct wt_instruments *instruments);

/* Reads MAC and queue statistics of one interface; its discipline was read before, with those of all. */
void wt_readers_read(struct wt_readers *readers, int ifindex, const char *name, struct wt_instruments *instruments);

/*
 * Reads the queue disciplines of all interfaces: find() returns an interface's instruments, NULL if nobody asked. Where
 * the kernel told of no change since the last time it is known where those that count are, so that no more is read
 * than has them: nothing, if there are none. The kernel does not tell of disciplines that come and go with the state of
 * their link: changed has to be true where links changed, or others are observed.
 */
void wt_readers_read_qdiscs(struct wt_readers *readers, bool changed,
                            struct wt_instruments *(*find)(void *context, int ifindex), void *context);

#endif
