/* SPDX-License-Identifier: MIT */
#include "trace_flow.h"

#include <math.h>
#include <string.h>

#include "captured.h"

enum {
  IPV4_TCP = 40,
  IPV6_TCP = 60,
  USUAL_MTU = 1500,
  JUMBO_MTU = 9216,       /* the longest that is common; a longer packet with no SYN is merged */
  USUAL_OPTIONS = 12,     /* of TCP: the time stamps that nearly every connection has */
  UDP_MAX_SEGMENTS = 128, /* the kernel's, of Linux 6.8; less before */
  TELLING = 3,            /* packets of the same length, that tell a full one */
  ID_TELLING = 8,         /* packets whose identification is as expected, */
  ID_DOUBT = 50,          /* and as many times those whose is not, until it is believed */
  BULK_LEAST = 100,       /* octets of a segment that is worth merging */
};

/* ---- sums ---- */

void wt_trace_hidden_add(struct wt_trace_hidden *to, const struct wt_trace_hidden *from)
{
  to->frames += from->frames;
  to->low += from->low;
  to->high += from->high;
  to->octets += from->octets;
  to->octets_low += from->octets_low;
  to->octets_high += from->octets_high;
}

static void hide(struct wt_trace_hidden *to, double frames, double low, double high, double header)
{
  const struct wt_trace_hidden packet = {frames, low, high, frames * header, low * header, high * header};

  wt_trace_hidden_add(to, &packet);
}

/* ---- segment size ---- */

static uint32_t network_header(const struct wt_trace_view *view)
{
  return view->dissection.headers - view->dissection.ip;
}

static uint32_t tcp_room(uint16_t mss, uint8_t options)
{
  return mss > options ? (uint32_t)mss - options : 0;
}

/* The longest payload that a frame of the flow can have. */
static uint32_t longest_payload(const struct wt_trace_flow *flow, const struct wt_trace_view *view)
{
  if (view->dissection.tcp && flow->mss)
    return tcp_room(flow->mss, view->options);
  return JUMBO_MTU - network_header(view);
}

/* Where nothing was learned. */
static uint32_t usual_size(const struct wt_trace_view *view)
{
  uint32_t ip = view->dissection.flow.family == WT_ETHERTYPE_IPV4 ? 20 : 40;

  return view->dissection.tcp ? USUAL_MTU - ip - 20 - USUAL_OPTIONS : USUAL_MTU - ip - 8;
}

/* The payload that its full frames should have. */
static uint32_t expected_size(const struct wt_trace_flow *flow, const struct wt_trace_view *view)
{
  uint16_t mss = flow->mss;
  uint32_t room, mtu = flow->tally->mtu;

  if (mss && flow->own_mss && flow->own_mss < mss)
    mss = flow->own_mss;
  room = view->dissection.tcp ? tcp_room(mss, view->options) : 0;
  if (room == 0 && mtu > network_header(view))
    room = mtu - network_header(view);
  return room ? room : usual_size(view);
}

/*
 * The payload that they have. A path that takes less than was announced takes little less, and then it is of its full
 * frames that merged packets are multiples. What an application writes may be shorter, and repeats as well.
 */
static uint32_t segment_size(struct wt_trace_flow *flow, const struct wt_trace_view *view)
{
  uint32_t room = expected_size(flow, view);

  if (flow->full_count < TELLING || flow->full < room / 4 * 3 || flow->full >= room)
    return room;
  flow->full_fits += view->payload % flow->full == 0;
  flow->room_fits += view->payload % room == 0;
  return flow->full_fits > flow->room_fits ? flow->full : room;
}

static enum wt_trace_length classify(const struct wt_trace_flow *flow, const struct wt_trace_view *view)
{
  uint32_t mtu = flow->tally->mtu;

  if (view->dissection.tcp && flow->mss)
    return view->payload > tcp_room(flow->mss, view->options) ? WT_TRACE_MERGED : WT_TRACE_FRAME;
  if (view->network <= USUAL_MTU)
    return WT_TRACE_FRAME;
  /* A loopback device takes 64 KiB, and one without a link header may. */
  if (view->loopback || !view->ethernet)
    return WT_TRACE_LONG;
  if (mtu == 0 || view->dissection.tunnel)
    mtu = JUMBO_MTU;
  return view->network > mtu ? WT_TRACE_MERGED : WT_TRACE_LONG;
}

