/* SPDX-License-Identifier: MIT */
/* What differs from the recorded baseline: one line each, so that grep and diff can be used on it. */
#include <string.h>

#include "baseline.h"

struct totals {
  size_t items, interfaces, new, missing;
};

static void print_text(FILE *out, const char *text)
{
  char printable[WT_DRIFT_TEXT];

  snprintf(printable, sizeof(printable), "%s", text);
  fputs(cli_printable(printable), out);
}

static void print_drift(FILE *out, const struct wt_drift *drift)
{
  /* The line begins with the present name already. */
  fputs(strcmp(drift->item, "name") == 0 ? "renamed" : drift->item, out);
  fputs(": expected ", out);
  print_text(out, drift->expected);
  fputs("; found ", out);
  print_text(out, drift->found);
  fputc('\n', out);
}

static void print_interface(FILE *out, const struct wt_interface *interface, struct totals *totals)
{
  char name[CLI_NAME_SIZE];

  cli_name(interface, name);
  if (interface->baseline == WT_BASELINE_NEW) {
    fprintf(out, "%s: new: not recorded\n", name);
    totals->new ++;
  }
  for (size_t i = 0; i < interface->drift_count; i++) {
    fprintf(out, "%s: ", name);
    print_drift(out, &interface->drift[i]);
  }
  totals->items += interface->drift_count;
  totals->interfaces += interface->drift_count > 0;
}

static const char *plural(size_t count)
{
  return count == 1 ? "" : "s";
}

static void print_totals(FILE *out, const struct totals *totals, const char *file)
{
  char printable[4096];

  snprintf(printable, sizeof(printable), "%s", strcmp(file, "-") == 0 ? "standard input" : file);
  cli_printable(printable);
  if (totals->items)
    fprintf(out, "%zu item%s of %zu interface%s drift%s from %s", totals->items, plural(totals->items),
            totals->interfaces, plural(totals->interfaces), totals->items == 1 ? "s" : "", printable);
  else
    fprintf(out, "no drift from %s", printable);
  if (totals->new)
    fprintf(out, ", %zu interface%s new", totals->new, totals->new == 1 ? " is" : "s are");
  if (totals->missing)
    fprintf(out, ", %zu interface%s missing", totals->missing, totals->missing == 1 ? " is" : "s are");
  fputc('\n', out);
}

int baseline_print_diff(FILE *out, const struct wt_report *report, const char *file, bool strict)
{
  struct totals totals = {.missing = report->baseline.missing_count};

  for (size_t i = 0; i < report->interface_count; i++)
    print_interface(out, &report->interfaces[i], &totals);
  for (size_t i = 0; i < totals.missing; i++) {
    print_text(out, report->baseline.missing[i]);
    fputs(": missing: recorded and not there\n", out);
  }
  print_totals(out, &totals, file);
  return totals.items || (strict && totals.new + totals.missing) ? CLI_MISREPORTS : CLI_OBSERVED;
}
