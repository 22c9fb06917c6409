/* SPDX-License-Identifier: MIT */
/* Rows as text of a given width. */
#include "check.h"

#include "../../cli/text.c"       /* NOLINT(bugprone-suspicious-include): the tests link the core alone */
#include "../../cli/watch_text.c" /* NOLINT(bugprone-suspicious-include): the tests link the core alone */

/* The model's history, filled from oldest to newest; it is read by the function of the model. */
double watch_history_at(const struct watch_history *history, size_t ago)
{
  return ago < history->count ? (double)history->values[history->count - 1 - ago] : NAN;
}

static void test_rate(void **state)
{
  static const struct {
    double rate;
    bool estimated;
    const char *want;
  } rows[] = {
      {NAN, false, "-"},
      {INFINITY, true, "-"},
      {0, false, "0"},
      {0, true, "~0"},
      {0.004, false, "0.1"}, /* never 0 where something passed */
      {12.34, false, "12.3"},
      {99.96, false, "100"},
      {217858.4, false, "217,858"},
      {999999.4, true, "~999,999"},
      {999999.6, false, "1.000M"},
      {14880952, true, "~14.88M"},
      {148809523, false, "148.8M"},
      {999.96e6, false, "1.000G"},
      {1e15, true, "~1000.0T"},
  };
  char text[WATCH_CELL_SIZE];

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    check_text(rows[i].want, watch_rate(rows[i].rate, rows[i].estimated, text), rows[i].want);
    check(rows[i].want, strlen(text) <= 8);
  }
  check_done();
}

static void test_age(void **state)
{
  static const struct {
    double seconds;
    const char *want;
  } rows[] = {{0.2, "1s"},   {45, "45s"},  {59.7, "59s"},  {60, "1m"},
              {3599, "59m"}, {3600, "1h"}, {86399, "23h"}, {86400 * 12.5, "12d"}};
  char text[WATCH_CELL_SIZE];

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++)
    check_text(rows[i].want, watch_age(rows[i].seconds, text), rows[i].want);
  check_done();
}

static void test_signal(void **state)
{
  static const struct {
    bool estimated;
    struct watch_signal signal;
    const char *words, *signs;
  } rows[] = {
      {false, {WT_VERDICT_AGREES, 1, 0, NAN}, "100.0% agrees", "100.0% ="},
      {false, {WT_VERDICT_UNDER_REPORTS, 0.027, 0.973, NAN}, "  2.7% under", "  2.7% <"},
      {false, {WT_VERDICT_OVER_REPORTS, 20, 19, NAN}, " >999% over", " >999% >"},
      {false, {WT_VERDICT_UNDER_REPORTS, 0.0001, 0.9999, NAN}, " <0.1% under", " <0.1% <"},
      {false, {WT_VERDICT_UNDER_REPORTS, 0, 1, NAN}, "  0.0% under", "  0.0% <"},
      {false, {WT_VERDICT_UNKNOWN, NAN, NAN, NAN}, "     - ?", "     - ?"},
      {false, {WT_VERDICT_UNDER_REPORTS, 0.027, 0.973, 45}, "under 45s", "< 45s"},
      {false, {WT_VERDICT_UNKNOWN, 0.5, 0.5, 45}, " 50.0% ?", " 50.0% ?"},
      {true, {WT_VERDICT_UNDER_REPORTS, 0.071, 0.929, NAN}, " ~7.1% under", " ~7.1% <"},
      {true, {WT_VERDICT_AGREES, 0.99949, 0, NAN}, "~99.9% agrees", "~99.9% ="},
      {true, {WT_VERDICT_AGREES, 1, 0, NAN}, " ~100% agrees", " ~100% ="},
  };
  char text[WATCH_LINE_SIZE];

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    check_text(rows[i].words, signal_cell(&rows[i].signal, rows[i].estimated, true, text), rows[i].words);
    check(rows[i].words, strlen(text) <= SIGNAL_WORDS);
    check_text(rows[i].signs, signal_cell(&rows[i].signal, rows[i].estimated, false, text), rows[i].signs);
    check(rows[i].signs, strlen(text) <= SIGNAL_SIGNS);
  }
  check_done();
}

