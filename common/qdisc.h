/* SPDX-License-Identifier: MIT */
/* What the root queue discipline of an interface sent: transmit only. */
#ifndef WT_QDISC_H
#define WT_QDISC_H

#include <netlink/netlink.h>

#include "wiretruth.h"

/*
 * packets: segments, since a packet that is still to be cut counts as its gso_segs (include/net/sch_generic.h,
 * bstats_update); one of untrusted GSO (a guest's) counts as 0. octets: from the link header, replicated headers in
 * (net/core/dev.c, qdisc_pkt_len_init), unless a size table (tc stab) says otherwise. Counted when they leave the
 * discipline: what it drops is in neither. One over several queues (mq) has their sum. packets wraps at 32 bits before
 * Linux 5.5.
 *
 * A change of handle or kind means that another discipline is there, which began at 0. The default ones have handle 0,
 * so one that took the place of another of its kind shows only in that the figures went back.
 */
struct wt_qdisc_counter {
  uint64_t packets, octets;
  uint32_t handle; /* major in the upper 16 bits */
  char kind[16];   /* "fq_codel" */
};

/*
 * Reads the root queue disciplines of all interfaces (RTM_GETQDISC; no privilege) and hands over each, with NULL for a
 * counter if it does not count, until take returns false: then the socket is of no more use. One dump, since the kernel
 * answers a request for one of them by a notification, which everybody who listens for changes of disciplines gets too
 * (net/sched/sch_api.c, qdisc_get_notify). -EINTR when some of it changed meanwhile, so that one can be missing. The
 * socket is NETLINK_ROUTE, as for wt_counter_read().
 */
int wt_qdiscs_read(struct nl_sock *socket,
                   bool (*take)(void *context, int ifindex, const struct wt_qdisc_counter *counter), void *context);

/*
 * What one answer says. 0; -ENODEV if it is about another interface (any will do if ifindex is 0), not about the root,
 * or not a whole answer; -EOPNOTSUPP if it does not count.
 */
int wt_qdisc_parse(struct nlmsghdr *answer, int ifindex, struct wt_qdisc_counter *counter);

#endif
