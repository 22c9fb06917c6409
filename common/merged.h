/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How many frames a packet with a GSO mark stands for: the arithmetic that every eBPF program of the core shares. */
#ifndef WT_MERGED_H
#define WT_MERGED_H

#include "headers.h"

enum { WT_BY_FRAGMENTS = 0xffff }; /* GSO_BY_FRAGS (SCTP): gso_size is no size */

struct wt_merged {
  __u32 frames; /* max(gso_segs, ceil(payload / gso_size)), at least 1 */
  __u32 low;    /* the smaller of the two where both are there */
  int parsed;   /* the headers are understood; not so where the kernel's count shows that they were not */
};

/* length: octets of the packet; size and marked: its gso_size and gso_segs. */
static inline __attribute__((always_inline)) void wt_merged_count(const struct wt_headers *headers, int parsed,
                                                                  __u32 length, __u32 size, __u32 marked,
                                                                  struct wt_merged *out)
{
  __u32 derived = 0, frames, low;

  if (parsed && size != WT_BY_FRAGMENTS && length > headers->length)
    derived = (length - headers->length + size - 1) / size;
  else if (!marked && size != WT_BY_FRAGMENTS)
    derived = (length + size - 1) / size;
  /* A datagram that was cut into more or fewer than its size says is a tunnel's, on a port that is not known as one.
   * What is inside, and with it the headers, is not understood; the kernel's count is. */
  if (parsed && headers->protocol == WT_IP_UDP && marked && marked != derived) {
    parsed = 0;
    derived = 0;
  }
  frames = marked > derived ? marked : derived;
  low = marked && derived && marked + derived > frames ? marked + derived - frames : frames;
  if (frames < 1)
    frames = low = 1;
  out->frames = frames;
  out->low = low;
  out->parsed = parsed;
}

#endif
