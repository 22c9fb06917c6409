/* SPDX-License-Identifier: MIT */
/* What the verdicts mean, in sentences. */
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "check.h"

/* More names than this in one sentence help nobody. */
#define NAMES_MAX 8

struct where {
  const struct wt_interface *interface;
  enum wt_direction direction;
  const struct wt_direction_report *report;
  bool has_series; /* one was asked for */
  double window;   /* seconds that the verdicts are of, where totals are of more; 0 where they are of the same */
  double held;     /* seconds since they were decided, if that was not just now */
};

static const char *direction_word(enum wt_direction direction)
{
  return direction == WT_RX ? "receive" : "transmit";
}

/* ---- one misreporting signal ---- */

static const char *merged_before(enum cli_signal signal)
{
  return signal == CLI_CAPTURE ? "before the capture point" : "before they were counted";
}

static const char *cut_after(enum cli_signal signal)
{
  return signal == CLI_CAPTURE ? "after the capture point" : "after the counter counted them";
}

static void lower_device(FILE *out, const struct where *where)
{
  const struct wt_interface *interface = where->interface;

  fputs(where->direction == WT_RX ? "merged on the device below" : "cut into frames on the device below", out);
  if (interface->lower[0]) {
    char name[IFNAMSIZ];

    snprintf(name, sizeof(name), "%s", interface->lower);
    fprintf(out, ", %s", cli_printable(name));
  } else if (interface->lower_netns >= 0) {
    fputs(" in another network namespace", out);
  }
}

/* Why the signal differs, as the rest of a sentence that said by how much. */
static void why(FILE *out, const struct where *where, enum cli_signal signal)
{
  switch (signal == CLI_SERIES ? where->report->series_cause : where->report->cause) {
  case WT_CAUSE_GRO:
    /* GRO merges behind the counter: what that lacks was merged somewhere else. */
    if (signal != CLI_CAPTURE)
      fputs("the rest was merged before it was counted, where is not known", out);
    else
      fprintf(out, "merged by GRO %s", merged_before(signal));
    break;
  case WT_CAUSE_HW_GRO:
    fprintf(out, "merged by the device (hardware GRO) %s", merged_before(signal));
    break;
  case WT_CAUSE_LRO:
    fprintf(out, "merged by LRO %s", merged_before(signal));
    break;
  case WT_CAUSE_TSO:
    fprintf(out, "cut into frames by the device (TSO) %s", cut_after(signal));
    break;
  case WT_CAUSE_GSO:
    fprintf(out, "cut into frames by the kernel or the device (GSO) %s", cut_after(signal));
    break;
  case WT_CAUSE_USO:
    fprintf(out, "UDP cut into frames by the device (USO) %s", cut_after(signal));
    break;
  case WT_CAUSE_LOWER_DEVICE:
    lower_device(out, where);
    break;
  case WT_CAUSE_VIRTUAL_LINK:
    fputs("the virtual link hands packets over uncut", out);
    break;
  case WT_CAUSE_VLAN_OFFLOAD:
    fputs("the device keeps VLAN tags outside the packets", out);
    break;
  case WT_CAUSE_CHECKSUM_OFFLOAD:
    fputs("the device completes checksums", out);
    break;
  case WT_CAUSE_BYPASS:
    fputs("traffic went past the capture point", out);
    explain_ways_past(out, where->interface);
    break;
  case WT_CAUSE_CAPTURE_LOSS:
    fputs("the capture lost packets", out);
    break;
  case WT_CAUSE_NAMESPACE:
    fputs("its values are not those of this interface: it comes from another network namespace or host", out);
    break;
  case WT_CAUSE_STALE:
    fputs("it is out of date, while the interface went on", out);
    break;
  case WT_CAUSE_NONE:
  case WT_CAUSE_UNKNOWN:
    fputs("the cause is not known", out);
    break;
  }
}

