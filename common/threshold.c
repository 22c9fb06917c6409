/* SPDX-License-Identifier: MIT */
#include "threshold.h"

#include <math.h>

/* Where the value wants to. */
static enum wt_edge aim(const struct wt_crossing *crossing, const struct wt_threshold *threshold, double value)
{
  if (crossing->state != WT_EDGE_RAISED && value > threshold->rising)
    return WT_EDGE_RAISED;
  if (crossing->state != WT_EDGE_CLEARED && value <= threshold->falling)
    return WT_EDGE_CLEARED;
  return WT_EDGE_NONE;
}

/* Where nothing was settled before, a fall is told only if that was asked for, for nobody was told of a rise; and a
 * rise is, unless it was there from the beginning and nobody asked for that. */
static bool is_told(const struct wt_crossing *crossing, const struct wt_threshold *threshold)
{
  bool asked = (unsigned int)threshold->startup & (unsigned int)crossing->moving;

  if (crossing->state != WT_EDGE_NONE || asked)
    return true;
  return crossing->moving == WT_EDGE_RAISED && !crossing->first;
}

static enum wt_edge arrive(struct wt_crossing *crossing, const struct wt_threshold *threshold)
{
  enum wt_edge edge = is_told(crossing, threshold) ? crossing->moving : WT_EDGE_NONE;

  crossing->state = crossing->moving;
  crossing->moving = WT_EDGE_NONE;
  return edge;
}

enum wt_edge wt_threshold_step(struct wt_crossing *crossing, const struct wt_threshold *threshold, double value,
                               double seconds, double unix_time)
{
  enum wt_edge edge;

  if (isnan(value))
    return WT_EDGE_NONE;
  edge = aim(crossing, threshold, value);
  if (edge == WT_EDGE_NONE) {
    crossing->moving = WT_EDGE_NONE;
  } else if (edge != crossing->moving) {
    crossing->moving = edge;
    crossing->first = !crossing->begun;
    crossing->lasted = 0;
    crossing->since = unix_time;
  } else {
    crossing->lasted += fmin(seconds - crossing->last, threshold->reach);
  }
  crossing->begun = true;
  crossing->last = seconds;
  return crossing->moving != WT_EDGE_NONE && crossing->lasted >= threshold->hold ? arrive(crossing, threshold)
                                                                                 : WT_EDGE_NONE;
}

void wt_threshold_forget(struct wt_crossing *crossing)
{
  crossing->moving = WT_EDGE_NONE;
}
