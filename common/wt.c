/* SPDX-License-Identifier: MIT */
/* The handle: opens the sources, polls, reports. */
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "error.h"
#include "hidden.h"
#include "netlink.h"
#include "wt_parts.h"

double wt_clock(clockid_t clock)
{
  struct timespec now;

  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Goes on while the host is suspended, and never jumps. */
double wt_monotonic(void)
{
  return wt_clock(CLOCK_BOOTTIME);
}

static struct wt_application_place application_place(const struct wt *wt)
{
  return (struct wt_application_place){wt->counters, wt->link_table, wt->link_count, wt->config, wt_monotonic()};
}

struct wt_application_watch *wt_open_application(const struct wt *wt)
{
  const struct wt_application_place place = application_place(wt);

  return wt_application_open(&place);
}

/* ---- polling ------------------------------------------------------------------------------------------------- */

/* What the namespace's TCP counted tells no interface, but where only one carried anything. */
static void attribute(const struct wt *wt, const struct wt_namespace *mib, int ifindex,
                      struct wt_direction_report directions[WT_DIRECTIONS])
{
  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++)
    if (ifindex == wt_carrier_of(&wt->carrier, direction))
      wt_hidden_attribute(&directions[direction], direction, mib);
}

static void report_mirror(const struct wt *wt, const struct wt_entry *entry, struct wt_interface *interface)
{
  const struct wt_traffic *traffic = entry->traffic;
  const char *reason, *name = wt_mirrors_of(wt->mirrors, interface->ifindex, &reason);

  if (!name)
    return;
  snprintf(interface->mirror, sizeof(interface->mirror), "%s", name);
  if (!*reason && traffic && (traffic->judge[WT_RX].mirror_broke || traffic->judge[WT_TX].mirror_broke))
    reason = "it has not counted all the time, so what it has seen is no total";
  snprintf(interface->mirror_reason, sizeof(interface->mirror_reason), "%s", reason);
}

/* report: what it says of the host as a whole. */
static int report_interface(struct wt *wt, const struct wt_entry *entry, const struct wt_report *report,
                            struct wt_interface *interface)
{
  const struct wt_application_place place = application_place(wt);
  const struct wt_link *lower = wt_link_find(wt->link_table, wt->link_count, entry->link.lower);
  struct wt_direction_report directions[WT_DIRECTIONS];

  memset(directions, 0, sizeof(directions)); /* padding is compared, too */
  wt_entry_report(entry, &wt->quiet, lower ? lower->name : "", interface, directions);
  report_mirror(wt, entry, interface);
  attribute(wt, &report->namespace, interface->ifindex, directions);
  wt_application_report(wt->application, &place, &report->namespace, interface, directions);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    interface->direction[direction] = wt_directions_share(&wt->directions, &directions[direction]);
    if (!interface->direction[direction])
      return -ENOMEM;
  }
  return 0;
}

static int report_interfaces(struct wt *wt, struct wt_report *report)
{
  struct wt_interface *interfaces =
      realloc(wt->report_interfaces, (wt->entry_count + 1) * sizeof(*wt->report_interfaces));
  int status = interfaces ? 0 : -ENOMEM;

  if (interfaces)
    wt->report_interfaces = interfaces;
  wt_directions_begin(&wt->directions);
  for (size_t i = 0; i < wt->entry_count && status == 0; i++)
    if (!wt->entries[i]->gone)
      status = report_interface(wt, wt->entries[i], report, &interfaces[report->interface_count++]);
  wt_directions_end(&wt->directions);
  report->interfaces = interfaces;
  return status;
}

