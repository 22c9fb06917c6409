/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int wt_config_reject(const struct wt_option *option, const char *value, struct wt_error *error)
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
  return wt_config_reject(option, value, error);
}

int wt_config_parse_number(const struct wt_option *option, const char *value, double low, double high, double *out,
                           struct wt_error *error)
{
  char *end = NULL;
  double number = strtod(value, &end);

  /* strtod also takes hexadecimal, "inf" and "nan", which no user means. */
  if (end == value || *end || strspn(value, "0123456789.eE+-") != strlen(value) || !(number >= low && number <= high))
    return wt_config_reject(option, value, error);
  *out = number;
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
  status = wt_pattern_init(&patterns[config->pattern_count], value, option, error);
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
  return wt_config_reject(option, value, error);
}

static int set_samples(struct wt_config *config, const struct wt_option *option, const char *value,
                       struct wt_error *error)
{
  double number = 0;
  int status = wt_config_parse_number(option, value, 100, 1e6, &number, error);

  if (status)
    return status;
  if (number != (double)(unsigned int)number)
    return wt_config_reject(option, value, error);
  config->samples_per_interval = (unsigned int)number;
  return 0;
}

static int set_cpu_budget(struct wt_config *config, const struct wt_option *option, const char *value,
                          struct wt_error *error)
{
  double percent = 0;
  int status = wt_config_parse_number(option, value, 0.001, 100, &percent, error);

  if (status == 0)
    config->cpu_budget = percent / 100;
  return status;
}

static int set_baseline(struct wt_config *config, const struct wt_option *option, const char *value,
                        struct wt_error *error)
{
  char *file = *value ? strdup(value) : NULL;

