/* SPDX-License-Identifier: MIT */
/* What a witness's readings come to, how far it is believed after one window, and what a window takes from it. */
#include "check.h"

#include "divergence.h"
#include "witness.h"

static const struct wt_limits limits = {.tolerance = 0.01, .least_frames = 1000};

/* ---- readings -------------------------------------------------------------------------------------------------- */

static struct wt_witness_window between(const struct wt_witness_reading *from, const struct wt_witness_reading *to)
{
  struct wt_witness_window window;

  wt_witness_between(from, to, from, &window);
  return window;
}

static void readings_have_a_difference_within_an_epoch(void **state)
{
  const uint64_t none = WT_UNKNOWN;
  const struct {
    const char *name;
    uint64_t frames[3], octets[3]; /* three readings; what is asked for is the difference of first and last */
    double want_frames, want_octets;
  } rows[] = {
      {"goes on", {100, 200, 350}, {1000, 2000, 3500}, 250, 2500},
      {"stands still", {100, 100, 100}, {1000, 1000, 1000}, 0, 0},
      {"goes back", {100, 99, 350}, {1000, 2000, 3500}, NAN, NAN},
      {"octets go back", {100, 200, 350}, {1000, 999, 3500}, NAN, NAN},
      {"reset to 0 and on, beyond the first", {100, 0, 350}, {1000, 0, 3500}, NAN, NAN},
      {"without octets", {100, 200, 350}, {none, none, none}, 250, NAN},
      {"without frames", {none, none, none}, {1000, 2000, 3500}, NAN, 2500},
      {"frames unknown at first", {none, 200, 350}, {1000, 2000, 3500}, NAN, 2500},
      {"frames unknown at last", {100, 200, none}, {1000, 2000, 3500}, NAN, 2500},
      {"frames unknown between", {100, none, 350}, {1000, 2000, 3500}, 250, 2500},
      {"frames unknown between, and back", {100, none, 50}, {1000, 2000, 3500}, NAN, 2500},
      {"octets unknown between, and back", {100, 200, 350}, {1000, none, 50}, 250, NAN},
      {"beyond 2^53", {9007199254740993, 9007199254740993, 9007199254740996}, {none, none, none}, 3, NAN},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_witness_reading reading = {0}, first = {0};
    struct wt_witness_window window;

    for (int read = 0; read < 3; read++) {
      wt_witness_read(&reading, rows[i].frames[read], rows[i].octets[read]);
      if (read == 0)
        first = reading;
      check(rows[i].name, reading.there);
    }
    window = between(&first, &reading);
    check_near(rows[i].name, window.frames, rows[i].want_frames, 0);
    check_near(rows[i].name, window.octets, rows[i].want_octets, 0);
  }
  check_done();
}

static void what_was_not_there_has_no_difference(void **state)
{
  struct wt_witness_reading nothing = {0}, one = {0}, two;
  struct wt_witness_window window;

  (void)state;
  window = between(&nothing, &nothing);
  check("never there", isnan(window.frames) && isnan(window.octets) && isnan(window.late));
  wt_witness_read(&one, 100, 1000);
  window = between(&nothing, &one);
  check("appeared", isnan(window.frames) && isnan(window.octets));
  two = one;
  two.there = false;
  window = between(&one, &two);
  check("gone", isnan(window.frames) && isnan(window.octets));
  /* It slept, and its figures were kept. */
  wt_witness_read(&two, 150, 1500);
  window = between(&one, &two);
  check_near("there again", window.frames, 50, 0);
  /* It slept, and was reset meanwhile. */
  two.there = false;
  wt_witness_read(&two, 120, 1500);
  window = between(&one, &two);
  check("reset while it slept", isnan(window.frames));
  check_done();
}

