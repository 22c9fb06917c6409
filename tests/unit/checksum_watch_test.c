/* SPDX-License-Identifier: MIT */
/* Counts of checksum states → a verdict, its bounds and its memory; and how many packets are drawn. */
#include "check.h"

#include "checksum_draw.h"
#include "checksum_watch.h"
#include "random.h"

#define NOTHING ""

static struct wt_checksums counted(uint64_t valid, uint64_t offloaded, uint64_t rewritten, uint64_t bad,
                                   uint64_t unverifiable)
{
  return (struct wt_checksums){.sampled = valid + offloaded + rewritten + bad + unverifiable,
                               .valid = valid,
                               .offloaded = offloaded,
                               .rewritten = rewritten,
                               .bad = bad,
                               .unverifiable = unverifiable};
}

/* Of both directions alike. */
static void add(struct wt_checksum_watch *watch, const struct wt_checksums *counted, uint64_t errors, double time,
                double horizon)
{
  const struct wt_checksums both[WT_DIRECTIONS] = {*counted, *counted};

  wt_checksum_watch_add(watch, both, errors, time, horizon);
}

static struct wt_checksum_finding find(struct wt_checksums counts, enum wt_direction direction, uint64_t errors)
{
  const struct wt_checksum_context context = {direction, WT_CAUSE_GRO, NOTHING};
  struct wt_checksum_watch watch = {0};
  struct wt_checksum_finding finding;

  add(&watch, &(struct wt_checksums){0}, wt_known(errors) ? 7 : WT_UNKNOWN, 100, 300);
  add(&watch, &counts, wt_known(errors) ? 7 + errors : WT_UNKNOWN, 110, 300);
  wt_checksum_watch_find(&watch, &context, &finding);
  wt_checksum_watch_clear(&watch);
  return finding;
}

static void test_verdicts(void **state)
{
  static const struct {
    const char *row;
    struct wt_checksums counts;
    enum wt_direction direction;
    uint64_t errors;
    const char *verdict, *cause, *reason;
  } rows[] = {
      {"clean", {.sampled = 100, .valid = 100}, WT_RX, 0, "clean", "none", ""},
      {"clean, absent ones", {.sampled = 100, .absent = 100}, WT_RX, 0, "clean", "none", ""},
      {"offloaded", {.sampled = 100, .offloaded = 60, .valid = 40}, WT_TX, 0, "artefact", "checksum-offload", ""},
      {"rewritten", {.sampled = 100, .rewritten = 60, .valid = 40}, WT_RX, 0, "artefact", "gro", ""},
      {"errors of a receiver say nothing on what is sent",
       {.sampled = 100, .offloaded = 100},
       WT_TX,
       5,
       "artefact",
       "checksum-offload",
       ""},
      {"unknown errors are none", {.sampled = 100, .valid = 100}, WT_RX, WT_UNKNOWN, "clean", "none", ""},
      {"bad and rejected", {.sampled = 100, .valid = 99, .bad = 1}, WT_RX, 3, "corruption", "unknown", ""},
      {"bad and sent", {.sampled = 100, .valid = 99, .bad = 1}, WT_TX, 0, "corruption", "unknown", ""},
      {"bad and not rejected",
       {.sampled = 100, .offloaded = 98, .bad = 2},
       WT_RX,
       0,
       "unknown",
       "unknown",
       "2 of 100 sampled packets are wrong and no offload explains it, but the kernel rejected none: they may be for "
       "another host"},
      {"bad and nobody knows",
       {.sampled = 100, .offloaded = 98, .bad = 2},
       WT_RX,
       WT_UNKNOWN,
       "unknown",
       "unknown",
       "2 of 100 sampled packets are wrong and no offload explains it, but the kernel does not tell whether it "
       "rejected them"},
      {"errors that no sample shows",
       {.sampled = 100, .offloaded = 100},
       WT_RX,
       4,
       "unknown",
       "unknown",
       "none of 100 sampled packets is wrong, but the kernel counted 4 checksum errors, on this interface or on "
       "another"},
      {"few",
       {.sampled = 20, .valid = 20},
       WT_RX,
       0,
       "unknown",
       "unknown",
       "only 20 sampled packets could be verified: up to 17 % may be wrong"},
      {"few are verified",
       {.sampled = 100, .valid = 20, .unverifiable = 80},
       WT_RX,
       0,
       "unknown",
       "unknown",
       "only 20 sampled packets could be verified: up to 17 % may be wrong"},
      {"none is verified",
       {.sampled = 80, .unverifiable = 80},
       WT_RX,
       0,
       "unknown",
       "unknown",
       "none of 80 sampled packets can be verified: cut short, fragments, or merged"},
      {"none", {0}, WT_RX, 0, "unknown", "unknown", "no packet with a checksum was sampled"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_checksum_finding finding = find(rows[i].counts, rows[i].direction, rows[i].errors);

    check_text(rows[i].row, wt_checksum_verdict_name(finding.verdict), rows[i].verdict);
    check_text(rows[i].row, wt_cause_name(finding.cause), rows[i].cause);
    check_text(rows[i].row, finding.reason, rows[i].reason);
    check_int(rows[i].row, finding.errors, rows[i].errors);
  }
  check_done();
}

/* What merged the packets is said as far as it is known. */
static void test_cause(void **state)
{
  static const struct {
    enum wt_cause merging, cause;
  } rows[] = {{WT_CAUSE_VIRTUAL_LINK, WT_CAUSE_VIRTUAL_LINK},
              {WT_CAUSE_HW_GRO, WT_CAUSE_HW_GRO},
              {WT_CAUSE_LRO, WT_CAUSE_LRO},
              {WT_CAUSE_LOWER_DEVICE, WT_CAUSE_LOWER_DEVICE},
              {WT_CAUSE_BYPASS, WT_CAUSE_UNKNOWN},
              {WT_CAUSE_NONE, WT_CAUSE_UNKNOWN}};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_checksum_context context = {WT_RX, rows[i].merging, NOTHING};
    struct wt_checksums counts = counted(10, 20, 21, 0, 0);
    struct wt_checksum_watch watch = {0};
    struct wt_checksum_finding finding;

    add(&watch, &(struct wt_checksums){0}, 0, 1, 300);
    add(&watch, &counts, 0, 2, 300);
    wt_checksum_watch_find(&watch, &context, &finding);
    check_text("cause", wt_cause_name(finding.cause), wt_cause_name(rows[i].cause));
    wt_checksum_watch_clear(&watch);
  }
  check_done();
}

