/* SPDX-License-Identifier: MIT */
/* One threshold: crossings, hysteresis, hold, startup. */
#include "check.h"

#include "threshold.h"

/* So that a table of values is read in one line. A value is followed by what it leads to. */
struct row {
  double seconds, value;
  enum wt_edge edge;
};

static const enum wt_edge none = WT_EDGE_NONE, up = WT_EDGE_RAISED, down = WT_EDGE_CLEARED;

static void run(const char *what, const struct wt_threshold *threshold, const struct row *rows, size_t count)
{
  struct wt_crossing crossing = {0};

  for (size_t i = 0; i < count; i++) {
    char row[128];

    snprintf(row, sizeof(row), "%s, row %zu: %g at %g", what, i, rows[i].value, rows[i].seconds);
    check_int(row, wt_threshold_step(&crossing, threshold, rows[i].value, rows[i].seconds, 1e9 + rows[i].seconds),
              rows[i].edge);
  }
}

#define RUN(what, threshold, ...)                                                                                      \
  do {                                                                                                                 \
    const struct row rows[] = {__VA_ARGS__};                                                                           \
    run(what, &(threshold), rows, CHECK_COUNT(rows));                                                                  \
  } while (0)

static void each_crossing_is_told_once(void **state)
{
  const struct wt_threshold plain = {.rising = 5, .falling = 5, .reach = 300, .startup = WT_STARTUP_RISING};
  const struct wt_threshold slack = {.rising = 5, .falling = 2, .reach = 300, .startup = WT_STARTUP_RISING};

  (void)state;
  RUN("no hysteresis", plain, {0, 1, none}, {1, 5, none}, {2, 5.001, up}, {3, 90, none}, {4, 5.001, none}, {5, 5, down},
      {6, 0, none}, {7, 6, up}, {8, 4, down});
  RUN("hysteresis", slack, {0, 1, none}, {1, 5, none}, {2, 6, up}, {3, 5, none}, {4, 2.001, none}, {5, 4.9, none},
      {6, 2, down}, {7, 4.9, none}, {8, 2, none}, {9, 5, none}, {10, 5.1, up}, {11, 0, down});
  check_done();
}

static void an_infinite_threshold_is_off(void **state)
{
  const struct wt_threshold off = {.rising = INFINITY, .falling = INFINITY, .reach = 300, .startup = WT_STARTUP_RISING};

  (void)state;
  RUN("off", off, {0, 1, none}, {1, 1e300, none}, {2, 0, none});
  check_done();
}

static void it_has_to_last_for_hold(void **state)
{
  const struct wt_threshold threshold = {
      .rising = 5, .falling = 2, .hold = 30, .reach = 300, .startup = WT_STARTUP_RISING};

  (void)state;
  RUN("up", threshold, {0, 1, none}, {10, 6, none}, {20, 6, none}, {39.9, 6, none}, {40, 6, up}, {50, 6, none});
  RUN("up, interrupted", threshold, {0, 1, none}, {10, 6, none}, {30, 4, none}, {31, 6, none}, {60, 6, none},
      {61, 6, up});
  RUN("down", threshold, {0, 9, none}, {30, 9, up}, {31, 1, none}, {60, 2, none}, {61, 1, down});
  RUN("down, interrupted", threshold, {0, 9, none}, {30, 9, up}, {31, 1, none}, {60, 3, none}, {61, 1, none},
      {90, 1, none}, {91, 1, down});
  RUN("through", threshold, {0, 1, none}, {30, 1, none}, {31, 9, none}, {50, 0, none}, {90, 9, none}, {119, 9, none},
      {120, 9, up});
  check_done();
}

