/* SPDX-License-Identifier: MIT */
/* What wiretruth.conf says: the core's options by their own names, PollInterval and InterfaceOption. */
#ifndef WT_SNMP_SETTINGS_H
#define WT_SNMP_SETTINGS_H

#include <stdbool.h>

#include "wiretruth.h"

#define SETTINGS_POLL_INTERVAL             "PollInterval"
#define SETTINGS_POLL_INTERVAL_ARGUMENT    "seconds from 0.1 to 3600"
#define SETTINGS_POLL_INTERVAL_DEFAULT     10.0

#define SETTINGS_INTERFACE_OPTION          "InterfaceOption"
#define SETTINGS_INTERFACE_OPTION_ARGUMENT "NAME or /REGEX/, then an option and its value"

struct settings {
  struct wt_config *core;
  double interval;        /* seconds between two polls, as configured */
  bool interval_given;    /* it must not be configured again */
  double interval_forced; /* by the command line, which wins; 0 if not */
  const char *advice;     /* how this process can have rights that a method lacks; NULL if it is the usual way */
};

/* 0 or -ENOMEM. */
int settings_init(struct settings *settings);
void settings_free(struct settings *settings);

/* Sets one option from the rest of its line. 0, or a negative errno with a sentence as wt_config_set() has it. */
int settings_set(struct settings *settings, const char *name, const char *line, struct wt_error *error);

/* The options that only this skin has: name and argument of each, until name is NULL. */
struct settings_own {
  const char *name, *argument, *default_value;
};
const struct settings_own *settings_own(void);

/* A poll interval from text. Errors as above. */
int settings_parse_interval(const char *value, double *interval, struct wt_error *error);

/* Seconds between two polls. */
double settings_interval(const struct settings *settings);

#endif
