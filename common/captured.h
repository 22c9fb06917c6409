/* SPDX-License-Identifier: MIT */
/* The octets that were captured of a packet, as common/headers.h reads them in user space. */
#ifndef WT_CAPTURED_H
#define WT_CAPTURED_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct wt_captured {
  const uint8_t *data;
  uint32_t captured;
  uint32_t length; /* of the packet */
  bool cut;        /* something was looked for that the packet has and the capture has not */
};

/* Copies octets of the packet; -1 where they were not captured. */
static inline int wt_captured_load(struct wt_captured *packet, uint32_t offset, void *to, uint32_t length)
{
  if (offset > packet->captured || length > packet->captured - offset) {
    packet->cut |= offset < packet->length;
    return -1;
  }
  memcpy(to, packet->data + offset, length);
  return 0;
}

#define WT_PACKET                           struct wt_captured
#define WT_FUNCTION                         static inline __attribute__((unused))
#define WT_LOAD(packet, offset, to, length) wt_captured_load(packet, offset, to, length)
#include "headers.h"

#endif
