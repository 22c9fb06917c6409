/* SPDX-License-Identifier: MIT */
/*
 * Which interface alone carried what the network namespace received, or sent: figures of the namespace are that one's.
 * Pure.
 */
#ifndef WT_CARRIER_H
#define WT_CARRIER_H

#include "wiretruth.h"

enum { WT_CARRIER_MOST = 32 }; /* links that are told apart; with more of them nothing is */

struct wt_carrier {
  struct wt_carrier_link {
    int ifindex;
    uint64_t first[WT_DIRECTIONS]; /* of its link counter */
    bool moved[WT_DIRECTIONS];
  } links[WT_CARRIER_MOST];
  size_t count; /* of all that there ever were: one that has gone did carry what it carried */
  bool blind;   /* there was one of which it is not known */
};

/* There is a link of which it cannot be known: nothing is told any more. */
void wt_carrier_lose(struct wt_carrier *carrier);

/* packets: by its link counter. from_start: it was there when all figures began, so only what comes now counts. */
void wt_carrier_note(struct wt_carrier *carrier, int ifindex, const uint64_t packets[WT_DIRECTIONS], bool from_start);

/* The ifindex of the one that carried everything; 0 if none or several did, or if that is not known. */
int wt_carrier_of(const struct wt_carrier *carrier, enum wt_direction direction);

#endif
