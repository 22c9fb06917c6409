/* SPDX-License-Identifier: MIT */
/*
 * A series beside wire: samples are placed between our own readings by their time and by their values, and the verdict
 * on what lies between two of them has bounds that hold the truth. The traffic is known to the frame at every moment,
 * so that each verdict can be compared with it.
 */
#include "check.h"

#include "random.h"
#include "series_judge.h"

enum { OCTETS = 1000 }; /* of what the counter counts as one */

/* Frames that have passed at a time, and what the counter has of them: one unit for each merged frames, and lag later.
 */
struct road {
  double rate, merged, lag;
  double from; /* no traffic before it */
};

static double frames_at(const struct road *road, double time)
{
  return time > road->from ? floor((time - road->from) * road->rate) : 0;
}

/* A counter does not begin at 0. */
static double counted_at(const struct road *road, double time)
{
  return 5000000 + floor(frames_at(road, time - road->lag) / road->merged);
}

/* How a pipeline tells the counter. */
struct pipeline {
  double factor, offset, delay; /* seconds that its values are older than it says */
  double frozen;                /* time from which on it stands still; 0: never */
  double reset;                 /* time at which it begins at 0; 0: never */
};

static double told_at(const struct road *road, const struct pipeline *pipeline, double time)
{
  double at = time - pipeline->delay, counted;

  if (pipeline->frozen && at > pipeline->frozen)
    at = pipeline->frozen;
  counted = counted_at(road, at);
  if (pipeline->reset && time >= pipeline->reset)
    counted -= counted_at(road, pipeline->reset);
  return floor(counted * pipeline->factor + pipeline->offset);
}

struct drive {
  struct road road;
  struct pipeline pipeline;
  double poll, scrape; /* seconds between our readings, and between samples */
  double stamped;      /* 1: samples have stamps; 0: they are as old as the question */
  double slack;        /* seconds that a scrape may take */
  bool other_devices;
  bool blind; /* without a tap */
  double duration, horizon;
};

static struct wt_series_track track;

static void mark_at(const struct drive *drive, double time)
{
  struct wt_series_mark mark = {.begin = time, .end = time + 1e-3};
  double counted = counted_at(&drive->road, time);

  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_series_point *point = &mark.point[direction];

    point->counter[WT_SERIES_PACKETS] = (uint64_t)counted;
    point->counter[WT_SERIES_OCTETS] = (uint64_t)counted * OCTETS;
    point->wire = (struct wt_wire_sum){.frames = frames_at(&drive->road, time),
                                       .blind = drive->blind ? (unsigned int)(time / drive->poll) : 0};
  }
  wt_series_track_mark(&track, &mark, 300);
}

static void sample_at(const struct drive *drive, double time, double asked, double answered)
{
  const struct wt_series_clock clock = {
      .started = asked, .ended = answered, .scrape = drive->slack, .ahead_low = 0, .ahead_high = 0};
  struct wt_series_row row = {.count = 1};
  double told = told_at(&drive->road, &drive->pipeline, time);

  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    row.samples[0].value[direction][WT_SERIES_PACKETS] = told;
    row.samples[0].value[direction][WT_SERIES_OCTETS] = told * OCTETS;
  }
  row.samples[0].stamp = drive->stamped > 0 ? time : NAN;
  wt_series_track_take(&track, &row, &clock, drive->road.lag, drive->horizon);
}

/* Polls and scrapes until the end. What is scraped between two polls is seen at the second. */
static const struct wt_series_finding *run(const struct drive *drive)
{
  double scraped = 0.37 * drive->scrape;
  struct wt_series_scene scene = {
      .limits = {.tolerance = 0.01, .least_frames = 1000}, .patience = 300, .other_devices = drive->other_devices};

  wt_series_track_init(&track);
  for (int poll = 0; poll * drive->poll <= drive->duration; poll++) {
    double time = poll * drive->poll, newest = NAN;

    mark_at(drive, time);
    while (scraped < time) {
      newest = scraped;
      scraped += drive->scrape;
    }
    if (!isnan(newest))
      sample_at(drive, newest, time - drive->poll + 1e-2, time);
    scene.now = scene.unix_time = time;
    wt_series_judge(&track, WT_RX, WT_CAUSE_TSO, &scene);
  }
  return &track.finding[WT_RX];
}

