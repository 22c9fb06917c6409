/* SPDX-License-Identifier: MIT */
/*
 * Packets out of a capture file, pcap or pcapng, one after the other and of any number: memory does not grow with the
 * file. pcap is read by libpcap. pcapng has a reader of its own, since libpcap's tells neither the direction of a
 * packet, nor its interface, nor what was dropped, and refuses files with several link types.
 */
#ifndef WT_TRACE_H
#define WT_TRACE_H

#include "wiretruth.h"

enum wt_trace_direction { WT_TRACE_UNTOLD, WT_TRACE_RX, WT_TRACE_TX };

struct wt_trace_packet {
  uint64_t time;                     /* nanoseconds since 1970, WT_UNKNOWN where the block has none */
  const uint8_t *data;               /* captured octets; valid until the next call */
  uint32_t captured, length;         /* octets in the file, octets that the packet had */
  uint32_t interface;                /* for wt_trace_interface() */
  int link_type;                     /* DLT_* of libpcap, of this packet */
  enum wt_trace_direction direction; /* by the flags of pcapng, or by the cooked header */
  uint32_t ifindex;                  /* of the host that captured, from an SLL2 header; 0 where there is none */
  uint32_t fcs;                      /* octets at the end of length that are a frame check sequence, where told */
};

/* An interface of the file: of pcapng one for each description block, of pcap the only one. */
struct wt_trace_interface {
  char name[64]; /* as the file has it, which may be anything; empty if it names none */
  int link_type;
  uint32_t snap_length; /* octets that are kept of a packet at most; 0: no limit */
  /* What its statistics say, WT_UNKNOWN where the file does not tell: packets that were received by the capture's
   * interface, that its filter took, and that were lost for want of room in the interface, in the kernel, and between
   * packets of the file by their own account. */
  uint64_t received, accepted, dropped_interface, dropped_system, dropped_between;
};

/* How far reading has come. */
struct wt_trace_progress {
  uint64_t octets; /* of the file, that are read */
  uint64_t size;   /* of the file; WT_UNKNOWN for a pipe */
  uint64_t packets;
};

struct wt_trace;

/*
 * Opens a file, "-" being standard input, and reads its header. Errors are sentences that name the file: -EINVAL if it
 * is no capture file or damaged, -ENODATA if it ends within its header, and those of the file system.
 */
int wt_trace_open(struct wt_trace **out, const char *path, struct wt_error *error);

/* Reading is given up with -EINTR as soon as this file descriptor is readable: for signals. It stays the caller's. */
void wt_trace_stop_on(struct wt_trace *trace, int fd);

/* The same from the header on, which a pipe may keep waiting for. */
int wt_trace_open_until(struct wt_trace **out, const char *path, int stop_fd, struct wt_error *error);

/*
 * The next packet: 1, 0 at the end, or as above; the sentence then also names the octet of the file. What was read
 * before is good. After an error there is no more to read: the next call says the same.
 */
int wt_trace_next(struct wt_trace *trace, struct wt_trace_packet *packet, struct wt_error *error);

/* "pcap" or "pcapng". */
const char *wt_trace_format(const struct wt_trace *trace);

/* Interfaces that the file has described so far, and one of them; valid until the next packet. */
uint32_t wt_trace_interfaces(const struct wt_trace *trace);
const struct wt_trace_interface *wt_trace_interface(const struct wt_trace *trace, uint32_t number);

void wt_trace_progress(const struct wt_trace *trace, struct wt_trace_progress *progress);

/* NULL is allowed. */
void wt_trace_close(struct wt_trace *trace);

#endif
