/* SPDX-License-Identifier: MIT */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

static int open_named(const char *name, struct wt_error *error)
{
  char path[512];
  int fd;

  snprintf(path, sizeof(path), "/run/netns/%s", name);
  fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0)
    return fd;
  if (errno == ENOENT)
    return wt_fail(error, -ENOENT, "there is no network namespace %s (no %s); 'ip netns' lists the names", name, path);
  return wt_fail(error, -errno, "network namespace %s cannot be opened: %s", name, strerror(errno));
}

static int enter(int fd, const char *name, struct wt_error *error)
{
  if (setns(fd, CLONE_NEWNET) == 0)
    return 0;
  if (errno == EPERM)
    return wt_fail(error, -EPERM, "entering network namespace %s needs CAP_SYS_ADMIN (or root)", name);
  return wt_fail(error, -errno, "network namespace %s cannot be entered: %s", name, strerror(errno));
}

static int call_between(int own, int other, const char *name, int (*call)(void *context, struct wt_error *error),
                        void *context, struct wt_error *error)
{
  int status = enter(other, name, error);

  if (status)
    return status;
  status = call(context, error);
  if (setns(own, CLONE_NEWNET))
    return wt_fail(error, -ENOTRECOVERABLE, "cannot go back from network namespace %s: %s", name, strerror(errno));
  return status;
}

int wt_netns_call(const char *name, int (*call)(void *context, struct wt_error *error), void *context,
                  struct wt_error *error)
{
  int status, own, other;

  if (!*name)
    return call(context, error);
  other = open_named(name, error);
  if (other < 0)
    return other;
  own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (own < 0)
    status = wt_fail(error, -errno, "the own network namespace cannot be opened: %s", strerror(errno));
  else
    status = call_between(own, other, name, call, context, error);
  if (own >= 0)
    close(own);
  close(other);
  return status;
}
