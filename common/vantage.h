/* SPDX-License-Identifier: MIT */
/*
 * Where a capture was taken relative to the offloads, from what its packets show. Pure: no file, no clock, no memory.
 *
 * What tells:
 * - A packet that is longer than any frame of its connection was not cut yet, or is merged.
 * - A checksum that is left to a device was seen before that device: on the sender, or on a virtual link, which hands
 *   packets over as they are. Frames that came over a wire have complete ones.
 * - GRO puts the same kind of checksum into what it merges, and leaves frames that it does not merge as they are. So it
 *   is in packets of one frame that a sender's and a receiver's capture differ.
 * - Full segments that follow one another and are not merged: neither TSO nor GRO is at work.
 * - A frame of less than 60 octets was not sent yet: hardware pads it. One with padding behind its IP packet was.
 */
#ifndef WT_VANTAGE_H
#define WT_VANTAGE_H

#include "trace.h"

/* The numbers are in no contract, the names are. */
enum wt_vantage {
  WT_VANTAGE_UNDECIDABLE,
  WT_VANTAGE_WIRE,           /* frames as they are on the wire */
  WT_VANTAGE_ABOVE_TSO,      /* on the sender, above TSO */
  WT_VANTAGE_AFTER_GRO,      /* on the receiver, after GRO */
  WT_VANTAGE_ABOVE_CHECKSUM, /* on the sender, above checksum offload; nothing is merged */
  WT_VANTAGE_HOST            /* of a whole file: above TSO in what its host sends, after GRO in what it receives */
};

/* What the packets of one sender show at one point of capture. */
struct wt_vantage_facts {
  enum wt_trace_direction told; /* by the file */
  bool loopback;
  uint64_t packets;
  uint64_t merged;           /* longer than a frame of theirs can be */
  uint64_t merged_complete;  /* of them, with a right checksum over all of it */
  uint64_t long_only;        /* longer than usual frames, and perhaps frames */
  uint32_t longest;          /* octets */
  uint32_t mtu;              /* the longest IP packet that SYNs speak of; 0: none was seen */
  uint64_t single_left;      /* packets of one frame, of TCP, UDP or SCTP: checksum left to a device */
  uint64_t single_complete;  /* and complete, or at least not left */
  uint64_t bulk;             /* full segments behind another one, that are frames */
  uint64_t unpadded, padded; /* short frames on Ethernet */
};

struct wt_vantage_finding {
  enum wt_vantage where;
  enum wt_trace_direction side; /* as told, or as it follows from the others */
  bool inferred;                /* it follows */
  bool unexplained;             /* it has merged packets, and where they come from cannot be decided */
  bool short_merges;            /* packets that would fit into a frame may be merged as well */
  char evidence[320];           /* why so, or why it cannot be decided */
};

/* Judges the senders of one point, each beside the others. findings: as many. */
void wt_vantage_judge(const struct wt_vantage_facts *facts, size_t count, struct wt_vantage_finding *findings);

/* The whole of it: findings of all points. */
enum wt_vantage wt_vantage_combine(const struct wt_vantage_finding *findings, size_t count);

/* "above-tso". Never NULL. */
const char *wt_vantage_name(enum wt_vantage where);

#endif
