/* SPDX-License-Identifier: MIT */
/* Names of interfaces, plain or by a regular expression. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "error.h"

void wt_pattern_clear(struct wt_pattern *pattern)
{
  if (pattern->is_regex)
    regfree(&pattern->regex);
  free(pattern->text);
}

int wt_pattern_init(struct wt_pattern *pattern, const char *value, const struct wt_option *option,
                    struct wt_error *error)
{
  size_t length = strlen(value);

  *pattern = (struct wt_pattern){.text = strdup(value)};
  if (!pattern->text)
    return wt_fail(error, -ENOMEM, "option %s: out of memory", option->name);
  if (length > 2 && value[0] == '/' && value[length - 1] == '/') {
    char *expression = strndup(value + 1, length - 2);
    int status = expression ? regcomp(&pattern->regex, expression, REG_EXTENDED | REG_NOSUB) : REG_ESPACE;
    char why[128];

    free(expression);
    if (status) {
      regerror(status, &pattern->regex, why, sizeof(why));
      free(pattern->text);
      return wt_fail(error, -EINVAL, "option %s: '%.64s' is not a POSIX extended regular expression: %s", option->name,
                     value, why);
    }
    pattern->is_regex = true;
  } else if (length == 0 || length >= IFNAMSIZ || strchr(value, '/')) {
    free(pattern->text);
    return wt_config_reject(option, value, error);
  }
  return 0;
}

bool wt_pattern_matches(const struct wt_pattern *pattern, const char *interface)
{
  if (pattern->is_regex)
    return regexec(&pattern->regex, interface, 0, NULL, 0) == 0;
  return strcmp(pattern->text, interface) == 0;
}
