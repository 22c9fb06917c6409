/* SPDX-License-Identifier: MIT */
/* When a sample was read: the truth lies between the bounds, whatever the clocks and the poll are like. */
#include "check.h"

#include "random.h"
#include "series_clock.h"

/* Our own clock has 1,000 s less than Unix time. */
enum { AHEAD = 1000 };

static struct wt_series_clock answered(double started, double ended, double date, bool here)
{
  struct wt_series_clock clock = {.unix_ahead = AHEAD, .started = started, .ended = ended, .scrape = 10};

  wt_series_clock_answered(&clock, date, here);
  return clock;
}

static const struct {
  const char *name;
  double date;
  bool here;
  double low, high; /* of ahead, where it was asked at 50 and read at 51 */
} answers[] = {
    {"this host", 1050, true, AHEAD, AHEAD},
    {"this host, at the end of a second", 1049, true, AHEAD, AHEAD},
    {"this host, which tells no date", NAN, true, AHEAD, AHEAD},
    {"an hour ahead, behind a tunnel", 4650, true, 4599, 4601},
    {"ten seconds behind, behind a tunnel", 1040, true, 989, 991},
    {"another host with the same clock", 1050, false, 999, 1001},
    {"another host, an hour behind", -2550, false, -2601, -2599},
    {"another host, which tells no date", NAN, false, -INFINITY, INFINITY},
};

static void test_answers(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(answers); i++) {
    const struct wt_series_clock clock = answered(50, 51, answers[i].date, answers[i].here);

    check(answers[i].name, clock.ahead_low == answers[i].low);
    check(answers[i].name, clock.ahead_high == answers[i].high);
  }
  check_done();
}

/* A server with any clock scrapes at some time, is asked later, and is read later still. */
static void test_truth(void **state)
{
  struct random random = {5};

  (void)state;
  for (int round = 0; round < 20000; round++) {
    double skew = round % 2 ? 0 : 1000 * (random_unit(&random) - 0.5);
    double started = 1000 * random_unit(&random), ended = started + 15 * random_unit(&random);
    double told = started + (ended - started) * random_unit(&random);
    double scraped = told - 300 * random_unit(&random), read = fmin(scraped + 10 * random_unit(&random), told);
    /* Prometheus rounds a stamp to milliseconds, and to its interval by 2 more. */
    double stamp = scraped + AHEAD + skew + 0.003 * (random_unit(&random) - 0.5);
    const struct wt_series_clock clock = answered(started, ended, floor(told + AHEAD + skew), round % 2);
    double low, high;

    check("it is believed", wt_series_clock_place(&clock, stamp, &low, &high));
    check("not before", low <= read);
    check("not after", high >= read);
    check("not after the answer", high <= ended);
  }
  check_done();
}

static void test_place(void **state)
{
  const struct wt_series_clock clock = answered(50, 51, 1050, true);
  double low, high;

  (void)state;
  check("without a stamp", wt_series_clock_place(&clock, NAN, &low, &high));
  check_near("from the question", low, 50, 0);
  check_near("to the answer", high, 51, 0);
  check("before", wt_series_clock_place(&clock, 1030, &low, &high) && low < 30 && low > 29.9 && high > 40 && high < 41);
  check("just now", wt_series_clock_place(&clock, 1051, &low, &high) && high <= 51);
  check("a second from now", !wt_series_clock_place(&clock, 1052, &low, &high));
  check("some day", !wt_series_clock_place(&clock, 1e15, &low, &high));
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_answers),
      cmocka_unit_test(test_truth),
      cmocka_unit_test(test_place),
  };

  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