static void test_unsampled(void **state)
{
  const struct wt_checksum_context context = {WT_RX, WT_CAUSE_NONE, "method none looks at no packet"};
  struct wt_checksum_watch watch = {0};
  struct wt_checksum_finding finding;

  (void)state;
  wt_checksum_watch_find(&watch, &context, &finding);
  check_text("never", finding.reason, "method none looks at no packet");
  check("never", isnan(finding.bad_low) && isnan(finding.bad_high) && !wt_known(finding.errors));
  check_int("never", finding.verdict, WT_CHECKSUM_UNKNOWN);
  check_done();
}

/* What is older than the horizon decides nothing, and totals keep it. */
static void test_horizon(void **state)
{
  const struct wt_checksum_context context = {WT_RX, WT_CAUSE_NONE, NOTHING};
  struct wt_checksum_watch watch = {0};
  struct wt_checksum_finding finding;
  struct wt_checksums bad = counted(90, 0, 0, 10, 0), good = counted(20, 0, 0, 0, 0);
  double time = 1000;
  uint64_t errors = 50;

  (void)state;
  add(&watch, &(struct wt_checksums){0}, errors, time, 300);
  add(&watch, &bad, errors += 10, time += 10, 300);
  wt_checksum_watch_find(&watch, &context, &finding);
  check_text("at once", wt_checksum_verdict_name(finding.verdict), "corruption");
  for (int i = 0; i < 29; i++)
    add(&watch, &good, errors, time += 10, 300);
  wt_checksum_watch_find(&watch, &context, &finding);
  check_text("within the horizon", wt_checksum_verdict_name(finding.verdict), "corruption");
  for (int i = 0; i < 12; i++)
    add(&watch, &good, errors, time += 10, 300);
  wt_checksum_watch_find(&watch, &context, &finding);
  check_text("after it", wt_checksum_verdict_name(finding.verdict), "clean");
  check_int("after it", finding.window.bad, 0);
  check_int("after it", finding.errors, 0);
  check("the window is not much shorter", finding.window.sampled >= 20 * 22);
  check_int("totals", wt_checksum_watch_totals(&watch, WT_RX).bad, 10);
  /* Polls that are farther apart than the horizon. */
  add(&watch, &bad, errors + 1, time + 1000, 300);
  wt_checksum_watch_find(&watch, &context, &finding);
  check_text("long intervals", wt_checksum_verdict_name(finding.verdict), "corruption");
  wt_checksum_watch_clear(&watch);
  check_done();
}

