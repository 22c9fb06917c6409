/* SPDX-License-Identifier: MIT */
/* What passed while the tap was detached: the estimate, its bounds, and how often they hold the truth. */
#include "check.h"
#include "random.h"

#include "budget.h"
#include "gap.h"
#include "wiretruth.h"

/* A device that counts packets, and a tap that sees them while it is attached. */
struct world {
  struct wt_gap gap;
  struct wt_tally tap;   /* what the tap has counted */
  struct wt_tally truth; /* what it would have, always attached */
  uint64_t counter_packets, counter_octets;
  struct wt_tally before, after; /* as filled */
};

static void count(struct wt_tally *tally, uint64_t packets, uint64_t frames)
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
      .vlan_out_of_band = packets / 2,
      .tagged_frames = frames / 2,
  };

  wt_tally_add(tally, &more);
}

static void pass(struct world *world, bool attached, uint64_t packets, uint64_t frames)
{
  count(&world->truth, packets, frames);
  if (attached)
    count(&world->tap, packets, frames);
  world->counter_packets += packets;
  world->counter_octets += packets * 54 + frames * 1000;
}

static void read_all(struct world *world, bool attached)
{
  world->before = world->after = world->tap;
  wt_gap_fill(&world->gap, attached, world->counter_packets, world->counter_octets, &world->before, &world->after);
}

static void begin(struct world *world)
{
  *world = (struct world){.counter_packets = 1000000, .counter_octets = 5000000};
  read_all(world, true);
}

static void always_attached_nothing_is_filled(void **state)
{
  struct world world;

  (void)state;
  begin(&world);
  for (int i = 0; i < 40; i++) {
    pass(&world, true, 100 + i, 4000 - i);
    read_all(&world, true);
    check_int("the tap's own figures", world.after.frames, world.truth.frames);
    check_int("the tap's own figures", world.after.octets_high, world.truth.octets_high);
    check("the tap's own figures", !world.after.estimated && world.after.frames_variance == 0);
  }
  check_done();
}

static void a_steady_ratio_is_filled_in_without_doubt(void **state)
{
  struct wt_tally zero = {0};
  struct world world;
  struct wt_span span;

  (void)state;
  begin(&world);
  for (int i = 0; i < 100; i++) {
    bool attached = i % 5 == 0;

    pass(&world, attached, 100, 4000);
    read_all(&world, attached);
    check_int("packets", world.after.packets, world.truth.packets);
    check_int("frames", world.after.frames, world.truth.frames);
    check_int("octets", world.after.octets, world.truth.octets);
    check_int("packet octets", world.after.packet_octets, world.truth.packet_octets);
    check_int("hidden", world.after.hidden_tcp, world.truth.hidden_tcp);
    check_int("tags", world.after.vlan_out_of_band, world.truth.vlan_out_of_band);
    check("estimated", world.after.estimated == (i > 0));
    wt_tally_span(&zero, &world.after, &span);
    /* The eighth attached interval is the 36th. */
    check("bounds from above", isinf(span.frames_high) == (i > 0 && i < 35));
    if (i >= 35)
      check_near("no variance, no doubt", span.frames_high - span.frames_low, 0, 1e-6);
  }
  check_done();
}

static void what_passes_while_it_is_attached_anew_counts_once(void **state)
{
  struct world world;

  (void)state;
  begin(&world);
  pass(&world, true, 100, 4000);
  read_all(&world, true);
  pass(&world, false, 200, 8000);
  pass(&world, true, 8, 320); /* between attaching and reading */
  read_all(&world, false);
  check_int("frames", world.after.frames, world.truth.frames);
  pass(&world, true, 50, 2000);
  read_all(&world, true);
  check_int("frames, attached again", world.after.frames, world.truth.frames);
  check_int("tags", world.after.vlan_out_of_band, world.truth.vlan_out_of_band);
  check_done();
}

