/* SPDX-License-Identifier: MIT */
/* Octets of a file or pipe through one buffer, so that what is parsed need not be copied, and a pipe can be peeked. */
#ifndef WT_TRACE_STREAM_H
#define WT_TRACE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wt_trace_stream {
  int fd;
  int stop_fd; /* -1: none */
  uint8_t *buffer;
  size_t size, begin, end; /* octets of the buffer; those from begin to end are not consumed */
  uint64_t position;       /* of begin in the file */
  bool ended;
};

/* The file descriptor belongs to the stream from here on, also on error. 0 or -errno. */
int wt_trace_stream_open(struct wt_trace_stream *stream, int fd);
void wt_trace_stream_close(struct wt_trace_stream *stream);

/* Consumes nothing. *at gets as many octets as there are up to length, fewer only at the end. 0 or -errno. */
int wt_trace_stream_peek(struct wt_trace_stream *stream, size_t length, const uint8_t **at, size_t *got);

/* Consumes octets that were peeked. */
void wt_trace_stream_take(struct wt_trace_stream *stream, size_t length);

/* Consumes octets, however many, without keeping them. 1, 0 if the file ends before, or -errno. */
int wt_trace_stream_skip(struct wt_trace_stream *stream, uint64_t length);

#endif
