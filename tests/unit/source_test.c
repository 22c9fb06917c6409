/* SPDX-License-Identifier: MIT */
/*
 * Where the frames come from while witnesses come, lag, err and go: the source, totals and their bounds over thousands
 * of polls of made-up traffic, of which the test knows every frame.
 */
#include "check.h"

#include "judge.h"
#include "random.h"

enum { FRAME = 1514, HEADERS = 66 }; /* octets: a full TCP frame, and the part of it that cutting repeats */
enum { TICKS = 10, BEFORE = 100, LONGEST = 100000 }; /* a second; ticks before a run begins; of a run */

static const double epoch = 1.7e9; /* Unix time at which a run begins */

/* ---- a road ---------------------------------------------------------------------------------------------------- */

/* What has passed until each tick, cumulative. */
struct road {
  uint64_t frames[LONGEST + 1], packets[LONGEST + 1]; /* of this interface */
  uint64_t unseen[LONGEST + 1]; /* of this interface, that pass the tap unseen, of one frame each */
  uint64_t others[LONGEST + 1]; /* of other functions of the port */
};

struct rates {
  double busy, quiet;      /* mean seconds */
  double slowest, fastest; /* frames a second while busy, chosen anew each time */
  uint64_t merged;         /* frames a packet, at the most */
};

static const struct rates steady = {1e9, 0, 10000, 10000, 1};
static const struct rates varying = {20, 0, 2000, 20000, 20};
static const struct rates bursts = {5, 60, 1000, 100000, 20};

static struct road road; /* too large for a stack */

static void pave(const struct rates *rates, struct random *random)
{
  double left = 0, rate = 0;
  uint64_t each = 1;
  bool busy = false;

  memset(&road, 0, sizeof(road));
  for (int tick = 0; tick < LONGEST; tick++) {
    uint64_t packets;

    if (left <= 0) {
      busy = !busy || rates->quiet <= 0;
      left = -log(random_unit(random)) * (busy ? rates->busy : rates->quiet);
      rate = busy ? rates->slowest * pow(rates->fastest / rates->slowest, random_unit(random)) : 0;
      each = 1 + random_below(random, rates->merged);
    }
    left -= 1.0 / TICKS;
    packets = (uint64_t)(rate / TICKS / (double)each + random_unit(random));
    road.packets[tick + 1] = road.packets[tick] + packets;
    road.frames[tick + 1] = road.frames[tick] + packets * each;
  }
}

/* Other functions send that share of the rate of this one, from a tick on. */
static void pave_others(int from, double share, struct random *random)
{
  for (int tick = 0; tick < LONGEST; tick++) {
    double more = tick < from ? 0 : share * (double)(road.frames[tick + 1] - road.frames[tick]);

    road.others[tick + 1] = road.others[tick] + (uint64_t)(more > 0 ? more + random_unit(random) : 0);
  }
}

/* ---- a lane ---------------------------------------------------------------------------------------------------- */

/* As of when an instrument's figure is, read at a tick. */
enum lag { NO_LAG, EACH_SECOND, ONE_READ_LATE, BOTH, LAGS };

static const char *const lag_names[LAGS] = {"no lag", "refreshed each second", "one read late",
                                            "refreshed each second, one read late"};

static int stands_at(enum lag lag, int tick, int last_read)
{
  if (lag == ONE_READ_LATE || lag == BOTH)
    tick = last_read;
  return lag == EACH_SECOND || lag == BOTH ? (tick - 3) / TICKS * TICKS + 3 : tick;
}

/* One interface and direction under test, at a place on the road. */
struct lane {
  struct wt_judge judge;
  struct wt_facts facts;
  struct wt_judge_settings settings;
  struct wt_observation now;
  int tick, last_read, begin;
  enum lag lag; /* of the MAC and of the counter */
  bool by_packet, counted_late;
  bool has_mac, has_queue, has_qdisc;
  struct wt_witness_reading reading[WT_WITNESS_KINDS];
  uint64_t mac_offset, queue_offset, qdisc_offset; /* taken off since resets */
  uint64_t untrusted;                              /* frames that a discipline does not count */
  bool accepted;
  struct wt_direction_report report;
  uint64_t most; /* reported so far */
};

static void open_lane(struct lane *lane, enum wt_direction direction, double horizon, double lag)
{
  *lane = (struct lane){
      .facts = {.direction = direction, .source = WT_SOURCE_TAP},
      .settings = {.limits = {.tolerance = 0.01, .least_frames = 1000}, .horizon = horizon, .lag = lag},
      .now = {.tapped = true},
      .tick = BEFORE,
      .last_read = BEFORE - TICKS,
      .begin = BEFORE,
  };
  wt_judge_init(&lane->judge);
}

static void fill_tap(struct wt_tally *tally, uint64_t packets, uint64_t frames)
{
  uint64_t octets = frames * FRAME;

  *tally = (struct wt_tally){.packets = packets,
                             .packet_octets = octets - (frames - packets) * HEADERS,
                             .frames = frames,
                             .frames_low = frames,
                             .frames_high = frames,
                             .octets = octets,
                             .octets_low = octets,
                             .octets_high = octets,
                             .hidden_tcp = frames - packets};
}

static void read_witness(struct lane *lane, enum wt_witness_kind kind, bool there, uint64_t frames, uint64_t octets)
{
  if (there)
    wt_witness_read(&lane->reading[kind], frames, octets);
  else
    lane->reading[kind].there = false;
}

/* The frames of this interface that passed since the lane was opened. */
static uint64_t truth(const struct lane *lane)
{
  return road.frames[lane->last_read] + road.unseen[lane->last_read] - road.frames[lane->begin] -
         road.unseen[lane->begin];
}

