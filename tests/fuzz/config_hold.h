/* SPDX-License-Identifier: MIT */
/* What holds for every configuration, whatever was put into it. */
#ifndef WT_FUZZ_CONFIG_HOLD_H
#define WT_FUZZ_CONFIG_HOLD_H

#include "config.h"

void settings_must_hold(const struct wt_settings *settings);
/* The settings of all places. */
void config_must_hold(const struct wt_config *config);

#endif
