/* SPDX-License-Identifier: MIT */
/* The report as a table for a person: one row a direction of an interface, then sentences. */
#include <math.h>
#include <string.h>

#include "check.h"

#define CELL_SIZE 80
#define GAP       2

enum column {
  COLUMN_INTERFACE,
  COLUMN_DIRECTION,
  COLUMN_WIRE,
  COLUMN_BOUNDS,
  COLUMN_COUNTER,
  COLUMN_COUNTER_VERDICT,
  COLUMN_CAPTURE,
  COLUMN_CAPTURE_VERDICT,
  COLUMN_SERIES,
  COLUMN_SERIES_VERDICT,
  COLUMN_CAUSE,
  COLUMN_SEGMENTS,
  COLUMNS
};

struct heading {
  const char *text;
  bool right;    /* aligned to the right: figures */
  bool optional; /* left out where no row has anything in it */
};

static const struct heading headings[COLUMNS] = {
    [COLUMN_INTERFACE] = {"INTERFACE", false, false},
    [COLUMN_DIRECTION] = {"DIR", false, false},
    [COLUMN_WIRE] = {"WIRE", true, false},
    [COLUMN_BOUNDS] = {"BOUNDS", false, true},
    [COLUMN_COUNTER] = {"COUNTER", true, false},
    [COLUMN_COUNTER_VERDICT] = {"", false, false},
    [COLUMN_CAPTURE] = {"CAPTURE", true, false},
    [COLUMN_CAPTURE_VERDICT] = {"", false, false},
    [COLUMN_SERIES] = {"SERIES", true, true},
    [COLUMN_SERIES_VERDICT] = {"", false, true},
    [COLUMN_CAUSE] = {"CAUSE", false, false},
    [COLUMN_SEGMENTS] = {"SEG/PKT", true, false},
};

struct table {
  FILE *out;
  bool colour;
  int widths[COLUMNS]; /* 0: left out */
};

/* ---- cells ---- */

static void wire_cell(const struct wt_wire *wire, char *cell)
{
  char count[CLI_COUNT_SIZE];

  snprintf(cell, CELL_SIZE, "%s%s", wire->estimated && wt_known(wire->frames) ? "~" : "",
           wt_count_text(wire->frames, count));
}

static void bounds_cell(const struct wt_wire *wire, char *cell)
{
  char low[CLI_COUNT_SIZE], high[CLI_COUNT_SIZE];

  if (!wt_known(wire->frames) || (wire->low == wire->frames && wire->high == wire->frames))
    return;
  if (!wt_known(wire->low) && !wt_known(wire->high))
    return;
  if (!wt_known(wire->high)) {
    snprintf(cell, CELL_SIZE, "%s or more", wt_count_text(wire->low, low));
    return;
  }
  snprintf(cell, CELL_SIZE, "%s to %s", wt_known(wire->low) ? wt_count_text(wire->low, low) : "0",
           wt_count_text(wire->high, high));
}

/* Until something feeds a series there is nothing to show of it. */
static bool has_series(const struct wt_signal *series)
{
  return wt_known(series->frames) || series->verdict != WT_VERDICT_UNKNOWN;
}

static void series_cell(const struct wt_signal *series, enum column column, char *cell)
{
  if (!has_series(series))
    return;
  if (column == COLUMN_SERIES)
    wt_count_text(series->frames, cell);
  else
    snprintf(cell, CELL_SIZE, "%s", wt_verdict_name(series->verdict));
}

static const char *cell_text(const struct wt_interface *interface, enum wt_direction direction, enum column column,
                             char cell[CELL_SIZE])
{
  const struct wt_direction_report *of = interface->direction[direction];

  cell[0] = '\0';
  switch (column) {
  case COLUMN_INTERFACE:
    return cli_name(interface, cell);
  case COLUMN_DIRECTION:
    return wt_direction_name(direction);
  case COLUMN_WIRE:
    wire_cell(&of->wire, cell);
    break;
  case COLUMN_BOUNDS:
    bounds_cell(&of->wire, cell);
    break;
  case COLUMN_COUNTER:
    return wt_count_text(of->counter.signal.frames, cell);
  case COLUMN_COUNTER_VERDICT:
    return wt_verdict_name(of->counter.signal.verdict);
  case COLUMN_CAPTURE:
    return wt_count_text(of->capture.frames, cell);
  case COLUMN_CAPTURE_VERDICT:
    return wt_verdict_name(of->capture.verdict);
  case COLUMN_SERIES:
  case COLUMN_SERIES_VERDICT:
    series_cell(&of->series, column, cell);
    break;
  case COLUMN_CAUSE:
    return wt_cause_name(of->cause);
  case COLUMN_SEGMENTS:
    snprintf(cell, CELL_SIZE, isfinite(of->segments_per_packet) ? "%.2f" : "-", of->segments_per_packet);
    break;
  case COLUMNS:
    break;
  }
  return cell;
}

