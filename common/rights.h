/* SPDX-License-Identifier: MIT */
/* Capabilities of the calling thread. Those that it starts afterwards have them, too. */
#ifndef WT_RIGHTS_H
#define WT_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

/* CAP_BPF, or where the kernel does not know it what stands for it. Bit i: capability i. */
uint64_t wt_right_to_count(void);

/* Gives up all but these, for good, and every way to others: what it executes has no more than it has, either. */
void wt_keep_rights(uint64_t kept);

/* Calls test with no capability in effect, and has those that were in effect again. */
bool wt_without_rights(bool (*test)(const void *context), const void *context);

#endif
