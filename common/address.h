/* SPDX-License-Identifier: MIT */
/* The addresses of this network namespace, and which interface a connection's traffic passes by them. */
#ifndef WT_ADDRESS_H
#define WT_ADDRESS_H

#include "dissect.h"
#include "wiretruth.h"

struct nl_sock;
struct nlmsghdr;

struct wt_address {
  uint16_t family;    /* ETH_P_IP or ETH_P_IPV6 */
  uint8_t octets[16]; /* an IPv4 address in the first four, the rest 0 */
  int interface;      /* ifindex */
};

struct wt_addresses {
  struct wt_address *list; /* by family and octets */
  size_t count, capacity;
};

/* Takes one answer of rtnetlink. False if it is no address, or malformed. */
bool wt_address_parse(struct nlmsghdr *message, struct wt_address *address);

/* Reads all of them anew. On error the list is empty. The caller frees list. */
int wt_addresses_read(struct nl_sock *socket, struct wt_addresses *addresses);

void wt_addresses_sort(struct wt_addresses *addresses);

/*
 * The interface of a connection: key as its own packets have it, device the one that its socket is bound to (0 for
 * none), loopback the ifindex of lo. 0 where addresses do not tell: an address that no interface or several have, or
 * one of lo that talks to another host.
 */
int wt_addresses_interface(const struct wt_addresses *addresses, const struct wt_flow_key *key, int device,
                           int loopback);

#endif
