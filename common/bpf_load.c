/* SPDX-License-Identifier: MIT */
#include "bpf_load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "error.h"

enum { DESCRIPTORS = 16 }; /* more than loading one of our objects takes at a time, with what libbpf probes before */

int wt_bpf_silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
  (void)level, (void)format, (void)arguments;
  return 0;
}

static bool holds(const struct __user_cap_data_struct *data, unsigned int capability)
{
  return data[capability / 32].effective >> capability % 32 & 1;
}

/* What cannot be asked is taken for missing: that is what is nearly always the matter. */
static bool has_right(void)
{
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

  return syscall(SYS_capget, &header, data) == 0 && (holds(data, CAP_BPF) || holds(data, CAP_SYS_ADMIN));
}

/* How many file descriptors can still be had, of as many as loading may take. */
static int descriptors_left(void)
{
  int fds[DESCRIPTORS], left = 0;

  while (left < DESCRIPTORS && (fds[left] = eventfd(0, EFD_CLOEXEC)) >= 0)
    left++;
  for (int i = 0; i < left; i++)
    close(fds[i]);
  return left;
}

/* The verifier refuses a program with EACCES, EPERM or EINVAL, whatever rights the process has. */
int wt_bpf_refused(int status, struct wt_error *error)
{
  bool refused = status == -EPERM || status == -EACCES;
  int left;

  if (refused && !has_right())
    return wt_fail(error, -EPERM, "method exact needs CAP_BPF (or root), which this process does not have");
  /* libbpf takes what it cannot probe for missing, so any error may come of it. */
  left = descriptors_left();
  if (left < DESCRIPTORS)
    return wt_fail(
        error, -EMFILE,
        "method exact: loading failed (%s) while the process had %d file descriptors left; it takes up to %d "
        "(raise LimitNOFILE=, or ulimit -n)",
        strerror(-status), left, DESCRIPTORS);
  if (status == -ENOMEM)
    return wt_fail(error, -ENOMEM, "method exact: loading the eBPF program failed: out of memory");
  if (status == -EPERM)
    return wt_fail(error, -EPERM,
                   "method exact: the kernel refuses eBPF to this process although it has the right: in a user "
                   "namespace (a container), locked down, or short of RLIMIT_MEMLOCK");
  if (refused)
    return wt_fail(error, -EOPNOTSUPP, "method exact: this kernel's verifier refuses the eBPF program: %s",
                   strerror(-status));
  return wt_fail(error, -EOPNOTSUPP,
                 "method exact needs eBPF socket filters that read gso_size (Linux 5.7 or later); loading failed: %s",
                 strerror(-status));
}

size_t wt_bpf_cpus(void)
{
  FILE *file = fopen("/sys/devices/system/cpu/possible", "re");
  char text[256]; /* ranges, as in 0-3,8-11 */
  unsigned long last;
  char *at = NULL;

  if (!file)
    return 0;
  if (fgets(text, sizeof(text), file))
    at = text + strlen(text);
  fclose(file);
  while (at && at > text && at[-1] != ',' && at[-1] != '-')
    at--;
  last = at ? strtoul(at, NULL, 10) : 0;
  return at && *at >= '0' && *at <= '9' ? last + 1 : 0;
}

int wt_bpf_attach(const struct bpf_program *program, int socket, struct wt_error *error)
{
  int fd = bpf_program__fd(program);

  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_BPF, &fd, sizeof(fd)))
    return wt_fail(error, -errno, "method exact: the kernel refuses the eBPF filter on the capture socket: %s",
                   strerror(errno));
  return 0;
}