static const struct {
  const char *name;
  struct drive drive;
  enum wt_verdict verdict;
  enum wt_cause cause;
  double ratio;
  const char *reason;
} rows[] = {
    {"a counter of frames",
     {.road = {10000, 1, 0, 0}, .pipeline = {1, 0, 0, 0, 0}, .poll = 10, .scrape = 10, .duration = 600, .horizon = 300},
     WT_VERDICT_AGREES,
     WT_CAUSE_NONE,
     1,
     NULL},
    {"a counter of frames, scraped by somebody else",
     {.road = {10000, 1, 0, 0},
      .pipeline = {1, 0, 0, 0, 0},
      .poll = 10,
      .scrape = 15,
      .stamped = 1,
      .slack = 10,
      .duration = 600,
      .horizon = 300},
     WT_VERDICT_AGREES,
     WT_CAUSE_NONE,
     1,
     NULL},
    {"a counter of packets",
     {.road = {100000, 40, 0, 0},
      .pipeline = {1, 0, 0, 0, 0},
      .poll = 10,
      .scrape = 15,
      .stamped = 1,
      .slack = 10,
      .duration = 600,
      .horizon = 300},
     WT_VERDICT_UNDER_REPORTS,
     WT_CAUSE_TSO,
     0.025,
     NULL},
    {"a counter of frames that is two seconds late",
     {.road = {10000, 1, 2, 0}, .pipeline = {1, 0, 0, 0, 0}, .poll = 1, .scrape = 1, .duration = 600, .horizon = 300},
     WT_VERDICT_AGREES,
     WT_CAUSE_NONE,
     1,
     NULL},
    {"for three seconds",
     {.road = {10000, 1, 0, 0.5}, .pipeline = {1, 0, 0, 0, 0}, .poll = 0.2, .scrape = 0.4, .duration = 3, .horizon = 3},
     WT_VERDICT_AGREES,
     WT_CAUSE_NONE,
     1,
     NULL},
    {"twice what is counted",
     {.road = {10000, 1, 0, 0},
      .pipeline = {2, 0, 0, 0, 0},
      .poll = 10,
      .scrape = 10,
      .duration = 600,
      .horizon = 300,
      .other_devices = true},
     WT_VERDICT_OVER_REPORTS,
     WT_CAUSE_UNKNOWN,
     2,
     NULL},
    {"from another beginning on",
     {.road = {10000, 1, 0, 0},
      .pipeline = {1, -4000000, 0, 0, 0},
      .poll = 1,
      .scrape = 10,
      .stamped = 1,
      .duration = 1200,
      .horizon = 600},
     WT_VERDICT_AGREES,
     WT_CAUSE_NONE,
     1,
     NULL},
    {"another counter, in another namespace",
     {.road = {10000, 1, 0, 0},
      .pipeline = {0.01, 7, 0, 0, 0},
      .poll = 10,
      .scrape = 10,
      .duration = 600,
      .horizon = 300},
     WT_VERDICT_UNDER_REPORTS,
     WT_CAUSE_UNKNOWN,
     0.01,
     NULL},
    {"it stands still",
     {.road = {10000, 1, 0, 0},
      .pipeline = {1, 0, 0, 100, 0},
      .poll = 10,
      .scrape = 10,
      .duration = 600,
      .horizon = 300},
     WT_VERDICT_UNDER_REPORTS,
     WT_CAUSE_STALE,
     0,
     NULL},
    {"values half a minute old",
     {.road = {10000, 1, 0, 0}, .pipeline = {1, 0, 30, 0, 0}, .poll = 1, .scrape = 10, .duration = 400, .horizon = 300},
     WT_VERDICT_AGREES,
     WT_CAUSE_NONE,
     1,
     NULL},
    {"values half a minute old, and readings far apart",
     {.road = {10000, 1, 0, 0},
      .pipeline = {1, 0, 30, 0, 0},
      .poll = 10,
      .scrape = 10,
      .duration = 400,
      .horizon = 300},
     WT_VERDICT_UNKNOWN,
     WT_CAUSE_UNKNOWN,
     1,
     "when the samples were taken is not known well enough; a longer window will tell"},
    {"few frames",
     {.road = {2, 1, 0, 0}, .pipeline = {1, 0, 0, 0, 0}, .poll = 10, .scrape = 10, .duration = 300, .horizon = 300},
     WT_VERDICT_UNKNOWN,
     WT_CAUSE_UNKNOWN,
     NAN,
     "too few frames between the samples of the series for a verdict"},
    {"without a tap",
     {.road = {10000, 1, 0, 0},
      .pipeline = {1, 0, 0, 0, 0},
      .poll = 10,
      .scrape = 10,
      .blind = true,
      .duration = 300,
      .horizon = 300},
     WT_VERDICT_UNKNOWN,
     WT_CAUSE_UNKNOWN,
     NAN,
     "without a capture the counter is the only source"},
    {"one sample",
     {.road = {10000, 1, 0, 0},
      .pipeline = {1, 0, 0, 0, 0},
      .poll = 10,
      .scrape = 100,
      .stamped = 1,
      .duration = 130,
      .horizon = 300},
     WT_VERDICT_UNKNOWN,
     WT_CAUSE_UNKNOWN,
     NAN,
     "only one sample of the series so far, or since the last change"},
    {"no sample",
     {.road = {10000, 1, 0, 0},
      .pipeline = {1, 0, 0, 0, 0},
      .poll = 10,
      .scrape = 1000,
      .duration = 130,
      .horizon = 300},
     WT_VERDICT_UNKNOWN,
     WT_CAUSE_UNKNOWN,
     NAN,
     "no sample of the series yet that lies between two readings"},
    {"reset a moment ago",
     {.road = {10000, 1, 0, 0},
      .pipeline = {1, 0, 0, 0, 390},
      .poll = 10,
      .scrape = 10,
      .duration = 400,
      .horizon = 300},
     WT_VERDICT_UNKNOWN,
     WT_CAUSE_UNKNOWN,
     NAN,
     "the series went back: it was reset or another took its place; only one sample since"},
    {"no more samples",
     {.road = {10000, 1, 0, 0},
      .pipeline = {1, 0, 0, 0, 0},
      .poll = 10,
      .scrape = 500,
      .stamped = 1,
      .duration = 600,
      .horizon = 300},
     WT_VERDICT_UNKNOWN,
     WT_CAUSE_STALE,
     NAN,
     "the series is stale: its newest sample is too old"},
};