static void what_is_late_passed_since_the_last_certain_reading(void **state)
{
  struct wt_witness_reading from = {0}, certain, to;
  struct wt_witness_window window;

  (void)state;
  wt_witness_read(&from, 100, WT_UNKNOWN);
  certain = from;
  wt_witness_read(&certain, 900, WT_UNKNOWN);
  to = certain;
  wt_witness_read(&to, 1000, WT_UNKNOWN);
  wt_witness_between(&from, &to, &certain, &window);
  check_near("late", window.late, 100, 0);
  wt_witness_between(&from, &to, NULL, &window);
  check_near("all of it may be late", window.late, 900, 0);
  certain.epoch--;
  wt_witness_between(&from, &to, &certain, &window);
  check_near("not known", window.late, NAN, 0);
  check_done();
}

/* ---- belief ---------------------------------------------------------------------------------------------------- */

enum { UNTRIED = WT_UNTRIED, CONSISTENT = WT_CONSISTENT, CONTRARY = WT_CONTRARY };

static const char *trust_name(int trust)
{
  static const char *const names[] = {"untried", "consistent", "contrary"};

  return names[trust];
}

/* A window in which nothing has a witness yet. */
static struct wt_window bare_window(double frames)
{
  struct wt_window window = {
      .packets = frames,
      .packets_low = frames,
      .packets_high = frames,
      .frames = frames,
      .frames_low = frames,
      .frames_high = frames,
      .octets = frames * 1000,
      .packet_octets = frames * 1000,
      .counter = frames,
      .counter_octets = frames * 1000,
      .tapped = true,
  };

  for (int kind = 0; kind < WT_WITNESS_KINDS; kind++)
    window.witness[kind] = (struct wt_witness_window){NAN, NAN, NAN};
  return window;
}

/*
 * Of a million frames a hundredth is 10,000, and 256 may be on their way. So an instrument that has the frames to
 * 10,000 counts the same; one that is further off than 10,256 does not; what is between cannot be told.
 */
