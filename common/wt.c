/* SPDX-License-Identifier: MIT */
/* The handle: opens the sources, keeps the list of interfaces, polls. */
#include "wiretruth.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "budget.h"
#include "config.h"
#include "drift.h"
#include "error.h"
#include "interface.h"
#include "netlink.h"

enum { MOST_IPV6 = 32 }; /* interfaces of which the IPv6 MIB is read */

struct wt {
  struct wt_config *config;
  struct wt_links *links;
  struct wt_offloads *offloads; /* NULL where the kernel has no ethtool netlink */
  struct nl_sock *counters;
  struct wt_readers *readers;
  struct wt_drift_watch *drift; /* NULL without a baseline */
  struct wt_capture *capture;   /* NULL with method none */
  enum wt_method method;
  char method_reason[256];
  int event_fd;

  /* With method auto the tap may be attached for a part of the time only. */
  double observed;            /* monotonic time of the last reading, 0 before the first */
  double attached, observing; /* seconds */
  double detached_to;         /* monotonic time; 0 while it is attached */

  const struct wt_link *link_table;
  size_t link_count;
  struct wt_entry **entries; /* by ifindex */
  size_t entry_count;

  struct timespec opened;
  struct wt_namespace namespace_start;
  struct wt_report report;
  struct wt_interface *report_interfaces;
};

static double seconds(clockid_t clock)
{
  struct timespec now;

  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Goes on while the host is suspended, and never jumps. */
static double monotonic(void)
{
  return seconds(CLOCK_BOOTTIME);
}

/* ---- interfaces ---------------------------------------------------------------------------------------------- */

static const struct wt_link *find_link(const struct wt *wt, int ifindex)
{
  for (size_t i = 0; i < wt->link_count; i++)
    if (wt->link_table[i].ifindex == ifindex)
      return &wt->link_table[i];
  return NULL;
}

static void start_capture(struct wt *wt, struct wt_entry *entry)
{
  struct wt_error error = {0};
  int status;

  if (!wt->capture || entry->captured)
    return;
  memset(&entry->port, 0, sizeof(entry->port));
  status = wt_capture_add(wt->capture, &entry->port, &entry->link, &error);
  entry->captured = status == 0;
  snprintf(entry->not_captured, sizeof(entry->not_captured), "%.127s", status ? error.text : "");
}

static void stop_capture(struct wt *wt, struct wt_entry *entry)
{
  if (entry->captured)
    wt_capture_remove(wt->capture, &entry->port);
  entry->captured = false;
}

static void drop_entry(struct wt *wt, struct wt_entry *entry)
{
  stop_capture(wt, entry);
  wt_entry_free(entry);
}

/* Both lists are ordered by ifindex, so one pass tells what is new, what stays and what is gone. */
static int match_entries(struct wt *wt, double appeared, struct wt_error *error)
{
  struct wt_entry **entries = calloc(wt->link_count + 1, sizeof(struct wt_entry *));
  size_t count = 0, old = 0;

  if (!entries)
    return wt_fail(error, -ENOMEM, "interfaces: out of memory");
  for (size_t i = 0; i < wt->link_count; i++) {
    const struct wt_link *link = &wt->link_table[i];
    struct wt_entry *entry = NULL;

    while (old < wt->entry_count && wt->entries[old]->link.ifindex < link->ifindex)
      drop_entry(wt, wt->entries[old++]);
    if (old < wt->entry_count && wt->entries[old]->link.ifindex == link->ifindex)
      entry = wt->entries[old++];
    if (entry && wt_links_deleted(wt->links, link->ifindex)) {
      drop_entry(wt, entry);
      entry = NULL;
    }
    /* Whom a rename takes out of the selection is still the interface that was selected: the name is not the identity.
     */
    if (!entry && !wt_config_selects(wt->config, link->name))
      continue;
    if (entry)
      wt_entry_set_link(entry, wt->capture, link, seconds(CLOCK_REALTIME));
    else
      entry = wt_entry_new(link, appeared);
    if (entry)
      entries[count++] = entry;
  }
  while (old < wt->entry_count)
    drop_entry(wt, wt->entries[old++]);
  free(wt->entries);
  wt->entries = entries;
  wt->entry_count = count;
  wt_links_forget_deleted(wt->links);
  return 0;
}

static int open_capture(struct wt *wt, enum wt_method method, size_t interfaces, struct wt_error *error)
{
  return wt_capture_open(&wt->capture, method, interfaces, wt->config->samples_per_interval, error);
}

/* The interfaces have become too many for a handle each. What passes meanwhile is not seen: a discontinuity. */
static int widen_capture(struct wt *wt, struct wt_error *error)
{
  int status;

  for (size_t i = 0; i < wt->entry_count; i++)
    stop_capture(wt, wt->entries[i]);
  wt_capture_close(wt->capture);
  wt->capture = NULL;
  wt->detached_to = 0;
  status = open_capture(wt, wt->method, wt->entry_count, error);
  for (size_t i = 0; i < wt->entry_count; i++)
    wt_entry_restart(wt->entries[i], seconds(CLOCK_REALTIME));
  return status;
}

/* Also where it was tried before, and failed. */
static bool has_to_widen(const struct wt *wt)
{
  if (wt->method == WT_METHOD_NONE)
    return false;
  return !wt->capture || (!wt_capture_is_any(wt->capture) && wt->entry_count > WT_CAPTURE_BOUND);
}

static int read_links(struct wt *wt, double appeared, struct wt_error *error)
{
  int status = wt_links_read(wt->links, &wt->link_table, &wt->link_count, error);

  if (status == 0)
    status = match_entries(wt, appeared, error);
  if (status == 0 && has_to_widen(wt))
    status = widen_capture(wt, error);
  for (size_t i = 0; i < wt->entry_count && status == 0; i++)
    start_capture(wt, wt->entries[i]);
  return status;
}

static struct wt_entry *find_entry(const struct wt *wt, int ifindex)
{
  size_t low = 0, high = wt->entry_count;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (wt->entries[middle]->link.ifindex < ifindex)
      low = middle + 1;
    else
      high = middle;
  }
  return low < wt->entry_count && wt->entries[low]->link.ifindex == ifindex ? wt->entries[low] : NULL;
}

