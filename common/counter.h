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
 * readings that bracket it are microseconds apart. -ENODEV when it is gone.
 */
int wt_counter_read(struct nl_sock *socket, int ifindex, struct wt_link_counter counter[WT_DIRECTIONS]);

/*
 * Reads those of all interfaces by one dump, at a fraction of the cost of a request each. 0 or a negative errno;
 * then, and with -EINTR (something changed meanwhile), what was handed over is right, but not all was.
 */
int wt_counters_read(struct nl_sock *socket,
                     void (*take)(void *context, int ifindex, struct wt_link_counter counter[WT_DIRECTIONS]),
                     void *context);

/*
 * Reads the MIB of the calling thread's network namespace: totals since the namespace began, WT_UNKNOWN for what this
 * kernel does not show. Nothing but /proc has it.
 */
void wt_namespace_read(struct wt_namespace *totals);

/* later - earlier, field by field, unknown where either is. */
void wt_namespace_subtract(const struct wt_namespace *later, const struct wt_namespace *earlier,
                           struct wt_namespace *difference);

/*
 * The IPv6 MIB of one interface, totals since it has IPv6. in_segments: Ip6In{NoECT,ECT1,ECT0,CE}Pkts, received
 * segments (a merged packet counts as its gso_segs, one of untrusted GSO as 1: net/ipv6/ip6_input.c, ip6_rcv_core);
 * out_packets: Ip6OutRequests, packets before any segmentation. WT_UNKNOWN where this kernel does not show them.
 */
struct wt_ipv6_counter {
  uint64_t in_segments, out_packets;
};

/*
 * Reads it in the calling thread's network namespace. -ENOENT where the interface has no IPv6, or is gone; -ENODEV when
 * another interface has the name now. Unknown in every field unless it returns 0.
 */
int wt_ipv6_read(const char *name, int ifindex, struct wt_ipv6_counter *counter);

/* What the text of dev_snmp6/NAME says. 0, or -ENODEV if it does not say that it is of ifindex. */
int wt_ipv6_parse(const char *text, int ifindex, struct wt_ipv6_counter *counter);

#endif
