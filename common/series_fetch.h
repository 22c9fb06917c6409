/* SPDX-License-Identifier: MIT */
/*
 * One transfer over HTTP at a time, driven by polls and never waited for: what there is to do without waiting is done,
 * and the rest at the next poll.
 *
 * No redirect is followed, no proxy is used, nothing but http and https is spoken, and a server's certificate is
 * checked against the authorities that the system trusts, or those of a file.
 */
#ifndef WT_SERIES_FETCH_H
#define WT_SERIES_FETCH_H

#include "wiretruth.h"

struct wt_fetch;

/* What there is of an answer. code: its HTTP status. Anything but 0 ends the transfer with that error. */
struct wt_fetch_sink {
  int (*take)(void *context, long code, const char *data, size_t length, struct wt_error *error);
  void *context;
};

struct wt_fetch_result {
  long code;             /* HTTP status */
  double started, ended; /* monotonic: between them the request was sent and the answer was read */
  double date;     /* Unix time by the server's clock, in whole seconds, when it answered; NAN if it did not say */
  bool same_clock; /* the peer is this host: its clock is ours */
};

/* socket: the name of a Unix socket, or NULL. authorities: a file of certificates in PEM, or NULL. */
int wt_fetch_open(struct wt_fetch **out, const char *socket, const char *authorities, const struct wt_fetch_sink *sink,
                  struct wt_error *error);
void wt_fetch_close(struct wt_fetch *fetch);

/* Begins a transfer; none must be under way. time: monotonic. */
int wt_fetch_start(struct wt_fetch *fetch, const char *url, double time, struct wt_error *error);
bool wt_fetch_is_running(const struct wt_fetch *fetch);

/*
 * Does what can be done now. 0: it is complete, *result tells of it; -EAGAIN: it goes on; others: it failed, with a
 * text that names the reason. A transfer that is not complete after the time-out, and four calls at the least, has
 * failed: polls may be far apart.
 */
int wt_fetch_drive(struct wt_fetch *fetch, double time, double timeout, struct wt_fetch_result *result,
                   struct wt_error *error);

#endif
