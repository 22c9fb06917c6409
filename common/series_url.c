/* SPDX-License-Identifier: MIT */
#include "series_url.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "curl_load.h"
#include "error.h"

static const char exposition_path[] = "/metrics", api_path[] = "/api/v1/query";

static int out_of_memory(struct wt_error *error)
{
  return wt_fail(error, -ENOMEM, "option Series: out of memory");
}

/* What looks as if it held a user, a password or a query is not repeated. */
static int not_valid(const char *scheme, const char *text, const char *takes, struct wt_error *error)
{
  bool secret = strpbrk(text, "@?") != NULL;

  return wt_fail(error, -EINVAL, "option Series: '%s:%.64s' is not valid; it takes %s", scheme, secret ? "..." : text,
                 takes);
}

/* ---- http and https ---- */

static bool is_scheme(const struct wt_curl *curl, CURLU *parts, const char *scheme)
{
  char *found = NULL;
  bool is = curl->url_get(parts, CURLUPART_SCHEME, &found, 0) == CURLUE_OK && strcmp(found, scheme) == 0;

  curl->free(found);
  return is;
}

/* An address without a path is the exporter's: what it shows at / is a page for people. */
static bool has_path(const struct wt_curl *curl, CURLU *parts)
{
  char *path = NULL;
  bool has = curl->url_get(parts, CURLUPART_PATH, &path, 0) == CURLUE_OK && strcmp(path, "/") != 0;

  curl->free(path);
  return has;
}

static bool show(const struct wt_curl *curl, CURLU *parts, char *shown, size_t size)
{
  char *text = NULL;
  bool ok = curl->url_set(parts, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
            curl->url_set(parts, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK &&
            curl->url_set(parts, CURLUPART_OPTIONS, NULL, 0) == CURLUE_OK &&
            curl->url_set(parts, CURLUPART_QUERY, NULL, 0) == CURLUE_OK &&
            curl->url_set(parts, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
            curl->url_get(parts, CURLUPART_URL, &text, 0) == CURLUE_OK;

  snprintf(shown, size, "%s", ok ? text : "");
  curl->free(text);
  return ok;
}

static int parse_parts(const struct wt_curl *curl, const char *text, CURLU *parts, struct wt_series_url *url,
                       struct wt_error *error)
{
  CURLUcode code = curl->url_set(parts, CURLUPART_URL, text, 0);
  char *found = NULL;

  if (code != CURLUE_OK)
    return wt_fail(error, -EINVAL, "option Series: its value is not a URL: %s", curl->url_strerror(code));
  if (!is_scheme(curl, parts, "http") && !is_scheme(curl, parts, "https"))
    return wt_fail(error, -EINVAL, "option Series: its URL is not one of http, https, unix or file");
  if (curl->url_get(parts, CURLUPART_URL, &found, 0) != CURLUE_OK)
    return out_of_memory(error);
  url->kind = WT_SERIES_HTTP;
  url->url = strdup(found);
  curl->free(found);
  return url->url && show(curl, parts, url->shown, sizeof(url->shown)) ? 0 : out_of_memory(error);
}

static int parse_http(const char *text, struct wt_series_url *url, struct wt_error *error)
{
  struct wt_curl curl;
  int status = wt_curl_load(&curl, error);
  CURLU *parts;

  if (status)
    return status;
  parts = curl.url();
  status = parts ? parse_parts(&curl, text, parts, url, error) : out_of_memory(error);
  curl.url_cleanup(parts);
  return status;
}

/* ---- sockets and files ---- */

static int parse_unix(const char *text, struct wt_series_url *url, struct wt_error *error)
{
  const struct sockaddr_un address;
  size_t length = strcspn(text, ":");
  const char *path = text[length] ? text + length + 1 : "";

  if (text[0] != '/' || length >= sizeof(address.sun_path) || (*path && *path != '/'))
    return not_valid("unix", text,
                     "unix:/SOCKET or unix:/SOCKET:/PATH, the name of the socket having less than 108 octets", error);
  url->kind = WT_SERIES_UNIX;
  url->path = strndup(text, length);
  /* The name of the host is what a server is told in a header, no more. */
  if (!url->path || asprintf(&url->url, "http://localhost%s", *path ? path : "/") < 0)
    return out_of_memory(error);
  snprintf(url->shown, sizeof(url->shown), "unix:%s%s%.*s", url->path, *path ? ":" : "", (int)strcspn(path, "?#"),
           path);
  return 0;
}

static int parse_file(const char *text, struct wt_series_url *url, struct wt_error *error)
{
  if (strncmp(text, "//", 2) == 0 && text[2] == '/')
    text += 2;
  if (text[0] != '/' || text[1] == '/' || strlen(text) >= PATH_MAX)
    return not_valid("file", text, "file:/PATH", error);
  url->kind = WT_SERIES_FILE;
  url->path = strdup(text);
  if (!url->path)
    return out_of_memory(error);
  snprintf(url->shown, sizeof(url->shown), "file:%s", text);
  return 0;
}

/* ---- both ---- */

int wt_series_url_parse(const char *text, struct wt_series_url *url, struct wt_error *error)
{
  struct wt_curl curl;
  int status;

  *url = (struct wt_series_url){0};
  if (strncasecmp(text, "unix:", 5) == 0) {
    status = parse_unix(text + 5, url, error);
    if (status == 0)
      status = wt_curl_load(&curl, error);
  } else if (strncasecmp(text, "file:", 5) == 0) {
    status = parse_file(text + 5, url, error);
  } else {
    status = parse_http(text, url, error);
  }
  if (status)
    wt_series_url_free(url);
  return status;
}

static bool set_path(const struct wt_curl *curl, CURLU *parts, const char *expression)
{
  char *path = NULL, *longer = NULL, *query = NULL;
  bool ok;

  if (!expression)
    return has_path(curl, parts) || curl->url_set(parts, CURLUPART_PATH, exposition_path, 0) == CURLUE_OK;
  /* A server may have its API below a prefix. */
  ok = curl->url_get(parts, CURLUPART_PATH, &path, 0) == CURLUE_OK;
  if (ok && path[strlen(path) - 1] == '/')
    path[strlen(path) - 1] = '\0';
  ok = ok && asprintf(&longer, "%s%s", path, api_path) >= 0 && asprintf(&query, "query=%s", expression) >= 0 &&
       curl->url_set(parts, CURLUPART_PATH, longer, 0) == CURLUE_OK &&
       curl->url_set(parts, CURLUPART_QUERY, query, CURLU_URLENCODE | CURLU_APPENDQUERY) == CURLUE_OK;
  curl->free(path);
  free(longer);
  free(query);
  return ok;
}

char *wt_series_url_fetched(const struct wt_series_url *url, const char *expression)
{
  char *found = NULL, *text = NULL;
  struct wt_curl curl;
  CURLU *parts;

  /* Whoever has parsed a URL, or is about to fetch it, had it loaded. */
  if (!url->url || wt_curl_load(&curl, NULL))
    return NULL;
  parts = curl.url();
  if (parts && curl.url_set(parts, CURLUPART_URL, url->url, 0) == CURLUE_OK && set_path(&curl, parts, expression) &&
      curl.url_get(parts, CURLUPART_URL, &found, 0) == CURLUE_OK)
    text = strdup(found);
  curl.free(found);
  curl.url_cleanup(parts);
  return text;
}

void wt_series_url_free(struct wt_series_url *url)
{
  free(url->url);
  free(url->path);
  *url = (struct wt_series_url){0};
}
