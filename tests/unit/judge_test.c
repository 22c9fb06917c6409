/* SPDX-License-Identifier: MIT */
/*
 * The memory behind the verdicts, fed with observations of traffic that the test makes up: totals, windows, what was
 * decided, and traffic past the tap, over thousands of polls.
 */
#include "check.h"

#include "judge.h"
#include "random.h"

enum { FRAME = 1514, HEADERS = 66 }; /* octets: a full TCP frame, and the part of it that cutting repeats */

static const double epoch = 1.7e9; /* Unix time at which a run begins */

/* One interface and direction under test. */
struct lane {
  struct wt_judge judge;
  struct wt_facts facts;
  struct wt_judge_settings settings;
  struct wt_observation now; /* before is set by poll() unless apart is */
  bool apart;
  bool accepted; /* by the last poll: no discontinuity */
  struct wt_direction_report report;
};

static void open_lane(struct lane *lane, enum wt_direction direction, double horizon, double lag)
{
  *lane = (struct lane){
      .facts = {.direction = direction, .source = WT_SOURCE_TAP, .gro = true},
      .settings = {.limits = {.tolerance = 0.01, .least_frames = 1000}, .horizon = horizon, .lag = lag},
      .now = {.tapped = true},
  };
  wt_judge_init(&lane->judge);
}

/* Packets that pass the tap. Each frame is of full length. */
static void tap(struct lane *lane, uint64_t packets, uint64_t frames)
{
  struct wt_tally *tally = &lane->now.after;
  uint64_t octets = frames * FRAME;

  tally->packets += packets;
  tally->packet_octets += octets - (frames - packets) * HEADERS;
  tally->frames += frames;
  tally->frames_low += frames;
  tally->frames_high += frames;
  tally->octets += octets;
  tally->octets_low += octets;
  tally->octets_high += octets;
  tally->hidden_tcp += frames - packets;
}

static void count(struct lane *lane, uint64_t units, uint64_t octets)
{
  lane->now.counter_packets += units;
  lane->now.counter_octets += octets;
}

/* A counter of frames and one of packets. */
static void pass_by_wire(struct lane *lane, uint64_t packets, uint64_t frames)
{
  tap(lane, packets, frames);
  count(lane, frames, frames * FRAME);
}

static void pass_by_packet(struct lane *lane, uint64_t packets, uint64_t frames)
{
  tap(lane, packets, frames);
  count(lane, packets, frames * FRAME - (frames - packets) * HEADERS);
}

static void pass_unseen(struct lane *lane, uint64_t frames)
{
  count(lane, frames, frames * FRAME);
}

static void poll_after(struct lane *lane, double seconds)
{
  lane->now.time += seconds;
  if (!lane->apart)
    lane->now.before = lane->now.after;
  lane->accepted = wt_judge_observe(&lane->judge, &lane->now, &lane->facts, &lane->settings, epoch + lane->now.time);
  wt_judge_report(&lane->judge, &lane->facts, &lane->report);
}

static enum wt_verdict counter_verdict(const struct lane *lane)
{
  return lane->report.counter.signal.verdict;
}

static bool accuses(const struct lane *lane)
{
  return counter_verdict(lane) == WT_VERDICT_UNDER_REPORTS || counter_verdict(lane) == WT_VERDICT_OVER_REPORTS;
}

/* ---- totals ---------------------------------------------------------------------------------------------------- */

static void totals_are_exact(void **state)
{
  struct random random = {1};
  uint64_t packets = 0, frames = 0;
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  /* What was there before the first reading does not count. */
  pass_by_wire(&lane, 1000, 30000);
  lane.now.after.drops = 5;
  lane.now.after.vlan_out_of_band = 70;
  poll_after(&lane, 1);
  check_int("at first", lane.report.wire.frames, 0);
  for (int poll = 0; poll < 2000; poll++) {
    uint64_t some = random_below(&random, 50000), each = 1 + random_below(&random, 40);

    pass_by_wire(&lane, some, some * each);
    lane.now.after.vlan_out_of_band += some / 2;
    packets += some;
    frames += some * each;
    poll_after(&lane, 1);
  }
  lane.now.after.drops += 3;
  poll_after(&lane, 1);
  check_int("frames", lane.report.wire.frames, frames);
  check_int("low", lane.report.wire.low, frames);
  check_int("high", lane.report.wire.high, frames);
  check_int("octets", lane.report.wire.octets, frames * FRAME);
  check_int("octets low", lane.report.wire.octets_low, frames * FRAME);
  check_int("octets high", lane.report.wire.octets_high, frames * FRAME);
  check_int("source", lane.report.wire.source, WT_SOURCE_TAP);
  check("not estimated", !lane.report.wire.estimated);
  check_int("packets", lane.report.packets, packets);
  check_int("capture", lane.report.capture.frames, packets);
  check_int("capture octets", lane.report.capture.octets, frames * FRAME - (frames - packets) * HEADERS);
  check_int("capture drops", lane.report.capture_drops, 3);
  check_int("counter", lane.report.counter.signal.frames, frames);
  check_int("counter octets", lane.report.counter.signal.octets, frames * FRAME);
  check("vlan", lane.report.vlan_out_of_band > 0 && lane.report.vlan_out_of_band <= packets / 2);
  check("series", lane.report.series.frames == WT_UNKNOWN && lane.report.series.octets == WT_UNKNOWN);
  check_near("series", lane.report.series.ratio, NAN, 0);
  check_int("series", lane.report.series.verdict, WT_VERDICT_UNKNOWN);
  check("series", *lane.report.series.reason);
  check_int("witnesses", lane.report.wire.witness_count, 0);
  check_text("disagreement", lane.report.wire.disagreement, "");
  check_done();
}

/* ---- what a capture does not show ------------------------------------------------------------------------------ */

static void hidden_frames_and_tags_are_totals(void **state)
{
  struct lane lane;
  const struct wt_hidden *hidden = &lane.report.hidden;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  lane.facts.restores_tags = true;
  pass_by_wire(&lane, 100, 4000);
  lane.now.after.vlan_out_of_band = 10;
  lane.now.after.tagged_frames = 400;
  poll_after(&lane, 1);
  for (int poll = 0; poll < 5; poll++) {
    pass_by_wire(&lane, 50, 2000);
    lane.now.after.hidden_udp += 7;
    lane.now.after.vlan_out_of_band += 5;
    lane.now.after.tagged_frames += 200;
    poll_after(&lane, 1);
  }
  check_int("frames", hidden->frames, 5 * 1950);
  check_int("low", hidden->low, 5 * 1950);
  check_int("high", hidden->high, 5 * 1950);
  check_int("tcp", hidden->tcp, 5 * 1950);
  check_int("udp", hidden->udp, 5 * 7);
  check_int("ends of messages", hidden->pushes.high, 0);
  check("nobody's", hidden->retransmitted_segments == WT_UNKNOWN && hidden->duplicate_packets == WT_UNKNOWN);
  check_int("tagged", lane.report.vlan_out_of_band, 25);
  check_int("tagged frames", lane.report.vlan.frames, 1000);
  check_int("missed", lane.report.vlan.missed_octets, 100);
  check_int("restored", lane.report.vlan.restored_octets, 100);
  /* A link header that libpcap does not know how to put a tag into. */
  lane.facts.restores_tags = false;
  poll_after(&lane, 1);
  check_int("missed still", lane.report.vlan.missed_octets, 100);
  check_int("not restored", lane.report.vlan.restored_octets, 0);
  /* What libpcap leaves out as a whole hides nothing inside of packets, and has no tag to put back. */
  lane.facts.restores_tags = lane.facts.capture_is_blind = true;
  poll_after(&lane, 1);
  check("blind", hidden->frames == WT_UNKNOWN && hidden->tcp == WT_UNKNOWN && hidden->pushes.high == WT_UNKNOWN);
  check_int("blind", lane.report.vlan.restored_octets, 0);
  check_done();
}