static int fill_report(struct wt *wt, double begun, struct wt_error *error)
{
  const struct wt_application_place place = application_place(wt);
  struct wt_settings settings;
  struct wt_report report;

  wt_config_settings(wt->config, NULL, &settings);
  report = (struct wt_report){
      .time = wt_clock(CLOCK_REALTIME),
      .begun = begun,
      .seconds = wt_monotonic() - ((double)wt->opened.tv_sec + (double)wt->opened.tv_nsec / 1e9),
      .horizon = settings.horizon,
      .method = wt->method,
      .tap_share = wt->observing > 0 ? wt->attached / wt->observing : 1,
      .series = {.answered = NAN, .devices = WT_UNKNOWN},
  };
  memcpy(report.method_reason, wt->method_reason, sizeof(report.method_reason));
  snprintf(report.offload_error, sizeof(report.offload_error), "%.255s", wt->offload_error.text);
  wt_namespace_subtract(&wt->namespace_now, &wt->namespace_start, &report.namespace);
  wt_application_poll(wt->application, &place, &report);
  if (report_interfaces(wt, &report)) {
    /* What the report before points to may be another one by now. */
    wt->report.interface_count = wt->report.baseline.missing_count = 0;
    return wt_fail(error, -ENOMEM, "report: out of memory");
  }
  wt_application_end(wt->application);
  if (wt->drift)
    wt_drift_report(wt->drift, &report.baseline);
  if (wt->series)
    wt_series_report(wt->series, &report.series);
  wt->report = report;
  wt_report_degraded(wt);
  return 0;
}

/* A poll that failed leaves the report before as it was. What is told once was told, and its list may have grown. */
static void keep_report(struct wt *wt)
{
  wt->report.alerts = NULL;
  wt->report.news = wt->report.baseline.news = wt->report.series.news = NULL;
  wt->report.alert_count = wt->report.news_count = 0;
  wt->report.baseline.news_count = wt->report.series.news_count = 0;
}

int wt_poll(struct wt *wt, const struct wt_report **report, struct wt_error *error)
{
  struct wt_error local = {0};
  int status = wt_refresh(wt, wt_clock(CLOCK_REALTIME), &local);

  if (status == 0) {
    double begun = wt_clock(CLOCK_REALTIME);

    wt_observe(wt);
    status = fill_report(wt, begun, &local);
  }
  if (status == 0) {
    wt_tell(wt);
    wt_tell_alerts(wt);
    wt_free_dropped(wt);
    wt_feature_lists_sweep(&wt->features);
  } else {
    keep_report(wt);
  }
  if (status && error)
    *error = local;
  *report = status ? NULL : &wt->report;
  return status;
}

/* ---- open and close --------------------------------------------------------------------------------------------- */

/* Opens the method that was asked for, or with auto the best that opens, remembering why not a better one. */
static int choose_method(struct wt *wt, size_t interfaces, struct wt_error *error)
{
  static const enum wt_method best_first[] = {WT_METHOD_EXACT, WT_METHOD_SAMPLE};
  enum wt_method wanted = wt->config->method;

  wt->method = WT_METHOD_NONE;
  if (wanted == WT_METHOD_NONE) {
    snprintf(wt->method_reason, sizeof(wt->method_reason), "method none was asked for");
    return 0;
  }
  for (size_t i = 0; i < sizeof(best_first) / sizeof(best_first[0]); i++) {
    size_t used = strlen(wt->method_reason);
    int status;

    if (wanted != WT_METHOD_AUTO && wanted != best_first[i])
      continue;
    status = wt_open_capture(wt, best_first[i], interfaces, error);
    if (status == 0) {
      wt->method = best_first[i];
      *error = (struct wt_error){0};
      if (wanted == WT_METHOD_SAMPLE)
        snprintf(wt->method_reason, sizeof(wt->method_reason), "method sample was asked for");
      return 0;
    }
    if (wanted != WT_METHOD_AUTO)
      return status;
    snprintf(wt->method_reason + used, sizeof(wt->method_reason) - used, "%s%.200s", used ? "; " : "", error->text);
  }
  *error = (struct wt_error){0};
  return 0;
}

static int open_event_fd(struct wt *wt, struct wt_error *error)
{
  struct epoll_event event = {.events = EPOLLIN};

  wt->event_fd = epoll_create1(EPOLL_CLOEXEC);
  if (wt->event_fd < 0 || epoll_ctl(wt->event_fd, EPOLL_CTL_ADD, wt_links_event_fd(wt->links), &event) ||
      (wt->offloads && epoll_ctl(wt->event_fd, EPOLL_CTL_ADD, wt_offloads_event_fd(wt->offloads), &event)))
    return wt_fail(error, -errno, "cannot watch for changes of links: %s", strerror(errno));
  return 0;
}

