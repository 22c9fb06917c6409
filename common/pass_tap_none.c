/* SPDX-License-Identifier: MIT */
/* Stands in for pass_tap.c where clang, bpftool or libbpf was missing at build time. */
#include <errno.h>

#include "error.h"
#include "pass_tap.h"

int wt_pass_tap_open(struct wt_pass_tap **out, unsigned int link_header, unsigned int mtu, struct wt_error *error)
{
  (void)link_header, (void)mtu;
  *out = NULL;
  return wt_fail(error, -EOPNOTSUPP,
                 "method exact, which counts flows, is not in this build: clang, bpftool or libbpf was missing");
}

void wt_pass_tap_close(struct wt_pass_tap *tap)
{
  (void)tap;
}

int wt_pass_tap_attach(const struct wt_pass_tap *tap, int socket, struct wt_error *error)
{
  (void)tap, (void)socket;
  return wt_fail(error, -EOPNOTSUPP, "method exact is not in this build");
}

void wt_pass_tap_begin(struct wt_pass_tap *tap, uint64_t time)
{
  (void)tap, (void)time;
}

void wt_pass_tap_end(struct wt_pass_tap *tap, uint64_t time)
{
  (void)tap, (void)time;
}

int wt_pass_tap_read(struct wt_pass_tap *tap, uint64_t end, wt_pass_visit *visit, wt_pass_visit *visit_rest,
                     void *context)
{
  (void)tap, (void)end, (void)visit, (void)visit_rest, (void)context;
  return -EOPNOTSUPP;
}
