/* SPDX-License-Identifier: MIT */
/* Names of interfaces, plain or by a regular expression. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "error.h"
#include "expression.h"

void wt_pattern_clear(struct wt_pattern *pattern)
{
  if (pattern->is_regex)
    regfree(&pattern->regex);
  free(pattern->text);
}

static bool compile(struct wt_pattern *pattern, const char *text, size_t length, char *why, size_t size)
{
  char *expression = strndup(text, length);
  const char *fault = expression ? wt_expression_fault(expression) : NULL;
  int status = REG_ESPACE;

  if (fault)
    snprintf(why, size, "%s", fault);
  else if (expression)
    status = regcomp(&pattern->regex, expression, REG_EXTENDED | REG_NOSUB);
  free(expression);
  if (!fault && status)
    regerror(status, &pattern->regex, why, size);
  return !fault && status == 0;
}

int wt_pattern_init(struct wt_pattern *pattern, const char *value, const struct wt_option *option,
                    struct wt_error *error)
{
  size_t length = strlen(value);

  *pattern = (struct wt_pattern){.text = strdup(value)};
  if (!pattern->text)
    return wt_fail(error, -ENOMEM, "option %s: out of memory", option->name);
  if (length > 2 && value[0] == '/' && value[length - 1] == '/') {
    char why[128];

    if (!compile(pattern, value + 1, length - 2, why, sizeof(why))) {
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
