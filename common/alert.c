/* SPDX-License-Identifier: MIT */
#include "alert.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = WT_DIRECTIONS * (WT_SIGNALS + 1) + 1 }; /* alerts of one interface in one report */

void wt_alert_watch_init(struct wt_alert_watch *watch)
{
  *watch = (struct wt_alert_watch){.discontinuity = NAN};
}

/* What all that is followed of an interface has in common in one report. */
struct step {
  const struct wt_settings *settings;
  const struct wt_interface *interface;
  const struct wt_alert_time *time;
  double reach; /* seconds for which what is decided now speaks */
  struct wt_alert_list *list;
};

static struct wt_threshold threshold_at(const struct step *step, double rising, double falling)
{
  return (struct wt_threshold){.rising = rising,
                               .falling = falling,
                               .hold = step->settings->hold,
                               .reach = step->reach,
                               .startup = WT_STARTUP_RISING};
}

/* There is room for it. */
static struct wt_alert *add(const struct step *step, enum wt_alert_kind kind, enum wt_severity severity)
{
  return wt_alert_list_add(step->list, kind, severity, step->interface->name, step->interface->ifindex);
}

/* ---- divergence ----------------------------------------------------------------------------------------------- */

bool wt_alert_is_same_time(double a, double b)
{
  return isnan(a) ? isnan(b) : a >= b && a <= b;
}

double wt_alert_newly_decided(const struct wt_signal *signal, double *decided_at)
{
  double value = signal->verdict == WT_VERDICT_AGREES ? 0 : signal->divergence;

  if (signal->verdict == WT_VERDICT_UNKNOWN || isnan(signal->decided_at) || isnan(value) ||
      wt_alert_is_same_time(signal->decided_at, *decided_at))
    return NAN;
  *decided_at = signal->decided_at;
  return value;
}

static enum wt_severity severity_of(const struct wt_alert_signal *state)
{
  if (state->level[WT_LEVEL_FAILURE].state == WT_EDGE_RAISED)
    return WT_SEVERITY_FAILURE;
  return state->level[WT_LEVEL_WARNING].state == WT_EDGE_RAISED ? WT_SEVERITY_WARNING : WT_SEVERITY_OKAY;
}

/* Whose threshold a severity is about; okay means below all of them. */
static enum wt_level level_of(enum wt_severity severity, const struct wt_settings *settings, int signal)
{
  bool warns = isfinite(settings->divergence[WT_LEVEL_WARNING][signal]);

  return severity == WT_SEVERITY_FAILURE || !warns ? WT_LEVEL_FAILURE : WT_LEVEL_WARNING;
}

void wt_alert_fill_divergence(struct wt_alert *alert, const struct wt_interface *interface, int direction, int signal)
{
  const struct wt_direction_report *report = interface->direction[direction];
  const struct wt_signal *of = wt_signal_of(report, (enum wt_signal_id)signal);

  alert->direction = (enum wt_direction)direction;
  alert->signal = (enum wt_signal_id)signal;
  alert->verdict = of->verdict;
  alert->cause = signal == WT_SERIES ? report->series_cause : report->cause;
  alert->value = of->divergence;
  alert->wire = of->window_wire;
  alert->frames = of->window_signal;
  wt_alert_say_divergence(alert, report->wire.estimated);
}

static void tell_divergence(const struct step *step, const struct wt_alert_signal *state, int direction, int signal)
{
  enum wt_severity severity = severity_of(state);
  enum wt_level level = level_of(severity, step->settings, signal);
  /* Down to a warning it is the failure that ended. */
  bool eased = severity == WT_SEVERITY_WARNING && state->told == WT_SEVERITY_FAILURE;
  struct wt_alert *alert = add(step, WT_ALERT_DIVERGENCE, severity);

  alert->threshold = step->settings->divergence[level][signal];
  alert->since = state->level[eased ? WT_LEVEL_FAILURE : level].since;
  wt_alert_fill_divergence(alert, step->interface, direction, signal);
}

