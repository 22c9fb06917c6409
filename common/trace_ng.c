/* SPDX-License-Identifier: MIT */
/* pcapng, as in draft-ietf-opsawg-pcapng: sections of blocks, each in the byte order of its section. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "trace_block.h"

enum block_type {
  BLOCK_INTERFACE = 1,
  BLOCK_PACKET = 2, /* obsolete, and written by old programs */
  BLOCK_SIMPLE_PACKET = 3,
  BLOCK_STATISTICS = 5,
  BLOCK_ENHANCED_PACKET = 6,
  BLOCK_SECTION = 0x0a0d0d0a, /* reads the same in both byte orders */
};

enum {
  BLOCK_HEADER = 8,     /* type and length */
  BLOCK_LEAST = 12,     /* and the length again */
  BLOCK_MAX = 16 << 20, /* of those whose content is read; as in libpcap, and far above any packet */
  BYTE_ORDER_OK = 0x1a2b3c4d,
  NANOSECONDS = 1000000000,
};

enum {
  OPTION_FLAGS = 2, /* of packets */
  OPTION_DROPPED_BETWEEN = 4,
  OPTION_NAME = 2, /* of interfaces */
  OPTION_RESOLUTION = 9,
  OPTION_FCS = 13,
  OPTION_OFFSET = 14,
  OPTION_RECEIVED = 4, /* of statistics */
  OPTION_DROPPED_INTERFACE = 5,
  OPTION_ACCEPTED = 6,
  OPTION_DROPPED_SYSTEM = 7,
};

/* ---- sections and interfaces ---- */

static int read_section(struct wt_trace *trace, const struct wt_block *block, struct wt_error *error)
{
  uint16_t major = wt_block_get16(block, 12);

  if (major != 1)
    return wt_trace_fail(trace, error, -EINVAL, block->position,
                         "the section is pcapng of version %u, and only version 1 is known", major);
  trace->swapped = block->swapped;
  trace->base = trace->count;
  return 0;
}

/* Units a second: a negative power of 10, or with the highest bit of 2. 0: finer than can be counted. */
static uint64_t read_resolution(uint8_t resolution)
{
  uint64_t units = 1;

  if (resolution & 0x80)
    return (resolution & 0x7f) < 64 ? (uint64_t)1 << (resolution & 0x7f) : 0;
  if (resolution > 19)
    return 0;
  for (uint8_t i = 0; i < resolution; i++)
    units *= 10;
  return units;
}

static void read_interface_option(const struct wt_block *block, const struct wt_block_option *option, void *context)
{
  struct wt_trace_entry *entry = context;
  const uint8_t *value = block->data + option->at;

  if (option->code == OPTION_NAME) {
    size_t length = option->length < sizeof(entry->told.name) - 1 ? option->length : sizeof(entry->told.name) - 1;

    memcpy(entry->told.name, value, length);
    entry->told.name[length] = '\0';
  } else if (option->code == OPTION_RESOLUTION && option->length == 1) {
    entry->units = read_resolution(value[0]);
  } else if (option->code == OPTION_OFFSET && option->length == 8) {
    entry->seconds = wt_block_get64(block, option->at);
  } else if (option->code == OPTION_FCS && option->length == 1) {
    entry->fcs = value[0];
  }
}

/* The number in a file of a link type, as libpcap has it on this host: only these of ours differ. */
static int link_type(uint16_t number)
{
  return number == 101 ? DLT_RAW : number;
}

static int read_interface(struct wt_trace *trace, const struct wt_block *block, struct wt_error *error)
{
  struct wt_trace_entry *entry;
  int failed = wt_trace_add_interface(trace, &entry);

  if (failed == -ENOSPC)
    return wt_trace_fail(trace, error, -EINVAL, block->position, "more than %u interfaces are described", trace->count);
  if (failed)
    return wt_trace_fail_read(trace, error, failed);
  entry->told.link_type = link_type(wt_block_get16(block, 8));
  entry->told.snap_length = wt_block_get32(block, 12);
  return wt_block_read_options(trace, block, 16, read_interface_option, entry, error);
}

/* The interface of that number in its section, or NULL after the error is filled. */
static struct wt_trace_entry *find_interface(struct wt_trace *trace, const struct wt_block *block, uint32_t number,
                                             struct wt_error *error)
{
  if (number < trace->count - trace->base)
    return &trace->entries[trace->base + number];
  wt_trace_fail(trace, error, -EINVAL, block->position,
                "damaged: a block of interface %" PRIu32 ", and the section has described %" PRIu32, number,
                trace->count - trace->base);
  return NULL;
}

static void read_statistic(const struct wt_block *block, const struct wt_block_option *option, void *context)
{
  struct wt_trace_interface *told = context;
  uint64_t value;

  if (option->length != 8)
    return;
  value = wt_block_get64(block, option->at);
  if (option->code == OPTION_RECEIVED)
    told->received = value;
  else if (option->code == OPTION_ACCEPTED)
    told->accepted = value;
  else if (option->code == OPTION_DROPPED_INTERFACE)
    told->dropped_interface = value;
  else if (option->code == OPTION_DROPPED_SYSTEM)
    told->dropped_system = value;
}

