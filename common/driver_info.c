/* SPDX-License-Identifier: MIT */
#include "driver_info.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <netlink/msg.h>

#include "netlink.h"

enum { INTERRUPTED_TRIES = 10 }; /* a dump during which links change is asked for again, so often at most */

/* Of linux/if_link.h. Debian 12's headers are older than the last two, which Linux has had since 6.3. */
enum {
  ATTRIBUTE_GSO_MAX_SEGS = 40,
  ATTRIBUTE_GSO_MAX_SIZE = 41,
  ATTRIBUTE_PERM_ADDRESS = 54,
  ATTRIBUTE_GRO_MAX_SIZE = 58,
  ATTRIBUTE_TSO_MAX_SIZE = 59,
  ATTRIBUTE_TSO_MAX_SEGS = 60,
  ATTRIBUTE_GSO_IPV4_MAX_SIZE = 63,
  ATTRIBUTE_GRO_IPV4_MAX_SIZE = 64,
  ATTRIBUTES,
};

struct wt_driver_infos {
  struct nl_sock *netlink;
  int ioctl_socket;
  struct wt_driver_info *table, *before; /* by ifindex */
  size_t count, before_count, room;
  bool failed;
};

struct wt_driver_infos *wt_driver_infos_open(void)
{
  struct wt_driver_infos *infos = calloc(1, sizeof(*infos));

  if (!infos)
    return NULL;
  infos->netlink = wt_netlink_open(NETLINK_ROUTE, NULL);
  infos->ioctl_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (infos->netlink && infos->ioctl_socket >= 0)
    return infos;
  wt_driver_infos_close(infos);
  return NULL;
}

void wt_driver_infos_close(struct wt_driver_infos *infos)
{
  if (!infos)
    return;
  nl_socket_free(infos->netlink);
  if (infos->ioctl_socket >= 0)
    close(infos->ioctl_socket);
  free(infos->table);
  free(infos->before);
  free(infos);
}

/* ---- one message ---- */

static void take_address(const struct nlattr *attribute, char *text, size_t size)
{
  const unsigned char *octets = attribute ? nla_data(attribute) : NULL;
  size_t length = attribute ? (size_t)nla_len(attribute) : 0;
  bool zero = true;

  for (size_t i = 0; i < length; i++)
    zero &= octets[i] == 0;
  for (size_t i = 0; !zero && i < length && i * 3 + 3 <= size; i++)
    snprintf(text + (i ? i * 3 - 1 : 0), size - (i ? i * 3 - 1 : 0), "%s%02x", i ? ":" : "", octets[i]);
}

static struct wt_driver_info *next(struct wt_driver_infos *infos)
{
  if (infos->count == infos->room) {
    size_t room = infos->room ? infos->room * 2 : 16;
    struct wt_driver_info *table = realloc(infos->table, room * sizeof(*table));

    if (!table)
      return NULL;
    infos->table = table;
    infos->room = room;
  }
  memset(&infos->table[infos->count], 0, sizeof(*infos->table));
  return &infos->table[infos->count++];
}

static int on_link(struct nl_msg *message, void *context)
{
  static const int limits[WT_LIMITS] = {
      ATTRIBUTE_GSO_MAX_SIZE,      ATTRIBUTE_GSO_MAX_SEGS, ATTRIBUTE_GSO_IPV4_MAX_SIZE, ATTRIBUTE_GRO_MAX_SIZE,
      ATTRIBUTE_GRO_IPV4_MAX_SIZE, ATTRIBUTE_TSO_MAX_SIZE, ATTRIBUTE_TSO_MAX_SEGS};
  struct wt_driver_infos *infos = context;
  struct nlattr *attributes[ATTRIBUTES];
  const struct ifinfomsg *header = nlmsg_data(nlmsg_hdr(message));
  struct wt_driver_info *info;

  if (nlmsg_hdr(message)->nlmsg_type != RTM_NEWLINK ||
      nlmsg_parse(nlmsg_hdr(message), sizeof(*header), attributes, ATTRIBUTES - 1, NULL))
    return NL_OK;
  info = next(infos);
  if (!info) {
    infos->failed = true;
    return NL_OK;
  }
  info->ifindex = header->ifi_index;
  take_address(attributes[ATTRIBUTE_PERM_ADDRESS], info->address, sizeof(info->address));
  for (int i = 0; i < WT_LIMITS; i++) {
    const struct nlattr *limit = attributes[limits[i]];

    info->limits[i] = limit && nla_len(limit) >= 4 ? nla_get_u32(limit) : WT_LIMIT_UNKNOWN;
  }
  return NL_OK;
}

