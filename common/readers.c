/* SPDX-License-Identifier: MIT */
#include "readers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "netlink.h"

enum {
  INTERRUPTED_TRIES = 3, /* a dump that something changed meanwhile is asked for again */
  WORTH = 150,           /* answers that it takes longer to read than to open a socket anew */
};

struct wt_readers {
  struct wt_macs *macs; /* NULL where the kernel has none; so are the others */
  struct wt_queues *queues;
  struct nl_sock *qdiscs;
  struct nl_sock *qdisc_changes; /* NULL: they are not heard of */
  uint64_t round;                /* of reading the disciplines */
  bool qdiscs_changed;
  size_t qdiscs_counting, qdiscs_there; /* of those that somebody asked about, and of all, when all were read last */
};

static int on_qdisc_change(struct nl_msg *message, void *context)
{
  struct wt_readers *readers = context;

  (void)message;
  readers->qdiscs_changed = true;
  return NL_OK;
}

struct wt_readers *wt_readers_open(void)
{
  struct wt_readers *readers = calloc(1, sizeof(*readers));
  struct wt_error error;

  if (!readers)
    return NULL;
  /* Whatever the reason is: a figure that is not there is none, and no error. */
  wt_macs_open(&readers->macs, &error);
  wt_queues_open(&readers->queues, &error);
  readers->qdiscs = wt_netlink_open(NETLINK_ROUTE, &error);
  readers->qdisc_changes =
      wt_netlink_listen(NETLINK_ROUTE, RTNLGRP_TC, on_qdisc_change, readers, "queue disciplines", &error);
  readers->qdiscs_changed = true; /* nothing was read yet */
  return readers;
}

void wt_readers_close(struct wt_readers *readers)
{
  if (!readers)
    return;
  wt_macs_close(readers->macs);
  wt_queues_close(readers->queues);
  nl_socket_free(readers->qdiscs);
  nl_socket_free(readers->qdisc_changes);
  free(readers);
}

/* ---- what was read ---------------------------------------------------------------------------------------------- */

void wt_instruments_clear(struct wt_instruments *instruments)
{
  free(instruments->counting);
  *instruments = (struct wt_instruments){0};
}

void wt_instruments_get(const struct wt_instruments *instruments, enum wt_direction direction,
                        struct wt_witness_reading reading[WT_WITNESS_KINDS])
{
  static const struct wt_witness_reading none[WT_WITNESS_KINDS];

  memcpy(reading, instruments->counting ? instruments->counting->reading[direction] : none, sizeof(none));
}

struct wt_counting *wt_instruments_begin(struct wt_instruments *instruments)
{
  if (!instruments->counting)
    instruments->counting = calloc(1, sizeof(*instruments->counting));
  return instruments->counting;
}

void wt_instruments_miss(struct wt_instruments *instruments, enum wt_witness_kind kind)
{
  for (int direction = 0; direction < WT_DIRECTIONS && instruments->counting; direction++)
    instruments->counting->reading[direction][kind].there = false;
}

/* ---- MAC and queues -------------------------------------------------------------------------------------------- */

static void read_mac(struct wt_readers *readers, int ifindex, const char *name, struct wt_instruments *instruments)
{
  uint64_t frames[WT_DIRECTIONS];
  struct wt_counting *counting;
  int status;

  if (!readers->macs || instruments->no_mac)
    return;
  status = wt_mac_read(readers->macs, ifindex, name, frames);
  instruments->no_mac = status == -EOPNOTSUPP;
  counting = status ? NULL : wt_instruments_begin(instruments);
  if (!counting) {
    wt_instruments_miss(instruments, WT_BY_MAC);
    return;
  }
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    wt_witness_read(&counting->reading[direction][WT_BY_MAC], frames[direction], WT_UNKNOWN);
}

static void read_queue(struct wt_readers *readers, int ifindex, struct wt_instruments *instruments)
{
  struct wt_queue_counter counter[WT_DIRECTIONS];
  struct wt_counting *counting;
  int status;

  if (!readers->queues || instruments->no_queue)
    return;
  status = wt_queue_read(readers->queues, ifindex, counter);
  instruments->no_queue = status == -EOPNOTSUPP;
  counting = status ? NULL : wt_instruments_begin(instruments);
  if (!counting) {
    wt_instruments_miss(instruments, WT_BY_QUEUE);
    return;
  }
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    uint64_t frames, octets;

    wt_queue_wire(&counter[direction], &frames, &octets);
    wt_witness_read(&counting->reading[direction][WT_BY_QUEUE], frames, octets);
  }
}