/* While it is learned what a packet stands for, earlier gaps are estimated anew: then, and only then, it is said. */
static void estimates_that_are_corrected_are_told(void **state)
{
  struct world world;
  int told = 0;

  (void)state;
  begin(&world);
  for (int i = 0; i < 60; i++) {
    bool attached = i % 3 == 0;

    pass(&world, attached, 100, i < 2 ? 100 : 2000);
    read_all(&world, attached);
    check("not while it is detached", attached || !world.gap.revised);
    check("not once it is learned", i <= 3 * WT_GAP_LEAST || !world.gap.revised);
    told += world.gap.revised;
  }
  check("when it was corrected", told > 0);
  begin(&world);
  for (int i = 0; i < 60; i++) {
    pass(&world, i % 3 == 0, 100, 2000);
    read_all(&world, i % 3 == 0);
    check("not of a steady ratio", !world.gap.revised);
  }
  check_done();
}

static void a_reading_that_takes_time_stays_one(void **state)
{
  struct world world;

  (void)state;
  begin(&world);
  pass(&world, true, 100, 4000);
  world.before = world.tap;
  pass(&world, true, 5, 200);
  world.after = world.tap;
  wt_gap_fill(&world.gap, true, world.counter_packets, world.counter_octets, &world.before, &world.after);
  check_int("before", world.before.frames, 4000);
  check_int("after", world.after.frames, 4200);
  check_done();
}

static void nothing_is_known_yet(void **state)
{
  struct wt_tally zero = {0};
  struct world world;
  struct wt_span span;

  (void)state;
  begin(&world);
  pass(&world, false, 100, 4000);
  read_all(&world, false);
  check_int("a counted unit is one frame at the least", world.after.frames, 100);
  check_int("hidden TCP", world.after.hidden_tcp, 0);
  check_int("hidden UDP", world.after.hidden_udp, 0);
  check_int("tagged packets", world.after.vlan_out_of_band, 0);
  check_int("tagged frames", world.after.tagged_frames, 0);
  wt_tally_span(&zero, &world.after, &span);
  check("nothing bounds it", isinf(span.frames_high) && isinf(span.octets_high));
  /* The first interval with the tap tells what the others stood for. */
  pass(&world, true, 100, 4000);
  read_all(&world, true);
  check_int("learned", world.after.frames, 8000);
  check_done();
}

/* Longest: a frame of 1,054 octets; shortest: one of 34. */
static void begin_on_ethernet(struct world *world)
{
  begin(world);
  world->gap.longest = 1054;
  world->gap.shortest = 34;
}

static void check_holds(const struct world *world, const char *what)
{
  struct wt_tally zero = {0};
  struct wt_span span;

  wt_tally_span(&zero, &world->after, &span);
  check(what, span.frames_low <= (double)world->truth.frames && (double)world->truth.frames <= span.frames_high);
  check(what, span.octets_low <= (double)world->truth.octets && (double)world->truth.octets <= span.octets_high);
  check(what, span.frames_low <= span.frames && span.frames <= span.frames_high);
}

static void few_intervals_bound_nothing_from_below_but_what_was_counted(void **state)
{
  struct world world;

  (void)state;
  begin_on_ethernet(&world);
  pass(&world, true, 100, 4000);
  read_all(&world, true);
  pass(&world, false, 1000, 1000);
  read_all(&world, false);
  check_holds(&world, "the gap was of single frames");
  check_done();
}

/* Whatever an interval with the tap was like, a gap may be unlike all of them. */
static void a_gap_unlike_the_intervals_is_told_by_its_octets(void **state)
{
  static const struct {
    const char *what;
    uint64_t packets, frames, gap_packets, gap_frames;
  } rows[] = {
      {"single frames, then merged ones", 1000, 1000, 1000, 40000},
      {"merged frames, then single ones", 100, 4000, 10000, 10000},
      {"merged frames, then more merged ones", 100, 400, 100, 6400},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct world world;

    begin_on_ethernet(&world);
    for (int interval = 0; interval < 10; interval++) {
      pass(&world, true, rows[i].packets, rows[i].frames);
      read_all(&world, true);
    }
    pass(&world, false, rows[i].gap_packets, rows[i].gap_frames);
    read_all(&world, false);
    check_holds(&world, rows[i].what);
    pass(&world, true, rows[i].packets, rows[i].frames);
    read_all(&world, true);
    check_holds(&world, rows[i].what);
  }
  check_done();
}

