/* SPDX-License-Identifier: MIT */
#include "series_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "exposition.h"
#include "series_fetch.h"
#include "series_query.h"
#include "series_url.h"

enum {
  LARGEST = 64 << 20,        /* octets of an exposition: 4,000 interfaces have some 20 MB with every metric */
  LARGEST_ANSWER = 16 << 20, /* octets of an answer to a query, which is kept as a whole */
  SHORTEST_RANGE = 30,       /* seconds that a query reaches back */
  LONGEST_RANGE = 300,       /* beyond this a server calls a series stale itself */
};

/* A scrape may last so long by a server's default, and its samples have the time at which it began. */
static const double scrape_timeout = 10;
/* The time of a file is that of the kernel's last tick, of which there are 100 in a second or more. */
static const double tick = 0.01;

struct wt_series_source {
  struct wt_series_url url;
  const char *matchers; /* the configuration's; NULL: it is an exposition */
  double timeout;
  char *fetched; /* the URL of an exposition */
  struct wt_fetch *fetch;
  struct wt_series_table *table; /* being filled */
  struct wt_exposition *exposition;
  char *body; /* of an answer to a query */
  size_t size, room;
  double written; /* Unix time at which the file was written when it was read last; NAN before */
};

/* ---- what comes in
 * --------------------------------------------------------------------------------------------------- */

static int keep(struct wt_series_source *source, const char *data, size_t length, struct wt_error *error)
{
  if (source->size + length > LARGEST_ANSWER)
    return wt_fail(error, -EFBIG, "the answer is larger than %d MiB", LARGEST_ANSWER >> 20);
  if (source->size + length > source->room) {
    size_t room = 2 * (source->size + length);
    char *body = realloc(source->body, room);

    if (!body)
      return wt_fail(error, -ENOMEM, "out of memory");
    source->body = body;
    source->room = room;
  }
  memcpy(source->body + source->size, data, length);
  source->size += length;
  return 0;
}

/* The text of an error is no exposition: its status says enough. A server's JSON says more. */
static int take(void *context, long code, const char *data, size_t length, struct wt_error *error)
{
  struct wt_series_source *source = context;

  if (source->matchers)
    return keep(source, data, length, error);
  source->size += length;
  if (source->size > LARGEST)
    return wt_fail(error, -EFBIG, "it is larger than %d MiB", LARGEST >> 20);
  return code == 200 ? wt_exposition_read(source->exposition, data, length, error) : 0;
}

static void drop(struct wt_series_source *source)
{
  wt_exposition_free(source->exposition);
  wt_series_table_free(source->table);
  free(source->body);
  source->exposition = NULL;
  source->table = NULL;
  source->body = NULL;
  source->size = source->room = 0;
}

static int prepare(struct wt_series_source *source, struct wt_error *error)
{
  drop(source);
  source->table = wt_series_table_new();
  source->exposition = source->table && !source->matchers ? wt_exposition_new(source->table) : NULL;
  if (!source->table || (!source->matchers && !source->exposition))
    return wt_fail(error, -ENOMEM, "out of memory");
  return 0;
}

/* ---- a file
 * ---------------------------------------------------------------------------------------------------------- */

static int read_all(struct wt_series_source *source, int fd, struct wt_error *error)
{
  char data[16384];
  ssize_t length;
  int status = 0;

  while (status == 0 && (length = read(fd, data, sizeof(data))) != 0)
    status = length < 0 ? wt_fail(error, -errno, "it cannot be read: %s", strerror(errno))
                        : take(source, 200, data, (size_t)length, error);
  return status ? status : wt_exposition_end(source->exposition, error);
}

static int not_regular(struct wt_error *error)
{
  return wt_fail(error, -EINVAL, "it is not a regular file");
}

