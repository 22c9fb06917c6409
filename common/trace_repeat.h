/* SPDX-License-Identifier: MIT */
/* Packets that a capture shows more than once: at two interfaces of a host, or copied twice by a switch. */
#ifndef WT_TRACE_REPEAT_H
#define WT_TRACE_REPEAT_H

#include "trace_view.h"

enum { WT_REPEATS = 4096 }; /* packets that are remembered at most */

struct wt_trace_repeats {
  struct wt_trace_seen {
    uint64_t hash, time;
    uint32_t point;
    bool there;
  } seen[WT_REPEATS];
};

/*
 * Whether the same IP packet was seen within the last second, whatever hops and checksums have become since. Only what
 * has an IPv4 identification is told from one like it that was sent later at the same point.
 */
bool wt_trace_repeats(struct wt_trace_repeats *repeats, uint32_t point, uint64_t time,
                      const struct wt_trace_view *view);

#endif