/* The payloads of frames: how long the longest are, and how many of that length there were. */
static void learn_full(struct wt_trace_flow *flow, uint32_t payload)
{
  if (payload > flow->full) {
    flow->full = payload;
    flow->full_count = 0;
  }
  if (payload == flow->full)
    flow->full_count++;
}

/* ---- identification ---- */

static bool id_is_believed(const struct wt_trace_flow *flow)
{
  return flow->id_agrees >= ID_TELLING && flow->id_differs <= flow->id_agrees / ID_DOUBT;
}

/*
 * The packet that waited is followed by the next octets of the stream: then no segment is missing between them, and the
 * difference of their identifications is how many frames it stands for. True if it was told so.
 */
static bool try_id(struct wt_trace_flow *flow, const struct wt_trace_view *view, struct wt_trace_sums *sums)
{
  const struct wt_trace_waiting *last = &flow->last;
  double hidden = (uint16_t)(view->id - last->id) - 1.0;

  if (!last->has_id || !view->has_id || last->payload == 0 || last->sequence + last->payload != view->sequence)
    return false;
  if (hidden < last->low || hidden > last->high) {
    flow->id_differs++;
    return false;
  }
  flow->id_agrees++;
  flow->id_packets += last->length != WT_TRACE_FRAME;
  hide(&sums->by_id, hidden, hidden, hidden, last->header);
  hide(&sums->by_size, last->estimate, last->low, last->high, last->header);
  return true;
}

/* Decides on the packet that waited. next: NULL if none follows. */
static void settle(struct wt_trace_flow *flow, const struct wt_trace_view *next)
{
  const struct wt_trace_waiting *last = &flow->last;
  struct wt_trace_sums *sums = &flow->sums[last->length == WT_TRACE_FRAME ? WT_TRACE_SHORT : WT_TRACE_LONGER];

  if (last->there && !(next && try_id(flow, next, sums)))
    hide(&sums->untried, last->estimate, last->low, last->high, last->header);
  flow->last.there = false;
}

/* ---- packets ---- */

static void fold_sums(const struct wt_trace_flow *flow, const struct wt_trace_sums *sums, struct wt_trace_hidden *to)
{
  wt_trace_hidden_add(to, &sums->untried);
  wt_trace_hidden_add(to, id_is_believed(flow) ? &sums->by_id : &sums->by_size);
}

/* Adds to the sender what the flow has held back. */
void wt_trace_flow_fold(struct wt_trace_flow *flow)
{
  struct wt_trace_tally *tally = flow->tally;

  if (!tally)
    return;
  settle(flow, NULL);
  fold_sums(flow, &flow->sums[WT_TRACE_LONGER], &tally->hidden);
  fold_sums(flow, &flow->sums[WT_TRACE_SHORT], &tally->hidden_short);
  if (flow->part) {
    fold_sums(flow, &flow->sums[WT_TRACE_LONGER], &flow->part->hidden);
    fold_sums(flow, &flow->sums[WT_TRACE_SHORT], &flow->part->hidden_short);
  }
  if (id_is_believed(flow))
    tally->by_id += flow->id_packets;
}

void wt_trace_flow_hand_over(struct wt_trace_flow *flow, struct wt_trace_tally *tally, struct wt_trace_part *part)
{
  if (flow->tally && (flow->tally != tally || flow->part != part)) {
    wt_trace_flow_fold(flow);
    memset(flow->sums, 0, sizeof(flow->sums));
    flow->id_packets = 0;
  }
  flow->tally = tally;
  flow->part = part;
}

/*
 * A SYN tells what the other side may send. A new connection has nothing of one before it with the same ports, but for
 * what the other side may have said in its own SYN, which comes first if this one answers it.
 */