static void check_bounds(const char *row, struct lane *lane)
{
  const struct wt_wire *wire = &lane->report.wire;

  check(row, wire->frames >= lane->most);
  check(row, wire->low <= wire->frames && wire->frames <= wire->high);
  check(row, wire->octets_low <= wire->octets && wire->octets <= wire->octets_high);
  lane->most = wire->frames;
}

static void judge_lane(struct lane *lane)
{
  lane->now.time = lane->tick / (double)TICKS;
  memcpy(lane->now.witness, lane->reading, sizeof(lane->now.witness));
  lane->accepted = wt_judge_observe(&lane->judge, &lane->now, &lane->facts, &lane->settings, epoch + lane->now.time);
  wt_judge_report(&lane->judge, &lane->facts, &lane->report);
  lane->last_read = lane->tick;
}

/* Reads everything as it stands, and goes on so many ticks. */
static void poll_and_go(struct lane *lane, int ticks)
{
  int tick = lane->tick, late = stands_at(lane->lag, tick, lane->last_read);
  int counted = lane->counted_late ? late : tick;
  uint64_t frames = road.frames[counted] + road.unseen[counted], packets = road.packets[counted] + road.unseen[counted];

  if (lane->facts.source == WT_SOURCE_TAP)
    fill_tap(&lane->now.after, road.packets[tick], road.frames[tick]);
  lane->now.before = lane->now.after;
  lane->now.counter_packets = lane->by_packet ? packets : frames;
  lane->now.counter_octets = frames * FRAME - (lane->by_packet ? (frames - packets) * HEADERS : 0);
  frames = road.frames[late] + road.unseen[late] + road.others[late];
  read_witness(lane, WT_BY_MAC, lane->has_mac, frames - lane->mac_offset, WT_UNKNOWN);
  frames = road.frames[tick] + road.unseen[tick];
  read_witness(lane, WT_BY_QUEUE, lane->has_queue, frames - lane->queue_offset, (frames - lane->queue_offset) * FRAME);
  frames = road.frames[tick] - lane->qdisc_offset;
  read_witness(lane, WT_BY_QDISC, lane->has_qdisc, frames - lane->untrusted, frames * FRAME);
  judge_lane(lane);
  lane->tick += ticks;
}

static enum wt_source source_of(const struct lane *lane)
{
  return lane->report.wire.source;
}

/* ---- a MAC of one function ------------------------------------------------------------------------------------- */

/* Without a lag every source counts the same, so that a total is right to the frame whichever it comes from. */
static void totals_are_right_over_changes_of_source(void **state)
{
  int changes = 0;

  (void)state;
  for (uint64_t seed = 1; seed <= 4; seed++) {
    struct random random = {seed};
    enum wt_source last = WT_SOURCE_NONE;
    struct lane lane;
    char name[64];

    pave(&varying, &random);
    open_lane(&lane, WT_RX, 30, 0.1);
    lane.has_mac = lane.has_queue = true;
    for (int poll = 0; poll < 9000; poll++) {
      uint64_t event = random_below(&random, 100);

      if (event == 0)
        lane.has_mac = !lane.has_mac;
      else if (event == 1)
        lane.has_queue = !lane.has_queue;
      else if (event == 2 && lane.has_mac && road.frames[lane.last_read] > lane.mac_offset)
        lane.mac_offset = road.frames[lane.tick]; /* the device was reset, and it had counted */
      else if (event == 3 && lane.has_queue && road.frames[lane.last_read] > lane.queue_offset)
        lane.queue_offset = road.frames[lane.tick];
      else if (event == 4)
        wt_judge_forget(&lane.judge);
      poll_and_go(&lane, TICKS);
      snprintf(name, sizeof(name), "seed %d, poll %d, %s", (int)seed, poll, wt_source_name(source_of(&lane)));
      check_int(name, lane.report.wire.frames, truth(&lane));
      check_int(name, lane.report.wire.octets, truth(&lane) * FRAME);
      check(name, lane.report.wire.low <= truth(&lane) && truth(&lane) <= lane.report.wire.high);
      check_bounds(name, &lane);
      check_text(name, lane.report.wire.disagreement, "");
      changes += source_of(&lane) != last;
      last = source_of(&lane);
    }
  }
  check("it changed", changes > 200);
  check_done();
}

/*
 * What came of a run with a MAC: a lag is a doubt, of no more than what passes in it, each time that the source
 * changes; and the bounds say so.
 */
static void watch_mac(const struct rates *rates, const char *kind, bool believed)
{
  for (int lag = 0; lag < LAGS; lag++) {
    for (int interval = TICKS; interval <= 10 * TICKS; interval *= 10) {
      struct random random = {(uint64_t)(lag + interval)};
      int polls = LONGEST / interval - 2 * BEFORE / TICKS, by_mac = 0;
      struct lane lane;
      char name[128];

      if (lag == BOTH && interval > TICKS)
        continue; /* more than the 2 s, or one poll, that a figure may be behind */
      pave(rates, &random);
      open_lane(&lane, WT_RX, 300, 2.0);
      lane.lag = (enum lag)lag;
      lane.has_mac = true;
      for (int poll = 0; poll < polls; poll++) {
        poll_and_go(&lane, interval);
        snprintf(name, sizeof(name), "%s, %s, every %d s, poll %d, %s", kind, lag_names[lag], interval / TICKS, poll,
                 wt_source_name(source_of(&lane)));
        check(name, lane.report.wire.low <= truth(&lane));
        check(name, truth(&lane) <= lane.report.wire.high);
        check_bounds(name, &lane);
        check_text(name, lane.report.wire.disagreement, "");
        if (source_of(&lane) == WT_SOURCE_TAP && !by_mac)
          check_int(name, lane.report.wire.frames, truth(&lane));
        by_mac += source_of(&lane) == WT_SOURCE_MAC;
      }
      if (believed)
        check(name, by_mac > polls / 2);
    }
  }
}

