/* SPDX-License-Identifier: MIT */
/* What every command of the command line tool shares. */
#ifndef CLI_H
#define CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "wiretruth.h"

/* A contract: scripts branch on these. */
enum cli_exit {
  CLI_OBSERVED = 0,
  CLI_MISREPORTS = 1,
  CLI_USAGE = 2,
  CLI_NOT_OBSERVED = 3,
};

struct cli_command {
  const char *name;
  const char *summary; /* one line, for wiretruth --help */
  int (*run)(int argc, char **argv);
};

int check_run(int argc, char **argv);
int validate_run(int argc, char **argv);
int baseline_run(int argc, char **argv);
int compare_run(int argc, char **argv);
int read_run(int argc, char **argv);
int watch_run(int argc, char **argv);

/* ---- output.c: the only place that writes to the standard streams ---- */

/* One line on standard error, "wiretruth: " before it. Control characters, which a name may have, become '?'. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Opens what is closed of the standard streams, so that no socket gets their numbers. */
void cli_protect_streams(void);

/* What a command prints, collected first and written in one go: half a report on an error would be misread. */
struct cli_page {
  FILE *file;
  char *text;
  size_t length;
};

bool cli_page_open(struct cli_page *page);
/* Writes the page to standard output and frees it. Returns status, or CLI_NOT_OBSERVED if it could not be written. */
int cli_page_close(struct cli_page *page, int status);
/* Writes json, which may be NULL where memory ran out, and gives it up. CLI_OBSERVED, or CLI_NOT_OBSERVED. */
int cli_write_json(json_t *json, FILE *out);
/* The help of a command, as a page. */
int cli_print_help(void (*help)(FILE *out));

/* ---- stop.c: Ctrl-C ends what is being read, and what was read so far is told ---- */

/* From now on SIGINT and SIGTERM only make a file descriptor readable. -1 on error. */
int cli_stop_signals(void);
/* Takes the signal that came, if one did, and closes the descriptor. The next one kills. */
void cli_stop_end(int fd);

/* ---- options.c: what command lines have in common. 0, or CLI_USAGE after it has said what is wrong ---- */

/* getopt_long's number of the first option that has no letter. */
enum { CLI_LONG_OPTION = 256 };

/*
 * Does with one option what it means: its number in the table, or 'h', and its value. One with optional_argument is
 * true or false, and always has a value.
 */
typedef int cli_take_option(void *options, int option, const char *value);
/* Calls for each option of a command, and leaves optind at the first argument that is none. What take returns ends it.
 */
int cli_parse_options(const char *command, int argc, char **argv, const struct option *table, cli_take_option *take,
                      void *options);
/* Seconds from low to high, of the option of that name. */
int cli_parse_seconds(const char *option, const char *text, double low, double high, double *out);
int cli_set_option(struct wt_config *config, const char *name, const char *value);

/* ---- text.c: figures and names as text ---- */

#define CLI_COUNT_SIZE WT_COUNT_TEXT

/* 0.02716 as "2.7 %". Returns buffer. */
const char *cli_percent(double fraction, char buffer[CLI_COUNT_SIZE]);
/* Makes text from outside fit for a terminal, in place. Returns text. */
char *cli_printable(char *text);

#define CLI_NAME_SIZE IFNAMSIZ

/* An interface's name, fit for a terminal. Returns buffer. */
const char *cli_name(const struct wt_interface *interface, char buffer[CLI_NAME_SIZE]);

/* Whether the interface has the feature, and it is active. */
bool cli_is_active(const struct wt_interface *interface, const char *feature);

/* ---- signals.c: the instruments that are put up against the wire ---- */

bool cli_misreports(enum wt_verdict verdict);
/* One direction of one interface, where neither signal nor wire moved, has nothing to say. */
bool cli_is_idle(const struct wt_direction_report *direction);
/* "counter,series" as bits 1 << enum wt_signal_id, added to *mask. False after it has said what is wrong. */
bool cli_signals_parse(const char *list, unsigned int *mask);

#endif
