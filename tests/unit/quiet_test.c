/* SPDX-License-Identifier: MIT */
/*
 * An interface that has carried nothing is remembered by a few times. What it reports meanwhile, and from the first
 * frame on, is what a judge and a gap report that were given every one of its readings.
 */
#include <string.h>

#include "check.h"
#include "random.h"

#include "quiet.h"

enum { HORIZON = 300, EACH = 10 /* seconds between two readings */ };

/* The same readings, once to a judge from the beginning and once to a quiet interface that wakes. */
struct world {
  struct wt_judge judge, woken;
  struct wt_gap gap, woken_gap;
  struct wt_quiet quiet;
  struct wt_quiet_reports reports;
  bool awake;
  struct wt_facts facts;
  struct wt_judge_settings settings;
  struct wt_observation reading; /* without gaps */
};

static struct world world; /* it is large */

static void begin(bool tapped, double lag)
{
  memset(&world, 0, sizeof(world));
  world.facts = (struct wt_facts){.direction = WT_RX, .source = WT_SOURCE_TAP, .gro = true, .longest_frame = 1522};
  world.settings =
      (struct wt_judge_settings){.limits = {.tolerance = 0.01, .least_frames = 1000}, .horizon = HORIZON, .lag = lag};
  world.reading =
      (struct wt_observation){.time = 1000, .tapped = tapped, .counter_packets = 77, .counter_octets = 7777};
  world.reading.witness[WT_BY_MAC] = (struct wt_witness_reading){.there = true, .epoch = 3, .octets = WT_UNKNOWN};
  wt_judge_init(&world.judge);
}

static void wake(void)
{
  world.awake = true;
  wt_quiet_judge(&world.quiet, &world.facts, &world.settings, &world.woken);
  wt_quiet_gap(&world.quiet, &world.woken_gap);
}

/* One poll with a budget, as interface_read.c makes it. */
static void fill(struct wt_gap *gap, bool attached, struct wt_observation *reading)
{
  reading->idle = gap->started && !attached;
  if (reading->tapped)
    wt_gap_fill(gap, attached, reading->counter_packets, reading->counter_octets, &reading->before, &reading->after);
  reading->revised = gap->revised;
}

static void poll(bool attached)
{
  struct wt_observation one = world.reading, other = world.reading;

  fill(&world.gap, attached, &one);
  wt_judge_observe(&world.judge, &one, &world.facts, &world.settings, world.reading.time);
  if (!world.awake && wt_quiet_is(&world.quiet, &world.reading)) {
    wt_quiet_read(&world.quiet, &world.reading);
    wt_quiet_fill_gap(&world.quiet, attached);
    wt_quiet_observe(&world.quiet, world.reading.time, HORIZON);
  } else {
    if (!world.awake)
      wake();
    fill(&world.woken_gap, attached, &other);
    wt_judge_observe(&world.woken, &other, &world.facts, &world.settings, world.reading.time);
  }
  world.reading.time += EACH;
}

static void pass(bool attached, unsigned int packets, unsigned int frames)
{
  const struct wt_tally more = {
      .packets = packets,
      .packet_octets = packets * 54 + frames * 1000,
      .frames = frames,
      .frames_low = frames,
      .frames_high = frames,
      .octets = frames * 1054,
      .octets_low = frames * 1054,
      .octets_high = frames * 1054,
      .hidden_tcp = frames - packets,
  };

  if (attached) {
    wt_tally_add(&world.reading.before, &more);
    wt_tally_add(&world.reading.after, &more);
  }
  world.reading.counter_packets += packets;
  world.reading.counter_octets += packets * 54 + frames * 1000;
  world.reading.witness[WT_BY_MAC].frames += frames;
}

static void forget(void)
{
  wt_judge_forget(&world.judge);
  wt_gap_forget(&world.gap);
  if (world.awake) {
    wt_judge_forget(&world.woken);
    wt_gap_forget(&world.woken_gap);
  }
  wt_quiet_forget(&world.quiet);
}

static void restart(void)
{
  forget();
  wt_judge_restart(&world.judge);
  wt_gap_restart(&world.gap);
  if (world.awake) {
    wt_judge_restart(&world.woken);
    wt_gap_restart(&world.woken_gap);
  }
  wt_quiet_restart(&world.quiet);
}

