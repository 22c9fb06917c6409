/* SPDX-License-Identifier: MIT */
#include "capture_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <pcap/sll.h>

#include "capture_checksum.h"
#include "error.h"
#include "handle.h"

enum {
  /* The filter cuts; libpcap's own limit must leave room for the header of a cooked packet, or a tag put back. Each
   * slot of the ring is so long, so more of it would make the ring hold fewer samples than the budget has. */
  PCAP_SNAP_LENGTH = WT_SNAP_LENGTH + SLL2_HDR_LEN + 4,
  RING_PER_SAMPLE = 256, /* octets that a kept packet takes in the ring, with its headers */
  PLAIN_MTU = 1500,
  PAGE = 4096, /* the least ring that there is: for handles of which most are never used */
  /* Interfaces of a map that cannot be replaced later, and what it may take for them: a quarter of that, beyond those
   * that are there. */
  SPARE = 4096,
  SPARE_OCTETS = 16 << 20,
  FEW_RINGS = 2, /* with sample, where a ring is as long as what is drawn: 2.5 MB by default */
  FEW = 8,       /* handles for interfaces that are not Ethernet; beyond them there is one handle for all */
};

/* ---- handles ------------------------------------------------------------------------------------------------ */

static int sample_ring(const struct wt_capture *capture)
{
  return (int)capture->samples * RING_PER_SAMPLE;
}

static int take_reserve(struct wt_capture *capture, const char *device, struct wt_capture_port *port, bool cooked,
                        struct wt_error *error)
{
  port->handle = wt_reserve_take(capture->reserve, cooked, &port->seen_drops);
  if (port->handle)
    return 0;
  capture->exhausted = true;
  return wt_fail(error, -EAGAIN, "no handle is left for %s alone: the next poll has one for all interfaces", device);
}

/* cooked: its packets have no header of Ethernet. */
static int open_handle(struct wt_capture *capture, const char *device, struct wt_capture_port *port, bool cooked,
                       struct wt_error *error)
{
  int ring = capture->method == WT_METHOD_EXACT ? WT_RING_IDLE : sample_ring(capture), status;

  if (capture->reserve)
    status = take_reserve(capture, device, port, cooked, error);
  else
    status = wt_handle_open(&port->handle, device, PCAP_SNAP_LENGTH, ring, error);
  if (status == 0)
    port->cooked = wt_handle_is_cooked(port->handle);
  return status;
}