static void test_segments(void **state)
{
  static const struct {
    double segments;
    bool estimated;
    const char *want;
  } rows[] = {{NAN, false, "-"},       {1, false, "1.00"},      {43.93, false, "43.93"},
              {399.9, false, "399.9"}, {99.97, false, "100.0"}, {12345.6, false, "12346"},
              {1, true, "~1.00"},      {14, true, "~14.0"},     {399.9, true, "~400"}};
  char text[WATCH_CELL_SIZE];

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++)
    check_text(rows[i].want, segments_cell(rows[i].segments, rows[i].estimated, text), rows[i].want);
  check_done();
}

/* ---- sparkline ---- */

static void test_sparkline(void **state)
{
  static const struct {
    enum watch_trace trace;
    float values[8];
    size_t count;
    int width;
    const char *utf8, *ascii;
  } rows[] = {
      {WATCH_WIRE, {0, 1, 100}, 3, 3, "▁▂█", "_.#"},
      {WATCH_WIRE, {0, 1, 100}, 3, 5, "  ▁▂█", "  _.#"},
      {WATCH_WIRE, {100, 50, 25, 0}, 4, 2, "█▁", "#_"}, /* against what is in sight */
      {WATCH_WIRE, {0, 0}, 2, 2, "▁▁", "__"},
      {WATCH_WIRE, {5, NAN, 5}, 3, 3, "█?█", "#?#"},
      {WATCH_WIRE, {NAN, NAN}, 2, 2, "??", "??"},
      {WATCH_WIRE, {10, 20, 30, 40, 50, 60, 70}, 7, 7, "▃▄▅▆▇██", ":-=+*##"},
      {WATCH_COUNTER, {0, 0.027F, 0.5F, 1, 1.4F}, 5, 5, "▁▂▅██", "_.=##"},
      {WATCH_CAPTURE, {0.5F, 0.5F}, 2, 2, "▅▅", "=="},
      {WATCH_WIRE, {1}, 0, 3, "   ", "   "},
      {WATCH_WIRE, {1}, 1, 0, "", ""},
  };
  char text[WATCH_LINE_SIZE];

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct watch_row row = {0};

    memcpy(row.history[rows[i].trace].values, rows[i].values, sizeof(rows[i].values));
    row.history[rows[i].trace].count = rows[i].count;
    check_text(rows[i].utf8, watch_sparkline(&row, rows[i].trace, rows[i].width, true, text), rows[i].utf8);
    check_text(rows[i].utf8, watch_sparkline(&row, rows[i].trace, rows[i].width, false, text), rows[i].ascii);
  }
  check_done();
}

/* ---- layout ---- */

/* Rows of which every cell is as wide as it can be. */
static struct watch_row wide_row(const char *name, enum wt_cause cause)
{
  struct watch_row row = {.wire_rate = 148.8e6,
                          .octet_rate = 148.8e9,
                          .estimated = true,
                          .segments = 399.9,
                          .cause = cause,
                          .direction = WT_TX};

  snprintf(row.name, sizeof(row.name), "%s", name);
  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++)
    row.signals[signal] = (struct watch_signal){WT_VERDICT_AGREES, 1, 0, NAN};
  return row;
}