/* Every sentence about a difference ends with what to use instead. */
static void advise(FILE *out, const struct wt_direction_report *report)
{
  for (enum cli_signal signal = 0; signal < CLI_SIGNALS; signal++) {
    if (cli_signal_of(report, signal)->verdict == WT_VERDICT_AGREES) {
      fprintf(out, "; trust the %s\n", cli_signal_name(signal));
      return;
    }
  }
  fprintf(out, "; trust the wire figure (source %s)\n", wt_source_name(report->wire.source));
}

/* The share over the horizon, which the verdict refers to; of the totals where that is missing. */
static double share(const struct where *where, const struct wt_signal *signal)
{
  if (isfinite(signal->ratio))
    return signal->ratio;
  return (double)signal->frames / (double)where->report->wire.frames;
}

void explain_subject(FILE *out, const struct wt_interface *interface, enum wt_direction direction)
{
  char name[CLI_NAME_SIZE];

  fprintf(out, "%s %s: ", cli_name(interface, name), direction_word(direction));
}

static void subject(FILE *out, const struct where *where)
{
  explain_subject(out, where->interface, where->direction);
}

static void extent(FILE *out, const struct where *where, enum cli_signal which)
{
  const struct wt_signal *signal = cli_signal_of(where->report, which);
  const struct wt_wire *wire = &where->report->wire;
  char count[CLI_COUNT_SIZE], frames[CLI_COUNT_SIZE], percent[CLI_COUNT_SIZE];

  if (where->window > 0 && which != CLI_SERIES) {
    cli_percent(share(where, signal), percent);
    if (where->held > 0)
      fprintf(out, "showed %s of the frames when that was decided, %.0f s ago", percent, where->held);
    else
      fprintf(out, "shows %s of the frames of the last %.0f s", percent, fmax(where->window, 1));
    return;
  }
  /* Its samples are of other moments than ours: its totals and those of wire do not belong together. */
  if (which == CLI_SERIES) {
    fprintf(out, "shows %s of the frames between its samples", cli_percent(share(where, signal), percent));
    return;
  }
  fprintf(out, "shows %s%s %s %s%s frames (%s)", cli_count(signal->frames, count),
          which == CLI_CAPTURE ? " packets" : "", signal->verdict == WT_VERDICT_UNDER_REPORTS ? "of" : "for",
          wire->estimated ? "about " : "", cli_count(wire->frames, frames), cli_percent(share(where, signal), percent));
}

static void explain_signal(FILE *out, const struct where *where, enum cli_signal which)
{
  const struct wt_signal *signal = cli_signal_of(where->report, which);
  const struct wt_wire *wire = &where->report->wire;

  subject(out, where);
  fprintf(out, "the %s ", cli_signal_name(which));
  if (wt_known(signal->frames) && wt_known(wire->frames) && wire->frames > 0)
    extent(out, where, which);
  else
    fputs(wt_verdict_name(signal->verdict), out);
  fputs(": ", out);
  why(out, where, which);
  advise(out, where->report);
}

/* A driver can count frames by the wire and octets by the packet. Said only then: otherwise the frames say it all. */
static bool explain_octets(FILE *out, const struct where *where)
{
  const struct wt_counter_signal *counter = &where->report->counter;
  char count[CLI_COUNT_SIZE], octets[CLI_COUNT_SIZE];

  if (!cli_misreports(counter->octet_verdict) || counter->signal.verdict != WT_VERDICT_AGREES)
    return false;
  subject(out, where);
  fprintf(out, "the counter's octets %s: %s for %s on the wire, while its frames agree\n",
          counter->octet_verdict == WT_VERDICT_UNDER_REPORTS ? "under-report" : "over-report",
          cli_count(counter->signal.octets, count), cli_count(where->report->wire.octets, octets));
  return true;
}

static bool explain_disagreement(FILE *out, const struct where *where)
{
  const char *disagreement = where->report->wire.disagreement;

  if (!*disagreement)
    return false;
  subject(out, where);
  fprintf(out, "the sources of the wire figure disagree: %s\n", disagreement);
  return true;
}

