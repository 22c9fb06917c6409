/* SPDX-License-Identifier: MIT */
/* An observed interface in the form of a recorded one. */
#ifndef WT_DRIFT_FOUND_H
#define WT_DRIFT_FOUND_H

#include "baseline.h"
#include "driver_info.h"
#include "interface.h"

enum { WT_FOUND_ITEMS = WT_FACT_FEATURE + WT_FEATURE_WORDS * 32 };

struct wt_found {
  struct wt_baseline_interface interface; /* its items are those below */
  struct wt_baseline_item items[WT_FOUND_ITEMS];
  char numbers[1 + WT_LIMITS][12];
};

/* Its strings belong to entry and info, which may be NULL. */
void wt_found_fill(struct wt_found *found, const struct wt_entry *entry, const struct wt_driver_info *info);

#endif
