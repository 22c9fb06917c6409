/* SPDX-License-Identifier: MIT */
/* By which addresses the frames of an observed interface are told from those of others on a mirror. Pure. */
#ifndef WT_MIRROR_ADDRESSES_H
#define WT_MIRROR_ADDRESSES_H

#include "link.h"
#include "tap.h"

/*
 * Its own address, and those of the devices above it in this namespace (a macvlan has one of its own): as many as fit
 * into room, each once, its own first; their number. More than room: there are more.
 */
size_t wt_mirror_addresses(const struct wt_link *table, size_t count, const struct wt_link *observed,
                           struct wt_tap_station *stations, size_t room);

/*
 * The first of the stations that another observed interface has on the same mirror, too: whose frames are whose cannot
 * be told. NULL if there is none.
 */
const struct wt_tap_station *wt_mirror_clash(const struct wt_tap_station *all, size_t all_count,
                                             const struct wt_tap_station *stations, size_t count);

#endif
