/* SPDX-License-Identifier: MIT */
/* What the netlink readers share. */
#ifndef WT_NETLINK_H
#define WT_NETLINK_H

#include <netlink/netlink.h>

#include "wiretruth.h"

/* A connected socket of the protocol for requests, on which nobody waits long for an answer. NULL on error. */
struct nl_sock *wt_netlink_open(int protocol, struct wt_error *error);

/* A negative errno for libnl's negative error code. */
int wt_netlink_errno(int nle);

/* What an answer says of itself: 0 or a negative errno, -EIO for what is neither. */
int wt_netlink_checked(int error);

/*
 * The number of a generic netlink family, -EOPNOTSUPP, or -ENOMEM. libnl takes whatever went wrong for a family that
 * the kernel does not have, which would hold for as long as the process runs: so it is asked more than once.
 */
int wt_netlink_family(struct nl_sock *socket, const char *name);

/*
 * Sends the request and feeds every message of the answer to on_message (an NL_CB_VALID callback; -NLE_NOMEM gives the
 * answer up, NL_STOP would wait for an end that has come already). Frees the message. 0 or a negative errno, which is
 * the kernel's where it refused.
 */
int wt_netlink_request(struct nl_sock *socket, struct nl_msg *message, nl_recvmsg_msg_cb_t on_message, void *context);

/*
 * Takes what is left of an answer that was given up off the socket: until the kernel has told all of a dump, it refuses
 * to begin another one on the same socket. Whoever reads without wt_netlink_request() calls it after each failure.
 */
void wt_netlink_drain(struct nl_sock *socket);

/*
 * A socket that hears what is multicast to the group and feeds it to on_message: a socket of its own, since a flood of
 * notifications must never cost an answer. NULL on error; what it is about goes into the sentence.
 */
struct nl_sock *wt_netlink_listen(int protocol, int group, nl_recvmsg_msg_cb_t on_message, void *context,
                                  const char *what, struct wt_error *error);

/* Takes what was heard off the socket, but not without end. False if some of it was lost, or is left. */
bool wt_netlink_hear(struct nl_sock *socket);

#endif
