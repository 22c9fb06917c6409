/* SPDX-License-Identifier: MIT */
/* wiretruth baseline: records what interfaces are set to, and tells what has drifted from it. */
#include "baseline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* No capture is opened: who only reads settings needs no rights, and nothing is to be counted. */
static struct wt *open_core(const struct baseline_options *options, const struct wt_report **report)
{
  struct wt_error error = {0};
  struct wt *wt = NULL;

  wt_config_set(options->config, "Method", "none", NULL);
  if (wt_open(&wt, options->config, &error) || wt_poll(wt, report, &error)) {
    cli_say("%s", error.text);
    wt_close(wt);
    return NULL;
  }
  return wt;
}

/* ---- save ---- */

/* What is there already, NULL in *text if nothing is. A damaged file is not overwritten: it may be somebody's work. */
static int read_old(const char *file, char **text)
{
  struct wt_error error = {0};
  int status;

  *text = NULL;
  if (strcmp(file, "-") == 0)
    return 0;
  status = wt_baseline_read(file, text, &error);
  if (status == 0 || status == -ENOENT)
    return 0;
  cli_say("%s%s", error.text, status == -EINVAL ? "; nothing was saved: repair the file, or remove it" : "");
  return CLI_NOT_OBSERVED;
}

static int put(const char *file, const char *text)
{
  struct wt_error error = {0};
  struct cli_page page;

  if (strcmp(file, "-") == 0) {
    if (!cli_page_open(&page))
      return CLI_NOT_OBSERVED;
    fputs(text, page.file);
    return cli_page_close(&page, CLI_OBSERVED);
  }
  if (wt_baseline_write(file, text, &error)) {
    cli_say("%s", error.text);
    return CLI_NOT_OBSERVED;
  }
  return CLI_OBSERVED;
}

static int record(const struct baseline_options *options, const char *old)
{
  const struct wt_report *report;
  struct wt_error error = {0};
  struct wt *wt = open_core(options, &report);
  char *text = NULL;
  int status = CLI_NOT_OBSERVED;

  if (!wt)
    return status;
  if (report->interface_count == 0)
    cli_say("no interface in this network namespace is selected: nothing was saved");
  else if (wt_baseline_record(wt, old, &text, &error))
    cli_say("%s", error.text);
  else
    status = put(options->file, text);
  if (status == CLI_OBSERVED)
    cli_say("saved %zu interface%s to %s", report->interface_count, report->interface_count == 1 ? "" : "s",
            strcmp(options->file, "-") == 0 ? "standard output" : options->file);
  free(text);
  wt_close(wt);
  return status;
}

static int save(const struct baseline_options *options)
{
  char *old;
  int status = read_old(options->file, &old);

  if (status == 0)
    status = record(options, old);
  free(old);
  return status;
}

/* ---- show, diff ---- */

static int show(const struct baseline_options *options)
{
  struct wt_error error = {0};
  char *text = NULL;
  int status;

  if (wt_baseline_read(options->file, &text, &error)) {
    cli_say("%s", error.text);
    return CLI_NOT_OBSERVED;
  }
  status = put("-", text);
  free(text);
  return status;
}

static int diff(const struct baseline_options *options)
{
  const struct wt_report *report;
  struct cli_page page;
  struct wt *wt;
  int status = CLI_NOT_OBSERVED;

  if (wt_config_set(options->config, "Baseline", options->file, NULL)) {
    cli_say("out of memory");
    return status;
  }
  wt = open_core(options, &report);
  if (!wt)
    return status;
  if (report->baseline.state != WT_BASELINE_MATCHES)
    cli_say("%s", report->baseline.reason);
  else if (cli_page_open(&page))
    status = cli_page_close(&page, baseline_print_diff(page.file, report, options->file, options->strict));
  wt_close(wt);
  return status;
}

int baseline_run(int argc, char **argv)
{
  static int (*const actions[BASELINE_ACTIONS])(const struct baseline_options *options) = {
      [BASELINE_SAVE] = save,
      [BASELINE_SHOW] = show,
      [BASELINE_DIFF] = diff,
  };
  struct baseline_options options;
  int status = baseline_options_parse(argc, argv, &options);

  if (status == 0)
    status = options.help ? cli_print_help(baseline_help) : actions[options.action](&options);
  baseline_options_free(&options);
  return status;
}
