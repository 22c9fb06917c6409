/* SPDX-License-Identifier: MIT */
#include "gap.h"

#include <math.h>
#include <stddef.h>

#include "divergence.h"
#include "wiretruth.h"

/* The figures of a tally that are estimated, those of octets last: these go with the counter's octets. */
static const size_t figures[WT_GAP_FIGURES] = {
    offsetof(struct wt_tally, packets),       offsetof(struct wt_tally, frames),
    offsetof(struct wt_tally, frames_low),    offsetof(struct wt_tally, frames_high),
    offsetof(struct wt_tally, hidden_tcp),    offsetof(struct wt_tally, hidden_udp),
    offsetof(struct wt_tally, tagged_frames), offsetof(struct wt_tally, vlan_out_of_band),
    offsetof(struct wt_tally, packet_octets), offsetof(struct wt_tally, octets),
    offsetof(struct wt_tally, octets_low),    offsetof(struct wt_tally, octets_high),
};

/* What is neither merged nor tagged has nothing of those from FIRST_OF_NONE on. */
enum { PACKETS, FRAMES, FIRST_OF_NONE = 4, FIRST_OF_OCTETS = 8, OCTETS = 9 };

enum { TWO_TAGS = 8, MOST_HEADERS = 128 }; /* octets */

enum { LEAST_ALIKE = 2 }; /* of one interval nothing tells how much it differs from others */

#define ROUNDING 1e-9 /* of as many as sixteen */

static uint64_t *field(struct wt_tally *tally, size_t figure)
{
  return (uint64_t *)((char *)tally + figures[figure]);
}

static uint64_t value(const struct wt_tally *tally, size_t figure)
{
  return *(const uint64_t *)((const char *)tally + figures[figure]);
}

/* ---- learning ------------------------------------------------------------------------------------------------ */

static void learn(struct wt_gap *gap, const struct wt_gap_volume *counted, const struct wt_tally *now)
{
  struct wt_gap_interval *interval = &gap->learned[gap->learned_next];

  *interval = (struct wt_gap_interval){.packets = counted->packets, .octets = counted->octets};
  for (size_t i = 0; i < WT_GAP_FIGURES; i++)
    interval->figure[i] = (double)(int64_t)(value(now, i) - value(&gap->raw, i));
  gap->learned_next = (gap->learned_next + 1) % WT_GAP_LEARNED;
  if (gap->learned_count < WT_GAP_LEARNED)
    gap->learned_count++;
}

static struct wt_gap_interval sum_learned(const struct wt_gap *gap)
{
  struct wt_gap_interval sum = {0};

  for (unsigned int i = 0; i < gap->learned_count; i++) {
    sum.packets += gap->learned[i].packets;
    sum.octets += gap->learned[i].octets;
    for (size_t figure = 0; figure < WT_GAP_FIGURES; figure++)
      sum.figure[figure] += gap->learned[i].figure[figure];
  }
  return sum;
}

/*
 * As how many intervals of one size those that were learned are: what an idle one says of a packet is nothing, and that
 * of a few packets next to it.
 */
static double count_alike(const struct wt_gap *gap, bool by_octets)
{
  double sum = 0, squares = 0;

  for (unsigned int i = 0; i < gap->learned_count; i++) {
    double counted = by_octets ? gap->learned[i].octets : gap->learned[i].packets;

    sum += counted;
    squares += counted * counted;
  }
  return squares > 0 ? sum * sum / squares + ROUNDING : 0;
}

/*
 * Variance of one interval's residual from the ratio, made larger for how few intervals it is taken from: bounds are
 * drawn with the normal distribution's quantile, and Student's is wider (the factor is their ratio, by degrees of
 * freedom from 1 on).
 */
static double residual_variance(const struct wt_gap *gap, const double y[WT_GAP_LEARNED],
                                const double x[WT_GAP_LEARNED], double alike)
{
  static const double wider[] = {6.483, 2.195, 1.624, 1.417, 1.312, 1.248, 1.207, 1.177,
                                 1.154, 1.137, 1.123, 1.112, 1.102, 1.094, 1.088};
  double sum_x = 0, sum_y = 0, squares = 0, factor = wider[(size_t)alike - LEAST_ALIKE];

  for (unsigned int i = 0; i < gap->learned_count; i++) {
    sum_x += x[i];
    sum_y += y[i];
  }
  for (unsigned int i = 0; i < gap->learned_count; i++)
    squares += pow(y[i] - sum_y / sum_x * x[i], 2);
  return factor * factor * squares / (alike - 1);
}

/*
 * Of gaps so long, in units of a mean attached interval. A gap is as an interval after which it comes, and wrong by as
 * much as that one is off, for its whole length; and it has a residual of its own for each unit.
 */
