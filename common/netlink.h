/* SPDX-License-Identifier: MIT */
/* What the netlink readers share. */
#ifndef WT_NETLINK_H
#define WT_NETLINK_H

#include <netlink/netlink.h>

#include "wiretruth.h"

/* A connected socket of the protocol for requests. NULL on error. */
struct nl_sock *wt_netlink_open(int protocol, struct wt_error *error);

/* A negative errno for libnl's negative error code. */
int wt_netlink_errno(int nle);

/*
 * Sends the request and feeds every message of the answer to on_message (an NL_CB_VALID callback). Frees the message.
 * 0 or a negative errno, which is the kernel's where it refused.
 */
int wt_netlink_request(struct nl_sock *socket, struct nl_msg *message, nl_recvmsg_msg_cb_t on_message, void *context);

/*
 * A socket that hears what is multicast to the group and feeds it to on_message: a socket of its own, since a flood of
 * notifications must never cost an answer. NULL on error; what it is about goes into the sentence.
 */
struct nl_sock *wt_netlink_listen(int protocol, int group, nl_recvmsg_msg_cb_t on_message, void *context,
                                  const char *what, struct wt_error *error);

/* Takes what was heard off the socket. False if some of it was lost. */
bool wt_netlink_hear(struct nl_sock *socket);

#endif