static void a_mac_is_believed_and_its_lag_is_in_the_bounds(void **state)
{
  (void)state;
  watch_mac(&steady, "steady", true);
  watch_mac(&varying, "varying", false);
  watch_mac(&bursts, "bursts", false);
  check_done();
}

/* A burst that the MAC has not shown at the first reading shows up after it: that is no other function's. */
static void a_burst_before_the_first_reading_is_no_disagreement(void **state)
{
  struct random random = {1};
  struct lane lane;

  (void)state;
  pave(&steady, &random);
  for (int tick = BEFORE - 5; tick <= LONGEST; tick++)
    road.frames[tick] += 100000, road.packets[tick] += 100000;
  open_lane(&lane, WT_RX, 300, 2.0);
  lane.lag = EACH_SECOND;
  lane.has_mac = true;
  for (int poll = 0; poll < 1000; poll++) {
    poll_and_go(&lane, TICKS);
    check_text("disagreement", lane.report.wire.disagreement, "");
  }
  check_text("source", wt_source_name(source_of(&lane)), "mac");
  check_done();
}

/* A register of 32 bits goes round each few minutes: it is compared within each round. */
static void a_mac_that_wraps_is_compared_all_the_same(void **state)
{
  static const char *const names[] = {"one function", "two functions", "two functions, one quiet at first"};

  for (int other = 0; other < 3; other++) {
    struct random random = {7};
    int by_mac = 0;
    struct lane lane;

    (void)state;
    pave(&steady, &random);
    if (other)
      pave_others(other == 1 ? 0 : 2500 * TICKS, 0.1, &random);
    open_lane(&lane, WT_RX, 300, 2.0);
    lane.has_mac = true;
    for (int poll = 0; poll < 5000; poll++) {
      if (poll % 280 == 279)
        lane.mac_offset = road.frames[lane.tick] + road.others[lane.tick];
      poll_and_go(&lane, TICKS);
      by_mac += source_of(&lane) == WT_SOURCE_MAC;
      check_bounds(names[other], &lane);
    }
    if (other == 0)
      check(names[other], by_mac > 2500);
    if (other == 1)
      check_int(names[other], by_mac, 0);
    if (other == 2)
      check(names[other], by_mac > 1000 && by_mac < 2700);
    if (other)
      check_contains(names[other], lane.report.wire.disagreement, "mac counted");
  }
  check_done();
}

/* ---- a MAC of several functions -------------------------------------------------------------------------------- */

/* It has others' frames too: twice the tolerance and more is never believed, at any time. */
static void a_mac_of_several_functions_is_never_believed(void **state)
{
  static const struct {
    const char *name;
    const struct rates *rates;
  } rows[] = {{"steady", &steady}, {"varying", &varying}, {"bursts", &bursts}};
  static const double shares[] = {0.03, 0.1, 1, 30};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    for (size_t share = 0; share < CHECK_COUNT(shares); share++) {
      for (int interval = TICKS; interval <= 10 * TICKS; interval *= 10) {
        struct random random = {i + share};
        struct lane lane;
        char name[96];
        int polls = LONGEST / interval - 2 * BEFORE / TICKS;

        pave(rows[i].rates, &random);
        pave_others(0, shares[share], &random);
        open_lane(&lane, WT_RX, 300, 2.0);
        lane.has_mac = true;
        lane.lag = share % 2 ? BOTH : NO_LAG;
        for (int poll = 0; poll < polls; poll++) {
          poll_and_go(&lane, interval);
          snprintf(name, sizeof(name), "%s, others %g, every %d s, poll %d", rows[i].name, shares[share],
                   interval / TICKS, poll);
          check_text(name, wt_source_name(source_of(&lane)), "tap");
          check_int(name, lane.report.wire.frames, truth(&lane));
          check_bounds(name, &lane);
        }
        check_contains(name, lane.report.wire.disagreement, "mac counted");
      }
    }
  }
  check_done();
}

/* Its other functions are quiet at first. Then belief is withdrawn, and no more than theirs until then was added. */
static void belief_in_a_mac_is_withdrawn(void **state)
{
  static const double shares[] = {0.03, 0.1, 0.5, 1, 3, 30};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(shares); i++) {
    for (int interval = TICKS; interval <= 10 * TICKS; interval *= 10) {
      const int from = LONGEST / 2;
      struct random random = {i};
      uint64_t added = 0;
      int noticed = 0;
      double seconds, late, within;
      struct lane lane;
      char name[96];

      pave(&steady, &random);
      pave_others(from, shares[i], &random);
      open_lane(&lane, WT_RX, 300, 2.0);
      lane.has_mac = true;
      while (lane.tick < LONGEST - 2 * BEFORE) {
        poll_and_go(&lane, interval);
        snprintf(name, sizeof(name), "others %g, every %d s, at %d s, %s", shares[i], interval / TICKS,
                 (lane.last_read - from) / TICKS, wt_source_name(source_of(&lane)));
        if (lane.last_read == from || (lane.last_read < from && lane.tick > from))
          check_text(name, wt_source_name(source_of(&lane)), "mac");
        if (lane.last_read > from && source_of(&lane) == WT_SOURCE_MAC)
          check_int(name, noticed, 0); /* once */
        if (lane.last_read > from && source_of(&lane) != WT_SOURCE_MAC && !noticed)
          noticed = lane.last_read;
        if (!noticed)
          added = road.others[lane.last_read];
        check(name, lane.report.wire.frames >= truth(&lane) && lane.report.wire.frames - truth(&lane) <= added);
        check(name, lane.report.wire.low <= truth(&lane));
        check_bounds(name, &lane);
      }
      check(name, noticed);
      check_contains(name, lane.report.wire.disagreement, "mac counted");
      /*
       * They come to more than the tolerance of the window, and of what is late at its end: a hundredth of 330 s, and
       * an interval or what is at least 2 s old of this one's frames. Where such a window is too short for that, they
       * outgrow the tolerance of twelve such.
       */
      seconds = (noticed - from) / (double)TICKS;
      late = fmax(interval / (double)TICKS, 3);
      within = shares[i] * 300 > 3.3 + late ? (3.3 + late) / shares[i] : (36 + late) / (shares[i] - 0.01);
      check(name, seconds <= within + 3 * interval / (double)TICKS);
    }
  }
  check_done();
}

