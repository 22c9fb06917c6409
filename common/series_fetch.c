/* SPDX-License-Identifier: MIT */
#include "series_fetch.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "curl_load.h"
#include "error.h"

enum {
  ROUNDS = 64,        /* of work without waiting, in one call */
  AT_ONCE = 16 << 20, /* octets that one call takes, about: the next poll goes on */
  LEAST_CALLS = 4,    /* connect, handshake, request, answer may need one each */
};

struct wt_fetch {
  struct wt_curl curl;
  CURLM *multi;
  CURL *easy;
  struct curl_slist *headers;
  struct wt_fetch_sink sink;
  bool running, on_socket;
  double started;
  unsigned int calls;
  size_t taken; /* by the call that is under way */
  struct wt_error refused;
  char said[CURL_ERROR_SIZE];
};

static size_t on_data(char *data, size_t size, size_t count, void *context)
{
  struct wt_fetch *fetch = context;
  long code = 0;

  fetch->curl.easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &code);
  fetch->taken += size * count;
  /* Anything but the length is an error to libcurl. */
  return fetch->sink.take(fetch->sink.context, code, data, size * count, &fetch->refused) ? CURL_WRITEFUNC_ERROR
                                                                                          : size * count;
}

/* Every option that is not taken would be one that is silently missing. */
static bool set_up(struct wt_fetch *fetch, const char *socket, const char *authorities)
{
  CURL *easy = fetch->easy;
  CURLcode code = CURLE_OK;

  fetch->headers =
      fetch->curl.slist_append(NULL, "Accept: text/plain;version=0.0.4, application/json;q=0.9, */*;q=0.1");
  if (!fetch->headers)
    return false;
  code |= fetch->curl.easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  code |= fetch->curl.easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  code |= fetch->curl.easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  code |= fetch->curl.easy_setopt(easy, CURLOPT_PROXY, "");
  code |= fetch->curl.easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  code |= fetch->curl.easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  code |= fetch->curl.easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  code |= fetch->curl.easy_setopt(easy, CURLOPT_USERAGENT, "wiretruth/" WT_VERSION);
  code |= fetch->curl.easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
  code |= fetch->curl.easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->said);
  code |= fetch->curl.easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
  code |= fetch->curl.easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
  /* Closing must not wait for a name server either. */
  code |= fetch->curl.easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  if (socket)
    code |= fetch->curl.easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, socket);
  if (authorities)
    code |= fetch->curl.easy_setopt(easy, CURLOPT_CAINFO, authorities);
  return code == CURLE_OK;
}

int wt_fetch_open(struct wt_fetch **out, const char *socket, const char *authorities, const struct wt_fetch_sink *sink,
                  struct wt_error *error)
{
  struct wt_fetch *fetch = calloc(1, sizeof(*fetch));
  int status;

  *out = NULL;
  if (!fetch)
    return wt_fail(error, -ENOMEM, "series: out of memory");
  status = wt_curl_load(&fetch->curl, error);
  if (status) {
    free(fetch);
    return status;
  }
  fetch->sink = *sink;
  fetch->on_socket = socket != NULL;
  fetch->multi = fetch->curl.multi_init();
  fetch->easy = fetch->curl.easy_init();
  if (!fetch->multi || !fetch->easy || !set_up(fetch, socket, authorities)) {
    wt_fetch_close(fetch);
    return wt_fail(error, -ENOMEM, "series: libcurl cannot be set up: out of memory, or it lacks what is needed");
  }
  *out = fetch;
  return 0;
}

static void stop(struct wt_fetch *fetch)
{
  if (fetch->running)
    fetch->curl.multi_remove_handle(fetch->multi, fetch->easy);
  fetch->running = false;
}

void wt_fetch_close(struct wt_fetch *fetch)
{
  if (!fetch)
    return;
  stop(fetch);
  fetch->curl.easy_cleanup(fetch->easy);
  fetch->curl.multi_cleanup(fetch->multi);
  fetch->curl.slist_free_all(fetch->headers);
  free(fetch);
}

