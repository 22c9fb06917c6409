/* SPDX-License-Identifier: MIT */
/* One flow of a capture file: what is learned of its segments, and the frames that its packets hide. */
#ifndef WT_TRACE_FLOW_H
#define WT_TRACE_FLOW_H

#include "trace_flows.h"

/* The packet before, of which the next one tells the number of frames. */
struct wt_trace_waiting {
  bool there;
  enum wt_trace_length length;
  bool has_id, pushed;
  uint16_t id;
  uint32_t sequence, payload, header;
  double low, high, estimate; /* hidden frames, without the identification */
};

/* Of packets whose identification was not tried, and both ways of those whose was. */
struct wt_trace_sums {
  struct wt_trace_hidden untried, by_size, by_id;
};

enum { WT_TRACE_SHORT, WT_TRACE_LONGER, WT_TRACE_LENGTHS };

struct wt_trace_flow {
  struct wt_trace_tally *tally;  /* of its sender; NULL until a packet of it came */
  struct wt_trace_part *part;    /* NULL: none */
  uint16_t mss, own_mss;         /* announced by the receiver, and by the sender; 0: not seen */
  uint32_t full, full_count;     /* the longest payload of a frame, and how often it came */
  uint32_t full_fits, room_fits; /* merged packets of so many full ones, and of so many that the MSS allows */
  uint32_t id_agrees, id_differs, id_packets;
  struct wt_trace_waiting last;
  struct wt_trace_sums sums[WT_TRACE_LENGTHS];
};

/* Adds a packet. The tally is there. */
enum wt_trace_length wt_trace_flow_add(struct wt_trace_flow *flow, const struct wt_trace_view *view);

/* Whose packets follow. What the flow has held back of another one's is added there. */
void wt_trace_flow_hand_over(struct wt_trace_flow *flow, struct wt_trace_tally *tally, struct wt_trace_part *part);

/* Adds to the tally what the flow has held back. Nothing follows, or another connection with the same ends. */
void wt_trace_flow_fold(struct wt_trace_flow *flow);

/* A packet without a flow: neither TCP nor UDP, or cut short too early. */
enum wt_trace_length wt_trace_flow_add_other(const struct wt_trace_view *view, struct wt_trace_tally *tally,
                                             struct wt_trace_part *part);

#endif