static double lengths(double volume, double volume_squared, double mean)
{
  return mean > 0 ? volume_squared / (mean * mean) + volume / mean : 0;
}

static void set_variances(const struct wt_gap *gap, const struct wt_gap_volume *volume,
                          const struct wt_gap_interval *sum, struct wt_tally *missed)
{
  double packets[WT_GAP_LEARNED], frames[WT_GAP_LEARNED], hidden[WT_GAP_LEARNED], octets[WT_GAP_LEARNED];
  double counted[WT_GAP_LEARNED], counted_octets[WT_GAP_LEARNED];
  double alike = count_alike(gap, false), alike_octets = count_alike(gap, true);
  double length = lengths(volume->packets, volume->packets_squared, sum->packets / alike);
  double length_octets = lengths(volume->octets, volume->octets_squared, sum->octets / alike_octets);

  for (unsigned int i = 0; i < gap->learned_count; i++) {
    const struct wt_gap_interval *interval = &gap->learned[i];

    packets[i] = interval->figure[PACKETS];
    frames[i] = interval->figure[FRAMES];
    hidden[i] = frames[i] - packets[i];
    octets[i] = interval->figure[OCTETS];
    counted[i] = interval->packets;
    counted_octets[i] = interval->octets;
  }
  missed->packets_variance = length * residual_variance(gap, packets, counted, alike);
  missed->frames_variance = missed->frames_high_variance = length * residual_variance(gap, frames, counted, alike);
  missed->hidden_variance = missed->hidden_high_variance = length * residual_variance(gap, hidden, counted, alike);
  missed->octets_variance = length_octets * residual_variance(gap, octets, counted_octets, alike_octets);
}

/* ---- filling ------------------------------------------------------------------------------------------------- */

/* Of the figure, what a counted unit stands for. As long as nothing was learned it is one plain frame. */
static double per_counted(const struct wt_gap_interval *sum, size_t figure)
{
  double counted = figure < FIRST_OF_OCTETS ? sum->packets : sum->octets;
  bool is_plain = figure < FIRST_OF_NONE || figure >= FIRST_OF_OCTETS;

  return counted > 0 ? sum->figure[figure] / counted : is_plain;
}

