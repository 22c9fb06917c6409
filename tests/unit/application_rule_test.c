/* SPDX-License-Identifier: MIT */
/* The rule that puts TCP's own account up against counter and capture, and its history. */
#include "check.h"

#include "application.h"

#define U WT_UNKNOWN

static const struct wt_application_limits limits = {.tolerance = 0.01, .least_frames = 1000, .lag = 0.1};

/* One window of two readings. */
struct row {
  const char *what;
  uint64_t segments, floor, payload, covered, mib, counter, counter_octets, capture, capture_octets, wire, high;
  enum wt_source source;
  const char *verdict, *reason;
};

static void add_bounded(struct wt_application_history *history, double time, const struct row *row, uint64_t low,
                        uint64_t octets_low)
{
  const struct wt_application_reading reading = {
      .time = time,
      .segments = row->segments,
      .floor = row->floor,
      .payload = row->payload,
      .covered = row->covered,
      .mib = row->mib,
      .counter = row->counter,
      .counter_octets = row->counter_octets,
      .capture = row->capture,
      .capture_octets = row->capture_octets,
      .wire = row->wire,
      .wire_low = low,
      .wire_high = row->high,
      .wire_octets_low = octets_low,
  };

  wt_application_add(history, &reading, 300);
}

/* As many as its best estimate are certain, in frames of 1,500 octets. */
static void add(struct wt_application_history *history, double time, const struct row *row)
{
  add_bounded(history, time, row, row->wire, wt_known(row->wire) ? row->wire * 1500 : U);
}

static struct wt_application_direction judge_bounded(const struct row *row, uint64_t low, uint64_t octets_low)
{
  static const struct row nothing;
  struct wt_application_history history = {0};
  struct wt_application_direction out = {0};

  add(&history, 10, &nothing);
  add_bounded(&history, 12, row, low, octets_low);
  /* Nothing has passed lately. */
  add_bounded(&history, 13, row, low, octets_low);
  wt_application_judge(&history, row->source, &limits, &out);
  return out;
}

static struct wt_application_direction judge(const struct row *row)
{
  return judge_bounded(row, row->wire, wt_known(row->wire) ? row->wire * 1500 : U);
}

static void check_rows(const struct row *rows, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    const struct wt_application_direction out = judge(&rows[i]);

    check_text(rows[i].what, wt_application_verdict_name(out.verdict), rows[i].verdict);
    check_contains(rows[i].what, out.reason, rows[i].reason);
    check(rows[i].what, (out.verdict == WT_APPLICATION_UNKNOWN) == (out.reason[0] != '\0'));
  }
  check_done();
}

/* 20,000 segments with 28.8 million octets of payload in 30 million octets of frames. */
#define S20     20000, 20000, 28800000
#define COVERED 21000, 21000
#define WIRE    20000, 20000, WT_SOURCE_TAP

static void the_rule(void **state)
{
  static const struct row rows[] = {
      {"all agree", S20, COVERED, 20000, 30000000, 20000, 30000000, WIRE, "agrees", ""},
      {"no capture", S20, COVERED, 20000, 30000000, U, U, WIRE, "agrees", ""},
      {"at the tolerance", S20, COVERED, 19801, 30000000, 20199, 30000000, WIRE, "agrees", ""},
      {"GRO", S20, COVERED, 20000, 30000000, 500, 28850000, WIRE, "capture-point", ""},
      {"TSO: with neither", S20, COVERED, 500, 28850000, 500, 28850000, WIRE, "counter", ""},
      {"the counter alone", S20, COVERED, 500, 28850000, 20000, 30000000, WIRE, "counter", ""},
      {"the counter alone, no capture", S20, COVERED, 500, 28850000, U, U, WIRE, "counter", ""},
      {"frames agree, octets have less than the payload", S20, COVERED, 20000, 20000000, 20000, 30000000, WIRE,
       "counter", ""},
      {"the same of the capture", S20, COVERED, 20000, 30000000, 20000, 20000000, WIRE, "capture-point", ""},
      {"no counter", S20, COVERED, U, U, 20000, 30000000, WIRE, "unknown", "fewer than TCP sent"},
  };

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
}

