/* SPDX-License-Identifier: MIT */
#include "threshold.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct threshold_values defaults = {
    .direction = 3, .signal = 1, .rising = 500, .falling = 250, .startup = 1, .hold = 900, .storage = ST_NONVOLATILE};

struct threshold *threshold_new(unsigned long number, const struct threshold_values *values)
{
  struct threshold *threshold = calloc(1, sizeof(*threshold));

  if (!threshold)
    return NULL;
  threshold->values = values ? *values : defaults;
  table_row_init(&threshold->row, number, 0, 1);
  return threshold;
}

void threshold_free(struct threshold *threshold)
{
  if (!threshold)
    return;
  wt_rule_watch_free(threshold->watch);
  free(threshold);
}

unsigned long threshold_number(const struct threshold *threshold)
{
  return threshold->row.numbers[0];
}

static struct wt_rule rule_of(const struct threshold_values *values)
{
  struct wt_rule rule = {
      .directions = {(values->direction & 1) != 0, (values->direction & 2) != 0},
      .signal = (enum wt_signal_id)(values->signal - 1),
      .rising = (double)values->rising / 10000,
      .falling = (double)values->falling / 10000,
      .hold = (double)values->hold,
      .startup = (unsigned int)values->startup,
  };

  memcpy(rule.interfaces, values->interfaces, sizeof(rule.interfaces));
  return rule;
}

int threshold_activate(struct threshold *threshold, struct wt_error *error)
{
  struct wt_rule rule = rule_of(&threshold->values);

  if (threshold->values.status != RS_ACTIVE)
    return 0;
  return wt_rule_watch_new(&threshold->watch, &rule, error);
}

bool threshold_is_complete(const struct threshold_values *values)
{
  return values->interfaces[0] != '\0';
}

bool threshold_is_consistent(const struct threshold_values *values)
{
  return values->falling <= values->rising;
}

int threshold_check_interfaces(const char *interfaces)
{
  struct threshold_values values = defaults;
  struct wt_rule_watch *watch = NULL;
  struct wt_error error;
  struct wt_rule rule;
  int status;

  for (const char *c = interfaces; *c; c++)
    if (!isprint((unsigned char)*c))
      return -EINVAL;
  /* No interface has such a name. */
  if (interfaces[0] != '/' && strpbrk(interfaces, " :"))
    return -EINVAL;
  strncpy(values.interfaces, interfaces, sizeof(values.interfaces) - 1);
  rule = rule_of(&values);
  status = wt_rule_watch_new(&watch, &rule, &error);
  wt_rule_watch_free(watch);
  return status;
}

/* ---- lists ---------------------------------------------------------------------------------------------------- */

static size_t place_of(const struct threshold_list *list, unsigned long number)
{
  size_t place = 0;

  while (place < list->count && threshold_number(list->rows[place]) != number)
    place++;
  return place;
}

struct threshold *threshold_find(const struct threshold_list *list, unsigned long number)
{
  size_t place = place_of(list, number);

  return place < list->count ? list->rows[place] : NULL;
}

double threshold_limit(const struct threshold_list *list, const struct wt_interface *interface,
                       enum wt_direction direction, enum wt_signal_id signal)
{
  double limit = NAN;

  for (size_t i = 0; i < list->count; i++) {
    const struct threshold *row = list->rows[i];

    if (row->watch && wt_rule_watch_is_for(row->watch, interface, direction, signal))
      limit = fmin(limit, (double)row->values.rising / 10000);
  }
  return limit;
}

size_t threshold_made(const struct threshold_list *list)
{
  size_t count = 0;

  for (size_t i = 0; i < list->count; i++)
    count += threshold_number(list->rows[i]) <= THRESHOLD_LAST;
  return count;
}

int threshold_put(struct threshold_list *list, unsigned long number, struct threshold *threshold)
{
  size_t place = place_of(list, number);

  if (!threshold) {
    if (place < list->count)
      list->rows[place] = list->rows[--list->count];
    return 0;
  }
  if (place == list->count) {
    struct threshold **rows = realloc(list->rows, (list->count + 1) * sizeof(struct threshold *));

    if (!rows)
      return -ENOMEM;
    list->rows = rows;
    list->count++;
  }
  list->rows[place] = threshold;
  return 0;
}

int threshold_copy(struct threshold_list *copy, const struct threshold_list *list)
{
  *copy = (struct threshold_list){0};
  if (list->count == 0)
    return 0;
  copy->rows = malloc(list->count * sizeof(struct threshold *));
  if (!copy->rows)
    return -ENOMEM;
  memcpy(copy->rows, list->rows, list->count * sizeof(struct threshold *));
  copy->count = list->count;
  return 0;
}

void threshold_drop(struct threshold_list *list, const struct threshold_list *other)
{
  for (size_t i = 0; i < list->count; i++)
    if (!other || threshold_find(other, threshold_number(list->rows[i])) != list->rows[i])
      threshold_free(list->rows[i]);
  free(list->rows);
  *list = (struct threshold_list){0};
}

static struct threshold_values values_of(const struct wt_rule *rule)
{
  struct threshold_values values = {
      .direction = 3,
      .signal = (long)rule->signal + 1,
      .rising = lround(rule->rising * 10000),
      .falling = lround(rule->falling * 10000),
      .startup = (long)rule->startup,
      .hold = lround(rule->hold),
      .storage = ST_READONLY,
      .status = RS_ACTIVE,
  };

  memcpy(values.interfaces, rule->interfaces, sizeof(values.interfaces));
  return values;
}

static int add_configured(struct threshold_list *list, unsigned long number, const struct wt_rule *rule)
{
  struct threshold_values values = values_of(rule);
  struct threshold *threshold = threshold_new(number, &values);
  struct wt_error error;
  int status = threshold ? wt_rule_watch_new(&threshold->watch, rule, &error) : -ENOMEM;

  if (!status)
    status = threshold_put(list, number, threshold);
  if (status)
    threshold_free(threshold);
  return status;
}

enum { ROWS_OF_PLACE = WT_SEVERITY_FAILURE * WT_SIGNALS };

static int add_place(struct threshold_list *list, const struct wt_config *config, unsigned int place)
{
  unsigned long number = THRESHOLD_LAST + (place - WT_PLACE_OF_ALL) * ROWS_OF_PLACE;
  int status = 0;

  for (int severity = WT_SEVERITY_WARNING; severity <= WT_SEVERITY_FAILURE; severity++)
    for (int signal = 0; signal < WT_SIGNALS && !status; signal++) {
      struct wt_rule rule;

      number++;
      if (wt_rule_of_options(config, place, (enum wt_signal_id)signal, (enum wt_severity)severity, &rule))
        status = add_configured(list, number, &rule);
    }
  return status;
}

int threshold_configured(struct threshold_list *list, const struct wt_config *config)
{
  const unsigned int most = WT_PLACE_OF_ALL - 1 + (THRESHOLD_GREATEST_INDEX - THRESHOLD_LAST) / ROWS_OF_PLACE;
  unsigned int places = wt_config_places(config);
  int status = 0;

  if (places > most)
    snmp_log(LOG_WARNING,
             "wiretruth: of more than %u patterns of InterfaceOption no thresholds are in wtThresholdTable\n",
             most - 1);
  for (unsigned int place = WT_PLACE_OF_ALL; place <= places && place <= most && !status; place++)
    status = add_place(list, config, place);
  return status;
}