static int read_offloads(struct wt *wt, struct wt_error *error)
{
  const struct wt_features *features;
  size_t count, name_count;
  const char *const *names = wt_offloads_names(wt->offloads, &name_count);
  int status = wt_offloads_read(wt->offloads, &features, &count, error);

  for (size_t i = 0; i < count && status == 0; i++) {
    struct wt_entry *entry = find_entry(wt, features[i].ifindex);

    if (entry)
      status = wt_entry_set_features(entry, &features[i], names, name_count, seconds(CLOCK_REALTIME));
  }
  return status;
}

static struct wt_scene scene_of(const struct wt *wt)
{
  return (struct wt_scene){wt->link_table, wt->link_count, wt->entries, wt->entry_count};
}

/* Brings the list up to date where the kernel said that something changed. appeared: Unix time, NAN at the start. */
static int refresh(struct wt *wt, double appeared, struct wt_error *error)
{
  bool links_changed = wt_links_changed(wt->links) || has_to_widen(wt);
  bool offloads_changed = wt->offloads && wt_offloads_changed(wt->offloads);
  int status = 0;

  for (size_t i = 0; i < wt->entry_count; i++)
    links_changed |= wt->entries[i]->gone;
  if (links_changed)
    status = read_links(wt, appeared, error);
  if (status == 0 && wt->offloads && (links_changed || offloads_changed))
    status = read_offloads(wt, error);
  if (status == 0 && (links_changed || offloads_changed))
    for (size_t i = 0; i < wt->entry_count; i++)
      wt_entry_set_facts(wt->entries[i], wt->method);
  if (status == 0 && wt->drift) {
    const struct wt_scene scene = scene_of(wt);

    wt_drift_update(wt->drift, &scene, links_changed || offloads_changed, seconds(CLOCK_REALTIME));
  }
  return status;
}

/* ---- readings ------------------------------------------------------------------------------------------------- */

/* After an interval with the tap: how long it has to stay detached to keep to the budget. */
static void keep_to_budget(struct wt *wt, double interval)
{
  double packets = 0;
  unsigned int period;

  for (size_t i = 0; i < wt->entry_count; i++)
    packets += wt->entries[i]->tapped_packets;
  period = wt_budget_period(packets / interval, wt->config->cpu_budget);
  if (period == 1)
    return;
  wt_capture_detach(wt->capture);
  /* Polls are never quite on time: by half an interval less, the next one does not wait for one more. */
  wt->detached_to = wt->observed + (period - 1.5) * interval;
}

static bool is_budgeted(const struct wt *wt)
{
  return wt->method == WT_METHOD_EXACT && wt->config->method == WT_METHOD_AUTO;
}

static void fill_gaps(struct wt *wt, bool attached)
{
  double now = monotonic();
  double interval = wt->observed > 0 ? now - wt->observed : 0;

  for (size_t i = 0; i < wt->entry_count; i++)
    wt_entry_fill_gaps(wt->entries[i], attached);
  wt->observed = now;
  wt->observing += interval;
  if (!attached || interval <= 0)
    return;
  wt->attached += interval;
  keep_to_budget(wt, interval);
}

static struct wt_instruments *find_instruments(void *context, int ifindex)
{
  struct wt_entry *entry = find_entry(context, ifindex);

  return entry ? &entry->instruments : NULL;
}

/* The kernel writes out a file of a hundred lines for each: with many interfaces that would cost more than all else. */
static void read_ipv6(struct wt *wt)
{
  for (size_t i = 0; i < wt->entry_count; i++)
    if (wt->entry_count <= MOST_IPV6)
      wt_entry_read_ipv6(wt->entries[i]);
    else
      wt_entry_skip_ipv6(wt->entries[i]);
}