static bool explain_direction(FILE *out, const struct where *where)
{
  bool said = false;

  for (enum cli_signal signal = 0; signal < CLI_SIGNALS; signal++) {
    if (cli_misreports(cli_signal_of(where->report, signal)->verdict)) {
      explain_signal(out, where, signal);
      said = true;
    }
  }
  said |= explain_octets(out, where);
  said |= explain_disagreement(out, where);
  return said;
}

/* ---- walking the report ---- */

static struct where where_at(const struct wt_report *report, size_t index)
{
  const struct wt_interface *interface = &report->interfaces[index / WT_DIRECTIONS];
  enum wt_direction direction = index % WT_DIRECTIONS;

  return (struct where){.interface = interface,
                        .direction = direction,
                        .report = &interface->direction[direction],
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
    fprintf(out, " %s", direction_word(where->direction));
}

/* ---- unknown verdicts: one sentence for each reason, with all to which it applies ---- */

/* The reason why the verdict is unknown, NULL if it is known or there is nothing to say about it. */
static const char *unknown_reason(const struct where *where, enum cli_signal which)
{
  const struct wt_signal *signal = cli_signal_of(where->report, which);

  if (signal->verdict != WT_VERDICT_UNKNOWN || !signal->reason[0] || cli_is_idle(where->report))
    return NULL;
  /* Nothing feeds a series unless it was asked for: no news. */
  if (which == CLI_SERIES && !where->has_series)
    return NULL;
  return signal->reason;
}

static bool has_reason(const struct wt_report *report, size_t index, enum cli_signal signal, const char *reason)
{
  struct where where = where_at(report, index);
  const char *other = unknown_reason(&where, signal);

  return other && strcmp(other, reason) == 0;
}

static bool is_said_before(const struct wt_report *report, size_t index, enum cli_signal signal, const char *reason)
{
  for (size_t i = 0; i < index; i++)
    if (has_reason(report, i, signal, reason))
      return true;
  return false;
}

static void explain_reason(FILE *out, const struct wt_report *report, size_t first, enum cli_signal signal,
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
  fprintf(out, ": no verdict on the %s: %s\n", cli_signal_name(signal), reason);
}

bool explain_unknown(FILE *out, const struct wt_report *report)
{
  bool said = false;

  for (enum cli_signal signal = 0; signal < CLI_SIGNALS; signal++) {
    for (size_t i = 0; i < wheres(report); i++) {
      struct where where = where_at(report, i);
      const char *reason = unknown_reason(&where, signal);

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
  return cli_is_idle(&interface->direction[WT_RX]) && cli_is_idle(&interface->direction[WT_TX]);
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

/* ---- one row, of an observation that goes on ---- */

/* A change of the interface begins the window anew. */
static double window_of(const struct wt_report *report, const struct wt_interface *interface)
{
  double since = report->time - interface->discontinuity;
  double window = fmin(report->horizon, report->seconds);

  return isnan(since) ? window : fmin(window, fmax(since, 0.001));
}

static bool explain_unknown_row(FILE *out, const struct where *where)
{
  bool said = false;

  for (enum cli_signal signal = 0; signal < CLI_SIGNALS; signal++) {
    const char *reason = unknown_reason(where, signal);

    if (!reason)
      continue;
    subject(out, where);
    fprintf(out, "no verdict on the %s: %s\n", cli_signal_name(signal), reason);
    said = true;
  }
  return said;
}

void explain_row(FILE *out, const struct wt_report *report, size_t interface, enum wt_direction direction, double held)
{
  struct where where = where_at(report, interface * WT_DIRECTIONS + direction);
  bool said;

  where.window = window_of(report, where.interface);
  where.held = held;
  said = explain_direction(out, &where);
  said |= explain_unknown_row(out, &where);
  if (said)
    return;
  subject(out, &where);
  fputs(cli_is_idle(where.report) ? "idle\n" : "no signal misreports\n", out);
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
