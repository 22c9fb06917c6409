/* SPDX-License-Identifier: MIT */
/*
 * What the checksums of sampled packets mean: an artefact of offloads or real corruption, with the kernel's own count
 * of checksum errors as witness. Pure: no I/O, and time comes in.
 */
#ifndef WT_CHECKSUM_WATCH_H
#define WT_CHECKSUM_WATCH_H

#include "wiretruth.h"

enum { WT_CHECKSUM_POINTS = 8 };

/* Of one interface. Zeroed: nothing was looked at yet. */
struct wt_checksum_watch {
  uint64_t errors; /* the kernel's, as read last */
  struct wt_checksum_point {
    double time;
    uint64_t errors;
  } points[WT_CHECKSUM_POINTS]; /* oldest first: the window begins with it */
  size_t count;
  struct wt_checksum_sampled *sampled; /* NULL until a packet was */
};

/*
 * Adds what was counted since the last call, by direction; NULL: nothing. errors: the kernel's InCsumErrors of the
 * network namespace, WT_UNKNOWN if they cannot be read; read after the packets were. time, horizon: seconds. Without
 * memory for them the first packets are left out.
 */
void wt_checksum_watch_add(struct wt_checksum_watch *watch, const struct wt_checksums *counted, uint64_t errors,
                           double time, double horizon);

/* All that were counted. */
struct wt_checksums wt_checksum_watch_totals(const struct wt_checksum_watch *watch, enum wt_direction direction);

void wt_checksum_watch_clear(struct wt_checksum_watch *watch);

/* What else is known of the direction. */
struct wt_checksum_context {
  enum wt_direction direction;
  enum wt_cause merging; /* why packets stand for several frames, as far as it is known */
  const char *unsampled; /* why nothing is sampled, as a sentence; empty if something is */
};

void wt_checksum_watch_find(const struct wt_checksum_watch *watch, const struct wt_checksum_context *context,
                            struct wt_checksum_finding *finding);

/* 95 % bounds (Clopper and Pearson) of a share of which so many of so many samples were. NAN without samples. */
void wt_checksum_bounds(uint64_t bad, uint64_t samples, double *low, double *high);

#endif