/* What is not known neither counts nor sets back, and a value speaks for no more time than it is about. */
static void what_is_unknown_is_held(void **state)
{
  const struct wt_threshold threshold = {
      .rising = 5, .falling = 2, .hold = 30, .reach = 10, .startup = WT_STARTUP_RISING};

  (void)state;
  RUN("raised", threshold, {0, 9, none}, {10, 9, none}, {20, 9, none}, {30, 9, up}, {40, NAN, none}, {9000, NAN, none},
      {9001, 9, none}, {9002, 1, none}, {9003, NAN, none}, {9012, 1, none}, {9022, 1, none}, {9032, 1, down});
  RUN("on the way", threshold, {0, 1, none}, {10, 9, none}, {20, 9, none}, {30, NAN, none}, {5000, NAN, none},
      {5001, 9, none}, {5010, 9, none}, {5011, 9, up});
  RUN("from the beginning", threshold, {0, NAN, none}, {10, NAN, none}, {20, 9, none}, {30, 9, none}, {40, 9, none},
      {50, 9, up});
  check_done();
}

static void startup_is_as_rmon_has_it(void **state)
{
  struct wt_threshold threshold = {.rising = 5, .falling = 2, .reach = 300};

  (void)state;
  threshold.startup = WT_STARTUP_RISING;
  RUN("rising: above", threshold, {0, 9, up}, {1, 1, down}, {2, 9, up});
  RUN("rising: below", threshold, {0, 1, none}, {1, 9, up}, {2, 1, down});
  RUN("rising: between, then down", threshold, {0, 3, none}, {1, 1, none}, {2, 9, up});
  RUN("rising: between, then up", threshold, {0, 3, none}, {1, 9, up}, {2, 1, down});
  threshold.startup = WT_STARTUP_FALLING;
  RUN("falling: above", threshold, {0, 9, none}, {1, 1, down}, {2, 9, up});
  RUN("falling: below", threshold, {0, 1, down}, {1, 9, up}, {2, 1, down});
  RUN("falling: between, then down", threshold, {0, 3, none}, {1, 1, down}, {2, 9, up});
  RUN("falling: between, then up", threshold, {0, 3, none}, {1, 9, up}, {2, 1, down});
  threshold.startup = WT_STARTUP_BOTH;
  RUN("both: above", threshold, {0, 9, up}, {1, 1, down});
  RUN("both: below", threshold, {0, 1, down}, {1, 9, up});
  /* One that was above before it fell, and never for long enough, was not told of. */
  threshold.hold = 30;
  threshold.startup = WT_STARTUP_RISING;
  RUN("rising: above for a moment", threshold, {0, 9, none}, {10, 1, none}, {40, 1, none}, {50, 9, none}, {80, 9, up});
  threshold.startup = WT_STARTUP_FALLING;
  RUN("falling: above for a moment", threshold, {0, 9, none}, {10, 1, none}, {40, 1, down}, {50, 9, none}, {80, 9, up});
  check_done();
}

static void forgetting_keeps_what_was_told(void **state)
{
  const struct wt_threshold threshold = {
      .rising = 5, .falling = 2, .hold = 30, .reach = 300, .startup = WT_STARTUP_RISING};
  struct wt_crossing crossing = {0};

  (void)state;
  check_int("first", wt_threshold_step(&crossing, &threshold, 9, 0, 0), none);
  check_int("almost", wt_threshold_step(&crossing, &threshold, 9, 29, 29), none);
  wt_threshold_forget(&crossing);
  check_int("anew", wt_threshold_step(&crossing, &threshold, 9, 31, 31), none);
  check_int("not yet", wt_threshold_step(&crossing, &threshold, 9, 60, 60), none);
  check_int("now", wt_threshold_step(&crossing, &threshold, 9, 61, 61), up);
  check_near("since", crossing.since, 31, 0);
  wt_threshold_forget(&crossing);
  check_int("not again", wt_threshold_step(&crossing, &threshold, 9, 100, 100), none);
  check_int("down", wt_threshold_step(&crossing, &threshold, 0, 110, 110), none);
  check_int("down", wt_threshold_step(&crossing, &threshold, 0, 140, 140), down);
  check_near("since", crossing.since, 110, 0);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_crossing_is_told_once), cmocka_unit_test(an_infinite_threshold_is_off),
      cmocka_unit_test(it_has_to_last_for_hold),    cmocka_unit_test(what_is_unknown_is_held),
      cmocka_unit_test(startup_is_as_rmon_has_it),  cmocka_unit_test(forgetting_keeps_what_was_told),
  };

  return cmocka_run_group_tests_name("threshold", tests, NULL, NULL);
}
