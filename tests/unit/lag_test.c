/* SPDX-License-Identifier: MIT */
/*
 * Counters that lag: counted at completion, refreshed each second, shown one read late, and two of them at once; what
 * they count is frames or packets, received or transmitted, watched for seconds or for minutes. Over random bursts none
 * is ever said to be what it is not, and while traffic goes on the truth is found in bounded time.
 *
 * judge_test.c has the same for steady rates and for the long horizon.
 */
#include "check.h"

#include "judge.h"
#include "random.h"

enum {
  FRAME = 1514,
  HEADERS = 66,
  TICKS = 100, /* a second */
  BEFORE = 20 * TICKS,
  SECONDS = 400,
  LENGTH = BEFORE + SECONDS * TICKS,
  RING = 1024,      /* descriptors that wait for completion at most */
  SMALL_RING = 256, /* of a driver that completes late */
};

/* ---- traffic ---------------------------------------------------------------------------------------------------- */

/* Frames and packets that have passed until each tick. */
struct road {
  uint64_t frames[LENGTH + 1], packets[LENGTH + 1];
};

struct traffic {
  const char *name;
  double busy, quiet;      /* mean seconds */
  double slowest, fastest; /* frames a second while busy, chosen anew each time */
  uint64_t merged;         /* frames a packet */
};

static const struct traffic traffics[] = {
    {"single frames, steady", 1e9, 0, 8000, 8000, 1},   {"single frames, varying", 2, 0.1, 3000, 80000, 1},
    {"single frames, in bursts", 1, 6, 300, 200000, 1}, {"merged, steady", 1e9, 0, 80000, 80000, 20},
    {"merged, varying", 2, 0.1, 30000, 800000, 20},     {"merged, in bursts", 1, 6, 3000, 2000000, 20},
};

static void pave(struct road *road, const struct traffic *traffic, struct random *random)
{
  double left = 0, rate = 0;
  bool busy = false;

  road->frames[0] = road->packets[0] = 0;
  for (int tick = 0; tick < LENGTH; tick++) {
    uint64_t packets;

    if (left <= 0) {
      busy = !busy || traffic->quiet <= 0;
      left = -log(random_unit(random)) * (busy ? traffic->busy : traffic->quiet);
      rate = busy ? traffic->slowest * pow(traffic->fastest / traffic->slowest, random_unit(random)) : 0;
    }
    left -= 1.0 / TICKS;
    packets = (uint64_t)(rate / TICKS / (double)traffic->merged + random_unit(random));
    road->packets[tick + 1] = road->packets[tick] + packets;
    road->frames[tick + 1] = road->frames[tick] + packets * traffic->merged;
  }
}

/* ---- lags ------------------------------------------------------------------------------------------------------- */

enum lag {
  NO_LAG,
  AT_COMPLETION, /* whatever was not completed yet, a ring at most, and some milliseconds at most */
  NEXT_SENT,     /* counted when the next packet is sent: what is in the ring waits for it, however long */
  EACH_SECOND,
  ONE_READ_LATE,
  LATE_REFRESH, /* shown one read late, as of a refresh half a second before it */
  LAGS
};

static const char *const lag_names[LAGS] = {"no lag",
                                            "counted at completion",
                                            "counted when the next is sent",
                                            "refreshed each second",
                                            "shown one read late",
                                            "refreshed, and shown one read late"};

struct counted {
  uint64_t packets, frames;
};

static struct counted at(const struct road *road, int tick)
{
  return (struct counted){road->packets[tick], road->frames[tick]};
}

/* What a counter read at this tick is up to. */
static struct counted counted(enum lag lag, const struct road *road, int tick, int last_read, struct random *random)
{
  struct counted now = at(road, tick), old;
  uint64_t each, behind;

  switch (lag) {
  case AT_COMPLETION:
    old = at(road, tick - 1 - (int)random_below(random, 5));
    behind = now.packets - old.packets;
    if (behind > RING)
      behind = RING;
    if (behind == 0)
      return now;
    behind = random_below(random, behind + 1);
    each = (now.frames - old.frames) / (now.packets - old.packets);
    return (struct counted){now.packets - behind, now.frames - behind * each};
  case NEXT_SENT:
    /* What the last transmission found completed: all but what was sent in the last milliseconds before it. */
    while (tick > 2 && road->packets[tick - 1] == now.packets)
      tick--;
    old = at(road, tick - 2);
    behind = now.packets - old.packets;
    if (behind > SMALL_RING)
      behind = SMALL_RING;
    if (behind == 0)
      return now;
    return (struct counted){now.packets - behind,
                            now.frames - behind * (now.frames - old.frames) / (now.packets - old.packets)};
  case EACH_SECOND:
    return at(road, (tick - 37) / TICKS * TICKS + 37);
  case ONE_READ_LATE:
    return at(road, last_read);
  case LATE_REFRESH:
    return at(road, last_read - TICKS / 2);
  default:
    return now;
  }
}