static void test_verdicts(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_series_finding *finding = run(&rows[i].drive);

    check_text(rows[i].name, wt_verdict_name(finding->verdict), wt_verdict_name(rows[i].verdict));
    check_text(rows[i].name, wt_cause_name(finding->cause), wt_cause_name(rows[i].cause));
    check_near(rows[i].name, finding->ratio, rows[i].ratio, 0.004);
    check_text(rows[i].name, finding->reason ? finding->reason : "", rows[i].reason ? rows[i].reason : "");
    check(rows[i].name, isnan(finding->since) == (finding->verdict < WT_VERDICT_UNDER_REPORTS));
  }
  check_done();
}

/* What was added up since a reset has what was before it, and no more. */
static void test_reset(void **state)
{
  const struct drive drive = {.road = {10000, 1, 0, 0},
                              .pipeline = {1, 0, 0, 0, 250},
                              .poll = 1,
                              .scrape = 10,
                              .stamped = 1,
                              .duration = 600,
                              .horizon = 300};
  const struct wt_series_finding *finding = run(&drive);

  (void)state;
  /* Samples at 3.7 and 593.7 s; between 243.7 and 253.7 s it was reset: those 10 s are lost. */
  check_near("total", finding->total[WT_SERIES_PACKETS], (240.0 + 340.0) * 10000, 10);
  check_text("verdict", wt_verdict_name(finding->verdict), "agrees");
  check_done();
}

