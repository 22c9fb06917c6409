/* SPDX-License-Identifier: MIT */
/* A <Plugin wiretruth> block: options of the core, and Report, which is of this plugin only. */
#ifndef WT_COLLECTD_OPTIONS_H
#define WT_COLLECTD_OPTIONS_H

#include "collectd_api.h"
#include "wiretruth.h"

/*
 * Applies every option of the block to the configuration, and adds the groups of values that Report names to the set
 * (groups.h). A bad one is logged with its name, its value and what would be right, and the next one is looked at, so
 * that one start shows every mistake. Returns the number of bad ones.
 */
int options_apply(struct wt_config *config, unsigned int *groups, const oconfig_item_t *block);

#endif
