/* SPDX-License-Identifier: MIT */
/* The parts of the command read. */
#ifndef CLI_READ_H
#define CLI_READ_H

#include <jansson.h>

#include "cli.h"
#include "trace_report.h"

/* ---- read_options.c ---- */

struct read_options {
  bool json;
  bool help;
  char **files; /* part of argv */
  int file_count;
};

/* 0, or an exit status after it has said what is wrong. */
int read_options_parse(int argc, char **argv, struct read_options *options);
void read_help(FILE *out);

/* ---- read_progress.c: how far reading has come, on a terminal only ---- */

struct read_progress {
  const char *name;
  bool shown; /* standard error is a terminal */
  bool drawn; /* there is a line to be wiped out */
  double due; /* when the next line may be drawn */
  unsigned int calls;
};

void read_progress_begin(struct read_progress *progress, const char *file);
void read_progress_step(struct read_progress *progress, const struct wt_trace *trace);
void read_progress_end(struct read_progress *progress);

/* ---- read_print.c, read_json.c ---- */

/* One file that was read. */
struct read_result {
  const char *file;
  const struct wt_trace_report *report; /* NULL if it could not be opened */
  uint64_t size;                        /* octets of it that were read */
  struct wt_error error;                /* what ended it before its end; empty if nothing did */
};

void read_print(FILE *out, const struct read_result *result);
/* The result as one element of "files". NULL when memory ran out. */
json_t *read_json(const struct read_result *result);
/* The whole output, which takes files over. */
json_t *read_json_files(json_t *files);

/* The number of a link type as libpcap names it, "EN10MB"; its number if it has no name. Returns buffer. */
const char *read_link_type(int link_type, char buffer[CLI_COUNT_SIZE]);

#endif
