/* SPDX-License-Identifier: MIT */
#include "series_judge.h"

#include <math.h>

/* Standard errors that a false accusation has to be away from the truth, and those of a bound of 95 %: as for the other
 * signals. */
static const double accusing = 5, bounding = 1.96;

static const char one_sample[] = "only one sample of the series so far, or since the last change";
static const char no_sample[] = "no sample of the series yet that lies between two readings";
static const char was_reset[] = "the series went back: it was reset or another took its place; only one sample since";
static const char too_few[] = "too few frames between the samples of the series for a verdict";
static const char stale[] = "the series is stale: its newest sample is too old";
static const char elsewhere[] = "the series is of another network namespace or host: other values, and other devices";

static double positive(double value)
{
  return value > 0 ? value : 0;
}

/* ---- what lies between two samples --------------------------------------------------------------------------------
 */

/* By its time alone. */
static struct wt_series_part whole_of(const struct wt_series_side *side)
{
  double whole = side->after.wire.frames - side->before.wire.frames;

  return (struct wt_series_part){0, whole, whole / 2};
}

struct span {
  double series, counter_low, counter_high;
  double frames, low, high; /* of wire */
  double least, most;       /* the same for an accusation: a counter may be late at either end */
  double bypass;
  bool blind;
  bool follows; /* as our counter does, in packets and octets, whatever it began with */
  bool frozen;  /* it stood still while our counter went on */
};

static double grown(const struct wt_series_point *from, const struct wt_series_point *to, int figure)
{
  return to->counter[figure] > from->counter[figure] ? (double)(to->counter[figure] - from->counter[figure]) : 0;
}

/* Follows: within what our counter did meanwhile, and that is known well enough to tell. */
static bool follows(const struct wt_series_side *from, const struct wt_series_side *to)
{
  for (int figure = 0; figure < WT_SERIES_FIGURES; figure++) {
    double value = to->value[figure] - from->value[figure];
    double low = grown(&from->after, &to->before, figure), high = grown(&from->before, &to->after, figure);

    if (!(value >= low && value <= high) || high - low > 0.2 * high)
      return false;
  }
  return true;
}

static void measure(const struct wt_series_side *from, const struct wt_series_side *to, struct span *span)
{
  const struct wt_wire_sum *first = &from->before.wire, *last = &to->after.wire;
  /* Values tell a place only if they are the same counter's at both ends. */
  bool fits = from->fits && to->fits;
  struct wt_series_part begin = fits ? from->part : whole_of(from), end = fits ? to->part : whole_of(to);
  double between = to->before.wire.frames - first->frames;
  double error = sqrt(positive(last->variance - first->variance));

  *span = (struct span){
      .series = to->value[WT_SERIES_PACKETS] - from->value[WT_SERIES_PACKETS],
      .counter_low = grown(&from->after, &to->before, WT_SERIES_PACKETS),
      .counter_high = grown(&from->before, &to->after, WT_SERIES_PACKETS),
      .frames = positive(between + end.likely - begin.likely),
      .bypass = last->bypass - first->bypass,
      .blind = last->blind != first->blind,
      .follows = follows(from, to),
  };
  span->low = positive(between + end.low - begin.high - (last->missing - first->missing) - bounding * error -
                       to->before.wire.bracket);
  span->high = between + end.high - begin.low + last->excess - first->excess + bounding * error + first->bracket;
  if (last->unbounded != first->unbounded)
    span->high = INFINITY;
  span->least = span->low - (accusing - bounding) * error - wt_in_flight;
  span->most = span->high + (accusing - bounding) * error + wt_in_flight;
  if (to->late > 0)
    span->least -= end.low + to->late;
  if (from->late > 0)
    span->most += begin.low + from->late;
  span->frozen = to->value[WT_SERIES_PACKETS] <= from->value[WT_SERIES_PACKETS] &&
                 to->value[WT_SERIES_OCTETS] <= from->value[WT_SERIES_OCTETS];
}

/* ---- verdict ------------------------------------------------------------------------------------------------------
 */

static void unknown(struct wt_series_finding *finding, const char *reason)
{
  finding->verdict = WT_VERDICT_UNKNOWN;
  finding->cause = WT_CAUSE_UNKNOWN;
  finding->reason = reason;
}