/* Once something else than this kernel may have merged, the totals keep the doubt. */
static void a_doubt_about_ends_of_messages_stays(void **state)
{
  struct lane lane;
  const struct wt_hidden *hidden = &lane.report.hidden;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  poll_after(&lane, 1);
  lane.facts.merges_unseen = true;
  pass_by_wire(&lane, 50, 2000);
  poll_after(&lane, 1);
  check_int("least", hidden->pushes.low, 0);
  check_int("most", hidden->pushes.high, 1950);
  lane.facts.merges_unseen = false;
  poll_after(&lane, 1);
  check_int("most still", hidden->pushes.high, 1950);
  check_done();
}

static void frames_past_the_tap_are_hidden_without_a_bound(void **state)
{
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_TX, 300, 0.1);
  poll_after(&lane, 1);
  pass_by_wire(&lane, 1000, 1000);
  pass_unseen(&lane, 50000);
  poll_after(&lane, 1);
  check_int("frames", lane.report.hidden.frames, 50000);
  check_int("low", lane.report.hidden.low, 50000);
  check("high", lane.report.hidden.high == WT_UNKNOWN);
  check_int("tcp", lane.report.hidden.tcp, 0);
  check_done();
}

static void without_a_tap_nothing_is_known_to_be_hidden(void **state)
{
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  lane.now.tapped = false;
  poll_after(&lane, 1);
  count(&lane, 5000, 5000 * FRAME);
  poll_after(&lane, 1);
  check("hidden", lane.report.hidden.frames == WT_UNKNOWN && lane.report.hidden.low == WT_UNKNOWN);
  check("tags", lane.report.vlan.frames == WT_UNKNOWN && lane.report.vlan.missed_octets == WT_UNKNOWN);
  check_done();
}

/* Samples do not tell where a tag was. */
static void samples_know_no_tags(void **state)
{
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  lane.facts.source = WT_SOURCE_SAMPLE;
  lane.now.after.vlan_out_of_band = WT_UNKNOWN;
  poll_after(&lane, 1);
  pass_by_wire(&lane, 1000, 3000);
  poll_after(&lane, 1);
  check("tags", lane.report.vlan.frames == WT_UNKNOWN && lane.report.vlan.restored_octets == WT_UNKNOWN);
  check_int("hidden", lane.report.hidden.frames, 2000);
  check_done();
}

static void what_is_not_known_is_reported_so(void **state)
{
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_TX, 300, 0.1);
  lane.facts.capture_is_blind = true;
  lane.now.after.vlan_out_of_band = WT_UNKNOWN;
  poll_after(&lane, 1);
  pass_by_wire(&lane, 5000, 5000);
  poll_after(&lane, 1);
  check("blind", lane.report.capture.frames == WT_UNKNOWN && lane.report.capture.octets == WT_UNKNOWN);
  check_int("blind", lane.report.packets, 5000);
  check("vlan", lane.report.vlan_out_of_band == WT_UNKNOWN);
  check_near("never misreported", lane.report.counter.signal.since, NAN, 0);

  open_lane(&lane, WT_RX, 300, 0.1);
  lane.now.tapped = false;
  poll_after(&lane, 1);
  count(&lane, 7000, 70000);
  poll_after(&lane, 1);
  check_int("untapped", lane.report.wire.frames, 7000);
  check_int("untapped", lane.report.wire.low, 7000);
  check_int("untapped", lane.report.wire.octets, 70000);
  check("nothing bounds it", lane.report.wire.high == WT_UNKNOWN && lane.report.wire.octets_high == WT_UNKNOWN);
  check_int("untapped", lane.report.wire.source, WT_SOURCE_COUNTER);
  check("untapped", lane.report.wire.estimated);
  check("untapped", lane.report.packets == WT_UNKNOWN && lane.report.capture.frames == WT_UNKNOWN);
  check("untapped", lane.report.vlan_out_of_band == WT_UNKNOWN);
  check_int("untapped", counter_verdict(&lane), WT_VERDICT_UNKNOWN);
  check("untapped", *lane.report.counter.signal.reason && *lane.report.capture.reason);
  check_near("untapped", lane.report.counter.signal.decided_at, NAN, 0);
  check_done();
}

/* The totals of a report that must never go back, WT_UNKNOWN where one is not told. */
enum { TOTALS = 14 };

static void take_totals(const struct wt_direction_report *report, uint64_t totals[TOTALS])
{
  totals[0] = report->wire.frames;
  totals[1] = report->wire.octets;
  totals[2] = report->packets;
  totals[3] = report->counter.signal.frames;
  totals[4] = report->counter.signal.octets;
  totals[5] = report->capture.frames;
  totals[6] = report->capture.octets;
  totals[7] = report->capture_drops;
  totals[8] = report->vlan_out_of_band;
  totals[9] = report->hidden.frames;
  totals[10] = report->hidden.tcp;
  totals[11] = report->hidden.udp;
  totals[12] = report->vlan.frames;
  totals[13] = report->vlan.missed_octets;
}

static void check_totals(int poll, const struct lane *lane, uint64_t most[TOTALS])
{
  const struct wt_wire *wire = &lane->report.wire;
  uint64_t totals[TOTALS];
  char name[64];

  take_totals(&lane->report, totals);
  for (int i = 0; i < TOTALS; i++) {
    snprintf(name, sizeof(name), "poll %d, total %d", poll, i);
    if (totals[i] == WT_UNKNOWN)
      continue;
    check(name, totals[i] >= most[i]);
    most[i] = totals[i];
  }
  snprintf(name, sizeof(name), "poll %d", poll);
  check(name, wire->low <= wire->frames && wire->frames <= wire->high);
  check(name, wire->octets_low <= wire->octets && wire->octets <= wire->octets_high);
}

enum { SAMPLED = 1, UNTAPPED_AT_TIMES = 2, REVISED_AT_TIMES = 4 };

/* Adds to the tally as an estimate from random packets would: in lumps, each with its variance. */
static void tap_sampled(struct lane *lane, uint64_t packets, uint64_t each, struct random *random)
{
  const double probability = 1.0 / 64;
  double drawn = (double)random_draws(random, packets, probability);
  double error = drawn * (1 - probability) / (probability * probability);
  struct wt_tally *tally = &lane->now.after;

  tap(lane, (uint64_t)(drawn / probability), (uint64_t)(drawn / probability) * each);
  tally->packets_variance += error;
  tally->frames_variance += error * (double)(each * each);
  tally->hidden_variance += error * (double)((each - 1) * (each - 1));
  tally->octets_variance += error * (double)(each * each) * FRAME * FRAME;
  tally->unseen = 3 / probability;
  tally->unseen_octets = 3 / probability * FRAME;
  tally->estimated = true;
  count(lane, packets * each, packets * each * FRAME);
}

/*
 * What the tap missed turns out to have been fewer packets and frames, of those since the last discontinuity; some of
 * what there is was UDP, or had tags.
 */
static void revise(struct wt_tally *tally, const struct wt_tally *since, struct random *random)
{
  uint64_t *const figures[] = {&tally->packets,    &tally->packet_octets, &tally->hidden_tcp,
                               &tally->hidden_udp, &tally->tagged_frames, &tally->vlan_out_of_band};
  uint64_t frames = random_below(random, (tally->frames - since->frames) / 50 + 1);
  uint64_t octets = random_below(random, (tally->octets - since->octets) / 50 + 1);

  tally->frames -= frames;
  tally->frames_low -= frames;
  tally->frames_high -= frames;
  tally->octets -= octets;
  tally->octets_low -= octets;
  tally->octets_high -= octets;
  for (size_t i = 0; i < CHECK_COUNT(figures); i++)
    *figures[i] -= random_below(random, *figures[i] / 50 + 1);
  for (size_t i = 3; i < CHECK_COUNT(figures); i++)
    *figures[i] += random_below(random, 3000);
}