/* ---- one run ---------------------------------------------------------------------------------------------------- */

struct watch {
  const char *name;
  double horizon;
  int interval; /* ticks between two polls */
};

/* A check of the usual length, a longer one, and an agent. */
static const struct watch watches[] = {{"for 3 s", 3, 19}, {"for 30 s", 30, TICKS}, {"for 5 min", 300, TICKS}};

struct run {
  enum wt_direction direction;
  enum lag lag;
  const struct traffic *traffic;
  const struct watch *watch;
  bool by_packet;
  double setting; /* seconds that the judge is told it may lag */
};

struct outcome {
  int polls, over, under, agrees; /* polls with these verdicts of the counter */
  int first;                      /* tick after the begin at which the verdict was first what is true; -1: never */
  int other_basis;                /* polls with a basis that is neither its own nor undetermined */
  int capture_wrong, cause_wrong;
  uint64_t bypass, frames, truth;
  uint64_t back; /* times that a total went back */
};

/* Packets are what the two have in common: of a burst of merged ones one counter has a twentieth. */
static struct wt_tally tally_at(const struct road *road, int tick)
{
  uint64_t frames = road->frames[tick], packets = road->packets[tick];

  return (struct wt_tally){
      .packets = packets,
      .packet_octets = frames * FRAME - (frames - packets) * HEADERS,
      .frames = frames,
      .frames_low = frames,
      .frames_high = frames,
      .octets = frames * FRAME,
      .octets_low = frames * FRAME,
      .octets_high = frames * FRAME,
      .hidden_tcp = frames - packets,
  };
}

static enum wt_verdict truth_of(const struct run *run)
{
  return run->by_packet && run->traffic->merged > 1 ? WT_VERDICT_UNDER_REPORTS : WT_VERDICT_AGREES;
}

static void note(const struct run *run, const struct wt_direction_report *report, int tick, struct outcome *outcome)
{
  enum wt_verdict verdict = report->counter.signal.verdict, capture = report->capture.verdict;
  enum wt_basis own = run->by_packet ? WT_BASIS_PACKET : WT_BASIS_WIRE;
  bool merged = run->traffic->merged > 1;

  outcome->polls++;
  outcome->over += verdict == WT_VERDICT_OVER_REPORTS;
  outcome->under += verdict == WT_VERDICT_UNDER_REPORTS;
  outcome->agrees += verdict == WT_VERDICT_AGREES;
  if (verdict == truth_of(run) && outcome->first < 0)
    outcome->first = tick;
  outcome->other_basis += report->counter.basis != WT_BASIS_UNDETERMINED && report->counter.basis != own;
  outcome->capture_wrong +=
      capture == WT_VERDICT_OVER_REPORTS || capture == (merged ? WT_VERDICT_AGREES : WT_VERDICT_UNDER_REPORTS);
  outcome->cause_wrong += report->cause == WT_CAUSE_BYPASS || (merged && report->cause == WT_CAUSE_NONE);
  outcome->back += report->wire.frames < outcome->frames;
  outcome->frames = report->wire.frames;
}

static struct outcome travel(const struct run *run, const struct road *road, struct random *random)
{
  const struct wt_facts facts = {.direction = run->direction, .source = WT_SOURCE_TAP, .gro = true};
  const struct wt_judge_settings settings = {
      .limits = {.tolerance = 0.01, .least_frames = 1000}, .horizon = run->watch->horizon, .lag = run->setting};
  int begin = BEFORE + (int)random_below(random, TICKS), last_read = begin - run->watch->interval, last = begin;
  struct outcome outcome = {.first = -1};
  struct wt_direction_report report;
  struct wt_judge judge;

  wt_judge_init(&judge);
  for (int tick = begin; tick <= LENGTH; tick += run->watch->interval) {
    struct counted count = counted(run->lag, road, tick, last_read, random);
    struct wt_observation now = {
        .time = tick / (double)TICKS,
        .tapped = true,
        .before = tally_at(road, tick),
        .after = tally_at(road, tick),
        .counter_packets = run->by_packet ? count.packets : count.frames,
        .counter_octets = count.frames * FRAME - (run->by_packet ? (count.frames - count.packets) * HEADERS : 0),
    };

    wt_judge_observe(&judge, &now, &facts, &settings, 1.7e9 + now.time);
    wt_judge_report(&judge, &facts, &report);
    note(run, &report, tick - begin, &outcome);
    last_read = last = tick;
  }
  outcome.bypass = judge.bypass_frames;
  outcome.truth = road->frames[last] - road->frames[begin];
  return outcome;
}

