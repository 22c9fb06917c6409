/* SPDX-License-Identifier: MIT */
/* One end of a comparison: what a person named, and an interface that is counted at. */
#ifndef WT_POINT_H
#define WT_POINT_H

#include "compare.h"
#include "pass_sum.h"
#include "pass_tap.h"

#define WT_NETNS_SIZE 256 /* NAME_MAX and an end */

struct wt_point_target {
  char netns[WT_NETNS_SIZE]; /* empty: this network namespace */
  char interface[IFNAMSIZ];  /* empty: only a file can be meant */
};

/* Reads "eth0", "netns:NAME/eth0" or a path. -EINVAL: it can be none of them; the sentence says what would be right. */
int wt_point_parse(const char *text, struct wt_point_target *target, struct wt_error *error);

struct wt_point;

/*
 * Opens an interface and makes ready to count. Nothing is counted before wt_point_begin(). -ENODEV: there is no such
 * interface; -ENOENT: no such namespace; -ENOTRECOVERABLE: the thread could not go back to its own namespace.
 */
int wt_point_open(struct wt_point **out, const struct wt_point_target *target, struct wt_error *error);
void wt_point_close(struct wt_point *point);

/* In nanoseconds of CLOCK_MONOTONIC. */
void wt_point_begin(struct wt_point *point, uint64_t time);
void wt_point_end(struct wt_point *point, uint64_t time);

/*
 * After the end. Stops observing, and gives out what was counted, as wt_pass_tap_read(). -ENETDOWN: the interface was
 * down or gone for a while, so what is missing here need not be lost.
 */
int wt_point_read(struct wt_point *point, wt_pass_visit *visit, wt_pass_visit *visit_rest, void *context);

/* For wt_pass_passage(); its begin is 0. */
struct wt_pass_point wt_point_terms(const struct wt_point *point);

#endif
