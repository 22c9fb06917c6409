/* SPDX-License-Identifier: MIT */
/* Puts the observed interfaces up against the recorded baseline, poll by poll. */
#ifndef WT_DRIFT_H
#define WT_DRIFT_H

#include "config.h"
#include "interface.h"

/* What a reading of links and features came to. */
struct wt_scene {
  const struct wt_link *links; /* all of the namespace, by ifindex */
  size_t link_count;
  struct wt_entry *const *entries; /* the selected ones, by ifindex */
  size_t entry_count;
  struct wt_feature_lists *features; /* theirs */
  bool features_missing; /* not all could be read: of an interface without any nothing is known, rather than none */
};

struct wt_drift_watch;

/* config outlives it. NULL when memory or descriptors ran out. */
struct wt_drift_watch *wt_drift_open(const struct wt_config *config);
void wt_drift_close(struct wt_drift_watch *watch);

/* Compares what may have changed. changed: the scene did. unix_time: of what is noticed now. */
void wt_drift_update(struct wt_drift_watch *watch, const struct wt_scene *scene, bool changed, double unix_time);

/* Its news are those since the report before. */
void wt_drift_report(struct wt_drift_watch *watch, struct wt_baseline_report *report);

/* As wt_baseline_record() has it. */
int wt_drift_record(const struct wt_config *config, const struct wt_scene *scene, const char *kept_text, char **text,
                    struct wt_error *error);

#endif