/* Everything that can happen to an interface, in random order. */
static void live(int what, uint64_t seed)
{
  struct random random = {seed};
  uint64_t most[TOTALS] = {0};
  struct wt_tally since;
  struct lane lane;

  open_lane(&lane, WT_RX, 30, 0.1);
  lane.now.after.vlan_out_of_band = what & SAMPLED ? WT_UNKNOWN : 0;
  poll_after(&lane, 1);
  since = lane.now.after;
  for (int poll = 0; poll < 5000; poll++) {
    uint64_t event = random_below(&random, 200), some = random_below(&random, 3000);
    uint64_t each = 1 + (poll / 500 % 2) * random_below(&random, 40);

    if (event == 0) { /* the counter is reset, or its 32 bits wrap */
      lane.now.counter_packets = random_below(&random, 1000);
    } else if (event == 1) {
      lane.now.counter_octets = random_below(&random, 1000);
    } else if (event == 2) { /* the capture is opened anew and begins at nothing */
      wt_judge_restart(&lane.judge);
      lane.now.after = (struct wt_tally){.vlan_out_of_band = lane.now.after.vlan_out_of_band};
    } else if (event == 3) {
      wt_judge_forget(&lane.judge);
    } else if (event == 4) {
      pass_unseen(&lane, 5 * some);
    } else if (event < 8 && what & UNTAPPED_AT_TIMES) {
      lane.now.tapped = !lane.now.tapped;
    } else if (event < 20 && what & REVISED_AT_TIMES) {
      revise(&lane.now.after, &since, &random);
    } else if (what & SAMPLED) {
      tap_sampled(&lane, some, each, &random);
    } else if (poll / 1000 % 2) {
      pass_by_packet(&lane, some, some * each);
    } else {
      pass_by_wire(&lane, some, some * each);
    }
    lane.now.after.drops += event == 9;
    poll_after(&lane, 0.05 + 10 * random_unit(&random));
    check_totals(poll, &lane, most);
    if (!lane.accepted || event == 2)
      since = lane.now.after;
  }
  check("something happened", most[0] > 100000);
}

static void totals_never_go_back(void **state)
{
  (void)state;
  for (uint64_t seed = 1; seed <= 5; seed++)
    live(0, seed);
  check_done();
}

static void totals_of_samples_never_go_back(void **state)
{
  (void)state;
  for (uint64_t seed = 11; seed <= 15; seed++)
    live(SAMPLED, seed);
  check_done();
}

/* The tap comes and goes with the interface, and the source with it. */
static void totals_never_go_back_when_the_source_changes(void **state)
{
  (void)state;
  for (uint64_t seed = 21; seed <= 23; seed++)
    live(UNTAPPED_AT_TIMES, seed);
  check_done();
}

/* A tap that keeps to its budget, and learns later what it missed. */
static void totals_never_go_back_when_estimates_do(void **state)
{
  (void)state;
  for (uint64_t seed = 31; seed <= 33; seed++)
    live(REVISED_AT_TIMES, seed);
  check_done();
}

/* The same in figures: 200,000 frames by the tap, of which the counter has 5,000, stay 200,000. */
static void what_the_tap_found_stays_without_it(void **state)
{
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_TX, 300, 0.1);
  poll_after(&lane, 1);
  pass_by_packet(&lane, 5000, 200000);
  poll_after(&lane, 1);
  lane.now.tapped = false;
  poll_after(&lane, 1);
  check("a discontinuity", !lane.accepted);
  check_int("frames", lane.report.wire.frames, 200000);
  check_int("octets", lane.report.wire.octets, 200000 * FRAME);
  count(&lane, 100, 100 * FRAME);
  poll_after(&lane, 1);
  check("no discontinuity", lane.accepted);
  check_int("frames", lane.report.wire.frames, 200100);
  check_int("low", lane.report.wire.low, 200100);
  check_int("octets", lane.report.wire.octets, 200100 * FRAME);
  check_int("source", lane.report.wire.source, WT_SOURCE_COUNTER);
  lane.now.tapped = true;
  poll_after(&lane, 1);
  check("a discontinuity", !lane.accepted);
  pass_by_packet(&lane, 10, 400);
  poll_after(&lane, 1);
  check_int("frames", lane.report.wire.frames, 200500);
  check_int("source", lane.report.wire.source, WT_SOURCE_TAP);
  /* Of the stretch between, nothing bounds the frames from above, now or later. */
  check("high", lane.report.wire.high == WT_UNKNOWN);
  check_done();
}

/* ---- discontinuities -------------------------------------------------------------------------------------------- */

static void a_counter_that_goes_back_is_a_discontinuity(void **state)
{
  static const struct {
    const char *name;
    uint64_t packets_before, octets_before, packets, octets;
    bool accepted;
  } rows[] = {
      {"goes on", 1000000, 1000000000, 1000500, 1000757000, true},
      {"stands still", 1000000, 1000000000, 1000000, 1000000000, true},
      {"reset", 1000000, 1000000000, 0, 0, false},
      {"reset, and on", 1000000, 1000000000, 500, 757000, false},
      {"32 bits wrap", 4294967000, 1000000000000, 204, 1000000757000, false},
      {"32 bits of the octets wrap", 1000000, 4294967000, 1000500, 756704, false},
      {"one less", 1000000, 1000000000, 999999, 1000000000, false},
      {"beyond 32 bits", 4294967000, 4294967000, 4294967500, 4295724000, true},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_totals before;
    struct lane lane;

    open_lane(&lane, WT_RX, 300, 0.1);
    lane.now.counter_packets = rows[i].packets_before - 100000;
    lane.now.counter_octets = rows[i].octets_before - 100000000;
    poll_after(&lane, 10);
    tap(&lane, 100000, 100000);
    lane.now.counter_packets = rows[i].packets_before;
    lane.now.counter_octets = rows[i].octets_before;
    poll_after(&lane, 10);
    check_int(rows[i].name, counter_verdict(&lane), WT_VERDICT_AGREES);
    before = lane.judge.totals;

    tap(&lane, 500, 500);
    lane.now.counter_packets = rows[i].packets;
    lane.now.counter_octets = rows[i].octets;
    poll_after(&lane, 10);
    check_int(rows[i].name, lane.accepted, rows[i].accepted);
    if (rows[i].accepted) {
      check_int(rows[i].name, lane.report.counter.signal.frames, 100000 + rows[i].packets - rows[i].packets_before);
      continue;
    }
    /* No delta reaches across, and what was decided before stays. */
    check_int(rows[i].name, lane.report.counter.signal.frames, before.counter_frames);
    check_int(rows[i].name, lane.report.counter.signal.octets, before.counter_octets);
    check_int(rows[i].name, lane.report.wire.frames, before.frames);
    check_int(rows[i].name, counter_verdict(&lane), WT_VERDICT_AGREES);
    for (int poll = 0; poll < 5; poll++) {
      pass_by_wire(&lane, 1000, 1000);
      poll_after(&lane, 10);
      check(rows[i].name, lane.accepted);
    }
    check_int(rows[i].name, lane.report.counter.signal.frames, before.counter_frames + 5000);
    check_int(rows[i].name, lane.report.counter.signal.octets, before.counter_octets + 5000 * FRAME);
    check_int(rows[i].name, lane.report.wire.frames, before.frames + 5000);
    check_int(rows[i].name, counter_verdict(&lane), WT_VERDICT_AGREES);
    check_int(rows[i].name, lane.judge.bypass_frames, 0);
  }
  check_done();
}