static void observe(struct wt *wt)
{
  bool attached = wt->detached_to <= 0;
  double unix_time;

  if (!attached && monotonic() >= wt->detached_to) {
    wt_capture_attach(wt->capture);
    wt->detached_to = 0;
  }
  if (wt->capture)
    wt_capture_drain(wt->capture);
  wt_readers_read_qdiscs(wt->readers, find_instruments, wt);
  for (size_t i = 0; i < wt->entry_count; i++)
    wt_entry_read(wt->entries[i], wt->capture, wt->counters, wt->readers, monotonic());
  if (wt->method == WT_METHOD_SAMPLE) {
    wt_capture_drain(wt->capture);
    for (size_t i = 0; i < wt->entry_count; i++)
      wt_entry_read_after(wt->entries[i], wt->capture);
    wt_capture_adapt(wt->capture);
  }
  read_ipv6(wt);
  if (is_budgeted(wt))
    fill_gaps(wt, attached);
  unix_time = seconds(CLOCK_REALTIME);
  for (size_t i = 0; i < wt->entry_count; i++)
    wt_entry_judge(wt->entries[i], wt->config, unix_time);
}

static int fill_report(struct wt *wt, struct wt_error *error)
{
  struct wt_interface *interfaces =
      realloc(wt->report_interfaces, (wt->entry_count + 1) * sizeof(*wt->report_interfaces));
  struct wt_namespace now;
  size_t count = 0;

  if (!interfaces)
    return wt_fail(error, -ENOMEM, "report: out of memory");
  wt->report_interfaces = interfaces;
  for (size_t i = 0; i < wt->entry_count; i++) {
    const struct wt_entry *entry = wt->entries[i];
    const struct wt_link *lower = entry->link.lower ? find_link(wt, entry->link.lower) : NULL;

    if (!entry->gone)
      wt_entry_report(entry, lower ? lower->name : "", &interfaces[count++]);
  }
  wt_namespace_read(&now);
  wt->report = (struct wt_report){
      .time = seconds(CLOCK_REALTIME),
      .seconds = monotonic() - ((double)wt->opened.tv_sec + (double)wt->opened.tv_nsec / 1e9),
      .horizon = wt->config->horizon,
      .method = wt->method,
      .tap_share = wt->observing > 0 ? wt->attached / wt->observing : 1,
      .interfaces = interfaces,
      .interface_count = count,
  };
  memcpy(wt->report.method_reason, wt->method_reason, sizeof(wt->report.method_reason));
  if (wt->drift)
    wt_drift_report(wt->drift, &wt->report.baseline);
  wt_namespace_subtract(&now, &wt->namespace_start, &wt->report.namespace);
  return 0;
}

int wt_poll(struct wt *wt, const struct wt_report **report, struct wt_error *error)
{
  struct wt_error local = {0};
  int status = refresh(wt, seconds(CLOCK_REALTIME), &local);

  if (status == 0) {
    observe(wt);
    status = fill_report(wt, &local);
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
    status = open_capture(wt, best_first[i], interfaces, error);
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
  status = open_event_fd(wt, error);
  if (status == 0)
    status = wt_links_read(wt->links, &wt->link_table, &wt->link_count, error);
  if (status == 0)
    status = choose_method(wt, count_selected(wt), error);
  return status;
}

int wt_open(struct wt **out, const struct wt_config *config, struct wt_error *error)
{
  struct wt *wt = calloc(1, sizeof(*wt));
  struct wt_error local = {0};
  int status = -ENOMEM;

  *out = NULL;
  if (wt) {
    wt->event_fd = -1;
    wt->config = wt_config_copy(config);
  }
  if (!wt || !wt->config)
    wt_fail(&local, status, "out of memory");
  else
    status = open_sources(wt, &local);
  if (status == 0)
    status = refresh(wt, NAN, &local);
  if (status) {
    wt_close(wt);
    if (error)
      *error = local;
    return status;
  }
  clock_gettime(CLOCK_BOOTTIME, &wt->opened);
  wt_namespace_read(&wt->namespace_start);
  observe(wt);
  *out = wt;
  return 0;
}

int wt_baseline_record(struct wt *wt, const char *keep, char **text, struct wt_error *error)
{
  const struct wt_scene scene = scene_of(wt);

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
    drop_entry(wt, wt->entries[i]);
  free(wt->entries);
  wt_capture_close(wt->capture);
  wt_links_close(wt->links);
  wt_offloads_close(wt->offloads);
  nl_socket_free(wt->counters);
  wt_readers_close(wt->readers);
  wt_drift_close(wt->drift);
  if (wt->event_fd >= 0)
    close(wt->event_fd);
  wt_config_free(wt->config);
  free(wt->report_interfaces);
  free(wt);
}
