/* SPDX-License-Identifier: MIT */
/* The interfaces of this network namespace: what they are called and how they are stacked. */
#ifndef WT_LINK_H
#define WT_LINK_H

#include "wiretruth.h"

enum { WT_ADDRESS = 6 }; /* octets of an Ethernet address */

struct wt_link {
  int ifindex;
  char name[IFNAMSIZ];
  char kind[32];
  char driver[32];
  unsigned int mtu;
  unsigned int link_header; /* octets of the link header: 14, or 0 for a device without */
  bool has_address;         /* an Ethernet one, which is in address */
  unsigned char address[WT_ADDRESS];
  bool running; /* up, and with a carrier */
  bool loopback;
  bool virtual_link;    /* hands packets over uncut: the receiving side of a veth, virtio or another pipe between two
                           stacks, or lo */
  bool guesses;         /* its driver may guess the segment size of what the device has merged */
  bool lagging;         /* its counter may be behind: counted at completion, or refreshed by the device now and then */
  bool receives_unseen; /* what it receives passes no tap as received: an ifb, a VRF */
  bool counts_below;    /* its counter is the sum of those of the devices below: a bond */
  bool stacked;         /* there is a device below */
  int lower;            /* its ifindex; 0 if there is none, if it is one of several, or in another namespace */
  int lower_netns;      /* namespace id of the device below, -1 if it is in this one */
};

struct wt_links;

/* Opens the request and the notification socket. */
int wt_links_open(struct wt_links **out, struct wt_error *error);
void wt_links_close(struct wt_links *links);

/* Readable when a link changed. */
int wt_links_event_fd(const struct wt_links *links);

/* Takes what was notified off the socket; true if anything changed since the last call, or notifications were lost. */
bool wt_links_changed(struct wt_links *links);

/*
 * Whether a link of this ifindex was deleted, or left this namespace, since wt_links_forget_deleted(): one that has the
 * number now is another one, or has been where nobody saw it.
 */
bool wt_links_deleted(const struct wt_links *links, int ifindex);
/* Whether what has the number of the link before is another one; also where notifications were lost. */
bool wt_links_replaced(const struct wt_links *links, const struct wt_link *before, const struct wt_link *now);
/* Whether any was deleted, or may have been, of which nobody read what it had carried at its end. */
bool wt_links_any_deleted(const struct wt_links *links);
void wt_links_forget_deleted(struct wt_links *links);

/*
 * Reads all links anew. *out, ordered by ifindex, belongs to links and holds until the next call.
 */
int wt_links_read(struct wt_links *links, const struct wt_link **out, size_t *count, struct wt_error *error);

/* The link of that ifindex in such a table, NULL if there is none; 0 is none's. */
const struct wt_link *wt_link_find(const struct wt_link *table, size_t count, int ifindex);

#endif
