/* SPDX-License-Identifier: MIT */
#include "monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "netsnmp.h"

/* Reports older than this many intervals are no longer shown. */
#define SHOWN_INTERVALS 3

/* A link that flaps must not make a storm of polls: early ones keep this distance in seconds from the last. */
#define EARLY_DISTANCE 1.0

struct monitor {
  const struct settings *settings;
  struct wt *wt;
  const struct wt_report *report;
  double opened, polled, reported;
  unsigned long polls, errors;
  enum wt_method method; /* as it was last logged */
  char method_reason[256];
  struct wt_error error;
  unsigned int alarm, early_alarm;
  int watched; /* the descriptor that Net-SNMP watches for us, -1 while none */
  void (*changed)(void *context);
  void *context;
};

/* The core names a capability where it lacks one. What there is no room for is left out. */
static void note_method_reason(struct monitor *monitor)
{
  const char *reason = monitor->report->method_reason, *advice = monitor->settings->advice;
  size_t used;

  used = (size_t)snprintf(monitor->method_reason, sizeof(monitor->method_reason), "%s", reason);
  if (advice && strstr(reason, "CAP_") && used + strlen("; ") + strlen(advice) < sizeof(monitor->method_reason))
    snprintf(monitor->method_reason + used, sizeof(monitor->method_reason) - used, "; %s", advice);
}

static void log_method(struct monitor *monitor)
{
  const struct wt_report *report = monitor->report;

  if (report->method == monitor->method)
    return;
  monitor->method = report->method;
  snmp_log(LOG_INFO, "wiretruth: method %s, polling every %g s%s%s\n", wt_method_name(report->method),
           settings_interval(monitor->settings), monitor->method_reason[0] ? ": " : "", monitor->method_reason);
}

static void log_news(const struct wt_news *news, size_t count)
{
  for (size_t i = 0; i < count; i++)
    snmp_log(news[i].good ? LOG_INFO : LOG_WARNING, "wiretruth: %s\n", news[i].text);
}

/* Drift is among the news already, item by item. */
static void log_alerts(const struct wt_report *report)
{
  for (size_t i = 0; i < report->alert_count; i++)
    if (report->alerts[i].kind != WT_ALERT_DRIFT)
      snmp_log(report->alerts[i].severity == WT_SEVERITY_OKAY ? LOG_INFO : LOG_WARNING, "wiretruth: %s\n",
               report->alerts[i].text);
}

static void poll_core(struct monitor *monitor)
{
  struct wt_error error = {0};
  const struct wt_report *report = NULL;

  monitor->polled = clock_now();
  if (wt_poll(monitor->wt, &report, &error)) {
    /* The same failure at each poll is worth one line. */
    if (strcmp(error.text, monitor->error.text) != 0)
      snmp_log(LOG_ERR, "wiretruth: poll failed: %s\n", error.text);
    monitor->error = error;
    monitor->errors++;
    return;
  }
  if (monitor->error.text[0])
    snmp_log(LOG_INFO, "wiretruth: polls succeed again\n");
  monitor->error = error;
  monitor->report = report;
  monitor->reported = clock_now();
  monitor->polls++;
  note_method_reason(monitor);
  log_method(monitor);
  log_news(report->baseline.news, report->baseline.news_count);
  log_news(report->series.news, report->series.news_count);
  log_news(report->news, report->news_count);
  log_alerts(report);
}

static void watch(struct monitor *monitor);

static void poll_and_tell(struct monitor *monitor)
{
  poll_core(monitor);
  monitor->changed(monitor->context);
  watch(monitor);
}

static void on_alarm(unsigned int alarm, void *context)
{
  (void)alarm;
  poll_and_tell(context);
}

static void on_early_alarm(unsigned int alarm, void *context)
{
  struct monitor *monitor = context;

  (void)alarm; /* it was registered for one time */
  monitor->early_alarm = 0;
  poll_and_tell(monitor);
}

static void unwatch(struct monitor *monitor)
{
  if (monitor->watched >= 0)
    unregister_readfd(monitor->watched);
  monitor->watched = -1;
}

static void on_event(int fd, void *context)
{
  struct monitor *monitor = context;
  double wait = monitor->polled + EARLY_DISTANCE - clock_now();
  struct timeval delay = {.tv_usec = 1}; /* zero would be no delay to Net-SNMP but an error */

  (void)fd;
  /* The descriptor stays readable until the core has polled: until then it must not wake the loop again. */
  unwatch(monitor);
  if (monitor->early_alarm)
    return;
  if (wait > 0)
    delay = (struct timeval){.tv_sec = (time_t)wait, .tv_usec = (suseconds_t)((wait - (double)(time_t)wait) * 1e6) + 1};
  monitor->early_alarm = snmp_alarm_register_hr(delay, 0, on_early_alarm, monitor);
}

