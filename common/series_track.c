/* SPDX-License-Identifier: MIT */
#include "series_track.h"

#include <string.h>

static const struct wt_series_finding nothing = {.total = {NAN, NAN},
                                                 .known = {NAN, NAN},
                                                 .decided_for = NAN,
                                                 .ratio = NAN,
                                                 .divergence = NAN,
                                                 .signal = NAN,
                                                 .wire = NAN,
                                                 .since = NAN,
                                                 .decided_at = NAN};

void wt_series_track_forget(struct wt_series_track *track)
{
  track->mark_count = track->anchor_count = 0;
  track->has_last = track->was_reset = false;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_series_finding *finding = &track->finding[direction];
    struct wt_series_finding before = *finding;

    *finding = nothing;
    memcpy(finding->total, before.total, sizeof(finding->total));
  }
}

void wt_series_track_init(struct wt_series_track *track)
{
  *track = (struct wt_series_track){.newest = NAN, .read_at = NAN, .stamp = NAN};
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    track->finding[direction] = nothing;
}

/* ---- our own readings -------------------------------------------------------------------------------------------- */

/* The one whose loss leaves the smallest gap for its age: neither the oldest nor the newest. */
static size_t least_missed(const struct wt_series_track *track)
{
  const struct wt_series_mark *marks = track->marks;
  double now = marks[track->mark_count - 1].end, smallest = INFINITY;
  size_t found = 1;

  for (size_t i = 1; i + 1 < track->mark_count; i++) {
    double gap = (marks[i + 1].begin - marks[i - 1].end) / (now - marks[i].begin + 1e-3);

    if (gap >= smallest)
      continue;
    smallest = gap;
    found = i;
  }
  return found;
}

static void drop_mark(struct wt_series_track *track, size_t index)
{
  memmove(track->marks + index, track->marks + index + 1, (--track->mark_count - index) * sizeof(track->marks[0]));
}

void wt_series_track_mark(struct wt_series_track *track, const struct wt_series_mark *mark, double keep)
{
  /* The last one that is too old still encloses what came after it. */
  while (track->mark_count > 1 && mark->begin - track->marks[1].end > keep)
    drop_mark(track, 0);
  if (track->mark_count == WT_SERIES_MARKS)
    drop_mark(track, least_missed(track));
  track->marks[track->mark_count++] = *mark;
}

/* ---- placing -------------------------------------------------------------------------------------------------------
 */

/* Between these two marks, by number; none: there is no such mark. */
struct bracket {
  size_t before, after;
};

static const size_t none = (size_t)-1;

/* By time alone. */
static struct bracket by_time(const struct wt_series_track *track, double low, double high)
{
  struct bracket found = {none, none};

  for (size_t i = 0; i < track->mark_count; i++) {
    if (track->marks[i].end <= low)
      found.before = i;
    if (track->marks[i].begin >= high && found.after == none)
      found.after = i;
  }
  return found;
}

enum order { EARLIER, SAME, LATER, NEITHER };

/* Where our reading is, beside values that may be those of our counter: it only grows. */
static enum order compare(const struct wt_series_point *point, const double value[WT_SERIES_FIGURES])
{
  bool earlier = false, later = false;

  for (int figure = 0; figure < WT_SERIES_FIGURES; figure++) {
    double ours = (double)point->counter[figure];
    /* A sample is a double: it has 53 bits of a counter. */
    double slack = ours > 0x1p53 ? ours * 0x1p-52 : 0;

    earlier |= ours < value[figure] - slack;
    later |= ours > value[figure] + slack;
  }
  if (earlier && later)
    return NEITHER;
  return earlier ? EARLIER : later ? LATER : SAME;
}

/* By value: behind every mark with less, before every mark with more. False if no moment of our counter is like it. */
static bool by_value(const struct wt_series_track *track, int direction, const double value[WT_SERIES_FIGURES],
                     struct bracket *found, size_t *same)
{
  *found = (struct bracket){none, none};
  *same = none;
  for (size_t i = 0; i < track->mark_count; i++) {
    enum order order = compare(&track->marks[i].point[direction], value);

    if (order == NEITHER || (order == EARLIER && (found->after != none || *same != none)))
      return false;
    if (order == EARLIER)
      found->before = i;
    else if (order == SAME)
      *same = i;
    else if (found->after == none)
      found->after = i;
  }
  return true;
}

