/* SPDX-License-Identifier: MIT */
/* What the parts of the capture share, and nobody else uses. */
#ifndef WT_CAPTURE_PARTS_H
#define WT_CAPTURE_PARTS_H

#include "capture.h"
#include "reserve.h"

enum { WT_NO_PROTOCOL = 0xffff }; /* an ethertype that is reserved, and no frame has */

struct wt_checksum_socket;

struct wt_capture {
  enum wt_method method;
  unsigned int samples;
  struct wt_tap *tap;
  struct wt_flows *flows;
  bool flows_are_fresh;
  bool is_any;
  bool detached;
  struct wt_reserve *reserve;           /* NULL while handles can be opened */
  bool exhausted;                       /* of that, no handle is left for an interface */
  struct wt_checksum_socket *checksums; /* with sample */
  struct wt_capture_port any;           /* the handle on "any" */
  struct wt_capture_port **ports;       /* by ifindex */
  size_t port_count, port_capacity;
  struct wt_sample *drained;
  struct wt_capture_port **drained_from;
  size_t drained_count, drained_capacity;
};

/* The port of this ifindex, NULL if nobody asked about it. */
struct wt_capture_port *wt_capture_find(const struct wt_capture *capture, int ifindex);

/* Draws from now on as the port's sampling says. */
int wt_capture_draw(const struct wt_capture_port *port);

/* The ethertype of what a cooked packet begins with, of the one that the kernel tells. */
uint16_t wt_first_ethertype(uint16_t told, const uint8_t *data, uint32_t captured);

#endif
