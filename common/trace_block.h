/* SPDX-License-Identifier: MIT */
/* One block of a pcapng file: figures in the byte order of its section, and the options at its end. */
#ifndef WT_TRACE_BLOCK_H
#define WT_TRACE_BLOCK_H

#include <string.h>

#include "trace_parts.h"

struct wt_block {
  uint64_t position; /* in the file */
  uint32_t type;
  const uint8_t *data; /* all of it, header and trailer in */
  uint32_t length;
  bool swapped;
};

struct wt_block_option {
  uint16_t code;
  uint16_t length;
  uint32_t at; /* offset of its value in the block */
};

/* The offset is inside the block: whoever asks has looked at its length. */
static inline uint16_t wt_block_get16(const struct wt_block *block, uint32_t offset)
{
  uint16_t value;

  memcpy(&value, block->data + offset, sizeof(value));
  return block->swapped ? __builtin_bswap16(value) : value;
}

static inline uint32_t wt_block_get32(const struct wt_block *block, uint32_t offset)
{
  uint32_t value;

  memcpy(&value, block->data + offset, sizeof(value));
  return block->swapped ? __builtin_bswap32(value) : value;
}

static inline uint64_t wt_block_get64(const struct wt_block *block, uint32_t offset)
{
  uint64_t value;

  memcpy(&value, block->data + offset, sizeof(value));
  return block->swapped ? __builtin_bswap64(value) : value;
}

/* Values are padded to 32 bits. */
static inline uint32_t wt_block_padded(uint32_t length)
{
  return (length + 3) & ~3u;
}

/* What to do with an option. Those of another length than theirs are none that is known. */
typedef void wt_block_option_function(const struct wt_block *block, const struct wt_block_option *option,
                                      void *context);

/*
 * Calls with each option from an offset on, which is no larger than that of the trailer. 0, or -EINVAL with the error
 * filled where one is longer than its block.
 */
int wt_block_read_options(const struct wt_trace *trace, const struct wt_block *block, uint32_t offset,
                          wt_block_option_function *call, void *context, struct wt_error *error);

#endif