/* ---- what has to come of it ------------------------------------------------------------------------------------- */

enum what { VERDICTS = 1, BASIS = 2, WIRE = 4, FOUND = 8 };

static void judge_outcome(const char *name, const struct run *run, const struct outcome *outcome, int what)
{
  bool misreports = truth_of(run) == WT_VERDICT_UNDER_REPORTS;
  bool steady = run->traffic->quiet <= 0;

  if (what & VERDICTS) {
    check_int(name, outcome->over, 0);
    check_int(name, misreports ? outcome->agrees : outcome->under, 0);
    check_int(name, outcome->capture_wrong, 0);
    check_int(name, outcome->cause_wrong, 0);
  }
  if (what & BASIS)
    check_int(name, outcome->other_basis, 0);
  if (what & WIRE) {
    check_int(name, outcome->bypass, 0);
    check_int(name, outcome->frames, outcome->truth);
    check_int(name, outcome->back, 0);
  }
  /* A counter that has a twentieth is found out as soon as more has passed than can be behind. That one is right takes
   * until what may be behind is less than the tolerance: a longer window than a lag of some length leaves. */
  if (what & FOUND && steady && misreports)
    check(name, outcome->first >= 0 && outcome->first <= 8 * TICKS);
  if (what & FOUND && steady && !misreports && (run->lag <= AT_COMPLETION || run->watch->horizon >= 300))
    check(name, outcome->first >= 0 && outcome->first <= 250 * TICKS);
}

/* Who counts at the next transmission counts what was handed to it, one a packet. */
static bool exists(const struct run *run)
{
  return run->lag != NEXT_SENT || (run->direction == WT_TX && run->by_packet);
}

/* Every lag with every way of counting, direction and length of watching; seeds: how many roads of each traffic. */
static void check_all(uint64_t seeds, double setting, enum lag first, enum lag last, int what)
{
  static struct road road;

  for (size_t i = 0; i < CHECK_COUNT(traffics); i++) {
    for (uint64_t seed = 1; seed <= seeds; seed++) {
      struct random random = {100 * i + seed};

      pave(&road, &traffics[i], &random);
      for (int kind = 0; kind < 2 * (int)WT_DIRECTIONS * (int)CHECK_COUNT(watches); kind++) {
        for (int lag = (int)first; lag <= (int)last; lag++) {
          const struct run run = {
              .direction = kind / 2 % 2 ? WT_TX : WT_RX,
              .lag = (enum lag)lag,
              .traffic = &traffics[i],
              .watch = &watches[kind / 4],
              .by_packet = kind % 2,
              .setting = setting,
          };
          struct outcome outcome;
          char name[160];

          if (!exists(&run))
            continue;
          outcome = travel(&run, &road, &random);
          snprintf(name, sizeof(name), "%s, %s, %s, by %s, %s, seed %d", run.traffic->name, lag_names[lag],
                   wt_direction_name(run.direction), run.by_packet ? "packet" : "wire", run.watch->name, (int)seed);
          judge_outcome(name, &run, &outcome, what);
        }
      }
    }
  }
}

static void no_lag_is_no_trouble(void **state)
{
  (void)state;
  check_all(4, 0.1, NO_LAG, NO_LAG, VERDICTS | BASIS | WIRE | FOUND);
  check_done();
}

static void late_counters_are_never_accused_falsely(void **state)
{
  (void)state;
  check_all(4, 2.0, NO_LAG, LATE_REFRESH, VERDICTS);
  check_done();
}

static void late_counters_are_never_taken_for_others(void **state)
{
  (void)state;
  check_all(4, 2.0, NO_LAG, LATE_REFRESH, BASIS);
  check_done();
}

static void late_counters_add_nothing_to_the_wire(void **state)
{
  (void)state;
  check_all(4, 2.0, NO_LAG, LATE_REFRESH, WIRE);
  check_done();
}

static void the_truth_is_found_while_traffic_goes_on(void **state)
{
  (void)state;
  check_all(2, 2.0, NO_LAG, LATE_REFRESH, FOUND);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_lag_is_no_trouble),
      cmocka_unit_test(late_counters_are_never_accused_falsely),
      cmocka_unit_test(late_counters_are_never_taken_for_others),
      cmocka_unit_test(late_counters_add_nothing_to_the_wire),
      cmocka_unit_test(the_truth_is_found_while_traffic_goes_on),
  };

  return cmocka_run_group_tests_name("lag", tests, NULL, NULL);
}