int wt_fetch_start(struct wt_fetch *fetch, const char *url, double time, struct wt_error *error)
{
  fetch->said[0] = '\0';
  fetch->refused = (struct wt_error){0};
  fetch->calls = 0;
  fetch->started = time;
  if (fetch->curl.easy_setopt(fetch->easy, CURLOPT_URL, url) != CURLE_OK ||
      fetch->curl.multi_add_handle(fetch->multi, fetch->easy) != CURLM_OK)
    return wt_fail(error, -ENOMEM, "out of memory");
  fetch->running = true;
  return 0;
}

bool wt_fetch_is_running(const struct wt_fetch *fetch)
{
  return fetch->running;
}

/* ---- the end of a transfer ---- */

static double server_date(const struct wt_fetch *fetch)
{
  struct curl_header *header;
  time_t date;

  if (fetch->curl.easy_header(fetch->easy, "Date", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
    return NAN;
  date = fetch->curl.getdate(header->value, NULL);
  return date == (time_t)-1 ? NAN : (double)date;
}

/* What is behind a loopback address or a Unix socket runs on this kernel, and has its clock. */
static bool is_here(const struct wt_fetch *fetch)
{
  char *address = NULL;
  struct in6_addr six;

  if (fetch->on_socket)
    return true;
  if (fetch->curl.easy_getinfo(fetch->easy, CURLINFO_PRIMARY_IP, &address) != CURLE_OK || !address)
    return false;
  if (strncmp(address, "127.", 4) == 0)
    return true;
  return inet_pton(AF_INET6, address, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static int failed(const struct wt_fetch *fetch, CURLcode code, struct wt_error *error)
{
  long reason = 0;

  if (fetch->refused.code)
    return wt_fail(error, fetch->refused.code, "%s", fetch->refused.text);
  if (code == CURLE_COULDNT_CONNECT)
    fetch->curl.easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &reason);
  return wt_fail(error, -EIO, "%s%s%s", fetch->said[0] ? fetch->said : fetch->curl.easy_strerror(code),
                 reason ? ": " : "", reason ? strerror((int)reason) : "");
}

static int finish(struct wt_fetch *fetch, double time, struct wt_fetch_result *result, struct wt_error *error)
{
  CURLcode code = CURLE_OK;
  CURLMsg *message;
  int left;

  while ((message = fetch->curl.multi_info_read(fetch->multi, &left)))
    if (message->msg == CURLMSG_DONE)
      code = message->data.result;
  *result = (struct wt_fetch_result){
      .started = fetch->started, .ended = time, .date = server_date(fetch), .same_clock = is_here(fetch)};
  fetch->curl.easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &result->code);
  stop(fetch);
  return code == CURLE_OK ? 0 : failed(fetch, code, error);
}

int wt_fetch_drive(struct wt_fetch *fetch, double time, double timeout, struct wt_fetch_result *result,
                   struct wt_error *error)
{
  int running = 1, ready;

  fetch->calls++;
  fetch->taken = 0;
  for (int round = 0; round < ROUNDS && running && fetch->taken < AT_ONCE; round++) {
    long wait = -1;

    if (fetch->curl.multi_perform(fetch->multi, &running) != CURLM_OK) {
      stop(fetch);
      return wt_fail(error, -ENOMEM, "libcurl cannot go on: out of memory");
    }
    fetch->curl.multi_timeout(fetch->multi, &wait);
    /* A time-out of 0: it only looks whether there is something to do. */
    if (running && fetch->curl.multi_poll(fetch->multi, NULL, 0, 0, &ready) == CURLM_OK && ready == 0 && wait != 0)
      break;
  }
  if (!running)
    return finish(fetch, time, result, error);
  if (fetch->calls < LEAST_CALLS || time - fetch->started < timeout)
    return -EAGAIN;
  stop(fetch);
  return wt_fail(error, -ETIMEDOUT, "no complete answer within %.3g s", time - fetch->started);
}