/* ---- colour ---- */

#define STYLE_RESET  "\033[0m"
#define STYLE_BOLD   "\033[1m"
#define STYLE_RED    "\033[31m"
#define STYLE_GREEN  "\033[32m"
#define STYLE_YELLOW "\033[33m"

static const char *verdict_style(enum wt_verdict verdict)
{
  if (cli_misreports(verdict))
    return STYLE_RED;
  return verdict == WT_VERDICT_AGREES ? STYLE_GREEN : STYLE_YELLOW;
}

static const char *cell_style(const struct wt_direction_report *direction, enum column column)
{
  switch (column) {
  case COLUMN_COUNTER_VERDICT:
    return verdict_style(direction->counter.signal.verdict);
  case COLUMN_CAPTURE_VERDICT:
    return verdict_style(direction->capture.verdict);
  case COLUMN_SERIES_VERDICT:
    return verdict_style(direction->series.verdict);
  case COLUMN_WIRE:
    return STYLE_BOLD;
  default:
    return "";
  }
}

/* ---- layout ---- */

static void widen(struct table *table, enum column column, const char *text)
{
  int length = (int)strlen(text);

  if (length > table->widths[column])
    table->widths[column] = length;
}

static void measure_row(struct table *table, const struct wt_interface *interface, enum wt_direction direction)
{
  char cell[CELL_SIZE];

  for (enum column column = 0; column < COLUMNS; column++)
    widen(table, column, cell_text(interface, direction, column, cell));
}

static void measure_headings(struct table *table)
{
  for (enum column column = 0; column < COLUMNS; column++)
    if (!headings[column].optional || table->widths[column] > 0)
      widen(table, column, headings[column].text);
}

/* The padding is outside the colour, and none follows the last cell. */
static void print_cell(const struct table *table, enum column column, const char *text, const char *style)
{
  int padding = table->widths[column] - (int)strlen(text);
  bool styled = table->colour && *style && *text;

  if (table->widths[column] == 0)
    return;
  fprintf(table->out, "%*s", (column > 0 ? GAP : 0) + (headings[column].right ? padding : 0), "");
  fprintf(table->out, "%s%s%s", styled ? style : "", text, styled ? STYLE_RESET : "");
  if (!headings[column].right && column < COLUMNS - 1)
    fprintf(table->out, "%*s", padding, "");
}

static void print_headings(const struct table *table)
{
  for (enum column column = 0; column < COLUMNS; column++)
    print_cell(table, column, headings[column].text, STYLE_BOLD);
  fputc('\n', table->out);
}

static void print_row(struct table *table, const struct wt_interface *interface, enum wt_direction direction)
{
  char cell[CELL_SIZE];

  for (enum column column = 0; column < COLUMNS; column++)
    print_cell(table, column, cell_text(interface, direction, column, cell),
               cell_style(interface->direction[direction], column));
  fputc('\n', table->out);
}

typedef void row_function(struct table *table, const struct wt_interface *interface, enum wt_direction direction);

/* Calls with every direction that has something to say. Returns how many. */
static size_t for_each_row(struct table *table, const struct wt_report *report, row_function *call)
{
  size_t rows = 0;

  for (size_t i = 0; i < report->interface_count; i++) {
    for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++) {
      if (cli_is_idle(report->interfaces[i].direction[direction]))
        continue;
      call(table, &report->interfaces[i], direction);
      rows++;
    }
  }
  return rows;
}

void table_report(FILE *out, const struct wt_report *report, bool colour)
{
  struct table table = {.out = out, .colour = colour};
  bool fell_back = report->method_reason[0] != '\0';

  fprintf(out, "observed %.1f s, method %s%s%s%s\n\n", report->seconds, wt_method_name(report->method),
          fell_back ? " (" : "", report->method_reason, fell_back ? ")" : "");
  if (for_each_row(&table, report, measure_row) > 0) {
    measure_headings(&table);
    print_headings(&table);
    for_each_row(&table, report, print_row);
    fputc('\n', out);
  }
  explain_report(out, report);
  application_report(out, report);
}
