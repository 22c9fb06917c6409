/* SPDX-License-Identifier: MIT */
#include "monitor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "netsnmp.h"
#include "poller.h"
#include "report_log.h"

/* Reports older than this many intervals are no longer shown. */
#define SHOWN_INTERVALS 3

/* A link that flaps must not make a storm of polls: early ones keep this distance in seconds from the last. */
#define EARLY_DISTANCE 1.0

/* For as many milliseconds requests may wait for a poll when there is no report to answer them from. */
#define PATIENCE_MS 500

struct monitor {
  const struct settings *settings;
  struct wt *wt; /* the poller's while that is busy */
  struct poller *poller;
  bool bare; /* rights are given up, but for those that are kept */
  uint64_t kept;
  struct wt_report *report;
  bool outdated;                   /* the report is of another configuration */
  double opened, polled, reported; /* polled: when the last poll began, or when its end was noticed */
  double made;                     /* when what is reported was, by the clock of ages */
  unsigned long polls, errors;
  enum wt_method method; /* as it was last logged */
  char method_reason[256];
  struct wt_error error;
  bool hangs; /* the poll under way has outlasted the report before it */
  unsigned int alarm, early_alarm;
  int watched; /* the descriptor that Net-SNMP watches for us, -1 while none */
  bool heard;  /* Net-SNMP watches for the end of polls */
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

static void note_failure(struct monitor *monitor, const struct wt_error *error)
{
  /* The same failure at each poll is worth one line. */
  if (strcmp(error->text, monitor->error.text) != 0)
    snmp_log(LOG_ERR, "wiretruth: poll failed: %s\n", error->text);
  monitor->error = *error;
  monitor->errors++;
}

static void note_report(struct monitor *monitor, const struct poll *poll)
{
  if (monitor->error.text[0])
    snmp_log(LOG_INFO, "wiretruth: polls succeed again\n");
  monitor->error = (struct wt_error){0};
  monitor->report = poll->report;
  monitor->outdated = false;
  monitor->reported = poll->time;
  monitor->made = poll->elapsed;
  monitor->polls++;
  note_method_reason(monitor);
  log_method(monitor);
  report_log(poll->report);
}

static void watch(struct monitor *monitor);
static void unwatch(struct monitor *monitor);

/* Rows point into the report before until changed() has made others. */
static void take(struct monitor *monitor, const struct poll *poll)
{
  struct wt_report *before = monitor->report;

  monitor->polled = clock_now();
  monitor->hangs = false;
  if (poll->status)
    note_failure(monitor, &poll->error);
  else
    note_report(monitor, poll);
  if (monitor->changed)
    monitor->changed(monitor->context);
  if (monitor->report != before)
    wt_report_free(before);
  watch(monitor);
}

/* Nobody else is at the core afterwards. */
static void settle(struct monitor *monitor)
{
  struct poll poll;

  if (!poller_is_busy(monitor->poller))
    return;
  poll = poller_take(monitor->poller);
  take(monitor, &poll);
}

static void on_done(int fd, void *context)
{
  (void)fd;
  settle(context);
}

/* There is nothing to be shown any more, and what the poll comes to cannot be told yet. */
static void note_hanging(struct monitor *monitor)
{
  snprintf(monitor->error.text, sizeof(monitor->error.text), "a poll has been under way for %.0f s",
           clock_now() - monitor->polled);
  monitor->error.code = -ETIMEDOUT;
  if (!monitor->hangs)
    snmp_log(LOG_ERR, "wiretruth: %s\n", monitor->error.text);
  monitor->hangs = true;
  monitor->changed(monitor->context);
}

/* While a poll is under way another one is left out, never queued. */
static void begin_poll(struct monitor *monitor)
{
  struct poll failed = {.status = -EAGAIN, .error = {-EAGAIN, "a thread for polls could not be started"}};

  if (poller_is_busy(monitor->poller)) {
    if (!monitor_report(monitor))
      note_hanging(monitor);
    return;
  }
  unwatch(monitor);
  monitor->polled = clock_now();
  if (poller_ask(monitor->poller, monitor->wt)) {
    take(monitor, &failed);
    return;
  }
  if (monitor_report(monitor))
    return;
  /* The host was suspended, say: nobody is to see what is that old, and nearly all polls are done in no time. */
  if (poller_await(monitor->poller, PATIENCE_MS))
    settle(monitor);
  else
    monitor->changed(monitor->context);
}

static void on_alarm(unsigned int alarm, void *context)
{
  (void)alarm;
  begin_poll(context);
}

static void on_early_alarm(unsigned int alarm, void *context)
{
  struct monitor *monitor = context;

  (void)alarm; /* it was registered for one time */
  monitor->early_alarm = 0;
  begin_poll(monitor);
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
  /* The descriptor stays readable until the core has polled, and is watched again when it has. */
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

  /* Not before monitor_start(). */
  if (monitor->heard && monitor->watched < 0 && !monitor->early_alarm && fd >= 0 &&
      register_readfd(fd, on_event, monitor) == 0)
    monitor->watched = fd;
}

static int open_core(struct monitor *monitor, struct wt_error *error)
{
  monitor->poller = poller_open();
  if (!monitor->poller) {
    *error = (struct wt_error){-ENOMEM, "out of memory or file descriptors"};
    return -ENOMEM;
  }
  return wt_open(&monitor->wt, monitor->settings->core, error);
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
  status = open_core(monitor, error);
  if (status) {
    monitor_close(monitor);
    return status;
  }
  monitor->opened = clock_now();
  monitor_poll(monitor);
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
  monitor->heard = register_readfd(poller_fd(monitor->poller), on_done, monitor) == 0;
  if (!monitor->heard)
    return -ENOMEM;
  watch(monitor);
  monitor->changed(context);
  return 0;
}

/* Threads that poll are started later, and have what this one has. */
int monitor_give_up_rights(struct monitor *monitor, uint64_t also, struct wt_error *error)
{
  monitor->bare = true;
  monitor->kept = also;
  return wt_give_up_rights(monitor->wt, also, error);
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
  /* Only method none can be opened then, which has nothing to open in advance. */
  if (monitor->bare)
    (void)wt_give_up_rights(fresh, monitor->kept, error);
  monitor->opened = clock_now();
  snmp_log(LOG_INFO, "wiretruth: what is captured has changed: totals begin anew\n");
  return 0;
}

int monitor_reconfigure(struct monitor *monitor, struct wt_error *error)
{
  int status;

  settle(monitor);
  status = wt_reconfigure(monitor->wt, monitor->settings->core, error);
  if (status == -EXDEV)
    status = open_anew(monitor, error);
  if (status)
    return status;
  monitor->outdated = true;
  monitor->method = WT_METHOD_AUTO;
  snmp_alarm_unregister(monitor->alarm);
  if (!set_alarm(monitor))
    snmp_log(LOG_ERR, "wiretruth: polls end: out of memory\n");
  return 0;
}

void monitor_poll(struct monitor *monitor)
{
  struct poll poll;

  settle(monitor);
  unwatch(monitor);
  poll = poll_here(monitor->wt);
  take(monitor, &poll);
}

void monitor_close(struct monitor *monitor)
{
  if (!monitor)
    return;
  unwatch(monitor);
  if (monitor->heard)
    unregister_readfd(poller_fd(monitor->poller));
  if (monitor->alarm)
    snmp_alarm_unregister(monitor->alarm);
  if (monitor->early_alarm)
    snmp_alarm_unregister(monitor->early_alarm);
  poller_close(monitor->poller);
  wt_close(monitor->wt);
  wt_report_free(monitor->report);
  free(monitor);
}

const struct wt_report *monitor_report(const struct monitor *monitor)
{
  if (!monitor->report || monitor->outdated ||
      monitor_age(monitor) > SHOWN_INTERVALS * settings_interval(monitor->settings))
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

double monitor_age(const struct monitor *monitor)
{
  return clock_elapsed() - monitor->made;
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
