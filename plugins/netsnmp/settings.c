/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int settings_init(struct settings *settings)
{
  *settings = (struct settings){.core = wt_config_new(), .interval = SETTINGS_POLL_INTERVAL_DEFAULT};
  return settings->core ? 0 : -ENOMEM;
}

void settings_free(struct settings *settings)
{
  wt_config_free(settings->core);
  settings->core = NULL;
}

static int reject(struct wt_error *error, int code, const char *name, const char *value, const char *why)
{
  error->code = code;
  snprintf(error->text, sizeof(error->text), "option %.32s: '%.80s' %s", name, value, why);
  return code;
}

int settings_parse_interval(const char *value, double *interval, struct wt_error *error)
{
  char *end = NULL;
  double seconds = strtod(value, &end);

  if (end == value || *end || strspn(value, "0123456789.") != strlen(value) || !(seconds >= 0.1 && seconds <= 3600))
    return reject(error, -EINVAL, SETTINGS_POLL_INTERVAL, value,
                  "is not valid; it takes " SETTINGS_POLL_INTERVAL_ARGUMENT);
  *interval = seconds;
  return 0;
}

static int set_interval(struct settings *settings, const char *value, struct wt_error *error)
{
  int status;

  if (settings->interval_given)
    return reject(error, -EEXIST, SETTINGS_POLL_INTERVAL, value, "is given a second time; it is allowed once");
  status = settings_parse_interval(value, &settings->interval, error);
  settings->interval_given = status == 0;
  return status;
}

double settings_interval(const struct settings *settings)
{
  return settings->interval_forced > 0 ? settings->interval_forced : settings->interval;
}

/* Takes quotes away; what is between slashes is a regular expression and may hold blanks. */
static int take_value(const char *name, const char *line, char *value, size_t size, struct wt_error *error)
{
  size_t length = strlen(line);
  bool quoted;

  while (length && isspace((unsigned char)line[length - 1]))
    length--;
  quoted = length >= 2 && line[0] == '"' && line[length - 1] == '"';
  if (quoted) {
    line++;
    length -= 2;
  }
  if (length >= size)
    return reject(error, -EINVAL, name, line, "is too long");
  memcpy(value, line, length);
  value[length] = '\0';
  if (!quoted && value[0] != '/' && strcspn(value, " \t") != length)
    return reject(error, -EINVAL, name, strchr(value, '@') ? "..." : value, /* a URL may have a password in it */
                  "is more than one value; an option that may be repeated takes one a line, and comments need a line "
                  "of their own");
  return 0;
}

int settings_set(struct settings *settings, const char *name, const char *line, struct wt_error *error)
{
  char value[1024];
  int status = take_value(name, line, value, sizeof(value), error);

  if (status)
    return status;
  if (strcasecmp(name, SETTINGS_POLL_INTERVAL) == 0)
    return set_interval(settings, value, error);
  return wt_config_set(settings->core, name, value, error);
}
