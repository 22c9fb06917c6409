/* SPDX-License-Identifier: MIT */
/* Dumps of thousands of answers at every poll: nothing is allocated or copied for each of them. */
#ifndef WT_NETLINK_DUMP_H
#define WT_NETLINK_DUMP_H

#include <netlink/netlink.h>

#include "wiretruth.h"

/*
 * Sends the request for a dump and hands every answer to take, until there are no more or take returns false: then the
 * rest is left unread, and the socket is of no more use. Frees the message. 0; a negative errno, which is the kernel's
 * where it refused; -EINTR after a whole dump during which something changed: each answer is right, and some may be
 * missing or there twice.
 */
int wt_netlink_dump(struct nl_sock *socket, struct nl_msg *message,
                    bool (*take)(void *context, struct nlmsghdr *answer), void *context);

#endif
