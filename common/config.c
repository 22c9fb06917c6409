/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int reject(const struct wt_option *option, const char *value, struct wt_error *error)
{
  return wt_fail(error, -EINVAL, "option %s: '%.64s' is not valid; it takes %s", option->name, value, option->argument);
}

static int parse_bool(const struct wt_option *option, const char *value, bool *out, struct wt_error *error)
{
  static const char *const yes[] = {"true", "yes", "on", "1"};
  static const char *const no[] = {"false", "no", "off", "0"};

  for (size_t i = 0; i < COUNT(yes); i++) {
    if (strcasecmp(value, yes[i]) == 0) {
      *out = true;
      return 0;
    }
    if (strcasecmp(value, no[i]) == 0) {
      *out = false;
      return 0;
    }
  }
  return reject(option, value, error);
}

static int parse_number(const struct wt_option *option, const char *value, double low, double high, double *out,
                        struct wt_error *error)
{
  char *end = NULL;
  double number = strtod(value, &end);

  /* strtod also takes hexadecimal, "inf" and "nan", which no user means. */
  if (end == value || *end || strspn(value, "0123456789.eE+-") != strlen(value) || !(number >= low && number <= high))
    return reject(option, value, error);
  *out = number;
  return 0;
}

static void pattern_clear(struct wt_pattern *pattern)
{
  if (pattern->is_regex)
    regfree(&pattern->regex);
  free(pattern->text);
}

static int pattern_init(struct wt_pattern *pattern, const char *value, const struct wt_option *option,
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
    return reject(option, value, error);
  }
  return 0;
}

static int set_interface(struct wt_config *config, const struct wt_option *option, const char *value,
                         struct wt_error *error)
{
  struct wt_pattern *patterns = realloc(config->patterns, (config->pattern_count + 1) * sizeof(*patterns));
  int status;

  if (!patterns)
    return wt_fail(error, -ENOMEM, "option %s: out of memory", option->name);
  config->patterns = patterns;
  status = pattern_init(&patterns[config->pattern_count], value, option, error);
  if (status == 0)
    config->pattern_count++;
  return status;
}

static int set_ignore_selected(struct wt_config *config, const struct wt_option *option, const char *value,
                               struct wt_error *error)
{
  return parse_bool(option, value, &config->ignore_selected, error);
}

static int set_report_inactive(struct wt_config *config, const struct wt_option *option, const char *value,
                               struct wt_error *error)
{
  return parse_bool(option, value, &config->report_inactive, error);
}

static int set_method(struct wt_config *config, const struct wt_option *option, const char *value,
                      struct wt_error *error)
{
  static const enum wt_method methods[] = {WT_METHOD_AUTO, WT_METHOD_EXACT, WT_METHOD_SAMPLE, WT_METHOD_NONE};

  for (size_t i = 0; i < COUNT(methods); i++) {
    if (strcasecmp(value, wt_method_name(methods[i])) == 0) {
      config->method = methods[i];
      return 0;
    }
  }
  return reject(option, value, error);
}

static int set_samples(struct wt_config *config, const struct wt_option *option, const char *value,
                       struct wt_error *error)
{
  double number = 0;
  int status = parse_number(option, value, 100, 1e6, &number, error);

  if (status)
    return status;
  if (number != (double)(unsigned int)number)
    return reject(option, value, error);
  config->samples_per_interval = (unsigned int)number;
  return 0;
}

static int set_cpu_budget(struct wt_config *config, const struct wt_option *option, const char *value,
                          struct wt_error *error)
{
  double percent = 0;
  int status = parse_number(option, value, 0.001, 100, &percent, error);

  if (status == 0)
    config->cpu_budget = percent / 100;
  return status;
}

static int set_tolerance(struct wt_config *config, const struct wt_option *option, const char *value,
                         struct wt_error *error)
{
  double percent = 0;
  int status = parse_number(option, value, 0.01, 50, &percent, error);

