/* SPDX-License-Identifier: MIT */
/* One of the two measurements: as check observes, but whatever ends it early makes it none. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "validate.h"

#define WINDOWS    16
#define WINDOW_MIN 0.1
#define WINDOW_MAX 1.0

/* ---- signals ---- */

static void caught(sigset_t *set)
{
  sigemptyset(set);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGHUP);
  sigaddset(set, SIGQUIT);
}

/* A command that stands still would leave the offloads off. */
static void put_off(sigset_t *set)
{
  sigaddset(set, SIGTSTP);
  sigaddset(set, SIGTTIN);
  sigaddset(set, SIGTTOU);
}

int validate_signals(void)
{
  sigset_t set, blocked;

  caught(&set);
  blocked = set;
  put_off(&blocked);
  if (sigprocmask(SIG_BLOCK, &blocked, NULL))
    return -1;
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

bool validate_signal_came(int signal_fd)
{
  struct pollfd poll_fd = {.fd = signal_fd, .events = POLLIN};

  return poll(&poll_fd, 1, 0) > 0;
}

void validate_signals_end(int signal_fd)
{
  struct signalfd_siginfo info;
  sigset_t set;

  while (read(signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
    ;
  close(signal_fd);
  caught(&set);
  put_off(&set);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- the measurement ---- */

static double now(void)
{
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* False: a signal came. */
static bool wait_until(double deadline, int signal_fd)
{
  struct pollfd poll_fd = {.fd = signal_fd, .events = POLLIN};

  for (;;) {
    double left = fmax(deadline - now(), 0);
    struct timespec timeout = {.tv_sec = (time_t)left, .tv_nsec = (long)((left - floor(left)) * 1e9)};
    int ready = ppoll(&poll_fd, 1, &timeout, NULL);

    if (ready > 0)
      return false;
    if (ready == 0 && now() >= deadline)
      return true;
  }
}

static const struct wt_interface *find(const struct wt_report *report, int ifindex)
{
  for (size_t i = 0; i < report->interface_count; i++)
    if (report->interfaces[i].ifindex == ifindex)
      return &report->interfaces[i];
  return NULL;
}

static enum validate_end take(const struct wt_report *report, int ifindex, bool with_json, struct validate_phase *phase)
{
  phase->interface = *find(report, ifindex);
  phase->interface.features = NULL;
  phase->interface.feature_count = 0;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    phase->directions[direction] = *phase->interface.direction[direction];
    phase->interface.direction[direction] = &phase->directions[direction];
  }
  phase->seconds = report->seconds;
  phase->method = report->method;
  memcpy(phase->method_reason, report->method_reason, sizeof(phase->method_reason));
  if (with_json && !(phase->json = json_report(report))) {
    cli_say("out of memory");
    return VALIDATE_NOT_OBSERVED;
  }
  return VALIDATE_OBSERVED;
}

/* A reading that has the interface in it. */
static const struct wt_report *read_once(struct wt *wt, int ifindex)
{
  const struct wt_report *report;
  struct wt_error error = {0};

  if (wt_poll(wt, &report, &error)) {
    cli_say("a reading failed: %s", error.text);
    return NULL;
  }
  if (find(report, ifindex))
    return report;
  cli_say("the interface disappeared, or was renamed, during the measurement");
  return NULL;
}

static enum validate_end observe_with(struct wt *wt, int ifindex, double duration, int signal_fd, bool with_json,
                                      struct validate_phase *phase)
{
  double window = fmin(fmax(duration / WINDOWS, WINDOW_MIN), WINDOW_MAX);
  const struct wt_report *report = read_once(wt, ifindex);
  double end = now() + duration;

  if (!report)
    return VALIDATE_NOT_OBSERVED;
  cli_say("observing %s for %g s, method %s%s%s%s", find(report, ifindex)->name, duration,
          wt_method_name(report->method), report->method_reason[0] ? " (" : "", report->method_reason,
          report->method_reason[0] ? ")" : "");
  do {
    if (!wait_until(fmin(now() + window, end), signal_fd))
      return VALIDATE_SIGNALLED;
    report = read_once(wt, ifindex);
    if (!report)
      return VALIDATE_NOT_OBSERVED;
  } while (now() < end);
  return take(report, ifindex, with_json, phase);
}

static struct wt_config *configuration(int ifindex, double duration)
{
  struct wt_config *config = wt_config_new();
  char name[IFNAMSIZ], horizon[32];

  snprintf(horizon, sizeof(horizon), "%.9g", duration);
  if (config && if_indextoname((unsigned int)ifindex, name) && wt_config_set(config, "Interface", name, NULL) == 0 &&
      wt_config_set(config, "Horizon", horizon, NULL) == 0 && wt_config_set(config, "CPUBudget", "100", NULL) == 0)
    return config;
  cli_say("cannot observe the interface: it disappeared, or there is no memory");
  wt_config_free(config);
  return NULL;
}

enum validate_end validate_observe(int ifindex, double duration, int signal_fd, bool with_json,
                                   struct validate_phase *phase)
{
  struct wt_config *config = configuration(ifindex, duration);
  enum validate_end end = VALIDATE_NOT_OBSERVED;
  struct wt_error error = {0};
  struct wt *wt = NULL;

  if (!config)
    return VALIDATE_NOT_OBSERVED;
  if (wt_open(&wt, config, &error))
    cli_say("%s", error.text);
  else
    end = observe_with(wt, ifindex, duration, signal_fd, with_json, phase);
  wt_close(wt);
  wt_config_free(config);
  return end;
}
