/* SPDX-License-Identifier: MIT */
#include "readers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netlink.h"

enum { INTERRUPTED_TRIES = 3 }; /* a dump that something changed meanwhile is asked for again */

struct wt_readers {
  struct wt_macs *macs; /* NULL where the kernel has none; so are the others */
  struct wt_queues *queues;
  struct nl_sock *qdiscs;
  uint64_t round; /* of reading the disciplines */
};

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
  return readers;
}

void wt_readers_close(struct wt_readers *readers)
{
  if (!readers)
    return;
  wt_macs_close(readers->macs);
  wt_queues_close(readers->queues);
  nl_socket_free(readers->qdiscs);
  free(readers);
}

/* ---- MAC and queues -------------------------------------------------------------------------------------------- */

static void miss(struct wt_instruments *instruments, enum wt_witness_kind kind)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    instruments->reading[direction][kind].there = false;
}

static void read_mac(struct wt_readers *readers, int ifindex, const char *name, struct wt_instruments *instruments)
{
  uint64_t frames[WT_DIRECTIONS];
  int status;

  if (!readers->macs || instruments->no_mac)
    return;
  status = wt_mac_read(readers->macs, ifindex, name, frames);
  instruments->no_mac = status == -EOPNOTSUPP;
  if (status) {
    miss(instruments, WT_BY_MAC);
    return;
  }
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    wt_witness_read(&instruments->reading[direction][WT_BY_MAC], frames[direction], WT_UNKNOWN);
}

static void read_queue(struct wt_readers *readers, int ifindex, struct wt_instruments *instruments)
{
  struct wt_queue_counter counter[WT_DIRECTIONS];
  int status;

  if (!readers->queues || instruments->no_queue)
    return;
  status = wt_queue_read(readers->queues, ifindex, counter);
  instruments->no_queue = status == -EOPNOTSUPP;
  if (status) {
    miss(instruments, WT_BY_QUEUE);
    return;
  }
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    uint64_t frames, octets;

    wt_queue_wire(&counter[direction], &frames, &octets);
    wt_witness_read(&instruments->reading[direction][WT_BY_QUEUE], frames, octets);
  }
}

void wt_readers_read(struct wt_readers *readers, int ifindex, const char *name, struct wt_instruments *instruments)
{
  read_mac(readers, ifindex, name, instruments);
  read_queue(readers, ifindex, instruments);
  instruments->reading[WT_TX][WT_BY_QDISC].there = instruments->qdisc_round == readers->round;
}

/* ---- queue disciplines ------------------------------------------------------------------------------------------ */

struct taking {
  uint64_t round;
  struct wt_instruments *(*find)(void *context, int ifindex);
  void *context;
};

static void take_qdisc(void *context, int ifindex, const struct wt_qdisc_counter *counter)
{
  struct taking *taking = context;
  struct wt_instruments *instruments = taking->find(taking->context, ifindex);
  struct wt_witness_reading *reading;

  if (!instruments)
    return;
  reading = &instruments->reading[WT_TX][WT_BY_QDISC];
  /* One that was not there the last time, or is another one now, has begun at 0. */
  if (counter->handle != instruments->qdisc_handle || strcmp(counter->kind, instruments->qdisc_kind) != 0 ||
      instruments->qdisc_round + 1 < taking->round)
    reading->epoch++;
  instruments->qdisc_handle = counter->handle;
  instruments->qdisc_round = taking->round;
  memcpy(instruments->qdisc_kind, counter->kind, sizeof(instruments->qdisc_kind));
  wt_witness_read(reading, counter->packets, counter->octets);
}

void wt_readers_read_qdiscs(struct wt_readers *readers, struct wt_instruments *(*find)(void *context, int ifindex),
                            void *context)
{
  struct taking taking = {++readers->round, find, context};
  int status = -EINTR;

  if (!readers->qdiscs)
    return;
  for (int tries = 0; status == -EINTR && tries < INTERRUPTED_TRIES; tries++)
    status = wt_qdiscs_read(readers->qdiscs, take_qdisc, &taking);
}
