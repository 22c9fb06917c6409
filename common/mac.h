/* SPDX-License-Identifier: MIT */
/* What the MAC itself counted: ethtool's standard statistics, groups eth-mac and rmon. */
#ifndef WT_MAC_H
#define WT_MAC_H

#include <netlink/netlink.h>

#include "wiretruth.h"

/*
 * Counters of the port: on a device with several functions or hosts they hold the others' traffic too.
 *
 * frames: FramesReceivedOK and FramesTransmittedOK (IEEE 802.3, 30.3.1.1.5 and .2; the kernel's net/ethtool/stats.c,
 * struct ethtool_eth_mac_stats): unicast, multicast and broadcast alike, without those that had an error. They are
 * counted below whatever merges or cuts, so never a packet of several frames. Frames that no stack sees can be among
 * them: flow control, and where the device filters addresses behind the MAC, frames for others. Where a device has no
 * such figure, the sum of rmon's size histogram of that direction, if its ranges leave no gap from 64 to 1,518 octets
 * and none longer was counted outside them; that sum has frames with errors in it. A driver that hands on a register of
 * 32 bits makes the figure wrap there.
 *
 * octets: none. OctetsReceivedOK and OctetsTransmittedOK are data and padding only by the standard
 * (30.3.1.1.14 and .8: neither header nor FCS). Some drivers take 18 octets a frame off to get there (rtl8365mb,
 * ksz9477), others hand on whatever their device counts, with header and FCS (ocelot, bcmasp), and nothing tells which.
 * The difference is the same for every frame, so a wrong guess would look like a misreport.
 */
struct wt_macs;

/* -EOPNOTSUPP where the kernel has no ethtool netlink (Linux 5.7) or no standard statistics (Linux 5.13). */
int wt_macs_open(struct wt_macs **out, struct wt_error *error);
void wt_macs_close(struct wt_macs *macs); /* NULL is allowed */

/*
 * Reads one device's MAC counters. One request a device: a dump ends at the first one that is detached. 0 if any of
 * them is known; -EOPNOTSUPP when the device fills none (the answer has the groups all the same, empty); -EAGAIN when
 * it was not asked, since it is suspended to save power and the request would wake it (net/ethtool/netlink.c,
 * ethnl_ops_begin), or since that cannot be told; else what the kernel says: -ENODEV when it is gone or detached.
 * WT_UNKNOWN in both directions unless it returns 0, and in one that the device does not fill.
 */
int wt_mac_read(struct wt_macs *macs, int ifindex, const char *name, uint64_t frames[WT_DIRECTIONS]);

/*
 * What one answer to a request for statistics says of the device. 0; -ENODEV if it is about another device or not a
 * whole answer; -EOPNOTSUPP if none is filled.
 */
int wt_mac_parse(struct nlmsghdr *answer, int ifindex, uint64_t frames[WT_DIRECTIONS]);

/* Whether a device in this state of runtime power management ("suspended\n", as in sysfs) would be woken. */
bool wt_mac_would_wake(const char *runtime_status);

#endif