static void begin_connection(struct wt_trace_flow *flow, const struct wt_trace_view *view)
{
  struct wt_trace_flow begun = {.tally = flow->tally, .part = flow->part, .own_mss = view->mss};

  if (view->flags & WT_TCP_ACK)
    begun.mss = flow->mss;
  wt_trace_flow_fold(flow);
  *flow = begun;
}

static void learn_mtu(const struct wt_trace_flow *flow, const struct wt_trace_view *view)
{
  struct wt_trace_tally *tally = flow->tally;
  uint32_t headers = view->dissection.flow.family == WT_ETHERTYPE_IPV4 ? IPV4_TCP : IPV6_TCP;
  uint32_t mss = flow->mss > flow->own_mss ? flow->mss : flow->own_mss;

  if (mss && mss + headers > tally->mtu && !view->dissection.tunnel)
    tally->mtu = mss + headers;
}

/* Frames that one packet hides, by segment sizes. */
static void estimate(struct wt_trace_flow *flow, const struct wt_trace_view *view, struct wt_trace_waiting *now)
{
  double most =
      view->dissection.tcp ? ceil((double)view->payload / WT_LEAST_SEGMENT) : fmin(UDP_MAX_SEGMENTS, view->payload);

  if (now->length != WT_TRACE_FRAME)
    now->low = fmax(ceil((double)view->payload / fmax(longest_payload(flow, view), WT_LEAST_SEGMENT)) - 1, 0);
  now->high = fmax(most - 1, now->low);
  if (now->length != WT_TRACE_FRAME) {
    uint32_t size = segment_size(flow, view);

    now->estimate = fmin(fmax(ceil((double)view->payload / size) - 1, now->low), now->high);
  }
}

static void wait_for_next(struct wt_trace_flow *flow, const struct wt_trace_view *view, enum wt_trace_length length)
{
  struct wt_trace_waiting now = {
      .there = true,
      .length = length,
      .has_id = view->has_id && view->dissection.tcp,
      .id = view->id,
      .pushed = view->flags & WT_TCP_PSH,
      .sequence = view->sequence,
      .payload = view->payload,
      .header = view->dissection.headers - view->dissection.jumbo +
                (view->ethernet && !view->link_header ? WT_ETH_HEADER : 0),
  };

  estimate(flow, view, &now);
  flow->last = now;
}

/* A full segment behind another one, which the sender did not push out by itself. */
static bool is_bulk(const struct wt_trace_flow *flow, const struct wt_trace_view *view)
{
  const struct wt_trace_waiting *last = &flow->last;

  return last->there && last->length == WT_TRACE_FRAME && last->payload >= BULK_LEAST && last->payload == flow->full &&
         !last->pushed && view->payload > 0 && view->payload <= last->payload &&
         last->sequence + last->payload == view->sequence;
}

enum wt_trace_length wt_trace_flow_add(struct wt_trace_flow *flow, const struct wt_trace_view *view)
{
  enum wt_trace_length length;

  if (view->flags & WT_TCP_SYN)
    begin_connection(flow, view);
  learn_mtu(flow, view);
  length = classify(flow, view);

  if (length == WT_TRACE_FRAME) {
    learn_full(flow, view->payload);
    if (view->dissection.tcp && is_bulk(flow, view))
      flow->tally->bulk++;
  }
  settle(flow, view);
  wait_for_next(flow, view, length);
  return length;
}

/* Neither TCP nor UDP, or not to be told: how it might be cut, nobody knows. */
enum wt_trace_length wt_trace_flow_add_other(const struct wt_trace_view *view, struct wt_trace_tally *tally,
                                             struct wt_trace_part *part)
{
  uint32_t length = view->length - (view->link_header < view->length ? view->link_header : 0);
  double low = ceil((double)length / JUMBO_MTU) - 1, high = ceil((double)length / WT_LEAST_SEGMENT) - 1;
  double header = view->ethernet ? WT_ETH_HEADER : 0;

  if (length <= USUAL_MTU + 8)
    return WT_TRACE_FRAME;
  if (view->loopback || !view->ethernet)
    low = 0;
  hide(&tally->hidden, low, low, high, header);
  if (part)
    hide(&part->hidden, low, low, high, header);
  return low > 0 ? WT_TRACE_MERGED : WT_TRACE_LONG;
}
