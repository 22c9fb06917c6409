/* SPDX-License-Identifier: MIT */
/* The parts of the command baseline. */
#ifndef CLI_BASELINE_H
#define CLI_BASELINE_H

#include "cli.h"

enum baseline_action { BASELINE_SAVE, BASELINE_SHOW, BASELINE_DIFF, BASELINE_ACTIONS };

struct baseline_options {
  enum baseline_action action;
  const char *file;
  struct wt_config *config;
  bool selects; /* some interfaces were named */
  bool strict;
  bool help;
};

/* 0, or an exit status after it has said what is wrong. To be freed either way. */
int baseline_options_parse(int argc, char **argv, struct baseline_options *options);
void baseline_options_free(struct baseline_options *options);
void baseline_help(FILE *out);

/* What differs, for a person. Returns the exit status. */
int baseline_print_diff(FILE *out, const struct wt_report *report, const char *file, bool strict);

#endif