/* It is gone, or asleep: what was found is held, and is no figure of now. */
static void a_disagreement_is_held_without_the_witness(void **state)
{
  struct random random = {1};
  struct lane lane;
  char said[sizeof(lane.report.wire.disagreement)];

  (void)state;
  pave(&steady, &random);
  pave_others(0, 1, &random);
  open_lane(&lane, WT_RX, 30, 0.1);
  lane.has_mac = true;
  for (int poll = 0; poll < 100; poll++)
    poll_and_go(&lane, TICKS);
  check_contains("there", lane.report.wire.disagreement, "mac counted");
  lane.has_mac = false;
  snprintf(said, sizeof(said), "%s", lane.report.wire.disagreement);
  for (int poll = 0; poll < 10; poll++) {
    poll_and_go(&lane, TICKS);
    check_text("gone", lane.report.wire.disagreement, said);
  }
  wt_judge_forget(&lane.judge);
  poll_and_go(&lane, TICKS);
  check_text("forgotten", lane.report.wire.disagreement, "");
  check_done();
}

/* ---- disciplines ----------------------------------------------------------------------------------------------- */

/* A guest's packets, of untrusted GSO, are nothing to a discipline. */
static void a_discipline_with_untrusted_packets_is_reported(void **state)
{
  struct random random = {1};
  struct lane lane;

  (void)state;
  pave(&varying, &random);
  open_lane(&lane, WT_TX, 30, 0.1);
  lane.has_qdisc = true;
  for (int poll = 0; poll < 500; poll++) {
    poll_and_go(&lane, TICKS);
    check_text("right", lane.report.wire.disagreement, "");
    check_text("source", wt_source_name(source_of(&lane)), "tap");
  }
  for (int poll = 0; poll < 500; poll++) {
    lane.untrusted += (road.frames[lane.tick] - road.frames[lane.last_read]) / 4;
    poll_and_go(&lane, TICKS);
    check_text("source", wt_source_name(source_of(&lane)), "tap");
    check_int("frames", lane.report.wire.frames, truth(&lane));
  }
  check_contains("a quarter missing", lane.report.wire.disagreement, "qdisc counted");
  check_contains("a quarter missing", lane.report.wire.disagreement, "where tap counted");
  check_done();
}

/* Adds what has passed since the last poll as an estimate from random packets would. */
static void draw_samples(struct lane *lane, struct random *random)
{
  const double probability = 1.0 / 64;
  struct wt_tally *tally = &lane->now.after;
  uint64_t packets = road.packets[lane->tick] - road.packets[lane->last_read];
  uint64_t frames = road.frames[lane->tick] - road.frames[lane->last_read];
  double drawn = (double)random_draws(random, packets, probability);
  double each = packets ? (double)frames / (double)packets : 1;
  double error = drawn * (1 - probability) / (probability * probability);
  uint64_t found = (uint64_t)(drawn / probability * each);

  tally->packets += (uint64_t)(drawn / probability);
  tally->frames += found;
  tally->frames_low += found;
  tally->frames_high += found;
  tally->octets += found * FRAME;
  tally->octets_low += found * FRAME;
  tally->octets_high += found * FRAME;
  tally->packet_octets += found * FRAME - (found - (uint64_t)(drawn / probability)) * HEADERS;
  tally->hidden_tcp += found - (uint64_t)(drawn / probability);
  tally->packets_variance += error;
  tally->frames_variance += error * each * each;
  tally->frames_high_variance = tally->frames_variance;
  tally->hidden_variance += error * (each - 1) * (each - 1);
  tally->hidden_high_variance = tally->hidden_variance;
  tally->octets_variance += error * each * each * FRAME * FRAME;
  tally->unseen = 3 / probability;
  tally->unseen_octets = 3 / probability * FRAME;
  tally->estimated = true;
}

/* Beside samples a discipline is the better source: what it adds is right to the frame, and its coming and going loses
 * none. */
static void a_discipline_takes_over_from_samples(void **state)
{
  struct random random = {3};
  int queued = 0, changes = 0;
  enum wt_source last = WT_SOURCE_NONE;
  uint64_t last_total = 0, last_truth = 0;
  struct lane lane;

  (void)state;
  pave(&steady, &random);
  open_lane(&lane, WT_TX, 60, 0.1);
  lane.facts.source = WT_SOURCE_SAMPLE;
  lane.has_qdisc = true;
  lane.last_read = lane.tick;
  for (int poll = 0; poll < 9000; poll++) {
    if (random_below(&random, 100) == 0)
      lane.has_qdisc = !lane.has_qdisc;
    if (random_below(&random, 500) == 0 && lane.has_qdisc && road.frames[lane.last_read] > lane.qdisc_offset)
      lane.qdisc_offset = road.frames[lane.tick];
    draw_samples(&lane, &random);
    poll_and_go(&lane, TICKS);
    check_bounds("bounds", &lane);
    check_text("disagreement", lane.report.wire.disagreement, "");
    if (source_of(&lane) == WT_SOURCE_QDISC && last == WT_SOURCE_QDISC)
      check_int("added", lane.report.wire.frames - last_total, truth(&lane) - last_truth);
    queued += source_of(&lane) == WT_SOURCE_QDISC;
    changes += source_of(&lane) != last;
    last = source_of(&lane);
    last_total = lane.report.wire.frames;
    last_truth = truth(&lane);
  }
  check("it was the source", queued > 3000);
  check("it changed", changes > 40);
  check("low", lane.report.wire.low <= truth(&lane));
  check("high", truth(&lane) <= lane.report.wire.high);
  check_done();
}

