/* SPDX-License-Identifier: MIT */
/*
 * TCP's own account: what the connections of a network namespace have sent and received since it was begun, added up
 * over readings of its sockets. Pure: no I/O, no clock.
 *
 * A connection that was there at the first reading counts from what it had by then; one that came later from 0; one
 * that ends between two readings with the last figures that the kernel told of it. A socket that was disconnected and
 * connected again is another connection, although the kernel's number of it is the same.
 */
#ifndef WT_ACCOUNT_H
#define WT_ACCOUNT_H

#include "socket.h"

/* Of one interface, or of all. A figure that a socket's kernel does not tell is WT_UNKNOWN from then on. */
struct wt_account_sum {
  uint64_t segments[WT_DIRECTIONS]; /* as sent and received, pure acknowledgements and what was sent again in */
  uint64_t delivered;               /* segments with data that a peer has acknowledged: these did leave */
  uint64_t acknowledged, received;  /* octets of payload, each once */
  uint64_t retransmitted;           /* segments */
  uint64_t retransmitted_octets;
};

/* One socket of a reading. */
struct wt_account_item {
  struct wt_socket socket;
  int interface; /* ifindex of the interface that its traffic passes by its addresses; 0 if that is not known */
};

struct wt_account;

/* NULL when memory ran out. */
struct wt_account *wt_account_new(void);
void wt_account_free(struct wt_account *account);

/*
 * Takes a reading, in any order, which it sorts in place. The first begins the account. age: seconds since then.
 * complete: the end of every connection since the reading before was heard of. -ENOMEM leaves the account as it was.
 */
int wt_account_take(struct wt_account *account, struct wt_account_item *items, size_t count, double age, bool complete);

/* All connections; and those of an interface, zeros if there was none. */
const struct wt_account_sum *wt_account_total(const struct wt_account *account);
const struct wt_account_sum *wt_account_of(const struct wt_account *account, int interface);

/* Connections at the last reading. */
size_t wt_account_connections(const struct wt_account *account);

#endif
