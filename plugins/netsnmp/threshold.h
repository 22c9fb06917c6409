/* SPDX-License-Identifier: MIT */
/*
 * The rows of wtThresholdTable: those that a manager made, and those that the configuration comes to. A request
 * changes them as a whole: a list of rows takes the place of the one before, or does not.
 */
#ifndef WT_SNMP_THRESHOLD_H
#define WT_SNMP_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "table.h"
#include "wiretruth.h"

/* Numbers of rows that a manager may make, and how many; above them is the configuration's. */
#define THRESHOLD_LAST 65000
#define THRESHOLD_MOST 256

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

/* A row with the defaults of the MIB, or with these values. NULL when memory ran out. */
struct threshold *threshold_new(unsigned long number, const struct threshold_values *values);
void threshold_free(struct threshold *threshold);
unsigned long threshold_number(const struct threshold *threshold);

/* Makes of the values of an active row what is followed; the others need nothing. Errors are wt_rule_watch_new()'s. */
int threshold_activate(struct threshold *threshold, struct wt_error *error);

/* Whether the values suffice for an active row. */
bool threshold_is_complete(const struct threshold_values *values);

/* 0 or -EINVAL: the pattern is none; -ENOMEM. */
int threshold_check_interfaces(const char *interfaces);

/* By its number; NULL if there is none. */
struct threshold *threshold_find(const struct threshold_list *list, unsigned long number);

/* The lowest rising threshold, a fraction of wire, of the active rows that are for that signal; NAN if none is. */
double threshold_limit(const struct threshold_list *list, const char *interface, enum wt_direction direction,
                       enum wt_signal_id signal);

/* Adds a row, or with NULL takes the one of that number out. The row that was there is not freed. 0 or -ENOMEM. */
int threshold_put(struct threshold_list *list, unsigned long number, struct threshold *threshold);

/* The same rows in a list of its own. 0 or -ENOMEM. */
int threshold_copy(struct threshold_list *copy, const struct threshold_list *list);

/* Frees the list, and those of its rows that the other one does not have, NULL: all. */
void threshold_drop(struct threshold_list *list, const struct threshold_list *other);

/* Rows that the manager's list gets from the configuration. 0 or -ENOMEM. */
int threshold_configured(struct threshold_list *list, const struct wt_config *config);

/*
 * The rows that are kept over a restart (StorageType nonVolatile, and not notReady), in a file of Net-SNMP's persistent
 * directory. A file that is not there is an empty list. -EINVAL: it is damaged; rows before the damage are in the list.
 */
int threshold_load(struct threshold_list *list, bool *enabled, struct wt_error *error);
int threshold_save(const struct threshold_list *list, bool enabled, struct wt_error *error);

/* Whether it looks as if they could be kept. */
bool threshold_can_save(void);

#endif
