/* SPDX-License-Identifier: MIT */
/* wiretruth read: what capture files show, and what they cannot. */
#include "read.h"

#include <errno.h>
#include <string.h>

/* What the files of one command line come to. */
struct reading {
  const struct read_options *options;
  FILE *out;
  json_t *files; /* with --json */
  int stop_fd;
  bool stopped;
  int status;
};

/* All packets, or those until something ends it. */
static void read_packets(struct wt_trace *trace, struct wt_trace_account *account, struct read_result *result)
{
  struct read_progress progress;
  struct wt_trace_packet packet;

  read_progress_begin(&progress, result->file);
  while (wt_trace_next(trace, &packet, &result->error) == 1) {
    wt_trace_account_add(account, &packet);
    read_progress_step(&progress, trace);
  }
  read_progress_end(&progress);
}

static int tell(struct reading *reading, const struct read_result *result)
{
  if (result->error.text[0])
    cli_say("%s%s", result->error.text, result->report ? "; what was read before is told" : "");
  if (reading->options->json)
    return json_array_append_new(reading->files, read_json(result)) ? -ENOMEM : 0;
  if (result->report)
    read_print(reading->out, result);
  return 0;
}

static int read_trace(struct reading *reading, struct wt_trace *trace, struct read_result *result)
{
  struct wt_trace_account *account = wt_trace_account_new();
  struct wt_trace_progress at;
  int status;

  if (!account)
    return -ENOMEM;
  read_packets(trace, account, result);
  wt_trace_progress(trace, &at);
  result->size = at.octets;
  result->report = wt_trace_account_end(account, trace);
  status = tell(reading, result);
  wt_trace_account_free(account);
  return status;
}

static int read_file(struct reading *reading, const char *file)
{
  struct read_result result = {.file = strcmp(file, "-") == 0 ? "standard input" : file};
  struct wt_trace *trace = NULL;
  int status;

  if (wt_trace_open_until(&trace, file, reading->stop_fd, &result.error))
    status = tell(reading, &result);
  else
    status = read_trace(reading, trace, &result);
  wt_trace_close(trace);
  /* Who ends it early has what was asked for. */
  reading->stopped = result.error.code == -EINTR;
  if (result.error.code && !reading->stopped)
    reading->status = CLI_NOT_OBSERVED;
  return status;
}

static int read_files(struct reading *reading)
{
  const struct read_options *options = reading->options;

  for (int i = 0; i < options->file_count && !reading->stopped; i++) {
    if (i > 0 && !options->json)
      fputc('\n', reading->out);
    if (read_file(reading, options->files[i])) {
      cli_say("out of memory");
      return CLI_NOT_OBSERVED;
    }
  }
  return reading->status;
}

static int read_and_print(struct reading *reading)
{
  struct cli_page page;
  int status, written;

  if (!cli_page_open(&page))
    return CLI_NOT_OBSERVED;
  reading->out = page.file;
  if (reading->options->json)
    reading->files = json_array();
  status = read_files(reading);
  if (reading->options->json) {
    written = cli_write_json(read_json_files(reading->files), page.file);
    status = written == CLI_OBSERVED ? status : written;
  }
  return cli_page_close(&page, status);
}

int read_run(int argc, char **argv)
{
  struct read_options options;
  struct reading reading = {.options = &options, .status = CLI_OBSERVED};
  int status = read_options_parse(argc, argv, &options);

  if (status)
    return status;
  if (options.help)
    return cli_print_help(read_help);
  reading.stop_fd = cli_stop_signals();
  if (reading.stop_fd < 0) {
    cli_say("cannot wait for signals: %s", strerror(errno));
    return CLI_NOT_OBSERVED;
  }
  status = read_and_print(&reading);
  cli_stop_end(reading.stop_fd);
  return status;
}