static void follow_signal(const struct step *step, struct wt_alert_signal *state, int direction, int signal)
{
  const struct wt_signal *of = wt_signal_of(step->interface->direction[direction], (enum wt_signal_id)signal);
  double value = wt_alert_newly_decided(of, &state->decided_at);

  if (isnan(value))
    return;
  for (int level = 0; level < WT_LEVELS; level++) {
    double rising = step->settings->divergence[level][signal];
    double falling = isinf(rising) ? rising : fmax(rising - step->settings->hysteresis, 0);
    const struct wt_threshold threshold = threshold_at(step, rising, falling);

    wt_threshold_step(&state->level[level], &threshold, value, step->time->seconds, step->time->unix_time);
  }
  if (severity_of(state) == state->told)
    return;
  tell_divergence(step, state, direction, signal);
  state->told = severity_of(state);
}

/* ---- basis ---------------------------------------------------------------------------------------------------- */

static void tell_basis(const struct step *step, const struct wt_alert_basis *basis, int direction)
{
  enum wt_severity severity = basis->next == basis->first ? WT_SEVERITY_OKAY : WT_SEVERITY_WARNING;
  const struct wt_direction_report *report = step->interface->direction[direction];
  struct wt_alert *alert = add(step, WT_ALERT_BASIS, severity);

  alert->direction = (enum wt_direction)direction;
  alert->verdict = report->counter.signal.verdict;
  alert->cause = report->cause;
  alert->value = basis->next;
  alert->since = basis->crossing.since;
  wt_alert_say_basis(alert, basis->told);
}

/* A change that drops what was known of the basis (offloads, MTU) is what mostly changes it: what was known before is
 * what it is compared with. */
static void follow_basis(const struct step *step, struct wt_alert_basis *basis, int direction)
{
  const struct wt_threshold threshold = threshold_at(step, 0.5, 0.5);
  enum wt_basis now = step->interface->direction[direction]->counter.basis;

  if (now == WT_BASIS_UNDETERMINED)
    return;
  if (basis->told == WT_BASIS_UNDETERMINED)
    basis->first = basis->told = now;
  if (now != basis->next)
    wt_threshold_forget(&basis->crossing);
  basis->next = now;
  if (wt_threshold_step(&basis->crossing, &threshold, now != basis->told, step->time->seconds, step->time->unix_time) !=
      WT_EDGE_RAISED)
    return;
  tell_basis(step, basis, direction);
  basis->told = now;
  basis->crossing = (struct wt_crossing){0};
}

/* ---- drift ---------------------------------------------------------------------------------------------------- */

/* NAN where nothing is compared: the file has a mistake, or cannot be read. */
static double drifting(const struct wt_interface *interface)
{
  switch (interface->baseline) {
  case WT_BASELINE_MATCHES:
  case WT_BASELINE_DRIFTS:
  case WT_BASELINE_RENAMED:
  case WT_BASELINE_NEW:
    return (double)interface->drift_count;
  default:
    return NAN;
  }
}

static void follow_drift(const struct step *step, struct wt_crossing *drift)
{
  const struct wt_threshold threshold = threshold_at(step, 0.5, 0.5);
  enum wt_edge edge =
      wt_threshold_step(drift, &threshold, drifting(step->interface), step->time->seconds, step->time->unix_time);
  struct wt_alert *alert;

  if (edge == WT_EDGE_NONE)
    return;
  alert = add(step, WT_ALERT_DRIFT, edge == WT_EDGE_RAISED ? WT_SEVERITY_WARNING : WT_SEVERITY_OKAY);
  alert->value = (double)step->interface->drift_count;
  alert->since = drift->since;
  wt_alert_say_drift(alert, step->interface);
}

/* ---- an interface --------------------------------------------------------------------------------------------- */

static bool is_decided(const struct wt_interface *interface)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    const struct wt_direction_report *report = interface->direction[direction];

    if (report->counter.basis != WT_BASIS_UNDETERMINED)
      return true;
    for (int signal = 0; signal < WT_SIGNALS; signal++)
      if (wt_signal_of(report, (enum wt_signal_id)signal)->verdict != WT_VERDICT_UNKNOWN)
        return true;
  }
  return false;
}

/* Of most of thousands of interfaces nothing is ever decided. False: out of memory. */
static bool begin_measured(struct wt_alert_watch *watch, const struct wt_interface *interface)
{
  if (watch->measured || !is_decided(interface))
    return true;
  watch->measured = calloc(1, sizeof(*watch->measured));
  for (int direction = 0; direction < WT_DIRECTIONS && watch->measured; direction++)
    for (int signal = 0; signal < WT_SIGNALS; signal++)
      watch->measured->signal[direction][signal].decided_at = NAN;
  return watch->measured != NULL;
}