/* What only octets tell of may be of any protocol, and what cannot have been is of none. */
static void frames_that_octets_tell_of_have_no_protocol(void **state)
{
  struct world world;

  (void)state;
  begin_on_ethernet(&world);
  pass(&world, false, 100, 4000);
  read_all(&world, false);
  check("frames", world.after.frames > 3700 && world.after.frames <= 4000);
  check_int("without anything learned", world.after.hidden_unknown, world.after.frames - 100);
  check_int("hidden TCP", world.after.hidden_tcp, 0);
  pass(&world, true, 100, 4000);
  read_all(&world, true);
  check_int("with an interval", world.after.hidden_unknown, 0);
  check_int("hidden TCP", world.after.hidden_tcp, world.truth.hidden_tcp);

  begin_on_ethernet(&world);
  pass(&world, true, 100, 200);
  read_all(&world, true);
  pass(&world, false, 100, 4000);
  read_all(&world, false);
  check_int("as learned", world.after.hidden_tcp, 200);
  check_int("beyond it", world.after.hidden_unknown, world.after.frames - 2 * 200);

  begin_on_ethernet(&world);
  world.gap.shortest = 1000;
  pass(&world, true, 100, 4000);
  read_all(&world, true);
  pass(&world, false, 10000, 10000);
  read_all(&world, false);
  check("frames that cannot have been", world.after.frames < 4000 + 2 * 10000);
  check_int("hidden TCP", world.after.hidden_tcp, world.after.frames - world.after.packets);
  check_int("hidden of any protocol", world.after.hidden_unknown, 0);
  check_done();
}

/* A device may receive frames that are longer than its MTU. */
static void a_gap_of_longer_frames_may_be_one(void **state)
{
  struct world world;

  (void)state;
  begin_on_ethernet(&world);
  world.gap.receives = true;
  world.gap.longest = 500;
  for (int interval = 0; interval < 10; interval++) {
    const struct wt_tally small = {.packets = 1000,
                                   .frames = 1000,
                                   .frames_low = 1000,
                                   .frames_high = 1000,
                                   .packet_octets = 60000,
                                   .octets = 60000,
                                   .octets_low = 60000,
                                   .octets_high = 60000};

    wt_tally_add(&world.tap, &small);
    wt_tally_add(&world.truth, &small);
    world.counter_packets += 1000;
    world.counter_octets += 60000;
    read_all(&world, true);
  }
  pass(&world, false, 1000, 1000);
  read_all(&world, false);
  check_holds(&world, "long frames");
  check_done();
}

static void a_quiet_gap_leaves_no_doubt(void **state)
{
  struct wt_tally zero = {0};
  struct world world;
  struct wt_span span;

  (void)state;
  begin(&world);
  pass(&world, true, 100, 4000);
  read_all(&world, true);
  read_all(&world, false);
  wt_tally_span(&zero, &world.after, &span);
  check_near("frames", span.frames, 4000, 0);
  check_near("bounded", span.frames_high, 4000, 0);
  check_done();
}

/* The one interval that tells what a packet stands for is not forgotten for those that tell nothing. */
static void idle_intervals_take_nothing_back(void **state)
{
  struct wt_tally zero = {0};
  struct world world;
  struct wt_span span;

  (void)state;
  begin(&world);
  pass(&world, true, 100, 4000);
  read_all(&world, true);
  pass(&world, false, 100, 4000);
  read_all(&world, false);
  for (int i = 0; i < 2 * WT_GAP_LEARNED; i++) {
    pass(&world, true, i % 2, i % 2);
    read_all(&world, true);
    check("as learned", fabs((double)world.after.frames - (double)world.truth.frames) <= 400);
    wt_tally_span(&zero, &world.after, &span);
    check("and nothing bounds it", isinf(span.frames_high));
  }
  check_done();
}