  if (*value && !file)
    return wt_fail(error, -ENOMEM, "option %s: out of memory", option->name);
  if (strlen(value) >= PATH_MAX) {
    free(file);
    return wt_config_reject(option, value, error);
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
  return wt_config_parse_number(option, value, 0.1, 600, &config->series_timeout, error);
}

#define THRESHOLD "a percentage from 0.01 to 1000, or off; of one signal: counter=, capture= or series= before it"

static const struct wt_option options[] = {
    {"Interface", "the name of an interface, or a POSIX extended regular expression between slashes", "",
     "an interface to observe; without any, all are", .repeatable = true},
    {"IgnoreSelected", "true or false", "false", "observe all interfaces but those named by Interface",
     .repeatable = false},
    {"ReportInactive", "true or false", "true", "report interfaces that have never carried a packet, too",
     .repeatable = false},
    {"Method", "auto, exact, sample or none", "auto",
     "exact counts every packet with eBPF, sample looks at random ones, none reads counters only; auto takes the best "
     "that can be opened",
     .repeatable = false},
    {"SamplesPerInterval", "a whole number from 100 to 1000000", "10000",
     "with method sample: packets sampled between two polls, an interface", .repeatable = false},
    {"CPUBudget", "a percentage of one CPU from 0.001 to 100", "2",
     "with method auto: what counting every packet may cost by estimate; above it the tap is attached only part of the "
     "time, and the figures of the rest are estimated from the counter",
     .repeatable = false},
    {"Tolerance", "a percentage from 0.01 to 50", "1", "divergence from wire, in percent, up to which a signal agrees",
     .of_interface = true},
    {"Horizon", "seconds from 0.1 to 86400", "300", "seconds that ratio, divergence and verdict refer to",
     .of_interface = true},
    {"Baseline", "the name of a file", "",
     "the recorded state of offloads, limits, driver and firmware that drift is told from; wiretruth baseline save "
     "records it",
     .repeatable = false},
    {"Application", "true or false", "false",
     "read TCP's own account of what it sent and received, from all sockets of the network namespace, and put it up "
     "against counter and capture",
     .repeatable = false},
    {"Series", "a URL of http, https, unix:/SOCKET:/PATH or file:/PATH", "",
     "where the link counters are read as a metrics pipeline tells them: an exporter's exposition, or with SeriesQuery "
     "a Prometheus server",
     .repeatable = false},
    {"SeriesQuery", "matchers of labels between braces, such as {instance=\"host:9100\"}", "",
     "ask the HTTP API of the Prometheus server that Series names, for the series with these labels",
     .repeatable = false},
    {"SeriesCA", "the name of a file of certificates in PEM", "",
     "the authorities that a server of https is checked against; without it, those that the system trusts",
     .repeatable = false},
    {"SeriesTimeout", "seconds from 0.1 to 600", "10",
     "how long an answer may take, over at least four polls; no poll waits for it", .repeatable = false},
    {"Mirror", "the names of two interfaces, OBSERVED=MIRROR", "",
     "the interface on which a copy of another one's frames arrives, from a tap or a SPAN port", .repeatable = true,
     .pair = true},
    {"WarningDivergence", THRESHOLD, "5",
     "divergence from wire, in percent, above which a signal sets off an alert of severity WARNING; off for captures "
     "unless they are named",
     .repeatable = true, .pair = true, .of_interface = true, .of_alerts = true},
    {"FailureDivergence", THRESHOLD, "20",
     "divergence from wire, in percent, above which the severity is FAILURE; off for captures unless they are named",
     .repeatable = true, .pair = true, .of_interface = true, .of_alerts = true},
    {"Hysteresis", "percentage points from 0 to 100", "2.5",
     "an alert stays until the divergence is less than its threshold by so much", .of_interface = true,
     .of_alerts = true},
    {"Hold", "seconds from 0 to 86400", "900", "how long an alert has to be due, or over, before it is told",
     .of_interface = true, .of_alerts = true},
};

/* In the order of the options. Each has one of both. */
static const struct {
  int (*of_all)(struct wt_config *config, const struct wt_option *option, const char *value, struct wt_error *error);
  wt_scope_setter *of_scope;
} setters[] = {
    {set_interface, NULL},
    {set_ignore_selected, NULL},
    {set_report_inactive, NULL},
    {set_method, NULL},
    {set_samples, NULL},
    {set_cpu_budget, NULL},
    {NULL, wt_scope_set_tolerance},
    {NULL, wt_scope_set_horizon},
    {set_baseline, NULL},
    {set_application, NULL},
    {wt_config_set_series, NULL},
    {wt_config_set_series_query, NULL},
    {wt_config_set_series_ca, NULL},
    {set_series_timeout, NULL},
    {wt_config_set_mirror, NULL},
    {NULL, wt_scope_set_warning},
    {NULL, wt_scope_set_failure},
    {NULL, wt_scope_set_hysteresis},
    {NULL, wt_scope_set_hold},
};

_Static_assert(COUNT(options) == COUNT(setters), "every option has its setter");

const struct wt_option *wt_options(size_t *count)
{
  *count = COUNT(options);
  return options;
}

/* The names of all options, or of those that an interface may have of its own. */
static void list_names(char *names, size_t size, bool of_interface)
{
  size_t used = 0;

  names[0] = '\0';
  for (size_t i = 0; i < COUNT(options) && used < size; i++)
    if (options[i].of_interface || !of_interface)
      used += (size_t)snprintf(names + used, size - used, "%s%s", used ? ", " : "", options[i].name);
}

/* COUNT(options) where there is no such option. */
static size_t find_option(const char *name, bool of_interface, struct wt_error *error)
{
  char names[WT_ERROR_TEXT];

  for (size_t i = 0; i < COUNT(options); i++)
    if (strcasecmp(name, options[i].name) == 0)
      return i;
  list_names(names, sizeof(names), of_interface);
  wt_fail(error, -ENOENT, "no such option: '%.64s'; there are %s", name, names);
  return COUNT(options);
}

static int set(struct wt_config *config, struct wt_scope *scope, size_t i, const char *value, struct wt_error *error)
{
  const struct wt_option *option = &options[i];
  int status;

  if (!option->repeatable && scope->given & 1u << i)
    return wt_fail(error, -EEXIST, "option %s: given twice, the second time with '%.64s'; it is allowed once",
                   option->name, strchr(value, '@') ? "..." : value); /* a URL may have a password in it */
  if (option->of_interface)
    status = setters[i].of_scope(scope, option, value, error);
  else
    status = setters[i].of_all(config, option, value, error);
  if (status == 0)
    scope->given |= 1u << i;
  return status;
}

int wt_config_set(struct wt_config *config, const char *name, const char *value, struct wt_error *error)
{
  size_t i = find_option(name, false, error);

  return i < COUNT(options) ? set(config, &config->outside, i, value, error) : -ENOENT;
}

int wt_config_set_for(struct wt_config *config, const char *pattern, const char *name, const char *value,
                      struct wt_error *error)
{
  size_t i = find_option(name, true, error), count = config->block_count;
  char names[WT_ERROR_TEXT];
  struct wt_block *block;
  int status;

