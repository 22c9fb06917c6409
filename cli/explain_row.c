/* SPDX-License-Identifier: MIT */
/* The sentences on one direction of one interface, in an observation that goes on. */
#include <math.h>

#include "explain_parts.h"

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

  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++) {
    const char *reason = explain_unknown_reason(where, signal);

    if (!reason)
      continue;
    explain_subject(out, where->interface, where->direction);
    fprintf(out, "no verdict on the %s: %s\n", wt_signal_name(signal), reason);
    said = true;
  }
  return said;
}

void explain_row(FILE *out, const struct wt_report *report, size_t interface, enum wt_direction direction, double held)
{
  const struct wt_interface *of = &report->interfaces[interface];
  struct where where = {.interface = of,
                        .direction = direction,
                        .report = of->direction[direction],
                        .has_series = report->series.configured,
                        .window = window_of(report, of),
                        .held = held};
  bool said;

  said = explain_direction(out, &where);
  said |= explain_unknown_row(out, &where);
  if (said)
    return;
  explain_subject(out, where.interface, direction);
  fputs(cli_is_idle(where.report) ? "idle\n" : "no signal misreports\n", out);
}
