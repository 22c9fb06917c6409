/* SPDX-License-Identifier: MIT */
/* The Series option: where a series is read, and how that is shown without what is secret in it. */
#ifndef WT_SERIES_URL_H
#define WT_SERIES_URL_H

#include "wiretruth.h"

enum wt_series_kind { WT_SERIES_HTTP, WT_SERIES_UNIX, WT_SERIES_FILE };

struct wt_series_url {
  enum wt_series_kind kind;
  char *url;       /* what libcurl is given; NULL for a file */
  char *path;      /* of the socket or the file; NULL with http and https */
  char shown[256]; /* without user, password and query: either may be a secret */
};

/*
 * "http://..." and "https://..." with or without a path, "unix:/SOCKET" or "unix:/SOCKET:/PATH", "file:/PATH". -EINVAL:
 * something else; the text of the error says what is wrong with it and does not repeat what may hold a password.
 */
int wt_series_url_parse(const char *text, struct wt_series_url *url, struct wt_error *error);

/*
 * What is to be fetched: the exposition, at /metrics where the URL has no path; or, with an expression, the answer of a
 * Prometheus server's HTTP API to it. NULL when memory ran out, or for a file. To be freed with free().
 */
char *wt_series_url_fetched(const struct wt_series_url *url, const char *expression);

void wt_series_url_free(struct wt_series_url *url);

#endif