static int read_statistics(struct wt_trace *trace, const struct wt_block *block, struct wt_error *error)
{
  struct wt_trace_entry *entry = find_interface(trace, block, wt_block_get32(block, 8), error);

  return entry ? wt_block_read_options(trace, block, 20, read_statistic, &entry->told, error) : -EINVAL;
}

/* ---- packets ---- */

static uint64_t read_time(const struct wt_trace_entry *entry, const struct wt_block *block, uint32_t offset)
{
  uint64_t units = (uint64_t)wt_block_get32(block, offset) << 32 | wt_block_get32(block, offset + 4);
  unsigned __int128 fraction;

  if (entry->units == 0)
    return WT_UNKNOWN;
  fraction = (unsigned __int128)(units % entry->units) * NANOSECONDS / entry->units;
  return (units / entry->units + entry->seconds) * NANOSECONDS + (uint64_t)fraction;
}

static void add_dropped(struct wt_trace_entry *entry, uint64_t count)
{
  uint64_t sum = wt_known(entry->told.dropped_between) ? entry->told.dropped_between : 0;

  entry->told.dropped_between = count < WT_UNKNOWN - 1 - sum ? sum + count : WT_UNKNOWN - 1;
}

struct packet_options {
  struct wt_trace_packet *packet;
  struct wt_trace_entry *entry;
};

static void read_packet_option(const struct wt_block *block, const struct wt_block_option *option, void *context)
{
  const struct packet_options *to = context;

  if (option->code == OPTION_FLAGS && option->length == 4) {
    uint32_t flags = wt_block_get32(block, option->at);

    if ((flags & 3) == 1 || (flags & 3) == 2)
      to->packet->direction = (flags & 3) == 1 ? WT_TRACE_RX : WT_TRACE_TX;
    if (flags >> 5 & 15)
      to->packet->fcs = flags >> 5 & 15;
  } else if (option->code == OPTION_DROPPED_BETWEEN && option->length == 8) {
    add_dropped(to->entry, wt_block_get64(block, option->at));
  }
}

/* Both kinds of it have the same layout but for the interface, which the obsolete one halves for a count of drops. */
static int read_packet(struct wt_trace *trace, const struct wt_block *block, struct wt_trace_packet *packet,
                       struct wt_error *error)
{
  bool obsolete = block->type == BLOCK_PACKET;
  uint32_t number = obsolete ? wt_block_get16(block, 8) : wt_block_get32(block, 8);
  struct wt_trace_entry *entry = find_interface(trace, block, number, error);
  uint32_t captured = wt_block_get32(block, 20);

  if (!entry)
    return -EINVAL;
  if (captured > block->length - 32)
    return wt_trace_fail(trace, error, -EINVAL, block->position,
                         "damaged: %" PRIu32 " octets of a packet, and its block has room for %" PRIu32, captured,
                         block->length - 32);
  *packet = (struct wt_trace_packet){
      .time = read_time(entry, block, 12),
      .data = block->data + 28,
      .captured = captured,
      .length = wt_block_get32(block, 24),
      .interface = trace->base + number,
      .link_type = entry->told.link_type,
      .fcs = entry->fcs,
  };
  if (obsolete && wt_block_get16(block, 10) != UINT16_MAX)
    add_dropped(entry, wt_block_get16(block, 10));
  return wt_block_read_options(trace, block, 28 + wt_block_padded(captured), read_packet_option,
                               &(struct packet_options){packet, entry}, error);
}

static int read_simple_packet(struct wt_trace *trace, const struct wt_block *block, struct wt_trace_packet *packet,
                              struct wt_error *error)
{
  struct wt_trace_entry *entry = find_interface(trace, block, 0, error);
  uint32_t length = wt_block_get32(block, 8);
  uint32_t captured = length;

  if (!entry)
    return -EINVAL;
  if (entry->told.snap_length && captured > entry->told.snap_length)
    captured = entry->told.snap_length;
  if (captured > block->length - 16)
    return wt_trace_fail(trace, error, -EINVAL, block->position,
                         "damaged: %" PRIu32 " octets of a packet, and its block has room for %" PRIu32, captured,
                         block->length - 16);
  *packet = (struct wt_trace_packet){
      .time = WT_UNKNOWN,
      .data = block->data + 12,
      .captured = captured,
      .length = length,
      .interface = trace->base,
      .link_type = entry->told.link_type,
      .fcs = entry->fcs,
  };
  return 0;
}

/* ---- blocks ---- */

/* The least length of a block whose content is read, 0 for others. */
static uint32_t least_length(uint32_t type)
{
  switch (type) {
  case BLOCK_SECTION:
    return 28;
  case BLOCK_INTERFACE:
    return 20;
  case BLOCK_SIMPLE_PACKET:
    return 16;
  case BLOCK_STATISTICS:
    return 24;
  case BLOCK_PACKET:
  case BLOCK_ENHANCED_PACKET:
    return 32;
  default:
    return 0;
  }
}