static void a_counter_that_goes_back_is_no_gap(void **state)
{
  struct world world;

  (void)state;
  begin(&world);
  pass(&world, true, 100, 4000);
  read_all(&world, true);
  world.counter_packets = world.counter_octets = 0;
  read_all(&world, false);
  check_int("nothing is added", world.after.frames, 4000);
  pass(&world, true, 10, 400);
  read_all(&world, true);
  check_int("and nothing is lost", world.after.frames, 4400);
  check_done();
}

static void what_was_filled_stays_when_the_device_changes(void **state)
{
  struct world world;

  (void)state;
  begin(&world);
  pass(&world, true, 100, 4000);
  read_all(&world, true);
  pass(&world, false, 100, 4000);
  read_all(&world, false);
  wt_gap_forget(&world.gap);
  pass(&world, true, 4000, 4000);
  read_all(&world, true);
  check_int("frames", world.after.frames, 12000);
  pass(&world, false, 1000, 1000);
  read_all(&world, false);
  check_int("by what was learned since", world.after.frames, 13000);
  wt_gap_restart(&world.gap);
  world.counter_packets += 500;
  read_all(&world, true);
  check_int("no delta reaches across", world.after.frames, 13000);
  check_done();
}

/* ---- simulation ------------------------------------------------------------------------------------------------ */

/* One window: traffic whose rate and segments per packet vary from interval to interval. */
static bool holds(struct random *random, unsigned int period, double spread, double *width)
{
  struct world world;
  struct wt_span span;
  double truth;
  struct wt_tally from;

  begin(&world);
  for (unsigned int i = 0; i < 9 * period; i++) { /* what comes before the window: the bounds are settled */
    bool attached = i % period == 0;
    uint64_t packets = 500 + random_below(random, 1000);
    double segments = 20 + spread * (random_unit(random) + random_unit(random) - 1);

    pass(&world, attached, packets, (uint64_t)((double)packets * segments));
    read_all(&world, attached);
  }
  read_all(&world, true);
  from = world.after;
  truth = -(double)world.truth.frames;
  for (unsigned int i = 0; i < 12 * period; i++) {
    bool attached = i % period == 0;
    uint64_t packets = 500 + random_below(random, 1000);
    double segments = 20 + spread * (random_unit(random) + random_unit(random) - 1);

    pass(&world, attached, packets, (uint64_t)((double)packets * segments));
    read_all(&world, attached);
  }
  pass(&world, true, 1, 20);
  read_all(&world, true);
  truth += (double)world.truth.frames;
  wt_tally_span(&from, &world.after, &span);
  *width += (span.frames_high - span.frames_low) / truth;
  return truth >= span.frames_low && truth <= span.frames_high;
}

/* Traffic that begins after next to nothing has passed, and the first gap that it has. */
static bool holds_at_first(struct random *random, uint64_t trickle, unsigned int busy)
{
  const unsigned int period = 4;
  struct wt_tally zero = {0};
  struct world world;
  struct wt_span span;

  begin(&world);
  for (unsigned int i = 0; i < 10; i++) {
    pass(&world, true, trickle, trickle);
    read_all(&world, true);
  }
  for (unsigned int i = 0; i < busy * period; i++) {
    bool attached = i % period == 0;
    uint64_t packets = 500 + random_below(random, 1000);
    double segments = 20 + 10 * (random_unit(random) + random_unit(random) - 1);

    pass(&world, attached, packets, (uint64_t)((double)packets * segments));
    read_all(&world, attached);
  }
  pass(&world, true, 1000, 20000);
  read_all(&world, true);
  wt_tally_span(&zero, &world.after, &span);
  return span.frames_low <= (double)world.truth.frames && (double)world.truth.frames <= span.frames_high;
}

