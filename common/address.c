/* SPDX-License-Identifier: MIT */
#include "address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "netlink.h"

/* ---- reading -------------------------------------------------------------------------------------------------- */

bool wt_address_parse(struct nlmsghdr *message, struct wt_address *address)
{
  const struct ifaddrmsg *header = nlmsg_data(message);
  struct nlattr *attribute;
  int width;

  memset(address, 0, sizeof(*address));
  if (message->nlmsg_type != RTM_NEWADDR || nlmsg_datalen(message) < (int)sizeof(*header))
    return false;
  if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)
    return false;
  width = header->ifa_family == AF_INET ? 4 : 16;
  /* On a point-to-point link ADDRESS is the peer's; without a peer IPv6 has ADDRESS only. */
  attribute = nlmsg_find_attr(message, sizeof(*header), IFA_LOCAL);
  if (!attribute)
    attribute = nlmsg_find_attr(message, sizeof(*header), IFA_ADDRESS);
  if (!attribute || nla_len(attribute) != width)
    return false;
  address->family = width == 4 ? ETH_P_IP : ETH_P_IPV6;
  memcpy(address->octets, nla_data(attribute), (size_t)width);
  address->interface = (int)header->ifa_index;
  return true;
}

static int on_address(struct nl_msg *message, void *context)
{
  struct wt_addresses *addresses = context;
  struct wt_address address;

  if (!wt_address_parse(nlmsg_hdr(message), &address))
    return NL_OK;
  if (addresses->count == addresses->capacity) {
    size_t capacity = addresses->capacity ? addresses->capacity * 2 : 16;
    struct wt_address *list = realloc(addresses->list, capacity * sizeof(*list));

    /* Connections of what is missing belong to no interface: less is said, nothing false. */
    if (!list)
      return NL_OK;
    addresses->list = list;
    addresses->capacity = capacity;
  }
  addresses->list[addresses->count++] = address;
  return NL_OK;
}

static int compare(const struct wt_address *a, const struct wt_address *b)
{
  if (a->family != b->family)
    return a->family < b->family ? -1 : 1;
  return memcmp(a->octets, b->octets, sizeof(a->octets));
}

static int in_order(const void *a, const void *b)
{
  return compare(a, b);
}

void wt_addresses_sort(struct wt_addresses *addresses)
{
  if (addresses->count)
    qsort(addresses->list, addresses->count, sizeof(*addresses->list), in_order);
}

int wt_addresses_read(struct nl_sock *socket, struct wt_addresses *addresses)
{
  const struct ifaddrmsg request = {.ifa_family = AF_UNSPEC};
  struct nl_msg *message = nlmsg_alloc_simple(RTM_GETADDR, NLM_F_DUMP);
  int status = -ENOMEM;

  addresses->count = 0;
  if (message && nlmsg_append(message, (void *)&request, sizeof(request), NLMSG_ALIGNTO) == 0)
    status = wt_netlink_request(socket, message, on_address, addresses);
  else
    nlmsg_free(message);
  if (status)
    addresses->count = 0;
  wt_addresses_sort(addresses);
  return status;
}

/* ---- who has an address --------------------------------------------------------------------------------------- */

/* The first of that address; count if there is none. */
static size_t first_of(const struct wt_addresses *addresses, const struct wt_address *wanted)
{
  size_t low = 0, high = addresses->count;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (compare(&addresses->list[middle], wanted) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low < addresses->count && compare(&addresses->list[low], wanted) == 0 ? low : addresses->count;
}

static struct wt_address address_of(uint16_t family, const uint8_t octets[16])
{
  struct wt_address address = {.family = family};

  memcpy(address.octets, octets, sizeof(address.octets));
  return address;
}

/* 127.0.0.0/8, whether or not it is an address of lo, and ::1. */
static bool is_loopback(const struct wt_address *address)
{
  static const uint8_t one[16] = {[15] = 1};

  return address->family == ETH_P_IP ? address->octets[0] == 127 : memcmp(address->octets, one, sizeof(one)) == 0;
}

/* A link-local address may be on each interface: then the socket's device tells which. 0 if several have it. */
static int owner_of(const struct wt_addresses *addresses, const struct wt_address *wanted, int device)
{
  int owner = 0;

  for (size_t i = first_of(addresses, wanted); i < addresses->count; i++) {
    const struct wt_address *address = &addresses->list[i];

    if (compare(address, wanted) != 0)
      break;
    if (device && address->interface != device)
      continue;
    if (owner && owner != address->interface)
      return 0;
    owner = address->interface;
  }
  return owner;
}

int wt_addresses_interface(const struct wt_addresses *addresses, const struct wt_flow_key *key, int device,
                           int loopback)
{
  const struct wt_address local = address_of(key->family, key->source);
  const struct wt_address peer = address_of(key->family, key->target);
  int owner;

  /* What talks to an address of this host passes lo, whatever interface has it. */
  if (is_loopback(&local) || is_loopback(&peer) || first_of(addresses, &peer) < addresses->count)
    return device == 0 || device == loopback ? loopback : 0;
  owner = owner_of(addresses, &local, device);
  return owner == loopback ? 0 : owner;
}
