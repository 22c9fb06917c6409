/* SPDX-License-Identifier: MIT */
#include "point.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "error.h"
#include "handle.h"
#include "link.h"
#include "netns.h"

static const char prefix[] = "netns:";

enum {
  SNAP = 64, /* octets; nothing is kept */
  RING = 64 << 10,
};

struct wt_point {
  const struct wt_point_target *target; /* while it is opened */
  struct wt_link link;
  pcap_t *handle;
  struct wt_pass_tap *tap;
  uint64_t begin, end;
};

/* ---- what a person named ---------------------------------------------------------------------------------------- */

static bool is_interface_name(const char *name)
{
  size_t length = strlen(name);

  return length > 0 && length < IFNAMSIZ && !strpbrk(name, "/: \t\n") && strcmp(name, ".") != 0 &&
         strcmp(name, "..") != 0;
}

static int parse_netns(const char *text, struct wt_point_target *target, struct wt_error *error)
{
  const char *name = text + strlen(prefix), *slash = strchr(name, '/');
  size_t length = slash ? (size_t)(slash - name) : 0;

  if (!slash || length == 0 || length >= sizeof(target->netns) || !is_interface_name(slash + 1))
    return wt_fail(error, -EINVAL, "'%.64s' is no point: an interface of a network namespace is netns:NAME/INTERFACE",
                   text);
  memcpy(target->netns, name, length);
  if (strcmp(target->netns, ".") == 0 || strcmp(target->netns, "..") == 0)
    return wt_fail(error, -EINVAL, "'%s' is no name of a network namespace", target->netns);
  memcpy(target->interface, slash + 1, strlen(slash + 1));
  return 0;
}

int wt_point_parse(const char *text, struct wt_point_target *target, struct wt_error *error)
{
  *target = (struct wt_point_target){0};
  if (!*text)
    return wt_fail(error, -EINVAL, "a point is an interface, netns:NAME/INTERFACE or a capture file, and not ''");
  if (strncmp(text, prefix, strlen(prefix)) == 0)
    return parse_netns(text, target, error);
  if (is_interface_name(text))
    memcpy(target->interface, text, strlen(text));
  return 0;
}

/* ---- an interface ----------------------------------------------------------------------------------------------- */

static int find_link(struct wt_point *point, struct wt_error *error)
{
  const struct wt_link *table;
  struct wt_links *links;
  size_t count;
  int status = wt_links_open(&links, error);

  if (status)
    return status;
  status = wt_links_read(links, &table, &count, error);
  if (status == 0) {
    status = -ENODEV;
    for (size_t i = 0; i < count && status; i++) {
      if (strcmp(table[i].name, point->target->interface) != 0)
        continue;
      point->link = table[i];
      status = 0;
    }
    if (status)
      wt_fail(error, status, "there is no interface %s%s%s", point->target->interface,
              *point->target->netns ? " in network namespace " : "", point->target->netns);
  }
  wt_links_close(links);
  return status;
}

/* Called in the interface's own network namespace: a socket stays in the one that it was opened in. */
static int open_there(void *context, struct wt_error *error)
{
  struct wt_point *point = context;
  int status = find_link(point, error);

  return status ? status : wt_handle_open(&point->handle, point->link.name, SNAP, RING, error);
}

int wt_point_open(struct wt_point **out, const struct wt_point_target *target, struct wt_error *error)
{
  struct wt_point *point = calloc(1, sizeof(*point));
  int status;

  *out = NULL;
  if (!point)
    return wt_fail(error, -ENOMEM, "%s: out of memory", target->interface);
  point->target = target;
  status = wt_netns_call(target->netns, open_there, point, error);
  point->target = NULL;
  if (status == 0 && wt_handle_is_cooked(point->handle))
    point->link.link_header = 0;
  if (status == 0)
    status = wt_pass_tap_open(&point->tap, point->link.link_header, point->link.mtu, error);
  if (status == 0)
    status = wt_pass_tap_attach(point->tap, pcap_fileno(point->handle), error);
  if (status) {
    wt_point_close(point);
    return status;
  }
  *out = point;
  return 0;
}

void wt_point_close(struct wt_point *point)
{
  if (!point)
    return;
  if (point->handle)
    pcap_close(point->handle);
  wt_pass_tap_close(point->tap);
  free(point);
}

void wt_point_begin(struct wt_point *point, uint64_t time)
{
  point->begin = time;
  wt_pass_tap_begin(point->tap, time);
}

void wt_point_end(struct wt_point *point, uint64_t time)
{
  point->end = time;
  wt_pass_tap_end(point->tap, time);
}

int wt_point_read(struct wt_point *point, wt_pass_visit *visit, wt_pass_visit *visit_rest, void *context)
{
  int failed = 0;
  socklen_t size = sizeof(failed);

  if (point->handle && getsockopt(pcap_fileno(point->handle), SOL_SOCKET, SO_ERROR, &failed, &size) == 0 && failed)
    return -failed;
  /* To close a packet socket waits until no processor is in its filter: what is read then does not change any more. */
  if (point->handle)
    pcap_close(point->handle);
  point->handle = NULL;
  return wt_pass_tap_read(point->tap, point->end - point->begin, visit, visit_rest, context);
}

struct wt_pass_point wt_point_terms(const struct wt_point *point)
{
  return (struct wt_pass_point){.guesses = point->link.guesses};
}
