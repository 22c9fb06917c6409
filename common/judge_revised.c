/* SPDX-License-Identifier: MIT */
/* Whether totals go on, or reach back. */
#include "judge_parts.h"

/* As many as any of the instruments lets have passed. */
static double most_passed(const struct wt_judge *judge, const struct wt_observation *now)
{
  struct wt_window window;
  double seen, passed;

  wt_window_between(&judge->last, now, NULL, &window);
  seen = judge->finding.basis == WT_BASIS_WIRE ? window.frames : window.packets;
  passed = window.counter;
  if (window.tapped)
    passed = fmax(window.frames, window.frames_high) + fmax(window.counter - seen, 0);
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++)
    passed = fmax(passed, window.witness[kind].frames);
  return passed;
}

bool wt_judge_revises(const struct wt_judge *judge, const struct wt_observation *now, uint64_t frames_before)
{
  double grown = (double)(int64_t)(judge->totals.frames - frames_before);

  return now->revised || grown > most_passed(judge, now) + wt_in_flight;
}
