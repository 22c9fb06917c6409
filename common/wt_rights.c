/* SPDX-License-Identifier: MIT */
/* A handle that needs no rights any more. */
#include "rights.h"
#include "wt_parts.h"

static bool is_open(const void *context)
{
  const struct wt *wt = context;

  return wt_capture_is_open(wt->capture);
}

int wt_give_up_rights(struct wt *wt, uint64_t also, struct wt_error *error)
{
  int status = wt->capture ? wt_capture_reserve(wt->capture, error) : 0;

  if (status == 0)
    status = wt_mirrors_reserve(wt->mirrors, error);
  if (status) {
    wt_drop_rights(also);
    return status;
  }
  if (wt->capture && !wt_without_rights(is_open, wt))
    also |= wt_right_to_count();
  wt_keep_rights(also);
  wt->bare = true;
  return 0;
}