/* Samples err, and a witness does not: that is no accusation of the capture, and tells no basis. */
static void sampling_errors_beside_a_witness_accuse_nobody(void **state)
{
  /* While it is quiet nothing is late, which would explain a difference as well. */
  static const struct rates plain = {5, 5, 10000, 10000, 1};
  static const bool qdisc[] = {false, true};
  int accused = 0, told = 0, witnessed = 0;

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(qdisc); i++) {
    for (uint64_t seed = 1; seed <= 10; seed++) {
      struct random random = {seed};
      struct lane lane;

      pave(&plain, &random);
      open_lane(&lane, WT_TX, 20, 0.1);
      lane.facts.source = WT_SOURCE_SAMPLE;
      lane.has_qdisc = qdisc[i];
      lane.has_mac = !qdisc[i];
      lane.last_read = lane.tick;
      for (int poll = 0; poll < 1000; poll++) {
        draw_samples(&lane, &random);
        poll_and_go(&lane, TICKS);
        accused += lane.report.capture.verdict == WT_VERDICT_UNDER_REPORTS;
        told += lane.report.counter.basis != WT_BASIS_UNDETERMINED;
        witnessed += source_of(&lane) == WT_SOURCE_QDISC || source_of(&lane) == WT_SOURCE_MAC;
      }
    }
  }
  check("a witness was the source", witnessed > 10000);
  check_int("accused", accused, 0);
  check_int("told a basis", told, 0);
  check_done();
}

/* ---- without a tap --------------------------------------------------------------------------------------------- */

static void open_untapped(struct lane *lane, enum wt_direction direction)
{
  open_lane(lane, direction, 30, 0.1);
  lane->facts.source = WT_SOURCE_SAMPLE;
  lane->now.tapped = false;
}

/* A discipline counts what leaves it; without one there is the counter. Nothing is lost, nothing goes back. */
static void a_discipline_comes_and_goes_without_a_tap(void **state)
{
  for (int by_packet = 0; by_packet < 2; by_packet++) {
    struct random random = {5};
    uint64_t last_total = 0, last_frames = 0, last_packets = 0;
    enum wt_source last = WT_SOURCE_NONE;
    int changes = 0;
    struct lane lane;

    (void)state;
    pave(&varying, &random);
    open_untapped(&lane, WT_TX);
    lane.by_packet = by_packet;
    lane.has_qdisc = true;
    for (int poll = 0; poll < 9000; poll++) {
      uint64_t event = random_below(&random, 200);
      const char *name = by_packet ? "a counter of packets" : "a counter of frames";

      if (event == 0)
        lane.has_qdisc = !lane.has_qdisc;
      if (event == 1 && lane.has_qdisc && road.frames[lane.last_read] > lane.qdisc_offset)
        lane.qdisc_offset = road.frames[lane.tick];
      poll_and_go(&lane, TICKS);
      check_bounds(name, &lane);
      check(name, lane.report.wire.low <= truth(&lane));
      check(name, lane.report.wire.high >= truth(&lane));
      check_text(name, lane.report.wire.disagreement, "");
      check(name, lane.report.counter.signal.verdict != WT_VERDICT_AGREES);
      check(name, lane.report.counter.signal.verdict != WT_VERDICT_OVER_REPORTS);
      if (poll && source_of(&lane) == WT_SOURCE_QDISC)
        check_int(name, lane.report.wire.frames - last_total, road.frames[lane.last_read] - last_frames);
      if (poll && source_of(&lane) == WT_SOURCE_COUNTER)
        check_int(name, lane.report.wire.frames - last_total,
                  by_packet ? road.packets[lane.last_read] - last_packets : road.frames[lane.last_read] - last_frames);
      changes += source_of(&lane) != last;
      last = source_of(&lane);
      last_total = lane.report.wire.frames;
      last_frames = road.frames[lane.last_read];
      last_packets = road.packets[lane.last_read];
    }
    check("it changed", changes > 40);
  }
  check_done();
}

