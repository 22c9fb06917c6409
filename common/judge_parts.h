/* SPDX-License-Identifier: MIT */
/* What the parts of the judge share, and nobody else uses. */
#ifndef WT_JUDGE_PARTS_H
#define WT_JUDGE_PARTS_H

#include <math.h>

#include "judge.h"

/* The newest observation that is at least so old, NULL if there is none. */
const struct wt_observation *wt_judge_at_least_old(const struct wt_judge *judge, double now, double age);

/* The frames that signals are put up against: a witness's, where those are better than what the tap counted. */
void wt_judge_take_source(const struct wt_judge *judge, const struct wt_facts *facts, struct wt_window *window);

/* judge_bypass.c: what is found in a window is added for good. */
void wt_judge_find_bypass(struct wt_judge *judge, struct wt_observation *now, const struct wt_judge_settings *settings);

/* judge_hidden.c: what a capture does not show; nothing of it is known, or what is. After the rest of the report. */
void wt_judge_hide_all(struct wt_direction_report *report);
void wt_judge_report_hidden(const struct wt_judge *judge, const struct wt_facts *facts,
                            struct wt_direction_report *report);

/* judge_totals.c: the best source from here on, and what it adds. */
void wt_judge_choose_source(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                            const struct wt_judge_settings *settings);
void wt_judge_add_up(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                     const struct wt_judge_settings *settings);
void wt_judge_add_witnesses(struct wt_judge *judge, const struct wt_observation *now);

/*
 * judge_revised.c: whether the totals have grown from frames_before by more than passed since the last observation:
 * gaps of the tap were estimated anew, frames were found that had passed it unseen for a while, or a mirror has them.
 */
bool wt_judge_revises(const struct wt_judge *judge, const struct wt_observation *now, uint64_t frames_before);

/* judge_sum.c: adds what lies between the last observation and this one. */
void wt_judge_sum_up(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts);

/* judge_witness.c: compares the witnesses with what was seen. A comparison that tells nothing takes nothing back. */
void wt_judge_hear(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                   const struct wt_judge_settings *settings);

/* judge_mirror.c: whether the mirror is the better source where frames passed the tap unseen, and what it adds. */
bool wt_judge_prefers_mirror(const struct wt_judge *judge, const struct wt_observation *now);
/* Whether it has counted since the reference, and no fewer than tap and counter: it is the source of all since then. */
bool wt_judge_mirror_reaches_back(const struct wt_judge *judge, const struct wt_observation *now);
void wt_judge_add_mirrored(struct wt_judge *judge, const struct wt_span *span, const struct wt_window *window,
                           const struct wt_facts *facts);

/* How totals are raised: never back. */
static inline void wt_raise_to(uint64_t *total, double value)
{
  uint64_t rounded = value > 0 ? (uint64_t)llround(value) : 0;

  if (rounded > *total)
    *total = rounded;
}

static inline uint64_t wt_plus(uint64_t base, double value)
{
  return base + (value > 0 ? (uint64_t)llround(value) : 0);
}

#endif
