/* SPDX-License-Identifier: MIT */
/* Another configuration for a handle that is open: what it observes already goes on, with its totals. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "wt_parts.h"

static bool same_text(const char *a, const char *b)
{
  return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_mirrors(const struct wt_config *a, const struct wt_config *b)
{
  bool same = a->mirror_count == b->mirror_count;

  for (size_t i = 0; same && i < a->mirror_count; i++)
    same = strcmp(a->mirrors[i].observed, b->mirrors[i].observed) == 0 &&
           strcmp(a->mirrors[i].mirror, b->mirrors[i].mirror) == 0;
  return same;
}

/* What a capture is opened by. */
static bool same_capture(const struct wt_config *a, const struct wt_config *b)
{
  return a->method == b->method && a->samples_per_interval == b->samples_per_interval && same_mirrors(a, b);
}

static bool same_series(const struct wt_config *a, const struct wt_config *b)
{
  return same_text(a->series, b->series) && same_text(a->series_query, b->series_query) &&
         same_text(a->series_ca, b->series_ca) && fabs(a->series_timeout - b->series_timeout) <= 0;
}

static void swap_texts(char **a, char **b)
{
  char *text = *a;

  *a = *b;
  *b = text;
}

/*
 * Parts that stay point to the handle's configuration and to texts in it: so the object stays, and so do the texts of
 * what is the same. The other one gets what was there before.
 */
static void swap(struct wt_config *config, struct wt_config *other)
{
  struct wt_config before = *config;
  struct wt_mirror_pair *mirrors = other->mirrors;

  *config = *other;
  *other = before;
  config->mirrors = before.mirrors;
  other->mirrors = mirrors;
  if (!same_series(config, other))
    return;
  swap_texts(&config->series, &other->series);
  swap_texts(&config->series_query, &other->series_query);
  swap_texts(&config->series_ca, &other->series_ca);
}

/* What is opened for it before anything that is there is closed. */
struct fresh {
  struct wt_drift_watch *drift;
  struct wt_series *series;
};

static int open_fresh(const struct wt *wt, const struct wt_config *before, struct fresh *fresh, struct wt_error *error)
{
  const struct wt_config *config = wt->config;

  if (config->baseline && !same_text(config->baseline, before->baseline)) {
    fresh->drift = wt_drift_open(config);
    if (!fresh->drift)
      return wt_fail(error, -ENOMEM, "baseline: cannot be watched: out of memory or file descriptors");
  }
  if (config->series && !same_series(config, before))
    return wt_series_open(&fresh->series, config, error);
  return 0;
}

static void take_drift(struct wt *wt, struct wt_drift_watch *fresh)
{
  wt_drift_close(wt->drift);
  wt->drift = fresh;
  for (size_t i = 0; i < wt->entry_count; i++) {
    struct wt_entry *entry = wt->entries[i];

    entry->baseline = WT_BASELINE_NONE;
    free(entry->drift);
    entry->drift = NULL;
    entry->drift_count = 0;
  }
}

static void take_series(struct wt *wt, struct wt_series *fresh)
{
  wt_series_close(wt->series);
  wt->series = fresh;
  for (size_t i = 0; i < wt->entry_count; i++) {
    free(wt->entries[i]->series);
    wt->entries[i]->series = NULL;
  }
}

/* Its totals begin anew, too, and there is one time for all of an interface that tells so. */
static void note_discontinuity(struct wt *wt)
{
  for (size_t i = 0; i < wt->entry_count; i++)
    wt_entry_forget(wt->entries[i], wt_clock(CLOCK_REALTIME));
}

static int switch_application(struct wt *wt, struct wt_error *error)
{
  if (!wt->config->application) {
    wt_application_close(wt->application);
    wt->application = NULL;
  } else if (!wt->application) {
    wt->application = wt_open_application(wt);
    if (!wt->application)
      return wt_fail(error, -ENOMEM, "application figures: out of memory");
  }
  return 0;
}

static int apply(struct wt *wt, const struct wt_config *before, struct wt_error *error)
{
  const struct wt_config *config = wt->config;
  struct fresh fresh = {0};
  int status = open_fresh(wt, before, &fresh, error);

  if (!status)
    status = switch_application(wt, error);
  if (status) {
    wt_drift_close(fresh.drift);
    wt_series_close(fresh.series);
    return status;
  }
  if (!same_text(config->baseline, before->baseline))
    take_drift(wt, fresh.drift);
  if (!same_series(config, before))
    take_series(wt, fresh.series);
  if (!same_series(config, before) || config->application != before->application)
    note_discontinuity(wt);
  return 0;
}

int wt_reconfigure(struct wt *wt, const struct wt_config *config, struct wt_error *error)
{
  int status = wt_config_check(config, error);
  struct wt_config *copy;

  if (status)
    return status;
  if (!same_capture(wt->config, config) && wt->bare && config->method != WT_METHOD_NONE)
    return wt_fail(error, -EPERM,
                   "Method, SamplesPerInterval and Mirror take rights that were given up after the start: a restart "
                   "takes them over");
  if (!same_capture(wt->config, config))
    return wt_fail(error, -EXDEV, "Method, SamplesPerInterval and Mirror are of a handle for as long as it is open");
  copy = wt_config_copy(config);
  if (!copy)
    return wt_fail(error, -ENOMEM, "out of memory");
  swap(wt->config, copy);
  status = apply(wt, copy, error);
  if (status)
    swap(wt->config, copy);
  else
    wt->reconfigured = true;
  wt_config_free(copy);
  return status;
}
