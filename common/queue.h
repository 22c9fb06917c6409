/* SPDX-License-Identifier: MIT */
/* What a driver's queues counted: netdev-genl queue statistics, summed over the device. */
#ifndef WT_QUEUE_H
#define WT_QUEUE_H

#include <netlink/netlink.h>

#include "wiretruth.h"

/*
 * By direction, WT_UNKNOWN for what the driver does not fill (the kernel leaves out of the sum what any of its queues
 * does not fill: net/core/netdev-genl.c, netdev_nl_stats_by_netdev). Names in the kernel's netdev.yaml:
 *
 * packets, octets            rx-packets, rx-bytes; tx-packets, tx-bytes. Meant to be wire packets, which not every
 *                            driver holds to (virtio_net counts merged and uncut ones as one), so what they count
 *                            has to be found out, as with a link counter.
 * merged_packets, _octets    rx-hw-gro-packets, rx-hw-gro-bytes: what the device merged (without LRO) and handed over;
 *                            tx-hw-gso-packets, tx-hw-gso-bytes: what it was given to cut.
 * merged_frames,             rx-hw-gro-wire-packets, rx-hw-gro-wire-bytes; tx-hw-gso-wire-packets,
 * merged_wire_octets         tx-hw-gso-wire-bytes: the frames that those were, or became, on the wire.
 */
struct wt_queue_counter {
  uint64_t packets, octets;
  uint64_t merged_packets, merged_frames;
  uint64_t merged_octets, merged_wire_octets;
};

/* Frames, and octets, on the wire: what was merged or cut by the device put back. WT_UNKNOWN unless the driver fills
 * all three of a kind. */
void wt_queue_wire(const struct wt_queue_counter *counter, uint64_t *frames, uint64_t *octets);

struct wt_queues;

/* -EOPNOTSUPP where the kernel has none, or not of one device alone (Linux 6.10). */
int wt_queues_open(struct wt_queues **out, struct wt_error *error);
void wt_queues_close(struct wt_queues *queues); /* NULL is allowed */

/*
 * Reads one device's sums. 0 if any of them is known; -EOPNOTSUPP when the driver has none; else what the kernel says.
 * Wakes no suspended device. Unknown in every field unless it returns 0.
 */
int wt_queue_read(struct wt_queues *queues, int ifindex, struct wt_queue_counter counter[WT_DIRECTIONS]);

/*
 * What one message of the answer says of the device. 0; -ENODEV if it is about another device, about one queue, or not
 * a whole message; -EOPNOTSUPP if none is filled.
 */
int wt_queue_parse(struct nlmsghdr *answer, int ifindex, struct wt_queue_counter counter[WT_DIRECTIONS]);

#endif
