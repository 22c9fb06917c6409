/* SPDX-License-Identifier: MIT */
/*
 * Interfaces on which copies of other interfaces' frames arrive, from a tap in the cable or from a SPAN port: what they
 * show of each observed interface. Counted by an instance of the tap's program with sockets of its own, promiscuous and
 * only on the mirrors, so that nobody else's packets pay for it; so there is nothing without method exact.
 *
 * Everything arrives as received there. What has an address of the observed interface (or of a device above it) as
 * source is what it transmitted; what has one as destination, or goes to a group and is not from it, is what it
 * received.
 */
#ifndef WT_MIRROR_H
#define WT_MIRROR_H

#include "config.h"
#include "link.h"
#include "readers.h"

struct wt_mirrors;

/* *out is NULL if none is configured. The configuration must outlive it. -EINVAL: one of an interface that is not
 * selected. */
int wt_mirrors_open(struct wt_mirrors **out, const struct wt_config *config, struct wt_error *error);
void wt_mirrors_close(struct wt_mirrors *mirrors);

/* All of the following take NULL, and do nothing or return nothing then. */

/* Lets go of interfaces that were deleted: one that has the number now is another one. */
void wt_mirrors_forget(struct wt_mirrors *mirrors, const struct wt_links *links);

/* Takes over what a new reading of links says, and the method that is in use. */
void wt_mirrors_update(struct wt_mirrors *mirrors, enum wt_method method, const struct wt_link *table, size_t count);

/* Reads what the mirror of an observed interface shows. A new epoch begins where something may not have been counted.
 */
void wt_mirrors_read(struct wt_mirrors *mirrors, int ifindex, struct wt_instruments *instruments);

/* Opens in advance what mirrors will need that come later, so that no right is needed for them. */
int wt_mirrors_reserve(struct wt_mirrors *mirrors, struct wt_error *error);

/* As the tap is: off the path of every packet, on it again, and to stay on it. */
void wt_mirrors_detach(struct wt_mirrors *mirrors);
void wt_mirrors_attach(struct wt_mirrors *mirrors);
void wt_mirrors_stay(struct wt_mirrors *mirrors);

/* Packets that it looked at since the last call, others' among them. */
double wt_mirrors_packets(struct wt_mirrors *mirrors);

/* The name of the mirror of an observed interface, NULL if it has none. *reason: why it shows nothing; "" if it does.
 */
const char *wt_mirrors_of(const struct wt_mirrors *mirrors, int ifindex, const char **reason);

#endif
