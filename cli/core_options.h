/* SPDX-License-Identifier: MIT */
/*
 * The core's options on the command line of those commands that observe: they come from the core's table, so that a
 * new one is there without a line of code.
 */
#ifndef CLI_CORE_OPTIONS_H
#define CLI_CORE_OPTIONS_H

#include "cli.h"

struct core_options {
  const char *command;  /* its name */
  const char *horizon;  /* the default of --horizon as help shows it; NULL where the command has no such option */
  cli_take_option *own; /* takes the command's own options */
  void *own_options;
  struct wt_config *config;
  char **interfaces; /* as given: names and /expressions/; part of argv */
  size_t interface_count;
  uint64_t given; /* bit i: the core's option i */
};

/* The core's part of the help. */
void core_options_help(FILE *out, const char *horizon);
/*
 * Parses a command line: table has the command's own options, CLI_LONG_OPTION and up. 0, or an exit status after it has
 * said what is wrong. To be freed either way.
 */
int core_options_parse(struct core_options *options, int argc, char **argv, const struct option *table, size_t length);
/* Makes the arguments and the defaults of the command line part of the configuration. The same. */
int core_options_finish(struct core_options *options);
bool core_options_given(const struct core_options *options, const char *name);
void core_options_free(struct core_options *options);

#endif
