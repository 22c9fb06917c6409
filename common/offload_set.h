/* SPDX-License-Identifier: MIT */
/* Changing offload features by ethtool netlink: for the one command that does, never for a plugin. */
#ifndef WT_OFFLOAD_SET_H
#define WT_OFFLOAD_SET_H

#include "offload.h"

struct wt_offload_setter;

int wt_offload_setter_open(struct wt_offload_setter **out, struct wt_error *error);
void wt_offload_setter_close(struct wt_offload_setter *setter);

/* What the kernel answers: it may refuse a part, and change more than what it was asked for. */
struct wt_offload_change {
  uint32_t refused[WT_FEATURE_WORDS]; /* asked for, and not as asked now */
  uint32_t changed[WT_FEATURE_WORDS]; /* switched on or off by this, asked for or not */
};

/*
 * Makes the features of mask wanted as in wanted. names: of the bits. 0 also where the kernel refused a part; -ENODEV:
 * no such interface; -EPERM: CAP_NET_ADMIN is missing.
 */
int wt_offload_set(struct wt_offload_setter *setter, int ifindex, const char *const *names, size_t count,
                   const uint32_t *mask, const uint32_t *wanted, struct wt_offload_change *change,
                   struct wt_error *error);

static inline void wt_feature_set_bit(uint32_t *words, size_t bit)
{
  words[bit / 32] |= 1u << bit % 32;
}

#endif
