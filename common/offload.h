/* SPDX-License-Identifier: MIT */
/* Offload features of all interfaces, by ethtool netlink (Linux 5.7), in one dump. */
#ifndef WT_OFFLOAD_H
#define WT_OFFLOAD_H

#include "wiretruth.h"

enum { WT_FEATURE_WORDS = 4 }; /* 128 features; Linux 6.18 has fewer than 64 */

/* One interface's four bit sets, as in ETHTOOL_MSG_FEATURES_GET. Bit i is feature i of the names. */
struct wt_features {
  int ifindex;
  uint32_t hw[WT_FEATURE_WORDS];     /* the device can */
  uint32_t wanted[WT_FEATURE_WORDS]; /* was asked for */
  uint32_t active[WT_FEATURE_WORDS]; /* is on */
  uint32_t fixed[WT_FEATURE_WORDS];  /* can't be changed (nochange) */
};

struct wt_offloads;

/* -EOPNOTSUPP where the kernel has no ethtool netlink. */
int wt_offloads_open(struct wt_offloads **out, struct wt_error *error);
void wt_offloads_close(struct wt_offloads *offloads);

/* Readable when a feature changed. */
int wt_offloads_event_fd(const struct wt_offloads *offloads);

/* Takes what was notified off the socket; true if any feature changed since the last call, or it can't be told. */
bool wt_offloads_changed(struct wt_offloads *offloads);

/* Reads all anew. *out belongs to offloads and holds until the next call; in the order of the kernel. */
int wt_offloads_read(struct wt_offloads *offloads, const struct wt_features **out, size_t *count,
                     struct wt_error *error);

/* Frees what was read: it is of no use any more. */
void wt_offloads_forget(struct wt_offloads *offloads);

/* The kernel's names of the features; bit i is names[i], NULL for a bit without a name. */
const char *const *wt_offloads_names(const struct wt_offloads *offloads, size_t *count);

static inline bool wt_feature_bit(const uint32_t *words, size_t bit)
{
  return words[bit / 32] >> bit % 32 & 1;
}

#endif
