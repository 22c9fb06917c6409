/* SPDX-License-Identifier: MIT */
/* Options that an interface may have of its own, and what they come to for each interface. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "error.h"

enum { OF_ALL = WT_SIGNALS }; /* a threshold that names no signal */

void wt_scope_init(struct wt_scope *scope)
{
  *scope = (struct wt_scope){.tolerance = NAN, .horizon = NAN, .hysteresis = NAN, .hold = NAN};
  for (size_t level = 0; level < WT_LEVELS; level++)
    for (size_t signal = 0; signal <= OF_ALL; signal++)
      scope->divergence[level][signal] = NAN;
}

/* ---- setters -------------------------------------------------------------------------------------------------- */

static int set_percent(const struct wt_option *option, const char *value, double low, double high, double *out,
                       struct wt_error *error)
{
  double percent = 0;
  int status = wt_config_parse_number(option, value, low, high, &percent, error);

  if (status == 0)
    *out = percent / 100;
  return status;
}

int wt_scope_set_tolerance(struct wt_scope *scope, const struct wt_option *option, const char *value,
                           struct wt_error *error)
{
  return set_percent(option, value, 0.01, 50, &scope->tolerance, error);
}

int wt_scope_set_horizon(struct wt_scope *scope, const struct wt_option *option, const char *value,
                         struct wt_error *error)
{
  return wt_config_parse_number(option, value, 0.1, 86400, &scope->horizon, error);
}

int wt_scope_set_hysteresis(struct wt_scope *scope, const struct wt_option *option, const char *value,
                            struct wt_error *error)
{
  return set_percent(option, value, 0, 100, &scope->hysteresis, error);
}

int wt_scope_set_hold(struct wt_scope *scope, const struct wt_option *option, const char *value, struct wt_error *error)
{
  return wt_config_parse_number(option, value, 0, 86400, &scope->hold, error);
}

/* The signal before the equals sign, OF_ALL where there is none; -1 if there is no such signal. */
static int find_signal(const char *value)
{
  size_t length = strcspn(value, "=");

  if (!value[length])
    return OF_ALL;
  for (int signal = 0; signal < WT_SIGNALS; signal++) {
    const char *name = wt_signal_name((enum wt_signal_id)signal);

    if (strlen(name) == length && strncasecmp(name, value, length) == 0)
      return signal;
  }
  return -1;
}

static bool is_off(const char *value)
{
  return strcasecmp(value, "off") == 0 || strcasecmp(value, "no") == 0 || strcasecmp(value, "false") == 0;
}

static int set_divergence(double *divergence, const struct wt_option *option, const char *value, struct wt_error *error)
{
  const char *sign = strchr(value, '='), *number = sign ? sign + 1 : value;
  int signal = find_signal(value);
  double threshold = INFINITY;

  if (signal < 0)
    return wt_config_reject(option, value, error);
  if (!is_off(number) && set_percent(option, number, 0.01, 1000, &threshold, NULL))
    return wt_config_reject(option, value, error);
  if (!isnan(divergence[signal]))
    return wt_fail(error, -EEXIST, "option %s: '%.64s': given twice for %s; it is allowed once in each place",
                   option->name, value, signal == OF_ALL ? "all signals" : wt_signal_name((enum wt_signal_id)signal));
  divergence[signal] = threshold;
  return 0;
}

int wt_scope_set_warning(struct wt_scope *scope, const struct wt_option *option, const char *value,
                         struct wt_error *error)
{
  return set_divergence(scope->divergence[WT_LEVEL_WARNING], option, value, error);
}

int wt_scope_set_failure(struct wt_scope *scope, const struct wt_option *option, const char *value,
                         struct wt_error *error)
{
  return set_divergence(scope->divergence[WT_LEVEL_FAILURE], option, value, error);
}

/* ---- blocks --------------------------------------------------------------------------------------------------- */

static struct wt_block *find_block(const struct wt_config *config, const char *pattern)
{
  for (size_t i = 0; i < config->block_count; i++)
    if (strcmp(config->blocks[i].pattern.text, pattern) == 0)
      return &config->blocks[i];
  return NULL;
}

int wt_config_block(struct wt_config *config, const char *pattern, const struct wt_option *option,
                    struct wt_block **block, struct wt_error *error)
{
  struct wt_block *blocks;
  int status;

  *block = find_block(config, pattern);
  if (*block)
    return 0;
  blocks = realloc(config->blocks, (config->block_count + 1) * sizeof(*blocks));
  if (!blocks)
    return wt_fail(error, -ENOMEM, "option %s: out of memory", option->name);
  config->blocks = blocks;
  status = wt_pattern_init(&blocks[config->block_count].pattern, pattern, option, error);
  if (status)
    return status;
  *block = &blocks[config->block_count++];
  wt_scope_init(&(*block)->scope);
  return 0;
}

void wt_config_drop_block(struct wt_config *config)
{
  wt_pattern_clear(&config->blocks[--config->block_count].pattern);
}

void wt_config_free_blocks(struct wt_config *config)
{
  while (config->block_count)
    wt_config_drop_block(config);
  free(config->blocks);
}

int wt_config_copy_blocks(struct wt_config *copy, const struct wt_option *option)
{
  const struct wt_block *blocks = copy->blocks;
  size_t count = copy->block_count;

  copy->blocks = NULL;
  copy->block_count = 0;
  for (size_t i = 0; i < count; i++) {
    struct wt_block *block;
    int status = wt_config_block(copy, blocks[i].pattern.text, option, &block, NULL);

    if (status)
      return status;
    block->scope = blocks[i].scope;
  }
  return 0;
}

