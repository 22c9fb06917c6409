/* SPDX-License-Identifier: MIT */
#include "series.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "news.h"
#include "series_judge.h"
#include "series_source.h"

/* A check of a few seconds needs several samples; an agent's polls are further apart than this anyway. */
static const double least_interval = 1, of_horizon = 0.125;
/* What Prometheus itself calls stale. */
static const double least_patience = 300;

struct wt_series {
  const struct wt_config *config;
  struct wt_series_source *source;
  struct wt_series_table *table; /* of an answer that was not put up against anything yet */
  struct wt_series_clock clock;
  double due;      /* monotonic time of the next attempt */
  double newest;   /* stamp of the newest sample of all; NAN without stamps */
  double answered; /* Unix time of the last complete answer; NAN */
  size_t devices;
  bool other_devices;
  struct wt_error error; /* of the last attempt */
  struct wt_news_list news;
};

int wt_series_open(struct wt_series **out, const struct wt_config *config, struct wt_error *error)
{
  struct wt_series *series = calloc(1, sizeof(*series));
  int status;

  *out = NULL;
  if (!series)
    return wt_fail(error, -ENOMEM, "series: out of memory");
  series->config = config;
  series->newest = series->answered = NAN;
  status = wt_series_source_open(&series->source, config, error);
  if (status) {
    wt_series_close(series);
    return status;
  }
  *out = series;
  return 0;
}

void wt_series_close(struct wt_series *series)
{
  if (!series)
    return;
  wt_series_source_close(series->source);
  wt_series_table_free(series->table);
  wt_news_free(&series->news);
  free(series);
}

/* ---- reading ------------------------------------------------------------------------------------------------------
 */

/* What a server or a library said may be anything. */
static void make_printable(char *text)
{
  for (; *text; text++)
    if (*text < 0x20 || *text > 0x7e)
      *text = '?';
}

/* The same kind of failure at each poll is worth one line. */
static void fail(struct wt_series *series, const struct wt_error *error)
{
  bool other = series->error.code != error->code;

  series->error = *error;
  make_printable(series->error.text);
  if (other)
    wt_news_add(&series->news, false, "the series %s cannot be read: %s", wt_series_source_shown(series->source),
                series->error.text);
}

static void succeed(struct wt_series *series, double unix_time)
{
  if (series->error.code)
    wt_news_add(&series->news, true, "the series %s can be read again", wt_series_source_shown(series->source));
  series->error = (struct wt_error){0};
  series->answered = unix_time;
}

void wt_series_drive(struct wt_series *series, double monotonic, double unix_time)
{
  struct wt_error error = {0};
  int status = 0;

  wt_news_begin(&series->news);
  if (!wt_series_source_is_busy(series->source)) {
    if (monotonic < series->due)
      return;
    series->due = monotonic + fmin(least_interval, of_horizon * wt_config_shortest_horizon(series->config));
    status = wt_series_source_start(series->source, monotonic, unix_time, series->newest, &error);
  }
  wt_series_table_free(series->table);
  series->table = NULL;
  if (status == 0)
    status = wt_series_source_drive(series->source, monotonic, unix_time, &series->table, &series->clock, &error);
  if (status == 0)
    succeed(series, unix_time);
  else if (status != -EAGAIN)
    fail(series, &error);
}

/* ---- devices ------------------------------------------------------------------------------------------------------
 */

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether the series has devices that are not here, or lacks some that are. lo is left out by many exporters. */
static bool has_other_devices(const struct wt_series_table *table, const struct wt_scene *scene)
{
  const char **names = calloc(scene->link_count + 1, sizeof(*names));
  bool other = wt_series_table_left_out(table) > 0;

  if (!names)
    return false;
  for (size_t i = 0; i < scene->link_count; i++) {
    names[i] = scene->links[i].name;
    other |= strcmp(names[i], "lo") != 0 && !wt_series_table_find(table, names[i]);
  }
  qsort(names, scene->link_count, sizeof(*names), compare_names);
  for (size_t i = 0; i < wt_series_table_count(table) && !other; i++) {
    const char *device = wt_series_table_row(table, i)->device;

    other = !bsearch(&device, names, scene->link_count, sizeof(*names), compare_names);
  }
  free(names);
  return other;
}

/* ---- interfaces ---------------------------------------------------------------------------------------------------
 */

static void mark(struct wt_entry *entry, double now, double keep)
{
  struct wt_series_mark mark = {.begin = entry->traffic->reading[WT_RX].time, .end = now};

  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    const struct wt_observation *reading = &entry->traffic->reading[direction];

    mark.point[direction] = (struct wt_series_point){{reading->counter_packets, reading->counter_octets},
                                                     entry->traffic->judge[direction].sum};
  }
  wt_series_track_mark(entry->series, &mark, keep);
}

