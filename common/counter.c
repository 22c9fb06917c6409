/* SPDX-License-Identifier: MIT */
#include "counter.h"

#include <errno.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "netlink.h"

struct reading {
  struct wt_link_counter *counter;
  bool found;
};

static int on_stats(struct nl_msg *message, void *context)
{
  struct reading *reading = context;
  struct nlattr *attribute = nlmsg_find_attr(nlmsg_hdr(message), sizeof(struct if_stats_msg), IFLA_STATS_LINK_64);
  struct rtnl_link_stats64 stats = {0};

  if (!attribute)
    return NL_OK;
  /* The structure grew over time; what matters here has been at its start from the beginning. */
  nla_memcpy(&stats, attribute, sizeof(stats));
  reading->counter[WT_RX] = (struct wt_link_counter){stats.rx_packets, stats.rx_bytes};
  reading->counter[WT_TX] = (struct wt_link_counter){stats.tx_packets, stats.tx_bytes};
  reading->found = true;
  return NL_OK;
}

int wt_counter_read(struct nl_sock *socket, int ifindex, struct wt_link_counter counter[WT_DIRECTIONS])
{
  struct if_stats_msg request = {
      .ifindex = (__u32)ifindex,
      .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64),
  };
  struct reading reading = {.counter = counter};
  struct nl_msg *message = nlmsg_alloc_simple(RTM_GETSTATS, 0);
  int status;

  if (!message)
    return -ENOMEM;
  if (nlmsg_append(message, &request, sizeof(request), NLMSG_ALIGNTO)) {
    nlmsg_free(message);
    return -ENOMEM;
  }
  status = wt_netlink_request(socket, message, on_stats, &reading);
  if (status)
    return status;
  return reading.found ? 0 : -EOPNOTSUPP;
}
