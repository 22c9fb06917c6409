/* SPDX-License-Identifier: MIT */
/* The configuration's insides, for the core alone. */
#ifndef WT_CONFIG_H
#define WT_CONFIG_H

#include <regex.h>

#include "wiretruth.h"

/* One Interface value: a plain name, or a regular expression between slashes. */
struct wt_pattern {
  char *text; /* as it was given */
  bool is_regex;
  regex_t regex; /* POSIX extended, as in collectd's ignorelist; valid if is_regex */
};

enum { WT_MIRRORS = 32 }; /* values of Mirror, at most */

/* A Mirror value: the interface on which a copy of another one's frames arrives. */
struct wt_mirror_pair {
  char observed[IFNAMSIZ], mirror[IFNAMSIZ];
};

struct wt_config {
  struct wt_pattern *patterns;
  size_t pattern_count;
  bool ignore_selected;
  bool report_inactive;
  enum wt_method method;
  unsigned int samples_per_interval; /* packets that may be sampled between two polls, an interface */
  double cpu_budget;                 /* of one CPU, that method auto may let the tap cost; 1 is all of it */
  double tolerance;                  /* fraction of wire up to which a signal agrees */
  double horizon;                    /* seconds */
  char *baseline;                    /* file; NULL if there is none */
  bool application;                  /* TCP's own account is read */
  char *series;                      /* URL; NULL if there is none */
  char *series_query;                /* matchers of labels between braces; NULL: the URL is an exposition's */
  char *series_ca;                   /* file of certificates; NULL: those that the system trusts */
  double series_timeout;             /* seconds */
  struct wt_mirror_pair *mirrors;    /* each observed interface once */
  size_t mirror_count;
  unsigned int given; /* bit i: option i of the table was set */
};

/* A copy of its own, to be freed with wt_config_free(). NULL when memory ran out. */
struct wt_config *wt_config_copy(const struct wt_config *config);

/* The option Mirror; in config_mirror.c. */
int wt_config_set_mirror(struct wt_config *config, const struct wt_option *option, const char *value,
                         struct wt_error *error);

/* config_series.c: the options of the series. Setters like those in config.c. */
int wt_config_set_series(struct wt_config *config, const struct wt_option *option, const char *value,
                         struct wt_error *error);
int wt_config_set_series_query(struct wt_config *config, const struct wt_option *option, const char *value,
                               struct wt_error *error);
int wt_config_set_series_ca(struct wt_config *config, const struct wt_option *option, const char *value,
                            struct wt_error *error);
void wt_config_free_series(struct wt_config *config);
/* After the whole structure was copied. -ENOMEM: some of the texts are missing. */
int wt_config_copy_series(struct wt_config *copy);

#endif