static void restarting_keeps_totals_and_what_was_found(void **state)
{
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  poll_after(&lane, 1);
  for (int poll = 0; poll < 3; poll++) {
    pass_by_wire(&lane, 1000, 20000);
    poll_after(&lane, 1);
  }
  check_int("before", lane.report.counter.basis, WT_BASIS_WIRE);
  wt_judge_restart(&lane.judge);
  /* The capture was opened anew: its tallies begin at nothing. */
  lane.now.after = (struct wt_tally){.packets = 7, .frames = 7};
  poll_after(&lane, 1);
  check("no discontinuity of the counter", lane.accepted);
  check_int("frames", lane.report.wire.frames, 60000);
  check_int("packets", lane.report.packets, 3000);
  check_int("counter", lane.report.counter.signal.frames, 60000);
  check_int("basis", lane.report.counter.basis, WT_BASIS_WIRE);
  check_int("capture", lane.report.capture.verdict, WT_VERDICT_UNDER_REPORTS);
  pass_by_wire(&lane, 10, 200);
  poll_after(&lane, 1);
  check_int("frames", lane.report.wire.frames, 60200);
  check_int("packets", lane.report.packets, 3010);
  check_int("counter", lane.report.counter.signal.frames, 60200);
  check_done();
}

/* Offloads changed: what was learned before does not hold any more, and no window reaches back. */
static void forgetting_keeps_totals_alone(void **state)
{
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_TX, 300, 0.1);
  poll_after(&lane, 1);
  for (int poll = 0; poll < 3; poll++) {
    pass_by_packet(&lane, 5000, 200000);
    poll_after(&lane, 1);
  }
  check_int("before", counter_verdict(&lane), WT_VERDICT_UNDER_REPORTS);
  check_int("before", lane.report.counter.basis, WT_BASIS_PACKET);
  check_near("before", lane.report.counter.signal.since, epoch + 3, 1);
  wt_judge_forget(&lane.judge);
  wt_judge_report(&lane.judge, &lane.facts, &lane.report);
  check_int("after", counter_verdict(&lane), WT_VERDICT_UNKNOWN);
  check_int("after", lane.report.counter.basis, WT_BASIS_UNDETERMINED);
  check_int("after", lane.report.counter.octet_basis, WT_BASIS_UNDETERMINED);
  check_int("after", lane.report.cause, WT_CAUSE_UNKNOWN);
  check_near("after", lane.report.counter.signal.since, NAN, 0);
  check_near("after", lane.report.counter.signal.decided_at, NAN, 0);
  check_near("after", lane.report.counter.signal.ratio, NAN, 0);
  check_int("after", lane.report.wire.frames, 600000);
  pass_by_packet(&lane, 5000, 200000); /* the last of it */
  poll_after(&lane, 1);
  check_int("total", lane.report.wire.frames, 800000);
  for (int poll = 0; poll < 3; poll++) {
    pass_by_packet(&lane, 20000, 20000);
    poll_after(&lane, 1);
  }
  check_int("total", lane.report.wire.frames, 860000);
  check_int("counter", counter_verdict(&lane), WT_VERDICT_AGREES);
  check_int("capture", lane.report.capture.verdict, WT_VERDICT_AGREES);
  check_int("basis", lane.report.counter.basis, WT_BASIS_UNDETERMINED);
  check_near("ratio", lane.report.capture.ratio, 1, 0);
  check_near("segments", lane.report.segments_per_packet, 1, 0);
  check_done();
}

/* ---- windows ---------------------------------------------------------------------------------------------------- */

static void the_window_reaches_back_one_horizon(void **state)
{
  static const struct {
    double horizon, interval, jitter;
  } rows[] = {
      {300, 1, 0},  {300, 10, 0},  {300, 1, 0.01}, {300, 10, 1},     {300, 7, 0},    {300, 29.9, 0}, {300, 31, 0},
      {300, 60, 0}, {300, 400, 0}, {3, 0.25, 0},   {3, 0.01, 0.001}, {86400, 10, 0}, {0.1, 10, 0},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    double horizon = rows[i].horizon, longest = rows[i].interval + rows[i].jitter;
    struct random random = {i};
    struct lane lane;
    char name[64];

    open_lane(&lane, WT_RX, horizon, 0.1);
    for (int poll = 0; poll < 5000; poll++) {
      double seconds = rows[i].interval + rows[i].jitter * random_unit(&random);
      double now = lane.now.time + seconds, begins = lane.judge.count ? lane.judge.history[0].time : now;

      snprintf(name, sizeof(name), "horizon %g, every %g, poll %d", horizon, rows[i].interval, poll);
      check(name, lane.judge.count <= WT_HISTORY);
      /* As the verdict of the next poll will have it. Old enough: there is a reading from before the horizon. */
      if (poll && now - horizon >= longest)
        check(name, now - begins >= horizon - 1e-6);
      check(name, now - begins <= horizon * 1.1 + 2 * longest + 1e-6);
      pass_by_wire(&lane, 1000, 1000);
      poll_after(&lane, seconds);
    }
  }
  check_done();
}

/* Merged traffic stops: the verdict of the capture follows when it has left the horizon, and not before. */
static void what_left_the_horizon_is_forgotten(void **state)
{
  static const double intervals[] = {1, 10};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(intervals); i++) {
    double changed = 0;
    struct lane lane;
    char name[64];

    open_lane(&lane, WT_RX, 300, 0.1);
    for (int poll = 0; poll < 2000; poll++) {
      double age;

      if (lane.now.time < 1000) {
        pass_by_wire(&lane, 1000, 20000);
        changed = lane.now.time + intervals[i];
      } else {
        pass_by_wire(&lane, 20000, 20000);
      }
      poll_after(&lane, intervals[i]);
      age = lane.now.time - changed;
      snprintf(name, sizeof(name), "every %g, %g s after", intervals[i], age);
      if (poll > 3 && age < 290)
        check_int(name, lane.report.capture.verdict, WT_VERDICT_UNDER_REPORTS);
      if (age > 330 + 2 * intervals[i])
        check_int(name, lane.report.capture.verdict, WT_VERDICT_AGREES);
      if (poll > 3)
        check_int(name, lane.report.counter.basis, WT_BASIS_WIRE); /* a basis is not forgotten */
    }
    check_near(name, lane.report.capture.since, NAN, 0);
  }
  check_done();
}

static void a_verdict_is_held_while_it_is_quiet(void **state)
{
  double since, decided;
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_TX, 300, 0.1);
  poll_after(&lane, 10);
  for (int poll = 0; poll < 10; poll++) {
    pass_by_packet(&lane, 500, 20000);
    poll_after(&lane, 10);
  }
  since = lane.report.counter.signal.since;
  decided = lane.report.counter.signal.decided_at;
  check_near("since", since, epoch + 30, 20);
  check_near("decided", decided, epoch + lane.now.time, 0);
  /* Another 290 s of it are still in the window; then there are some frames a minute. */
  for (int poll = 0; poll < 1000; poll++) {
    double age = 10 * (poll + 1);

    pass_by_packet(&lane, 10, 10);
    poll_after(&lane, 10);
    if (age < 350)
      continue;
    if (age < 361)
      decided = lane.report.counter.signal.decided_at;
    check_int("quiet", counter_verdict(&lane), WT_VERDICT_UNDER_REPORTS);
    check_int("quiet", lane.report.capture.verdict, WT_VERDICT_UNDER_REPORTS);
    check_int("quiet", lane.report.cause, WT_CAUSE_TSO);
    check_int("quiet", lane.report.counter.basis, WT_BASIS_PACKET);
    check_near("quiet", lane.report.counter.signal.since, since, 0);
    check_near("quiet", lane.report.counter.signal.decided_at, decided, 0);
    check("quiet", lane.report.counter.signal.ratio < 0.5);
    check_text("quiet", lane.report.counter.signal.reason, "");
  }
  /* Traffic of another kind is decided anew. */
  for (int poll = 0; poll < 3; poll++) {
    pass_by_packet(&lane, 20000, 20000);
    poll_after(&lane, 10);
  }
  check_int("after", counter_verdict(&lane), WT_VERDICT_AGREES);
  check_int("after", lane.report.capture.verdict, WT_VERDICT_AGREES);
  check_near("after", lane.report.counter.signal.since, NAN, 0);
  check_near("after", lane.report.counter.signal.decided_at, epoch + lane.now.time, 0);
  check_done();
}