static void take_row(struct wt_series *series, struct wt_entry *entry)
{
  const struct wt_series_row *row = wt_series_table_find(series->table, entry->link.name);
  struct wt_series_track *track = entry->series;
  char name[IFNAMSIZ];

  snprintf(name, sizeof(name), "%s", entry->link.name);
  make_printable(name);
  track->why[0] = '\0';
  if (!row) {
    /* A range of a few seconds may hold no sample: what was said before holds until it is stale. */
    if (!series->config->series_query || isnan(track->newest))
      snprintf(track->why, sizeof(track->why), "the series has no device '%s'", name);
  } else if (row->duplicate) {
    snprintf(track->why, sizeof(track->why), "the series has the device '%s' more than once%s", name,
             series->config->series_query ? ": SeriesQuery has to select one exporter" : "");
  } else {
    wt_series_track_take(track, row, &series->clock, entry->lag, entry->settings.horizon);
    if (track->in_future && isnan(track->newest))
      snprintf(track->why, sizeof(track->why), "the samples of the series have a time that is yet to come");
    if (!isnan(track->stamp) && !(track->stamp <= series->newest))
      series->newest = track->stamp;
  }
}

/* Why there is no verdict, where nothing was ever read. */
static void explain(const struct wt_series *series, struct wt_series_track *track)
{
  if (!isnan(track->newest))
    return;
  if (series->error.code)
    snprintf(track->why, sizeof(track->why), "the series cannot be read: %.98s", series->error.text);
  else if (isnan(series->answered))
    snprintf(track->why, sizeof(track->why), "the series has not answered yet");
}

static void follow(struct wt_series *series, struct wt_entry *entry, struct wt_series_scene *scene)
{
  scene->limits.tolerance = entry->settings.tolerance;
  scene->patience = fmax(entry->settings.horizon, least_patience);
  if (!entry->series) {
    entry->series = malloc(sizeof(*entry->series));
    if (!entry->series)
      return;
    wt_series_track_init(entry->series);
  }
  mark(entry, scene->now, scene->patience);
  if (series->table)
    take_row(series, entry);
  explain(series, entry->series);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    wt_series_judge(entry->series, (enum wt_direction)direction, entry->traffic->judge[direction].finding.cause, scene);
}

void wt_series_apply(struct wt_series *series, const struct wt_scene *scene, double monotonic, double unix_time)
{
  struct wt_series_scene common = {
      .limits = {.least_frames = WT_LEAST_FRAMES},
      .now = monotonic,
      .unix_time = unix_time,
  };

  if (series->table) {
    series->devices = wt_series_table_count(series->table);
    series->other_devices = has_other_devices(series->table, scene);
  }
  common.other_devices = series->other_devices;
  for (size_t i = 0; i < scene->entry_count; i++)
    if (scene->entries[i]->was_read)
      follow(series, scene->entries[i], &common);
  wt_series_table_free(series->table);
  series->table = NULL;
}

/* ---- report -------------------------------------------------------------------------------------------------------
 */

void wt_series_report(struct wt_series *series, struct wt_series_report *report)
{
  *report = (struct wt_series_report){
      .configured = true,
      .answered = series->answered,
      .devices = isnan(series->answered) ? WT_UNKNOWN : series->devices,
  };
  snprintf(report->url, sizeof(report->url), "%s", wt_series_source_shown(series->source));
  snprintf(report->error, sizeof(report->error), "%.255s", series->error.text);
  report->news = wt_news_deliver(&series->news, &report->news_count);
}

static uint64_t total(double figure)
{
  return isfinite(figure) ? (uint64_t)figure : WT_UNKNOWN;
}

static void report_direction(const struct wt_series_track *track, int direction, struct wt_direction_report *report)
{
  const struct wt_series_finding *finding = &track->finding[direction];
  bool blocked = track->why[0] != '\0';
  struct wt_signal *signal = &report->series;

  *signal = (struct wt_signal){
      .frames = total(finding->total[WT_SERIES_PACKETS]),
      .octets = total(finding->total[WT_SERIES_OCTETS]),
      .ratio = blocked ? NAN : finding->ratio,
      .divergence = blocked ? NAN : finding->divergence,
      .window_wire = blocked ? NAN : finding->wire,
      .window_signal = blocked ? NAN : finding->signal,
      .verdict = blocked ? WT_VERDICT_UNKNOWN : finding->verdict,
      .since = blocked ? NAN : finding->since,
      .decided_at = finding->decided_at,
  };
  if (signal->verdict == WT_VERDICT_UNKNOWN)
    snprintf(signal->reason, sizeof(signal->reason), "%s", blocked ? track->why : finding->reason);
  report->series_cause = blocked ? WT_CAUSE_UNKNOWN : finding->cause;
  report->series_time = track->read_at;
}

void wt_series_report_entry(const struct wt_entry *entry, struct wt_direction_report directions[WT_DIRECTIONS])
{
  for (int direction = 0; direction < WT_DIRECTIONS && entry->series; direction++)
    report_direction(entry->series, direction, &directions[direction]);
}