/* An exporter elsewhere: the values of another counter, beside the devices of another place. */
static void test_namespace(void **state)
{
  struct drive drive = {
      .road = {10000, 1, 0, 0}, .pipeline = {1, 0, 0, 0, 0}, .poll = 10, .scrape = 10, .duration = 300, .horizon = 300};
  const struct road other = {3000, 7, 0, 0}, same = {10000, 1, 0, 0};
  const struct road *roads[] = {&other, &same};
  struct wt_series_scene scene = {.limits = {.tolerance = 0.01, .least_frames = 1000}, .patience = 300};

  (void)state;
  for (int which = 0; which < 2; which++)
    for (int devices = 0; devices < 2; devices++) {
      const struct wt_series_finding *finding = &track.finding[WT_RX];
      const char *row = which ? "as much as here" : "less than here";

      wt_series_track_init(&track);
      scene.other_devices = devices > 0;
      for (int poll = 0; poll * drive.poll <= drive.duration; poll++) {
        double time = poll * drive.poll;
        const struct wt_series_clock clock = {.started = time - drive.poll + 1e-2, .ended = time};
        double told = 1000 + counted_at(roads[which], time - 5);
        struct wt_series_row samples = {.count = 1, .samples = {{.stamp = NAN}}};

        for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
          samples.samples[0].value[direction][WT_SERIES_PACKETS] = told * (1 + which);
          samples.samples[0].value[direction][WT_SERIES_OCTETS] = told * 77 + 1e9;
          if (which)
            samples.samples[0].value[direction][WT_SERIES_PACKETS] = told - 4990000;
        }
        mark_at(&drive, time);
        if (time > 0)
          wt_series_track_take(&track, &samples, &clock, 0.1, drive.horizon);
        scene.now = scene.unix_time = time;
        wt_series_judge(&track, WT_RX, WT_CAUSE_TSO, &scene);
      }
      if (which == 0) {
        check_text(row, wt_verdict_name(finding->verdict), "under-reports");
        check_text(row, wt_cause_name(finding->cause), "namespace");
      } else {
        check(row, finding->verdict == WT_VERDICT_UNKNOWN || !devices);
        check(row, !devices || finding->cause == WT_CAUSE_NAMESPACE);
      }
    }
  check_done();
}

/* Whatever the times are, no counter of frames is ever accused, and no counter of packets ever acquitted. */
static void test_never_wrong(void **state)
{
  struct random random = {11};
  unsigned int decided = 0;

  (void)state;
  for (int round = 0; round < 3000; round++) {
    bool packets = random_unit(&random) < 0.5;
    struct drive drive = {.road = {2000 * random_pareto(&random, 1), packets ? 2 + 40 * random_unit(&random) : 1,
                                   random_unit(&random) < 0.3 ? 2 : 0.01, 30 * random_unit(&random)},
                          .pipeline = {1, random_unit(&random) < 0.2 ? 12345 : 0, 0, 0, 0},
                          .poll = 0.2 + 15 * random_unit(&random),
                          .scrape = 0.3 + 40 * random_unit(&random),
                          .stamped = random_unit(&random) < 0.5,
                          .duration = 20 + 300 * random_unit(&random)};
    const struct wt_series_finding *finding;

    drive.slack = drive.stamped > 0 ? 10 : 0;
    drive.horizon = random_unit(&random) < 0.5 ? drive.duration : 60;
    finding = run(&drive);
    decided += finding->verdict != WT_VERDICT_UNKNOWN;
    check(packets ? "packets" : "frames",
          finding->verdict == WT_VERDICT_UNKNOWN ||
              finding->verdict == (packets ? WT_VERDICT_UNDER_REPORTS : WT_VERDICT_AGREES));
  }
  check("some are decided", decided > 1500);
  check_done();
}

/* One sample with a stamp and figures of our own making, both directions alike. */
static void stamped(double stamp, double now, double packets, double octets)
{
  const struct wt_series_clock clock = {.started = now - 0.5, .ended = now};
  struct wt_series_row row = {.count = 1, .samples = {{.stamp = stamp}}};

  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    row.samples[0].value[direction][WT_SERIES_PACKETS] = packets;
    row.samples[0].value[direction][WT_SERIES_OCTETS] = octets;
  }
  wt_series_track_take(&track, &row, &clock, 0, 300);
}

static const struct drive steady = {.road = {10000, 1, 0, 0}, .poll = 1};

static void steady_marks(int from, int to)
{
  for (int time = from; time < to; time++)
    mark_at(&steady, time);
}

/* A figure that one sample lacks is not lost to the totals, and going back behind it is a reset all the same. */
static void test_gap(void **state)
{
  const double *total = track.finding[WT_RX].total;

  (void)state;
  wt_series_track_init(&track);
  steady_marks(0, 100);
  stamped(10, 100, 1000, 1000000);
  stamped(20, 100, 2000, NAN);
  check_near("packets", total[WT_SERIES_PACKETS], 1000, 0);
  check_near("octets, still", total[WT_SERIES_OCTETS], 0, 0);
  stamped(30, 100, 4000, 4000000);
  check_near("packets", total[WT_SERIES_PACKETS], 3000, 0);
  check_near("octets", total[WT_SERIES_OCTETS], 3000000, 0);
  stamped(40, 100, 5000, NAN);
  stamped(50, 100, 6000, 100);
  check("a reset", track.was_reset);
  check_near("octets after it", total[WT_SERIES_OCTETS], 3000000, 0);
  check_done();
}

