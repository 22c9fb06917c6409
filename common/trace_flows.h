/* SPDX-License-Identifier: MIT */
/*
 * How many frames the packets of a capture file stand for. A file has no segment size, so it is learned flow by flow:
 *
 * - from the maximum segment size that the other side announced, less the options of the packet (RFC 6691). No segment
 *   is longer, which makes a lower bound.
 * - from the longest packets of the flow that are frames.
 * - from the IPv4 identification, which Linux advances by one for each segment of a TCP packet
 *   (ip_select_ident_segs()): the difference to the next packet of the flow is the number of frames. It is used where
 *   it proves itself on the flow.
 *
 * The number of flows that are remembered at a time is fixed. One that is forgotten and comes again is a new one, which
 * makes bounds wider and nothing wrong.
 */
#ifndef WT_TRACE_FLOWS_H
#define WT_TRACE_FLOWS_H

#include "trace_view.h"

/* What packets hide: frames and octets beyond those of the packets themselves. */
struct wt_trace_hidden {
  double frames, low, high, octets, octets_low, octets_high;
};

/* What is added up of one sender at one point of capture. */
struct wt_trace_tally {
  struct wt_trace_hidden hidden; /* by packets that are longer than a frame, or may be */
  /* By packets that are not: GRO also merges short segments into what would fit into a frame, TSO does not. */
  struct wt_trace_hidden hidden_short;
  uint64_t merged;    /* packets that are longer than a frame of theirs can be */
  uint64_t long_only; /* longer than usual frames, and perhaps frames of a network with longer ones */
  uint64_t bulk;      /* full segments right behind another one, that are frames: what merging would have merged */
  uint64_t by_id;     /* packets of which the IPv4 identification told the number of frames */
  uint32_t mtu;       /* the longest IP packet that a SYN of its flows speaks of; 0: none was seen */
  uint32_t longest;   /* octets of the longest packet */
};

/* The same of some of a sender's packets, for who counts by something smaller than senders. */
struct wt_trace_part {
  struct wt_trace_hidden hidden, hidden_short;
};

void wt_trace_hidden_add(struct wt_trace_hidden *to, const struct wt_trace_hidden *from);

struct wt_trace_flows;

/* NULL when memory ran out. limit: flows that are remembered at most. */
struct wt_trace_flows *wt_trace_flows_new(uint32_t limit);
void wt_trace_flows_free(struct wt_trace_flows *flows);

/* What a packet is by its length. */
enum wt_trace_length { WT_TRACE_FRAME, WT_TRACE_LONG, WT_TRACE_MERGED };

/*
 * Adds a packet. point: number of the point of capture, since the same flow may be seen at several of them, and told:
 * the direction there, since it may be seen both ways. tally: of its sender; part: what is added to beside it, or NULL.
 * Both are remembered by the flow until wt_trace_flows_end(), so they stay where they are.
 */
enum wt_trace_length wt_trace_flows_add(struct wt_trace_flows *flows, uint32_t point, enum wt_trace_direction told,
                                        const struct wt_trace_view *view, struct wt_trace_tally *tally,
                                        struct wt_trace_part *part);

/* Adds what flows still hold back to the tallies. After it nothing can be added. */
void wt_trace_flows_end(struct wt_trace_flows *flows);

/* Flows that were forgotten while others were added. */
uint64_t wt_trace_flows_forgotten(const struct wt_trace_flows *flows);

#endif