  if (status == 0)
    config->tolerance = percent / 100;
  return status;
}

static int set_horizon(struct wt_config *config, const struct wt_option *option, const char *value,
                       struct wt_error *error)
{
  return parse_number(option, value, 0.1, 86400, &config->horizon, error);
}

static int set_baseline(struct wt_config *config, const struct wt_option *option, const char *value,
                        struct wt_error *error)
{
  char *file = *value ? strdup(value) : NULL;

  if (*value && !file)
    return wt_fail(error, -ENOMEM, "option %s: out of memory", option->name);
  if (strlen(value) >= PATH_MAX) {
    free(file);
    return reject(option, value, error);
  }
  free(config->baseline);
  config->baseline = file;
  return 0;
}

static int set_application(struct wt_config *config, const struct wt_option *option, const char *value,
                           struct wt_error *error)
{
  return parse_bool(option, value, &config->application, error);
}

static int set_series_timeout(struct wt_config *config, const struct wt_option *option, const char *value,
                              struct wt_error *error)
{
  return parse_number(option, value, 0.1, 600, &config->series_timeout, error);
}

static const struct wt_option options[] = {
    {"Interface", "the name of an interface, or a POSIX extended regular expression between slashes", "",
     "an interface to observe; without any, all are", true},
    {"IgnoreSelected", "true or false", "false", "observe all interfaces but those named by Interface", false},
    {"ReportInactive", "true or false", "true", "report interfaces that have never carried a packet, too", false},
    {"Method", "auto, exact, sample or none", "auto",
     "exact counts every packet with eBPF, sample looks at random ones, none reads counters only; auto takes the best "
     "that can be opened",
     false},
    {"SamplesPerInterval", "a whole number from 100 to 1000000", "10000",
     "with method sample: packets sampled between two polls, an interface", false},
    {"CPUBudget", "a percentage of one CPU from 0.001 to 100", "2",
     "with method auto: what counting every packet may cost by estimate; above it the tap is attached only part of the "
     "time, and the figures of the rest are estimated from the counter",
     false},
    {"Tolerance", "a percentage from 0.01 to 50", "1", "divergence from wire, in percent, up to which a signal agrees",
     false},
    {"Horizon", "seconds from 0.1 to 86400", "300", "seconds that ratio, divergence and verdict refer to", false},
    {"Baseline", "the name of a file", "",
     "the recorded state of offloads, limits, driver and firmware that drift is told from; wiretruth baseline save "
     "records it",
     false},
    {"Application", "true or false", "false",
     "read TCP's own account of what it sent and received, from all sockets of the network namespace, and put it up "
     "against counter and capture",
     false},
    {"Series", "a URL of http, https, unix:/SOCKET:/PATH or file:/PATH", "",
     "where the link counters are read as a metrics pipeline tells them: an exporter's exposition, or with SeriesQuery "
     "a "
     "Prometheus server",
     false},
    {"SeriesQuery", "matchers of labels between braces, such as {instance=\"host:9100\"}", "",
     "ask the HTTP API of the Prometheus server that Series names, for the series with these labels", false},
    {"SeriesCA", "the name of a file of certificates in PEM", "",
     "the authorities that a server of https is checked against; without it, those that the system trusts", false},
    {"SeriesTimeout", "seconds from 0.1 to 600", "10",
     "how long an answer may take, over at least four polls; no poll waits for it", false},
    {"Mirror", "the names of two interfaces, OBSERVED=MIRROR", "",
     "the interface on which a copy of another one's frames arrives, from a tap or a SPAN port", true},
};

/* In the order of the options. */
static int (*const setters[])(struct wt_config *config, const struct wt_option *option, const char *value,
                              struct wt_error *error) = {
    set_interface,
    set_ignore_selected,
    set_report_inactive,
    set_method,
    set_samples,
    set_cpu_budget,
    set_tolerance,
    set_horizon,
    set_baseline,
    set_application,
    wt_config_set_series,
    wt_config_set_series_query,
    wt_config_set_series_ca,
    set_series_timeout,
    wt_config_set_mirror,
};

