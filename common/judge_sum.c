/* SPDX-License-Identifier: MIT */
/* Wire as a sum over all readings: what lies between any two of them is a difference. */
#include <math.h>

#include "judge_parts.h"

/* Two-sided 95 %: how many standard errors the bounds of a span hold. */
static const double bounding = 1.96;

static double positive(double value)
{
  return value > 0 ? value : 0;
}

/* The part of a bound that chance does not explain adds up by itself, the other one by its variance. */
static void add(struct wt_wire_sum *sum, double frames, double low, double high, double error)
{
  sum->frames += frames;
  sum->variance += error * error;
  sum->missing += positive(frames - low - bounding * error);
  if (isinf(high))
    sum->unbounded++;
  else
    sum->excess += positive(high - frames - bounding * error);
}

/* How far a witness is behind at either end is for whoever takes the difference to allow for: it does not add up. */
static void add_witnessed(struct wt_wire_sum *sum, const struct wt_window *window, const struct wt_span *span,
                          enum wt_witness_kind kind)
{
  double high = window->frames;

  if (kind == WT_BY_QDISC)
    high = window->tapped ? fmax(span->frames_high, high) : INFINITY;
  add(sum, window->frames, window->frames, high, 0);
}

void wt_judge_sum_up(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts)
{
  struct wt_wire_sum *sum = &judge->sum;
  struct wt_window window;
  struct wt_span span = {0};

  wt_window_between(&judge->last, now, NULL, &window);
  wt_judge_take_source(judge, facts, &window);
  if (window.tapped)
    wt_tally_span(&judge->last.after, &now->after, &span);
  if (window.witnessed)
    add_witnessed(sum, &window, &span, wt_witness_of(judge->source));
  else if (window.tapped)
    add(sum, span.frames, span.frames_low, span.frames_high, span.frames_error);
  else if (judge->last.time < now->time)
    sum->blind++;
  sum->bracket = now->tapped ? (double)(now->after.frames - now->before.frames) : 0;
  sum->frames += window.bypass;
  sum->bypass += window.bypass;
  if (window.bypass > 0)
    sum->unbounded++;
}
