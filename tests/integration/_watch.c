/* SPDX-License-Identifier: MIT */
/*
 * Prints what each poll of the core says, one line an interface and direction, until it is told to stop: for what a
 * report at the end cannot show, since a wrong verdict or a spike may have passed by then.
 *
 *   watch METHOD [--every MILLISECONDS] [INTERFACE...]
 *
 * A line: time, ifindex, name, direction, then KEY=VALUE; "-" is unknown; explained: each unknown verdict has a reason.
 * A poll ends with a line "poll TIME", TIME the
 * one at which it began.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wiretruth.h"

static volatile sig_atomic_t stopped;

static void on_signal(int signal_number)
{
  stopped = signal_number;
}

static void count(const char *key, uint64_t value)
{
  if (wt_known(value))
    printf(" %s=%llu", key, (unsigned long long)value);
  else
    printf(" %s=-", key);
}

static bool explained(const struct wt_signal *signal)
{
  return signal->verdict != WT_VERDICT_UNKNOWN || signal->reason[0];
}

static void print(double time, const struct wt_interface *interface, enum wt_direction direction)
{
  const struct wt_direction_report *report = interface->direction[direction];

  printf("%.6f %d %s %s", time, interface->ifindex, interface->name, wt_direction_name(direction));
  count("frames", report->wire.frames);
  count("low", report->wire.low);
  count("high", report->wire.high);
  count("octets", report->wire.octets);
  count("octets_low", report->wire.octets_low);
  count("octets_high", report->wire.octets_high);
  count("packets", report->packets);
  count("counted", report->counter.signal.frames);
  count("counted_octets", report->counter.signal.octets);
  printf(" counter=%s capture=%s cause=%s basis=%s source=%s lower=%s explained=%d discontinuity=%.6f\n",
         wt_verdict_name(report->counter.signal.verdict), wt_verdict_name(report->capture.verdict),
         wt_cause_name(report->cause), wt_basis_name(report->counter.basis), wt_source_name(report->wire.source),
         interface->lower[0] ? interface->lower : "-",
         explained(&report->counter.signal) && explained(&report->capture),
         isnan(interface->discontinuity) ? 0 : interface->discontinuity);
}

static int fail(const struct wt_error *error)
{
  fprintf(stderr, "watch: %s\n", error->text);
  return 1;
}

static double now(void)
{
  struct timespec time;

  clock_gettime(CLOCK_REALTIME, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int watch(struct wt *wt, int every)
{
  const struct wt_report *report;
  struct wt_error error = {0};

  while (!stopped) {
    double begin = now();

    if (wt_poll(wt, &report, &error))
      return fail(&error);
    for (size_t i = 0; i < report->interface_count; i++)
      for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++)
        print(report->time, &report->interfaces[i], direction);
    printf("poll %.6f\n", begin);
    fflush(stdout);
    poll(NULL, 0, every);
  }
  return 0;
}

int main(int argc, char **argv)
{
  struct wt_config *config = wt_config_new();
  struct sigaction action = {.sa_handler = on_signal};
  struct wt_error error = {0};
  struct wt *wt;
  int status, every = 50, first = 2;

  if (argc < 2 || !config)
    return 2;
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  if (wt_config_set(config, "Method", argv[1], &error))
    return fail(&error);
  if (argc > 3 && !strcmp(argv[2], "--every")) {
    every = atoi(argv[3]);
    first = 4;
  }
  for (int i = first; i < argc; i++)
    if (wt_config_set(config, "Interface", argv[i], &error))
      return fail(&error);
  if (wt_open(&wt, config, &error))
    return fail(&error);
  status = watch(wt, every);
  wt_close(wt);
  wt_config_free(config);
  return status;
}
