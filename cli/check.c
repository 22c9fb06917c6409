/* SPDX-License-Identifier: MIT */
/* wiretruth check: observe for a while, then print. */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* More names than this do not help the person who reads the line. */
#define NAMES_MAX 8

/* "eth0, eth1", or "4000 interfaces". */
static void describe_selection(const struct wt_report *report, char *text, size_t size)
{
  size_t used = 0;

  if (report->interface_count > NAMES_MAX) {
    snprintf(text, size, "%zu interfaces", report->interface_count);
    return;
  }
  for (size_t i = 0; i < report->interface_count; i++)
    used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", report->interfaces[i].name);
}

/* One line, always: who starts traffic for the observation waits for it. */
static void announce(const struct wt_report *report, double duration)
{
  char selection[NAMES_MAX * (IFNAMSIZ + 2)] = "";
  bool fell_back = report->method_reason[0] != '\0';

  describe_selection(report, selection, sizeof(selection));
  cli_say("observing %s for %g s, method %s%s%s%s", selection, duration, wt_method_name(report->method),
          fell_back ? " (" : "", report->method_reason, fell_back ? ")" : "");
}

/* ReportInactive: a copy of the report without what never carried a packet. False when memory ran out. */
static bool leave_out_inactive(const struct check_options *options, const struct wt_report *report,
                               struct wt_report *kept, struct wt_interface **interfaces)
{
  *kept = *report;
  *interfaces = NULL;
  if (wt_config_report_inactive(options->core.config))
    return true;
  *interfaces = calloc(report->interface_count, sizeof(**interfaces));
  if (!*interfaces)
    return false;
  kept->interfaces = *interfaces;
  kept->interface_count = 0;
  for (size_t i = 0; i < report->interface_count; i++)
    if (report->interfaces[i].active)
      (*interfaces)[kept->interface_count++] = report->interfaces[i];
  return true;
}

static bool wants_colour(void)
{
  const char *no_colour = getenv("NO_COLOR");
  const char *term = getenv("TERM");

  if (no_colour && *no_colour)
    return false;
  return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static int exit_status(const struct wt_report *report, unsigned int fail_on)
{
  for (size_t i = 0; i < report->interface_count; i++) {
    for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++) {
      const struct wt_direction_report *of = report->interfaces[i].direction[direction];

      for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++)
        if (fail_on & 1u << signal && cli_misreports(wt_signal_of(of, signal)->verdict))
          return CLI_MISREPORTS;
    }
  }
  return CLI_OBSERVED;
}

static int print(const struct check_options *options, const struct wt_report *report)
{
  struct wt_interface *interfaces;
  struct wt_report kept;
  struct cli_page page;
  int status = CLI_NOT_OBSERVED;

  if (!leave_out_inactive(options, report, &kept, &interfaces)) {
    cli_say("out of memory");
    return CLI_NOT_OBSERVED;
  }
  if (cli_page_open(&page)) {
    if (options->json)
      status = cli_write_json(json_report(&kept), page.file);
    else
      table_report(page.file, &kept, wants_colour());
    if (!options->json || status == CLI_OBSERVED)
      status = exit_status(&kept, options->fail_on);
    status = cli_page_close(&page, status);
  }
  free(interfaces);
  return status;
}

/* From the first report to the last. */
static int observe_and_print(struct wt *wt, const struct check_options *options, const struct presence *presence,
                             int signal_fd)
{
  const struct wt_report *report = NULL;
  struct wt_error error = {0};

  if (observe(wt, options->duration, signal_fd, &report, &error)) {
    cli_say("the last reading failed: %s", error.text);
    return CLI_NOT_OBSERVED;
  }
  presence_say_lost(presence, report);
  if (report->interface_count == 0) {
    cli_say("no interface is left to report on");
    return CLI_NOT_OBSERVED;
  }
  return print(options, report);
}

static int check_with(struct wt *wt, const struct check_options *options)
{
  const struct wt_report *report = NULL;
  struct presence presence;
  struct wt_error error = {0};
  int status = CLI_NOT_OBSERVED;
  int signal_fd;

  wt_drop_rights(0);
  if (wt_poll(wt, &report, &error)) {
    cli_say("the first reading failed: %s", error.text);
    return CLI_NOT_OBSERVED;
  }
  if (!presence_check(&options->core, report))
    return CLI_NOT_OBSERVED;
  if (!presence_remember(&presence, report)) {
    cli_say("out of memory");
    return CLI_NOT_OBSERVED;
  }
  /* Before the line: who waits for it may send a signal right away. */
  signal_fd = cli_stop_signals();
  if (signal_fd >= 0) {
    announce(report, options->duration);
    status = observe_and_print(wt, options, &presence, signal_fd);
  } else {
    cli_say("cannot wait for signals: %s", strerror(errno));
  }
  presence_free(&presence);
  return status;
}

static int check(const struct check_options *options)
{
  struct wt_error error = {0};
  struct wt *wt = NULL;
  int status;

  if (wt_open(&wt, options->core.config, &error)) {
    cli_say("%s", error.text);
    return CLI_NOT_OBSERVED;
  }
  status = check_with(wt, options);
  wt_close(wt);
  return status;
}

int check_run(int argc, char **argv)
{
  struct check_options options;
  int status = check_options_parse(argc, argv, &options);

  if (status == 0)
    status = options.help ? cli_print_help(check_help) : check(&options);
  check_options_free(&options);
  return status;
}