static void since_is_when_misreporting_began(void **state)
{
  double began = 0;
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 30, 0.1);
  for (int poll = 0; poll < 400; poll++) {
    /* In the middle GRO begins to merge; the counter has its frames all the time. */
    bool merged = poll >= 100 && poll < 200;

    pass_by_wire(&lane, merged ? 100 : 2000, 2000);
    poll_after(&lane, 1);
    if (lane.report.capture.verdict == WT_VERDICT_UNDER_REPORTS && began == 0)
      began = epoch + lane.now.time;
    check_near("counter", lane.report.counter.signal.since, NAN, 0);
    if (lane.report.capture.verdict == WT_VERDICT_UNDER_REPORTS)
      check_near("capture", lane.report.capture.since, began, 0);
    else
      check_near("capture", lane.report.capture.since, NAN, 0);
  }
  check_near("began", began, epoch + 101, 2);
  check_int("ended", lane.report.capture.verdict, WT_VERDICT_AGREES);
  check_done();
}

static void a_second_time_is_another_time(void **state)
{
  double first;
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 10, 0.1);
  poll_after(&lane, 1);
  for (int poll = 0; poll < 20; poll++) {
    pass_by_wire(&lane, 100, 2000);
    poll_after(&lane, 1);
  }
  first = lane.report.capture.since;
  for (int poll = 0; poll < 30; poll++) {
    pass_by_wire(&lane, 2000, 2000);
    poll_after(&lane, 1);
  }
  check_near("between", lane.report.capture.since, NAN, 0);
  for (int poll = 0; poll < 20; poll++) {
    pass_by_wire(&lane, 100, 2000);
    poll_after(&lane, 1);
  }
  check("again", lane.report.capture.since > first + 30);
  check_done();
}

/* ---- past the tap ----------------------------------------------------------------------------------------------- */

static void what_passed_unseen_is_found_to_the_frame(void **state)
{
  uint64_t seen = 0, unseen = 0;
  struct random random = {3};
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_TX, 300, 0.1);
  poll_after(&lane, 1);
  for (int poll = 0; poll < 1000; poll++) {
    uint64_t some = random_below(&random, 1000), others = random_below(&random, 3000);

    pass_by_wire(&lane, some, some);
    pass_unseen(&lane, others);
    seen += some;
    unseen += others;
    poll_after(&lane, 1);
    check("never more than there was", lane.judge.bypass_frames <= unseen);
    if (poll > 5) {
      check_int("frames", lane.report.wire.frames, seen + unseen);
      check_int("low", lane.report.wire.low, seen + unseen);
      check_int("octets", lane.report.wire.octets, (seen + unseen) * FRAME);
      check("counter", counter_verdict(&lane) == WT_VERDICT_UNKNOWN);
      check_contains("counter", lane.report.counter.signal.reason, "only source");
      check_int("capture", lane.report.capture.verdict, WT_VERDICT_UNDER_REPORTS);
      check_int("cause", lane.report.cause, WT_CAUSE_BYPASS);
      check("high", lane.report.wire.high == WT_UNKNOWN);
      check("estimated", lane.report.wire.estimated);
    }
  }
  check_int("source", lane.report.wire.source, WT_SOURCE_COUNTER);
  check_near("ratio", lane.report.counter.signal.ratio, 1, 1e-6);
  check_near("ratio", lane.report.capture.ratio, (double)seen / (double)(seen + unseen), 0.05);

  /* It ends, and leaves the window. */
  for (int poll = 0; poll < 400; poll++) {
    pass_by_wire(&lane, 1000, 1000);
    poll_after(&lane, 1);
  }
  check_int("after", counter_verdict(&lane), WT_VERDICT_AGREES);
  check_int("after", lane.report.capture.verdict, WT_VERDICT_AGREES);
  check_int("after", lane.report.cause, WT_CAUSE_NONE);
  check_int("after", lane.report.wire.frames, seen + unseen + 400000);
  check_done();
}

/* Mostly what the tap saw: then the tap stays the source, and the sum is right. */
/* A burst past the tap is of the interval in which it is found; a trickle is found when it has become enough. */
static void what_is_found_late_is_told(void **state)
{
  struct lane lane;
  int told = 0;

  (void)state;
  open_lane(&lane, WT_TX, 300, 0.1);
  poll_after(&lane, 1);
  for (int i = 0; i < 20; i++) {
    pass_by_packet(&lane, 100, 4000);
    if (i == 10)
      pass_unseen(&lane, 20000);
    poll_after(&lane, 1);
    check_int("a burst", lane.report.revised, false);
  }
  check("and it was found", lane.judge.bypass_frames > 19000);

  open_lane(&lane, WT_RX, 300, 0.1);
  poll_after(&lane, 1);
  for (int i = 0; i < 200; i++) {
    uint64_t before = lane.report.wire.frames;

    pass_by_wire(&lane, 100, 4000);
    if (i >= 10)
      pass_unseen(&lane, 60);
    poll_after(&lane, 1);
    told += lane.report.revised;
    check("no jump that is not told", lane.report.revised || lane.report.wire.frames - before < 4060 + 300);
  }
  check("a trickle was found", lane.judge.bypass_frames > 0);
  check_int("it is told once", told, 1);
  check_done();
}

static void a_little_unseen_leaves_the_source(void **state)
{
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  poll_after(&lane, 1);
  for (int poll = 0; poll < 100; poll++) {
    pass_by_wire(&lane, 10000, 10000);
    pass_unseen(&lane, 1000);
    poll_after(&lane, 1);
    check("not accused", !accuses(&lane));
  }
  check_int("source", lane.report.wire.source, WT_SOURCE_TAP);
  check_int("frames", lane.report.wire.frames, 1100000);
  check_int("cause", lane.report.cause, WT_CAUSE_BYPASS);
  check_done();
}

/* A counter that may be two seconds behind: what is beyond that is found long before the horizon is over. */
static void unseen_traffic_is_found_behind_a_lag(void **state)
{
  static const double intervals[] = {1, 10};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(intervals); i++) {
    uint64_t unseen = 0;
    struct lane lane;
    char name[32];

    snprintf(name, sizeof(name), "every %g s", intervals[i]);
    open_lane(&lane, WT_RX, 300, 2.0);
    while (lane.now.time < 150) {
      uint64_t some = (uint64_t)(1000 * intervals[i]);

      pass_by_wire(&lane, some, some);
      if (lane.now.time >= 50) {
        pass_unseen(&lane, 3 * some);
        unseen += 3 * some;
      }
      poll_after(&lane, intervals[i]);
      check(name, !accuses(&lane));
      check(name, lane.judge.bypass_frames <= unseen);
    }
    check_text(name, wt_cause_name(lane.report.cause), "bypass");
    check_text(name, wt_verdict_name(lane.report.capture.verdict), "under-reports");
    /* All but what a lag before the first reading could explain. */
    check(name, (double)lane.judge.bypass_frames > 0.8 * (double)unseen);
  }
  check_done();
}

/* A packet on its way between counter and tap, and a tolerable rest, are no second path. */
static void what_is_on_its_way_is_not_unseen(void **state)
{
  struct random random = {4};
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  for (int poll = 0; poll < 3000; poll++) {
    uint64_t on_its_way = poll ? random_below(&random, 200) : 0;

    pass_by_wire(&lane, poll < 100 ? 250 : 2000, poll < 100 ? 250 : 2000);
    count(&lane, on_its_way, on_its_way * FRAME); /* counted, not tapped yet */
    poll_after(&lane, 1);
    tap(&lane, on_its_way, on_its_way);
    check_int("bypass", lane.judge.bypass_frames, 0);
    check("not accused", !accuses(&lane));
  }
  check_int("cause", lane.report.cause, WT_CAUSE_NONE);
  check_done();
}