/* What was measured before a change of offloads, MTU or stacking is of another device. */
static void forget(struct wt_alert_measured *measured)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    for (int signal = 0; signal < WT_SIGNALS; signal++)
      for (int level = 0; level < WT_LEVELS; level++)
        wt_threshold_forget(&measured->signal[direction][signal].level[level]);
}

/* Without thresholds on its counter nobody asked about that. */
static bool watches_counter(const struct wt_settings *settings)
{
  return isfinite(settings->divergence[WT_LEVEL_WARNING][WT_COUNTER]) ||
         isfinite(settings->divergence[WT_LEVEL_FAILURE][WT_COUNTER]);
}

int wt_alert_rename(struct wt_alert_watch *watch, const struct wt_interface *interface, double unix_time,
                    struct wt_alert_list *list)
{
  if (!watch->name[0] || strcmp(watch->name, interface->name) == 0)
    return 0;
  if (!wt_alert_list_reserve(list, MOST))
    return -ENOMEM;
  wt_alert_end(watch, interface->ifindex, interface->name, unix_time, list);
  return 0;
}

int wt_alert_follow(struct wt_alert_watch *watch, const struct wt_settings *settings,
                    const struct wt_interface *interface, const struct wt_alert_time *time, struct wt_alert_list *list)
{
  /* A window is as long as the horizon, or from the report before. */
  double reach = fmax(settings->horizon, time->seconds - watch->seconds);
  const struct step step = {settings, interface, time, reach, list};

  if (wt_alert_rename(watch, interface, time->unix_time, list) != 0 || !wt_alert_list_reserve(list, MOST) ||
      !begin_measured(watch, interface))
    return -ENOMEM;
  memcpy(watch->name, interface->name, sizeof(watch->name));
  if (watch->measured && !wt_alert_is_same_time(watch->discontinuity, interface->discontinuity))
    forget(watch->measured);
  watch->discontinuity = interface->discontinuity;
  watch->seconds = time->seconds;
  follow_drift(&step, &watch->drift);
  for (int direction = 0; direction < WT_DIRECTIONS && watch->measured; direction++) {
    if (watches_counter(settings))
      follow_basis(&step, &watch->measured->basis[direction], direction);
    for (int signal = 0; signal < WT_SIGNALS; signal++)
      follow_signal(&step, &watch->measured->signal[direction][signal], direction, signal);
  }
  return 0;
}

/* ---- the end of one ------------------------------------------------------------------------------------------- */

struct farewell {
  const char *name;
  int ifindex;
  double unix_time;
  char why[64];
  struct wt_alert_list *list;
};

static void clear(const struct farewell *farewell, enum wt_alert_kind kind, int direction, int signal)
{
  struct wt_alert *alert = wt_alert_list_add(farewell->list, kind, WT_SEVERITY_OKAY, farewell->name, farewell->ifindex);

  alert->direction = (enum wt_direction)direction;
  alert->signal = (enum wt_signal_id)signal;
  alert->since = farewell->unix_time;
  alert->gone = true;
  wt_alert_say_gone(alert, farewell->why);
}

void wt_alert_end(struct wt_alert_watch *watch, int ifindex, const char *now_called, double unix_time,
                  struct wt_alert_list *list)
{
  const struct wt_alert_measured *measured = watch->measured;
  struct farewell farewell = {watch->name, ifindex, unix_time, "the interface is gone", list};

  if (now_called)
    snprintf(farewell.why, sizeof(farewell.why), "the interface is called %s now", now_called);
  if (watch->name[0] && wt_alert_list_reserve(list, MOST)) {
    if (watch->drift.state == WT_EDGE_RAISED)
      clear(&farewell, WT_ALERT_DRIFT, WT_DIRECTIONS, WT_SIGNALS);
    for (int direction = 0; direction < WT_DIRECTIONS && measured; direction++) {
      if (measured->basis[direction].told != measured->basis[direction].first)
        clear(&farewell, WT_ALERT_BASIS, direction, WT_COUNTER);
      for (int signal = 0; signal < WT_SIGNALS; signal++)
        if (measured->signal[direction][signal].told != WT_SEVERITY_OKAY)
          clear(&farewell, WT_ALERT_DIVERGENCE, direction, signal);
    }
  }
  free(watch->measured);
  wt_alert_watch_init(watch);
}