static void compare(const struct span *span, const struct wt_limits *limits, struct wt_series_finding *finding)
{
  double low = 1 - limits->tolerance, high = 1 + limits->tolerance;

  finding->signal = span->series;
  finding->wire = span->frames;
  finding->ratio = span->series / span->frames;
  finding->divergence = fabs(span->frames - span->series) / span->frames;
  finding->reason = NULL;
  finding->cause = WT_CAUSE_NONE;
  if (span->bypass > limits->tolerance * span->frames)
    unknown(finding, "frames passed the tap unseen; the counter is the only source of them");
  else if (span->series >= span->high * low && span->series <= span->low * high)
    finding->verdict = WT_VERDICT_AGREES;
  else if (span->series < span->least * low)
    finding->verdict = WT_VERDICT_UNDER_REPORTS;
  else if (span->series > span->most * high)
    finding->verdict = WT_VERDICT_OVER_REPORTS;
  else
    unknown(finding, "when the samples were taken is not known well enough; a longer window will tell");
}

/* Why a series that misreports does. */
static enum wt_cause explain(const struct wt_series_side *from, const struct wt_series_side *to,
                             const struct span *span, enum wt_cause counter, const struct wt_series_scene *scene)
{
  /* A copy that is out of date never was ahead of us. */
  bool strange = from->strange && to->strange, once = from->strange || to->strange;

  if ((from->fits && to->fits) || span->follows)
    return counter;
  if (once && scene->other_devices)
    return WT_CAUSE_NAMESPACE;
  if (from->delayed || to->delayed || (span->frozen && span->counter_low >= scene->limits.least_frames))
    return WT_CAUSE_STALE;
  return strange ? WT_CAUSE_NAMESPACE : WT_CAUSE_UNKNOWN;
}

static bool misreports(enum wt_verdict verdict)
{
  return verdict == WT_VERDICT_UNDER_REPORTS || verdict == WT_VERDICT_OVER_REPORTS;
}

/* read: when the newer sample was. */
static void judge_between(const struct wt_series_side *from, const struct wt_series_side *to, enum wt_cause cause,
                          const struct wt_series_scene *scene, double read, struct wt_series_finding *finding)
{
  bool elsewhere_for_sure = from->strange && to->strange && scene->other_devices;
  struct span span;

  measure(from, to, &span);
  if (isnan(span.series)) {
    unknown(finding, "the series has no packets of this device");
    return;
  }
  if (span.blind) {
    unknown(finding, "without a capture the counter is the only source");
    return;
  }
  if (!(span.frames >= scene->limits.least_frames)) {
    /* What was decided before is held, with its age. */
    if (isnan(finding->decided_at))
      unknown(finding, too_few);
    return;
  }
  compare(&span, &scene->limits, finding);
  /* The same samples do not decide anything anew. */
  if (finding->decided_for != read)
    finding->decided_at = scene->unix_time;
  finding->decided_for = read;
  if (misreports(finding->verdict)) {
    finding->cause = explain(from, to, &span, cause, scene);
  } else if (elsewhere_for_sure && !span.follows) {
    /* That another counter came to the same figure says nothing of this one. */
    unknown(finding, elsewhere);
    finding->cause = WT_CAUSE_NAMESPACE;
  }
}

static bool is_stale(const struct wt_series_track *track, const struct wt_series_scene *scene)
{
  return !isnan(track->newest) && scene->now - track->newest > scene->patience;
}

void wt_series_judge(struct wt_series_track *track, enum wt_direction direction, enum wt_cause cause,
                     const struct wt_series_scene *scene)
{
  struct wt_series_finding *finding = &track->finding[direction];
  const struct wt_series_anchor *from = &track->anchors[0], *to = &track->last;

  if (is_stale(track, scene)) {
    unknown(finding, stale);
    finding->ratio = finding->divergence = finding->signal = finding->wire = NAN;
    finding->cause = WT_CAUSE_STALE;
  } else if (!track->has_last) {
    unknown(finding, no_sample);
  } else if (!track->anchor_count || to->high <= from->high) {
    unknown(finding, track->was_reset ? was_reset : one_sample);
  } else {
    judge_between(&from->side[direction], &to->side[direction], cause, scene, to->high, finding);
  }
  if (!misreports(finding->verdict))
    finding->since = NAN;
  else if (isnan(finding->since))
    finding->since = scene->unix_time;
}
