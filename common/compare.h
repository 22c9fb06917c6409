/* SPDX-License-Identifier: MIT */
/*
 * One traffic at two points: what each saw of every flow, where the two part, and which merge, cut, loss or tag
 * explains it. A skin that compares includes this beside wiretruth.h.
 *
 * A point is an interface, of this network namespace or a named one, or a capture file. On interfaces the kernel counts
 * every packet (method exact); a file is read when the comparison ends.
 */
#ifndef WT_COMPARE_H
#define WT_COMPARE_H

#include "wiretruth.h"

enum wt_point_index { WT_POINT_A, WT_POINT_B, WT_POINTS };

/* A flow in one direction, by its innermost headers. What has no ports has 0 there. */
struct wt_flow_id {
  uint8_t source[16], target[16];    /* an IPv4 address in the first four octets; all 0 of what is not IP */
  uint16_t source_port, target_port; /* host order */
  uint16_t family;                   /* ethertype of the innermost IP header, or of what is not IP */
  uint8_t protocol;                  /* of IP; 0 for later fragments, which have no ports */
};

/* Which way a flow passes a point. Numbers as wt_direction_number(). */
enum wt_way { WT_WAY_UNTOLD = 0, WT_WAY_RX = 1, WT_WAY_TX = 2, WT_WAYS = 3 };

/*
 * What passed one point of one flow. Octets of headers and tags are those of the frames: as often as cutting replicates
 * them.
 */
struct wt_passage {
  enum wt_way way;
  /* It passes the point more than once (both ways, or at several interfaces of a file): of the ways with each other the
   * one with most frames stands here. */
  bool twice;
  uint64_t packets;
  uint64_t packet_octets; /* link header to end of payload, a tag kept outside the packet counted back */
  uint64_t frames, frames_low, frames_high; /* that the packets stand for; high may be WT_UNKNOWN */
  uint64_t segments;                        /* the frames with payload */
  uint64_t octets;                          /* of the frames; WT_UNKNOWN where headers were not understood */
  uint64_t payload;                         /* behind the innermost transport header (or IP header, or link header) */
  uint64_t link, tags, outer, headers, padding; /* what else octets consists of: octets = these + payload */
  uint64_t merged;                              /* packets of more than one frame */
  uint64_t out_of_band;                         /* packets with a tag kept outside the packet */
  uint64_t fragments;   /* packets that are a fragment: the first one of a datagram, or, without ports, a later one */
  uint64_t early, late; /* frames that passed so soon after begin or before the end that they may be under way */
  uint64_t most;        /* frames of the packet that has most; 0 where that is not known */
  uint64_t largest;     /* octets of payload of the longest segment */
  double first, last;   /* Unix time; NAN where packets have none */
  unsigned int hops_low, hops_high; /* TTL or hop limit; 0 where there is none */
  uint32_t sequence;                /* of the first packet of TCP, else 0 */
  bool estimated;                   /* frames is not the sum of trustworthy segment counts */
};

/* What explains that two points differ. Bits: 1u << one of these. */
enum wt_explanation {
  WT_BY_MERGE = 0,        /* packets were merged on the way */
  WT_BY_CUT = 1,          /* packets were cut on the way */
  WT_BY_MERGE_OR_CUT = 2, /* one of them: which way the flow goes cannot be told */
  WT_BY_LOSS = 3,         /* frames that passed one point did not pass the other */
  WT_BY_TAG = 4,          /* VLAN tags */
  WT_BY_TUNNEL = 5,       /* encapsulation */
  WT_BY_LINK = 6,         /* link headers of another length */
  WT_BY_PADDING = 7,      /* octets behind the packet that fill up a short frame */
  WT_BY_FLIGHT = 8,       /* frames that were under way when observation began or ended */
  WT_BY_ONE_POINT = 9,    /* seen at one point only: lost, translated, encapsulated or on another way; not told which */
  WT_BY_UNKNOWN = 10,     /* nothing above explains it, or not all of it */
  WT_EXPLANATIONS = 11
};

/* What differs. Bits: 1u << one of these. */
enum wt_quantity { WT_OF_PACKETS, WT_OF_FRAMES, WT_OF_SEGMENTS, WT_OF_OCTETS, WT_OF_PAYLOAD, WT_QUANTITIES };

