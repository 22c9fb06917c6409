/* SPDX-License-Identifier: MIT */
/*
 * Polls the core in a thread of its own, one poll at a time. Whoever asks for a poll goes on meanwhile, and leaves the
 * core alone until it has taken what the poll came to.
 */
#ifndef WT_SNMP_POLLER_H
#define WT_SNMP_POLLER_H

#include <stdbool.h>

#include "wiretruth.h"

struct poller;

/* What a poll came to. */
struct poll {
  int status; /* wt_poll()'s, or -ENOMEM */
  struct wt_error error;
  double time, elapsed;     /* of the monotonic clock, of the clock of ages: when it had ended */
  struct wt_report *report; /* a copy, for wt_report_free(); NULL on error */
};

/* Polls in the calling thread. */
struct poll poll_here(struct wt *wt);

/* NULL when there is no memory or descriptor. No thread is started yet: it would not be there after a fork. */
struct poller *poller_open(void);

/* Waits for a poll that is under way (the kernel's calls cannot be interrupted), and ends the thread. NULL is allowed.
 */
void poller_close(struct poller *poller);

/* Becomes readable when a poll is done. */
int poller_fd(const struct poller *poller);

/* Begins a poll, if none is under way. 0, or -EAGAIN when no thread could be started. */
int poller_ask(struct poller *poller, struct wt *wt);

/* From poller_ask() to poller_take(). */
bool poller_is_busy(const struct poller *poller);

/* Waits for a poll that is under way, at most so many milliseconds and until a signal. Whether it is done. */
bool poller_await(const struct poller *poller, int milliseconds);

/* What the poll came to, once it is done: waits for that. To be called while it is busy. */
struct poll poller_take(struct poller *poller);

#endif
