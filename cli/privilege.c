/* SPDX-License-Identifier: MIT */
/* Rights that observing does not need. */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

/*
 * CAP_NET_RAW opens the capture of an interface that appears later, CAP_BPF grows the map of the exact count (and
 * reads it before Linux 5.19). Where the kernel does not know CAP_BPF, CAP_SYS_ADMIN stands for it.
 */
static bool is_needed(unsigned int capability)
{
  switch (capability) {
  case CAP_NET_RAW:
  case CAP_NET_ADMIN:
  case CAP_PERFMON:
  case CAP_BPF:
    return true;
  case CAP_SYS_ADMIN:
    return prctl(PR_CAPBSET_READ, CAP_BPF, 0, 0, 0) < 0;
  default:
    return false;
  }
}

void privilege_drop(void)
{
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

  if (syscall(SYS_capget, &header, data))
    return;
  for (unsigned int capability = 0; capability < 32 * _LINUX_CAPABILITY_U32S_3; capability++) {
    __u32 bit = ~(1u << capability % 32);

    if (is_needed(capability))
      continue;
    data[capability / 32].effective &= bit;
    data[capability / 32].permitted &= bit;
    data[capability / 32].inheritable &= bit;
  }
  /* Giving up cannot fail, and if it did, there would be nothing better than to go on with what there is. */
  (void)syscall(SYS_capset, &header, data);
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