_Static_assert(COUNT(options) == COUNT(setters), "every option has its setter");

const struct wt_option *wt_options(size_t *count)
{
  *count = COUNT(options);
  return options;
}

static int no_such_option(const char *name, struct wt_error *error)
{
  char known[200] = "";

  for (size_t i = 0; i < COUNT(options); i++) {
    size_t used = strlen(known);

    snprintf(known + used, sizeof(known) - used, "%s%s", i ? ", " : "", options[i].name);
  }
  return wt_fail(error, -ENOENT, "no such option: '%.64s'; there are %s", name, known);
}

int wt_config_set(struct wt_config *config, const char *name, const char *value, struct wt_error *error)
{
  for (size_t i = 0; i < COUNT(options); i++) {
    int status;

    if (strcasecmp(name, options[i].name) != 0)
      continue;
    if (!options[i].repeatable && config->given & 1u << i)
      return wt_fail(error, -EEXIST, "option %s: given twice, the second time with '%.64s'; it is allowed once",
                     options[i].name, strchr(value, '@') ? "..." : value); /* a URL may have a password in it */
    status = setters[i](config, &options[i], value, error);
    if (status == 0)
      config->given |= 1u << i;
    return status;
  }
  return no_such_option(name, error);
}

struct wt_config *wt_config_new(void)
{
  struct wt_config *config = calloc(1, sizeof(*config));

  if (!config)
    return NULL;
  /* Every option that is not repeatable gets its default from its text, so that the table is the only place. */
  for (size_t i = 0; i < COUNT(options); i++)
    if (!options[i].repeatable)
      setters[i](config, &options[i], options[i].default_value, NULL);
  return config;
}

void wt_config_free(struct wt_config *config)
{
  if (!config)
    return;
  for (size_t i = 0; i < config->pattern_count; i++)
    pattern_clear(&config->patterns[i]);
  free(config->patterns);
  free(config->baseline);
  wt_config_free_series(config);
  free(config->mirrors);
  free(config);
}

struct wt_config *wt_config_copy(const struct wt_config *config)
{
  struct wt_config *copy = calloc(1, sizeof(*copy));

  if (!copy)
    return NULL;
  *copy = *config;
  copy->patterns = NULL;
  copy->pattern_count = 0;
  copy->baseline = config->baseline ? strdup(config->baseline) : NULL;
  copy->mirrors = calloc(config->mirror_count + 1, sizeof(*copy->mirrors));
  if (copy->mirrors && config->mirror_count)
    memcpy(copy->mirrors, config->mirrors, config->mirror_count * sizeof(*copy->mirrors));
  if (wt_config_copy_series(copy) || (config->baseline && !copy->baseline) || !copy->mirrors) {
    wt_config_free(copy);
    return NULL;
  }
  for (size_t i = 0; i < config->pattern_count; i++) {
    if (set_interface(copy, &options[0], config->patterns[i].text, NULL)) {
      wt_config_free(copy);
      return NULL;
    }
  }
  return copy;
}

static bool pattern_matches(const struct wt_pattern *pattern, const char *interface)
{
  if (pattern->is_regex)
    return regexec(&pattern->regex, interface, 0, NULL, 0) == 0;
  return strcmp(pattern->text, interface) == 0;
}

bool wt_config_selects(const struct wt_config *config, const char *interface)
{
  if (config->pattern_count == 0)
    return true;
  for (size_t i = 0; i < config->pattern_count; i++)
    if (pattern_matches(&config->patterns[i], interface))
      return !config->ignore_selected;
  return config->ignore_selected;
}

bool wt_config_report_inactive(const struct wt_config *config)
{
  return config->report_inactive;
}