static void other_traffic(void **state)
{
  static const struct row rows[] = {
      {"as much again", S20, COVERED, 40000, 60000000, 40000, 60000000, 40000, 40000, WT_SOURCE_TAP, "unknown",
       "more passed"},
      {"merged, and still fewer packets than TCP alone has segments", S20, COVERED, 40000, 60000000, 15000, 58000000,
       40000, 40000, WT_SOURCE_TAP, "capture-point", ""},
      {"the counter has fewer than TCP alone", S20, COVERED, 15000, 58000000, 15000, 58000000, 40000, 40000,
       WT_SOURCE_TAP, "counter", ""},
      {"merged, and as many packets as TCP has segments: by chance", S20, COVERED, 40000, 60000000, 20000, 58000000,
       40000, 40000, WT_SOURCE_TAP, "unknown", "more passed"},
  };

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
}

/* Sent, and not acknowledged: what a queue dropped is no fault of the counter's. */
static void drops(void **state)
{
  static const struct row rows[] = {
      {"dropped before the counter", 20000, 15000, 20000000, COVERED, 15000, 22000000, 20000, 30000000, WIRE, "unknown",
       "dropped on the way"},
      {"dropped, and too few all the same", 20000, 15000, 20000000, COVERED, 500, 21000000, 500, 21000000, WIRE,
       "counter", ""},
      {"acknowledgements prove nothing of their own way", 20000, 0, 0, COVERED, 500, 30000, 500, 30000, WIRE, "unknown",
       "dropped on the way"},
      {"the kernel does not tell what was delivered", 20000, U, 28800000, COVERED, 500, 28850000, 500, 28850000, WIRE,
       "unknown", "dropped on the way"},
  };

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
}

static void where_it_cannot_speak(void **state)
{
  static const struct row rows[] = {
      {"no connection", 0, 0, 0, COVERED, 20000, 3, 20000, 3, WIRE, "unknown", "no TCP connection"},
      {"94 % covered", S20, 20000, 21277, 500, 28850000, 500, 28850000, WIRE, "unknown", "less than 95 %"},
      {"95 % covered", S20, 20000, 21052, 500, 28850000, 500, 28850000, WIRE, "counter", ""},
      {"more than the MIB has", S20, 22000, 21000, 500, 28850000, 500, 28850000, WIRE, "unknown", "older than"},
      {"hardly more", S20, 21300, 21000, 500, 28850000, 500, 28850000, WIRE, "counter", ""},
      {"no MIB", S20, 21000, U, 500, 28850000, 500, 28850000, WIRE, "unknown", "the kernel does not tell"},
      {"no segments", U, U, 28800000, U, 21000, 500, 28850000, 500, 28850000, WIRE, "unknown",
       "the kernel does not tell"},
      {"the counter is the only source", S20, COVERED, 500, 28850000, U, U, 500, U, WT_SOURCE_COUNTER, "unknown",
       "nothing but the counter"},
      {"no source", S20, COVERED, 500, 28850000, U, U, U, U, WT_SOURCE_NONE, "unknown", "nothing but the counter"},
      {"few frames", 900, 900, 1000000, 900, 900, 900, 1100000, 900, 1100000, 900, 900, WT_SOURCE_TAP, "unknown",
       "too few frames"},
      {"its traffic takes another way", S20, COVERED, 5000, 7000000, 5000, 7000000, 5000, 5000, WT_SOURCE_TAP,
       "unknown", "another way"},
      {"an estimate that reaches as far", S20, COVERED, 500, 28850000, 500, 28850000, 15000, 25000, WT_SOURCE_SAMPLE,
       "counter", ""},
      {"nothing bounds the queue's", S20, COVERED, 500, 28850000, U, U, 20000, U, WT_SOURCE_QDISC, "counter", ""},
      {"nor makes it more than it is", S20, COVERED, 500, 28850000, U, U, 5000, U, WT_SOURCE_QDISC, "unknown",
       "another way"},
  };

  (void)state;
  check_rows(rows, CHECK_COUNT(rows));
}

