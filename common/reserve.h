/* SPDX-License-Identifier: MIT */
/*
 * Capture handles that are opened in advance, for a process that gives up the right to open any. A packet socket is
 * opened with CAP_NET_RAW; to bind it to another interface, to give it another filter or to make it promiscuous takes
 * no right (af_packet.c).
 */
#ifndef WT_RESERVE_H
#define WT_RESERVE_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>

#include "wiretruth.h"

struct wt_reserve;

/*
 * plain: handles whose packets start with the link's header, for Ethernet; cooked: for what has another one or none.
 * Where no plain ones can be opened (lo is down) there are more cooked ones. snap and ring as in wt_handle_open().
 */
int wt_reserve_open(struct wt_reserve **out, size_t plain, size_t cooked, int snap, int ring, struct wt_error *error);
void wt_reserve_close(struct wt_reserve *reserve);

/*
 * One that sees nothing until it is bound, whose ring is empty. NULL if none is left that serves: a cooked one serves
 * for everything. *drops: of pcap_stats(), from which it counts on.
 */
pcap_t *wt_reserve_take(struct wt_reserve *reserve, bool cooked, uint32_t *drops);

/* Gives one back, or a handle that was opened before there was a reserve. It sees nothing any more. */
void wt_reserve_give(struct wt_reserve *reserve, pcap_t *handle);

#endif
