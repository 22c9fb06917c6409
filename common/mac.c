/* SPDX-License-Identifier: MIT */
#include "mac.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "error.h"
#include "netlink.h"

enum {
  SHORTEST_FRAME = 64,  /* with FCS, as the ranges of the histogram are */
  LONGEST_FRAME = 1518, /* of standard size, without a tag */
  LONGEST_TAGGED = 1522,
  PATH_LENGTH = 512,
};

struct wt_macs {
  struct nl_sock *ethtool;
  struct nl_sock *route;
  int family;
};

/* ---- what an answer says ---------------------------------------------------------------------------------------- */

/* A size histogram as far as its ranges join without a gap, in the order in which the kernel lists them. */
struct histogram {
  uint64_t frames;
  uint32_t next; /* where the next range has to begin; 0 before the first */
  bool broken;   /* a gap, a range twice, or not to be read */
};

struct statistics {
  uint64_t frames[WT_DIRECTIONS];
  struct histogram histogram[WT_DIRECTIONS];
  uint64_t oversize;
};

static void take_range(struct nlattr *range, struct histogram *histogram)
{
  struct nlattr *fields[ETHTOOL_A_STATS_GRP_MAX + 1];
  uint32_t low, high;
  uint64_t count;

  histogram->broken = histogram->broken || nla_parse_nested(fields, ETHTOOL_A_STATS_GRP_MAX, range, NULL) ||
                      !fields[ETHTOOL_A_STATS_GRP_HIST_BKT_LOW] || !fields[ETHTOOL_A_STATS_GRP_HIST_BKT_HI] ||
                      !fields[ETHTOOL_A_STATS_GRP_HIST_VAL] ||
                      nla_len(fields[ETHTOOL_A_STATS_GRP_HIST_BKT_LOW]) < (int)sizeof(low) ||
                      nla_len(fields[ETHTOOL_A_STATS_GRP_HIST_BKT_HI]) < (int)sizeof(high) ||
                      nla_len(fields[ETHTOOL_A_STATS_GRP_HIST_VAL]) < (int)sizeof(count);
  if (histogram->broken)
    return;
  low = nla_get_u32(fields[ETHTOOL_A_STATS_GRP_HIST_BKT_LOW]);
  high = nla_get_u32(fields[ETHTOOL_A_STATS_GRP_HIST_BKT_HI]);
  count = nla_get_u64(fields[ETHTOOL_A_STATS_GRP_HIST_VAL]);
  /* A range that the device does not fill is left out of the list: it shows as a gap. */
  if ((histogram->next ? low != histogram->next : low > SHORTEST_FRAME) || high < low || high == UINT32_MAX ||
      count >= WT_UNKNOWN - histogram->frames) {
    histogram->broken = true;
    return;
  }
  histogram->next = high + 1;
  histogram->frames += count;
}

static uint64_t histogram_sum(const struct histogram *histogram, uint64_t oversize)
{
  uint32_t end = histogram->next;

  if (histogram->broken || end <= LONGEST_FRAME)
    return WT_UNKNOWN;
  if (end <= LONGEST_TAGGED + 1 && wt_known(oversize) && oversize > 0)
    return WT_UNKNOWN; /* longer frames are in none of the ranges */
  return histogram->frames;
}

static void take_statistic(struct nlattr *statistic, uint32_t group, struct statistics *statistics)
{
  struct nlattr *value;
  int remaining;

  /* Their types begin at 0, which nla_parse() takes for an error. */
  nla_for_each_nested(value, statistic, remaining)
  {
    uint64_t count;

    if (nla_len(value) < (int)sizeof(count))
      continue;
    count = nla_get_u64(value);
    if (group == ETHTOOL_STATS_ETH_MAC && nla_type(value) == ETHTOOL_A_STATS_ETH_MAC_5_RX_PKT)
      statistics->frames[WT_RX] = count;
    else if (group == ETHTOOL_STATS_ETH_MAC && nla_type(value) == ETHTOOL_A_STATS_ETH_MAC_2_TX_PKT)
      statistics->frames[WT_TX] = count;
    else if (group == ETHTOOL_STATS_RMON && nla_type(value) == ETHTOOL_A_STATS_RMON_OVERSIZE)
      statistics->oversize = count;
  }
}

static void take_group(struct nlattr *group, struct statistics *statistics)
{
  struct nlattr *id = nla_find(nla_data(group), nla_len(group), ETHTOOL_A_STATS_GRP_ID);
  struct nlattr *member;
  int remaining;

  if (!id || nla_len(id) < (int)sizeof(uint32_t))
    return;
  nla_for_each_nested(member, group, remaining)
  {
    switch (nla_type(member)) {
    case ETHTOOL_A_STATS_GRP_STAT:
      take_statistic(member, nla_get_u32(id), statistics);
      break;
    case ETHTOOL_A_STATS_GRP_HIST_RX:
      take_range(member, &statistics->histogram[WT_RX]);
      break;
    case ETHTOOL_A_STATS_GRP_HIST_TX:
      take_range(member, &statistics->histogram[WT_TX]);
      break;
    default:
      break;
    }
  }
}

