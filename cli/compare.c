/* SPDX-License-Identifier: MIT */
/* wiretruth compare: the same traffic at two points. */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "compare_parts.h"

static int exit_status(const struct wt_comparison *comparison, unsigned int fail_on)
{
  for (size_t i = 0; i < comparison->flow_count; i++)
    if (comparison->flows[i].explained & fail_on)
      return CLI_MISREPORTS;
  return CLI_OBSERVED;
}

static int print(const struct compare_options *options, const struct wt_comparison *comparison)
{
  struct cli_page page;
  int status = CLI_OBSERVED;

  if (!cli_page_open(&page))
    return CLI_NOT_OBSERVED;
  if (options->json) {
    status = cli_write_json(compare_json(comparison), page.file);
  } else {
    compare_table(page.file, comparison, options->flows);
    compare_explain(page.file, comparison, options->flows);
  }
  return cli_page_close(&page, status ? status : exit_status(comparison, options->fail_on));
}

/* One line, always: who starts traffic for the comparison waits for it. */
static bool wait_for_traffic(const struct compare_options *options)
{
  int signal_fd = cli_stop_signals(); /* before the line: who waits for it may send a signal right away */

  if (signal_fd < 0) {
    cli_say("cannot wait for signals: %s", strerror(errno));
    return false;
  }
  cli_say("comparing %s with %s for %g s", options->points[WT_POINT_A], options->points[WT_POINT_B], options->duration);
  observe_wait(options->duration, signal_fd);
  return true;
}

static int compare_with(struct wt_compare *compare, const struct compare_options *options)
{
  const struct wt_comparison *comparison;
  struct wt_error error = {0};

  wt_drop_rights(0);
  if (!wt_compare_is_offline(compare) && !wait_for_traffic(options))
    return CLI_NOT_OBSERVED;
  if (wt_compare_finish(compare, &comparison, &error)) {
    cli_say("%s", error.text);
    return CLI_NOT_OBSERVED;
  }
  return print(options, comparison);
}

int compare_run(int argc, char **argv)
{
  struct compare_options options;
  struct wt_compare *compare;
  struct wt_error error = {0};
  int status = compare_options_parse(argc, argv, &options);

  if (status || options.help)
    return status ? status : cli_print_help(compare_help);
  status = wt_compare_open(&compare, options.points[WT_POINT_A], options.points[WT_POINT_B], &error);
  if (status) {
    cli_say("%s", error.text);
    return status == -EINVAL ? CLI_USAGE : CLI_NOT_OBSERVED;
  }
  status = compare_with(compare, &options);
  wt_compare_close(compare);
  return status;
}