/* Idle intervals count, but what they say of a packet is nothing, or next to it. */
static void bounds_hold_what_begins_after_a_quiet_time(void **state)
{
  enum { WINDOWS = 2000 };
  static const struct {
    const char *what;
    uint64_t trickle;
    unsigned int busy;
  } rows[] = {
      {"nothing, and one interval", 0, 1},      {"a packet, and one interval", 1, 1},
      {"ten packets, and one interval", 10, 1}, {"nothing, and two intervals", 0, 2},
      {"a packet, and two intervals", 1, 2},    {"nothing, and four intervals", 0, 4},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct random random = {97};
    unsigned int held = 0;

    for (unsigned int window = 0; window < WINDOWS; window++)
      held += holds_at_first(&random, rows[i].trickle, rows[i].busy);
    print_message("# %s: %.2f %% of %d windows within bounds\n", rows[i].what, 100.0 * held / WINDOWS, WINDOWS);
    check(rows[i].what, held >= 0.95 * WINDOWS);
  }
  check_done();
}

static void bounds_hold_the_truth(void **state)
{
  static const struct {
    const char *what;
    unsigned int period;
    double spread;
  } rows[] = {
      {"every second interval, a little spread", 2, 2},
      {"every fourth interval", 4, 8},
      {"every 16th interval, wide spread", 16, 15},
  };
  enum { WINDOWS = 5000 };
  struct random random = {.state = 20260101};

  (void)state;
  for (size_t row = 0; row < CHECK_COUNT(rows); row++) {
    unsigned int held = 0;
    double width = 0;

    for (int window = 0; window < WINDOWS; window++)
      held += holds(&random, rows[row].period, rows[row].spread, &width);
    print_message("# %s: %.2f %% of %d windows within bounds of %.2f %% mean width\n", rows[row].what,
                  100.0 * held / WINDOWS, WINDOWS, 100 * width / WINDOWS);
    check(rows[row].what, held >= 0.94 * WINDOWS);
    check("no wider than they must be", held <= 0.995 * WINDOWS);
  }
  check_done();
}

/* ---- budget ---------------------------------------------------------------------------------------------------- */

static void the_period_keeps_to_the_budget(void **state)
{
  static const struct {
    double packets, budget;
    unsigned int period;
  } rows[] = {
      {0, 0.02, 1},    {1000, 0.02, 1}, {33000, 0.02, 1},    {34000, 0.02, 2}, {1000000, 0.02, 30},
      {1e9, 0.02, 64}, {1, 0.00001, 1}, {1000, 0.00001, 60}, {1000000, 1, 1},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++)
    check_int("period", wt_budget_period(rows[i].packets, rows[i].budget), rows[i].period);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(always_attached_nothing_is_filled),
      cmocka_unit_test(a_steady_ratio_is_filled_in_without_doubt),
      cmocka_unit_test(what_passes_while_it_is_attached_anew_counts_once),
      cmocka_unit_test(estimates_that_are_corrected_are_told),
      cmocka_unit_test(a_reading_that_takes_time_stays_one),
      cmocka_unit_test(nothing_is_known_yet),
      cmocka_unit_test(few_intervals_bound_nothing_from_below_but_what_was_counted),
      cmocka_unit_test(a_gap_unlike_the_intervals_is_told_by_its_octets),
      cmocka_unit_test(frames_that_octets_tell_of_have_no_protocol),
      cmocka_unit_test(a_gap_of_longer_frames_may_be_one),
      cmocka_unit_test(a_quiet_gap_leaves_no_doubt),
      cmocka_unit_test(idle_intervals_take_nothing_back),
      cmocka_unit_test(a_counter_that_goes_back_is_no_gap),
      cmocka_unit_test(what_was_filled_stays_when_the_device_changes),
      cmocka_unit_test(bounds_hold_the_truth),
      cmocka_unit_test(bounds_hold_what_begins_after_a_quiet_time),
      cmocka_unit_test(the_period_keeps_to_the_budget),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
