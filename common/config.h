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

/* Thresholds on a divergence. */
enum wt_level { WT_LEVEL_WARNING, WT_LEVEL_FAILURE, WT_LEVELS };

/* What was set in one place: outside of blocks, or in the block of an interface. NAN: not set there. */
struct wt_scope {
  double tolerance, hysteresis; /* fractions of wire */
  double horizon, hold;         /* seconds */
  /* Fractions of wire, INFINITY where it is switched off. The last is of all signals that are not named. */
  double divergence[WT_LEVELS][WT_SIGNALS + 1];
  unsigned int given; /* bit i: option i of the table was set */
};

/* An <Interface> block. */
struct wt_block {
  struct wt_pattern pattern;
  struct wt_scope scope;
};

/* What all that comes to for one interface. Units as above. */
struct wt_settings {
  double tolerance; /* up to which a signal agrees */
  double horizon;
  double divergence[WT_LEVELS][WT_SIGNALS]; /* above which there is an alert; INFINITY: never */
  double hysteresis;                        /* an alert stays until the divergence is less than the threshold by this */
  double hold;                              /* so long a threshold has to be crossed, up or down, before it is told */
  unsigned int place;                       /* where it was said: WT_PLACE_OF_ALL, or that and the number of a block */
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
  char *baseline;                    /* file; NULL if there is none */
  bool application;                  /* TCP's own account is read */
  char *series;                      /* URL; NULL if there is none */
  char *series_query;                /* matchers of labels between braces; NULL: the URL is an exposition's */
  char *series_ca;                   /* file of certificates; NULL: those that the system trusts */
  double series_timeout;             /* seconds */
  struct wt_mirror_pair *mirrors;    /* each observed interface once */
  size_t mirror_count;
  struct wt_scope defaults, outside; /* of all interfaces; bits of options that know no scope are in outside, too */
  struct wt_block *blocks;           /* no pattern twice */
  size_t block_count;
};

/* A copy of its own, to be freed with wt_config_free(). NULL when memory ran out. */
struct wt_config *wt_config_copy(const struct wt_config *config);

/* What holds for an interface of this name, or with NULL for one that no block is for. */
void wt_config_settings(const struct wt_config *config, const char *interface, struct wt_settings *settings);

/* The same by the place. */
void wt_config_settings_at(const struct wt_config *config, unsigned int place, struct wt_settings *settings);

/* Seconds: the shortest horizon that any interface has. */
double wt_config_shortest_horizon(const struct wt_config *config);

/* ---- for the setters ---- */

/* -EINVAL: the value is not one that the option takes. */
int wt_config_reject(const struct wt_option *option, const char *value, struct wt_error *error);
int wt_config_parse_number(const struct wt_option *option, const char *value, double low, double high, double *out,
                           struct wt_error *error);

/* config_pattern.c. option: what the error is of. */
int wt_pattern_init(struct wt_pattern *pattern, const char *value, const struct wt_option *option,
                    struct wt_error *error);
void wt_pattern_clear(struct wt_pattern *pattern);
bool wt_pattern_matches(const struct wt_pattern *pattern, const char *interface);

/* config_scope.c: options that an interface may have of its own. */
typedef int wt_scope_setter(struct wt_scope *scope, const struct wt_option *option, const char *value,
                            struct wt_error *error);
wt_scope_setter wt_scope_set_tolerance, wt_scope_set_horizon, wt_scope_set_hysteresis, wt_scope_set_hold,
    wt_scope_set_warning, wt_scope_set_failure;
void wt_scope_init(struct wt_scope *scope);

/* Whether they fit each other: the parts of wt_config_check(). */
int wt_config_check_scopes(const struct wt_config *config, struct wt_error *error);
int wt_config_check_series(const struct wt_config *config, struct wt_error *error);
int wt_config_check_mirrors(const struct wt_config *config, struct wt_error *error);

/* The block of that pattern, made if there is none; option: what the error is of. */
int wt_config_block(struct wt_config *config, const char *pattern, const struct wt_option *option,
                    struct wt_block **block, struct wt_error *error);
void wt_config_drop_block(struct wt_config *config); /* the last */
void wt_config_free_blocks(struct wt_config *config);
/* After the whole structure was copied: it gets its own. On an error it has some of them. */
int wt_config_copy_blocks(struct wt_config *copy, const struct wt_option *option);

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
