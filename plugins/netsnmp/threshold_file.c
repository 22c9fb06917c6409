/* SPDX-License-Identifier: MIT */
/* Where thresholds are kept over a restart. Not by read_config_store(), which tells nobody that it could not write. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "threshold.h"

/* A file of a person's making must not be read without bound. */
enum { LINE = 256, MOST_LINES = 10000, PATH = 512 };

static void name_file(char path[static PATH])
{
  snprintf(path, PATH, "%s/wiretruth-thresholds", get_persistent_directory());
}

bool threshold_can_save(void)
{
  return access(get_persistent_directory(), W_OK) == 0;
}

/* ---- writing -------------------------------------------------------------------------------------------------- */

static bool is_kept(const struct threshold *threshold)
{
  return threshold->values.storage == ST_NONVOLATILE && threshold->values.status != RS_NOTREADY;
}

static void write_row(FILE *file, const struct threshold *threshold)
{
  const struct threshold_values *values = &threshold->values;

  fprintf(file, "threshold %lu %ld %ld %ld %ld %ld %ld %ld %s\n", threshold_number(threshold), values->direction,
          values->signal, values->rising, values->falling, values->startup, values->hold, values->status,
          values->interfaces);
}

int threshold_save(const struct threshold_list *list, bool enabled, struct wt_error *error)
{
  char path[PATH], *text = NULL;
  size_t size;
  FILE *file = open_memstream(&text, &size);
  int status;

  if (!file)
    goto memory;
  fprintf(file, "# Thresholds of wiretruth-agentx(8), which writes this file anew with each change.\n"
                "# threshold INDEX DIRECTION SIGNAL RISING FALLING STARTUP HOLD STATUS INTERFACES\n");
  fprintf(file, "notifications %d\n", enabled);
  for (size_t i = 0; i < list->count; i++)
    if (is_kept(list->rows[i]))
      write_row(file, list->rows[i]);
  if (fclose(file) != 0)
    goto memory;
  name_file(path);
  status = wt_file_write("thresholds", path, text, error);
  free(text);
  return status;

memory:
  free(text);
  *error = (struct wt_error){.code = -ENOMEM, .text = "thresholds cannot be written: out of memory"};
  return -ENOMEM;
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static bool is_within(long value, long low, long high)
{
  return value >= low && value <= high;
}

static bool are_valid(unsigned long number, const struct threshold_values *values)
{
  return number >= 1 && number <= THRESHOLD_LAST && is_within(values->direction, 1, 3) &&
         is_within(values->signal, 1, 3) && is_within(values->rising, 0, INT32_MAX) &&
         is_within(values->falling, 0, INT32_MAX) && is_within(values->startup, 1, 3) &&
         is_within(values->hold, 0, 86400) && is_within(values->status, RS_ACTIVE, RS_NOTINSERVICE) &&
         threshold_is_complete(values);
}

/* 0, -EINVAL or -ENOMEM. */
static int read_row(struct threshold_list *list, const char *line)
{
  struct threshold_values values = {.storage = ST_NONVOLATILE};
  struct threshold *threshold;
  struct wt_error error;
  unsigned long number;
  int status;

  if (sscanf(line, "threshold %lu %ld %ld %ld %ld %ld %ld %ld %63[^\n]", &number, &values.direction, &values.signal,
             &values.rising, &values.falling, &values.startup, &values.hold, &values.status, values.interfaces) != 9 ||
      !are_valid(number, &values) || threshold_find(list, number) || list->count >= THRESHOLD_MOST)
    return -EINVAL;
  threshold = threshold_new(number, &values);
  status = threshold ? threshold_activate(threshold, &error) : -ENOMEM;
  if (!status)
    status = threshold_put(list, number, threshold);
  if (status)
    threshold_free(threshold);
  return status;
}

static int read_line(struct threshold_list *list, bool *enabled, const char *line)
{
  int on;

  if (line[0] == '#' || line[0] == '\n')
    return 0;
  if (sscanf(line, "notifications %d", &on) == 1) {
    *enabled = on != 0;
    return 0;
  }
  return read_row(list, line);
}

int threshold_load(struct threshold_list *list, bool *enabled, struct wt_error *error)
{
  char path[PATH], line[LINE];
  int status = 0, number = 0;
  FILE *file;

  name_file(path);
  file = fopen(path, "re");
  if (!file && errno == ENOENT)
    return 0;
  if (!file) {
    status = -errno;
    snprintf(error->text, sizeof(error->text), "thresholds cannot be read from %.256s: %s", path, strerror(-status));
    error->code = status;
    return status;
  }
  while (!status && number < MOST_LINES && fgets(line, sizeof(line), file)) {
    number++;
    status = read_line(list, enabled, line);
  }
  fclose(file);
  if (status) {
    snprintf(error->text, sizeof(error->text), "thresholds %.256s, line %d: %s", path, number,
             status == -ENOMEM ? "out of memory" : "not what a threshold is written as");
    error->code = status;
  }
  return status;
}
