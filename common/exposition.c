/* SPDX-License-Identifier: MIT */
#include "exposition.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

struct wt_exposition {
  struct wt_series_table *table;
  locale_t locale; /* numbers have a point, whatever the process's language is */
  unsigned long line_number;
  size_t used;
  char line[WT_EXPOSITION_LINE + 1];
};

struct wt_exposition *wt_exposition_new(struct wt_series_table *table)
{
  struct wt_exposition *exposition = malloc(sizeof(*exposition));

  if (!exposition)
    return NULL;
  exposition->table = table;
  exposition->line_number = 1;
  exposition->used = 0;
  exposition->locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
  if (!exposition->locale) {
    free(exposition);
    return NULL;
  }
  return exposition;
}

void wt_exposition_free(struct wt_exposition *exposition)
{
  if (!exposition)
    return;
  freelocale(exposition->locale);
  free(exposition);
}

/* ---- one line ---- */

static const char *skip_blanks(const char *at)
{
  return at + strspn(at, " \t");
}

static bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(char c, bool first, bool metric)
{
  return is_letter(c) || (metric && c == ':') || (!first && c >= '0' && c <= '9');
}

static size_t name_length(const char *at, bool metric)
{
  size_t length = 0;

  while (is_name(at[length], length == 0, metric))
    length++;
  return length;
}

/* A quoted value with its escapes: \\, \" and \n. out, of that size, gets what fits. The end of it, NULL if it has
 * none. */
static const char *read_quoted(const char *at, char *out, size_t size)
{
  size_t used = 0;

  if (*at++ != '"')
    return NULL;
  for (; *at && *at != '"'; at++) {
    char c = *at;

    if (c == '\\') {
      c = *++at;
      if (c == 'n')
        c = '\n';
      else if (c != '\\' && c != '"')
        return NULL;
    }
    if (out && used + 1 < size)
      out[used++] = c;
  }
  if (out)
    out[used] = '\0';
  return *at == '"' ? at + 1 : NULL;
}

/* The labels in braces; device gets the value of that label. What is wrong, NULL if nothing is; *at moves behind them.
 */
static const char *read_labels(const char **at, char *device, size_t size)
{
  const char *here = skip_blanks(*at + 1);

  while (*here != '}') {
    size_t length = name_length(here, false);
    bool wanted = length == 6 && memcmp(here, "device", 6) == 0;

    if (length == 0)
      return "the name of a label is missing";
    here = skip_blanks(here + length);
    if (*here != '=')
      return "a label has no value";
    here = read_quoted(skip_blanks(here + 1), wanted ? device : NULL, size);
    if (!here)
      return "the value of a label is not between quotes, or has an escape that is not allowed";
    here = skip_blanks(here);
    if (*here == ',')
      here = skip_blanks(here + 1);
    else if (*here != '}')
      return "the labels have no end";
  }
  *at = here + 1;
  return NULL;
}

/* Numbers as Go writes them: also NaN, +Inf and -Inf. */
static bool read_number(const struct wt_exposition *exposition, const char *at, size_t length, double *number)
{
  char text[64], *end;

  if (length == 0 || length >= sizeof(text))
    return false;
  memcpy(text, at, length);
  text[length] = '\0';
  *number = strtod_l(text, &end, exposition->locale);
  return *end == '\0';
}

/* Milliseconds since 1970. */
static bool read_stamp(const char *at, size_t length, double *stamp)
{
  char text[24], *end;

  if (length == 0 || length >= sizeof(text) || strspn(at, "+-0123456789") < length)
    return false;
  memcpy(text, at, length);
  text[length] = '\0';
  errno = 0;
  *stamp = (double)strtoll(text, &end, 10) / 1e3;
  return *end == '\0' && errno == 0;
}

static const char *read_sample(struct wt_exposition *exposition, const char *at)
{
  char device[IFNAMSIZ + 1] = "";
  struct wt_series_metric metric;
  struct wt_series_row *row;
  size_t length = name_length(at, true);
  const char *name = at, *wrong;
  bool wanted = wt_series_metric_of(name, length, &metric);
  double value, stamp = NAN;

  if (length == 0)
    return "it begins with no name of a metric";
  at = skip_blanks(at + length);
  if (*at == '{') {
    wrong = read_labels(&at, device, sizeof(device));
    if (wrong)
      return wrong;
    at = skip_blanks(at);
  } else if (at == name + length) {
    return "it has no value";
  }
  length = strcspn(at, " \t");
  if (!read_number(exposition, at, length, &value))
    return "its value is not a number";
  at = skip_blanks(at + length);
  length = strcspn(at, " \t");
  if (*at && !read_stamp(at, length, &stamp))
    return "its time stamp is not a number of milliseconds";
  if (*skip_blanks(at + length))
    return "something follows its time stamp";
  row = wanted ? wt_series_table_begin(exposition->table, device, &metric) : NULL;
  if (row)
    wt_series_row_add(row, &metric, stamp, value);
  return NULL;
}

static int take_line(struct wt_exposition *exposition, struct wt_error *error)
{
  const char *at, *wrong;

  exposition->line[exposition->used] = '\0';
  if (exposition->used > 0 && exposition->line[exposition->used - 1] == '\r')
    exposition->line[exposition->used - 1] = '\0';
  at = skip_blanks(exposition->line);
  wrong = strlen(exposition->line) + 1 < exposition->used ? "it has a zero octet in it"
          : *at && *at != '#'                             ? read_sample(exposition, at)
                                                          : NULL;
  exposition->used = 0;
  if (wrong)
    return wt_fail(error, -EBADMSG, "line %lu is not of Prometheus' text format: %s", exposition->line_number, wrong);
  exposition->line_number++;
  return 0;
}

/* ---- the whole ---- */

int wt_exposition_read(struct wt_exposition *exposition, const char *data, size_t length, struct wt_error *error)
{
  while (length > 0) {
    const char *end = memchr(data, '\n', length);
    size_t part = end ? (size_t)(end - data) : length;

    if (exposition->used + part > WT_EXPOSITION_LINE)
      return wt_fail(error, -EBADMSG, "line %lu is not of Prometheus' text format: it is longer than %d octets",
                     exposition->line_number, WT_EXPOSITION_LINE);
    memcpy(exposition->line + exposition->used, data, part);
    exposition->used += part;
    if (end && take_line(exposition, error))
      return -EBADMSG;
    data += part + (end ? 1 : 0);
    length -= part + (end ? 1 : 0);
  }
  return 0;
}

int wt_exposition_end(struct wt_exposition *exposition, struct wt_error *error)
{
  if (wt_series_table_is_starved(exposition->table))
    return wt_fail(error, -ENOMEM, "out of memory");
  if (exposition->used == 0)
    return 0;
  return wt_fail(error, -EBADMSG,
                 "line %lu is not of Prometheus' text format: it does not end with a line feed: the text is cut off",
                 exposition->line_number);
}
