/* SPDX-License-Identifier: MIT */
#include "qdisc.h"

#include <errno.h>
#include <string.h>

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "netlink_dump.h"

/* In an answer they can be longer than the structures of these headers, or, as nested ones, end without padding. */
enum {
  BASIC_LENGTH = sizeof(uint64_t) + sizeof(uint32_t), /* bytes and packets of struct gnet_stats_basic */
};

static bool take_nested(struct nlattr *statistics, struct wt_qdisc_counter *counter)
{
  struct nlattr *fields[TCA_STATS_MAX + 1];
  struct gnet_stats_basic basic = {0};

  if (nla_parse_nested(fields, TCA_STATS_MAX, statistics, NULL) || !fields[TCA_STATS_BASIC] ||
      nla_len(fields[TCA_STATS_BASIC]) < BASIC_LENGTH)
    return false;
  nla_memcpy(&basic, fields[TCA_STATS_BASIC], BASIC_LENGTH);
  counter->octets = basic.bytes;
  counter->packets = basic.packets;
  /* There only when they don't fit in 32 bits, and of the hardware's part too: these are the ones that fit the rest. */
  if (fields[TCA_STATS_PKT64] && nla_len(fields[TCA_STATS_PKT64]) >= (int)sizeof(uint64_t)) {
    uint64_t packets = nla_get_u64(fields[TCA_STATS_PKT64]);

    if ((uint32_t)packets == basic.packets)
      counter->packets = packets;
  }
  return true;
}

static bool take_flat(const struct nlattr *statistics, struct wt_qdisc_counter *counter)
{
  struct tc_stats stats = {0};

  if (nla_len(statistics) < (int)(offsetof(struct tc_stats, packets) + sizeof(stats.packets)))
    return false;
  nla_memcpy(&stats, statistics, sizeof(stats));
  counter->octets = stats.bytes;
  counter->packets = stats.packets;
  return true;
}

/* What the figures are before there are any. */
static void forget(struct wt_qdisc_counter *counter)
{
  *counter = (struct wt_qdisc_counter){.packets = WT_UNKNOWN, .octets = WT_UNKNOWN};
}

int wt_qdisc_parse(struct nlmsghdr *answer, int ifindex, struct wt_qdisc_counter *counter)
{
  struct nlattr *fields[TCA_MAX + 1];
  const struct tcmsg *header;

  forget(counter);
  if (answer->nlmsg_type != RTM_NEWQDISC || nlmsg_parse(answer, sizeof(*header), fields, TCA_MAX, NULL))
    return -ENODEV;
  header = nlmsg_data(answer);
  if ((ifindex && header->tcm_ifindex != ifindex) || header->tcm_parent != TC_H_ROOT || !fields[TCA_KIND])
    return -ENODEV;
  counter->handle = header->tcm_handle;
  nla_strlcpy(counter->kind, fields[TCA_KIND], sizeof(counter->kind));
  /* Their zeros are no count: packets go past them. */
  if (strcmp(counter->kind, "noqueue") == 0 || strcmp(counter->kind, "noop") == 0)
    return -EOPNOTSUPP;
  if ((fields[TCA_STATS2] && take_nested(fields[TCA_STATS2], counter)) ||
      (fields[TCA_STATS] && take_flat(fields[TCA_STATS], counter)))
    return 0;
  return -EOPNOTSUPP;
}

struct listing {
  bool (*take)(void *context, int ifindex, const struct wt_qdisc_counter *counter);
  void *context;
};

static bool on_listed(void *context, struct nlmsghdr *answer)
{
  const struct listing *listing = context;
  struct wt_qdisc_counter counter;
  int status = wt_qdisc_parse(answer, 0, &counter);

  /* Not about a root, or about nothing. */
  if (status == -ENODEV)
    return true;
  return listing->take(listing->context, ((const struct tcmsg *)nlmsg_data(answer))->tcm_ifindex,
                       status ? NULL : &counter);
}

int wt_qdiscs_read(struct nl_sock *socket,
                   bool (*take)(void *context, int ifindex, const struct wt_qdisc_counter *counter), void *context)
{
  struct tcmsg request = {0};
  struct listing listing = {take, context};
  struct nl_msg *message = nlmsg_alloc_simple(RTM_GETQDISC, NLM_F_DUMP);

  if (!message)
    return -ENOMEM;
  if (nlmsg_append(message, &request, sizeof(request), NLMSG_ALIGNTO)) {
    nlmsg_free(message);
    return -ENOMEM;
  }
  return wt_netlink_dump(socket, message, on_listed, &listing);
}
