/* SPDX-License-Identifier: MIT */
/*
 * The mirror as the source of wire. Where the tap sees everything none is better. Where frames pass it unseen the
 * counter tells of them, and the mirror has seen them: once it was found to have what tap and counter have together, it
 * tells how many they are, which the counter alone cannot confirm.
 */
#include "judge_parts.h"

static bool goes_on(const struct wt_observation *from, const struct wt_observation *to)
{
  const struct wt_witness_reading *first = &from->witness[WT_BY_MIRROR], *last = &to->witness[WT_BY_MIRROR];

  return first->there && last->there && first->epoch == last->epoch && wt_known(first->frames) &&
         wt_known(last->frames);
}

bool wt_judge_mirror_reaches_back(const struct wt_judge *judge, const struct wt_observation *now)
{
  const struct wt_observation *from = &judge->reference;
  double mirrored, tapped = (double)(now->after.frames - from->after.frames);

  if (!goes_on(from, now))
    return false;
  mirrored = (double)(now->witness[WT_BY_MIRROR].frames - from->witness[WT_BY_MIRROR].frames);
  /* What the tap did not see must not make up for what the mirror lost. */
  return mirrored >= tapped + (double)(now->bypass_frames - from->bypass_frames) - wt_in_flight;
}

/* What passed unseen before it was noticed is in the totals only once the tap, as the source, has added it. */
bool wt_judge_prefers_mirror(const struct wt_judge *judge, const struct wt_observation *now)
{
  uint64_t before = judge->count ? judge->history[0].bypass_frames : judge->reference.bypass_frames;

  return judge->trust[WT_BY_MIRROR] == WT_CONSISTENT && goes_on(&judge->last, now) && now->bypass_frames > before &&
         (judge->last.bypass_frames > before || wt_judge_mirror_reaches_back(judge, now));
}

/*
 * Never less than the tap saw: what is still on its way to the mirror counts as well. Octets are those of tap and
 * counter, since a copy's may have other tags, and padding.
 */
void wt_judge_add_mirrored(struct wt_judge *judge, const struct wt_span *span, const struct wt_window *window,
                           const struct wt_facts *facts)
{
  const struct wt_witness_window *mirror = &window->witness[WT_BY_MIRROR];
  const struct wt_totals *base = &judge->base;
  struct wt_totals *totals = &judge->totals;
  double frames = fmax(mirror->frames, span->frames);
  double late = fmax(isnan(mirror->late) ? mirror->frames : mirror->late, window->late);
  double low = fmax(frames - judge->source_late, fmin(frames, span->frames_low + window->bypass));
  double high = fmax(frames + late, span->frames_high + window->bypass);
  double octets = span->octets + window->bypass_octets;
  double octets_high = INFINITY;

  if (facts->longest_frame > 0)
    octets_high = fmax(octets, span->octets_high + fmax(high - span->frames_low, 0) * facts->longest_frame);
  wt_raise_to(&totals->frames, (double)base->frames + frames);
  wt_raise_to(&totals->octets, (double)base->octets + octets);
  totals->low = wt_plus(base->low, low);
  totals->octets_low = wt_plus(base->octets_low, span->octets_low + window->bypass_octets);
  totals->high = wt_known(base->high) ? wt_plus(base->high, high) : WT_UNKNOWN;
  totals->octets_high = wt_known(base->octets_high) && !isinf(octets_high) && !isinf(high)
                            ? wt_plus(base->octets_high, octets_high)
                            : WT_UNKNOWN;
}
