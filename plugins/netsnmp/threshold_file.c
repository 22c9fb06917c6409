/* SPDX-License-Identifier: MIT */
/* Where thresholds are kept over a restart. Not by read_config_store(), which tells nobody that it could not write. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "threshold.h"

/* A file of a person's making must not be read without bound. */
enum { LINE = 256, MOST_LINES = 10000, PATH = 512 };

static void name_file(char path[static PATH])
{
  snprintf(path, PATH, "%s/wiretruth-thresholds", get_persistent_directory());
}

int threshold_can_write(struct wt_error *error)
{
  const char *directory = get_persistent_directory();

  if (access(directory, W_OK | X_OK) == 0)
    return 0;
  error->code = -errno;
  snprintf(error->text, sizeof(error->text), "thresholds cannot be kept in %.256s: %s", directory,
           strerror(-error->code));
  return error->code;
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

char *threshold_text(const struct threshold_setup *setup, bool degraded)
{
  char *text = NULL;
  size_t size;
  FILE *file = open_memstream(&text, &size);
  bool failed;

  if (!file)
    return NULL;
  fprintf(file, "# Thresholds of wiretruth-agentx(8), which writes this file anew with each change.\n"
                "# threshold INDEX DIRECTION SIGNAL RISING FALLING STARTUP HOLD STATUS INTERFACES\n");
  fprintf(file, "notifications %d\ndegraded %d\n", setup->enabled, degraded);
  for (size_t i = 0; i < setup->list.count; i++)
    if (is_kept(setup->list.rows[i]))
      write_row(file, setup->list.rows[i]);
  failed = ferror(file) != 0;
  if (fclose(file) == 0 && !failed)
    return text;
  free(text);
  return NULL;
}

int threshold_write(const char *text, struct wt_error *error)
{
  char path[PATH];

  name_file(path);
  return wt_file_replace("thresholds", path, text, error);
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static bool is_within(long value, long low, long high)
{
  return value >= low && value <= high;
}

static bool are_valid(unsigned long number, const struct threshold_values *values)
{
  return number >= 1 && number <= THRESHOLD_LAST && is_within(values->direction, 1, 3) &&
         is_within(values->signal, 1, 3) && is_within(values->rising, 0, THRESHOLD_GREATEST_SHARE) &&
         is_within(values->falling, 0, THRESHOLD_GREATEST_SHARE) && is_within(values->startup, 1, 3) &&
         is_within(values->hold, 0, THRESHOLD_LONGEST_HOLD) && is_within(values->status, RS_ACTIVE, RS_NOTINSERVICE) &&
         (values->status != RS_ACTIVE || threshold_is_consistent(values)) &&
         threshold_check_interfaces(values->interfaces) != -EINVAL;
}

/* 0, -EINVAL or -ENOMEM. */
static int read_row(struct threshold_list *list, const char *line)
{
  struct threshold_values values = {.storage = ST_NONVOLATILE};
  struct threshold *threshold;
  struct wt_error error;
  unsigned long number;
  int status, end = 0;

  if (sscanf(line, "threshold %lu %ld %ld %ld %ld %ld %ld %ld %63[^\n]%n", &number, &values.direction, &values.signal,
             &values.rising, &values.falling, &values.startup, &values.hold, &values.status, values.interfaces,
             &end) != 9 ||
      strcmp(line + end, "\n") != 0 || !are_valid(number, &values) || threshold_find(list, number) ||
      list->count >= THRESHOLD_MOST)
    return -EINVAL;
  threshold = threshold_new(number, &values);
  status = threshold ? threshold_activate(threshold, &error) : -ENOMEM;
  if (!status)
    status = threshold_put(list, number, threshold);
  if (status)
    threshold_free(threshold);
  return status;
}

/* "NAME 0" or "NAME 1". */
static bool read_flag(const char *line, const char *name, bool *flag)
{
  size_t length = strlen(name);

  if (strncmp(line, name, length) != 0 || (strcmp(line + length, " 0\n") != 0 && strcmp(line + length, " 1\n") != 0))
    return false;
  *flag = line[length + 1] == '1';
  return true;
}

static int read_line(struct threshold_setup *setup, bool *degraded, const char *line)
{
  if (line[0] == '#' || line[0] == '\n' || read_flag(line, "notifications", &setup->enabled) ||
      read_flag(line, "degraded", degraded))
    return 0;
  return read_row(&setup->list, line);
}

int threshold_read(FILE *file, struct threshold_setup *setup, bool *degraded, int *number)
{
  char line[LINE];
  int status = 0;

  for (*number = 0; !status && fgets(line, sizeof(line), file);)
    status = ++*number > MOST_LINES ? -EINVAL : read_line(setup, degraded, line);
  return !status && ferror(file) ? -EIO : status;
}

/*
 * Another kind of file might keep snmpd waiting for ever, as a pipe does, and where a link points to is of another's
 * choosing. NULL and errno if it is one.
 */
static FILE *open_regular(const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  FILE *file = NULL;
  struct stat is;

  if (fd < 0)
    return NULL;
  if (fstat(fd, &is) == 0 && !S_ISREG(is.st_mode))
    errno = S_ISDIR(is.st_mode) ? EISDIR : EINVAL;
  else
    file = fdopen(fd, "r");
  if (!file)
    close(fd);
  return file;
}

int threshold_load(struct threshold_setup *setup, bool *degraded, struct wt_error *error)
{
  int status, number;
  char path[PATH];
  FILE *file;

  name_file(path);
  file = open_regular(path);
  if (!file && errno == ENOENT)
    return 0;
  if (!file) {
    status = -errno;
    snprintf(error->text, sizeof(error->text), "thresholds cannot be read from %.256s: %s", path, strerror(-status));
    error->code = status;
    return status;
  }
  status = threshold_read(file, setup, degraded, &number);
  fclose(file);
  if (status) {
    snprintf(error->text, sizeof(error->text), "thresholds %.256s, line %d: %s", path, number,
             status == -EINVAL ? "not what a threshold is written as" : strerror(-status));
    error->code = status;
  }
  return status;
}
