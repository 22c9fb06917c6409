/* SPDX-License-Identifier: MIT */
/*
 * Preloaded: bpf(2) as a kernel before 5.19 has it where kernel.unprivileged_bpf_disabled is set, which is the default.
 * Without CAP_BPF in effect each of its commands is refused, not only those that make maps and programs
 * (kernel/bpf/syscall.c: `if (sysctl_unprivileged_bpf_disabled && !bpf_capable()) return -EPERM`).
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include <linux/capability.h>

typedef long call(long number, ...);

static call *next(void)
{
  void *found = dlsym(RTLD_NEXT, "syscall");

  if (!found)
    abort();
  return (call *)found;
}

static int may(call *real)
{
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

  return real(SYS_capget, &header, data) == 0 && data[CAP_BPF / 32].effective >> CAP_BPF % 32 & 1;
}

long syscall(long number, ...)
{
  long argument[6];
  call *real = next();
  va_list list;

  va_start(list, number);
  for (int i = 0; i < 6; i++)
    argument[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_bpf && !may(real)) {
    errno = EPERM;
    return -1;
  }
  return real(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}
