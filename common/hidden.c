/* SPDX-License-Identifier: MIT */
#include "hidden.h"

static const struct wt_bounds nothing_known = {WT_UNKNOWN, WT_UNKNOWN};

struct wt_bounds wt_hidden_packets(uint64_t segments, uint64_t hidden)
{
  if (!wt_known(segments))
    return nothing_known;
  if (segments == 0)
    return (struct wt_bounds){0, 0};
  /* At most as many are hidden as there are beyond one a packet; one packet at least was sent. */
  return (struct wt_bounds){hidden < segments ? segments - hidden : 1, segments};
}

struct wt_bounds wt_hidden_segments(uint64_t packets, uint64_t hidden)
{
  if (!wt_known(packets))
    return nothing_known;
  return (struct wt_bounds){packets, wt_known(hidden) ? packets + hidden : WT_UNKNOWN};
}

uint64_t wt_hidden_most(const struct wt_direction_report *report)
{
  return report->wire.estimated ? report->hidden.high : report->hidden.tcp;
}

void wt_hidden_attribute(struct wt_direction_report *report, enum wt_direction direction,
                         const struct wt_namespace *namespace)
{
  struct wt_hidden *hidden = &report->hidden;
  uint64_t most = wt_hidden_most(report);

  if (direction == WT_TX) {
    hidden->retransmitted_segments = namespace->tcp_retransmitted;
    hidden->retransmitted_packets = wt_hidden_packets(namespace->tcp_retransmitted, most);
    return;
  }
  hidden->duplicate_packets = namespace->tcp_duplicate_packets;
  hidden->out_of_order_packets = namespace->tcp_out_of_order_packets;
  /* A duplicate may also be the first segment of a packet that goes on with new ones, which TCP counts as none. */
  hidden->duplicate_segments = wt_hidden_segments(namespace->tcp_duplicate_packets, most);
  /* What follows without a gap is merged, what has one before it begins a packet: all of its segments have come early.
   */
  hidden->out_of_order_segments =
      wt_hidden_segments(namespace->tcp_out_of_order_packets, namespace->tcp_out_of_order_packets ? most : 0);
}
