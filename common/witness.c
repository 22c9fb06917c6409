/* SPDX-License-Identifier: MIT */
#include "witness.h"

#include <math.h>
#include <stdio.h>

#include "divergence.h"

/* Bounds that are wider than this share of the frames would let too much pass for the same. */
static const double telling_width = 0.2;

enum wt_source wt_witness_source(enum wt_witness_kind kind)
{
  static const enum wt_source sources[WT_WITNESS_KINDS] = {WT_SOURCE_MAC, WT_SOURCE_QUEUE, WT_SOURCE_QDISC,
                                                           WT_SOURCE_MIRROR};

  return sources[kind];
}

enum wt_witness_kind wt_witness_of(enum wt_source source)
{
  int kind = 0;

  while (kind < WT_WITNESS_KINDS && wt_witness_source((enum wt_witness_kind)kind) != source)
    kind++;
  return (enum wt_witness_kind)kind;
}

void wt_witness_read(struct wt_witness_reading *reading, uint64_t frames, uint64_t octets)
{
  bool frames_back = wt_known(frames) && wt_known(reading->frames) && frames < reading->frames;
  bool octets_back = wt_known(octets) && wt_known(reading->octets) && octets < reading->octets;

  if (frames_back || octets_back)
    reading->epoch++;
  reading->there = true;
  reading->frames = frames;
  reading->octets = octets;
}

static double difference(const struct wt_witness_reading *from, const struct wt_witness_reading *to, uint64_t earlier,
                         uint64_t later)
{
  /* One that was unknown for a while may have been reset meanwhile. */
  bool told =
      from->there && to->there && from->epoch == to->epoch && wt_known(earlier) && wt_known(later) && later >= earlier;

  return told ? (double)(later - earlier) : NAN;
}

void wt_witness_between(const struct wt_witness_reading *from, const struct wt_witness_reading *to,
                        const struct wt_witness_reading *late_from, struct wt_witness_window *window)
{
  window->frames = difference(from, to, from->frames, to->frames);
  window->octets = difference(from, to, from->octets, to->octets);
  window->late = late_from ? difference(late_from, to, late_from->frames, to->frames) : window->frames;
}

/* ---- belief ---------------------------------------------------------------------------------------------------- */

/* What a witness is compared with. */
struct reference {
  const char *what;
  double frames, low, high, doubt;
};

static bool find_reference(const struct wt_window *window, enum wt_witness_kind kind, struct reference *reference)
{
  const struct wt_witness_window *queue = &window->witness[WT_BY_QUEUE];
  /* What passes the tap unseen passes a queue discipline unseen, too. */
  double unseen = kind == WT_BY_QDISC ? 0 : window->bypass;

  if (window->tapped)
    *reference = (struct reference){unseen > 0 ? "tap and counter" : "tap", window->frames + unseen,
                                    window->frames_low + unseen, window->frames_high + unseen, window->frames_doubt};
  else if (kind == WT_BY_MAC && !isnan(queue->frames))
    *reference = (struct reference){"queue", queue->frames, queue->frames, queue->frames, 0};
  else if (kind == WT_BY_QDISC) /* a counted unit is one frame at the least; no more is known of it */
    *reference = (struct reference){"counter", window->counter, window->counter, INFINITY, 0};
  else /* a mirror, which does not know whether it has all, among them */
    return false;
  return true;
}

enum wt_trust wt_witness_trust(const struct wt_window *window, enum wt_witness_kind kind,
                               const struct wt_limits *limits)
{
  const struct wt_witness_window *witness = &window->witness[kind];
  struct reference reference;
  double allowed, least, behind, ahead;

  if (isnan(witness->frames) || !find_reference(window, kind, &reference) || reference.frames < limits->least_frames)
    return WT_UNTRIED;
  allowed = limits->tolerance * reference.frames;
  least = reference.low - allowed;
  /* A mirror has all that the tap has, or it does not get all. */
  if (kind == WT_BY_MIRROR)
    least = fmax(least, window->frames_low);
  behind = wt_in_flight + fmax(window->late, isnan(witness->late) ? witness->frames : witness->late);
  /* What it has too many was before the window, if it lags: none of its own late frames is an excuse. */
  ahead = window->tapped ? wt_in_flight + fmax(window->late, window->early) : behind;
  if (witness->frames < least - reference.doubt - behind ||
      witness->frames > reference.high + reference.doubt + allowed + ahead)
    return WT_CONTRARY;
  /* A lag that is larger than the tolerance would hide a difference that matters. */
  if (fmax(behind, ahead) > allowed || reference.high - reference.low > telling_width * reference.frames)
    return WT_UNTRIED;
  return witness->frames >= reference.low - allowed && witness->frames <= reference.high + allowed ? WT_CONSISTENT
                                                                                                   : WT_UNTRIED;
}

