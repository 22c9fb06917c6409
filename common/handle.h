/* SPDX-License-Identifier: MIT */
/* A libpcap handle, opened as every capture point of the core wants it. */
#ifndef WT_HANDLE_H
#define WT_HANDLE_H

#include <pcap/pcap.h>

#include "wiretruth.h"

enum { WT_RING_IDLE = 64 << 10 }; /* octets of a ring in which a tap keeps nothing */

/*
 * Opens a device ("any" for all of them) in the present network namespace, non-blocking and in immediate mode. snap:
 * octets that are kept of a packet; ring: octets of room for them. -EPERM without CAP_NET_RAW, -ENODEV and -ENETDOWN by
 * the device's state; the sentence names it.
 */
int wt_handle_open(pcap_t **out, const char *device, int snap, int ring, struct wt_error *error);

/* The same, for what has the addresses of others as well. */
int wt_handle_open_promiscuous(pcap_t **out, const char *device, int snap, int ring, struct wt_error *error);

/* Puts it on the path of every packet of an interface (0: of all), or takes it off. -ENODEV where that is gone. */
int wt_handle_bind(pcap_t *handle, int ifindex, bool attached);

/* Whether an interface is to receive what has the addresses of others as well, for as long as the handle is bound to
 * it.
 */
int wt_handle_promiscuous(pcap_t *handle, int ifindex, bool promiscuous);

/* Whether packets start with a header that libpcap made up in place of the link's. */
bool wt_handle_is_cooked(pcap_t *handle);

#endif