/* What left the discipline, put up against what the counter says. */
static void verdicts_from_a_discipline_alone(void **state)
{
  static const struct {
    const char *name;
    uint64_t qdisc, qdisc_octets, counter, counter_octets; /* a second */
    const char *verdict, *reason, *source;
  } rows[] = {
      {"as many", 10000, 10000 * FRAME, 10000, 10000 * FRAME, "unknown", "is the least", "qdisc"},
      {"TSO: packets of 40 frames were counted", 10000, 10000 * FRAME, 250, 10000 * FRAME - 9750 * HEADERS,
       "under-reports", "", "qdisc"},
      {"TSO, octets with the replicated headers", 10000, 10000 * FRAME, 250, 10000 * FRAME, "under-reports", "",
       "qdisc"},
      {"TSO, octets without Ethernet header", 10000, 10000 * FRAME, 250, 10000 * FRAME - 9750 * HEADERS - 250 * 14,
       "under-reports", "", "qdisc"},
      {"TSO of two frames", 10000, 10000 * FRAME, 5000, 10000 * FRAME - 5000 * HEADERS, "under-reports", "", "qdisc"},
      {"half was dropped by the driver", 10000, 10000 * FRAME, 5000, 5000 * FRAME, "unknown", "dropped", "qdisc"},
      {"all but a few was dropped by the driver", 10000, 10000 * FRAME, 250, 250 * FRAME, "unknown", "dropped",
       "qdisc"},
      {"TSO, and half was dropped", 10000, 10000 * FRAME, 125, 5000 * FRAME - 4875 * HEADERS, "unknown", "dropped",
       "qdisc"},
      {"short frames: octets do not tell", 10000, 10000 * 100, 5000, 5000 * 100, "unknown", "dropped", "qdisc"},
      {"a tenth more was counted, past the discipline", 10000, 10000 * FRAME, 11000, 11000 * FRAME, "unknown", "",
       "counter"},
      {"a guest's, none of it counted by the discipline", 0, 10000 * FRAME, 250, 10000 * FRAME - 9750 * HEADERS,
       "unknown", "", "counter"},
      {"within the tolerance", 10000, 10000 * FRAME, 9950, 9950 * FRAME, "unknown", "", "qdisc"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct lane lane;

    open_untapped(&lane, WT_TX);
    for (int poll = 0; poll < 100; poll++) {
      const struct wt_signal *counter = &lane.report.counter.signal;

      read_witness(&lane, WT_BY_QDISC, true, lane.reading[WT_BY_QDISC].frames + rows[i].qdisc,
                   lane.reading[WT_BY_QDISC].octets + rows[i].qdisc_octets);
      lane.now.counter_packets += rows[i].counter;
      lane.now.counter_octets += rows[i].counter_octets;
      judge_lane(&lane);
      lane.tick += TICKS;
      check(rows[i].name, counter->verdict != WT_VERDICT_AGREES);
      check(rows[i].name, lane.report.capture.verdict == WT_VERDICT_UNKNOWN);
      if (poll < 50)
        continue;
      check_text(rows[i].name, wt_verdict_name(counter->verdict), rows[i].verdict);
      check_contains(rows[i].name, counter->reason, rows[i].reason);
      check_text(rows[i].name, wt_source_name(source_of(&lane)), rows[i].source);
    }
  }
  check_done();
}

/* MAC and queue statistics agree with each other: then frames are theirs, though nothing was captured. */
static void a_mac_is_a_source_beside_the_queues(void **state)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct random random = {6};
    uint64_t before = 0, octets = 0, passed = 0;
    struct lane lane;

    (void)state;
    pave(&varying, &random);
    open_untapped(&lane, (enum wt_direction)direction);
    lane.by_packet = true;
    lane.has_mac = lane.has_queue = true;
    for (int poll = 0; poll < 200; poll++) {
      poll_and_go(&lane, TICKS);
      check_bounds("bounds", &lane);
      if (source_of(&lane) != WT_SOURCE_MAC) {
        before = lane.report.wire.frames;
        octets = lane.report.wire.octets;
        passed = truth(&lane);
      }
      check("more than the counter cannot tell", lane.report.counter.signal.verdict == WT_VERDICT_UNKNOWN ||
                                                     lane.report.counter.signal.verdict == WT_VERDICT_UNDER_REPORTS);
    }
    check_text("source", wt_source_name(source_of(&lane)), "mac");
    check("believed early", passed < truth(&lane) / 2);
    check_int("frames are the MAC's", lane.report.wire.frames - before, truth(&lane) - passed);
    check_int("octets are the queues'", lane.report.wire.octets - octets, (truth(&lane) - passed) * FRAME);
  }
  check_done();
}

/* ---- past the tap ---------------------------------------------------------------------------------------------- */