static void belief_ends_at_tolerance_and_lag(void **state)
{
  static const struct {
    const char *name;
    double low, high, doubt, bypass, late, early, witness, witness_late;
    int trust;
  } rows[] = {
      {"the same", 1e6, 1e6, 0, 0, 0, 0, 1e6, 0, CONSISTENT},
      {"at the tolerance below", 1e6, 1e6, 0, 0, 0, 0, 990000, 0, CONSISTENT},
      {"at the tolerance above", 1e6, 1e6, 0, 0, 0, 0, 1010000, 0, CONSISTENT},
      {"beyond it below", 1e6, 1e6, 0, 0, 0, 0, 989999, 0, UNTRIED},
      {"beyond it above", 1e6, 1e6, 0, 0, 0, 0, 1010001, 0, UNTRIED},
      {"all that is on its way below", 1e6, 1e6, 0, 0, 0, 0, 989744, 0, UNTRIED},
      {"all that is on its way above", 1e6, 1e6, 0, 0, 0, 0, 1010256, 0, UNTRIED},
      {"beyond that below", 1e6, 1e6, 0, 0, 0, 0, 989743, 0, CONTRARY},
      {"beyond that above", 1e6, 1e6, 0, 0, 0, 0, 1010257, 0, CONTRARY},
      {"nothing at all", 1e6, 1e6, 0, 0, 0, 0, 0, 0, CONTRARY},
      {"twice as many", 1e6, 1e6, 0, 0, 0, 0, 2e6, 0, CONTRARY},

      {"late, within it", 1e6, 1e6, 0, 0, 5000, 0, 984744, 0, UNTRIED},
      {"late, beyond it", 1e6, 1e6, 0, 0, 5000, 0, 984743, 0, CONTRARY},
      {"late, right", 1e6, 1e6, 0, 0, 5000, 0, 1e6, 0, CONSISTENT},
      {"a lag as large as the tolerance", 1e6, 1e6, 0, 0, 9744, 0, 1e6, 0, CONSISTENT},
      {"a lag that would hide it", 1e6, 1e6, 0, 0, 9745, 0, 1e6, 0, UNTRIED},
      {"early, within it", 1e6, 1e6, 0, 0, 0, 5000, 1015256, 0, UNTRIED},
      {"early, beyond it", 1e6, 1e6, 0, 0, 0, 5000, 1015257, 0, CONTRARY},
      {"early, right", 1e6, 1e6, 0, 0, 0, 5000, 1e6, 0, CONSISTENT},
      {"early, enough to hide it", 1e6, 1e6, 0, 0, 0, 9745, 1e6, 0, UNTRIED},
      {"what was before is not known, too many", 1e6, 1e6, 0, 0, 0, INFINITY, 2e6, 0, UNTRIED},
      {"what was before is not known, too few", 1e6, 1e6, 0, 0, 0, INFINITY, 5e5, 0, CONTRARY},
      {"what was before is not known, right", 1e6, 1e6, 0, 0, 0, INFINITY, 1e6, 0, UNTRIED},
      /* What it has too many itself is no excuse for having too many. */
      {"others' frames came last", 1e6, 1e6, 0, 0, 0, 0, 1.5e6, 5e5, CONTRARY},

      {"bounds, at the lower and the tolerance", 950000, 1050000, 0, 0, 0, 0, 940000, 0, CONSISTENT},
      {"bounds, at the upper and the tolerance", 950000, 1050000, 0, 0, 0, 0, 1060000, 0, CONSISTENT},
      {"bounds, below", 950000, 1050000, 0, 0, 0, 0, 939743, 0, CONTRARY},
      {"bounds, above", 950000, 1050000, 0, 0, 0, 0, 1060257, 0, CONTRARY},
      {"bounds, and a doubt beyond them", 950000, 1050000, 3000, 0, 0, 0, 936744, 0, UNTRIED},
      {"bounds, beyond the doubt below", 950000, 1050000, 3000, 0, 0, 0, 936743, 0, CONTRARY},
      {"bounds, beyond the doubt above", 950000, 1050000, 3000, 0, 0, 0, 1063257, 0, CONTRARY},
      {"bounds a fifth apart", 900000, 1100000, 0, 0, 0, 0, 1e6, 0, CONSISTENT},
      {"bounds further apart", 900000, 1100001, 0, 0, 0, 0, 1e6, 0, UNTRIED},
      {"wide bounds, and beyond them", 500000, 1500000, 0, 0, 0, 0, 1510257, 0, CONTRARY},
      {"nothing bounds it from above", 1e6, INFINITY, 0, 0, 0, 0, 1e6, 0, UNTRIED},
      {"nothing bounds it, far too many", 1e6, INFINITY, 0, 0, 0, 0, 1e9, 0, UNTRIED},
      {"nothing bounds it, too few", 1e6, INFINITY, 0, 0, 0, 0, 5e5, 0, CONTRARY},

      {"what passed the tap unseen is in it", 1e6, 1e6, 0, 200000, 0, 0, 1200000, 0, CONSISTENT},
      {"what passed the tap unseen is not", 1e6, 1e6, 0, 200000, 0, 0, 1e6, 0, CONTRARY},
      {"unknown", 1e6, 1e6, 0, 0, 0, 0, NAN, NAN, UNTRIED},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    for (int kind = 0; kind < WT_WITNESS_KINDS; kind++) {
      struct wt_window window = bare_window(1e6);

      window.frames_low = rows[i].low;
      window.frames_high = rows[i].high;
      window.frames_doubt = rows[i].doubt;
      window.bypass = rows[i].bypass;
      window.late = rows[i].late;
      window.early = rows[i].early;
      window.witness[kind].frames = rows[i].witness;
      window.witness[kind].late = rows[i].witness_late;
      /* What passes the tap unseen passes a discipline unseen: it has to have what the tap has, and not more. */
      if (kind == WT_BY_QDISC && rows[i].bypass > 0)
        continue;
      if (kind == WT_BY_MIRROR) /* it may not have fewer: mirror_test.c */
        continue;
      check_text(rows[i].name, trust_name(wt_witness_trust(&window, (enum wt_witness_kind)kind, &limits)),
                 trust_name(rows[i].trust));
    }
  }
  check_done();
}

