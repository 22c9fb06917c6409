/* SPDX-License-Identifier: MIT */
/* The time between the first reading and the last. */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "check.h"

/* The core judges windows, not one long stretch, so it is polled several times before the end. */
#define WINDOWS    16
#define WINDOW_MIN 0.1
/* What a counter may lag behind is judged by the reading before: a long observation must not make that an old one. */
#define WINDOW_MAX 1.0
/* Links that come and go in a storm must not turn early polls into a busy loop. */
#define EARLY_GAP_MIN 0.05

static double now(void)
{
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

enum wake { WAKE_TIME, WAKE_EVENT, WAKE_END };

static enum wake wait_until(double deadline, int signal_fd, int event_fd)
{
  struct pollfd fds[2] = {
      {.fd = signal_fd, .events = POLLIN},
      {.fd = event_fd, .events = POLLIN},
  };

  for (;;) {
    double left = deadline - now();
    struct timespec timeout = {0};
    int ready;

    if (left > 0) {
      timeout.tv_sec = (time_t)left;
      timeout.tv_nsec = (long)((left - (double)timeout.tv_sec) * 1e9);
    }
    ready = ppoll(fds, 2, &timeout, NULL);
    if (ready > 0 && fds[0].revents)
      return WAKE_END;
    if (ready > 0)
      return WAKE_EVENT;
    if (ready == 0 && left <= 0)
      return WAKE_TIME;
  }
}

bool observe_wait(double duration, int signal_fd)
{
  bool ended = wait_until(now() + duration, signal_fd, -1) == WAKE_END;

  cli_stop_end(signal_fd);
  return ended;
}

static double earlier(double a, double b)
{
  return a < b ? a : b;
}

/* Polls at the end of every window but the last, and early when links or offloads changed. False: a signal ended it. */
static bool windows(struct wt *wt, double end, double window, int signal_fd)
{
  const struct wt_report *report;
  struct wt_error error;
  double next = earlier(now() + window, end);
  double quiet_until = 0;

  for (;;) {
    double time = now();
    bool quiet = time < quiet_until;
    double deadline = quiet ? earlier(quiet_until, next) : next;
    enum wake wake = wait_until(deadline, signal_fd, quiet ? -1 : wt_event_fd(wt));

    time = now();
    if (wake == WAKE_END)
      return false;
    if (time >= end)
      return true;
    if (wake == WAKE_TIME && time < next)
      continue; /* only the quiet time is over */
    /* The next poll tries again what this one fails at, and the last one tells. */
    wt_poll(wt, &report, &error);
    quiet_until = time + EARLY_GAP_MIN;
    if (time >= next)
      next = earlier(time + window, end);
  }
}

int observe(struct wt *wt, double duration, int signal_fd, const struct wt_report **report, struct wt_error *error)
{
  double window = fmin(fmax(duration / WINDOWS, WINDOW_MIN), WINDOW_MAX);
  int status;

  if (!windows(wt, now() + duration, window, signal_fd)) {
    cli_stop_end(signal_fd);
    return wt_poll(wt, report, error);
  }
  /* A signal that comes now asks for no more than what is being done. */
  status = wt_poll(wt, report, error);
  cli_stop_end(signal_fd);
  return status;
}