/* A MAC has what passes the tap unseen: its frames are no guess then, and the counter can be judged. */
static void a_mac_confirms_what_passed_unseen(void **state)
{
  static const struct {
    const char *name;
    uint64_t packets, frames, unseen; /* a tick */
    const char *cause;
  } rows[] = {
      {"none merged, most unseen", 100, 100, 900, "bypass"},
      {"none merged, as many unseen", 500, 500, 500, "bypass"},
      {"merged, and more unseen", 100, 200, 900, "bypass"},
      {"more merged than unseen", 50, 1000, 100, "tso"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct lane lane;

    memset(&road, 0, sizeof(road));
    for (int tick = 0; tick < LONGEST; tick++) {
      road.packets[tick + 1] = road.packets[tick] + rows[i].packets;
      road.frames[tick + 1] = road.frames[tick] + rows[i].frames;
      road.unseen[tick + 1] = road.unseen[tick] + rows[i].unseen;
    }
    open_lane(&lane, WT_TX, 300, 0.1);
    lane.has_mac = true;
    for (int poll = 0; poll < 1000; poll++) {
      poll_and_go(&lane, TICKS);
      check_bounds(rows[i].name, &lane);
      check(rows[i].name, lane.report.counter.signal.verdict != WT_VERDICT_UNDER_REPORTS);
      check(rows[i].name, lane.report.counter.signal.verdict != WT_VERDICT_OVER_REPORTS);
      /* What was unseen tells nothing of how packets are counted: the tap's have to. */
      if (rows[i].packets == rows[i].frames)
        check_text(rows[i].name, wt_basis_name(lane.report.counter.basis), "undetermined");
      check_int(rows[i].name, lane.report.wire.frames, truth(&lane));
    }
    check_text(rows[i].name, wt_source_name(source_of(&lane)), "mac");
    check_text(rows[i].name, wt_verdict_name(lane.report.counter.signal.verdict), "agrees");
    check_text(rows[i].name, wt_verdict_name(lane.report.capture.verdict), "under-reports");
    check_text(rows[i].name, wt_cause_name(lane.report.cause), rows[i].cause);
    check(rows[i].name, lane.report.counter.octet_verdict != WT_VERDICT_UNDER_REPORTS);
  }
  check_done();
}

/* ---- basis ----------------------------------------------------------------------------------------------------- */

/* One poll of a lane that is moved by hand. */
static void pass(struct lane *lane, uint64_t packets, uint64_t frames, uint64_t counted)
{
  uint64_t all_packets = lane->now.after.packets + packets, all_frames = lane->now.after.frames + frames;

  fill_tap(&lane->now.after, all_packets, all_frames);
  lane->now.before = lane->now.after;
  lane->now.counter_packets += counted;
  lane->now.counter_octets += frames * FRAME;
  judge_lane(lane);
  lane->tick += TICKS;
}

static void check_basis(const char *row, const struct lane *lane, const char *basis, unsigned int windows)
{
  check_text(row, wt_basis_name(lane->report.counter.basis), basis);
  check_int(row, lane->report.counter.basis_windows, windows);
}

enum { PACKETS = 1000, FRAMES = 20000, SOME = 10000 }; /* of one window, and a counter that has neither of them */

/*
 * A window of merged traffic of its own. What passed in the poll before may still be on its way to the counter, so that
 * a counter that has fewer than frames tells its basis only at the second poll, in which nothing passes; one of frames
 * tells it at both.
 */
static void pass_window(struct lane *lane, uint64_t counted)
{
  pass(lane, PACKETS, FRAMES, counted);
  pass(lane, 0, 0, 0);
}

static void open_for_basis(struct lane *lane)
{
  open_lane(lane, WT_TX, 0.5, 0.1);
  pass(lane, 0, 0, 0);
  check_basis("at first", lane, "undetermined", 0);
}

static void a_basis_that_is_not_firm_gives_way(void **state)
{
  struct lane lane;

  (void)state;
  for (unsigned int windows = 1; windows < 3; windows++) {
    open_for_basis(&lane);
    for (unsigned int i = 1; i <= windows; i++) {
      pass_window(&lane, SOME);
      check_basis("at first", &lane, "mixed", i);
    }
    pass_window(&lane, PACKETS);
    check_basis("another one", &lane, "packet", 1);
    for (unsigned int i = 2; i <= 5; i++) {
      pass_window(&lane, PACKETS);
      check_basis("and again", &lane, "packet", i);
    }
  }
  check_done();
}

static void a_firm_basis_takes_three_windows_to_overturn(void **state)
{
  struct lane lane;

  (void)state;
  open_for_basis(&lane);
  for (unsigned int i = 1; i <= 3; i++)
    pass_window(&lane, SOME);
  check_basis("firm", &lane, "mixed", 3);
  pass_window(&lane, PACKETS);
  check_basis("contrary once", &lane, "mixed", 3);
  pass(&lane, FRAMES, FRAMES, FRAMES);
  pass(&lane, FRAMES, FRAMES, FRAMES);
  pass(&lane, 0, 0, 0);
  check_basis("nothing merged", &lane, "mixed", 3);
  for (int i = 0; i < 1000; i++)
    pass(&lane, 10, 10, 10);
  check_basis("a quiet day", &lane, "mixed", 3);
  pass(&lane, 0, 0, 0);
  pass(&lane, 0, 0, 0);
  pass_window(&lane, PACKETS);
  check_basis("contrary twice", &lane, "mixed", 3);
  pass_window(&lane, SOME);
  check_basis("as before", &lane, "mixed", 4);
  pass_window(&lane, PACKETS);
  pass_window(&lane, PACKETS);
  check_basis("contrary twice again", &lane, "mixed", 4);
  /* Two of one kind and two of another are not three of a kind. */
  pass_window(&lane, FRAMES);
  check_basis("contrary in another way", &lane, "mixed", 4);
  pass_window(&lane, PACKETS);
  pass_window(&lane, PACKETS);
  check_basis("contrary twice once more", &lane, "mixed", 4);
  pass_window(&lane, PACKETS);
  check_basis("contrary three times", &lane, "packet", 3);
  check_done();
}

static void a_basis_goes_with_what_was_learned(void **state)
{
  struct lane lane;

  (void)state;
  open_for_basis(&lane);
  for (unsigned int i = 1; i <= 4; i++)
    pass_window(&lane, PACKETS);
  check_basis("firm", &lane, "packet", 4);
  wt_judge_restart(&lane.judge);
  pass(&lane, 0, 0, 0);
  check_basis("readings start anew", &lane, "packet", 4);
  pass_window(&lane, SOME);
  check_basis("still firm", &lane, "packet", 4);
  wt_judge_forget(&lane.judge);
  pass(&lane, 0, 0, 0);
  check_basis("forgotten", &lane, "undetermined", 0);
  pass_window(&lane, SOME);
  check_basis("anew", &lane, "mixed", 1);
  check_done();
}

/* ---- idle ------------------------------------------------------------------------------------------------------ */

/* While the tap is detached its figures follow from the counter: they add up, and decide nothing. */
static void what_is_estimated_decides_nothing(void **state)
{
  unsigned int windows;
  double decided, since;
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_TX, 5, 0.1);
  pass(&lane, 0, 0, 0);
  for (int poll = 0; poll < 10; poll++)
    pass(&lane, 500, 20000, 500);
  windows = lane.report.counter.basis_windows;
  decided = lane.report.counter.signal.decided_at;
  since = lane.report.counter.signal.since;
  check_text("before", wt_verdict_name(lane.report.counter.signal.verdict), "under-reports");
  check_near("before", decided, epoch + lane.now.time, 0);
  lane.now.idle = true;
  for (int poll = 0; poll < 1000; poll++) {
    pass(&lane, 20000, 20000, 20000);
    check_text("idle", wt_verdict_name(lane.report.counter.signal.verdict), "under-reports");
    check_text("idle", wt_verdict_name(lane.report.capture.verdict), "under-reports");
    check_text("idle", wt_cause_name(lane.report.cause), "tso");
    check_near("idle", lane.report.counter.signal.decided_at, decided, 0);
    check_near("idle", lane.report.counter.signal.since, since, 0);
    check_basis("idle", &lane, "packet", windows);
    check_int("idle", lane.report.wire.frames, 200000 + (poll + 1) * 20000);
    check_int("idle", lane.report.counter.signal.frames, 5000 + (poll + 1) * 20000);
    check_int("idle", lane.judge.bypass_frames, 0);
  }
  lane.now.idle = false;
  pass(&lane, 20000, 20000, 20000);
  check_near("attached", lane.report.counter.signal.decided_at, epoch + lane.now.time, 0);

  /* From the very first: nothing was decided yet, and nothing is. */
  open_lane(&lane, WT_TX, 5, 0.1);
  pass(&lane, 0, 0, 0);
  lane.now.idle = true;
  for (int poll = 0; poll < 100; poll++)
    pass(&lane, 500, 20000, 500);
  check_text("never attached", wt_verdict_name(lane.report.counter.signal.verdict), "unknown");
  check_near("never attached", lane.report.counter.signal.decided_at, NAN, 0);
  check_int("never attached", lane.report.wire.frames, 2000000);
  /* The counter runs away from what was estimated: no unseen traffic follows from that. */
  for (int poll = 0; poll < 100; poll++)
    pass(&lane, 500, 500, 20000);
  check_int("never attached", lane.judge.bypass_frames, 0);
  check_done();
}