static void a_discipline_is_compared_with_the_tap_alone(void **state)
{
  struct wt_window window = bare_window(1e6);

  (void)state;
  window.frames_low = window.frames_high = 1e6;
  window.bypass = 200000;
  window.witness[WT_BY_QDISC].late = 0;
  window.witness[WT_BY_QDISC].frames = 1e6;
  check_text("as the tap", trust_name(wt_witness_trust(&window, WT_BY_QDISC, &limits)), trust_name(CONSISTENT));
  window.witness[WT_BY_QDISC].frames = 1200000;
  check_text("with what passed unseen", trust_name(wt_witness_trust(&window, WT_BY_QDISC, &limits)),
             trust_name(CONTRARY));
  check_done();
}

static void few_frames_tell_nothing(void **state)
{
  static const struct {
    double frames, witness;
    int trust;
  } rows[] = {
      {0, 0, UNTRIED},        {999, 999, UNTRIED},     {999, 100000, UNTRIED},
      {1000, 1000, UNTRIED}, /* 256 on their way are more than a hundredth */
      {1000, 1267, CONTRARY}, {25599, 25599, UNTRIED}, {25600, 25600, CONSISTENT},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_window window = bare_window(rows[i].frames);
    char name[32];

    snprintf(name, sizeof(name), "%g of %g", rows[i].witness, rows[i].frames);
    window.witness[WT_BY_MAC].frames = rows[i].witness;
    window.witness[WT_BY_MAC].late = 0;
    check_text(name, trust_name(wt_witness_trust(&window, WT_BY_MAC, &limits)), trust_name(rows[i].trust));
  }
  check_done();
}

/* Without a tap: MAC and queue statistics are put up against each other, a discipline against the counter. */
static void belief_without_a_tap(void **state)
{
  static const struct {
    const char *name;
    double counter, mac, queue, qdisc;
    int trust[WT_WITNESS_KINDS];
  } rows[] = {
      {"nothing but the counter", 1e5, NAN, NAN, NAN, {UNTRIED, UNTRIED, UNTRIED}},
      {"MAC alone", 1e5, 1e5, NAN, NAN, {UNTRIED, UNTRIED, UNTRIED}},
      {"queue alone", 1e5, NAN, 1e5, NAN, {UNTRIED, UNTRIED, UNTRIED}},
      {"both, the same", 5e3, 1e5, 1e5, NAN, {CONSISTENT, UNTRIED, UNTRIED}},
      {"both, another function's in the MAC", 1e5, 2e5, 1e5, NAN, {CONTRARY, UNTRIED, UNTRIED}},
      {"both, fewer in the MAC", 1e5, 5e4, 1e5, NAN, {CONTRARY, UNTRIED, UNTRIED}},
      {"as many left the queue as were counted", 1e5, NAN, NAN, 1e5, {UNTRIED, UNTRIED, UNTRIED}},
      {"more left the queue", 5e3, NAN, NAN, 1e5, {UNTRIED, UNTRIED, UNTRIED}},
      {"fewer left the queue", 1e5, NAN, NAN, 5e4, {UNTRIED, UNTRIED, CONTRARY}},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_window window = bare_window(0);

    window.tapped = false;
    window.early = INFINITY; /* without a tap nothing is known of it */
    window.counter = rows[i].counter;
    window.witness[WT_BY_MAC] = (struct wt_witness_window){rows[i].mac, NAN, 0};
    window.witness[WT_BY_QUEUE] = (struct wt_witness_window){rows[i].queue, NAN, 0};
    window.witness[WT_BY_QDISC] = (struct wt_witness_window){rows[i].qdisc, NAN, 0};
    for (int kind = 0; kind < WT_WITNESS_KINDS; kind++)
      check_text(rows[i].name, trust_name(wt_witness_trust(&window, (enum wt_witness_kind)kind, &limits)),
                 trust_name(rows[i].trust[kind]));
  }
  check_done();
}

/* ---- the best source ------------------------------------------------------------------------------------------- */

/* By the order of the sources: mac, queue, tap, qdisc, sample, counter; whatever is there and can be believed. */
static enum wt_source best_by_order(int method, const int trust[WT_WITNESS_KINDS], const bool known[WT_WITNESS_KINDS])
{
  bool tapped = method != WT_METHOD_NONE;