static void watch(struct monitor *monitor)
{
  int fd = wt_event_fd(monitor->wt);

  if (monitor->watched < 0 && !monitor->early_alarm && fd >= 0 && register_readfd(fd, on_event, monitor) == 0)
    monitor->watched = fd;
}

int monitor_open(struct monitor **out, const struct settings *settings, struct wt_error *error)
{
  struct monitor *monitor = calloc(1, sizeof(*monitor));
  int status;

  if (!monitor) {
    *error = (struct wt_error){.code = -ENOMEM, .text = "out of memory"};
    return -ENOMEM;
  }
  monitor->settings = settings;
  monitor->watched = -1;
  monitor->method = WT_METHOD_AUTO; /* never in use: the first report is logged */
  status = wt_open(&monitor->wt, settings->core, error);
  if (status) {
    free(monitor);
    return status;
  }
  monitor->opened = clock_now();
  poll_core(monitor);
  *out = monitor;
  return 0;
}

static bool set_alarm(struct monitor *monitor)
{
  double interval = settings_interval(monitor->settings);
  struct timeval every = {.tv_sec = (time_t)interval,
                          .tv_usec = (suseconds_t)((interval - (double)(time_t)interval) * 1e6)};

  monitor->alarm = snmp_alarm_register_hr(every, SA_REPEAT, on_alarm, monitor);
  return monitor->alarm != 0;
}

int monitor_start(struct monitor *monitor, void (*changed)(void *context), void *context)
{
  monitor->changed = changed;
  monitor->context = context;
  if (!set_alarm(monitor))
    return -ENOMEM;
  watch(monitor);
  monitor->changed(context);
  return 0;
}

/* The old one is there until the new one has opened. */
static int open_anew(struct monitor *monitor, struct wt_error *error)
{
  struct wt *fresh;
  int status = wt_open(&fresh, monitor->settings->core, error);

  if (status)
    return status;
  unwatch(monitor);
  wt_close(monitor->wt);
  monitor->wt = fresh;
  monitor->opened = clock_now();
  snmp_log(LOG_INFO, "wiretruth: what is captured has changed: totals begin anew\n");
  return 0;
}

int monitor_reconfigure(struct monitor *monitor, struct wt_error *error)
{
  int status = wt_reconfigure(monitor->wt, monitor->settings->core, error);

  if (status == -EXDEV)
    status = open_anew(monitor, error);
  if (status)
    return status;
  /* The report is of what is no longer there. */
  monitor->report = NULL;
  monitor->method = WT_METHOD_AUTO;
  snmp_alarm_unregister(monitor->alarm);
  if (!set_alarm(monitor))
    snmp_log(LOG_ERR, "wiretruth: polls end: out of memory\n");
  return 0;
}

void monitor_poll(struct monitor *monitor)
{
  poll_and_tell(monitor);
}

void monitor_close(struct monitor *monitor)
{
  if (!monitor)
    return;
  unwatch(monitor);
  if (monitor->alarm)
    snmp_alarm_unregister(monitor->alarm);
  if (monitor->early_alarm)
    snmp_alarm_unregister(monitor->early_alarm);
  wt_close(monitor->wt);
  free(monitor);
}

const struct wt_report *monitor_report(const struct monitor *monitor)
{
  if (!monitor->report || clock_now() - monitor->reported > SHOWN_INTERVALS * settings_interval(monitor->settings))
    return NULL;
  return monitor->report;
}

const char *monitor_method_reason(const struct monitor *monitor)
{
  return monitor->method_reason;
}

bool monitor_shows(const struct monitor *monitor, const struct wt_interface *interface)
{
  return interface->active || wt_config_report_inactive(monitor->settings->core);
}

double monitor_opened(const struct monitor *monitor)
{
  return monitor->opened;
}

double monitor_reported(const struct monitor *monitor)
{
  return monitor->reported;
}

double monitor_interval(const struct monitor *monitor)
{
  return settings_interval(monitor->settings);
}

unsigned long monitor_polls(const struct monitor *monitor)
{
  return monitor->polls;
}

unsigned long monitor_errors(const struct monitor *monitor)
{
  return monitor->errors;
}

const char *monitor_error(const struct monitor *monitor)
{
  return monitor->error.text;
}
