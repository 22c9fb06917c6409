/* SPDX-License-Identifier: MIT */
#include "bpf_load.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "error.h"

int wt_bpf_silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
  (void)level, (void)format, (void)arguments;
  return 0;
}

int wt_bpf_refused(int status, struct wt_error *error)
{
  if (status == -EPERM || status == -EACCES)
    return wt_fail(error, -EPERM, "method exact needs CAP_BPF (or root), which this process does not have");
  return wt_fail(error, -EOPNOTSUPP,
                 "method exact needs eBPF socket filters that read gso_size (Linux 5.7 or later); loading failed: %s",
                 strerror(-status));
}

int wt_bpf_attach(const struct bpf_program *program, int socket, struct wt_error *error)
{
  int fd = bpf_program__fd(program);

  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd)))
    return wt_fail(error, -errno, "method exact: the kernel refuses the eBPF filter on the capture socket: %s",
                   strerror(errno));
  return 0;
}
