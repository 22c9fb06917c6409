/* SPDX-License-Identifier: MIT */
#include "trace_block.h"

#include <errno.h>

enum { OPTION_END = 0 };

/* The option at *offset, and *offset to the next. 1, 0 at the last, or -EINVAL. */
static int next_option(const struct wt_block *block, uint32_t *offset, struct wt_block_option *option)
{
  uint32_t left = block->length - 4 - *offset;

  if (left < 4)
    return 0;
  *option = (struct wt_block_option){
      .code = wt_block_get16(block, *offset), .length = wt_block_get16(block, *offset + 2), .at = *offset + 4};
  if (option->code == OPTION_END)
    return 0;
  if (wt_block_padded(option->length) > left - 4)
    return -EINVAL;
  *offset = option->at + wt_block_padded(option->length);
  return 1;
}

int wt_block_read_options(const struct wt_trace *trace, const struct wt_block *block, uint32_t offset,
                          wt_block_option_function *call, void *context, struct wt_error *error)
{
  struct wt_block_option option;
  int status;

  while ((status = next_option(block, &offset, &option)) == 1)
    call(block, &option, context);
  if (status == 0)
    return 0;
  return wt_trace_fail(trace, error, -EINVAL, block->position + offset,
                       "damaged: an option of %u octets, and its block ends before", option.length);
}
