/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pcap/sll.h>

#include "error.h"
#include "trace_parts.h"

/* Far more than a host has, and so few that a file that describes nothing else costs no memory to speak of. */
#define INTERFACES_MAX 4096

enum { MAGIC_LENGTH = 4 };

/* ---- what the parts share ---- */

int wt_trace_fail(const struct wt_trace *trace, struct wt_error *error, int code, uint64_t position, const char *format,
                  ...)
{
  char text[sizeof(error->text)];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  return wt_fail(error, code, "%s: octet %llu: %s", trace->name, (unsigned long long)position, text);
}

int wt_trace_fail_read(const struct wt_trace *trace, struct wt_error *error, int code)
{
  return wt_fail(error, code, code == -EINTR ? "%s: reading was interrupted" : "%s: cannot read: %s", trace->name,
                 strerror(-code));
}

static void grow(struct wt_trace *trace)
{
  uint32_t room = trace->room ? trace->room * 2 : 4;
  struct wt_trace_entry *larger = realloc(trace->entries, room * sizeof(*larger));

  if (!larger)
    return;
  trace->entries = larger;
  trace->room = room;
}

int wt_trace_add_interface(struct wt_trace *trace, struct wt_trace_entry **out)
{
  if (trace->count == INTERFACES_MAX)
    return -ENOSPC;
  if (trace->count == trace->room)
    grow(trace);
  if (trace->count == trace->room)
    return -ENOMEM;
  *out = &trace->entries[trace->count++];
  **out = (struct wt_trace_entry){
      .told = {.received = WT_UNKNOWN,
               .accepted = WT_UNKNOWN,
               .dropped_interface = WT_UNKNOWN,
               .dropped_system = WT_UNKNOWN,
               .dropped_between = WT_UNKNOWN},
      .units = 1000000,
  };
  return 0;
}

/* ---- open ---- */

/* What a person may well give by mistake, and can be read after this command. */
static const struct packed {
  uint8_t magic[MAGIC_LENGTH];
  uint8_t length;
  const char *name, *command;
} packings[] = {
    {{0x1f, 0x8b}, 2, "gzip", "gzip"},      {{0x28, 0xb5, 0x2f, 0xfd}, 4, "zstd", "zstd"},
    {{0xfd, '7', 'z', 'X'}, 4, "xz", "xz"}, {{0x04, 0x22, 0x4d, 0x18}, 4, "lz4", "lz4"},
    {{'B', 'Z', 'h'}, 3, "bzip2", "bzip2"},
};

static int refuse(const struct wt_trace *trace, const uint8_t magic[MAGIC_LENGTH], struct wt_error *error)
{
  for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++)
    if (memcmp(magic, packings[i].magic, packings[i].length) == 0)
      return wt_fail(error, -EINVAL, "%s is compressed: pipe it through '%s -dc' and read '-'", trace->name,
                     packings[i].command);
  return wt_fail(error, -EINVAL,
                 "%s is neither pcap nor pcapng: it begins with %02x %02x %02x %02x, and not with a1 b2 c3 d4 or "
                 "0a 0d 0d 0a, for example",
                 trace->name, magic[0], magic[1], magic[2], magic[3]);
}

/* The magic numbers of pcap that libpcap knows: microseconds, nanoseconds, and Kuznetzov's record headers. */
static bool is_pcap(const uint8_t magic[MAGIC_LENGTH])
{
  static const uint32_t known[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34};
  uint32_t number;

  memcpy(&number, magic, sizeof(number));
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (number == known[i] || __builtin_bswap32(number) == known[i])
      return true;
  return false;
}

/* Looks at the beginning: which format it is. */
static int begin(struct wt_trace *trace, struct wt_error *error)
{
  static const uint8_t section_header[MAGIC_LENGTH] = {0x0a, 0x0d, 0x0d, 0x0a};
  const uint8_t *magic;
  size_t got;
  int failed = wt_trace_stream_peek(&trace->stream, MAGIC_LENGTH, &magic, &got);

  if (failed)
    return wt_trace_fail_read(trace, error, failed);
  if (got == 0)
    return wt_fail(error, -ENODATA, "%s is empty: a capture file has at least a header", trace->name);
  if (got < MAGIC_LENGTH)
    return wt_fail(error, -ENODATA, "%s has only %zu octets: a capture file has at least a header of 24", trace->name,
                   got);
  if (memcmp(magic, section_header, MAGIC_LENGTH) == 0)
    return 0;
  return is_pcap(magic) ? wt_trace_pcap_open(trace, error) : refuse(trace, magic, error);
}