/* A burst between two readings of the tap: the counter may have any part of it. */
static void a_burst_at_a_bracket_is_not_unseen(void **state)
{
  struct random random = {5};
  uint64_t frames = 0;
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  lane.apart = true;
  for (int poll = 0; poll < 3000; poll++) {
    uint64_t burst = random_below(&random, 10) ? 0 : random_below(&random, 100000);
    uint64_t counted = random_below(&random, burst + 1);

    pass_by_wire(&lane, 2000, 2000);
    lane.now.before = lane.now.after;
    pass_by_wire(&lane, burst, burst);
    count(&lane, -(burst - counted), -(burst - counted) * FRAME);
    frames = lane.now.after.frames;
    poll_after(&lane, 1);
    count(&lane, burst - counted, (burst - counted) * FRAME);
    check_int("bypass", lane.judge.bypass_frames, 0);
    check("not accused", !accuses(&lane));
    check("capture", lane.report.capture.verdict != WT_VERDICT_UNDER_REPORTS);
  }
  check("frames", lane.report.wire.frames <= frames);
  check_done();
}

/* A day of honest traffic must not buy credit: what then passes unseen shows within the horizon, and is not accused. */
static void unseen_traffic_is_found_after_a_long_run(void **state)
{
  bool accused = false;
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  poll_after(&lane, 10);
  for (int poll = 0; poll < 8640; poll++) {
    pass_by_wire(&lane, 100000, 100000);
    poll_after(&lane, 10);
  }
  for (int poll = 0; poll < 35; poll++) {
    pass_by_wire(&lane, 100000, 100000);
    pass_unseen(&lane, 100000);
    poll_after(&lane, 10);
    accused |= accuses(&lane);
  }
  check("never accused", !accused);
  check_text("cause", wt_cause_name(lane.report.cause), "bypass");
  check_text("capture", wt_verdict_name(lane.report.capture.verdict), "under-reports");
  check_near("ratio", lane.report.capture.ratio, 0.5, 0.1);
  check_done();
}

/* A part too small for a verdict adds up over a day. It belongs to the windows in which it passed, not to the one in
 * which more is noticed. */
static void a_trickle_is_not_poured_into_one_window(void **state)
{
  double least = 1;
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  poll_after(&lane, 10);
  for (int poll = 0; poll < 8640; poll++) {
    pass_by_wire(&lane, 10000, 10000);
    pass_unseen(&lane, 90);
    poll_after(&lane, 10);
    if (lane.report.capture.ratio < least)
      least = lane.report.capture.ratio;
  }
  for (int poll = 0; poll < 500; poll++) {
    pass_by_wire(&lane, 10000, 10000);
    pass_unseen(&lane, 500);
    poll_after(&lane, 10);
    if (lane.report.capture.ratio < least)
      least = lane.report.capture.ratio;
  }
  check("found", lane.judge.bypass_frames > 0);
  check_near("the capture had nearly all of it, in every window", least, 1 / 1.05, 0.03);
  check_done();
}

/* What is unseen has octets, also where the counter leaves the Ethernet header out of them. */
static void unseen_octets_are_found_beside_an_offset(void **state)
{
  static const int offsets[] = {0, -14};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(offsets); i++) {
    uint64_t offset = (uint64_t)offsets[i];
    double want = (100 * 2000 + 50 * 5000) * (double)FRAME;
    struct lane lane;
    char name[32];

    snprintf(name, sizeof(name), "offset %d", offsets[i]);
    open_lane(&lane, WT_TX, 300, 0.1);
    poll_after(&lane, 1);
    for (int poll = 0; poll < 100; poll++) {
      tap(&lane, 1000, 2000);
      count(&lane, 2000, 2000 * (FRAME + offset));
      if (poll >= 50)
        count(&lane, 5000, 5000 * (FRAME + offset));
      poll_after(&lane, 1);
    }
    check_int(name, lane.report.wire.frames, 100 * 2000 + 50 * 5000);
    check_near(name, (double)lane.report.wire.octets, want, 0.002 * want);
  }
  check_done();
}

/* A counter that is known to count packets goes on to: what it has beyond the tap's packets passed unseen, all of it.
 */
static void unseen_traffic_is_found_beside_merged_traffic(void **state)
{
  double octets = (100 * 2000 + 50 * 5000) * (double)FRAME;
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_TX, 300, 0.1);
  poll_after(&lane, 1);
  for (int poll = 0; poll < 100; poll++) {
    pass_by_packet(&lane, 1000, 2000);
    if (poll >= 50)
      pass_unseen(&lane, 5000);
    poll_after(&lane, 1);
  }
  check_int("frames", lane.report.wire.frames, 100 * 2000 + 50 * 5000);
  check_near("octets", (double)lane.report.wire.octets, octets, 0.002 * octets);
  check_text("cause", wt_cause_name(lane.report.cause), "bypass");
  check_done();
}

/* The basis is of now: what was counted by another one before it must not turn into unseen traffic. */
static void a_change_of_basis_invents_no_unseen_traffic(void **state)
{
  uint64_t unseen = 0;
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 30, 0.1);
  poll_after(&lane, 1);
  /* The peer cuts and we merge; then the peer hands over uncut; then some pass unseen (XDP). */
  for (int poll = 0; poll < 100; poll++) {
    pass_by_wire(&lane, 100, 2000);
    poll_after(&lane, 1);
  }
  check_int("basis", lane.report.counter.basis, WT_BASIS_WIRE);
  for (int poll = 0; poll < 100; poll++) {
    pass_by_packet(&lane, 100, 200);
    poll_after(&lane, 1);
    check_int("bypass", lane.judge.bypass_frames, 0);
  }
  check_int("basis", lane.report.counter.basis, WT_BASIS_PACKET);
  for (int poll = 0; poll < 20; poll++) {
    pass_by_packet(&lane, 100, 200);
    pass_unseen(&lane, 7000);
    unseen += 7000;
    poll_after(&lane, 1);
    check("no more than there was", lane.judge.bypass_frames <= unseen);
  }
  check_int("frames", lane.report.wire.frames, 100 * 2000 + 120 * 200 + unseen);
  check_done();
}

/* What sampling made of one interface after some minutes. */
struct sampled {
  int wrong_basis; /* polls that called a counter of frames another thing */
  bool held;       /* the bounds of the total */
};

/* An honest counter beside samples: neither side to which they err is traffic that the tap did not see, nor a counter
 * that errs. */
static struct sampled watch_sampled(uint64_t seed)
{
  struct random random = {seed};
  struct sampled sampled = {0};
  struct lane lane;

  open_lane(&lane, WT_RX, 300, 0.1);
  lane.facts.source = WT_SOURCE_SAMPLE;
  poll_after(&lane, 1);
  for (int poll = 0; poll < 150; poll++) {
    uint64_t each = poll % 60 < 10 ? 1 + random_below(&random, 20) : 1;

    tap_sampled(&lane, 2000 + random_below(&random, 20000), each, &random);
    poll_after(&lane, 1);
    check_int("bypass", lane.judge.bypass_frames, 0);
    check("not accused", !accuses(&lane));
    check_int("source", lane.report.wire.source, WT_SOURCE_SAMPLE);
    check("estimated", lane.report.wire.estimated);
    sampled.wrong_basis +=
        lane.report.counter.basis != WT_BASIS_UNDETERMINED && lane.report.counter.basis != WT_BASIS_WIRE;
  }
  sampled.held = lane.report.wire.low <= lane.report.counter.signal.frames &&
                 lane.report.counter.signal.frames <= lane.report.wire.high;
  return sampled;
}

enum { SAMPLED_RUNS = 200 };