  if (i == COUNT(options))
    return -ENOENT;
  if (!options[i].of_interface) {
    list_names(names, sizeof(names), true);
    return wt_fail(error, -EINVAL, "option %s: an interface cannot have one of its own; it can have %s",
                   options[i].name, names);
  }
  status = wt_config_block(config, pattern, &options[0], &block, error);
  if (status)
    return status;
  status = set(config, &block->scope, i, value, error);
  if (status && config->block_count > count)
    wt_config_drop_block(config);
  return status;
}

struct wt_config *wt_config_new(void)
{
  struct wt_config *config = calloc(1, sizeof(*config));

  if (!config)
    return NULL;
  wt_scope_init(&config->defaults);
  wt_scope_init(&config->outside);
  /* Defaults come from their text, so that the table is the only place. */
  for (size_t i = 0; i < COUNT(options); i++)
    if (options[i].of_interface)
      setters[i].of_scope(&config->defaults, &options[i], options[i].default_value, NULL);
    else if (!options[i].repeatable)
      setters[i].of_all(config, &options[i], options[i].default_value, NULL);
  return config;
}

void wt_config_free(struct wt_config *config)
{
  if (!config)
    return;
  for (size_t i = 0; i < config->pattern_count; i++)
    wt_pattern_clear(&config->patterns[i]);
  free(config->patterns);
  free(config->baseline);
  wt_config_free_series(config);
  free(config->mirrors);
  wt_config_free_blocks(config);
  free(config);
}

struct wt_config *wt_config_copy(const struct wt_config *config)
{
  struct wt_config *copy = calloc(1, sizeof(*copy));
  int status;

  if (!copy)
    return NULL;
  *copy = *config;
  status = wt_config_copy_blocks(copy, &options[0]);
  copy->patterns = NULL;
  copy->pattern_count = 0;
  copy->baseline = config->baseline ? strdup(config->baseline) : NULL;
  copy->mirrors = calloc(config->mirror_count + 1, sizeof(*copy->mirrors));
  if (copy->mirrors && config->mirror_count)
    memcpy(copy->mirrors, config->mirrors, config->mirror_count * sizeof(*copy->mirrors));
  if (wt_config_copy_series(copy) || status || (config->baseline && !copy->baseline) || !copy->mirrors) {
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

int wt_config_check(const struct wt_config *config, struct wt_error *error)
{
  int status = wt_config_check_scopes(config, error);

  if (!status)
    status = wt_config_check_series(config, error);
  if (!status)
    status = wt_config_check_mirrors(config, error);
  return status;
}

bool wt_config_selects(const struct wt_config *config, const char *interface)
{
  if (config->pattern_count == 0)
    return true;
  for (size_t i = 0; i < config->pattern_count; i++)
    if (wt_pattern_matches(&config->patterns[i], interface))
      return !config->ignore_selected;
  return config->ignore_selected;
}

bool wt_config_report_inactive(const struct wt_config *config)
{
  return config->report_inactive;
}
