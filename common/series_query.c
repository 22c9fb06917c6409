/* SPDX-License-Identifier: MIT */
#include "series_query.h"

#include <errno.h>
#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

const char *wt_series_query_check(const char *matchers)
{
  size_t length = strlen(matchers);

  if (length < 2 || matchers[0] != '{' || matchers[length - 1] != '}')
    return "it is not between braces";
  for (const char *at = matchers; *at; at++)
    if ((unsigned char)*at < 0x20)
      return "it has a control character in it";
  return NULL;
}

char *wt_series_query_expression(const char *matchers, unsigned int seconds)
{
  const char *inner = matchers + 1;
  int length = (int)strlen(matchers) - 2;
  char *text = NULL;

  while (length > 0 && inner[0] == ' ')
    inner++, length--;
  if (asprintf(&text, "{__name__=~\"node_network_(receive|transmit)_(packets|bytes)_total\"%s%.*s}[%us]",
               length > 0 ? "," : "", length, inner, seconds) < 0)
    return NULL;
  return text;
}

/* A value of JSON takes some 100 octets of memory, and may be 3 octets of text. Commas and brackets are no fewer. */
static bool has_too_many(const char *body, size_t length)
{
  size_t count = 0;

  for (const char *at = body; at < body + length; at++)
    count += *at == ',' || *at == '[' || *at == '{';
  return count > WT_SERIES_VALUES;
}

static int no_answer(struct wt_error *error, const char *why)
{
  return wt_fail(error, -EBADMSG, "the answer is not one of Prometheus' HTTP API: %s", why);
}

struct reading {
  struct wt_series_table *table;
  locale_t locale; /* numbers have a point, whatever the process's language is */
};

/* [ 1790000000.123, "519" ]. What is no number, and NaN and Inf, no counter has: it is left out. */
static bool read_value(const struct reading *reading, const json_t *pair, double *stamp, double *value)
{
  const json_t *time = json_array_get(pair, 0);
  const char *text = json_string_value(json_array_get(pair, 1));
  char *end;

  if (json_array_size(pair) != 2 || !json_is_number(time) || !text)
    return false;
  *stamp = json_number_value(time);
  *value = strtod_l(text, &end, reading->locale);
  if (*text == '\0' || *end || strspn(text, "0123456789.eE+-") != strlen(text))
    *value = NAN;
  return true;
}

static const char *read_series(const struct reading *reading, const json_t *series)
{
  const json_t *metric = json_object_get(series, "metric"), *values = json_object_get(series, "values");
  const char *name = json_string_value(json_object_get(metric, "__name__"));
  const char *device = json_string_value(json_object_get(metric, "device"));
  struct wt_series_metric which;
  struct wt_series_row *row;

  if (!json_is_object(metric) || !json_is_array(values))
    return "a series has no metric or no values";
  if (!name || !wt_series_metric_of(name, strlen(name), &which))
    return NULL;
  row = wt_series_table_begin(reading->table, device ? device : "", &which);
  for (size_t i = 0; i < json_array_size(values); i++) {
    double stamp, value;

    if (!read_value(reading, json_array_get(values, i), &stamp, &value))
      return "a value is not a time and a text";
    if (row)
      wt_series_row_add(row, &which, stamp, value);
  }
  return NULL;
}

static int read_data(const struct reading *reading, const json_t *data, struct wt_error *error)
{
  const char *type = json_string_value(json_object_get(data, "resultType")), *wrong;
  const json_t *result = json_object_get(data, "result");

  if (!type || strcmp(type, "matrix") != 0 || !json_is_array(result))
    return no_answer(error, "it has no data of type matrix");
  for (size_t i = 0; i < json_array_size(result); i++) {
    wrong = read_series(reading, json_array_get(result, i));
    if (wrong)
      return no_answer(error, wrong);
  }
  return wt_series_table_is_starved(reading->table) ? wt_fail(error, -ENOMEM, "out of memory") : 0;
}

static int read_root(const struct reading *reading, const json_t *root, struct wt_error *error)
{
  const char *status = json_string_value(json_object_get(root, "status"));
  const char *type = json_string_value(json_object_get(root, "errorType"));
  const char *text = json_string_value(json_object_get(root, "error"));

  if (status && strcmp(status, "success") == 0)
    return read_data(reading, json_object_get(root, "data"), error);
  if (!status || strcmp(status, "error") != 0)
    return no_answer(error, "it has no status");
  return wt_fail(error, -EREMOTEIO, "the Prometheus server says %.40s: %.160s", type ? type : "error",
                 text ? text : "no more");
}

int wt_series_query_read(const char *body, size_t length, struct wt_series_table *table, struct wt_error *error)
{
  struct reading reading = {.table = table};
  json_error_t where;
  json_t *root;
  int status;

  if (has_too_many(body, length))
    return wt_fail(error, -EFBIG, "the answer has more than %d values in it: SeriesQuery has to select one exporter",
                   WT_SERIES_VALUES);
  errno = 0;
  root = json_loadb(body, length, 0, &where);
  /* The library names no error of that kind everywhere. */
  if (!root && errno == ENOMEM)
    return wt_fail(error, -ENOMEM, "out of memory");
  if (!root)
    return wt_fail(error, -EBADMSG, "the answer is not one of Prometheus' HTTP API: line %d is not JSON: %.100s",
                   where.line, where.text);
  reading.locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  status = reading.locale ? read_root(&reading, root, error) : wt_fail(error, -ENOMEM, "out of memory");
  json_decref(root);
  if (reading.locale)
    freelocale(reading.locale);
  return status;
}
