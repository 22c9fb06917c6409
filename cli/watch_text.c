/* SPDX-License-Identifier: MIT */
/* Rows -> text of a given width: which columns a line has room for, and what stands in them. */
#include <math.h>
#include <string.h>

#include "watch.h"

enum {
  MARK = 1, /* the first cell of a line */
  NAME_MIN = 9,
  CAUSE_MIN = 5,
  SIGNAL_WORDS = 13, /* "100.0% agrees" */
  SIGNAL_SIGNS = 8,  /* "100.0% =" */
  TRACE_MIN = 4,
  TRACE_FAIR = 8,  /* below it, signs make room for it */
  TRACE_LONG = 24, /* above it, there is room for octets */
};

/* ---- figures ---- */

static const char *scaled(double figure, char unit, const char *mark, char text[WATCH_CELL_SIZE])
{
  int decimals = figure < 9.9995 ? 3 : figure < 99.995 ? 2 : 1;

  snprintf(text, WATCH_CELL_SIZE, "%s%.*f%c", mark, decimals, figure, unit);
  return text;
}

const char *watch_rate(double rate, bool estimated, char text[WATCH_CELL_SIZE])
{
  const char *mark = estimated ? "~" : "";
  char count[CLI_COUNT_SIZE];

  if (!isfinite(rate))
    snprintf(text, WATCH_CELL_SIZE, "-");
  else if (rate >= 999.95e9)
    return scaled(rate / 1e12, 'T', mark, text);
  else if (rate >= 999.95e6)
    return scaled(rate / 1e9, 'G', mark, text);
  else if (rate >= 999999.5)
    return scaled(rate / 1e6, 'M', mark, text);
  else if (rate > 0 && rate < 99.95)
    snprintf(text, WATCH_CELL_SIZE, "%s%.1f", mark, fmax(rate, 0.1));
  else
    snprintf(text, WATCH_CELL_SIZE, "%s%s", mark, wt_count_text((uint64_t)(rate + 0.5), count));
  return text;
}

const char *watch_age(double seconds, char text[WATCH_CELL_SIZE])
{
  static const struct {
    double seconds;
    char unit;
  } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}};
  char unit = 's';
  double figure = seconds;

  for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
    if (seconds >= units[i].seconds) {
      figure = seconds / units[i].seconds;
      unit = units[i].unit;
      break;
    }
  }
  snprintf(text, WATCH_CELL_SIZE, "%.0f%c", unit == 's' ? fmin(ceil(figure), 59) : floor(figure), unit);
  return text;
}

/* The mark of an estimate takes the place of a digit. */
static const char *segments_cell(double segments, bool estimated, char *text)
{
  int decimals = segments < 9.995 ? 3 : segments < 99.95 ? 2 : segments < 999.95 ? 1 : 0;

  if (!isfinite(segments))
    snprintf(text, WATCH_CELL_SIZE, "-");
  else if (estimated)
    snprintf(text, WATCH_CELL_SIZE, "~%.*f", decimals ? decimals - 1 : 0, segments);
  else
    snprintf(text, WATCH_CELL_SIZE, "%.*f", decimals < 2 ? decimals : 2, segments);
  return text;
}

/* ---- signals ---- */

static void share_text(const struct watch_signal *signal, bool estimated, char text[WATCH_CELL_SIZE])
{
  double percent = 100 * signal->share;

  if (!isfinite(percent))
    snprintf(text, WATCH_CELL_SIZE, "-");
  else if (percent >= 999.95)
    snprintf(text, WATCH_CELL_SIZE, ">999%%");
  else if (percent > 0 && percent < 0.05)
    snprintf(text, WATCH_CELL_SIZE, "<0.1%%");
  else if (estimated)
    snprintf(text, WATCH_CELL_SIZE, "~%.*f%%", percent < 99.95 ? 1 : 0, percent);
  else
    snprintf(text, WATCH_CELL_SIZE, "%.1f%%", percent);
}

