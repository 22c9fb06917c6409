/* SPDX-License-Identifier: MIT */
/* The option Mirror. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "error.h"

/* A name that the kernel takes, and that is no regular expression. */
static bool take_name(const char *text, size_t length, char name[IFNAMSIZ])
{
  if (length == 0 || length >= IFNAMSIZ || strcspn(text, "/:= \t\n\v\f\r") < length)
    return false;
  memcpy(name, text, length);
  name[length] = '\0';
  return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int check(const struct wt_config *config, const struct wt_mirror_pair *pair, const struct wt_option *option,
                 const char *value, struct wt_error *error)
{
  if (strcmp(pair->observed, pair->mirror) == 0)
    return wt_fail(error, -EINVAL, "option %s: '%.64s' is not valid; an interface is not its own mirror", option->name,
                   value);
  for (size_t i = 0; i < config->mirror_count; i++)
    if (strcmp(config->mirrors[i].observed, pair->observed) == 0)
      return wt_fail(error, -EEXIST, "option %s: '%.64s': %s has the mirror %s already; it can have one", option->name,
                     value, pair->observed, config->mirrors[i].mirror);
  if (config->mirror_count == WT_MIRRORS)
    return wt_fail(error, -EINVAL, "option %s: '%.64s' is one too many; it may be given %d times", option->name, value,
                   WT_MIRRORS);
  return 0;
}

int wt_config_set_mirror(struct wt_config *config, const struct wt_option *option, const char *value,
                         struct wt_error *error)
{
  size_t length = strcspn(value, "=");
  struct wt_mirror_pair pair = {0}, *mirrors;
  int status;

  if (!value[length] || !take_name(value, length, pair.observed) ||
      !take_name(value + length + 1, strlen(value + length + 1), pair.mirror))
    return wt_fail(error, -EINVAL, "option %s: '%.64s' is not valid; it takes %s", option->name, value,
                   option->argument);
  status = check(config, &pair, option, value, error);
  if (status)
    return status;
  mirrors = realloc(config->mirrors, (config->mirror_count + 1) * sizeof(*mirrors));
  if (!mirrors)
    return wt_fail(error, -ENOMEM, "option %s: out of memory", option->name);
  mirrors[config->mirror_count++] = pair;
  config->mirrors = mirrors;
  return 0;
}

int wt_config_check_mirrors(const struct wt_config *config, struct wt_error *error)
{
  for (size_t i = 0; i < config->mirror_count; i++)
    if (!wt_config_selects(config, config->mirrors[i].observed))
      return wt_fail(error, -EINVAL, "option Mirror: %s=%s: %s is not among the interfaces that are observed",
                     config->mirrors[i].observed, config->mirrors[i].mirror, config->mirrors[i].observed);
  return 0;
}
