/* SPDX-License-Identifier: MIT */
/* What the verdicts mean, in sentences. */
#include <math.h>
#include <string.h>

#include "explain_parts.h"

/* More names than this in one sentence help nobody. */
#define NAMES_MAX 8

/* ---- walking the report ---- */

static struct where where_at(const struct wt_report *report, size_t index)
{
  const struct wt_interface *interface = &report->interfaces[index / WT_DIRECTIONS];
  enum wt_direction direction = index % WT_DIRECTIONS;

  return (struct where){.interface = interface,
                        .direction = direction,
                        .report = interface->direction[direction],
                        .has_series = report->series.configured};
}

static size_t wheres(const struct wt_report *report)
{
  return report->interface_count * WT_DIRECTIONS;
}

/* One of a list: "eth0 receive", or the whole interface. */
static void list_name(FILE *out, const char *before, const struct where *where, bool whole)
{
  char name[CLI_NAME_SIZE];

  fprintf(out, "%s%s", before, cli_name(where->interface, name));
  if (!whole)
    fprintf(out, " %s", explain_direction_word(where->direction));
}

/* ---- unknown verdicts: one sentence for each reason, with all to which it applies ---- */

const char *explain_unknown_reason(const struct where *where, enum wt_signal_id which)
{
  const struct wt_signal *signal = wt_signal_of(where->report, which);

  if (signal->verdict != WT_VERDICT_UNKNOWN || !signal->reason[0] || cli_is_idle(where->report))
    return NULL;
  /* Nothing feeds a series unless it was asked for: no news. */
  if (which == WT_SERIES && !where->has_series)
    return NULL;
  return signal->reason;
}

static bool has_reason(const struct wt_report *report, size_t index, enum wt_signal_id signal, const char *reason)
{
  struct where where = where_at(report, index);
  const char *other = explain_unknown_reason(&where, signal);

  return other && strcmp(other, reason) == 0;
}

static bool is_said_before(const struct wt_report *report, size_t index, enum wt_signal_id signal, const char *reason)
{
  for (size_t i = 0; i < index; i++)
    if (has_reason(report, i, signal, reason))
      return true;
  return false;
}

static void explain_reason(FILE *out, const struct wt_report *report, size_t first, enum wt_signal_id signal,
                           const char *reason)
{
  size_t count = 0;

  for (size_t i = first; i < wheres(report); i++) {
    struct where where = where_at(report, i);

    if (has_reason(report, i, signal, reason) && count++ < NAMES_MAX)
      list_name(out, count > 1 ? ", " : "", &where, false);
  }
  if (count > NAMES_MAX)
    fprintf(out, " and %zu more", count - NAMES_MAX);
  fprintf(out, ": no verdict on the %s: %s\n", wt_signal_name(signal), reason);
}

bool explain_unknown(FILE *out, const struct wt_report *report)
{
  bool said = false;

  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++) {
    for (size_t i = 0; i < wheres(report); i++) {
      struct where where = where_at(report, i);
      const char *reason = explain_unknown_reason(&where, signal);

      if (!reason || is_said_before(report, i, signal, reason))
        continue;
      explain_reason(out, report, i, signal, reason);
      said = true;
    }
  }
  return said;
}

/* ---- idle ---- */

static bool is_idle_interface(const struct wt_interface *interface)
{
  return cli_is_idle(interface->direction[WT_RX]) && cli_is_idle(interface->direction[WT_TX]);
}

/* "idle: lo, eth1 transmit": one line, however many they are. */
static void list_idle(FILE *out, const struct wt_report *report)
{
  size_t count = 0;

  for (size_t i = 0; i < wheres(report); i++) {
    struct where where = where_at(report, i);
    bool whole = is_idle_interface(where.interface);

    if (!cli_is_idle(where.report) || (whole && where.direction == WT_TX))
      continue;
    if (count++ < NAMES_MAX)
      list_name(out, count > 1 ? ", " : "idle: ", &where, whole);
  }
  if (count > NAMES_MAX)
    fprintf(out, " and %zu more", count - NAMES_MAX);
  if (count > 0)
    fputc('\n', out);
}

/* Totals go on over a change, verdicts do not: without a word the row would contradict itself. */
static void explain_discontinuities(FILE *out, const struct wt_report *report)
{
  for (size_t i = 0; i < report->interface_count; i++) {
    const struct wt_interface *interface = &report->interfaces[i];
    char name[IFNAMSIZ];

    if (isnan(interface->discontinuity))
      continue;
    snprintf(name, sizeof(name), "%s", interface->name);
    fprintf(
        out,
        "%s: an offload, its MTU or the interface itself changed %.1f s before the end: the figures are totals, the "
        "verdicts are of the time since\n",
        cli_printable(name), fmax(report->time - interface->discontinuity, 0));
  }
}

void explain_series(FILE *out, const struct wt_series_report *series)
{
  if (series->error[0])
    fprintf(out, "the series %s cannot be read: %s\n", series->url, series->error);
}

void explain_drift(FILE *out, const struct wt_report *report)
{
  char name[CLI_NAME_SIZE], expected[WT_DRIFT_TEXT], found[WT_DRIFT_TEXT];

  if (report->baseline.reason[0])
    fprintf(out, "no baseline is in use: %s\n", report->baseline.reason);
  for (size_t i = 0; i < report->interface_count; i++) {
    const struct wt_interface *interface = &report->interfaces[i];

    for (size_t item = 0; item < interface->drift_count; item++) {
      const struct wt_drift *drift = &interface->drift[item];

      snprintf(expected, sizeof(expected), "%s", drift->expected);
      snprintf(found, sizeof(found), "%s", drift->found);
      fprintf(out, "%s drifts from the baseline: %s: expected %s; found %s\n", cli_name(interface, name), drift->item,
              cli_printable(expected), cli_printable(found));
    }
  }
  for (size_t i = 0; i < report->baseline.missing_count; i++) {
    snprintf(name, sizeof(name), "%s", report->baseline.missing[i]);
    fprintf(out, "%s is in the baseline and is missing\n", cli_printable(name));
  }
}

void explain_budget(FILE *out, const struct wt_report *report)
{
  if (report->tap_share < 1)
    fprintf(out,
            "to keep to the CPU budget packets were counted for %.0f %% of the time; the rest is estimated from the "
            "counters\n",
            100 * report->tap_share);
}

/* ---- all of it ---- */

void explain_report(FILE *out, const struct wt_report *report)
{
  bool misreports = false, unknown;
  bool idle = true;

  for (size_t i = 0; i < wheres(report); i++) {
    struct where where = where_at(report, i);

    misreports |= explain_direction(out, &where);
    idle &= cli_is_idle(where.report);
  }
  explain_hidden(out, report);
  unknown = explain_unknown(out, report);
  explain_checksums(out, report);
  explain_other_offloads(out, report);
  explain_discontinuities(out, report);
  explain_series(out, &report->series);
  explain_mirrors(out, report);
  explain_drift(out, report);
  explain_budget(out, report);
  if (idle)
    fputs("no traffic was seen\n", out);
  else if (!misreports && !unknown)
    fputs("no signal misreports\n", out);
  list_idle(out, report);
}
