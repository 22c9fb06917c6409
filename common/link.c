/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <errno.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <netlink/msg.h>
#include <netlink/route/link.h>
#include <netlink/route/link/vxlan.h>
#include <netlink/route/rtnl.h>

#include "error.h"
#include "netlink.h"

enum {
  INTERRUPTED_TRIES = 10, /* a dump during which links change is asked for again, so often at most */
  ETHERNET_HEADER = 14,
  DEEPEST_STACK = 8, /* devices above each other; the kernel's own limit */
};

struct wt_links {
  struct nl_sock *request;
  struct nl_sock *notification;
  int ioctl_socket;
  bool changed;
  bool lost;    /* some of what happened since the table was last taken over was not told */
  int *deleted; /* ifindexes, since the table was last taken over */
  size_t deleted_count;
  struct wt_link *table;
  size_t count;
};

static bool listed(const char *word, const char *const *words, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(word, words[i]) == 0)
      return true;
  return false;
}

#define LISTED(word, words) listed(word, words, sizeof(words) / sizeof((words)[0]))

static int on_notification(struct nl_msg *message, void *context)
{
  struct wt_links *links = context;
  const struct ifinfomsg *info = nlmsg_data(nlmsg_hdr(message));
  int *deleted;

  links->changed = true;
  /* A bridge tells of a port that leaves it with the same message, in its own family. */
  if (nlmsg_hdr(message)->nlmsg_type != RTM_DELLINK || info->ifi_family != AF_UNSPEC)
    return NL_OK;
  deleted = realloc(links->deleted, (links->deleted_count + 1) * sizeof(*deleted));
  if (deleted) {
    links->deleted = deleted;
    deleted[links->deleted_count++] = info->ifi_index;
  }
  return NL_OK;
}

int wt_links_open(struct wt_links **out, struct wt_error *error)
{
  struct wt_links *links = calloc(1, sizeof(*links));

  *out = NULL;
  if (!links)
    return wt_fail(error, -ENOMEM, "links: out of memory");
  links->changed = true; /* nothing was read yet */
  links->ioctl_socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  links->request = wt_netlink_open(NETLINK_ROUTE, error);
  links->notification = wt_netlink_listen(NETLINK_ROUTE, RTNLGRP_LINK, on_notification, links, "links", error);
  if (!links->request || !links->notification) {
    wt_links_close(links);
    return error->code;
  }
  *out = links;
  return 0;
}

void wt_links_close(struct wt_links *links)
{
  if (!links)
    return;
  nl_socket_free(links->request);
  nl_socket_free(links->notification);
  if (links->ioctl_socket >= 0)
    close(links->ioctl_socket);
  free(links->deleted);
  free(links->table);
  free(links);
}

int wt_links_event_fd(const struct wt_links *links)
{
  return nl_socket_get_fd(links->notification);
}

bool wt_links_changed(struct wt_links *links)
{
  bool changed;

  if (!wt_netlink_hear(links->notification))
    links->changed = links->lost = true;
  changed = links->changed;
  links->changed = false;
  return changed;
}

bool wt_links_deleted(const struct wt_links *links, int ifindex)
{
  for (size_t i = 0; i < links->deleted_count; i++)
    if (links->deleted[i] == ifindex)
      return true;
  return false;
}

bool wt_links_any_deleted(const struct wt_links *links)
{
  return links->deleted_count > 0 || links->lost;
}

/* No device changes its kind. One may get another name, or another address; both at once it is hardly the same. */
bool wt_links_replaced(const struct wt_links *links, const struct wt_link *before, const struct wt_link *now)
{
  if (wt_links_deleted(links, now->ifindex) || strcmp(before->kind, now->kind) != 0)
    return true;
  return links->lost && strcmp(before->name, now->name) != 0 && before->has_address && now->has_address &&
         memcmp(before->address, now->address, WT_ADDRESS) != 0;
}

void wt_links_forget_deleted(struct wt_links *links)
{
  links->deleted_count = 0;
  links->lost = false;
}

/* ethtool's driver name: no netlink message has it. */
static void read_driver(int socket, struct wt_link *link)
{
  struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
  struct ifreq request = {.ifr_data = (char *)&info};

  memcpy(request.ifr_name, link->name, sizeof(request.ifr_name));
  if (ioctl(socket, SIOCETHTOOL, &request) == 0)
    snprintf(link->driver, sizeof(link->driver), "%.31s", info.driver);
}

/* Kinds above devices that name them as their master. */
static bool is_master(const struct wt_link *link)
{
  static const char *const masters[] = {"bond", "team", "bridge"};

  return LISTED(link->kind, masters);
}

static void classify(struct wt_link *link, int iflink)
{
  static const char *const unseen[] = {"ifb", "vrf"};
  static const char *const sums[] = {"bond"};
  /* Kinds whose IFLA_LINK is the other end and not a device below. */
  static const char *const peers[] = {"veth", "netkit"};
  /* Kinds above a device that they don't name: the route decides. */
  static const char *const above[] = {"vxlan", "geneve", "gre", "gretap", "erspan", "ip6gre", "ip6gretap", "ip6erspan",
                                      "ipip",  "sit",    "vti", "vti6",   "ip6tnl", "xfrm",   "wireguard", "macsec"};
  static const char *const pipes[] = {"veth", "netkit", "tun"};
  static const char *const pipe_drivers[] = {"virtio_net", "vif", "hv_netvsc", "tun"};

  link->virtual_link = link->loopback || LISTED(link->kind, pipes) || LISTED(link->driver, pipe_drivers);
  link->receives_unseen = LISTED(link->kind, unseen);
  /* A guest's packets are cut at the size that they tell; a device with LRO need not know one. */
  link->guesses = !link->kind[0] && !link->virtual_link;
  link->counts_below = LISTED(link->kind, sums);
  link->lagging = (!link->kind[0] && !link->loopback) || link->counts_below;
  if (iflink > 0 && iflink != link->ifindex && !LISTED(link->kind, peers)) {
    link->stacked = true;
    if (link->lower_netns < 0)
      link->lower = iflink;
  } else {
    link->lower_netns = -1;
    link->stacked = LISTED(link->kind, above) || is_master(link);
  }
}