/* Before enough intervals with the tap are known a gap leaves the window without an upper bound. */
static void a_gap_that_nothing_bounds_takes_nothing_back(void **state)
{
  struct lane lane;
  double decided;

  (void)state;
  open_lane(&lane, WT_TX, 300, 0.1);
  pass(&lane, 0, 0, 0);
  pass(&lane, 20000, 20000, 20000);
  check_text("before the gap", wt_verdict_name(lane.report.counter.signal.verdict), "agrees");
  decided = lane.report.counter.signal.decided_at;
  for (int poll = 0; poll < 10; poll++) {
    lane.now.idle = poll % 2 == 0;
    fill_tap(&lane.now.after, lane.now.after.packets + 20000, lane.now.after.frames + 20000);
    lane.now.after.lost = 1;
    lane.now.before = lane.now.after;
    lane.now.counter_packets += 20000;
    lane.now.counter_octets += 20000 * FRAME;
    judge_lane(&lane);
    lane.tick += TICKS;
    check_text("over the gap", wt_verdict_name(lane.report.counter.signal.verdict), "agrees");
    check_text("over the gap", wt_verdict_name(lane.report.capture.verdict), "agrees");
    check_near("held, with its age", lane.report.counter.signal.decided_at, decided, 0);
  }
  check_done();
}

/* Gaps whose estimate is bounded, but so widely that the window allows no verdict. Samples are in doubt for themselves:
 * of them the same is no reason to hold anything. */
static void gaps_in_doubt_take_nothing_back(void **state)
{
  static const enum wt_source sources[] = {WT_SOURCE_TAP, WT_SOURCE_SAMPLE};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(sources); i++) {
    bool held = sources[i] == WT_SOURCE_TAP;
    struct lane lane;
    double decided;

    open_lane(&lane, WT_TX, 300, 0.1);
    lane.facts.source = sources[i];
    pass(&lane, 0, 0, 0);
    for (int poll = 0; poll < 5; poll++)
      pass(&lane, 500, 20000, 500);
    decided = lane.report.counter.signal.decided_at;
    for (int poll = 1; poll <= 10; poll++) {
      lane.now.idle = poll % 2 == 1;
      fill_tap(&lane.now.after, lane.now.after.packets + 500, lane.now.after.frames + 20000);
      lane.now.after.frames_variance = poll * 50000.0 * 50000;
      lane.now.before = lane.now.after;
      lane.now.counter_packets += 500;
      lane.now.counter_octets += 500 * FRAME;
      judge_lane(&lane);
      lane.tick += TICKS;
    }
    check_text("the verdict", wt_verdict_name(lane.report.counter.signal.verdict), held ? "under-reports" : "unknown");
    check("and its age", (lane.report.counter.signal.decided_at == decided) == held);
  }
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(totals_are_right_over_changes_of_source),
      cmocka_unit_test(a_mac_is_believed_and_its_lag_is_in_the_bounds),
      cmocka_unit_test(a_burst_before_the_first_reading_is_no_disagreement),
      cmocka_unit_test(a_mac_that_wraps_is_compared_all_the_same),
      cmocka_unit_test(a_mac_of_several_functions_is_never_believed),
      cmocka_unit_test(belief_in_a_mac_is_withdrawn),
      cmocka_unit_test(a_disagreement_is_held_without_the_witness),
      cmocka_unit_test(a_discipline_with_untrusted_packets_is_reported),
      cmocka_unit_test(a_discipline_takes_over_from_samples),
      cmocka_unit_test(sampling_errors_beside_a_witness_accuse_nobody),
      cmocka_unit_test(a_discipline_comes_and_goes_without_a_tap),
      cmocka_unit_test(verdicts_from_a_discipline_alone),
      cmocka_unit_test(a_mac_is_a_source_beside_the_queues),
      cmocka_unit_test(a_mac_confirms_what_passed_unseen),
      cmocka_unit_test(a_basis_that_is_not_firm_gives_way),
      cmocka_unit_test(a_firm_basis_takes_three_windows_to_overturn),
      cmocka_unit_test(a_basis_goes_with_what_was_learned),
      cmocka_unit_test(what_is_estimated_decides_nothing),
      cmocka_unit_test(a_gap_that_nothing_bounds_takes_nothing_back),
      cmocka_unit_test(gaps_in_doubt_take_nothing_back),
  };

  return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
