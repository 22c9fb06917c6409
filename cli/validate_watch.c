/* SPDX-License-Identifier: MIT */
/* Tells an interface that was deleted from one that went to another network namespace: the kernel says it once. */
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "netlink.h"
#include "validate.h"

static int on_link(struct nl_msg *message, void *context)
{
  struct validate_watch *watch = context;
  struct nlmsghdr *header = nlmsg_hdr(message);
  const struct ifinfomsg *link = nlmsg_data(header);

  if (header->nlmsg_type == RTM_DELLINK && nlmsg_datalen(header) >= (int)sizeof(*link) &&
      link->ifi_index == watch->ifindex)
    watch->moved = nlmsg_find_attr(header, sizeof(*link), IFLA_NEW_NETNSID) != NULL;
  return NL_OK;
}

bool validate_watch_open(struct validate_watch *watch, int ifindex)
{
  struct wt_error error = {0};

  *watch = (struct validate_watch){.ifindex = ifindex};
  watch->socket = wt_netlink_listen(NETLINK_ROUTE, RTNLGRP_LINK, on_link, watch, "links", &error);
  if (!watch->socket)
    cli_say("%s", error.text);
  return watch->socket != NULL;
}

void validate_watch_close(struct validate_watch *watch)
{
  nl_socket_free(watch->socket);
  watch->socket = NULL;
}

bool validate_watch_moved(struct validate_watch *watch)
{
  if (watch->socket)
    wt_netlink_hear(watch->socket);
  return watch->moved;
}