enum wt_source wt_witness_best(const struct wt_window *window, const enum wt_trust trust[WT_WITNESS_KINDS], bool exact)
{
  bool queued = !isnan(window->witness[WT_BY_QDISC].frames);

  for (int kind = WT_BY_MAC; kind <= WT_BY_QUEUE; kind++)
    if (trust[kind] == WT_CONSISTENT && !isnan(window->witness[kind].frames))
      return wt_witness_source((enum wt_witness_kind)kind);
  if (window->tapped && exact)
    return WT_SOURCE_TAP;
  if (queued && (window->tapped ? trust[WT_BY_QDISC] == WT_CONSISTENT : trust[WT_BY_QDISC] != WT_CONTRARY))
    return WT_SOURCE_QDISC;
  return window->tapped ? WT_SOURCE_SAMPLE : WT_SOURCE_COUNTER;
}

/* ---- use ------------------------------------------------------------------------------------------------------- */

/* Without a tap nothing tells whether a discipline was given packets of untrusted GSO, which it counts as none. */
static double upper(const struct wt_window *window, enum wt_witness_kind kind, double most)
{
  if (kind != WT_BY_QDISC)
    return most;
  return window->tapped ? fmax(window->frames_high, most) : INFINITY;
}

double wt_witness_octets(const struct wt_window *window, enum wt_witness_kind kind)
{
  double octets = window->witness[kind].octets;

  return isnan(octets) && !window->tapped && kind == WT_BY_MAC ? window->witness[WT_BY_QUEUE].octets : octets;
}

void wt_witness_use(struct wt_window *window, enum wt_witness_kind kind)
{
  const struct wt_witness_window *witness = &window->witness[kind];
  double octets;
  double late = isnan(witness->late) ? witness->frames : witness->late;
  double low = fmax(witness->frames - wt_in_flight - late, 0);
  double high = upper(window, kind, witness->frames + wt_in_flight + late);

  /* Both are bounds of the same frames. */
  if (window->tapped) {
    low = fmax(low, window->frames_low);
    window->hidden_low = fmax(window->hidden_low, low - window->packets_high - window->packets_doubt);
    window->hidden_high = fmin(window->hidden_high, high - window->packets_low);
  }
  window->frames = witness->frames;
  window->frames_low = fmin(low, witness->frames);
  window->frames_high = high;
  window->frames_doubt = 0;
  window->late = late;
  window->witnessed = true;
  /* What passes a MAC or a queue passes it whether the tap sees it or not. */
  if (kind != WT_BY_QDISC) {
    window->unseen = window->bypass;
    window->bypass = window->bypass_octets = 0;
  }
  octets = wt_witness_octets(window, kind);
  if (!isnan(octets)) {
    window->octets = octets;
    if (!window->tapped)
      window->octets_slack = 0;
  }
}

void wt_witness_mirror_disagreement(const struct wt_window *window, const char *name, char *text, size_t size)
{
  double frames = window->witness[WT_BY_MIRROR].frames, wire = window->frames + window->bypass;
  const char *by = window->bypass > 0 ? "tap and counter" : "tap";

  if (frames < wire)
    snprintf(text, size, "the mirror %s lost %.0f of %.0f frames (oversubscribed SPAN port, or not all traffic copied)",
             name, wire - frames, wire);
  else
    snprintf(text, size, "the mirror %s has %.0f frames where the %s counted %.0f (copied twice, or unseen by the %s)",
             name, frames, by, wire, by);
}

void wt_witness_disagreement(const struct wt_window *window, const enum wt_trust trust[WT_WITNESS_KINDS], char *text,
                             size_t size)
{
  struct reference reference;

  text[0] = '\0';
  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++) {
    enum wt_source source = wt_witness_source((enum wt_witness_kind)kind);

    if (trust[kind] != WT_CONTRARY || isnan(window->witness[kind].frames) ||
        !find_reference(window, (enum wt_witness_kind)kind, &reference))
      continue;
    snprintf(text, size, "%s counted %.0f frames where %s counted %.0f", wt_source_name(source),
             window->witness[kind].frames, reference.what, reference.frames);
    return;
  }
}