static const char *verdict_text(enum wt_verdict verdict, bool words)
{
  switch (verdict) {
  case WT_VERDICT_AGREES:
    return words ? "agrees" : "=";
  case WT_VERDICT_UNDER_REPORTS:
    return words ? "under" : "<";
  case WT_VERDICT_OVER_REPORTS:
    return words ? "over" : ">";
  default:
    return "?";
  }
}

/* A verdict that was decided some time ago shows how long, in place of a share that is not of now. */
static const char *signal_cell(const struct watch_signal *signal, bool estimated, bool words, char *text)
{
  const char *verdict = verdict_text(signal->verdict, words);
  char figure[WATCH_CELL_SIZE];

  if (signal->verdict != WT_VERDICT_UNKNOWN && isfinite(signal->held)) {
    snprintf(text, WATCH_CELL_SIZE, "%s %s", verdict, watch_age(signal->held, figure));
  } else {
    share_text(signal, estimated, figure);
    snprintf(text, WATCH_CELL_SIZE, "%6.6s %s", figure, verdict);
  }
  return text;
}

static const char *cause_text(enum wt_cause cause)
{
  return cause == WT_CAUSE_UNKNOWN ? "?" : wt_cause_name(cause);
}

/* ---- sparkline ---- */

#define LEVELS 8

/* A wire rate is drawn against the largest that is to be seen, a share against the whole. */
static double full_scale(const struct watch_row *row, enum watch_trace trace, int width)
{
  double largest = 0;

  if (trace != WATCH_WIRE)
    return 1;
  for (int i = 0; i < width; i++)
    largest = fmax(largest, watch_history_at(&row->history[trace], (size_t)i));
  return largest;
}

/* 0 has the lowest level for itself. */
static int level_of(double value, double scale)
{
  if (value <= 0 || scale <= 0)
    return 0;
  return 1 + (int)fmin(value / scale * (LEVELS - 1), LEVELS - 2);
}

