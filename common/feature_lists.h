/* SPDX-License-Identifier: MIT */
/* Lists of features, each once: devices of a kind have the same, and there are thousands of them. Pure. */
#ifndef WT_FEATURE_LISTS_H
#define WT_FEATURE_LISTS_H

#include "offload.h"

enum { WT_FEATURES = WT_FEATURE_WORDS * 32 }; /* of one device, at most */

/* Nobody changes one: who has other features takes another list. */
struct wt_feature_list {
  size_t users;
  size_t count;
  struct wt_feature features[];
};

/* Zeroed: none. */
struct wt_feature_lists {
  struct wt_feature_list **lists;
  size_t count;
};

/*
 * The list of these features, with one user more. Their padding is compared, too: features is an array that was zeroed
 * before it was filled, or a copy of a list's. NULL when memory ran out.
 */
struct wt_feature_list *wt_feature_lists_take(struct wt_feature_lists *lists, const struct wt_feature *features,
                                              size_t count);

/* One user less. A report may still have it: it stays until wt_feature_lists_sweep(). NULL is allowed. */
static inline void wt_feature_list_give(struct wt_feature_list *list)
{
  if (list)
    list->users--;
}

/* Frees those that have no user. */
void wt_feature_lists_sweep(struct wt_feature_lists *lists);

void wt_feature_lists_free(struct wt_feature_lists *lists);

#endif
