/* SPDX-License-Identifier: MIT */
/*
 * A capture file as a whole: what it shows, what it cannot show, and where it was taken relative to the offloads.
 * Memory is bounded, however large the file is.
 */
#ifndef WT_TRACE_REPORT_H
#define WT_TRACE_REPORT_H

#include "trace.h"
#include "trace_flows.h"
#include "vantage.h"
#include "wiretruth.h"

/* What one direction shows at one point of capture. */
struct wt_trace_row {
  uint64_t packets, octets; /* as in the file; octets of whole packets, from the link header on */
  /* Frames that they stand for. high is no less than frames, and is frames where nothing is merged. */
  uint64_t frames, low, high, frame_octets, octets_low, octets_high;
  bool estimated;
  uint64_t merged;    /* packets that are longer than a frame of theirs can be */
  uint64_t long_only; /* longer than usual frames, and perhaps frames */
  uint64_t by_id;     /* packets of which the IPv4 identification told the number of frames */
  uint32_t longest;   /* octets */
  struct wt_checksums checksum;
  uint64_t tagged;         /* with a VLAN tag in the file */
  uint64_t truncated;      /* of which the file does not have all */
  uint64_t not_understood; /* of a link type that nobody here takes apart */
  bool told;               /* the file tells the direction; else it is inferred, or not known */
  enum wt_vantage where;
  char evidence[320];
};

/* One interface of the file; of a capture on all interfaces with their number, one interface of the host. */
struct wt_trace_point {
  struct wt_trace_interface interface;
  uint32_t ifindex;                          /* 0: none */
  bool shows_tags;                           /* a VLAN tag in the frame would be in the file */
  uint64_t repeated;                         /* packets that the file has already, at this point or at another one */
  struct wt_trace_row rows[WT_TRACE_TX + 1]; /* by enum wt_trace_direction */
};

struct wt_trace_report {
  const char *format;
  uint64_t packets, octets, captured;
  uint64_t first, last; /* nanoseconds since 1970, WT_UNKNOWN without any */
  enum wt_vantage where;
  const char *evidence; /* of the direction with the most packets that says so */
  const struct wt_trace_point *points;
  size_t point_count;
  uint64_t points_left_out; /* packets of further points: they are in the first three figures only */
  uint64_t forgotten;       /* flows that were forgotten for others: of them bounds are wider */
};

struct wt_trace_account;

/* NULL when memory ran out. */
struct wt_trace_account *wt_trace_account_new(void);
void wt_trace_account_free(struct wt_trace_account *account);

void wt_trace_account_add(struct wt_trace_account *account, const struct wt_trace_packet *packet);

/*
 * The same in two steps, for who also counts by something smaller than senders: first who sent the packet, then the
 * packet itself, of which the part gets what is hidden.
 */
struct wt_trace_look {
  struct wt_trace_view view;
  uint32_t point, sender; /* numbers */
  bool left_out;          /* there are too many points: it is not to be counted */
};

void wt_trace_account_look(struct wt_trace_account *account, const struct wt_trace_packet *packet,
                           struct wt_trace_look *look);
/* part: stays where it is until the end; NULL: none. */
enum wt_trace_length wt_trace_account_count(struct wt_trace_account *account, const struct wt_trace_packet *packet,
                                            const struct wt_trace_look *look, struct wt_trace_part *part);

/* The result, once: after it nothing can be added. It is the account's. trace: what the packets came from. */
const struct wt_trace_report *wt_trace_account_end(struct wt_trace_account *account, const struct wt_trace *trace);

/* After the end, what a part of that sender's packets hides. */
struct wt_trace_hidden wt_trace_account_hidden(const struct wt_trace_account *account, uint32_t sender,
                                               const struct wt_trace_part *part);

#endif