/* Which point a flow passes first, and by what that is known. */
enum wt_order { WT_ORDER_UNKNOWN, WT_ORDER_A_FIRST, WT_ORDER_B_FIRST };
enum wt_order_by { WT_ORDER_BY_NOTHING, WT_ORDER_BY_HOPS, WT_ORDER_BY_TIME, WT_ORDER_BY_BOTH_WAYS };

const char *wt_way_name(enum wt_way way);                         /* "rx", "tx", "untold" */
const char *wt_explanation_name(enum wt_explanation explanation); /* "merge", "merge-or-cut", "one-point" */
const char *wt_quantity_name(enum wt_quantity quantity);          /* "packets" */
const char *wt_order_name(enum wt_order order);                   /* "a-first", "b-first", "unknown" */
const char *wt_order_by_name(enum wt_order_by by);                /* "hops", "time", "both-ways", "nothing" */

/* One flow at both points. */
struct wt_flow_compared {
  struct wt_flow_id id;
  bool seen[WT_POINTS];
  struct wt_passage at[WT_POINTS]; /* zeroed where it was not seen */
  unsigned int differs;            /* bits of enum wt_quantity */
  unsigned int explained;          /* bits of enum wt_explanation; 0: the points agree */
  enum wt_order order;
  enum wt_order_by order_by;
  /* With WT_BY_LOSS and WT_BY_FLIGHT: at which point frames are missing, how many, and octets of payload. */
  enum wt_point_index missing_at;
  uint64_t missing_low, missing_high; /* frames; high may be WT_UNKNOWN */
  uint64_t missing_payload;
  char reason[160]; /* with WT_BY_UNKNOWN: what contradicts what */
};

/* Flows with the same way at A and B, added up. */
struct wt_ways_compared {
  enum wt_way way[WT_POINTS]; /* meaningless where not seen */
  bool seen[WT_POINTS];
  struct wt_passage at[WT_POINTS];
  uint64_t flows;
  unsigned int explained; /* of any of them */
};

struct wt_point_report {
  const char *name; /* as it was given */
  bool file;
  double begin, end; /* Unix time: of the observation, of a file of its first and last packet; NAN if empty */
  bool unfinished;   /* a file that ends in the middle of a packet */
  uint64_t left_out; /* packets of a file that are outside of the observation of the other point */
  uint64_t dropped;  /* by what the file says: packets that the capture had no room for; WT_UNKNOWN if it does not */
  uint64_t
      not_understood;     /* packets of a file: cut short before the end of their headers, or of an unknown link type */
  struct wt_passage rest; /* flows for which there was no room */
  uint64_t flows;
};

struct wt_comparison {
  struct wt_point_report point[WT_POINTS];
  bool same_clock; /* both points were observed by this host: times of one are times of the other */
  double seconds;  /* observed; 0 with two files */
  const struct wt_flow_compared *flows; /* by frames, most first */
  size_t flow_count;
  const struct wt_ways_compared *ways;
  size_t way_count;
};

struct wt_compare;

/*
 * Opens two points, each "eth0", "netns:NAME/eth0" or the path of a capture file, and begins to count. -EINVAL: it is
 * none of them, or a pipe beside an interface; -EAGAIN: the host was too busy to begin at both points at the same time;
 * -ENODEV, -ENOENT: it is not there; -EBADMSG: it is no capture file; -EPERM: a right is missing;
 * -EOPNOTSUPP: no method exact here. The thread is in its own network namespace again when it returns; if that fails
 * the error is -ENOTRECOVERABLE, and the process had better end.
 */
int wt_compare_open(struct wt_compare **out, const char *a, const char *b, struct wt_error *error);

/* Whether both are files: there is nothing to wait for. */
bool wt_compare_is_offline(const struct wt_compare *compare);

/* Ends the observation at both points at once (or -EAGAIN), reads files, and compares. Once only. *result belongs to
 * compare. */
int wt_compare_finish(struct wt_compare *compare, const struct wt_comparison **result, struct wt_error *error);

/* NULL is allowed. */
void wt_compare_close(struct wt_compare *compare);

#endif
