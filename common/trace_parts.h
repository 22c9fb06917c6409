/* SPDX-License-Identifier: MIT */
/* What the parts of the reader of capture files share. */
#ifndef WT_TRACE_PARTS_H
#define WT_TRACE_PARTS_H

#include <pcap/pcap.h>

#include "trace.h"
#include "trace_stream.h"

struct wt_trace_entry {
  struct wt_trace_interface told;
  uint64_t units;   /* of its time stamps in a second */
  uint64_t seconds; /* that are to be added to them, modulo 2^64 */
  uint32_t fcs;     /* octets of a frame check sequence at the end of each packet */
};

struct wt_trace {
  char name[96]; /* for sentences */
  struct wt_trace_stream stream;
  uint64_t size, packets;
  struct wt_trace_entry *entries;
  uint32_t count, room;
  struct wt_error failed; /* what the last call ended with, if nothing can be read after it */
  bool over;
  pcap_t *pcap;  /* NULL for pcapng */
  bool swapped;  /* the present section of a pcapng file is in the other byte order */
  uint32_t base; /* number of its first interface */
};

/* Fills the error with "NAME: octet POSITION: ..." and returns code. */
__attribute__((format(printf, 5, 6))) int wt_trace_fail(const struct wt_trace *trace, struct wt_error *error, int code,
                                                        uint64_t position, const char *format, ...);

/* What went wrong below the parsing: an error of the system, or -EINTR. Returns code. */
int wt_trace_fail_read(const struct wt_trace *trace, struct wt_error *error, int code);

/* A new interface, all unknown. -ENOSPC: there are too many; -ENOMEM. */
int wt_trace_add_interface(struct wt_trace *trace, struct wt_trace_entry **out);

/* trace_pcap.c: through libpcap, whose FILE is the stream. */
int wt_trace_pcap_open(struct wt_trace *trace, struct wt_error *error);
int wt_trace_pcap_next(struct wt_trace *trace, struct wt_trace_packet *packet, struct wt_error *error);

/* trace_ng.c: pcapng. */
int wt_trace_ng_next(struct wt_trace *trace, struct wt_trace_packet *packet, struct wt_error *error);

#endif
