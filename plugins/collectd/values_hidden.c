/* SPDX-License-Identifier: MIT */
#include "values_parts.h"

/* What a capture does not show, and readers of packets without their tags. Segments have the direction in which TCP
 * counts them. */
void values_hidden(const value_list_t *common, const struct wt_interface *interface)
{
  const struct wt_hidden *received = &interface->direction[WT_RX]->hidden;

  dispatch_estimates(interface);
  for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++) {
    const struct wt_direction_report *report = interface->direction[d];

    dispatch_total(common, d, "hidden_frames", report->hidden.frames);
    dispatch_total(common, d, "hidden_tcp", report->hidden.tcp);
    dispatch_total(common, d, "hidden_udp", report->hidden.udp);
    dispatch_total(common, d, "vlan_out_of_band", report->vlan_out_of_band);
  }
  dispatch_estimates(NULL);
  dispatch_total(common, WT_TX, "retransmitted_segments", interface->direction[WT_TX]->hidden.retransmitted_segments);
  dispatch_total(common, WT_RX, "out_of_order_packets", received->out_of_order_packets);
  dispatch_total(common, WT_RX, "duplicate_packets", received->duplicate_packets);
}