/* Each line within its width, each cell within its column, and what has to be there is. */
static void test_layout(void **state)
{
  static const struct {
    const char *row;
    const char *name;
    enum wt_cause cause;
    bool has_series;
    int width;
    bool words, octets, segments, cause_shown, trace;
  } rows[] = {
      {"usual", "eth0", WT_CAUSE_GRO, false, 80, true, false, true, true, true},
      {"long names", "enp129s0f1np1", WT_CAUSE_LOWER_DEVICE, false, 80, false, false, true, true, true},
      {"with a series", "eth0", WT_CAUSE_GRO, true, 80, false, false, true, true, true},
      {"the widest", "wwwwwwwwwwwwwww", WT_CAUSE_LOWER_DEVICE, true, 80, false, false, true, true, true},
      {"narrow", "eth0", WT_CAUSE_GRO, false, 60, false, false, true, true, true},
      {"the widest, narrow", "wwwwwwwwwwwwwww", WT_CAUSE_LOWER_DEVICE, true, 60, false, false, false, false, false},
      {"wide", "eth0", WT_CAUSE_GRO, false, 120, true, true, true, true, true},
      {"very wide", "eth0", WT_CAUSE_GRO, false, 500, true, true, true, true, true},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct watch_row row = wide_row(rows[i].name, rows[i].cause);
    struct watch_model model = {.rows = &row, .count = 1, .has_series = rows[i].has_series};
    struct watch_layout layout = {0};
    char text[WATCH_LINE_SIZE];
    int cause_width = 0;

    watch_layout(&layout, &model, rows[i].width, &cause_width);
    check(rows[i].row, used_by(&layout) <= rows[i].width);
    check_int(rows[i].row, layout.words, rows[i].words);
    check_int(rows[i].row, layout.columns[WATCH_COLUMN_OCTETS].width > 0, rows[i].octets);
    check_int(rows[i].row, layout.columns[WATCH_COLUMN_SEGMENTS].width > 0, rows[i].segments);
    check_int(rows[i].row, layout.columns[WATCH_COLUMN_CAUSE].width > 0, rows[i].cause_shown);
    check_int(rows[i].row, layout.columns[WATCH_COLUMN_TRACE].width > 0, rows[i].trace);
    check_int(rows[i].row, layout.columns[WATCH_COLUMN_SERIES].width > 0, rows[i].has_series);
    for (enum watch_columns column = 0; column < WATCH_COLUMNS; column++)
      if (layout.columns[column].width > 0)
        check(rows[i].row, strlen(watch_cell(&row, &layout, column, WATCH_WIRE, false, text)) <=
                               (size_t)layout.columns[column].width);
  }
  check_done();
}

/* A cause that passes does not make the columns jump back. */
static void test_cause_width(void **state)
{
  struct watch_row row = wide_row("eth0", WT_CAUSE_LOWER_DEVICE);
  struct watch_model model = {.rows = &row, .count = 1};
  struct watch_layout layout = {0};
  int cause_width = 0;

  (void)state;
  watch_layout(&layout, &model, 80, &cause_width);
  row.cause = WT_CAUSE_GRO;
  watch_layout(&layout, &model, 80, &cause_width);
  check_int("after lower-device", layout.columns[WATCH_COLUMN_CAUSE].width, strlen("lower-device"));
  check_done();
}

/* ---- lines ---- */

static void test_wrap(void **state)
{
  static const struct {
    const char *text;
    int width;
    const char *want;
  } rows[] = {
      {"", 10, ""},
      {"one two", 10, "one two"},
      {"one two three", 10, "one two|three"},
      {"one two three", 7, "one two|three"},
      {"one\ntwo", 10, "one|two"},
      {"one\n\ntwo\n", 10, "one||two"},
      {"a-very-long-word here", 6, "a-very|-long-|word|here"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const char *next = rows[i].text;
    char lines[256] = "";
    size_t used = 0;

    while (next && *next) {
      const char *from = next;
      size_t length = watch_wrap(from, rows[i].width, &next);

      check(rows[i].text, length <= (size_t)rows[i].width);
      used += (size_t)snprintf(lines + used, sizeof(lines) - used, "%s%.*s", from == rows[i].text ? "" : "|",
                               (int)length, from);
    }
    check_text(rows[i].text, lines, rows[i].want);
  }
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rate),        cmocka_unit_test(test_age),       cmocka_unit_test(test_signal),
      cmocka_unit_test(test_segments),    cmocka_unit_test(test_sparkline), cmocka_unit_test(test_layout),
      cmocka_unit_test(test_cause_width), cmocka_unit_test(test_wrap),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