/* ---- what they come to ---------------------------------------------------------------------------------------- */

/* From the innermost to the outermost: a block, what stands outside of blocks, the defaults. */
enum { BLOCK, OUTSIDE, DEFAULTS, PLACES };

struct places {
  const struct wt_scope *scope[PLACES]; /* NULL: there is no block */
};

static double first_known(double block, double outside, double by_default)
{
  if (!isnan(block))
    return block;
  return isnan(outside) ? by_default : outside;
}

/* A number that names no signal is not for captures: that one shows merged packets is normal wherever GRO is on. */
static double threshold_of(const struct places *places, int level, int signal, int *place)
{
  for (*place = places->scope[BLOCK] ? BLOCK : OUTSIDE; *place < PLACES; ++*place) {
    const double *divergence = places->scope[*place]->divergence[level];

    if (!isnan(divergence[signal]))
      return divergence[signal];
    if (!isnan(divergence[OF_ALL]) && (signal != WT_CAPTURE || isinf(divergence[OF_ALL])))
      return divergence[OF_ALL];
  }
  return INFINITY;
}

/* A default stands back where it does not fit what was asked for. False: both were asked for, and do not fit. */
static bool set_thresholds(const struct places *places, int signal, struct wt_settings *settings)
{
  double *warning = &settings->divergence[WT_LEVEL_WARNING][signal];
  double *failure = &settings->divergence[WT_LEVEL_FAILURE][signal];
  int of_warning, of_failure;

  *warning = threshold_of(places, WT_LEVEL_WARNING, signal, &of_warning);
  *failure = threshold_of(places, WT_LEVEL_FAILURE, signal, &of_failure);
  if (*failure >= *warning)
    return true;
  if (of_failure >= DEFAULTS)
    *failure = INFINITY;
  else if (of_warning >= DEFAULTS || isinf(*warning))
    *warning = INFINITY;
  else
    return false;
  return true;
}

/* Returns the first signal whose thresholds do not fit each other, or WT_SIGNALS. */
static int settle(const struct wt_config *config, const struct wt_scope *block, struct wt_settings *settings)
{
  const struct places places = {{block, &config->outside, &config->defaults}};
  const struct wt_scope *inner = block ? block : &config->outside;
  int wrong = WT_SIGNALS;

  *settings = (struct wt_settings){
      .tolerance = first_known(inner->tolerance, config->outside.tolerance, config->defaults.tolerance),
      .horizon = first_known(inner->horizon, config->outside.horizon, config->defaults.horizon),
      .hysteresis = first_known(inner->hysteresis, config->outside.hysteresis, config->defaults.hysteresis),
      .hold = first_known(inner->hold, config->outside.hold, config->defaults.hold),
  };
  for (int signal = WT_SIGNALS - 1; signal >= 0; signal--)
    if (!set_thresholds(&places, signal, settings))
      wrong = signal;
  return wrong;
}

static const struct wt_block *block_for(const struct wt_config *config, const char *interface)
{
  for (size_t i = 0; i < config->block_count; i++)
    if (!config->blocks[i].pattern.is_regex && wt_pattern_matches(&config->blocks[i].pattern, interface))
      return &config->blocks[i];
  for (size_t i = 0; i < config->block_count; i++)
    if (wt_pattern_matches(&config->blocks[i].pattern, interface))
      return &config->blocks[i];
  return NULL;
}

void wt_config_settings(const struct wt_config *config, const char *interface, struct wt_settings *settings)
{
  const struct wt_block *block = interface ? block_for(config, interface) : NULL;

  wt_config_settings_at(config, block ? WT_PLACE_OF_ALL + 1 + (unsigned int)(block - config->blocks) : WT_PLACE_OF_ALL,
                        settings);
}

void wt_config_settings_at(const struct wt_config *config, unsigned int place, struct wt_settings *settings)
{
  settle(config, place > WT_PLACE_OF_ALL ? &config->blocks[place - WT_PLACE_OF_ALL - 1].scope : NULL, settings);
  settings->place = place;
}

unsigned int wt_config_places(const struct wt_config *config)
{
  return WT_PLACE_OF_ALL + (unsigned int)config->block_count;
}

double wt_config_shortest_horizon(const struct wt_config *config)
{
  struct wt_settings settings;
  double shortest;

  wt_config_settings(config, NULL, &settings);
  shortest = settings.horizon;
  for (size_t i = 0; i < config->block_count; i++)
    shortest = fmin(shortest, config->blocks[i].scope.horizon); /* which leaves NAN out */
  return shortest;
}

/* ---- whether they fit each other ------------------------------------------------------------------------------ */

static int check_place(const struct wt_config *config, const struct wt_block *block, struct wt_error *error)
{
  struct wt_settings settings;
  int wrong = settle(config, block ? &block->scope : NULL, &settings);

  if (wrong == WT_SIGNALS)
    return 0;
  return wt_fail(
      error, -EINVAL,
      "option FailureDivergence: %g %% for %s%s%.64s is below WarningDivergence, %g %%; it has to be as much "
      "or more",
      100 * settings.divergence[WT_LEVEL_FAILURE][wrong], wt_signal_name((enum wt_signal_id)wrong),
      block ? " of the interface " : "", block ? block->pattern.text : "",
      100 * settings.divergence[WT_LEVEL_WARNING][wrong]);
}

int wt_config_check_scopes(const struct wt_config *config, struct wt_error *error)
{
  int status = check_place(config, NULL, error);

  for (size_t i = 0; i < config->block_count && status == 0; i++)
    status = check_place(config, &config->blocks[i], error);
  return status;
}