/* 1 with a packet, 0 with another block, or an error. */
static int read_block(struct wt_trace *trace, const struct wt_block *block, struct wt_trace_packet *packet,
                      struct wt_error *error)
{
  int failed;

  switch (block->type) {
  case BLOCK_SECTION:
    return read_section(trace, block, error);
  case BLOCK_INTERFACE:
    return read_interface(trace, block, error);
  case BLOCK_STATISTICS:
    return read_statistics(trace, block, error);
  case BLOCK_SIMPLE_PACKET:
    failed = read_simple_packet(trace, block, packet, error);
    return failed ? failed : 1;
  default:
    failed = read_packet(trace, block, packet, error);
    return failed ? failed : 1;
  }
}

static int cut_short(const struct wt_trace *trace, const struct wt_block *block, size_t got, struct wt_error *error)
{
  return wt_trace_fail(trace, error, -ENODATA, block->position,
                       "the file ends in the middle of the block that begins here: %zu of %" PRIu32 " octets are there",
                       got, block->length);
}

/* The header of the next block. 1, 0 at the end, or an error. */
static int peek_header(struct wt_trace *trace, struct wt_block *block, struct wt_error *error)
{
  size_t got;
  int failed = wt_trace_stream_peek(&trace->stream, BLOCK_LEAST, &block->data, &got);

  if (failed)
    return wt_trace_fail_read(trace, error, failed);
  if (got == 0)
    return 0;
  block->length = BLOCK_LEAST;
  if (got < BLOCK_LEAST)
    return cut_short(trace, block, got, error);
  block->type = wt_block_get32(block, 0);
  if (block->type == BLOCK_SECTION) {
    block->swapped = false;
    block->swapped = wt_block_get32(block, 8) != BYTE_ORDER_OK;
    if (wt_block_get32(block, 8) != BYTE_ORDER_OK)
      return wt_trace_fail(
          trace, error, -EINVAL, block->position,
          "damaged: the byte order of the section is told as %08x, and not as 1a2b3c4d in either order",
          wt_block_get32(block, 8));
  }
  block->length = wt_block_get32(block, 4);
  return 1;
}

static int check_length(const struct wt_trace *trace, const struct wt_block *block, struct wt_error *error)
{
  uint32_t least = least_length(block->type);

  if (block->length % 4 == 0 && block->length >= (least ? least : BLOCK_LEAST) &&
      (!least || block->length <= BLOCK_MAX))
    return 0;
  return wt_trace_fail(trace, error, -EINVAL, block->position,
                       "damaged: a block of type %" PRIu32 " of %" PRIu32 " octets, where it takes a multiple of 4, "
                       "from %" PRIu32 "%s",
                       block->type, block->length, least ? least : BLOCK_LEAST, least ? " to 16777216" : "");
}

/* The length stands behind the block as well. trailer: its place in the block's data. */
static int check_trailer(const struct wt_trace *trace, const struct wt_block *block, uint32_t trailer,
                         struct wt_error *error)
{
  if (wt_block_get32(block, trailer) == block->length)
    return 0;
  return wt_trace_fail(trace, error, -EINVAL, block->position,
                       "damaged: a block of %" PRIu32 " octets by its beginning and of %" PRIu32 " by its end",
                       block->length, wt_block_get32(block, trailer));
}

/* A block that nobody here reads, of whatever length. */
static int skip_block(struct wt_trace *trace, struct wt_block *block, struct wt_error *error)
{
  size_t got = 0;
  int status = wt_trace_stream_skip(&trace->stream, block->length - 4);

  if (status == 1)
    status = wt_trace_stream_peek(&trace->stream, 4, &block->data, &got);
  if (status < 0)
    return wt_trace_fail_read(trace, error, status);
  if (got < 4)
    return cut_short(trace, block, (size_t)(trace->stream.position - block->position) + got, error);
  status = check_trailer(trace, block, 0, error);
  wt_trace_stream_take(&trace->stream, 4);
  return status;
}

static int take_block(struct wt_trace *trace, struct wt_block *block, struct wt_trace_packet *packet,
                      struct wt_error *error)
{
  size_t got;
  int status = wt_trace_stream_peek(&trace->stream, block->length, &block->data, &got);

  if (status)
    return wt_trace_fail_read(trace, error, status);
  if (got < block->length)
    return cut_short(trace, block, got, error);
  status = check_trailer(trace, block, block->length - 4, error);
  if (status == 0)
    status = read_block(trace, block, packet, error);
  /* What it has stays where it is until something is peeked. */
  wt_trace_stream_take(&trace->stream, block->length);
  return status;
}

int wt_trace_ng_next(struct wt_trace *trace, struct wt_trace_packet *packet, struct wt_error *error)
{
  for (;;) {
    struct wt_block block = {.position = trace->stream.position, .swapped = trace->swapped};
    int status = peek_header(trace, &block, error);

    if (status <= 0)
      return status;
    status = check_length(trace, &block, error);
    if (status == 0)
      status = least_length(block.type) ? take_block(trace, &block, packet, error) : skip_block(trace, &block, error);
    if (status)
      return status;
  }
}
