/* SPDX-License-Identifier: MIT */
/* Being in a named network namespace for a moment. */
#ifndef WT_NETNS_H
#define WT_NETNS_H

#include "wiretruth.h"

/* Calls within the namespace that `ip netns` knows by this name (in /run/netns), or in this one if it is empty. What
 * the call returns is returned, unless the thread cannot go there (-ENOENT, -EPERM) or back (-ENOTRECOVERABLE). */
int wt_netns_call(const char *name, int (*call)(void *context, struct wt_error *error), void *context,
                  struct wt_error *error);

#endif