static void sampling_errors_are_not_unseen_traffic(void **state)
{
  int held = 0;

  (void)state;
  for (uint64_t seed = 1; seed <= SAMPLED_RUNS; seed++)
    held += watch_sampled(seed).held;
  /* Of 200 bounds that hold 95 times in 100, fewer than 179 hold once in 2,000. */
  check("the bounds of the total hold", held >= 179);
  check_done();
}

/* A basis is a finding, too, looked for at every poll: bounds that fail once in twenty times do not carry it. */
static void sampling_errors_do_not_change_the_basis(void **state)
{
  int wrong = 0;

  (void)state;
  for (uint64_t seed = 1; seed <= SAMPLED_RUNS; seed++)
    wrong += watch_sampled(seed).wrong_basis;
  check_int("polls with a wrong basis", wrong, 0);
  check_done();
}

/* With real unseen traffic beside it, the error must not be added to it poll after poll. */
static void sampling_errors_do_not_add_to_unseen_traffic(void **state)
{
  struct random random = {41};
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 0.1);
  lane.facts.source = WT_SOURCE_SAMPLE;
  poll_after(&lane, 1);
  for (int poll = 0; poll < 3000; poll++) {
    tap_sampled(&lane, 10000, 1, &random);
    pass_unseen(&lane, 2000);
    poll_after(&lane, 1);
  }
  check("low", lane.report.wire.low <= lane.report.counter.signal.frames);
  /* Three standard errors of what was sampled. */
  check_near("frames", (double)lane.report.wire.frames, 3000.0 * 12000, 3 * sqrt(3000.0 * 10000 * 63));
  check_done();
}

/* ---- counters that lag ------------------------------------------------------------------------------------------ */

enum lag { NO_LAG, EACH_SECOND, ONE_READ_LATE, ALWAYS_LATE, ANY_DELAY, LAGS };

static const char *const lag_names[LAGS] = {"no lag", "refreshed each second", "shown one read late", "1.9 s late",
                                            "up to 2 s late"};

enum { TICKS = 10, BEFORE = 100 * TICKS, LONGEST_RUN = 200000 + BEFORE }; /* a second; ticks before the run begins */

/* Frames and packets that have passed until each tick. */
struct road {
  uint64_t frames[LONGEST_RUN + 1], packets[LONGEST_RUN + 1];
};

struct rates {
  double busy, quiet;      /* mean seconds */
  double slowest, fastest; /* frames a second while busy, chosen anew each time */
  uint64_t merged;         /* frames a packet, in every other busy stretch; 1: never */
};

static void pave(struct road *road, const struct rates *rates, struct random *random)
{
  double left = 0, rate = 0;
  uint64_t each = 1;
  bool busy = false;

  road->frames[0] = road->packets[0] = 0;
  for (int tick = 0; tick < LONGEST_RUN; tick++) {
    uint64_t packets;

    if (left <= 0) {
      busy = !busy || rates->quiet <= 0;
      left = -log(random_unit(random)) * (busy ? rates->busy : rates->quiet);
      rate = busy ? rates->slowest * pow(rates->fastest / rates->slowest, random_unit(random)) : 0;
      each = busy && random_below(random, 2) ? rates->merged : 1;
    }
    left -= 1.0 / TICKS;
    packets = (uint64_t)(rate / TICKS / (double)each + random_unit(random));
    road->packets[tick + 1] = road->packets[tick] + packets;
    road->frames[tick + 1] = road->frames[tick] + packets * each;
  }
}

/* The tick as of which a counter read at this one stands. */
static int stands_at(enum lag lag, int tick, int last_read, int shown, struct random *random)
{
  switch (lag) {
  case EACH_SECOND:
    return (tick - 3) / TICKS * TICKS + 3;
  case ONE_READ_LATE:
    return last_read;
  case ALWAYS_LATE:
    return tick - 19;
  case ANY_DELAY: {
    int at = tick - (int)random_below(random, 2 * TICKS + 1);

    return at > shown ? at : shown;
  }
  default:
    return tick;
  }
}

struct journey {
  enum lag lag;
  int interval; /* ticks between two polls */
  int polls;
  bool by_packet; /* what the counter counts */
  double missing; /* of it, that the counter never counts */
};

/* What came of it. */
struct arrival {
  int accused, flaps; /* polls with an accusation; times that one was taken back or raised */
  int wrong_basis;
  int octets_accused;
  uint64_t bypass, frames, truth;
  enum wt_verdict last;
};

/* Times at which the packets of one lane are the road's. */
static void stand(struct lane *lane, const struct road *road, int tick, int counter_tick, const struct journey *journey)
{
  const uint64_t *units = journey->by_packet ? road->packets : road->frames;
  uint64_t frames = road->frames[counter_tick], packets = road->packets[counter_tick];

  lane->now.after = (struct wt_tally){0};
  tap(lane, road->packets[tick], road->frames[tick]);
  lane->now.counter_packets = (uint64_t)((double)units[counter_tick] * (1 - journey->missing));
  lane->now.counter_octets = frames * FRAME - (journey->by_packet ? (frames - packets) * HEADERS : 0);
}

static struct arrival travel(const struct road *road, const struct journey *journey, double lag_setting,
                             struct random *random)
{
  int begin = BEFORE + (int)random_below(random, TICKS), tick = begin, last_read = begin - journey->interval, shown = 0;
  struct arrival arrival = {0};
  bool accused = false;
  struct lane lane;

  open_lane(&lane, WT_RX, 300, lag_setting);
  for (int poll = 0; poll < journey->polls; poll++) {
    shown = stands_at(journey->lag, tick, last_read, shown, random);
    stand(&lane, road, tick, shown, journey);
    lane.now.time = tick / (double)TICKS;
    poll_after(&lane, 0);
    arrival.accused += accuses(&lane);
    arrival.flaps += accuses(&lane) != accused;
    accused = accuses(&lane);
    arrival.wrong_basis += lane.report.counter.basis != WT_BASIS_UNDETERMINED &&
                           lane.report.counter.basis != (journey->by_packet ? WT_BASIS_PACKET : WT_BASIS_WIRE);
    arrival.octets_accused += lane.report.counter.octet_verdict == WT_VERDICT_UNDER_REPORTS;
    last_read = tick;
    tick += journey->interval;
  }
  arrival.bypass = lane.judge.bypass_frames;
  arrival.frames = lane.report.wire.frames;
  arrival.truth = road->frames[last_read] - road->frames[begin];
  arrival.last = counter_verdict(&lane);
  return arrival;
}

static const struct rates steady = {1e9, 0, 10000, 10000, 1};
static const struct rates varying = {20, 0, 2000, 20000, 20};
static const struct rates bursts = {5, 60, 100, 100000, 20};

static double lag_setting(enum lag lag)
{
  return lag == NO_LAG ? 0.1 : 2.0;
}

enum { ACCUSED = 1, BASIS = 2, BYPASS = 4 };

/* Counters that count every frame, only late, are never accused, mistaken for others, or made into unseen traffic. */
static void check_honest(const struct rates *rates, const char *kind, enum lag first, enum lag last, int what)
{
  static struct road road;

  for (uint64_t seed = 51; seed <= 53; seed++) {
    struct random random = {seed};

    pave(&road, rates, &random);
    for (int lag = (int)first; lag <= (int)last; lag++) {
      for (int interval = TICKS; interval <= 10 * TICKS; interval *= 10) {
        const struct journey journey = {
            .lag = (enum lag)lag, .interval = interval, .polls = interval == TICKS ? 4000 : 1900};
        struct arrival arrival = travel(&road, &journey, lag_setting(journey.lag), &random);
        char name[96];

        snprintf(name, sizeof(name), "%s, %s, every %d s, seed %d", kind, lag_names[lag], interval / TICKS, (int)seed);
        if (what & ACCUSED) {
          check_int(name, arrival.accused, 0);
          check_int(name, arrival.octets_accused, 0);
        }
        if (what & BASIS)
          check_int(name, arrival.wrong_basis, 0);
        if (what & BYPASS) {
          check_int(name, arrival.bypass, 0);
          check_int(name, arrival.frames, arrival.truth);
        }
      }
    }
  }
}

