/* SPDX-License-Identifier: MIT */
/* What witnesses say beside the tap, compared over the horizon and further back. */
#include <math.h>

#include "judge_parts.h"

/* A lag is part of every comparison, whatever its length: over so many horizons it becomes small beside the tolerance
 * also where polls are far apart. */
static const double long_run = 12;

/* Whether a comparison can begin there: of one stretch of readings, and with a known bound to what a lag put into it.
 */
static bool can_compare(const struct wt_observation *from, const struct wt_observation *now, enum wt_witness_kind kind)
{
  const struct wt_witness_reading *first = &from->witness[kind], *last = &now->witness[kind];

  return first->there && last->there && first->epoch == last->epoch && !(now->tapped && isinf(from->early));
}

/* The long run begins anew when it is over, and when one of its witnesses was reset, or appeared. */
static void compare_on(struct wt_judge *judge, const struct wt_observation *now,
                       const struct wt_judge_settings *settings)
{
  bool over = !judge->comparing || now->time - judge->compared.time > long_run * settings->horizon;

  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++)
    over |= now->witness[kind].there && !can_compare(&judge->compared, now, (enum wt_witness_kind)kind);
  if (!over)
    return;
  judge->compared = *now;
  judge->comparing = true;
}

static enum wt_trust compare(const struct wt_judge *judge, const struct wt_observation *from,
                             const struct wt_observation *now, enum wt_witness_kind kind, const struct wt_facts *facts,
                             const struct wt_judge_settings *settings, struct wt_window *window)
{
  wt_window_between(from, now, wt_judge_at_least_old(judge, now->time, settings->lag), window);
  /* What was estimated while the tap was detached contradicts nobody. */
  if (facts->source == WT_SOURCE_TAP && window->tapped && window->frames_doubt > 0)
    return WT_UNTRIED;
  return wt_witness_trust(window, kind, &settings->limits);
}

/* What the horizon says of a witness, and the long run: one that was contradicted by either is not believed. */
static enum wt_trust hear(const struct wt_judge *judge, const struct wt_observation *now, enum wt_witness_kind kind,
                          const struct wt_facts *facts, const struct wt_judge_settings *settings,
                          struct wt_window *window)
{
  enum wt_trust said = WT_UNTRIED, longer;

  for (size_t i = 0; i < judge->count; i++)
    if (can_compare(&judge->history[i], now, kind)) {
      said = compare(judge, &judge->history[i], now, kind, facts, settings, window);
      break;
    }
  if (said == WT_CONTRARY || !judge->comparing || !can_compare(&judge->compared, now, kind))
    return said;
  longer = compare(judge, &judge->compared, now, kind, facts, settings, window);
  return longer == WT_UNTRIED ? said : longer;
}

/* Compares the witnesses with what was seen. A comparison that tells nothing takes nothing back. */
void wt_judge_hear(struct wt_judge *judge, const struct wt_observation *now, const struct wt_facts *facts,
                   const struct wt_judge_settings *settings)
{
  bool said = false;

  compare_on(judge, now, settings);
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++) {
    struct wt_window window;
    enum wt_trust only[WT_WITNESS_KINDS] = {WT_UNTRIED};

    only[kind] = hear(judge, now, (enum wt_witness_kind)kind, facts, settings, &window);
    if (only[kind] != WT_UNTRIED)
      judge->trust[kind] = only[kind];
    if (only[kind] != WT_CONTRARY || said)
      continue;
    if (kind == WT_BY_MIRROR)
      wt_witness_mirror_disagreement(&window, facts->mirror, judge->disagreement, sizeof(judge->disagreement));
    else
      wt_witness_disagreement(&window, only, judge->disagreement, sizeof(judge->disagreement));
    judge->disagreeing = (enum wt_witness_kind)kind;
    said = true;
  }
  if (judge->trust[judge->disagreeing] != WT_CONTRARY)
    judge->disagreement[0] = '\0';
}
