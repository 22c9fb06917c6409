/* SPDX-License-Identifier: MIT */
/* What the kernel's own counters say: of a link (rtnetlink), and of the network namespace (IP and TCP MIB). */
#ifndef WT_COUNTER_H
#define WT_COUNTER_H

#include <netlink/netlink.h>

#include "wiretruth.h"

/* rtnl_link_stats64 of one interface, by direction. What a frame or an octet is here is up to the driver. */
struct wt_link_counter {
  uint64_t packets;
  uint64_t octets;
};

/*
 * Reads one interface's link statistics (RTM_GETSTATS, Linux 4.7). One request an interface, so that the two tap
 * readings that bracket it are microseconds apart; a dump of all would stretch them over all. -ENODEV when it is gone.
 */
int wt_counter_read(struct nl_sock *socket, int ifindex, struct wt_link_counter counter[WT_DIRECTIONS]);

/*
 * Reads the MIB of the calling thread's network namespace: totals since the namespace began, WT_UNKNOWN for what this
 * kernel does not show. Nothing but /proc has it.
 */
void wt_namespace_read(struct wt_namespace *totals);

/* later - earlier, field by field, unknown where either is. */
void wt_namespace_subtract(const struct wt_namespace *later, const struct wt_namespace *earlier,
                           struct wt_namespace *difference);

#endif
