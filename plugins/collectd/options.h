/* SPDX-License-Identifier: MIT */
/* A <Plugin wiretruth> block as options of the core. */
#ifndef WT_COLLECTD_OPTIONS_H
#define WT_COLLECTD_OPTIONS_H

#include "collectd_api.h"
#include "wiretruth.h"

/*
 * Applies every option of the block to the configuration. A bad one is logged with its name, its value and what would
 * be right, and the next one is looked at, so that one start shows every mistake. Returns the number of bad ones.
 */
int options_apply(struct wt_config *config, const oconfig_item_t *block);

#endif
