/* SPDX-License-Identifier: MIT */
/*
 * The rows of wtThresholdTable: those that a manager made, and those that the configuration comes to. A request
 * changes them as a whole: a list of rows takes the place of the one before, or does not.
 */
#ifndef WT_SNMP_THRESHOLD_H
#define WT_SNMP_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "table.h"
#include "wiretruth.h"

/* Numbers of rows that a manager may make, and how many of them; above them are the configuration's. */
#define THRESHOLD_LAST           65000
#define THRESHOLD_MOST           256
#define THRESHOLD_GREATEST_INDEX 65535

/* What an active row may have at most: a million percent, and a day. */
#define THRESHOLD_GREATEST_SHARE 100000000
#define THRESHOLD_LONGEST_HOLD   86400

/* 1 is the index. */
enum threshold_column {
  THRESHOLD_INTERFACES = 2,
  THRESHOLD_DIRECTION,
  THRESHOLD_SIGNAL,
  THRESHOLD_RISING,
  THRESHOLD_FALLING,
  THRESHOLD_STARTUP,
  THRESHOLD_HOLD,
  THRESHOLD_STORAGE,
  THRESHOLD_STATUS
};

/* The values of the columns, with the numbers that they have in the MIB. */
struct threshold_values {
  char interfaces[64];  /* empty: not given yet */
  long direction;       /* 1 rx, 2 tx, 3 both */
  long signal;          /* 1 counter, 2 capture, 3 series */
  long rising, falling; /* hundredths of a percent */
  long startup;         /* as alarmStartupAlarm */
  long hold;            /* seconds */
  long storage;         /* StorageType */
  long status;          /* RowStatus: active, notInService or notReady */
};

struct threshold {
  struct table_row row; /* first: what the table reads */
  struct threshold_values values;
  struct wt_rule_watch *watch; /* while it is active */
};

struct threshold_list {
  struct threshold **rows;
  size_t count;
};

/* All that a manager sets: it is changed and kept as a whole. */
struct threshold_setup {
  struct threshold_list list;
  bool enabled; /* wtNotifyEnabled */
};

/* A row with the defaults of the MIB, or with these values. NULL when memory ran out. */
struct threshold *threshold_new(unsigned long number, const struct threshold_values *values);
void threshold_free(struct threshold *threshold);
unsigned long threshold_number(const struct threshold *threshold);

/* Makes of the values of an active row what is followed; the others need nothing. Errors are wt_rule_watch_new()'s. */
int threshold_activate(struct threshold *threshold, struct wt_error *error);

/* Whether all that has no default is given; and whether falling and rising fit, as those of an active row have to. */
bool threshold_is_complete(const struct threshold_values *values);
bool threshold_is_consistent(const struct threshold_values *values);

/* 0 or -EINVAL: the pattern is none; -ENOMEM. */
int threshold_check_interfaces(const char *interfaces);

/* By its number; NULL if there is none. */
struct threshold *threshold_find(const struct threshold_list *list, unsigned long number);

/* The lowest rising threshold, a fraction of wire, of the active rows that are for that signal; NAN if none is. */
double threshold_limit(const struct threshold_list *list, const struct wt_interface *interface,
                       enum wt_direction direction, enum wt_signal_id signal);

/* How many of them a manager made. */
size_t threshold_made(const struct threshold_list *list);

/* Adds a row, or with NULL takes the one of that number out. The row that was there is not freed. 0 or -ENOMEM. */
int threshold_put(struct threshold_list *list, unsigned long number, struct threshold *threshold);

/* The same rows in a list of its own. 0 or -ENOMEM. */
int threshold_copy(struct threshold_list *copy, const struct threshold_list *list);

/* Frees the list, and those of its rows that the other one does not have, NULL: all. */
void threshold_drop(struct threshold_list *list, const struct threshold_list *other);

/* Rows that the manager's list gets from the configuration. 0 or -ENOMEM. */
int threshold_configured(struct threshold_list *list, const struct wt_config *config);

/*
 * What is kept over a restart, as text: rows that are nonVolatile and not notReady, wtNotifyEnabled, and whether it was
 * told that the capture is degraded. NULL when memory ran out. The caller frees it.
 */
char *threshold_text(const struct threshold_setup *setup, bool degraded);

/* Writes such a text to its file in Net-SNMP's persistent directory, as a whole or not at all. */
int threshold_write(const char *text, struct wt_error *error);

/* 0 where it looks as if it could be written, or a negative errno and why not. */
int threshold_can_write(struct wt_error *error);

/* Reads the file; one that is not there changes nothing. -EINVAL: it is damaged; rows before the damage are in the
 * list. */
int threshold_load(struct threshold_setup *setup, bool *degraded, struct wt_error *error);

/* The same of an open file; number gets that of the line that is damaged. */
int threshold_read(FILE *file, struct threshold_setup *setup, bool *degraded, int *number);

/* ---- threshold_value.c: the columns of a SET ---- */

/* An error of SNMP if no row can have that value in that column. */
int threshold_check_value(const netsnmp_variable_list *variable, unsigned int column);

/* Puts a value that was checked into its place; RowStatus is left to the caller. */
void threshold_take_value(struct threshold_values *values, const netsnmp_variable_list *variable, unsigned int column);

#endif
