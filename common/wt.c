/* SPDX-License-Identifier: MIT */
/* The handle: opens the sources, polls, reports. */
#include <errno.h>
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

static void report_application(struct wt *wt, struct wt_interface *interfaces)
{
  const struct wt_application_place place = application_place(wt);

  if (wt->application)
    wt_application_poll(wt->application, &place, &wt->report, interfaces);
  else
    wt_application_off(&wt->report, interfaces);
}

/* ---- polling ------------------------------------------------------------------------------------------------- */

/* What the namespace's TCP counted tells no interface, but where only one carried anything. */
static void attribute(struct wt *wt)
{
  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++) {
    int carrier = wt_carrier_of(&wt->carrier, direction);

    for (size_t i = 0; i < wt->report.interface_count; i++)
      if (wt->report_interfaces[i].ifindex == carrier)
        wt_hidden_attribute(&wt->report_interfaces[i].direction[direction], direction, &wt->report.namespace);
  }
}

static void report_mirror(const struct wt *wt, struct wt_interface *interface)
{
  const struct wt_entry *entry = wt_find_entry(wt, interface->ifindex);
  const char *reason, *name = wt_mirrors_of(wt->mirrors, interface->ifindex, &reason);

  if (!name)
    return;
  snprintf(interface->mirror, sizeof(interface->mirror), "%s", name);
  if (!*reason && entry->traffic &&
      (entry->traffic->judge[WT_RX].mirror_broke || entry->traffic->judge[WT_TX].mirror_broke))
    reason = "it has not counted all the time, so what it has seen is no total";
  snprintf(interface->mirror_reason, sizeof(interface->mirror_reason), "%s", reason);
}

static int fill_report(struct wt *wt, double begun, struct wt_error *error)
{
  struct wt_interface *interfaces =
      realloc(wt->report_interfaces, (wt->entry_count + 1) * sizeof(*wt->report_interfaces));
  struct wt_settings settings;
  size_t count = 0;

  if (!interfaces) {
    /* What the report before points to may be another one by now. */
    wt->report.interface_count = wt->report.baseline.missing_count = 0;
    return wt_fail(error, -ENOMEM, "report: out of memory");
  }
  wt->report_interfaces = interfaces;
  for (size_t i = 0; i < wt->entry_count; i++) {
    const struct wt_entry *entry = wt->entries[i];
    const struct wt_link *lower = wt_link_find(wt->link_table, wt->link_count, entry->link.lower);

    if (entry->gone)
      continue;
    wt_entry_report(entry, &wt->quiet, lower ? lower->name : "", &interfaces[count]);
    report_mirror(wt, &interfaces[count++]);
  }
  wt_config_settings(wt->config, NULL, &settings);
  wt->report = (struct wt_report){
      .time = wt_clock(CLOCK_REALTIME),
      .begun = begun,
      .seconds = wt_monotonic() - ((double)wt->opened.tv_sec + (double)wt->opened.tv_nsec / 1e9),
      .horizon = settings.horizon,
      .method = wt->method,
      .tap_share = wt->observing > 0 ? wt->attached / wt->observing : 1,
      .interfaces = interfaces,
      .interface_count = count,
  };
  memcpy(wt->report.method_reason, wt->method_reason, sizeof(wt->report.method_reason));
  if (wt->drift)
    wt_drift_report(wt->drift, &wt->report.baseline);
  wt->report.series.answered = NAN;
  wt->report.series.devices = WT_UNKNOWN;
  if (wt->series)
    wt_series_report(wt->series, &wt->report.series);
  wt_namespace_subtract(&wt->namespace_now, &wt->namespace_start, &wt->report.namespace);
  attribute(wt);
  report_application(wt, interfaces);
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

static size_t count_selected(const struct wt *wt)
{
  size_t count = 0;

  for (size_t i = 0; i < wt->link_count; i++)
    count += wt_config_selects(wt->config, wt->link_table[i].name);
  return count;
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
    status = choose_method(wt, count_selected(wt), error);
  return status;
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
  clock_gettime(CLOCK_BOOTTIME, &wt->opened);
  wt_namespace_read(&wt->namespace_start);
  wt_observe(wt);
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
  wt_news_free(&wt->news);
  wt_alert_list_free(&wt->alerts);
  free(wt);
}
