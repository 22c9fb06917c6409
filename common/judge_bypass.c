/* SPDX-License-Identifier: MIT */
/* Frames that were counted and that the tap never saw. */
#include <math.h>

#include "judge_parts.h"

/* Octets that the counter must have for what the tap saw, by what is known of its way of counting. */
static double seen_octets(const struct wt_window *window, const struct wt_finding *finding)
{
  if (finding->octet_basis == WT_BASIS_PACKET)
    return window->packet_octets + finding->octet_offset * window->packets;
  if (finding->octet_basis == WT_BASIS_WIRE)
    return window->octets + finding->octet_offset * window->frames;
  return window->octets;
}

static double unseen_octets(const struct wt_window *window, const struct wt_finding *finding, double unseen)
{
  double offset = finding->octet_basis == WT_BASIS_UNDETERMINED ? 0 : finding->octet_offset;

  return fmax(window->counter_octets - seen_octets(window, finding) - offset * unseen, 0);
}

/* The first observation of the window of which it is known what a lag may have put behind it, NULL if there is none. */
static const struct wt_observation *first_certain(const struct wt_judge *judge)
{
  for (size_t i = 0; i < judge->count; i++)
    if (!isinf(judge->history[i].early))
      return &judge->history[i];
  return NULL;
}

/* While it goes on it is measured from where it was first noticed: the error of an estimate then grows far less than
 * with a start anew at each poll. That holds as long as the counter counts the same. */
static const struct wt_observation *bypass_from(struct wt_judge *judge)
{
  if (judge->anchored && judge->count && judge->bypass_frames > judge->history[0].bypass_frames &&
      judge->anchor_basis == judge->finding.basis)
    return &judge->anchor;
  judge->anchored = false;
  return first_certain(judge);
}

/*
 * Each counted unit stands for one frame at the least; where units turned out to be packets, the seen ones are. So they
 * are where fewer units than frames have more octets than those frames could: some were never seen, and of what was
 * seen packets were counted.
 */
static bool packets_were_counted(const struct wt_judge *judge, const struct wt_window *window,
                                 const struct wt_judge_settings *settings)
{
  static const double fcs = 4;
  double frame = window->frames > 0 ? window->octets / window->frames : 0;
  double explained = window->octets + window->octets_slack + fcs * window->frames;
  double early = settings->lag < 1 ? wt_in_flight : window->early;

  if (window->counter > window->frames_high)
    return judge->finding.basis == WT_BASIS_PACKET;
  return judge->finding.basis != WT_BASIS_WIRE &&
         window->counter_octets > explained * (1 + settings->limits.tolerance) + early * frame;
}

/*
 * Frames that were counted and that the tap never saw. What is found in a window is added for good: it has to outgrow
 * what a lag, a packet on its way or the estimate's own error explains.
 */
void wt_judge_find_bypass(struct wt_judge *judge, struct wt_observation *now, const struct wt_judge_settings *settings)
{
  const struct wt_observation *from = bypass_from(judge);
  struct wt_window window;
  double seen, excess, allowed;

  now->bypass_frames = judge->bypass_frames;
  now->bypass_octets = judge->bypass_octets;
  if (!from || !from->tapped || !now->tapped || now->idle)
    return;
  wt_window_between(from, now, NULL, &window);
  seen = packets_were_counted(judge, &window, settings) ? window.packets_high : window.frames_high;
  excess = window.counter - seen - window.bypass - (settings->lag < 1 ? 0 : window.early);
  allowed = wt_in_flight + settings->limits.tolerance * (window.frames + window.bypass) +
            3 * (window.frames_high - window.frames);
  /* Once it is there, every frame of it counts. */
  if (excess <= (judge->anchored ? 0 : allowed))
    return;
  if (!judge->anchored) {
    judge->anchor = *from;
    judge->anchor_basis = judge->finding.basis;
    judge->anchored = true;
  }
  judge->bypass_octets +=
      (uint64_t)fmax(unseen_octets(&window, &judge->finding, excess + window.bypass) - window.bypass_octets, 0);
  judge->bypass_frames += (uint64_t)excess;
  now->bypass_frames = judge->bypass_frames;
  now->bypass_octets = judge->bypass_octets;
}
