/* SPDX-License-Identifier: MIT */
/* The signals as the command takes them together, or by name. */
#include <string.h>

#include "cli.h"

bool cli_misreports(enum wt_verdict verdict)
{
  return verdict == WT_VERDICT_UNDER_REPORTS || verdict == WT_VERDICT_OVER_REPORTS;
}

static bool is_zero_or_unknown(uint64_t count)
{
  return count == 0 || !wt_known(count);
}

bool cli_is_idle(const struct wt_direction_report *direction)
{
  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++) {
    const struct wt_signal *of = wt_signal_of(direction, signal);

    if (!is_zero_or_unknown(of->frames) || cli_misreports(of->verdict))
      return false;
  }
  return is_zero_or_unknown(direction->wire.frames) && is_zero_or_unknown(direction->packets);
}

static bool parse_one(const char *name, size_t length, unsigned int *mask)
{
  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++) {
    if (strlen(wt_signal_name(signal)) == length && strncmp(wt_signal_name(signal), name, length) == 0) {
      *mask |= 1u << signal;
      return true;
    }
  }
  return false;
}

bool cli_signals_parse(const char *list, unsigned int *mask)
{
  for (;;) {
    size_t length = strcspn(list, ",");

    if (!parse_one(list, length, mask)) {
      cli_say("--fail-on does not know the signal '%.*s'; there are counter, capture and series", (int)length, list);
      return false;
    }
    if (list[length] == '\0')
      return true;
    list += length + 1;
  }
}