/* Values that are our counter's by one factor are not another counter's: somebody scales them. */
static bool is_scaled(const struct wt_series_point *point, const double value[WT_SERIES_FIGURES])
{
  double packets = value[WT_SERIES_PACKETS] / (double)point->counter[WT_SERIES_PACKETS];
  double octets = value[WT_SERIES_OCTETS] / (double)point->counter[WT_SERIES_OCTETS];

  return isfinite(packets) && isfinite(octets) && fabs(packets - octets) <= 0.02 * octets;
}

/* What passed within the lag before a reading, as far as readings are close enough to tell. */
static double late_before(const struct wt_series_track *track, size_t index, int direction, double lag)
{
  const struct wt_series_mark *mark = &track->marks[index], *earlier = mark;

  while (earlier > track->marks && earlier->end > mark->begin - lag)
    earlier--;
  return mark->point[direction].wire.frames - earlier->point[direction].wire.frames;
}

/*
 * A sample that is our counter's has a place between two readings: so many units were counted before it, and so many
 * after it. Each stands for one frame at the least, so that where the counter counts frames nothing is left open.
 */
static struct wt_series_part part_of(const struct wt_series_point *before, const struct wt_series_point *after,
                                     double packets)
{
  double whole = after->wire.frames - before->wire.frames;
  double from = packets - (double)before->counter[WT_SERIES_PACKETS];
  double to = (double)after->counter[WT_SERIES_PACKETS] - packets;
  struct wt_series_part part;

  part.low = fmin(fmax(fmin(from, whole - to), 0), whole);
  part.high = fmax(fmin(fmax(from, whole - to), whole), 0);
  part.likely = from + to > 0 ? fmin(fmax(whole * from / (from + to), part.low), part.high) : part.low;
  return part;
}

/* Between which readings a sample is that fits: those of its time, and closer by its values. */
static struct bracket narrow(struct bracket time, struct bracket value, size_t same)
{
  if (same != none)
    return (struct bracket){same, same};
  if (time.before == none || (value.before != none && value.before > time.before))
    time.before = value.before;
  if (time.after == none || (value.after != none && value.after < time.after))
    time.after = value.after;
  return time;
}

static void classify(const struct wt_series_track *track, int direction, struct bracket time,
                     struct wt_series_side *side, struct bracket *close, double lag)
{
  struct bracket value;
  size_t same;

  if (!by_value(track, direction, side->value, &value, &same))
    return;
  side->fits = (value.before == none || time.after == none || value.before < time.after) &&
               (value.after == none || time.before == none || value.after > time.before) &&
               (value.before != none || same != none);
  side->delayed = !side->fits && (value.before != none || same != none) && value.after != none && time.before != none &&
                  value.after <= time.before;
  /* What is not counted has not passed either, unless it is counted late. */
  if (side->fits)
    *close = narrow(time, value, lag < 1 ? same : none);
}

/* One direction. False if nothing encloses it. */
static bool place_side(const struct wt_series_track *track, int direction, struct bracket time, double lag,
                       struct wt_series_side *side)
{
  bool complete = isfinite(side->value[WT_SERIES_PACKETS]) && isfinite(side->value[WT_SERIES_OCTETS]);
  const struct wt_series_mark *marks = track->marks;
  struct bracket close = time;

  if (complete)
    classify(track, direction, time, side, &close, lag);
  if (time.before == none)
    time.before = close.before;
  if (time.after == none)
    time.after = close.after;
  if (time.before == none || time.after == none || close.before == none || close.after == none)
    return false;
  side->before = marks[time.before].point[direction];
  side->after = marks[time.after].point[direction];
  side->late = lag < 1 ? 0 : late_before(track, time.before, direction, lag);
  side->strange = complete && !side->fits && !side->delayed && !is_scaled(&side->after, side->value);
  if (side->fits) {
    const struct wt_series_point *before = &marks[close.before].point[direction];
    double beyond = before->wire.frames - side->before.wire.frames;

    side->part = part_of(before, &marks[close.after].point[direction], side->value[WT_SERIES_PACKETS]);
    side->part.low += beyond;
    side->part.high += beyond;
    side->part.likely += beyond;
  }
  return true;
}

