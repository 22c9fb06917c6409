/* SPDX-License-Identifier: MIT */
#include "capture_checksum.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "capture_parts.h"
#include "checksum_draw.h"

enum {
  TURNS = 4,               /* intervals of which the socket sees one */
  ENOUGH = 16,             /* packets that end a turn */
  SOCKET_BUDGET = 64,      /* packets a turn and direction */
  SOCKET_ROOM = 256 << 10, /* octets that wait to be read, at most */
  LONGEST = 65600,         /* octets of a packet, with a link header */
};

static void count(struct wt_capture_port *port, const struct wt_checksum_packet *packet)
{
  struct wt_checksum_result result;

  /* Without memory it is as one that was not drawn. */
  if (!port->checksum)
    port->checksum = calloc(WT_DIRECTIONS, sizeof(*port->checksum));
  if (!port->checksum)
    return;
  wt_checksum_classify(packet, &result);
  wt_checksum_count(&port->checksum[packet->received ? WT_RX : WT_TX], result.state);
}

/* ---- exact: the tap's ring --------------------------------------------------------------------------------------- */

static void take_from_ring(void *context, const struct wt_tap_sample *sample)
{
  struct wt_capture *capture = context;
  struct wt_capture_port *port = wt_capture_find(capture, (int)sample->key.ifindex);
  struct wt_checksum_packet packet = {
      .data = sample->data,
      .captured = sample->captured,
      .length = sample->length,
      .ethertype = sample->ethertype, /* also of one without a link header */
      .merged = sample->merged,
      .received = sample->key.direction == WT_RX,
  };

  if (!port || sample->key.direction >= WT_DIRECTIONS)
    return;
  packet.link_header = sample->cooked ? 0 : port->tap.link_header;
  packet.longest_frame = port->tap.mtu + packet.link_header;
  port->draw[sample->key.direction].taken++;
  count(port, &packet);
}

static void tell_tap(const struct wt_capture *capture, struct wt_capture_port *port, int direction)
{
  const struct wt_checksum_drawing *draw = &port->draw[direction];

  wt_tap_draw(capture->tap, &port->tap, (enum wt_direction)direction, draw->probability,
              WT_CHECKSUM_BURST * wt_checksum_budget(capture->port_count));
}

void wt_checksum_begin(struct wt_capture *capture, struct wt_capture_port *port)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    if (port->draw[direction].probability <= 0)
      port->draw[direction].probability = WT_CHECKSUM_FIRST;
    tell_tap(capture, port, direction);
  }
}

/* The kernel is told only what changed: idle interfaces cost nothing. */
static void adapt_port(struct wt_capture *capture, struct wt_capture_port *port, int direction)
{
  struct wt_checksum_drawing *draw = &port->draw[direction];
  double packets = (double)(port->seen_packets[direction] - draw->packets);
  double next = wt_checksum_probability(draw->probability, packets, wt_checksum_budget(capture->port_count));

  if (draw->taken || fabs(next - draw->probability) > draw->probability / 8) {
    draw->probability = next;
    tell_tap(capture, port, direction);
  }
  draw->packets = port->seen_packets[direction];
  draw->taken = 0;
}

static void adapt_ring(struct wt_capture *capture)
{
  for (size_t i = 0; i < capture->port_count; i++)
    for (int direction = 0; direction < WT_DIRECTIONS; direction++)
      adapt_port(capture, capture->ports[i], direction);
}

/* ---- sample: a socket that shows frames -------------------------------------------------------------------------- */

struct wt_checksum_socket {
  int fd;
  unsigned int turn;
  struct wt_capture_port *handle; /* whose turn it is; NULL between turns */
  unsigned int taken;             /* packets of this turn */
  double carry[WT_DIRECTIONS];    /* of longer packets: what part of one more is due */
  uint8_t data[LONGEST];
};

struct wt_checksum_socket *wt_checksum_socket_open(void)
{
  struct wt_checksum_socket *own = calloc(1, sizeof(*own));
  const int room = SOCKET_ROOM;

  if (!own)
    return NULL;
  own->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (own->fd < 0 || setsockopt(own->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room))) {
    wt_checksum_socket_close(own);
    return NULL;
  }
  return own;
}

void wt_checksum_socket_close(struct wt_checksum_socket *own)
{
  if (!own)
    return;
  if (own->fd >= 0)
    close(own->fd);
  free(own);
}

void wt_checksum_socket_forget(struct wt_checksum_socket *own, const struct wt_capture_port *port)
{
  if (own && own->handle == port)
    own->handle = NULL; /* the device is gone, and with it what the socket was bound to; or the next turn binds anew */
}

static uint32_t threshold(double probability)
{
  return (uint32_t)(probability * 4294967296.0 - 1);
}

/* Draws frames; longer packets, which the samples have, it leaves out. */
static void set_filter(const struct wt_checksum_socket *own, const struct wt_capture_port *handle)
{
  const uint32_t random = (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM);
  const uint32_t type = (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE);
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, handle->sampling.boundary, 7, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, type),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 2, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, random),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, threshold(handle->draw[WT_RX].probability), 3, 2),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, random),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, threshold(handle->draw[WT_TX].probability), 1, 0),
      BPF_STMT(BPF_RET | BPF_K, LONGEST),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};

  /* With an older filter the probability is another one, and that is all. */
  (void)!setsockopt(own->fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static void bind_socket(const struct wt_checksum_socket *own, const struct wt_capture_port *handle, uint16_t protocol)
{
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = handle->tap.ifindex, /* 0 with "any" */
  };

  (void)!bind(own->fd, (const struct sockaddr *)&address, sizeof(address)); /* the device may be gone */
}