static void late_counters_are_not_accused_at_steady_rates(void **state)
{
  (void)state;
  check_honest(&steady, "steady", NO_LAG, ANY_DELAY, ACCUSED | BASIS | BYPASS);
  check_done();
}

static void counters_without_lag_are_not_accused(void **state)
{
  (void)state;
  check_honest(&varying, "varying", NO_LAG, NO_LAG, ACCUSED | BASIS | BYPASS);
  check_honest(&bursts, "bursts", NO_LAG, NO_LAG, ACCUSED | BASIS | BYPASS);
  check_done();
}

static void late_counters_are_not_accused_at_varying_rates(void **state)
{
  (void)state;
  check_honest(&varying, "varying", EACH_SECOND, ANY_DELAY, ACCUSED);
  check_done();
}

static void late_counters_are_not_accused_in_bursts(void **state)
{
  (void)state;
  check_honest(&bursts, "bursts", EACH_SECOND, ANY_DELAY, ACCUSED);
  check_done();
}

static void late_counters_are_not_mistaken_for_others(void **state)
{
  (void)state;
  check_honest(&varying, "varying", EACH_SECOND, ANY_DELAY, BASIS);
  check_honest(&bursts, "bursts", EACH_SECOND, ANY_DELAY, BASIS);
  check_done();
}

static void late_counters_make_no_unseen_traffic(void **state)
{
  (void)state;
  check_honest(&varying, "varying", EACH_SECOND, ANY_DELAY, BYPASS);
  check_honest(&bursts, "bursts", EACH_SECOND, ANY_DELAY, BYPASS);
  check_done();
}

/* The first reading falls right behind a burst that the counter has not shown yet: it shows up after it, unseen. */
static void a_burst_before_the_first_reading_is_not_unseen(void **state)
{
  struct lane lane;

  (void)state;
  open_lane(&lane, WT_RX, 300, 2.0);
  tap(&lane, 200000, 200000);
  count(&lane, 100000, 100000 * FRAME); /* the other half comes with the next refresh */
  poll_after(&lane, 1);
  count(&lane, 100000, 100000 * FRAME);
  for (int poll = 0; poll < 400; poll++) {
    pass_by_wire(&lane, 1000, 1000);
    poll_after(&lane, 1);
    check_int("bypass", lane.judge.bypass_frames, 0);
    check("not accused", !accuses(&lane));
  }
  check_int("frames", lane.report.wire.frames, 400000);
  check_done();
}

/* No lag explains a counter that has a twentieth of the frames. */
static void a_real_divergence_is_found_behind_a_lag(void **state)
{
  static struct road road;

  (void)state;
  for (uint64_t seed = 61; seed <= 62; seed++) {
    static const struct rates merged = {20, 0, 2000, 20000, 20};
    struct random random = {seed};

    pave(&road, &merged, &random);
    for (int lag = 0; lag < LAGS; lag++) {
      for (int interval = TICKS; interval <= 10 * TICKS; interval *= 10) {
        const struct journey journey = {
            .lag = (enum lag)lag, .interval = interval, .by_packet = true, .polls = interval == TICKS ? 3000 : 1500};
        struct arrival arrival = travel(&road, &journey, lag_setting(journey.lag), &random);
        char name[96];

        snprintf(name, sizeof(name), "%s, every %d s, seed %d", lag_names[lag], interval / TICKS, (int)seed);
        check(name, arrival.accused > journey.polls * 9 / 10);
        check_int(name, arrival.bypass, 0);
        check_int(name, arrival.frames, arrival.truth);
      }
    }
  }
  check_done();
}

/* One frame in twenty is missing, all the time. A lag stays, this grows: once found, it stays found. */
static void a_small_divergence_is_found_and_stays_found(void **state)
{
  static struct road road;

  (void)state;
  for (int lag = 0; lag < LAGS; lag++) {
    struct random random = {71};

    pave(&road, &steady, &random);
    for (int interval = TICKS; interval <= 10 * TICKS; interval *= 10) {
      const struct journey journey = {
          .lag = (enum lag)lag, .interval = interval, .missing = 0.05, .polls = interval == TICKS ? 3000 : 1500};
      struct arrival arrival = travel(&road, &journey, lag_setting(journey.lag), &random);
      char name[96];

      snprintf(name, sizeof(name), "%s, every %d s", lag_names[lag], interval / TICKS);
      check_text(name, wt_verdict_name(arrival.last), "under-reports");
      check_int(name, arrival.flaps, 1);
    }
  }
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(totals_are_exact),
      cmocka_unit_test(hidden_frames_and_tags_are_totals),
      cmocka_unit_test(a_doubt_about_ends_of_messages_stays),
      cmocka_unit_test(frames_past_the_tap_are_hidden_without_a_bound),
      cmocka_unit_test(without_a_tap_nothing_is_known_to_be_hidden),
      cmocka_unit_test(samples_know_no_tags),
      cmocka_unit_test(what_is_not_known_is_reported_so),
      cmocka_unit_test(totals_never_go_back),
      cmocka_unit_test(totals_of_samples_never_go_back),
      cmocka_unit_test(totals_never_go_back_when_the_source_changes),
      cmocka_unit_test(totals_never_go_back_when_estimates_do),
      cmocka_unit_test(what_the_tap_found_stays_without_it),
      cmocka_unit_test(a_counter_that_goes_back_is_a_discontinuity),
      cmocka_unit_test(restarting_keeps_totals_and_what_was_found),
      cmocka_unit_test(forgetting_keeps_totals_alone),
      cmocka_unit_test(the_window_reaches_back_one_horizon),
      cmocka_unit_test(what_left_the_horizon_is_forgotten),
      cmocka_unit_test(a_verdict_is_held_while_it_is_quiet),
      cmocka_unit_test(since_is_when_misreporting_began),
      cmocka_unit_test(a_second_time_is_another_time),
      cmocka_unit_test(what_passed_unseen_is_found_to_the_frame),
      cmocka_unit_test(what_is_found_late_is_told),
      cmocka_unit_test(a_little_unseen_leaves_the_source),
      cmocka_unit_test(unseen_traffic_is_found_behind_a_lag),
      cmocka_unit_test(what_is_on_its_way_is_not_unseen),
      cmocka_unit_test(a_burst_at_a_bracket_is_not_unseen),
      cmocka_unit_test(unseen_traffic_is_found_after_a_long_run),
      cmocka_unit_test(a_trickle_is_not_poured_into_one_window),
      cmocka_unit_test(unseen_octets_are_found_beside_an_offset),
      cmocka_unit_test(unseen_traffic_is_found_beside_merged_traffic),
      cmocka_unit_test(a_change_of_basis_invents_no_unseen_traffic),
      cmocka_unit_test(sampling_errors_are_not_unseen_traffic),
      cmocka_unit_test(sampling_errors_do_not_change_the_basis),
      cmocka_unit_test(sampling_errors_do_not_add_to_unseen_traffic),
      cmocka_unit_test(late_counters_are_not_accused_at_steady_rates),
      cmocka_unit_test(counters_without_lag_are_not_accused),
      cmocka_unit_test(late_counters_are_not_accused_at_varying_rates),
      cmocka_unit_test(late_counters_are_not_accused_in_bursts),
      cmocka_unit_test(late_counters_are_not_mistaken_for_others),
      cmocka_unit_test(late_counters_make_no_unseen_traffic),
      cmocka_unit_test(a_burst_before_the_first_reading_is_not_unseen),
      cmocka_unit_test(a_real_divergence_is_found_behind_a_lag),
      cmocka_unit_test(a_small_divergence_is_found_and_stays_found),
  };

  return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