const char *watch_sparkline(const struct watch_row *row, enum watch_trace trace, int width, bool utf8,
                            char text[WATCH_LINE_SIZE])
{
  static const char *const blocks[LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static const char *const ascii[LEVELS] = {"_", ".", ":", "-", "=", "+", "*", "#"};
  const struct watch_history *history = &row->history[trace];
  double scale = full_scale(row, trace, width);
  size_t used = 0;

  text[0] = '\0';
  for (int i = width - 1; i >= 0; i--) {
    double value = watch_history_at(history, (size_t)i);
    const char *cell = utf8 ? blocks[level_of(value, scale)] : ascii[level_of(value, scale)];

    if ((size_t)i >= history->count)
      cell = " ";
    else if (isnan(value))
      cell = "?";
    if (used + strlen(cell) >= WATCH_LINE_SIZE)
      break;
    used += (size_t)snprintf(text + used, WATCH_LINE_SIZE - used, "%s", cell);
  }
  return text;
}

/* ---- layout ---- */

static int used_by(const struct watch_layout *layout)
{
  int used = MARK - 1;

  for (enum watch_columns column = 0; column < WATCH_COLUMNS; column++)
    if (layout->columns[column].width > 0)
      used += layout->columns[column].width + 1;
  return used;
}

static void set_signals(struct watch_layout *layout, bool words, bool has_series)
{
  int width = words ? SIGNAL_WORDS : SIGNAL_SIGNS;

  layout->words = words;
  layout->columns[WATCH_COLUMN_COUNTER].width = width;
  layout->columns[WATCH_COLUMN_CAPTURE].width = width;
  layout->columns[WATCH_COLUMN_SERIES].width = has_series ? width : 0;
}

static int longest_name(const struct watch_model *model)
{
  int longest = NAME_MIN;

  for (size_t i = 0; i < model->count; i++) {
    int length = (int)strlen(model->rows[i].name);

    longest = length > longest ? length : longest;
  }
  return longest;
}

static int longest_cause(const struct watch_model *model, int longest)
{
  for (size_t i = 0; i < model->count; i++) {
    int length = (int)strlen(cause_text(model->rows[i].cause));

    longest = length > longest ? length : longest;
  }
  return longest;
}

void watch_layout(struct watch_layout *layout, const struct watch_model *model, int width, int *cause_width)
{
  static const struct watch_layout plain = {.columns = {
                                                [WATCH_COLUMN_NAME] = {"INTERFACE", 0, false},
                                                [WATCH_COLUMN_DIRECTION] = {"DIR", 3, false},
                                                [WATCH_COLUMN_RATE] = {"WIRE/s", 8, true},
                                                [WATCH_COLUMN_OCTETS] = {"OCTETS/s", 0, true},
                                                [WATCH_COLUMN_COUNTER] = {"COUNTER", 0, false},
                                                [WATCH_COLUMN_CAPTURE] = {"CAPTURE", 0, false},
                                                [WATCH_COLUMN_SERIES] = {"SERIES", 0, false},
                                                [WATCH_COLUMN_CAUSE] = {"CAUSE", 0, false},
                                                [WATCH_COLUMN_SEGMENTS] = {"SEG/P", 5, true},
                                                [WATCH_COLUMN_TRACE] = {"", 0, false},
                                            }};
  struct watch_column *columns = layout->columns;

  *layout = plain;
  *cause_width = longest_cause(model, *cause_width > CAUSE_MIN ? *cause_width : CAUSE_MIN);
  columns[WATCH_COLUMN_NAME].width = longest_name(model);
  columns[WATCH_COLUMN_CAUSE].width = *cause_width;
  set_signals(layout, true, model->has_series);
  if (used_by(layout) + TRACE_FAIR + 1 > width)
    set_signals(layout, false, model->has_series);
  if (layout->words && used_by(layout) + 9 + TRACE_LONG + 1 <= width)
    columns[WATCH_COLUMN_OCTETS].width = 8;
  /* On a narrow terminal, what the page of one row tells as well. */
  if (used_by(layout) > width)
    columns[WATCH_COLUMN_SEGMENTS].width = 0;
  if (used_by(layout) > width)
    columns[WATCH_COLUMN_CAUSE].width = 0;
  if (used_by(layout) + TRACE_MIN + 1 <= width) {
    int left = width - used_by(layout) - 1;

    columns[WATCH_COLUMN_TRACE].width = left < WATCH_HISTORY ? left : WATCH_HISTORY;
  }
}

const char *watch_cell(const struct watch_row *row, const struct watch_layout *layout, enum watch_columns column,
                       enum watch_trace trace, bool utf8, char text[WATCH_LINE_SIZE])
{
  switch (column) {
  case WATCH_COLUMN_NAME:
    return row->name;
  case WATCH_COLUMN_DIRECTION:
    return wt_direction_name(row->direction);
  case WATCH_COLUMN_RATE:
    return watch_rate(row->wire_rate, row->estimated, text);
  case WATCH_COLUMN_OCTETS:
    return watch_rate(row->octet_rate, row->estimated, text);
  case WATCH_COLUMN_COUNTER:
    return signal_cell(&row->signals[WT_COUNTER], row->estimated, layout->words, text);
  case WATCH_COLUMN_CAPTURE:
    return signal_cell(&row->signals[WT_CAPTURE], row->estimated, layout->words, text);
  case WATCH_COLUMN_SERIES:
    return signal_cell(&row->signals[WT_SERIES], row->estimated, layout->words, text);
  case WATCH_COLUMN_CAUSE:
    return cause_text(row->cause);
  case WATCH_COLUMN_SEGMENTS:
    return segments_cell(row->segments, row->estimated, text);
  case WATCH_COLUMN_TRACE:
    return watch_sparkline(row, trace, layout->columns[column].width, utf8, text);
  case WATCH_COLUMNS:
    break;
  }
  return "";
}

/* ---- text ---- */

size_t watch_wrap(const char *text, int width, const char **next)
{
  size_t line = strcspn(text, "\n");
  size_t at;

  if (line <= (size_t)width) {
    *next = text[line] ? text + line + 1 : NULL;
    return line;
  }
  for (at = (size_t)width; at > 0 && text[at] != ' ';)
    at--;
  if (at == 0) { /* a word that is longer than the line */
    *next = text + width;
    return (size_t)width;
  }
  *next = text + at + strspn(text + at, " ");
  return at;
}