/* The device below. A VXLAN names it among its own attributes, if it was bound to one. */
static int device_below(struct rtnl_link *link, const char *kind)
{
  uint32_t below;

  if (kind && strcmp(kind, "vxlan") == 0 && rtnl_link_vxlan_get_link(link, &below) == 0)
    return (int)below;
  return rtnl_link_get_link(link);
}

static void read_address(struct rtnl_link *from, struct wt_link *link)
{
  struct nl_addr *address = rtnl_link_get_addr(from);

  link->has_address = rtnl_link_get_arptype(from) == ARPHRD_ETHER && address && nl_addr_get_len(address) == WT_ADDRESS;
  if (link->has_address)
    memcpy(link->address, nl_addr_get_binary_addr(address), WT_ADDRESS);
}

static void fill(struct wt_links *links, struct rtnl_link *from, struct wt_link *link)
{
  const char *kind = rtnl_link_get_type(from);
  int netns = -1;

  *link = (struct wt_link){
      .ifindex = rtnl_link_get_ifindex(from),
      .mtu = rtnl_link_get_mtu(from),
      .loopback = rtnl_link_get_flags(from) & IFF_LOOPBACK,
      .running = (rtnl_link_get_flags(from) & IFF_UP) && (rtnl_link_get_flags(from) & IFF_RUNNING),
      .lower_netns = -1,
  };
  if (rtnl_link_get_arptype(from) == ARPHRD_ETHER || rtnl_link_get_arptype(from) == ARPHRD_LOOPBACK)
    link->link_header = ETHERNET_HEADER;
  snprintf(link->name, sizeof(link->name), "%s", rtnl_link_get_name(from));
  if (kind)
    snprintf(link->kind, sizeof(link->kind), "%s", kind);
  if (rtnl_link_get_link_netnsid(from, &netns) == 0)
    link->lower_netns = netns;
  read_address(from, link);
  read_driver(links->ioctl_socket, link);
  classify(link, device_below(from, kind));
}

static int by_ifindex(const void *a, const void *b)
{
  const struct wt_link *left = a, *right = b;

  return (left->ifindex > right->ifindex) - (left->ifindex < right->ifindex);
}

static struct wt_link *find(struct wt_link *table, size_t count, int ifindex)
{
  const struct wt_link key = {.ifindex = ifindex};

  return count ? bsearch(&key, table, count, sizeof(key), by_ifindex) : NULL;
}

const struct wt_link *wt_link_find(const struct wt_link *table, size_t count, int ifindex)
{
  return find((struct wt_link *)table, count, ifindex);
}

/* Below a master is the only device enslaved to it; of several, which of them merged cannot be said here. */
static void find_slaves(struct wt_links *links, struct nl_cache *cache)
{
  enum { SEVERAL = -1 };

  for (struct nl_object *object = nl_cache_get_first(cache); object; object = nl_cache_get_next(object)) {
    struct rtnl_link *slave = (struct rtnl_link *)object;
    struct wt_link *master = find(links->table, links->count, rtnl_link_get_master(slave));

    if (master && is_master(master))
      master->lower = master->lower ? SEVERAL : rtnl_link_get_ifindex(slave);
  }
  for (size_t i = 0; i < links->count; i++)
    if (links->table[i].lower == SEVERAL)
      links->table[i].lower = 0;
}

/* A device above one whose driver guesses sees the same packets. */
static void inherit_guesses(struct wt_links *links)
{
  for (size_t i = 0; i < links->count; i++) {
    const struct wt_link *lower = &links->table[i];

    for (int depth = 0; lower && depth < DEEPEST_STACK; depth++) {
      links->table[i].guesses |= lower->guesses;
      lower = wt_link_find(links->table, links->count, lower->lower);
    }
  }
}

int wt_links_read(struct wt_links *links, const struct wt_link **out, size_t *count, struct wt_error *error)
{
  struct nl_cache *cache = NULL;
  struct wt_link *table;
  int status = -NLE_DUMP_INTR;

  for (int tries = 0; status == -NLE_DUMP_INTR && tries < INTERRUPTED_TRIES; tries++)
    status = rtnl_link_alloc_cache(links->request, AF_UNSPEC, &cache);
  if (status) {
    wt_netlink_drain(links->request);
    links->changed = true; /* what made this reading necessary is still unread */
    return wt_fail(error, wt_netlink_errno(status), "links: reading them failed: %s", nl_geterror(status));
  }
  table = calloc((size_t)nl_cache_nitems(cache) + 1, sizeof(*table));
  if (!table) {
    nl_cache_free(cache);
    links->changed = true;
    return wt_fail(error, -ENOMEM, "links: out of memory");
  }
  free(links->table);
  links->table = table;
  links->count = 0;
  for (struct nl_object *object = nl_cache_get_first(cache); object; object = nl_cache_get_next(object))
    fill(links, (struct rtnl_link *)object, &table[links->count++]);
  qsort(table, links->count, sizeof(*table), by_ifindex);
  find_slaves(links, cache);
  nl_cache_free(cache);
  inherit_guesses(links);
  *out = table;
  *count = links->count;
  return 0;
}