static void take_from_socket(struct wt_capture *capture)
{
  struct wt_checksum_socket *own = capture->checksums;
  struct sockaddr_ll from = {0};
  socklen_t size = sizeof(from);
  ssize_t length, longest = 0;

  /* What waits is bounded by the socket's room. What came before the socket was bound to this interface is dropped. */
  while ((length = recvfrom(own->fd, own->data, sizeof(own->data), 0, (struct sockaddr *)&from, &size)) >= 0) {
    struct wt_capture_port *port = wt_capture_find(capture, from.sll_ifindex);
    int direction = from.sll_pkttype == PACKET_OUTGOING ? WT_TX : WT_RX;
    struct wt_checksum_packet packet = {
        .data = own->data, .captured = (uint32_t)length, .length = (uint32_t)length, .received = direction == WT_RX};

    size = sizeof(from);
    longest = length > longest ? length : longest;
    if (!port || !own->handle || (!capture->is_any && port != own->handle))
      continue;
    packet.ethertype = wt_first_ethertype(ntohs(from.sll_protocol), own->data, packet.captured);
    packet.longest_frame = port->tap.mtu;
    own->taken++;
    count(port, &packet);
  }
  /* What was in a packet stays no longer than it is looked at. */
  explicit_bzero(own->data, (size_t)longest);
}

/* Thinned out, so that they are drawn with the probability of the frames. */
void wt_checksum_take_long(struct wt_capture *capture, struct wt_capture_port *handle, struct wt_capture_port *port,
                           const struct wt_checksum_packet *packet)
{
  struct wt_checksum_socket *own = capture->checksums;
  int direction = packet->received ? WT_RX : WT_TX;

  if (!own || own->handle != handle)
    return;
  own->carry[direction] += handle->draw[direction].probability / handle->sampling.probability[WT_LONG];
  if (own->carry[direction] < 1)
    return;
  own->carry[direction] = fmod(own->carry[direction], 1);
  own->taken++;
  count(port, packet);
}

static void begin_turn(struct wt_capture *capture, struct wt_capture_port *handle)
{
  struct wt_checksum_socket *own = capture->checksums;

  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_checksum_drawing *draw = &handle->draw[direction];

    if (draw->probability <= 0)
      draw->probability = WT_CHECKSUM_FIRST;
    own->carry[direction] = 0;
  }
  set_filter(own, handle);
  bind_socket(own, handle, ETH_P_ALL);
  own->handle = handle;
  own->taken = 0;
}

static void end_turn(struct wt_capture *capture)
{
  struct wt_checksum_socket *own = capture->checksums;

  bind_socket(own, own->handle, WT_NO_PROTOCOL);
  take_from_socket(capture);
  own->handle = NULL;
}

/* What passed on the handle since the last call, of which the next turn takes as much to come. */
static void adapt_handle(const struct wt_capture *capture, struct wt_capture_port *handle)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_checksum_drawing *draw = &handle->draw[direction];
    uint64_t packets = handle->seen_packets[direction];

    if (handle == &capture->any) {
      packets = 0;
      for (size_t i = 0; i < capture->port_count; i++)
        packets += capture->ports[i]->seen_packets[direction];
    }
    if (draw->probability > 0 && packets >= draw->packets)
      draw->probability = wt_checksum_probability(draw->probability, (double)(packets - draw->packets), SOCKET_BUDGET);
    draw->packets = packets;
  }
}

static void next_turn(struct wt_capture *capture)
{
  struct wt_checksum_socket *own = capture->checksums;
  size_t handles = capture->is_any ? 1 : capture->port_count;
  size_t turns = handles > TURNS ? handles : TURNS;
  bool goes_on;

  if (own->handle)
    take_from_socket(capture);
  for (size_t i = 0; i < handles; i++)
    adapt_handle(capture, capture->is_any ? &capture->any : capture->ports[i]);
  /* Where there is little traffic the copies cost little, and nobody else waits. */
  goes_on = own->handle && handles == 1 && own->taken < ENOUGH;
  if (goes_on)
    set_filter(own, own->handle);
  else if (own->handle)
    end_turn(capture);
  if (!goes_on && own->turn++ % turns < handles)
    begin_turn(capture, capture->is_any ? &capture->any : capture->ports[(own->turn - 1) % turns]);
}

/* ---- both -------------------------------------------------------------------------------------------------------- */

bool wt_capture_samples_checksums(const struct wt_capture *capture)
{
  return capture->method == WT_METHOD_EXACT ? wt_tap_has_ring(capture->tap) : capture->checksums != NULL;
}

void wt_capture_checksums(struct wt_capture *capture, bool attached)
{
  /* There may have been no descriptor for it. */
  if (capture->method == WT_METHOD_SAMPLE && !capture->checksums)
    capture->checksums = wt_checksum_socket_open();
  if (!wt_capture_samples_checksums(capture))
    return;
  if (capture->method == WT_METHOD_SAMPLE) {
    next_turn(capture);
    return;
  }
  wt_tap_drain(capture->tap, take_from_ring, capture);
  if (attached)
    adapt_ring(capture);
}
