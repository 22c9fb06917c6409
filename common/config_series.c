/* SPDX-License-Identifier: MIT */
/* The options of the series. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "error.h"
#include "series_query.h"
#include "series_url.h"

static int keep(const struct wt_option *option, const char *value, char **out, struct wt_error *error)
{
  char *text = *value ? strdup(value) : NULL;

  if (*value && !text)
    return wt_fail(error, -ENOMEM, "option %s: out of memory", option->name);
  free(*out);
  *out = text;
  return 0;
}

int wt_config_set_series(struct wt_config *config, const struct wt_option *option, const char *value,
                         struct wt_error *error)
{
  struct wt_series_url url;
  int status = *value ? wt_series_url_parse(value, &url, error) : 0;

  if (status)
    return status;
  if (*value)
    wt_series_url_free(&url);
  return keep(option, value, &config->series, error);
}

int wt_config_set_series_query(struct wt_config *config, const struct wt_option *option, const char *value,
                               struct wt_error *error)
{
  const char *wrong = *value ? wt_series_query_check(value) : NULL;

  if (wrong)
    return wt_fail(error, -EINVAL, "option %s: '%.64s' is not valid: %s; it takes %s", option->name, value, wrong,
                   option->argument);
  return keep(option, value, &config->series_query, error);
}

int wt_config_set_series_ca(struct wt_config *config, const struct wt_option *option, const char *value,
                            struct wt_error *error)
{
  if (strlen(value) >= PATH_MAX)
    return wt_fail(error, -EINVAL, "option %s: '%.64s...' is not valid; it takes %s", option->name, value,
                   option->argument);
  return keep(option, value, &config->series_ca, error);
}

int wt_config_check_series(const struct wt_config *config, struct wt_error *error)
{
  struct wt_series_url url;
  int status;

  if (!config->series_query)
    return 0;
  if (!config->series)
    return wt_fail(error, -EINVAL, "option SeriesQuery: there is no Series that names the Prometheus server to ask");
  status = wt_series_url_parse(config->series, &url, error);
  if (status)
    return status;
  if (url.kind == WT_SERIES_FILE)
    status =
        wt_fail(error, -EINVAL,
                "option SeriesQuery: the Series '%s' is a file, which cannot be queried; it takes the address of a "
                "Prometheus server",
                url.shown);
  wt_series_url_free(&url);
  return status;
}

void wt_config_free_series(struct wt_config *config)
{
  free(config->series);
  free(config->series_query);
  free(config->series_ca);
}

int wt_config_copy_series(struct wt_config *copy)
{
  char **texts[] = {&copy->series, &copy->series_query, &copy->series_ca};
  int status = 0;

  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
    char *text = *texts[i] ? strdup(*texts[i]) : NULL;

    if (*texts[i] && !text)
      status = -ENOMEM;
    *texts[i] = text;
  }
  return status;
}