static bool is_about(struct nlattr *header, int ifindex)
{
  struct nlattr *fields[ETHTOOL_A_HEADER_MAX + 1];

  return header && !nla_parse_nested(fields, ETHTOOL_A_HEADER_MAX, header, NULL) &&
         fields[ETHTOOL_A_HEADER_DEV_INDEX] && nla_len(fields[ETHTOOL_A_HEADER_DEV_INDEX]) >= (int)sizeof(uint32_t) &&
         nla_get_u32(fields[ETHTOOL_A_HEADER_DEV_INDEX]) == (uint32_t)ifindex;
}

static void forget(uint64_t frames[WT_DIRECTIONS])
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    frames[direction] = WT_UNKNOWN;
}

int wt_mac_parse(struct nlmsghdr *answer, int ifindex, uint64_t frames[WT_DIRECTIONS])
{
  struct statistics statistics = {.frames = {WT_UNKNOWN, WT_UNKNOWN}, .oversize = WT_UNKNOWN};
  struct nlattr *attribute;
  int remaining;

  forget(frames);
  if (!genlmsg_valid_hdr(answer, 0) || genlmsg_hdr(answer)->cmd != ETHTOOL_MSG_STATS_GET_REPLY ||
      !is_about(nlmsg_find_attr(answer, GENL_HDRLEN, ETHTOOL_A_STATS_HEADER), ifindex))
    return -ENODEV;
  /* Each group is an attribute of its own of the same type, so all have to be looked through. */
  nlmsg_for_each_attr(attribute, answer, GENL_HDRLEN, remaining)
  {
    if (nla_type(attribute) == ETHTOOL_A_STATS_GRP)
      take_group(attribute, &statistics);
  }
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    frames[direction] = statistics.frames[direction];
    if (!wt_known(frames[direction]))
      frames[direction] = histogram_sum(&statistics.histogram[direction], statistics.oversize);
  }
  return wt_known(frames[WT_RX]) || wt_known(frames[WT_TX]) ? 0 : -EOPNOTSUPP;
}

/* ---- whether asking would wake it ------------------------------------------------------------------------------- */

bool wt_mac_would_wake(const char *runtime_status)
{
  /* "suspended" and "suspending". One whose power is not managed ("unsupported") or cannot be woken ("error") stays. */
  return strncmp(runtime_status, "suspend", strlen("suspend")) == 0;
}

/* The device on some bus that a network device belongs to: it is this one that a request wakes. */
struct parent {
  char bus[32], name[128];
};

static int on_link(struct nl_msg *message, void *context)
{
  struct parent *parent = context;
  struct nlattr *fields[IFLA_MAX + 1];

  if (nlmsg_parse(nlmsg_hdr(message), sizeof(struct ifinfomsg), fields, IFLA_MAX, NULL))
    return NL_OK;
  if (fields[IFLA_PARENT_DEV_NAME])
    nla_strlcpy(parent->name, fields[IFLA_PARENT_DEV_NAME], sizeof(parent->name));
  if (fields[IFLA_PARENT_DEV_BUS_NAME])
    nla_strlcpy(parent->bus, fields[IFLA_PARENT_DEV_BUS_NAME], sizeof(parent->bus));
  return NL_OK;
}

/* rtnetlink knows it in any namespace (Linux 5.14). Empty strings where there is none, or the kernel does not say. */
static int read_parent(struct wt_macs *macs, int ifindex, struct parent *parent)
{
  struct ifinfomsg request = {.ifi_index = ifindex};
  struct nl_msg *message = nlmsg_alloc_simple(RTM_GETLINK, 0);

  if (!message)
    return -ENOMEM;
  if (nlmsg_append(message, &request, sizeof(request), NLMSG_ALIGNTO) ||
      nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)) {
    nlmsg_free(message);
    return -ENOMEM;
  }
  return wt_netlink_request(macs->route, message, on_link, parent);
}

/* What a small file says. False, and an empty text, if it cannot be read. */
static bool read_text(const char *path, char *text, size_t size)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);

  if (fd >= 0)
    close(fd);
  text[length > 0 ? length : 0] = '\0';
  return length > 0;
}

/* Whether the device with this directory in /sys would sleep on if it were asked. */
static bool stays_asleep(const char *directory)
{
  char path[PATH_LENGTH], text[32];

  if ((size_t)snprintf(path, sizeof(path), "%s/power/runtime_status", directory) >= sizeof(path))
    return false;
  if (read_text(path, text, sizeof(text)))
    return !wt_mac_would_wake(text);
  /* A kernel without power management has the device but no such file. */
  return access(directory, F_OK) == 0;
}

/*
 * Whether /sys/class/net/NAME is this interface: /sys shows the network namespace of whoever mounted it. The number can
 * be right by chance, so this is only for where rtnetlink does not say which device it is.
 */
