/* SPDX-License-Identifier: MIT */
/*
 * The capture point: libpcap handles, on each interface while they are few, on all at once beyond that. With method
 * exact their sockets run the tap and keep nothing; with method sample they keep random packets, which are drained
 * here. Packets are looked at and dropped: nothing of them leaves this file.
 */
#ifndef WT_CAPTURE_H
#define WT_CAPTURE_H

#include <pcap/pcap.h>

#include "checksum.h"
#include "link.h"
#include "sample.h"
#include "tap.h"

/* Beyond so many interfaces one handle on "any" costs less than a socket each. */
enum { WT_CAPTURE_BOUND = 32 };

/* How packets of one direction are drawn for a look at their checksums. */
struct wt_checksum_drawing {
  double probability; /* 0 before the first */
  uint64_t packets;   /* that had passed when it was chosen */
  unsigned int taken; /* since then */
};

/* One interface at the capture point. Belongs to the caller, who zeroes it; it must not move while it is added. */
struct wt_capture_port {
  struct wt_tap_port tap;
  pcap_t *handle; /* NULL with "any" */
  bool cooked;
  uint32_t seen_drops; /* pcap_stats() at the last drain */
  struct wt_sampling sampling;
  struct wt_estimate *estimate;         /* by direction, with sample; otherwise NULL */
  uint64_t seen_packets[WT_DIRECTIONS]; /* as read last */
  struct wt_checksum_drawing draw[WT_DIRECTIONS];
  struct wt_checksums *checksum; /* counted so far, by direction; NULL until there is any */
};

struct wt_capture;

/*
 * Opens the method (exact or sample) for so many interfaces. samples: packets an interval and handle. -EPERM without
 * CAP_NET_RAW, or for exact without CAP_BPF; -EOPNOTSUPP where this kernel or build lacks the method.
 */
int wt_capture_open(struct wt_capture **out, enum wt_method method, size_t interfaces, unsigned int samples,
                    struct wt_error *error);
void wt_capture_close(struct wt_capture *capture);

/* Whether there has to be one handle for all, and is not: the interfaces have become so many. */
bool wt_capture_is_narrow(const struct wt_capture *capture, size_t interfaces);

/* Opens one handle for all. Every interface has to be removed before, and added again afterwards. */
int wt_capture_widen(struct wt_capture *capture, size_t interfaces, struct wt_error *error);

/* Opens in advance what interfaces will need that come later, so that no right is needed for them. */
int wt_capture_reserve(struct wt_capture *capture, struct wt_error *error);

/* Whether its maps can be told something with the rights that are in effect. */
bool wt_capture_is_open(const struct wt_capture *capture);

/* Starts observing. -ENETDOWN: not up yet, try again later. */
int wt_capture_add(struct wt_capture *capture, struct wt_capture_port *port, const struct wt_link *link,
                   struct wt_error *error);
void wt_capture_remove(struct wt_capture *capture, struct wt_capture_port *port);

/* Tells that the interface's MTU has changed. */
void wt_capture_set_mtu(struct wt_capture *capture, struct wt_capture_port *port, unsigned int mtu);

/*
 * With exact: takes the tap off the path of every packet, and puts it back. What passes meanwhile is not seen, and
 * costs nothing.
 */
void wt_capture_detach(struct wt_capture *capture);
void wt_capture_attach(struct wt_capture *capture);

/* With sample: takes what was drawn off the handles. */
void wt_capture_drain(struct wt_capture *capture);

/* With sample: chooses how much to draw until the next poll. */
void wt_capture_adapt(struct wt_capture *capture);

/* What was observed so far. With exact as of now, with sample as of the last drain. */
int wt_capture_read(struct wt_capture *capture, struct wt_capture_port *port, struct wt_tally tally[WT_DIRECTIONS]);

/* With exact: whether no packet of the port was ever counted. */
bool wt_capture_is_silent(const struct wt_capture *capture, const struct wt_capture_port *port);

/* Whether packets are drawn for a look at their checksums: not where the kernel has no means for it. */
bool wt_capture_samples_checksums(const struct wt_capture *capture);

/*
 * Looks at the checksums of the packets that were drawn for it, counts what they say in their ports, and chooses how
 * many to draw until the next call. attached: the tap was, since the last one.
 */
void wt_capture_checksums(struct wt_capture *capture, bool attached);

#endif