  if (trust[WT_BY_MAC] == CONSISTENT && known[WT_BY_MAC])
    return WT_SOURCE_MAC;
  if (trust[WT_BY_QUEUE] == CONSISTENT && known[WT_BY_QUEUE])
    return WT_SOURCE_QUEUE;
  if (method == WT_METHOD_EXACT)
    return WT_SOURCE_TAP;
  /* Without a tap a discipline cannot be tried, only contradicted. */
  if (known[WT_BY_QDISC] && (trust[WT_BY_QDISC] == CONSISTENT || (!tapped && trust[WT_BY_QDISC] == UNTRIED)))
    return WT_SOURCE_QDISC;
  return tapped ? WT_SOURCE_SAMPLE : WT_SOURCE_COUNTER;
}

static void the_best_source_is_believed(void **state)
{
  (void)state;
  for (int bits = 0; bits < 3 * 27 * 8; bits++) {
    const int trust[WT_WITNESS_KINDS] = {bits / 3 % 3, bits / 9 % 3, bits / 27 % 3};
    const bool known[WT_WITNESS_KINDS] = {bits / 81 & 1, bits / 81 & 2, bits / 81 & 4};
    enum wt_trust given[WT_WITNESS_KINDS];
    struct wt_window window = bare_window(1e6);
    int method = bits % 3;
    char name[96];

    snprintf(name, sizeof(name), "method %d, mac %s%s, queue %s%s, qdisc %s%s", method, trust_name(trust[0]),
             known[0] ? "" : " (unknown)", trust_name(trust[1]), known[1] ? "" : " (unknown)", trust_name(trust[2]),
             known[2] ? "" : " (unknown)");
    window.tapped = method != WT_METHOD_NONE;
    for (int kind = 0; kind < WT_WITNESS_KINDS; kind++) {
      given[kind] = (enum wt_trust)trust[kind];
      window.witness[kind].frames = known[kind] ? 1e6 : NAN;
    }
    check_text(name, wt_source_name(wt_witness_best(&window, given, method == WT_METHOD_EXACT)),
               wt_source_name(best_by_order(method, trust, known)));
  }
  check_done();
}

/* ---- what is taken --------------------------------------------------------------------------------------------- */

static void a_witness_gives_frames_and_bounds(void **state)
{
  struct wt_window window = bare_window(90000);

  (void)state;
  /* Exact, and 10,000 passed unseen that the MAC has: it takes their place. */
  window.bypass = 10000;
  window.bypass_octets = 1e7;
  window.witness[WT_BY_MAC] = (struct wt_witness_window){100000, NAN, 300};
  wt_witness_use(&window, WT_BY_MAC);
  check("witnessed", window.witnessed);
  check_near("frames", window.frames, 100000, 0);
  check_near("low", window.frames_low, 100000 - 256 - 300, 0);
  check_near("high", window.frames_high, 100000 + 256 + 300, 0);
  check_near("late", window.late, 300, 0);
  check_near("bypass", window.bypass, 0, 0);
  check_near("octets are the tap's", window.octets, 9e7, 0);

  /* Without a tap a discipline is a lower bound and nothing more. */
  window = bare_window(0);
  window.tapped = false;
  window.counter = 5000;
  window.octets_slack = 77;
  window.witness[WT_BY_QDISC] = (struct wt_witness_window){100000, 1e8, 300};
  wt_witness_use(&window, WT_BY_QDISC);
  check_near("frames", window.frames, 100000, 0);
  check_near("low", window.frames_low, 100000 - 256 - 300, 0);
  check("nothing bounds it from above", isinf(window.frames_high));
  check_near("octets", window.octets, 1e8, 0);
  check_near("slack", window.octets_slack, 0, 0);

  /* Beside samples: what a discipline did not count may be as much as the samples allow for. */
  window = bare_window(100000);
  window.frames_low = 95000;
  window.frames_high = 107000;
  window.witness[WT_BY_QDISC] = (struct wt_witness_window){101000, 1e8, 0};
  wt_witness_use(&window, WT_BY_QDISC);
  check_near("low", window.frames_low, 101000 - 256, 0);
  check_near("high", window.frames_high, 107000, 0);

  /* A figure below nothing is nothing; a lag that is not known is all of it. */
  window = bare_window(0);
  window.tapped = false;
  window.witness[WT_BY_MAC] = (struct wt_witness_window){100, NAN, NAN};
  wt_witness_use(&window, WT_BY_MAC);
  check_near("low", window.frames_low, 0, 0);
  check_near("high", window.frames_high, 100 + 256 + 100, 0);
  check_done();
}