static int open_path(const char *path)
{
  int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                                  : open(path, O_RDONLY | O_CLOEXEC);

  return fd < 0 ? -errno : fd;
}

int wt_trace_open_until(struct wt_trace **out, const char *path, int stop_fd, struct wt_error *error)
{
  struct wt_trace *trace = calloc(1, sizeof(*trace));
  struct stat status;
  int fd, failed;

  if (!trace)
    return wt_fail(error, -ENOMEM, "out of memory");
  trace->stream.fd = -1;
  snprintf(trace->name, sizeof(trace->name), "%s", strcmp(path, "-") == 0 ? "standard input" : path);
  fd = open_path(path);
  failed = fd < 0 ? fd : wt_trace_stream_open(&trace->stream, fd);
  if (failed < 0) {
    wt_fail(error, failed, "cannot open %s: %s", trace->name, strerror(-failed));
  } else {
    trace->size = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : WT_UNKNOWN;
    trace->stream.stop_fd = stop_fd;
    failed = begin(trace, error);
  }
  if (failed)
    wt_trace_close(trace);
  else
    *out = trace;
  return failed;
}

int wt_trace_open(struct wt_trace **out, const char *path, struct wt_error *error)
{
  return wt_trace_open_until(out, path, -1, error);
}

void wt_trace_stop_on(struct wt_trace *trace, int fd)
{
  trace->stream.stop_fd = fd;
}

/* ---- packets ---- */

/* From Linux' packet type: what its interface did with it. */
static enum wt_trace_direction cooked_direction(uint16_t type)
{
  return type == LINUX_SLL_OUTGOING ? WT_TRACE_TX : type <= LINUX_SLL_OTHERHOST ? WT_TRACE_RX : WT_TRACE_UNTOLD;
}

/* What a cooked header tells. The file's own word goes first. */
static void read_cooked(struct wt_trace_packet *packet)
{
  enum wt_trace_direction direction = WT_TRACE_UNTOLD;

  if (packet->link_type == DLT_LINUX_SLL && packet->captured >= SLL_HDR_LEN) {
    direction = cooked_direction((uint16_t)(packet->data[0] << 8 | packet->data[1]));
  } else if (packet->link_type == DLT_LINUX_SLL2 && packet->captured >= SLL2_HDR_LEN) {
    memcpy(&packet->ifindex, packet->data + 4, sizeof(packet->ifindex));
    packet->ifindex = ntohl(packet->ifindex);
    direction = cooked_direction(packet->data[10]);
  }
  if (packet->direction == WT_TRACE_UNTOLD)
    packet->direction = direction;
}

int wt_trace_next(struct wt_trace *trace, struct wt_trace_packet *packet, struct wt_error *error)
{
  int status;

  if (trace->over) {
    if (error)
      *error = trace->failed;
    return trace->failed.code;
  }
  status =
      trace->pcap ? wt_trace_pcap_next(trace, packet, &trace->failed) : wt_trace_ng_next(trace, packet, &trace->failed);
  if (status == 1) {
    /* Some writers leave a length out. There were as many octets as there are. */
    if (packet->length < packet->captured)
      packet->length = packet->captured;
    read_cooked(packet);
    trace->packets++;
    return 1;
  }
  trace->over = true;
  if (error)
    *error = trace->failed;
  return status;
}

/* ---- the rest ---- */

const char *wt_trace_format(const struct wt_trace *trace)
{
  return trace->pcap ? "pcap" : "pcapng";
}

uint32_t wt_trace_interfaces(const struct wt_trace *trace)
{
  return trace->count;
}

const struct wt_trace_interface *wt_trace_interface(const struct wt_trace *trace, uint32_t number)
{
  return &trace->entries[number].told;
}

void wt_trace_progress(const struct wt_trace *trace, struct wt_trace_progress *progress)
{
  *progress = (struct wt_trace_progress){trace->stream.position, trace->size, trace->packets};
}

void wt_trace_close(struct wt_trace *trace)
{
  if (!trace)
    return;
  if (trace->pcap)
    pcap_close(trace->pcap);
  wt_trace_stream_close(&trace->stream);
  free(trace->entries);
  free(trace);
}
