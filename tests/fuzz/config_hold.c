/* SPDX-License-Identifier: MIT */
#include "config_hold.h"

#include <math.h>

#include "fuzz.h"

void settings_must_hold(const struct wt_settings *settings)
{
  fuzz_must(settings->tolerance >= 0 && settings->tolerance <= 0.5);
  fuzz_must(settings->horizon >= 0.1 && settings->horizon <= 86400);
  fuzz_must(settings->hysteresis >= 0 && settings->hold >= 0 && isfinite(settings->hold));
  for (int level = 0; level < WT_LEVELS; level++)
    for (int signal = 0; signal < WT_SIGNALS; signal++)
      fuzz_must(settings->divergence[level][signal] > 0);
}

void config_must_hold(const struct wt_config *config)
{
  for (unsigned int place = WT_PLACE_OF_ALL; place <= wt_config_places(config); place++) {
    struct wt_settings settings;

    wt_config_settings_at(config, place, &settings);
    settings_must_hold(&settings);
  }
  fuzz_must(wt_config_shortest_horizon(config) >= 0.1);
}
