/* SPDX-License-Identifier: MIT */
#include "trace_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Large enough that a read costs nothing beside the parsing, small enough to stay in a cache. */
#define BUFFER_SIZE ((size_t)512 * 1024)

int wt_trace_stream_open(struct wt_trace_stream *stream, int fd)
{
  *stream = (struct wt_trace_stream){.fd = fd, .stop_fd = -1, .size = BUFFER_SIZE, .buffer = malloc(BUFFER_SIZE)};
  if (stream->buffer)
    return 0;
  wt_trace_stream_close(stream);
  return -ENOMEM;
}

void wt_trace_stream_close(struct wt_trace_stream *stream)
{
  free(stream->buffer);
  if (stream->fd >= 0)
    close(stream->fd);
  stream->buffer = NULL;
  stream->fd = -1;
}

/* Until the file has something to read. -EINTR if it is to stop. */
static int wait_for_data(const struct wt_trace_stream *stream)
{
  struct pollfd fds[2] = {{.fd = stream->fd, .events = POLLIN}, {.fd = stream->stop_fd, .events = POLLIN}};

  while (poll(fds, 2, -1) < 0)
    if (errno != EINTR)
      return -errno;
  return fds[1].revents ? -EINTR : 0;
}

/* Makes room behind what is not consumed, for length octets of it in all. */
static int make_room(struct wt_trace_stream *stream, size_t length)
{
  size_t size = stream->size;
  uint8_t *larger;

  memmove(stream->buffer, stream->buffer + stream->begin, stream->end - stream->begin);
  stream->end -= stream->begin;
  stream->begin = 0;
  while (size < length)
    size *= 2;
  if (size == stream->size)
    return 0;
  larger = realloc(stream->buffer, size);
  if (!larger)
    return -ENOMEM;
  stream->buffer = larger;
  stream->size = size;
  return 0;
}

/* Reads what there is, once. */
static int refill(struct wt_trace_stream *stream)
{
  int error = wait_for_data(stream);
  ssize_t count;

  if (error)
    return error;
  do {
    count = read(stream->fd, stream->buffer + stream->end, stream->size - stream->end);
  } while (count < 0 && (errno == EINTR || errno == EAGAIN));
  if (count < 0)
    return -errno;
  stream->ended = count == 0;
  stream->end += (size_t)count;
  return 0;
}

int wt_trace_stream_peek(struct wt_trace_stream *stream, size_t length, const uint8_t **at, size_t *got)
{
  if (stream->size - stream->begin < length) {
    int error = make_room(stream, length);

    if (error)
      return error;
  }
  while (stream->end - stream->begin < length && !stream->ended) {
    int error = refill(stream);

    if (error)
      return error;
  }
  *at = stream->buffer + stream->begin;
  *got = stream->end - stream->begin < length ? stream->end - stream->begin : length;
  return 0;
}

void wt_trace_stream_take(struct wt_trace_stream *stream, size_t length)
{
  stream->begin += length;
  stream->position += length;
  if (stream->begin == stream->end)
    stream->begin = stream->end = 0;
}

int wt_trace_stream_skip(struct wt_trace_stream *stream, uint64_t length)
{
  while (length > 0) {
    const uint8_t *at;
    size_t part = length < BUFFER_SIZE ? (size_t)length : BUFFER_SIZE;
    int error = wt_trace_stream_peek(stream, part, &at, &part);

    if (error)
      return error;
    if (part == 0)
      return 0;
    wt_trace_stream_take(stream, part);
    length -= part;
  }
  return 1;
}