static bool place(const struct wt_series_track *track, const struct wt_series_sample *sample, double lag,
                  struct wt_series_anchor *anchor)
{
  struct bracket time = by_time(track, anchor->low, anchor->high);

  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_series_side *side = &anchor->side[direction];

    memcpy(side->value, sample->value[direction], sizeof(side->value));
    if (!place_side(track, direction, time, lag, side))
      return false;
  }
  return true;
}

/* ---- samples
 * --------------------------------------------------------------------------------------------------------- */

/* Whether a counter went back. */
static bool is_reset(const struct wt_series_track *track, const struct wt_series_anchor *to)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    for (int figure = 0; figure < WT_SERIES_FIGURES; figure++)
      if (to->side[direction].value[figure] < track->finding[direction].known[figure])
        return true;
  return false;
}

static void begin_anew(struct wt_series_track *track)
{
  track->anchor_count = 0;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_series_finding *finding = &track->finding[direction];

    finding->verdict = WT_VERDICT_UNKNOWN;
    finding->ratio = finding->divergence = finding->signal = finding->wire = NAN;
    finding->since = finding->decided_at = NAN;
  }
}

/* Totals begin with the first sample; what was before a reset stays in them. A sample may lack a figure that the one
 * before and the next one have. */
static void add_up(struct wt_series_track *track, const struct wt_series_anchor *now, bool goes_on)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    for (int figure = 0; figure < WT_SERIES_FIGURES; figure++) {
      struct wt_series_finding *finding = &track->finding[direction];
      double *total = &finding->total[figure];
      double value = now->side[direction].value[figure];
      double grown = goes_on ? value - finding->known[figure] : 0;

      if (isnan(value))
        continue;
      finding->known[figure] = value;
      *total = (isnan(*total) ? 0 : *total) + (grown > 0 ? grown : 0);
    }
}

static void remember(struct wt_series_track *track, const struct wt_series_anchor *anchor, double horizon)
{
  while (track->anchor_count > 1 && anchor->high - track->anchors[1].high >= horizon)
    memmove(track->anchors, track->anchors + 1, --track->anchor_count * sizeof(track->anchors[0]));
  if (track->anchor_count &&
      anchor->high - track->anchors[track->anchor_count - 1].high < horizon / (WT_SERIES_ANCHORS - 2))
    return;
  if (track->anchor_count == WT_SERIES_ANCHORS)
    memmove(track->anchors, track->anchors + 1, --track->anchor_count * sizeof(track->anchors[0]));
  track->anchors[track->anchor_count++] = *anchor;
}

static void take(struct wt_series_track *track, const struct wt_series_anchor *anchor, double horizon)
{
  bool reset = track->has_last && is_reset(track, anchor);

  if (reset)
    begin_anew(track);
  track->was_reset |= reset;
  add_up(track, anchor, track->has_last && !reset);
  track->last = *anchor;
  track->has_last = true;
  remember(track, anchor, horizon);
}

/* A clock that was ahead and was set right has given stamps that are yet to come. */
static bool was_ahead(const struct wt_series_track *track, const struct wt_series_clock *clock)
{
  double low, high;

  return !wt_series_clock_place(clock, track->stamp, &low, &high);
}

bool wt_series_track_take(struct wt_series_track *track, const struct wt_series_row *row,
                          const struct wt_series_clock *clock, double lag, double horizon)
{
  bool taken = false;

  track->in_future = false;
  for (size_t i = 0; i < row->count; i++) {
    const struct wt_series_sample *sample = &row->samples[i];
    bool by_stamp = !isnan(sample->stamp) && !was_ahead(track, clock);
    struct wt_series_anchor anchor = {0};

    if (!wt_series_clock_place(clock, sample->stamp, &anchor.low, &anchor.high)) {
      track->in_future = true;
      continue;
    }
    /* The same sample, read again. */
    if (by_stamp ? sample->stamp <= track->stamp : !isnan(track->newest) && anchor.high <= track->newest)
      continue;
    taken = true;
    track->stamp = sample->stamp;
    track->newest = anchor.high;
    track->read_at = isnan(sample->stamp) ? anchor.high + clock->unix_ahead : sample->stamp;
    if (place(track, sample, lag, &anchor))
      take(track, &anchor, horizon);
  }
  return taken;
}
