/* SPDX-License-Identifier: MIT */
#include "checksum_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A share of bad packets that may be higher is none of which could be said that there are none. */
static const double telling = 0.1;

/* ---- bounds ------------------------------------------------------------------------------------------------------ */

/* That of so many samples at most bad ones are, if each is with this probability. */
static double at_most(uint64_t bad, uint64_t samples, double probability)
{
  double total = 0, n = (double)samples;

  for (uint64_t i = 0; i <= bad; i++) {
    double k = (double)i;

    total +=
        exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(probability) + (n - k) * log1p(-probability));
  }
  return fmin(total, 1);
}

/* The probability with which at_most() is that; it falls with it. */
static double solve(uint64_t bad, uint64_t samples, double wanted)
{
  double low = 0, high = 1;

  for (int i = 0; i < 60; i++) {
    double middle = (low + high) / 2;

    if (at_most(bad, samples, middle) > wanted)
      low = middle;
    else
      high = middle;
  }
  return high;
}

/* Of that many bad ones the share is well known; the sum over more would take its time. The bounds become wider. */
static void scale_down(uint64_t *bad, uint64_t *samples)
{
  const uint64_t most = 200;

  while (*bad > most) {
    *bad /= 2;
    *samples /= 2;
  }
}

void wt_checksum_bounds(uint64_t bad, uint64_t samples, double *low, double *high)
{
  *low = *high = NAN;
  if (samples == 0)
    return;
  scale_down(&bad, &samples);
  *low = bad ? solve(bad - 1, samples, 0.975) : 0;
  *high = bad < samples ? solve(bad, samples, 0.025) : 1;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static void add(struct wt_checksums *to, const struct wt_checksums *counted)
{
  to->sampled += counted->sampled;
  to->valid += counted->valid;
  to->offloaded += counted->offloaded;
  to->rewritten += counted->rewritten;
  to->bad += counted->bad;
  to->absent += counted->absent;
  to->unverifiable += counted->unverifiable;
}

static struct wt_checksums difference(const struct wt_checksums *later, const struct wt_checksums *earlier)
{
  return (struct wt_checksums){
      .sampled = later->sampled - earlier->sampled,
      .valid = later->valid - earlier->valid,
      .offloaded = later->offloaded - earlier->offloaded,
      .rewritten = later->rewritten - earlier->rewritten,
      .bad = later->bad - earlier->bad,
      .absent = later->absent - earlier->absent,
      .unverifiable = later->unverifiable - earlier->unverifiable,
  };
}

/* By direction: all that were counted, and those that were at each point. */
struct wt_checksum_sampled {
  struct wt_checksums totals[WT_DIRECTIONS], at[WT_CHECKSUM_POINTS][WT_DIRECTIONS];
};

static void forget_first(struct wt_checksum_watch *watch)
{
  watch->count--;
  memmove(&watch->points[0], &watch->points[1], watch->count * sizeof(watch->points[0]));
  if (watch->sampled)
    memmove(&watch->sampled->at[0], &watch->sampled->at[1], watch->count * sizeof(watch->sampled->at[0]));
}

static void add_counted(struct wt_checksum_watch *watch, const struct wt_checksums *counted)
{
  if (!watch->sampled && (counted[WT_RX].sampled || counted[WT_TX].sampled))
    watch->sampled = calloc(1, sizeof(*watch->sampled));
  for (int direction = 0; direction < WT_DIRECTIONS && watch->sampled; direction++)
    add(&watch->sampled->totals[direction], &counted[direction]);
}

void wt_checksum_watch_add(struct wt_checksum_watch *watch, const struct wt_checksums *counted, uint64_t errors,
                           double time, double horizon)
{
  if (counted)
    add_counted(watch, counted);
  watch->errors = errors;
  /* The window reaches back as far as the horizon at least: its beginning goes when the point behind it is old enough.
   */
  while (watch->count > 1 && time - watch->points[1].time >= horizon)
    forget_first(watch);
  if (watch->count && time - watch->points[watch->count - 1].time < horizon / (WT_CHECKSUM_POINTS - 2))
    return;
  if (watch->count == WT_CHECKSUM_POINTS)
    forget_first(watch);
  if (watch->sampled)
    memcpy(watch->sampled->at[watch->count], watch->sampled->totals, sizeof(watch->sampled->totals));
  watch->points[watch->count++] = (struct wt_checksum_point){time, errors};
}

struct wt_checksums wt_checksum_watch_totals(const struct wt_checksum_watch *watch, enum wt_direction direction)
{
  return watch->sampled ? watch->sampled->totals[direction] : (struct wt_checksums){0};
}

void wt_checksum_watch_clear(struct wt_checksum_watch *watch)
{
  free(watch->sampled);
  *watch = (struct wt_checksum_watch){0};
}

/* ---- verdict ----------------------------------------------------------------------------------------------------- */

static uint64_t new_errors(const struct wt_checksum_watch *watch)
{
  uint64_t before = watch->points[0].errors;

  if (!wt_known(before) || !wt_known(watch->errors) || watch->errors < before)
    return WT_UNKNOWN;
  return watch->errors - before;
}

static unsigned long long number(uint64_t count)
{
  return count;
}

static void judge_bad(enum wt_direction direction, uint64_t decided, struct wt_checksum_finding *finding)
{
  uint64_t bad = finding->window.bad;

  /* What leaves so is completed by no device. On receive a device may have changed what it had found right before, so
   * there it takes the kernel's word. */
  if (direction == WT_TX || (wt_known(finding->errors) && finding->errors > 0)) {
    finding->verdict = WT_CHECKSUM_CORRUPTION;
    return;
  }
  snprintf(finding->reason, sizeof(finding->reason),
           "%llu of %llu sampled packets are wrong and no offload explains it, but the kernel %s", number(bad),
           number(decided),
           wt_known(finding->errors) ? "rejected none: they may be for another host"
                                     : "does not tell whether it rejected them");
}

/* That of a merged packet is rewritten by what merged it, or left by a sender on this host whose packet came uncut. */
static enum wt_cause cause_of(const struct wt_checksum_context *context, const struct wt_checksums *window)
{
  if (window->offloaded >= window->rewritten)
    return WT_CAUSE_CHECKSUM_OFFLOAD;
  switch (context->merging) {
  case WT_CAUSE_GRO:
  case WT_CAUSE_HW_GRO:
  case WT_CAUSE_LRO:
  case WT_CAUSE_LOWER_DEVICE:
  case WT_CAUSE_VIRTUAL_LINK:
    return context->merging;
  default:
    return WT_CAUSE_UNKNOWN;
  }
}

static void judge_good(const struct wt_checksum_context *context, uint64_t decided, struct wt_checksum_finding *finding)
{
  const struct wt_checksums *window = &finding->window;

  if (context->direction == WT_RX && wt_known(finding->errors) && finding->errors > 0)
    snprintf(finding->reason, sizeof(finding->reason),
             "none of %llu sampled packets is wrong, but the kernel counted %llu "
             "checksum errors, on this interface or on another",
             number(decided), number(finding->errors));
  else if (finding->bad_high > telling)
    snprintf(finding->reason, sizeof(finding->reason),
             "only %llu sampled packets could be verified: up to %.0f %% may be wrong", number(decided),
             finding->bad_high * 100);
  else if (window->offloaded + window->rewritten > 0) {
    finding->verdict = WT_CHECKSUM_ARTEFACT;
    finding->cause = cause_of(context, window);
  } else {
    finding->verdict = WT_CHECKSUM_CLEAN;
    finding->cause = WT_CAUSE_NONE;
  }
}

void wt_checksum_watch_find(const struct wt_checksum_watch *watch, const struct wt_checksum_context *context,
                            struct wt_checksum_finding *finding)
{
  uint64_t decided;

  *finding = (struct wt_checksum_finding){.bad_low = NAN, .bad_high = NAN, .errors = WT_UNKNOWN};
  if (watch->count) {
    if (watch->sampled)
      finding->window =
          difference(&watch->sampled->totals[context->direction], &watch->sampled->at[0][context->direction]);
    finding->errors = new_errors(watch);
  }
  decided = finding->window.sampled - finding->window.unverifiable;
  wt_checksum_bounds(finding->window.bad, decided, &finding->bad_low, &finding->bad_high);
  if (finding->window.sampled == 0)
    snprintf(finding->reason, sizeof(finding->reason), "%s",
             *context->unsampled ? context->unsampled : "no packet with a checksum was sampled");
  else if (decided == 0)
    snprintf(finding->reason, sizeof(finding->reason),
             "none of %llu sampled packets can be verified: cut short, fragments, or merged",
             number(finding->window.sampled));
  else if (finding->window.bad)
    judge_bad(context->direction, decided, finding);
  else
    judge_good(context, decided, finding);
}