static bool sysfs_has(const char *name, int ifindex)
{
  char path[PATH_LENGTH], text[32];

  snprintf(path, sizeof(path), "/sys/class/net/%.*s/ifindex", IFNAMSIZ, name);
  return read_text(path, text, sizeof(text)) && strtol(text, NULL, 10) == ifindex;
}

/* 0 if it can be asked without waking it, -EAGAIN if not or if that cannot be told, else a negative errno. */
static int may_be_asked(struct wt_macs *macs, int ifindex, const char *name)
{
  struct parent parent = {{0}, {0}};
  char directory[PATH_LENGTH];
  int status = read_parent(macs, ifindex, &parent);

  if (status)
    return status;
  if (parent.name[0] && parent.bus[0]) {
    snprintf(directory, sizeof(directory), "/sys/bus/%s/devices/%s", parent.bus, parent.name);
    return stays_asleep(directory) ? 0 : -EAGAIN;
  }
  /* On no bus; or on none that the kernel tells of, which before Linux 5.14 does not mean that there is none. */
  snprintf(directory, sizeof(directory), "/sys/class/net/%.*s/device", IFNAMSIZ, name);
  if (access(directory, F_OK) == 0 && sysfs_has(name, ifindex))
    return stays_asleep(directory) ? 0 : -EAGAIN;
  return parent.name[0] ? -EAGAIN : 0;
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

/* A request for both groups of one device; of no device where ifindex is 0. */
static struct nl_msg *new_request(const struct wt_macs *macs, int ifindex)
{
  const uint32_t groups = 1U << ETHTOOL_STATS_ETH_MAC | 1U << ETHTOOL_STATS_RMON;
  struct nl_msg *message = nlmsg_alloc();
  struct nlattr *header, *bitset;

  if (!message)
    return NULL;
  if (genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, macs->family, 0, 0, ETHTOOL_MSG_STATS_GET,
                  ETHTOOL_GENL_VERSION) &&
      (header = nla_nest_start(message, ETHTOOL_A_STATS_HEADER)) != NULL &&
      (!ifindex || nla_put_u32(message, ETHTOOL_A_HEADER_DEV_INDEX, (uint32_t)ifindex) == 0)) {
    nla_nest_end_keep_empty(message, header);
    bitset = nla_nest_start(message, ETHTOOL_A_STATS_GROUPS);
    if (bitset && nla_put_flag(message, ETHTOOL_A_BITSET_NOMASK) == 0 &&
        nla_put_u32(message, ETHTOOL_A_BITSET_SIZE, ETHTOOL_STATS_RMON + 1) == 0 &&
        nla_put_u32(message, ETHTOOL_A_BITSET_VALUE, groups) == 0) {
      nla_nest_end(message, bitset);
      return message;
    }
  }
  nlmsg_free(message);
  return NULL;
}

struct reading {
  int ifindex;
  uint64_t *frames; /* by direction */
  int status;
};

static int on_answer(struct nl_msg *message, void *context)
{
  struct reading *reading = context;

  reading->status = wt_mac_parse(nlmsg_hdr(message), reading->ifindex, reading->frames);
  return NL_OK;
}

int wt_mac_read(struct wt_macs *macs, int ifindex, const char *name, uint64_t frames[WT_DIRECTIONS])
{
  struct reading reading = {.ifindex = ifindex, .frames = frames, .status = -EOPNOTSUPP};
  struct nl_msg *message;
  int status;

  forget(frames);
  status = may_be_asked(macs, ifindex, name);
  if (status)
    return status;
  message = new_request(macs, ifindex);
  status = message ? wt_netlink_request(macs->ethtool, message, on_answer, &reading) : -ENOMEM;
  return status ? status : reading.status;
}

/* A kernel without the command says so before it looks at the rest of a request, which here is for no device. */
static bool kernel_has_statistics(const struct wt_macs *macs)
{
  struct nl_msg *message = new_request(macs, 0);

  return message && wt_netlink_request(macs->ethtool, message, NULL, NULL) != -EOPNOTSUPP;
}

int wt_macs_open(struct wt_macs **out, struct wt_error *error)
{
  struct wt_macs *macs = calloc(1, sizeof(*macs));

  *out = NULL;
  if (!macs)
    return wt_fail(error, -ENOMEM, "MAC counters: out of memory");
  macs->ethtool = wt_netlink_open(NETLINK_GENERIC, error);
  macs->route = macs->ethtool ? wt_netlink_open(NETLINK_ROUTE, error) : NULL;
  if (!macs->route) {
    wt_macs_close(macs);
    return error->code;
  }
  macs->family = wt_netlink_family(macs->ethtool, ETHTOOL_GENL_NAME);
  if (macs->family < 0 || !kernel_has_statistics(macs)) {
    wt_macs_close(macs);
    return wt_fail(error, -EOPNOTSUPP,
                   "MAC counters: this kernel has no standard statistics in ethtool netlink (Linux 5.13 or later)");
  }
  *out = macs;
  return 0;
}

void wt_macs_close(struct wt_macs *macs)
{
  if (!macs)
    return;
  nl_socket_free(macs->ethtool);
  nl_socket_free(macs->route);
  free(macs);
}
