/* SPDX-License-Identifier: MIT */
/* The segment size of a flow, from its own TCP socket in this network namespace (sock_diag). */
#ifndef WT_FLOW_H
#define WT_FLOW_H

#include "dissect.h"
#include "wiretruth.h"

struct wt_flows;

int wt_flows_open(struct wt_flows **out, struct wt_error *error);
void wt_flows_close(struct wt_flows *flows);

/*
 * Reads all TCP sockets, and those that have ended since the last reading. Those of the reading before are remembered
 * once more, for samples that are looked at late. On error the table is as it was.
 */
int wt_flows_read(struct wt_flows *flows);

/*
 * Octets of payload in a full frame of the flow that a packet in this direction belongs to (tcpi_rcv_mss,
 * tcpi_snd_mss); 0 if no socket of this namespace has it (flows may be NULL): it is forwarded, or ended long ago.
 */
unsigned int wt_flows_segment_size(const struct wt_flows *flows, const struct wt_flow_key *packet,
                                   enum wt_direction direction);

#endif