/* ---- disagreement ---------------------------------------------------------------------------------------------- */

static void what_contradicts_is_said(void **state)
{
  static const struct {
    const char *name;
    int trust[WT_WITNESS_KINDS];
    double witness[WT_WITNESS_KINDS];
    bool tapped;
    const char *text;
  } rows[] = {
      {"none", {UNTRIED, CONSISTENT, UNTRIED}, {5, 5, 5}, true, ""},
      {"mac",
       {CONTRARY, CONSISTENT, UNTRIED},
       {2e6, 1e6, 1e6},
       true,
       "mac counted 2000000 frames where tap counted 1000000"},
      {"queue",
       {CONSISTENT, CONTRARY, UNTRIED},
       {1e6, 5, 1e6},
       true,
       "queue counted 5 frames where tap counted 1000000"},
      {"qdisc",
       {CONSISTENT, UNTRIED, CONTRARY},
       {1e6, 1e6, 0},
       true,
       "qdisc counted 0 frames where tap counted 1000000"},
      {"the best one first",
       {CONTRARY, CONTRARY, CONTRARY},
       {1, 2, 3},
       true,
       "mac counted 1 frames where tap counted 1000000"},
      {"mac and queue without a tap",
       {CONTRARY, UNTRIED, UNTRIED},
       {2e6, 1e6, NAN},
       false,
       "mac counted 2000000 frames where queue counted 1000000"},
      {"qdisc without a tap",
       {UNTRIED, UNTRIED, CONTRARY},
       {NAN, NAN, 7},
       false,
       "qdisc counted 7 frames where counter counted 1000000"},
      {"queue without a tap", {UNTRIED, CONTRARY, UNTRIED}, {1e6, 5, NAN}, false, ""},
      /* What is not known now is no number. */
      {"gone", {CONTRARY, UNTRIED, UNTRIED}, {NAN, NAN, NAN}, true, ""},
      {"gone, beside another",
       {CONTRARY, UNTRIED, CONTRARY},
       {NAN, NAN, 9},
       true,
       "qdisc counted 9 frames where tap counted 1000000"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_window window = bare_window(1e6);
    enum wt_trust trust[WT_WITNESS_KINDS];
    char text[128] = "something old";

    window.tapped = rows[i].tapped;
    for (int kind = 0; kind < WT_WITNESS_KINDS; kind++) {
      trust[kind] = (enum wt_trust)rows[i].trust[kind];
      window.witness[kind].frames = rows[i].witness[kind];
    }
    wt_witness_disagreement(&window, trust, text, sizeof(text));
    check_text(rows[i].name, text, rows[i].text);
  }
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(readings_have_a_difference_within_an_epoch),
      cmocka_unit_test(what_was_not_there_has_no_difference),
      cmocka_unit_test(what_is_late_passed_since_the_last_certain_reading),
      cmocka_unit_test(belief_ends_at_tolerance_and_lag),
      cmocka_unit_test(a_discipline_is_compared_with_the_tap_alone),
      cmocka_unit_test(few_frames_tell_nothing),
      cmocka_unit_test(belief_without_a_tap),
      cmocka_unit_test(the_best_source_is_believed),
      cmocka_unit_test(a_witness_gives_frames_and_bounds),
      cmocka_unit_test(what_contradicts_is_said),
  };

  return cmocka_run_group_tests_name("witness", tests, NULL, NULL);
}