static bool settled(const struct wt_gap *gap)
{
  return gap->learned_count >= WT_GAP_LEAST && count_alike(gap, false) >= LEAST_ALIKE &&
         count_alike(gap, true) >= LEAST_ALIKE;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

/* Other frames than what was learned makes of them: those that it does not know may be of any protocol. */
static void set_frames(struct wt_tally *missed, uint64_t frames)
{
  double before = fmax((double)missed->frames - (double)missed->packets, 0);
  double after = fmax((double)frames - (double)missed->packets, 0);
  double left = before > 0 ? fmin(after / before, 1) : 0;

  missed->hidden_tcp = (uint64_t)(left * (double)missed->hidden_tcp);
  missed->hidden_udp = (uint64_t)(left * (double)missed->hidden_udp);
  missed->hidden_unknown = (uint64_t)fmax(after - before, 0);
  missed->frames = frames;
}

/*
 * The traffic of a gap need not be like that of the intervals. Where its packets were longer or shorter than the
 * estimate allows for, its octets tell: no frame is longer or shorter than the link allows. A counted unit is one frame
 * at the least.
 */
static void keep_possible(const struct wt_gap *gap, const struct wt_gap_volume *volume, bool is_settled,
                          struct wt_tally *missed)
{
  double octets = (double)missed->octets, frames = (double)missed->frames;
  double fewest = gap->longest ? fmin(octets, volume->octets) / (gap->longest + TWO_TAGS) : 0;
  double most = gap->shortest ? fmax(fmax(octets, volume->octets) / gap->shortest, volume->packets) : INFINITY;
  uint64_t least = (uint64_t)fmax(volume->packets, gap->receives ? 0 : floor(fewest));

  if (!is_settled || frames > most) {
    missed->frames_low = smaller(missed->frames_low, least);
    missed->octets_low = smaller(missed->octets_low, (uint64_t)volume->octets);
  }
  if (frames >= floor(fewest) && frames <= most)
    return;
  set_frames(missed, (uint64_t)(frames > most ? most : floor(fewest)));
  missed->frames_low = smaller(least, missed->frames);
  missed->frames_high = (uint64_t)fmin(ceil(most), 9e18);
  missed->octets_high += MOST_HEADERS * missed->frames_high;
}

static bool is_empty(const struct wt_gap_volume *volume)
{
  return volume->packets <= 0 && volume->octets <= 0;
}

static void estimate(const struct wt_gap *gap, const struct wt_gap_volume *volume, struct wt_tally *missed)
{
  struct wt_gap_interval sum;
  bool is_settled;

  *missed = (struct wt_tally){0};
  if (is_empty(volume))
    return;
  sum = sum_learned(gap);
  is_settled = settled(gap);
  missed->estimated = true;
  for (size_t i = 0; i < WT_GAP_FIGURES; i++) {
    double estimated = per_counted(&sum, i) * (i < FIRST_OF_OCTETS ? volume->packets : volume->octets);

    *field(missed, i) = (uint64_t)llround(fmax(estimated, 0));
  }
  keep_possible(gap, volume, is_settled, missed);
  if (is_settled)
    set_variances(gap, volume, &sum, missed);
  else
    missed->lost = 1;
}

static void add_volume(struct wt_gap_volume *sum, const struct wt_gap_volume *volume)
{
  sum->packets += volume->packets;
  sum->octets += volume->octets;
  sum->packets_squared += volume->packets_squared;
  sum->octets_squared += volume->octets_squared;
}

static void count_on(struct wt_gap_volume *open, double packets, double octets)
{
  open->packets += packets;
  open->octets += octets;
  open->packets_squared = open->packets * open->packets;
  open->octets_squared = open->octets * open->octets;
}

/* The tap counts from the moment at which it is attached, which is before it is read: that part is in the estimate. */
static void leave_out(struct wt_gap *gap, const struct wt_tally *before)
{
  for (size_t i = 0; i < WT_GAP_FIGURES; i++)
    *field(&gap->left_out, i) += value(before, i) - value(&gap->raw, i);
}

static void correct(const struct wt_gap *gap, const struct wt_tally *missed, struct wt_tally *tally)
{
  for (size_t i = 0; i < WT_GAP_FIGURES; i++)
    *field(tally, i) -= value(&gap->left_out, i);
  wt_tally_add(tally, &gap->filled);
  wt_tally_add(tally, missed);
}

/* What was learned up to here is all that will ever be known of these gaps. */
static void fill_pending(struct wt_gap *gap)
{
  struct wt_tally missed;

  estimate(gap, &gap->pending, &missed);
  wt_tally_add(&gap->filled, &missed);
  gap->pending = (struct wt_gap_volume){0};
}

static void close_gap(struct wt_gap *gap)
{
  add_volume(&gap->pending, &gap->open);
  gap->open = (struct wt_gap_volume){0};
  if (settled(gap))
    fill_pending(gap);
}

/* What is not settled is estimated anew with each interval that is learned, until that takes the place of another. */
static void learn_anew(struct wt_gap *gap, const struct wt_gap_volume *counted, const struct wt_tally *now)
{
  struct wt_tally before, after;

  if (gap->learned_count == WT_GAP_LEARNED)
    fill_pending(gap);
  estimate(gap, &gap->pending, &before);
  learn(gap, counted, now);
  estimate(gap, &gap->pending, &after);
  gap->revised = fabs((double)after.frames - (double)before.frames) > wt_in_flight ||
                 fabs((double)after.packets - (double)before.packets) > wt_in_flight;
}

void wt_gap_fill(struct wt_gap *gap, bool attached, uint64_t counter_packets, uint64_t counter_octets,
                 struct wt_tally *before, struct wt_tally *after)
{
  const struct wt_tally raw = *after;
  bool went_back = counter_packets < gap->counter_packets || counter_octets < gap->counter_octets;
  struct wt_gap_volume counted = {0}, unsettled;
  struct wt_tally missed;

  if (went_back) {
    close_gap(gap);
    gap->started = false;
  }
  unsettled = gap->pending;
  gap->revised = false;
  if (gap->started)
    count_on(&counted, (double)(int64_t)(counter_packets - gap->counter_packets),
             (double)(int64_t)(counter_octets - gap->counter_octets));
  if (gap->started && attached) {
    close_gap(gap);
    learn_anew(gap, &counted, &raw);
    unsettled = gap->pending;
  } else if (gap->started) {
    leave_out(gap, before);
    count_on(&gap->open, counted.packets, counted.octets);
    add_volume(&unsettled, &gap->open);
  }
  gap->started = true;
  gap->raw = raw;
  gap->counter_packets = counter_packets;
  gap->counter_octets = counter_octets;
  estimate(gap, &unsettled, &missed);
  correct(gap, &missed, before);
  correct(gap, &missed, after);
}

void wt_gap_forget(struct wt_gap *gap)
{
  add_volume(&gap->pending, &gap->open);
  fill_pending(gap);
  gap->open = (struct wt_gap_volume){0};
  gap->learned_count = gap->learned_next = 0;
}

void wt_gap_restart(struct wt_gap *gap)
{
  wt_gap_forget(gap);
  gap->started = false;
}