static int dump(struct wt_driver_infos *infos)
{
  const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
  int status = -EINTR;

  for (int tries = 0; status == -EINTR && tries < INTERRUPTED_TRIES; tries++) {
    struct nl_msg *message = nlmsg_alloc_simple(RTM_GETLINK, NLM_F_DUMP | NLM_F_REQUEST);

    infos->count = 0;
    infos->failed = false;
    if (!message || nlmsg_append(message, (void *)&header, sizeof(header), NLMSG_ALIGNTO) ||
        nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)) {
      nlmsg_free(message);
      return -ENOMEM;
    }
    status = wt_netlink_request(infos->netlink, message, on_link, infos);
  }
  return infos->failed ? -ENOMEM : status;
}

/* ---- versions ---- */

static void trim(char *text)
{
  size_t length = strlen(text);

  while (length && text[length - 1] == ' ')
    text[--length] = '\0';
  memmove(text, text + strspn(text, " "), strlen(text + strspn(text, " ")) + 1);
}

/* No netlink message has them. */
static void read_versions(const struct wt_driver_infos *infos, const char *name, struct wt_driver_info *info)
{
  struct ethtool_drvinfo said = {.cmd = ETHTOOL_GDRVINFO};
  struct ifreq request = {.ifr_data = (char *)&said};
  struct utsname system;

  snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
  if (ioctl(infos->ioctl_socket, SIOCETHTOOL, &request))
    return;
  snprintf(info->version, sizeof(info->version), "%.31s", said.version);
  snprintf(info->firmware, sizeof(info->firmware), "%.31s", said.fw_version);
  /* The kernel puts its own release where a driver tells nothing: each update would be a drift of every interface. */
  if (uname(&system) == 0 && strncmp(info->version, system.release, sizeof(info->version) - 1) == 0)
    snprintf(info->version, sizeof(info->version), "kernel");
  trim(info->version);
  trim(info->firmware);
  /* What some drivers say for want of an answer. */
  if (strcmp(info->firmware, "N/A") == 0)
    info->firmware[0] = '\0';
}

/* ---- all ---- */

static int by_ifindex(const void *a, const void *b)
{
  const struct wt_driver_info *left = a, *right = b;

  return (left->ifindex > right->ifindex) - (left->ifindex < right->ifindex);
}

static struct wt_driver_info *find(struct wt_driver_info *table, size_t count, int ifindex)
{
  const struct wt_driver_info key = {.ifindex = ifindex};

  return count ? bsearch(&key, table, count, sizeof(key), by_ifindex) : NULL;
}

static void take_versions(struct wt_driver_infos *infos, const struct wt_link *links, size_t count, bool versions)
{
  for (size_t i = 0; i < count; i++) {
    struct wt_driver_info *info = find(infos->table, infos->count, links[i].ifindex);
    const struct wt_driver_info *before = find(infos->before, infos->before_count, links[i].ifindex);

    if (info && (versions || !before)) {
      read_versions(infos, links[i].name, info);
    } else if (info) {
      memcpy(info->version, before->version, sizeof(info->version));
      memcpy(info->firmware, before->firmware, sizeof(info->firmware));
    }
  }
}

static bool keep_copy(struct wt_driver_infos *infos)
{
  struct wt_driver_info *copy = realloc(infos->before, (infos->count + 1) * sizeof(*copy));

  if (!copy)
    return false;
  if (infos->count)
    memcpy(copy, infos->table, infos->count * sizeof(*copy));
  infos->before = copy;
  infos->before_count = infos->count;
  return true;
}

static void go_back(struct wt_driver_infos *infos)
{
  if (infos->before_count)
    memcpy(infos->table, infos->before, infos->before_count * sizeof(*infos->table));
  infos->count = infos->before_count;
}

bool wt_driver_infos_read(struct wt_driver_infos *infos, const struct wt_link *links, size_t count, bool versions)
{
  if (!keep_copy(infos))
    return false;
  if (dump(infos)) {
    /* The table never shrinks, so there is room for what it held. */
    go_back(infos);
    return false;
  }
  if (infos->count)
    qsort(infos->table, infos->count, sizeof(*infos->table), by_ifindex);
  take_versions(infos, links, count, versions);
  return infos->count != infos->before_count ||
         (infos->count && memcmp(infos->table, infos->before, infos->count * sizeof(*infos->table)) != 0);
}

const struct wt_driver_info *wt_driver_info(const struct wt_driver_infos *infos, int ifindex)
{
  return find(infos->table, infos->count, ifindex);
}