static int open_sources(struct wt *wt, struct wt_error *error)
{
  int status = wt_links_open(&wt->links, error);

  if (status)
    return status;
  status = wt_offloads_open(&wt->offloads, error);
  if (status == -EOPNOTSUPP)
    *error = (struct wt_error){0}; /* verdicts come from measurement: without the state only some causes are unknown */
  else if (status)
    return status;
  wt->counters = wt_netlink_open(NETLINK_ROUTE, error);
  if (!wt->counters)
    return error->code;
  wt->readers = wt_readers_open();
  if (!wt->readers)
    return wt_fail(error, -ENOMEM, "out of memory");
  if (wt->config->baseline) {
    wt->drift = wt_drift_open(wt->config);
    if (!wt->drift)
      return wt_fail(error, -ENOMEM, "baseline: cannot be watched: out of memory or file descriptors");
  }
  status = wt->config->series ? wt_series_open(&wt->series, wt->config, error) : 0;
  if (status)
    return status;
  status = wt_mirrors_open(&wt->mirrors, wt->config, error);
  if (status == 0)
    status = open_event_fd(wt, error);
  if (status == 0)
    status = wt_links_read(wt->links, &wt->link_table, &wt->link_count, error);
  if (status == 0)
    status = choose_method(wt, wt_count_selected(wt), error);
  return status;
}

/* What the first readings of links took for a moment, a kilobyte each, lies between what stays. */
static void give_back(void)
{
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

/* What could not be read at first has totals that begin later than those of others. */
static void note_unread(struct wt *wt)
{
  for (size_t i = 0; i < wt->entry_count; i++)
    if (!wt->entries[i]->was_read)
      wt->entries[i]->discontinuity = wt_clock(CLOCK_REALTIME);
}

int wt_open(struct wt **out, const struct wt_config *config, struct wt_error *error)
{
  struct wt_error local = {0};
  int status = wt_config_check(config, error);
  struct wt *wt;

  *out = NULL;
  if (status)
    return status;
  status = -ENOMEM;
  wt = calloc(1, sizeof(*wt));
  if (wt) {
    wt->event_fd = -1;
    wt->config = wt_config_copy(config);
  }
  if (!wt || !wt->config)
    wt_fail(&local, status, "out of memory");
  else
    status = open_sources(wt, &local);
  if (status == 0)
    status = wt_refresh(wt, NAN, &local);
  if (status) {
    wt_close(wt);
    if (error)
      *error = local;
    return status;
  }
  give_back();
  clock_gettime(CLOCK_BOOTTIME, &wt->opened);
  wt_namespace_read(&wt->namespace_start);
  wt_observe(wt);
  note_unread(wt);
  if (wt->config->application) {
    wt->application = wt_open_application(wt);
    if (!wt->application) {
      wt_close(wt);
      return wt_fail(error, -ENOMEM, "application figures: out of memory");
    }
  }
  *out = wt;
  return 0;
}

int wt_baseline_record(struct wt *wt, const char *keep, char **text, struct wt_error *error)
{
  const struct wt_scene scene = wt_scene_of(wt);

  if (scene.features_missing) {
    if (error)
      *error = wt->offload_error;
    return wt->offload_error.code;
  }
  return wt_drift_record(wt->config, &scene, keep, text, error);
}

int wt_event_fd(const struct wt *wt)
{
  return wt->event_fd;
}

void wt_close(struct wt *wt)
{
  if (!wt)
    return;
  for (size_t i = 0; i < wt->entry_count; i++)
    wt_drop_entry(wt, wt->entries[i]);
  wt_free_dropped(wt);
  free(wt->entries);
  wt_capture_close(wt->capture);
  wt_links_close(wt->links);
  wt_offloads_close(wt->offloads);
  nl_socket_free(wt->counters);
  wt_readers_close(wt->readers);
  wt_drift_close(wt->drift);
  wt_application_close(wt->application);
  wt_series_close(wt->series);
  wt_mirrors_close(wt->mirrors);
  if (wt->event_fd >= 0)
    close(wt->event_fd);
  wt_config_free(wt->config);
  free(wt->report_interfaces);
  wt_directions_free(&wt->directions);
  wt_feature_lists_free(&wt->features);
  wt_news_free(&wt->news);
  wt_alert_list_free(&wt->alerts);
  free(wt);
}
