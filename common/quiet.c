/* SPDX-License-Identifier: MIT */
#include "quiet.h"

#include <string.h>

static bool has_counted(const struct wt_witness_reading *witness)
{
  return witness->there &&
         ((wt_known(witness->frames) && witness->frames) || (wt_known(witness->octets) && witness->octets));
}

bool wt_quiet_is(const struct wt_quiet *quiet, const struct wt_observation *reading)
{
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++)
    if (has_counted(&reading->witness[kind]))
      return false;
  /* What the tap had before its first reading counts: a packet that came meanwhile. */
  if (reading->tapped && reading->after.packets)
    return false;
  return !quiet->referenced ||
         (reading->tapped == quiet->tapped && reading->counter_packets == quiet->counter_packets &&
          reading->counter_octets == quiet->counter_octets);
}

void wt_quiet_read(struct wt_quiet *quiet, const struct wt_observation *reading)
{
  quiet->referenced = true;
  quiet->tapped = reading->tapped;
  quiet->idle = false;
  quiet->counter_packets = reading->counter_packets;
  quiet->counter_octets = reading->counter_octets;
  quiet->there = quiet->frames = quiet->octets = 0;
  for (unsigned int kind = 0; kind < WT_WITNESS_KINDS; kind++) {
    const struct wt_witness_reading *witness = &reading->witness[kind];

    quiet->there |= (unsigned char)(witness->there << kind);
    quiet->frames |= (unsigned char)(wt_known(witness->frames) << kind);
    quiet->octets |= (unsigned char)(wt_known(witness->octets) << kind);
    quiet->epoch[kind] = witness->epoch;
  }
}

void wt_quiet_fill_gap(struct wt_quiet *quiet, bool attached)
{
  if (!quiet->tapped)
    return;
  quiet->idle = quiet->started && !attached;
  if (quiet->started && attached && quiet->learned < WT_GAP_LEARNED)
    quiet->learned++;
  quiet->started = true;
}

void wt_quiet_observe(struct wt_quiet *quiet, double time, double horizon)
{
  if (quiet->idle)
    return;
  if (quiet->readings == 0)
    quiet->first = quiet->last = time;
  if (time - quiet->last >= wt_judge_spacing(horizon))
    quiet->last = time;
  if (quiet->readings < 2)
    quiet->readings++;
}

void wt_quiet_forget(struct wt_quiet *quiet)
{
  quiet->readings = quiet->learned = 0;
}

void wt_quiet_restart(struct wt_quiet *quiet)
{
  wt_quiet_forget(quiet);
  quiet->referenced = quiet->started = false;
}

static struct wt_witness_reading witness_of(const struct wt_quiet *quiet, unsigned int kind)
{
  return (struct wt_witness_reading){
      .there = quiet->there >> kind & 1,
      .epoch = quiet->epoch[kind],
      .frames = quiet->frames >> kind & 1 ? 0 : WT_UNKNOWN,
      .octets = quiet->octets >> kind & 1 ? 0 : WT_UNKNOWN,
  };
}

/* Readings between the first and the last would add nothing: a window that begins with any of them is the same. */
void wt_quiet_judge(const struct wt_quiet *quiet, const struct wt_facts *facts,
                    const struct wt_judge_settings *settings, struct wt_judge *judge)
{
  struct wt_observation seen = {
      .time = quiet->readings ? quiet->first : quiet->last,
      .tapped = quiet->tapped,
      .counter_packets = quiet->counter_packets,
      .counter_octets = quiet->counter_octets,
  };

  for (unsigned int kind = 0; kind < WT_WITNESS_KINDS; kind++)
    seen.witness[kind] = witness_of(quiet, kind);
  wt_judge_init(judge);
  if (!quiet->referenced)
    return;
  wt_judge_observe(judge, &seen, facts, settings, NAN);
  if (quiet->readings == 0)
    wt_judge_forget(judge);
  if (quiet->readings < 2)
    return;
  seen.time = quiet->last;
  wt_judge_observe(judge, &seen, facts, settings, NAN);
}

void wt_quiet_gap(const struct wt_quiet *quiet, struct wt_gap *gap)
{
  *gap = (struct wt_gap){
      .started = quiet->started,
      .counter_packets = quiet->counter_packets,
      .counter_octets = quiet->counter_octets,
      .learned_count = quiet->learned,
      .learned_next = quiet->learned % WT_GAP_LEARNED,
  };
}

/* ---- reports ---- */

/* Times are no part of it: nothing was decided. */
static size_t find_case(const struct wt_quiet_reports *reports, const struct wt_quiet_case *of)
{
  size_t i = 0;

  /* What differs in padding alone is another case, which costs a report.
   * NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c) */
  while (i < reports->count && memcmp(&reports->cases[i], of, sizeof(*of)) != 0)
    i++;
  return i;
}

void wt_quiet_report(struct wt_quiet_reports *reports, const struct wt_quiet *quiet, const struct wt_facts *facts,
                     const struct wt_judge_settings *settings, struct wt_direction_report *report)
{
  struct wt_quiet_case of;
  size_t i;

  memset(&of, 0, sizeof(of)); /* padding is compared, too */
  of.referenced = quiet->referenced;
  of.tapped = quiet->tapped;
  of.readings = quiet->readings;
  of.there = quiet->there;
  of.frames = quiet->frames;
  memcpy(&of.facts, facts, sizeof(of.facts));
  memcpy(&of.settings, settings, sizeof(of.settings));
  i = find_case(reports, &of);
  if (i == reports->count) {
    i = reports->next;
    reports->next = (i + 1) % WT_QUIET_CASES;
    if (reports->count < WT_QUIET_CASES)
      reports->count++;
    wt_quiet_judge(quiet, facts, settings, &reports->judge);
    memcpy(&reports->cases[i], &of, sizeof(of));
    wt_judge_report(&reports->judge, facts, &reports->reports[i]);
  }
  *report = reports->reports[i];
}
