/* SPDX-License-Identifier: MIT */
/* What is said of a row: the sentences of check, and its figures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "watch.h"

const char watch_keys_help[] = "q, Ctrl-C      quit\n"
                               "n w d s        sort by name, wire, divergence, segments a packet;\n"
                               "               the same key again, or r, turns the order round\n"
                               "Up Down k j    choose a line, which is then explained below;\n"
                               "               PgUp PgDn Home End likewise\n"
                               "Enter          all that is known of that line, and back\n"
                               "Esc            back; choose none: the worst line is explained\n"
                               "t              what is drawn at the right: frames a second, or\n"
                               "               the counter's or capture's share of them\n"
                               "p, blank       hold the screen, and go on; readings go on\n"
                               "Ctrl-L         draw anew\n"
                               "\n"
                               "WIRE/s         frames a second on the wire, between the last\n"
                               "               two readings. ~ estimated, - not known\n"
                               "OCTETS/s       the same in octets, where there is room\n"
                               "COUNTER CAPTURE SERIES\n"
                               "               the share of those frames that each shows, over\n"
                               "               the horizon, and its verdict: agrees,\n"
                               "               under(-reports), over(-reports), ? (unknown);\n"
                               "               where there is no room: = < > ?\n"
                               "  under 45s    no share: the verdict was decided 45 s ago, and\n"
                               "               is held since too little has passed for another\n"
                               "CAUSE          why a signal differs. none: it does not\n"
                               "SEG/P          frames a packet of the stack, over the horizon\n"
                               "wire, counter, capture\n"
                               "               at the right: a sign an interval, the newest\n"
                               "               last. Full height is the largest rate in sight,\n"
                               "               or a share of 100 %. ? not known, or an offload\n"
                               "               or the interface changed\n"
                               "\n"
                               "wiretruth(1) explains each word.\n";

/* ---- figures ---- */

static void wire_figures(FILE *out, const struct wt_wire *wire)
{
  char frames[CLI_COUNT_SIZE], octets[CLI_COUNT_SIZE], low[CLI_COUNT_SIZE], high[CLI_COUNT_SIZE];

  fprintf(out, "  wire     %s frames, %s octets (source %s%s)\n", wt_count_text(wire->frames, frames),
          wt_count_text(wire->octets, octets), wt_source_name(wire->source), wire->estimated ? ", estimated" : "");
  if (wt_known(wire->frames) && (wire->low != wire->frames || wire->high != wire->frames))
    fprintf(out, "  bounds   %s to %s frames\n", wt_count_text(wire->low, low),
            wt_known(wire->high) ? wt_count_text(wire->high, high) : "any number of");
}

static void direction_figures(FILE *out, const struct wt_report *report, const struct wt_interface *interface,
                              enum wt_direction direction)
{
  const struct wt_direction_report *of = interface->direction[direction];
  char frames[CLI_COUNT_SIZE], octets[CLI_COUNT_SIZE];

  explain_subject(out, interface, direction);
  fprintf(out, "totals of %.1f s\n", report->seconds);
  wire_figures(out, &of->wire);
  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++) {
    const struct wt_signal *figures = wt_signal_of(of, signal);

    if (signal == WT_SERIES && !report->series.configured)
      continue;
    fprintf(out, "  %-7s  %s frames, %s octets, %s\n", wt_signal_name(signal), wt_count_text(figures->frames, frames),
            wt_count_text(figures->octets, octets), wt_verdict_name(figures->verdict));
  }
  fprintf(out, "  stack    %s packets\n", wt_count_text(of->packets, frames));
}

/* ---- sentences ---- */

static void say_change(FILE *out, const struct wt_report *report, const struct wt_interface *interface)
{
  char name[CLI_NAME_SIZE];

  if (!isnan(interface->discontinuity))
    fprintf(out, "%s: an offload, its MTU or the interface itself changed %.0f s ago: verdicts are of the time since\n",
            cli_name(interface, name), fmax(report->time - interface->discontinuity, 0));
}

static void say_row(FILE *out, const struct wt_report *report, const struct watch_row *row)
{
  const struct wt_interface *interface = &report->interfaces[row->index];
  struct wt_report one = *report;

  explain_row(out, report, row->index, row->direction, row->signals[WT_COUNTER].held);
  explain_series(out, &report->series);
  fputc('\n', out);
  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++)
    direction_figures(out, report, interface, direction);
  fputc('\n', out);
  one.interfaces = interface;
  one.interface_count = 1;
  say_change(out, report, interface);
  explain_hidden(out, &one);
  explain_checksums(out, &one);
  explain_other_offloads(out, &one);
  explain_mirrors(out, &one);
  explain_drift(out, &one);
  explain_budget(out, report);
  application_report(out, &one);
}

/* No row misreports. */
static void say_all(FILE *out, const struct wt_report *report)
{
  bool idle = true;

  for (size_t i = 0; i < report->interface_count; i++)
    for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++)
      idle &= cli_is_idle(report->interfaces[i].direction[direction]);
  explain_series(out, &report->series);
  if (report->interface_count == 0)
    fputs("no interface is there\n", out);
  else if (idle)
    fputs("no traffic was seen\n", out);
  else if (!explain_unknown(out, report))
    fputs("no signal misreports\n", out);
}

char *watch_detail(const struct wt_report *report, const struct watch_row *row)
{
  char *text = NULL;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  bool failed;

  if (!out)
    return NULL;
  if (row)
    say_row(out, report, row);
  else
    say_all(out, report);
  failed = ferror(out) != 0;
  /* A memory stream fails only for want of memory. */
  if (fclose(out) == 0 && !failed)
    return text;
  free(text);
  return NULL;
}
