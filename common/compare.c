/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "compare_table.h"
#include "error.h"
#include "pass_trace.h"
#include "point.h"

enum { AHEAD = 20000000 }; /* ns: both points know when to begin and end before that is, or nothing is compared */

struct side {
  const char *name;       /* as given; not ours */
  struct wt_point *point; /* NULL: a file */
  struct wt_seen_table seen;
  struct wt_pass_point terms;
};

struct wt_compare {
  struct side sides[WT_POINTS];
  struct wt_comparison comparison;
  struct wt_flow_compared *flows;
  struct wt_ways_compared ways[WT_WAYS_MOST];
  struct wt_compare_terms terms;
  uint64_t begin;    /* CLOCK_MONOTONIC, ns */
  double begin_time; /* Unix */
};

static uint64_t clock_now(clockid_t clock)
{
  struct timespec time;

  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Until the moment that both points were told has come. */
static void wait_for(uint64_t time)
{
  const struct timespec until = {.tv_sec = (time_t)(time / 1000000000), .tv_nsec = (long)(time % 1000000000)};

  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
    ;
}

/* ---- opening ----------------------------------------------------------------------------------------------------- */

/* An interface of that name comes first: a file can always be named by a path. */
static int open_side(struct side *side, const char *name, struct wt_error *error)
{
  struct wt_point_target target;
  struct wt_error why = {0};
  struct stat file;
  int status = wt_point_parse(name, &target, error);

  side->name = name;
  if (status)
    return status;
  if (!*target.interface)
    return 0;
  status = wt_point_open(&side->point, &target, &why);
  if (status == -ENODEV && !*target.netns) {
    if (stat(name, &file) == 0 || strcmp(name, "-") == 0)
      return 0;
    return wt_fail(error, -ENODEV, "there is no interface %s, and no capture file of that name", name);
  }
  if (status)
    *error = why;
  return status;
}

/* What is read of it is gone, and who writes it waits for that. */
static bool is_pipe(const char *name)
{
  struct stat what;
  int status = strcmp(name, "-") == 0 ? fstat(STDIN_FILENO, &what) : stat(name, &what);

  return status == 0 && !S_ISREG(what.st_mode);
}

/* Beside an interface files are read at the end. */
static int refuse_pipes(const struct wt_compare *compare, struct wt_error *error)
{
  for (int point = 0; point < WT_POINTS && !wt_compare_is_offline(compare); point++)
    if (!compare->sides[point].point && is_pipe(compare->sides[point].name))
      return wt_fail(error, -EINVAL,
                     "%s is a pipe, which cannot be compared with an interface: it would wait for the end, and its "
                     "capture drop packets; let it be written to a file",
                     compare->sides[point].name);
  return 0;
}

static int check_files(const struct wt_compare *compare, struct wt_error *error)
{
  for (int point = 0; point < WT_POINTS; point++) {
    int status = compare->sides[point].point ? 0 : wt_pass_trace_check(compare->sides[point].name, error);

    /* -EINVAL is for what was named wrong. */
    if (status == -EINVAL)
      status = -EBADMSG;
    if (status) {
      error->code = status;
      return status;
    }
  }
  return 0;
}

/* A point that was told too late has missed what the other one counted. */
static int check_told(uint64_t time, const char *what, struct wt_error *error)
{
  if (clock_now(CLOCK_MONOTONIC) < time)
    return 0;
  return wt_fail(error, -EAGAIN, "this host was too busy to %s at both points at the same time: try again", what);
}

static int begin_observation(struct wt_compare *compare, struct wt_error *error)
{
  int status;

  compare->begin = clock_now(CLOCK_MONOTONIC) + AHEAD;
  compare->begin_time = (double)(clock_now(CLOCK_REALTIME) + AHEAD) / 1e9;
  for (int point = 0; point < WT_POINTS; point++)
    if (compare->sides[point].point)
      wt_point_begin(compare->sides[point].point, compare->begin);
  status = check_told(compare->begin, "begin", error);
  if (status == 0)
    wait_for(compare->begin);
  return status;
}

int wt_compare_open(struct wt_compare **out, const char *a, const char *b, struct wt_error *error)
{
  struct wt_compare *compare = calloc(1, sizeof(*compare));
  int status;

  *out = NULL;
  if (!compare)
    return wt_fail(error, -ENOMEM, "comparing: out of memory");
  status = open_side(&compare->sides[WT_POINT_A], a, error);
  if (status == 0)
    status = open_side(&compare->sides[WT_POINT_B], b, error);
  if (status == 0)
    status = refuse_pipes(compare, error);
  if (status == 0)
    status = check_files(compare, error);
  if (status == 0 && !wt_compare_is_offline(compare))
    status = begin_observation(compare, error);
  if (status) {
    wt_compare_close(compare);
    return status;
  }
  *out = compare;
  return 0;
}

bool wt_compare_is_offline(const struct wt_compare *compare)
{
  return !compare->sides[WT_POINT_A].point && !compare->sides[WT_POINT_B].point;
}

void wt_compare_close(struct wt_compare *compare)
{
  if (!compare)
    return;
  for (int point = 0; point < WT_POINTS; point++) {
    wt_point_close(compare->sides[point].point);
    wt_seen_free(&compare->sides[point].seen);
  }
  free(compare->flows);
  free(compare);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

struct reading {
  struct side *side;
  struct wt_point_report *report;
};

static enum wt_way way_of(const struct wt_pass_key *key)
{
  return key->direction == WT_RX ? WT_WAY_RX : WT_WAY_TX;
}

static int take_passage(void *context, const struct wt_pass_key *key, const struct wt_passage *passage)
{
  const struct reading *reading = context;
  struct wt_flow_id id = {.source_port = key->source_port,
                          .target_port = key->target_port,
                          .family = key->family,
                          .protocol = key->protocol};

  memcpy(id.source, key->source, sizeof(id.source));
  memcpy(id.target, key->target, sizeof(id.target));
  reading->report->flows++;
  return wt_seen_add(&reading->side->seen, &id, passage);
}

static int take_rest_passage(void *context, const struct wt_pass_key *key, const struct wt_passage *passage)
{
  const struct reading *reading = context;

  (void)key;
  wt_passage_add(&reading->report->rest, passage);
  return 0;
}

static int take_flow(void *context, const struct wt_pass_key *key, const struct wt_pass_value *value)
{
  const struct reading *reading = context;
  struct wt_passage passage;

  wt_pass_passage(value, way_of(key), &reading->side->terms, &passage);
  return take_passage(context, key, &passage);
}

static int take_rest(void *context, const struct wt_pass_key *key, const struct wt_pass_value *value)
{
  const struct reading *reading = context;
  struct wt_passage passage;

  wt_pass_passage(value, way_of(key), &reading->side->terms, &passage);
  return take_rest_passage(context, key, &passage);
}

static int read_interface(struct wt_compare *compare, struct reading *reading, struct wt_error *error)
{
  int status;

  reading->side->terms = wt_point_terms(reading->side->point);
  reading->side->terms.begin = compare->begin_time;
  reading->report->begin = compare->begin_time;
  reading->report->end = compare->begin_time + compare->comparison.seconds;
  reading->report->dropped = 0;
  status = wt_point_read(reading->side->point, take_flow, take_rest, reading);
  if (status == -ENETDOWN)
    return wt_fail(error, status, "%s was down or gone for a while: what is missing there need not be lost",
                   reading->side->name);
  return status
             ? wt_fail(error, status, "%s: what was counted cannot be read: %s", reading->side->name, strerror(-status))
             : 0;
}

/* Of a file beside an interface only what passed while the interface was observed. */
static int read_file(struct wt_compare *compare, struct reading *reading, struct wt_error *error)
{
  struct wt_pass_trace trace = {.from = 0, .until = WT_UNKNOWN};
  int status;

  if (!wt_compare_is_offline(compare)) {
    trace.from = (uint64_t)(compare->begin_time * 1e9);
    trace.until = trace.from + (uint64_t)(compare->comparison.seconds * 1e9);
  }
  status = wt_pass_trace_read(&trace, reading->side->name, take_passage, take_rest_passage, reading, error);
  reading->report->file = true;
  reading->report->begin = trace.first;
  reading->report->end = trace.last;
  reading->report->left_out = trace.left_out;
  reading->report->dropped = trace.dropped;
  reading->report->unfinished = trace.unfinished;
  reading->report->not_understood = trace.not_understood;
  return status;
}

static int read_side(struct wt_compare *compare, int point, struct wt_error *error)
{
  struct reading reading = {&compare->sides[point], &compare->comparison.point[point]};
  int status;

  reading.report->name = reading.side->name;
  status = reading.side->point ? read_interface(compare, &reading, error) : read_file(compare, &reading, error);
  if (status == 0) {
    wt_seen_sort(&reading.side->seen);
    compare->terms.dropped[point] = wt_known(reading.report->dropped) && reading.report->dropped > 0;
    compare->terms.rest[point] = reading.report->rest.packets > 0;
    compare->terms.begin[point] = reading.report->begin;
    compare->terms.end[point] = reading.report->end;
  }
  return status;
}

static int end_observation(struct wt_compare *compare, struct wt_error *error)
{
  uint64_t end = clock_now(CLOCK_MONOTONIC) + AHEAD;
  int status;

  for (int point = 0; point < WT_POINTS; point++)
    if (compare->sides[point].point)
      wt_point_end(compare->sides[point].point, end);
  status = check_told(end, "end", error);
  if (status)
    return status;
  wait_for(end);
  compare->comparison.seconds = (double)(end - compare->begin) / 1e9;
  return 0;
}

int wt_compare_finish(struct wt_compare *compare, const struct wt_comparison **result, struct wt_error *error)
{
  struct wt_comparison *comparison = &compare->comparison;
  struct wt_seen_table tables[WT_POINTS];
  int status = 0;

  compare->terms.offline = wt_compare_is_offline(compare);
  if (!compare->terms.offline)
    status = end_observation(compare, error);
  if (status)
    return status;
  comparison->same_clock = compare->sides[WT_POINT_A].point && compare->sides[WT_POINT_B].point;
  compare->terms.same_clock = comparison->same_clock;
  for (int point = 0; point < WT_POINTS && status == 0; point++) {
    status = read_side(compare, point, error);
    tables[point] = compare->sides[point].seen;
  }
  if (status)
    return status;
  status = wt_compare_tables(tables, &compare->terms, &compare->flows, &comparison->flow_count);
  if (status)
    return wt_fail(error, status, "comparing: out of memory");
  comparison->flows = compare->flows;
  comparison->ways = compare->ways;
  comparison->way_count = wt_compare_ways(compare->flows, comparison->flow_count, compare->ways);
  *result = comparison;
  return 0;
}