int wt_capture_draw(const struct wt_capture_port *port)
{
  struct sock_filter filter[WT_FILTER_LENGTH];
  const struct sock_fprog program = {WT_FILTER_LENGTH, filter};

  wt_sampling_filter(&port->sampling, filter);
  return setsockopt(pcap_fileno(port->handle), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno : 0;
}

static int attach(const struct wt_capture *capture, struct wt_capture_port *port, unsigned int frame,
                  struct wt_error *error)
{
  int status;

  if (capture->method == WT_METHOD_EXACT)
    return wt_tap_attach(capture->tap, pcap_fileno(port->handle), port->cooked, error);
  wt_sampling_init(&port->sampling, frame, port->cooked);
  status = wt_capture_draw(port);
  return status ? wt_fail(error, status, "method sample: the kernel refuses the filter on the capture socket: %s",
                          strerror(-status))
                : 0;
}

static int bind_handle(const struct wt_capture_port *port, bool attached)
{
  return wt_handle_bind(port->handle, port->tap.ifindex, attached); /* 0 with "any" */
}

/* One from the reserve is bound to nothing so far, and unnoticed a failure would be an interface that sees nothing. */
static int bind_first(const struct wt_capture *capture, const struct wt_capture_port *port, struct wt_error *error)
{
  int status = capture->detached || capture->reserve ? bind_handle(port, !capture->detached) : 0;

  return status ? wt_fail(error, status, "the capture socket cannot be bound: %s", strerror(-status)) : 0;
}

static void bind_all(struct wt_capture *capture, bool attached)
{
  capture->detached = !attached;
  /* Fails only where the interface is gone, and then nothing passes. */
  if (capture->is_any)
    (void)bind_handle(&capture->any, attached);
  for (size_t i = 0; i < capture->port_count; i++)
    if (capture->ports[i]->handle)
      (void)bind_handle(capture->ports[i], attached);
}

void wt_capture_detach(struct wt_capture *capture)
{
  if (!capture->detached)
    bind_all(capture, false);
}

void wt_capture_attach(struct wt_capture *capture)
{
  if (capture->detached)
    bind_all(capture, true);
}

static void close_handle(const struct wt_capture *capture, struct wt_capture_port *port)
{
  if (port->handle && capture->reserve)
    wt_reserve_give(capture->reserve, port->handle);
  else if (port->handle)
    pcap_close(port->handle);
  port->handle = NULL;
}

int wt_capture_open(struct wt_capture **out, enum wt_method method, size_t interfaces, unsigned int samples,
                    struct wt_error *error)
{
  struct wt_capture *capture = calloc(1, sizeof(*capture));
  int status = 0;

  *out = NULL;
  if (!capture)
    return wt_fail(error, -ENOMEM, "capture: out of memory");
  capture->method = method;
  capture->samples = samples;
  capture->is_any = interfaces > WT_CAPTURE_BOUND;
  if (method == WT_METHOD_EXACT)
    status = wt_tap_open(&capture->tap, interfaces, error);
  else if (wt_flows_open(&capture->flows, error))
    *error = (struct wt_error){0}; /* without the sockets' segment sizes the bounds are wider, and say so */
  if (method == WT_METHOD_SAMPLE)
    capture->checksums = wt_checksum_socket_open();
  /* Opened also where it is not kept: that is how a missing right is noticed while there is no interface yet. */
  if (status == 0)
    status = open_handle(capture, "any", &capture->any, true, error);
  if (status == 0 && capture->is_any)
    status = attach(capture, &capture->any, PLAIN_MTU, error);
  else if (status == 0)
    close_handle(capture, &capture->any);
  if (status) {
    wt_capture_close(capture);
    return status;
  }
  *out = capture;
  return 0;
}

void wt_capture_close(struct wt_capture *capture)
{
  if (!capture)
    return;
  for (size_t i = 0; i < capture->port_count; i++)
    close_handle(capture, capture->ports[i]);
  close_handle(capture, &capture->any);
  wt_reserve_close(capture->reserve);
  wt_tap_close(capture->tap);
  wt_flows_close(capture->flows);
  wt_checksum_socket_close(capture->checksums);
  free(capture->ports);
  free(capture->drained);
  free(capture->drained_from);
  free(capture);
}

bool wt_capture_is_narrow(const struct wt_capture *capture, size_t interfaces)
{
  return !capture->is_any && (interfaces > WT_CAPTURE_BOUND || capture->exhausted);
}

/* ---- ports -------------------------------------------------------------------------------------------------- */

/* Where the port of this ifindex is, or would go. */
static size_t position(const struct wt_capture *capture, int ifindex)
{
  size_t low = 0, high = capture->port_count;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (capture->ports[middle]->tap.ifindex < ifindex)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

struct wt_capture_port *wt_capture_find(const struct wt_capture *capture, int ifindex)
{
  size_t at = position(capture, ifindex);

  return at < capture->port_count && capture->ports[at]->tap.ifindex == ifindex ? capture->ports[at] : NULL;
}

static int list(struct wt_capture *capture, struct wt_capture_port *port)
{
  size_t at = position(capture, port->tap.ifindex);

  if (capture->port_count == capture->port_capacity) {
    size_t capacity = capture->port_capacity ? capture->port_capacity * 2 : 16;
    struct wt_capture_port **ports = realloc(capture->ports, capacity * sizeof(struct wt_capture_port *));

    if (!ports)
      return -ENOMEM;
    capture->ports = ports;
    capture->port_capacity = capacity;
  }
  memmove(&capture->ports[at + 1], &capture->ports[at], (capture->port_count - at) * sizeof(struct wt_capture_port *));
  capture->ports[at] = port;
  capture->port_count++;
  return 0;
}

/* All handles, or those before the first that refuses. */
static int attach_all(const struct wt_capture *capture, struct wt_tap *tap, struct wt_error *error)
{
  int status = capture->is_any ? wt_tap_attach(tap, pcap_fileno(capture->any.handle), true, error) : 0;

  for (size_t i = 0; i < capture->port_count && status == 0; i++)
    if (capture->ports[i]->handle)
      status = wt_tap_attach(tap, pcap_fileno(capture->ports[i]->handle), capture->ports[i]->cooked, error);
  return status;
}

static void release(struct wt_capture_port *port)
{
  free(port->estimate);
  free(port->checksum);
  port->estimate = NULL;
  port->checksum = NULL;
}

/* Moves every port and handle to another map. Each packet is counted in one of the two. */
static int move_to(struct wt_capture *capture, struct wt_tap *larger, struct wt_error *error)
{
  struct wt_tap *old = capture->tap;
  struct wt_tally counted[WT_DIRECTIONS];
  int status = 0;

  for (size_t i = 0; i < capture->port_count && status == 0; i++)
    status = wt_tap_add(larger, &capture->ports[i]->tap);
  for (size_t i = 0; i < capture->port_count && status == 0; i++)
    status = wt_tap_want_base(&capture->ports[i]->tap);
  if (status == 0 && (status = attach_all(capture, larger, error)) != 0)
    attach_all(capture, old, NULL);
  if (status) {
    wt_tap_close(larger);
    return status;
  }
  capture->tap = larger;
  for (size_t i = 0; i < capture->port_count; i++) {
    struct wt_capture_port *port = capture->ports[i];

    if (wt_tap_read(old, &port->tap, capture->is_any || port->cooked, counted) == 0)
      wt_tap_set_base(&port->tap, counted);
    wt_checksum_begin(capture, port);
  }
  wt_tap_close(old);
  return 0;
}

static int grow(struct wt_capture *capture, size_t interfaces, struct wt_error *error)
{
  struct wt_tap *larger;
  int status;

  if (capture->reserve)
    return wt_fail(error, -E2BIG,
                   "method exact: the tap's map has room for %zu interfaces, and the right to open a larger one was "
                   "given up: a restart gives it",
                   wt_tap_room(capture->tap));
  status = wt_tap_open(&larger, interfaces, error);
  return status ? status : move_to(capture, larger, error);
}

int wt_capture_add(struct wt_capture *capture, struct wt_capture_port *port, const struct wt_link *link,
                   struct wt_error *error)
{
  bool counted = false;
  int status = 0;

  port->tap.ifindex = link->ifindex;
  port->tap.mtu = link->mtu;
  port->tap.guesses = link->guesses;
  port->tap.link_header = link->link_header;
  if (capture->method == WT_METHOD_SAMPLE && !(port->estimate = calloc(WT_DIRECTIONS, sizeof(*port->estimate))))
    status = wt_fail(error, -ENOMEM, "out of memory");
  if (status == 0 && !capture->is_any)
    status = open_handle(capture, link->name, port, link->link_header == 0, error);
  if (status == 0 && capture->method == WT_METHOD_EXACT) {
    if (capture->port_count == wt_tap_room(capture->tap))
      status = grow(capture, wt_tap_room(capture->tap) * 2, error);
    if (status == 0)
      status = wt_tap_add(capture->tap, &port->tap);
    counted = status == 0;
    if (status && !error->code)
      wt_fail(error, status, "method exact: no room for %s in the tap's map: %s", link->name,
              status == -E2BIG ? "it is full" : strerror(-status));
  }
  if (status == 0 && !capture->is_any)
    status = attach(capture, port, link->mtu + link->link_header, error);
  if (status == 0 && port->handle)
    status = bind_first(capture, port, error);
  if (status == 0 && (status = list(capture, port)) != 0)
    wt_fail(error, status, "out of memory");
  if (status == 0 && capture->method == WT_METHOD_EXACT)
    wt_checksum_begin(capture, port);
  if (status) {
    close_handle(capture, port);
    release(port);
    /* It is tried again in each poll, and would take one more place each time. */
    if (counted)
      wt_tap_remove(capture->tap, &port->tap);
  }
  return status;
}

void wt_capture_remove(struct wt_capture *capture, struct wt_capture_port *port)
{
  size_t at = position(capture, port->tap.ifindex);

  if (at == capture->port_count || capture->ports[at] != port)
    return;
  memmove(&capture->ports[at], &capture->ports[at + 1],
          (capture->port_count - at - 1) * sizeof(struct wt_capture_port *));
  capture->port_count--;
  wt_checksum_socket_forget(capture->checksums, port);
  close_handle(capture, port);
  release(port);
  if (capture->method == WT_METHOD_EXACT)
    wt_tap_remove(capture->tap, &port->tap);
}

void wt_capture_set_mtu(struct wt_capture *capture, struct wt_capture_port *port, unsigned int mtu)
{
  if (capture->method == WT_METHOD_EXACT) {
    wt_tap_set_mtu(capture->tap, &port->tap, capture->is_any || port->cooked, mtu);
    return;
  }
  port->tap.mtu = mtu;
  port->sampling.boundary = mtu + port->tap.link_header;
  if (port->handle)
    wt_capture_draw(port);
}

int wt_capture_read(struct wt_capture *capture, struct wt_capture_port *port, struct wt_tally tally[WT_DIRECTIONS])
{
  int status = 0;

  if (capture->method == WT_METHOD_EXACT)
    status = wt_tap_read(capture->tap, &port->tap, capture->is_any || port->cooked, tally);
  else
    for (int direction = 0; direction < WT_DIRECTIONS; direction++)
      wt_estimate_tally(&port->estimate[direction], capture->is_any ? &capture->any.sampling : &port->sampling,
                        &tally[direction]);
  for (int direction = 0; direction < WT_DIRECTIONS && status == 0; direction++)
    port->seen_packets[direction] = tally[direction].packets;
  return status;
}

bool wt_capture_is_silent(const struct wt_capture *capture, const struct wt_capture_port *port)
{
  return capture->method == WT_METHOD_EXACT && wt_tap_packets(capture->tap, &port->tap, WT_RX) == 0 &&
         wt_tap_packets(capture->tap, &port->tap, WT_TX) == 0;
}

/* ---- one handle for all ---------------------------------------------------------------------------------------- */

int wt_capture_widen(struct wt_capture *capture, size_t interfaces, struct wt_error *error)
{
  int status = 0;

  if (capture->method == WT_METHOD_EXACT && !capture->reserve && wt_tap_room(capture->tap) < interfaces)
    status = grow(capture, interfaces, error);
  if (status == 0)
    status = open_handle(capture, "any", &capture->any, true, error);
  if (status)
    return status;
  capture->detached = false;
  status = attach(capture, &capture->any, PLAIN_MTU, error);
  if (status == 0)
    status = bind_first(capture, &capture->any, error);
  if (status) {
    close_handle(capture, &capture->any);
    return status;
  }
  capture->is_any = true;
  capture->exhausted = false;
  return 0;
}

/* ---- without rights ----------------------------------------------------------------------------------------- */

int wt_capture_reserve(struct wt_capture *capture, struct wt_error *error)
{
  int ring = capture->method == WT_METHOD_EXACT ? PAGE : sample_ring(capture), status = 0;
  size_t most = capture->is_any ? 0 : WT_CAPTURE_BOUND - capture->port_count;
  size_t few = capture->method == WT_METHOD_EXACT ? FEW : FEW_RINGS;
  struct wt_tap *roomy;

  if (capture->method == WT_METHOD_EXACT) {
    size_t fit = wt_tap_room_in(capture->tap, SPARE_OCTETS), spare = fit < SPARE ? fit : SPARE;
    size_t room = wt_tap_room(capture->tap) + spare / 4;

    status = wt_tap_open(&roomy, room > spare ? room : spare, error);
    if (status == 0)
      status = move_to(capture, roomy, error);
    if (status)
      return error->code ? status : wt_fail(error, status, "method exact: no larger map: %s", strerror(-status));
  }
  if (capture->is_any)
    few = most = 0;
  else if (capture->method == WT_METHOD_SAMPLE && most > FEW_RINGS)
    most = FEW_RINGS;
  /* One more, for all. */
  return wt_reserve_open(&capture->reserve, most, few + 1, PCAP_SNAP_LENGTH, ring, error);
}

bool wt_capture_is_open(const struct wt_capture *capture)
{
  return capture->method != WT_METHOD_EXACT || wt_tap_is_open(capture->tap);
}