/* Addresses say that it passed here, the wire does not: other traffic made up the number of frames. */
static void another_way(void **state)
{
  static const struct row small = {"small frames instead of TCP's: the counter's octets have less than the payload",
                                   S20,
                                   COVERED,
                                   30000,
                                   3000000,
                                   30000,
                                   3000000,
                                   30000,
                                   30000,
                                   WT_SOURCE_TAP,
                                   "",
                                   ""};
  static const struct row merged = {"the same, merged", S20, COVERED, 30000, 3000000, 500, 2500000, 30000, 30000,
                                    WT_SOURCE_TAP,      "",  ""};
  static const struct row loose = {
      "an estimate that is hardly bounded", S20, COVERED, 5000, 7500000, U, U, 21000, 90000, WT_SOURCE_SAMPLE, "", ""};
  static const struct {
    const struct row *row;
    uint64_t low, octets_low;
    const char *verdict;
  } rows[] = {
      {&small, 30000, 3000000, "unknown"},  {&small, 30000, 3040000, "counter"}, {&small, 30000, U, "unknown"},
      {&merged, 30000, 3000000, "unknown"}, {&loose, 4000, 6000000, "unknown"},  {&loose, 5050, 9000000, "unknown"},
      {&loose, 5051, 7500000, "counter"},   {&loose, U, U, "unknown"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_application_direction out = judge_bounded(rows[i].row, rows[i].low, rows[i].octets_low);

    check_text(rows[i].row->what, wt_application_verdict_name(out.verdict), rows[i].verdict);
    if (out.verdict == WT_APPLICATION_UNKNOWN)
      check_contains(rows[i].row->what, out.reason, "some of it may take another way");
  }
  check_done();
}

/* What passed in the last tenth of a second may not be counted yet. */
static void a_counter_may_be_late(void **state)
{
  static const struct row nothing;
  static const struct row half = {"",    10000,    10000, 14400000, COVERED,       10000, 15000000,
                                  10000, 15000000, 10000, 10000,    WT_SOURCE_TAP, "",    ""};
  static const struct row late = {"", S20, COVERED, 10100, 15100000, 20000, 30000000, WIRE, "", ""};
  struct wt_application_history history = {0};
  struct wt_application_direction out = {0};

  (void)state;
  add(&history, 0, &nothing);
  wt_application_judge(&history, WT_SOURCE_TAP, &limits, &out);
  check_contains("one reading", out.reason, "only one reading");
  add(&history, 1, &half);
  add(&history, 1.05, &late);
  wt_application_judge(&history, WT_SOURCE_TAP, &limits, &out);
  check_contains("within the lag", out.reason, "counted late");
  add(&history, 1.2, &late);
  wt_application_judge(&history, WT_SOURCE_TAP, &limits, &out);
  check_text("after it", wt_application_verdict_name(out.verdict), "counter");
  check_done();
}

/* Whatever the number of readings, the window is the horizon. */
static void the_history_is_the_horizon(void **state)
{
  struct wt_application_history history = {0};

  (void)state;
  for (int i = 0; i <= 1000; i++) {
    const struct wt_application_reading reading = {.time = i, .covered = (uint64_t)i * 9, .mib = (uint64_t)i * 10};

    wt_application_add(&history, &reading, 100);
    assert_in_range(history.count, 1, WT_APPLICATION_READINGS);
    check_near("ends now", history.readings[history.count - 1].time, i, 0);
    if (i > 200)
      check_near("begins with the horizon", history.readings[0].time, i - 100, 20);
    if (i == 0)
      check_near("one reading", wt_application_coverage(&history), NAN, 0);
    else
      check_near("coverage", wt_application_coverage(&history), 0.9, 1e-9);
  }
  check_done();
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_rule),
      cmocka_unit_test(other_traffic),
      cmocka_unit_test(drops),
      cmocka_unit_test(where_it_cannot_speak),
      cmocka_unit_test(another_way),
      cmocka_unit_test(a_counter_may_be_late),
      cmocka_unit_test(the_history_is_the_horizon),
  };

  return cmocka_run_group_tests_name("application_rule", tests, NULL, NULL);
}
