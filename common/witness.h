/* SPDX-License-Identifier: MIT */
/*
 * Instruments beside the tap that count frames: how far they can be believed, and what follows. Pure.
 *
 * Two of them see what the tap cannot and are the better source, where they count what the tap counts: a port's MAC may
 * count other functions' traffic too, and a driver may fill its queue statistics in its own way. So they are believed
 * after they were compared, and never before. A queue discipline is the best there is on transmit without a tap.
 */
#ifndef WT_WITNESS_H
#define WT_WITNESS_H

#include "wiretruth.h"

enum wt_witness_kind { WT_BY_MAC, WT_BY_QUEUE, WT_BY_QDISC, WT_BY_MIRROR, WT_WITNESS_KINDS };

/* A reading. Cumulative within an epoch, which begins anew when the instrument is replaced or reset. */
struct wt_witness_reading {
  bool there;              /* the instrument exists, whatever it can tell */
  uint32_t epoch;          /* only readings of the same one have a difference */
  uint64_t frames, octets; /* WT_UNKNOWN for what it does not count */
};

/* From one reading to a later one; NAN for what is not known. */
struct wt_witness_window {
  double frames, octets;
  double late; /* frames that it may not have counted yet at the end */
};

enum wt_trust {
  WT_UNTRIED = 0,    /* not compared with enough frames yet */
  WT_CONSISTENT = 1, /* counts what it was compared with */
  WT_CONTRARY = 2    /* does not, beyond tolerance, bounds and lag */
};

struct wt_window;
struct wt_limits;

enum wt_source wt_witness_source(enum wt_witness_kind kind);

/* WT_WITNESS_KINDS for a source that is none. */
enum wt_witness_kind wt_witness_of(enum wt_source source);

/* Takes a reading over: a new epoch begins when the last one was higher. */
void wt_witness_read(struct wt_witness_reading *reading, uint64_t frames, uint64_t octets);

/* late_from: the last reading that a lag cannot reach, NULL if there is none. */
void wt_witness_between(const struct wt_witness_reading *from, const struct wt_witness_reading *to,
                        const struct wt_witness_reading *late_from, struct wt_witness_window *window);

/* What comparing with the tap says, or without one with the queue statistics. */
enum wt_trust wt_witness_trust(const struct wt_window *window, enum wt_witness_kind kind,
                               const struct wt_limits *limits);

/*
 * The best source of the window's frames. exact: the tap counts every packet.
 */
enum wt_source wt_witness_best(const struct wt_window *window, const enum wt_trust trust[WT_WITNESS_KINDS], bool exact);

/* Octets that go with its frames: its own, or those of the queues beside a MAC where nothing was tapped; NAN if it has
 * none. */
double wt_witness_octets(const struct wt_window *window, enum wt_witness_kind kind);

/* Takes the frames of the window from a witness. */
void wt_witness_use(struct wt_window *window, enum wt_witness_kind kind);

/* Says which witness contradicts what it was compared with; empty if none does. */
void wt_witness_disagreement(const struct wt_window *window, const enum wt_trust trust[WT_WITNESS_KINDS], char *text,
                             size_t size);

/* The same of a mirror of that name, which contradicts: what it lost, or has too many. */
void wt_witness_mirror_disagreement(const struct wt_window *window, const char *name, char *text, size_t size);

#endif