/* Values of the binomial distribution from tables: Clopper and Pearson, 95 %. */
/* As long as a horizon lasts, what came at its beginning is in it: a burst, and then nothing. */
static void test_beginning(void **state)
{
  const struct wt_checksum_context context = {WT_TX, WT_CAUSE_TSO, NOTHING};
  const struct wt_checksums burst = counted(0, 100, 0, 0, 0);
  struct wt_checksum_watch watch = {0};
  struct wt_checksum_finding finding;

  (void)state;
  add(&watch, &(struct wt_checksums){0}, 0, 1000, 3);
  add(&watch, &burst, 0, 1000 + 3.0 / 16, 3);
  for (int poll = 2; poll <= 16; poll++) {
    add(&watch, &(struct wt_checksums){0}, 0, 1000 + poll * 3.0 / 16, 3);
    wt_checksum_watch_find(&watch, &context, &finding);
    check_int("the burst is in the window", finding.window.offloaded, 100);
  }
  wt_checksum_watch_clear(&watch);
  check_done();
}

static void test_bounds(void **state)
{
  static const struct {
    uint64_t bad, samples;
    double low, high;
  } rows[] = {
      {0, 40, 0, 0.08810},         {0, 1000, 0, 0.003682}, {1, 10, 0.002529, 0.445016},
      {5, 10, 0.187086, 0.812914}, {10, 10, 0.691503, 1},  {2, 100, 0.002431, 0.070384},
  };
  double low, high;

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    wt_checksum_bounds(rows[i].bad, rows[i].samples, &low, &high);
    check_near("low", low, rows[i].low, 1e-5);
    check_near("high", high, rows[i].high, 1e-5);
  }
  wt_checksum_bounds(0, 0, &low, &high);
  check("without samples", isnan(low) && isnan(high));
  wt_checksum_bounds(3000000, 1000000000, &low, &high);
  check("many", low > 0.0024 && low < 0.003 && high > 0.003 && high < 0.0037);
  check_done();
}

/* They hold the truth at least as often as they say. */
static void test_bounds_hold(void **state)
{
  struct random random = {.state = 99};
  unsigned int held = 0, rounds = 4000;

  (void)state;
  for (unsigned int i = 0; i < rounds; i++) {
    double low, high;

    wt_checksum_bounds(random_draws(&random, 200, 0.02), 200, &low, &high);
    held += low <= 0.02 && 0.02 <= high;
  }
  check("95 %", held >= rounds * 95 / 100);
  check_done();
}

static void test_draw(void **state)
{
  (void)state;
  check_int("one interface", wt_checksum_budget(1), WT_CHECKSUM_BUDGET);
  check_int("some", wt_checksum_budget(10), 16);
  check_int("very many", wt_checksum_budget(100000), 1);
  check_int("none yet", wt_checksum_budget(0), WT_CHECKSUM_BUDGET);
  check_near("down at once", wt_checksum_probability(1, 64000, 64), 0.001, 1e-9);
  check_near("up by halves", wt_checksum_probability(0.001, 10, 64), 0.002, 1e-9);
  check_near("never above 1", wt_checksum_probability(0.9, 10, 64), 1, 1e-9);
  check_near("steady", wt_checksum_probability(0.01, 6400, 64), 0.01, 1e-9);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_verdicts), cmocka_unit_test(test_cause),     cmocka_unit_test(test_unsampled),
      cmocka_unit_test(test_horizon),  cmocka_unit_test(test_bounds),    cmocka_unit_test(test_bounds_hold),
      cmocka_unit_test(test_draw),     cmocka_unit_test(test_beginning),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