static void same(const char *what)
{
  struct wt_direction_report expected, found;

  memset(&expected, 0, sizeof(expected));
  memset(&found, 0, sizeof(found));
  wt_judge_report(&world.judge, &world.facts, &expected);
  if (world.awake)
    wt_judge_report(&world.woken, &world.facts, &found);
  else
    wt_quiet_report(&world.reports, &world.quiet, &world.facts, &world.settings, &found);
  check_int(what, found.wire.frames, expected.wire.frames);
  check_int(what, found.wire.low, expected.wire.low);
  check_int(what, found.wire.high, expected.wire.high);
  check_int(what, found.wire.octets_high, expected.wire.octets_high);
  check_int(what, found.wire.source, expected.wire.source);
  check_int(what, found.counter.signal.frames, expected.counter.signal.frames);
  check_int(what, found.counter.signal.verdict, expected.counter.signal.verdict);
  check_int(what, found.capture.verdict, expected.capture.verdict);
  check_int(what, found.counter.basis, expected.counter.basis);
  check(what, strcmp(found.counter.signal.reason, expected.counter.signal.reason) == 0);
  /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c): to the octet */
  check(what, memcmp(&found, &expected, sizeof(found)) == 0);
}

static void what_is_reported_of_a_quiet_one(void **state)
{
  (void)state;
  for (int tapped = 0; tapped < 2; tapped++) {
    begin(tapped, 0.1);
    same("before any reading");
    for (int i = 0; i < 100; i++) {
      poll(i % 3 == 0);
      same("while nothing passes");
    }
    forget();
    same("right after a change");
    poll(true);
    same("after a change");
    poll(true);
    same("after a change, later");
    restart();
    same("right after it began anew");
    poll(true);
    same("after it began anew");
    check("it is still quiet", !world.awake);
  }
  check_done();
}

/* Reports are shared by interfaces of which all is the same that they depend on, and by no others. */
static void what_is_shared(void **state)
{
  struct wt_quiet_reports before;

  (void)state;
  for (int tapped = 0; tapped < 2; tapped++) {
    begin(tapped, 0.1);
    for (int i = 0; i < 4 * WT_WITNESS_KINDS; i++) {
      struct wt_witness_reading *witness = &world.reading.witness[i / 4];

      before = world.reports;
      begin(tapped, 0.1);
      world.reports = before;
      witness->there = true;
      witness->frames = i & 1 ? WT_UNKNOWN : 0;
      witness->octets = i & 2 ? WT_UNKNOWN : 0;
      for (int polls = 0; polls < 40; polls++)
        poll(true);
      same("with the reports of others at hand");
    }
  }
  check_done();
}

/* Whatever came before the first frame, and whenever it comes: attached or not, of a device that lags or not. */
static void what_is_reported_from_the_first_frame_on(void **state)
{
  struct random random = {.state = 7};

  (void)state;
  for (int run = 0; run < 400; run++) {
    unsigned int quiet = (unsigned int)random_below(&random, 60), changed = (unsigned int)random_below(&random, 80);

    begin(random_below(&random, 4) != 0, random_below(&random, 2) ? 0.1 : 2);
    for (unsigned int i = 0; i < quiet + 60; i++) {
      bool attached = i == 0 || random_below(&random, 3) != 0;

      if (i == changed)
        forget();
      if (i >= quiet)
        pass(attached, 100 + (unsigned int)random_below(&random, 400), 500 + (unsigned int)random_below(&random, 4000));
      poll(attached);
      same("at every poll");
    }
    check("it has woken", world.awake || !quiet);
  }
  check_done();
}

/* Each of these is something that passed. */
static void what_wakes_it(void **state)
{
  struct wt_observation reading;

  (void)state;
  begin(true, 0.1);
  poll(true);
  check("nothing", wt_quiet_is(&world.quiet, &world.reading));
  reading = world.reading;
  reading.counter_packets++;
  check("a packet that was counted", !wt_quiet_is(&world.quiet, &reading));
  reading = world.reading;
  reading.counter_octets--;
  check("a counter that went back", !wt_quiet_is(&world.quiet, &reading));
  reading = world.reading;
  reading.after.packets = 1;
  check("a packet at the tap", !wt_quiet_is(&world.quiet, &reading));
  reading = world.reading;
  reading.tapped = false;
  check("the end of the tap", !wt_quiet_is(&world.quiet, &reading));
  reading = world.reading;
  reading.witness[WT_BY_MAC].frames = 1;
  check("a frame at the MAC", !wt_quiet_is(&world.quiet, &reading));
  reading = world.reading;
  reading.witness[WT_BY_QUEUE] = (struct wt_witness_reading){.there = true, .frames = WT_UNKNOWN, .octets = 1};
  check("octets in a queue", !wt_quiet_is(&world.quiet, &reading));
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_reported_of_a_quiet_one),
      cmocka_unit_test(what_is_shared),
      cmocka_unit_test(what_is_reported_from_the_first_frame_on),
      cmocka_unit_test(what_wakes_it),
  };

  return cmocka_run_group_tests_name("quiet", tests, NULL, NULL);
}
