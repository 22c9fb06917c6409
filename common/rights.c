/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wiretruth.h"

/* An open handle still captures on interfaces that appear, and grows the tap's map (or reads it, before Linux 5.19). */
static bool is_needed(unsigned int capability)
{
  switch (capability) {
  case CAP_NET_RAW:
  case CAP_BPF:
    return true;
  case CAP_SYS_ADMIN: /* stands for CAP_BPF where the kernel does not know it */
    return prctl(PR_CAPBSET_READ, CAP_BPF, 0, 0, 0) < 0;
  default:
    return false;
  }
}

void wt_drop_rights(uint64_t also)
{
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

  if (syscall(SYS_capget, &header, data))
    return;
  for (unsigned int capability = 0; capability < 32 * _LINUX_CAPABILITY_U32S_3; capability++) {
    uint32_t others = ~(1u << capability % 32);

    if (is_needed(capability) || also >> capability & 1)
      continue;
    data[capability / 32].effective &= others;
    data[capability / 32].permitted &= others;
  }
  /* Nor does anything that it might execute; with these the ambient ones go. */
  for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
    data[i].inheritable = 0;
  /* To give up what one has is always allowed. */
  (void)syscall(SYS_capset, &header, data);
  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}
