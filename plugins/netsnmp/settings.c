/* SPDX-License-Identifier: MIT */
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VALUE = 1024 }; /* room for one */

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

const struct settings_own *settings_own(void)
{
  static const struct settings_own own[] = {
      {SETTINGS_POLL_INTERVAL, SETTINGS_POLL_INTERVAL_ARGUMENT, "10"},
      {SETTINGS_INTERFACE_OPTION, SETTINGS_INTERFACE_OPTION_ARGUMENT, ""},
      {NULL, NULL, NULL},
  };

  return own;
}

/* Takes quotes away; what is between slashes is a regular expression and may hold blanks. */
static int take_value(const char *name, const char *line, char value[static VALUE], struct wt_error *error)
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
  if (length >= VALUE)
    return reject(error, -EINVAL, name, strchr(line, '@') ? "..." : line, "is too long");
  memcpy(value, line, length);
  value[length] = '\0';
  if (!quoted && value[0] != '/' && strcspn(value, " \t") != length)
    return reject(error, -EINVAL, name, strchr(value, '@') ? "..." : value, /* a URL may have a password in it */
                  "is more than one value; an option that may be repeated takes one a line, and comments need a line "
                  "of their own");
  return 0;
}

/*
 * Takes the first word of a line: in quotes, or between slashes up to the last one that a blank follows, or up to a
 * blank. Returns what follows it, or NULL where there is no word.
 */
static const char *take_word(const char *line, char word[static VALUE])
{
  size_t length = strcspn(line, " \t"), skip = length;

  if (line[0] == '"') {
    const char *quote = strchr(++line, '"');

    length = quote ? (size_t)(quote - line) : 0;
    skip = length + 1;
  } else if (line[0] == '/') {
    for (const char *end = strchr(line + 1, '/'); end; end = strchr(end + 1, '/'))
      if (end[1] == ' ' || end[1] == '\t') {
        length = skip = (size_t)(end + 1 - line);
        break;
      }
  }
  if (length == 0 || length >= VALUE)
    return NULL;
  memcpy(word, line, length);
  word[length] = '\0';
  line += skip;
  return line + strspn(line, " \t");
}

static int set_of_interface(struct settings *settings, const char *line, struct wt_error *error)
{
  char interface[VALUE], option[VALUE], value[VALUE];
  struct wt_error what = {0};
  const char *rest = take_word(line, interface);
  int status;

  if (rest)
    rest = take_word(rest, option);
  if (!rest || !*rest)
    return reject(error, -EINVAL, SETTINGS_INTERFACE_OPTION, line,
                  "is not valid; it takes " SETTINGS_INTERFACE_OPTION_ARGUMENT);
  status = take_value(option, rest, value, &what);
  if (!status)
    status = wt_config_set_for(settings->core, interface, option, value, &what);
  if (status) {
    error->code = status;
    snprintf(error->text, sizeof(error->text), SETTINGS_INTERFACE_OPTION " %.32s: %.440s", interface, what.text);
  }
  return status;
}

int settings_set(struct settings *settings, const char *name, const char *line, struct wt_error *error)
{
  char value[VALUE];
  int status;

  if (strcasecmp(name, SETTINGS_INTERFACE_OPTION) == 0)
    return set_of_interface(settings, line, error);
  status = take_value(name, line, value, error);
  if (status)
    return status;
  if (strcasecmp(name, SETTINGS_POLL_INTERVAL) == 0)
    return set_interval(settings, value, error);
  return wt_config_set(settings->core, name, value, error);
}