bool wt_readers_ask(const struct wt_readers *readers, const struct wt_instruments *instruments)
{
  return (readers->macs && !instruments->no_mac) || (readers->queues && !instruments->no_queue);
}

void wt_readers_read(struct wt_readers *readers, int ifindex, const char *name, struct wt_instruments *instruments)
{
  read_mac(readers, ifindex, name, instruments);
  read_queue(readers, ifindex, instruments);
  if (instruments->counting)
    instruments->counting->reading[WT_TX][WT_BY_QDISC].there = instruments->counting->qdisc_round == readers->round;
}

/* ---- queue disciplines ------------------------------------------------------------------------------------------ */

struct taking {
  uint64_t round;
  struct wt_instruments *(*find)(void *context, int ifindex);
  void *context;
  size_t counting, there;             /* so far */
  size_t known_counting, known_there; /* nobody has to look behind the last of the counting ones */
  bool stopped;
};

static void take_counter(const struct taking *taking, struct wt_counting *counting,
                         const struct wt_qdisc_counter *counter)
{
  struct wt_witness_reading *reading = &counting->reading[WT_TX][WT_BY_QDISC];

  /* One that was not there the last time, or is another one now, has begun at 0. */
  if (counter->handle != counting->qdisc_handle || strcmp(counter->kind, counting->qdisc_kind) != 0 ||
      counting->qdisc_round + 1 < taking->round)
    reading->epoch++;
  counting->qdisc_handle = counter->handle;
  counting->qdisc_round = taking->round;
  memcpy(counting->qdisc_kind, counter->kind, sizeof(counting->qdisc_kind));
  wt_witness_read(reading, counter->packets, counter->octets);
}

static bool take_qdisc(void *context, int ifindex, const struct wt_qdisc_counter *counter)
{
  struct taking *taking = context;
  struct wt_instruments *instruments = counter ? taking->find(taking->context, ifindex) : NULL;
  struct wt_counting *counting;

  taking->there++;
  if (!instruments)
    return true;
  taking->counting++;
  counting = wt_instruments_begin(instruments);
  if (counting)
    take_counter(taking, counting, counter);
  taking->stopped = taking->counting == taking->known_counting && taking->there + WORTH < taking->known_there;
  return !taking->stopped;
}

/* Reading nothing leaves what was not there the last time as it is: not there. */
static bool has_nothing_new(struct wt_readers *readers, bool changed)
{
  if (!readers->qdisc_changes || !wt_netlink_hear(readers->qdisc_changes))
    readers->qdiscs_changed = true;
  readers->qdiscs_changed |= changed;
  return !readers->qdiscs_changed;
}

/* What was not read to its end would be in the way of the next request. */
static void open_anew(struct wt_readers *readers)
{
  struct wt_error error;

  nl_socket_free(readers->qdiscs);
  readers->qdiscs = wt_netlink_open(NETLINK_ROUTE, &error);
}

void wt_readers_read_qdiscs(struct wt_readers *readers, bool changed,
                            struct wt_instruments *(*find)(void *context, int ifindex), void *context)
{
  bool known = has_nothing_new(readers, changed);
  struct taking taking = {.find = find, .context = context};
  int status = -EINTR;

  if (known && readers->qdiscs_counting == 0)
    return;
  readers->round++; /* also where nothing can be read: what was read before is not there any more */
  if (!readers->qdiscs)
    open_anew(readers);
  if (!readers->qdiscs)
    return;
  for (int tries = 0; status == -EINTR && tries < INTERRUPTED_TRIES; tries++) {
    taking = (struct taking){.round = readers->round, .find = find, .context = context};
    if (known) {
      taking.known_counting = readers->qdiscs_counting;
      taking.known_there = readers->qdiscs_there;
    }
    status = wt_qdiscs_read(readers->qdiscs, take_qdisc, &taking);
  }
  if (taking.stopped) {
    open_anew(readers);
    return;
  }
  readers->qdiscs_changed = status != 0;
  readers->qdiscs_counting = taking.counting;
  readers->qdiscs_there = taking.there;
}
