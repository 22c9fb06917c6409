/* SPDX-License-Identifier: MIT */
#include "rights.h"

#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "wiretruth.h"

struct rights {
  struct __user_cap_header_struct header;
  struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
};

static bool get(struct rights *rights)
{
  *rights = (struct rights){.header.version = _LINUX_CAPABILITY_VERSION_3};
  return syscall(SYS_capget, &rights->header, rights->data) == 0;
}

static bool set(struct rights *rights)
{
  return syscall(SYS_capset, &rights->header, rights->data) == 0;
}

uint64_t wt_right_to_count(void)
{
  int known = prctl(PR_CAPBSET_READ, CAP_BPF, 0, 0, 0);

  return UINT64_C(1) << (known < 0 ? CAP_SYS_ADMIN : CAP_BPF);
}

/* It takes CAP_SETPCAP. Without that nothing is lost: who may not gain rights has no use for a bound of them. */
static void bound(uint64_t kept)
{
  for (unsigned int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
    if (!(kept >> capability & 1))
      (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

void wt_keep_rights(uint64_t kept)
{
  struct rights rights;

  (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  bound(kept);
  (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (!get(&rights))
    return;
  for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
    rights.data[i].permitted &= (uint32_t)(kept >> 32 * i);
    rights.data[i].effective &= (uint32_t)(kept >> 32 * i);
    rights.data[i].inheritable = 0;
  }
  (void)set(&rights); /* to give up what one has is always allowed */
}

bool wt_without_rights(bool (*test)(const void *context), const void *context)
{
  struct rights rights, none;
  bool passed;

  if (!get(&rights))
    return false;
  none = rights;
  for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
    none.data[i].effective = 0;
  passed = set(&none) && test(context);
  (void)set(&rights); /* what is permitted may be in effect */
  return passed;
}

/* An open handle still captures on interfaces that appear, and grows the tap's map. */
void wt_drop_rights(uint64_t also)
{
  wt_keep_rights(UINT64_C(1) << CAP_NET_RAW | wt_right_to_count() | also);
}