static bool same_file(const struct stat *a, const struct stat *b)
{
  return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* What has no end, or no beginning yet, would have to be waited for: only a regular file is read. *file: of what was
 * read, as a whole. */
static int read_opened(struct wt_series_source *source, int fd, struct stat *file, struct wt_error *error)
{
  struct stat after;
  int status;

  if (fstat(fd, file))
    return wt_fail(error, -errno, "it cannot be read: %s", strerror(errno));
  if (!S_ISREG(file->st_mode))
    return not_regular(error);
  status = read_all(source, fd, error);
  /* Whatever it was found to be, it is half of something: the next poll reads it again. */
  if (fstat(fd, &after) == 0 && !same_file(file, &after))
    return wt_fail(error, -EAGAIN, "it was being written");
  return status;
}

static int read_file(struct wt_series_source *source, double ahead, struct wt_series_clock *clock,
                     struct wt_error *error)
{
  struct stat file;
  double written;
  int fd, status;

  /* Opening a pipe wakes up its writer, and opening a device may do anything. */
  if (stat(source->url.path, &file) == 0 && !S_ISREG(file.st_mode))
    return not_regular(error);
  fd = open(source->url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return wt_fail(error, -errno, "it cannot be read: %s", strerror(errno));
  status = read_opened(source, fd, &file, error);
  close(fd);
  if (status)
    return status;
  written = (double)file.st_mtim.tv_sec + (double)file.st_mtim.tv_nsec / 1e9;
  /* Its figures are as old as its writing, or older; but not older than the file that it replaces. */
  clock->started = isnan(source->written) || written == source->written ? -INFINITY : source->written - ahead;
  clock->ended = written - ahead + tick;
  source->written = written;
  return 0;
}

/* ---- a transfer
 * -------------------------------------------------------------------------------------------------------- */

static int bad_status(long code, struct wt_error *error)
{
  if (code >= 300 && code < 400)
    return wt_fail(error, -EPROTO,
                   "it answers with a redirect (HTTP status %ld), which is not followed: "
                   "name the address that it leads to",
                   code);
  return wt_fail(error, -EPROTO, "it answers with HTTP status %ld", code);
}

static int read_transfer(struct wt_series_source *source, const struct wt_fetch_result *result, struct wt_error *error)
{
  int status;

  if (source->matchers) {
    status = wt_series_query_read(source->body ? source->body : "", source->size, source->table, error);
    return status == -EBADMSG && result->code != 200 ? bad_status(result->code, error) : status;
  }
  return result->code == 200 ? wt_exposition_end(source->exposition, error) : bad_status(result->code, error);
}

static void set_clock(const struct wt_series_source *source, const struct wt_fetch_result *result,
                      struct wt_series_clock *clock)
{
  clock->started = result->started;
  clock->ended = result->ended;
  clock->scrape = source->matchers ? scrape_timeout : 0;
  wt_series_clock_answered(clock, result->date, result->same_clock);
}

/* ---- both
 * -------------------------------------------------------------------------------------------------------------- */

static char *query_url(const struct wt_series_source *source, double age)
{
  /* Two polls may find the same newest sample; and a clock that is not ours may say anything. */
  double reach = age >= 0 && age < LONGEST_RANGE - SHORTEST_RANGE ? age + SHORTEST_RANGE : LONGEST_RANGE;
  char *expression = wt_series_query_expression(source->matchers, (unsigned int)reach);
  char *url = expression ? wt_series_url_fetched(&source->url, expression) : NULL;

  free(expression);
  return url;
}

int wt_series_source_start(struct wt_series_source *source, double monotonic, double unix_time, double newest,
                           struct wt_error *error)
{
  int status = prepare(source, error);
  char *url;

  if (status || !source->fetch)
    return status;
  url = source->matchers ? query_url(source, unix_time - newest) : NULL;
  if (source->matchers && !url)
    return wt_fail(error, -ENOMEM, "out of memory");
  status = wt_fetch_start(source->fetch, url ? url : source->fetched, monotonic, error);
  free(url);
  return status;
}

bool wt_series_source_is_busy(const struct wt_series_source *source)
{
  return source->fetch && wt_fetch_is_running(source->fetch);
}

int wt_series_source_drive(struct wt_series_source *source, double monotonic, double unix_time,
                           struct wt_series_table **table, struct wt_series_clock *clock, struct wt_error *error)
{
  double ahead = unix_time - monotonic;
  struct wt_fetch_result result;
  int status;

  *table = NULL;
  *clock = (struct wt_series_clock){.unix_ahead = ahead, .ahead_low = ahead, .ahead_high = ahead};
  if (!source->fetch) {
    status = read_file(source, ahead, clock, error);
  } else {
    status = wt_fetch_drive(source->fetch, monotonic, source->timeout, &result, error);
    if (status == -EAGAIN)
      return status;
    if (status == 0) {
      set_clock(source, &result, clock);
      status = read_transfer(source, &result, error);
    }
  }
  if (status == 0 && wt_series_table_count(source->table) == 0 && !source->matchers)
    status = wt_fail(error, -ENODATA, "it has no node_network_receive_packets_total or other figures of interfaces");
  if (status == 0) {
    *table = source->table;
    source->table = NULL;
  }
  drop(source);
  return status;
}

/* ---- open
 * ---------------------------------------------------------------------------------------------------------------- */

static int open_parts(struct wt_series_source *source, const struct wt_config *config, struct wt_error *error)
{
  const struct wt_fetch_sink sink = {take, source};
  int status = wt_series_url_parse(config->series, &source->url, error);

  if (status)
    return status;
  if (source->url.kind == WT_SERIES_FILE)
    return 0;
  source->fetched = wt_series_url_fetched(&source->url, NULL);
  if (!source->fetched)
    return wt_fail(error, -ENOMEM, "series: out of memory");
  return wt_fetch_open(&source->fetch, source->url.path, config->series_ca, &sink, error);
}

int wt_series_source_open(struct wt_series_source **out, const struct wt_config *config, struct wt_error *error)
{
  struct wt_series_source *source = calloc(1, sizeof(*source));
  int status;

  *out = NULL;
  if (!source)
    return wt_fail(error, -ENOMEM, "series: out of memory");
  source->matchers = config->series_query;
  source->timeout = config->series_timeout;
  source->written = NAN;
  status = open_parts(source, config, error);
  if (status) {
    wt_series_source_close(source);
    return status;
  }
  *out = source;
  return 0;
}

void wt_series_source_close(struct wt_series_source *source)
{
  if (!source)
    return;
  wt_fetch_close(source->fetch);
  drop(source);
  free(source->fetched);
  wt_series_url_free(&source->url);
  free(source);
}

const char *wt_series_source_shown(const struct wt_series_source *source)
{
  return source->url.shown;
}
