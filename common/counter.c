/* SPDX-License-Identifier: MIT */
#include "counter.h"

#include <errno.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "netlink.h"
#include "netlink_dump.h"

/* Whether the answer has them. */
static bool parse(struct nlmsghdr *answer, struct wt_link_counter counter[WT_DIRECTIONS])
{
  struct nlattr *attribute = nlmsg_find_attr(answer, sizeof(struct if_stats_msg), IFLA_STATS_LINK_64);
  struct rtnl_link_stats64 stats = {0};

  if (!attribute)
    return false;
  /* The structure grew over time; what matters here has been at its start from the beginning. */
  nla_memcpy(&stats, attribute, sizeof(stats));
  counter[WT_RX] = (struct wt_link_counter){stats.rx_packets, stats.rx_bytes};
  counter[WT_TX] = (struct wt_link_counter){stats.tx_packets, stats.tx_bytes};
  return true;
}

static struct nl_msg *new_request(int ifindex, int flags)
{
  struct if_stats_msg request = {
      .ifindex = (__u32)ifindex,
      .filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64),
  };
  struct nl_msg *message = nlmsg_alloc_simple(RTM_GETSTATS, flags);

  if (message && nlmsg_append(message, &request, sizeof(request), NLMSG_ALIGNTO)) {
    nlmsg_free(message);
    return NULL;
  }
  return message;
}

/* ---- of one interface ------------------------------------------------------------------------------------------ */

struct reading {
  struct wt_link_counter *counter;
  bool found;
};

static int on_stats(struct nl_msg *message, void *context)
{
  struct reading *reading = context;

  reading->found |= parse(nlmsg_hdr(message), reading->counter);
  return NL_OK;
}

int wt_counter_read(struct nl_sock *socket, int ifindex, struct wt_link_counter counter[WT_DIRECTIONS])
{
  struct reading reading = {.counter = counter};
  struct nl_msg *message = new_request(ifindex, 0);
  int status = message ? wt_netlink_request(socket, message, on_stats, &reading) : -ENOMEM;

  if (status)
    return status;
  return reading.found ? 0 : -EOPNOTSUPP;
}

/* ---- of all ----------------------------------------------------------------------------------------------------- */

struct listing {
  void (*take)(void *context, int ifindex, struct wt_link_counter counter[WT_DIRECTIONS]);
  void *context;
};

static bool on_listed(void *context, struct nlmsghdr *answer)
{
  const struct listing *listing = context;
  struct wt_link_counter counter[WT_DIRECTIONS];

  if (nlmsg_datalen(answer) >= (int)sizeof(struct if_stats_msg) && parse(answer, counter))
    listing->take(listing->context, (int)((const struct if_stats_msg *)nlmsg_data(answer))->ifindex, counter);
  return true;
}

int wt_counters_read(struct nl_sock *socket,
                     void (*take)(void *context, int ifindex, struct wt_link_counter counter[WT_DIRECTIONS]),
                     void *context)
{
  struct listing listing = {take, context};
  struct nl_msg *message = new_request(0, NLM_F_DUMP);

  return message ? wt_netlink_dump(socket, message, on_listed, &listing) : -ENOMEM;
}