/* A clock that was ahead and is set right: what is yet to come is not taken, and takes nothing from what follows. */
static void test_future(void **state)
{
  (void)state;
  wt_series_track_init(&track);
  steady_marks(0, 100);
  stamped(1e15, 90, 1000, 1000000);
  check("not taken", track.in_future && !track.has_last);
  stamped(80, 90, 1000, 1000000);
  check("what follows is", !track.in_future && track.has_last);
  check_near("its time", track.stamp, 80, 0);
  /* The server was an hour ahead as we knew, and had that sample stamped by it; then it is set. */
  track.stamp = 3680;
  stamped(85, 95, 2000, 2000000);
  check_near("taken in spite of an earlier stamp", track.stamp, 85, 0);
  check_near("once", track.finding[WT_RX].total[WT_SERIES_PACKETS], 1000, 0);
  track.stamp = 3685;
  stamped(84, 95, 1900, 1900000);
  check("but not what was before it", !track.was_reset);
  check_near("at all", track.finding[WT_RX].total[WT_SERIES_PACKETS], 1000, 0);
  check_done();
}

/* A verdict is as old as the sample that decided it. */
static void test_age(void **state)
{
  struct wt_series_scene scene = {.limits = {.tolerance = 0.01, .least_frames = 1000}, .patience = 300};

  (void)state;
  wt_series_track_init(&track);
  steady_marks(0, 100);
  for (int time = 10; time <= 90; time += 10)
    stamped(time, 95, counted_at(&steady.road, time), OCTETS * counted_at(&steady.road, time));
  for (int now = 96; now < 150; now++) {
    scene.now = scene.unix_time = now;
    wt_series_judge(&track, WT_RX, WT_CAUSE_NONE, &scene);
  }
  check_text("held", wt_verdict_name(track.finding[WT_RX].verdict), "agrees");
  check_near("since its sample came", track.finding[WT_RX].decided_at, 96, 0);
  check_done();
}

/* What is told of either direction is held against its own frames. */
static void test_directions(void **state)
{
  const struct wt_series_scene scene = {
      .limits = {.tolerance = 0.01, .least_frames = 1000}, .patience = 300, .now = 96, .unix_time = 96};

  (void)state;
  wt_series_track_init(&track);
  steady_marks(0, 100);
  for (int time = 10; time <= 90; time += 10) {
    const struct wt_series_clock clock = {.started = 94, .ended = 95};
    struct wt_series_row row = {.count = 1, .samples = {{.stamp = time}}};

    for (int direction = 0; direction < WT_DIRECTIONS; direction++)
      for (int figure = 0; figure < WT_SERIES_FIGURES; figure++)
        row.samples[0].value[direction][figure] =
            counted_at(&steady.road, time) * (figure == WT_SERIES_OCTETS ? OCTETS : 1) / (direction == WT_TX ? 2 : 1);
    wt_series_track_take(&track, &row, &clock, 0, 300);
  }
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    wt_series_judge(&track, (enum wt_direction)direction, WT_CAUSE_NONE, &scene);
  check_text("receive", wt_verdict_name(track.finding[WT_RX].verdict), "agrees");
  check_text("transmit", wt_verdict_name(track.finding[WT_TX].verdict), "under-reports");
  check_near("transmit", track.finding[WT_TX].ratio, 0.5, 0.02);
  check_done();
}

/* However long it goes on, the readings that are kept reach back far enough, and are close where samples are. */
static void test_marks(void **state)
{
  const struct drive drive = {.road = {1000, 1, 0, 0}, .poll = 1};

  (void)state;
  wt_series_track_init(&track);
  for (int poll = 0; poll < 5000; poll++) {
    double time = poll * drive.poll;

    mark_at(&drive, time);
    if (time > 400) {
      check("reaches back", time - track.marks[0].begin >= 270 && time - track.marks[0].begin < 420);
      check("the newest are close", time - track.marks[track.mark_count - 4].begin < 10);
    }
    for (size_t i = 1; i < track.mark_count; i++)
      check("gaps", track.marks[i].begin - track.marks[i - 1].begin <= 1.5 + 0.4 * (time - track.marks[i].begin));
  }
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_verdicts),    cmocka_unit_test(test_reset), cmocka_unit_test(test_namespace),
      cmocka_unit_test(test_never_wrong), cmocka_unit_test(test_marks), cmocka_unit_test(test_gap),
      cmocka_unit_test(test_future),      cmocka_unit_test(test_age),   cmocka_unit_test(test_directions),
  };

  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
