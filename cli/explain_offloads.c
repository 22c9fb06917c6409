/* SPDX-License-Identifier: MIT */
/* What offloads that neither merge nor cut make of the signals, in sentences. */
#include "check.h"

void explain_ways_past(FILE *out, const struct wt_interface *interface)
{
  size_t count;
  const struct wt_offload_effect *effects = wt_offload_effects(&count);

  for (size_t i = 0; i < count; i++)
    if (effects[i].bypass && cli_is_active(interface, effects[i].feature))
      fprintf(out, ", and %s is active", effects[i].feature);
}

static void explain_interface(FILE *out, const struct wt_interface *interface)
{
  size_t count;
  const struct wt_offload_effect *effects = wt_offload_effects(&count);
  char name[CLI_NAME_SIZE];

  for (size_t i = 0; i < count; i++)
    if (cli_is_active(interface, effects[i].feature))
      fprintf(out, "%s: %s is active: %s\n", cli_name(interface, name), effects[i].feature, effects[i].effect);
}

/* An interface without traffic has no figures that could be wrong. */
void explain_other_offloads(FILE *out, const struct wt_report *report)
{
  if (report->offload_error[0])
    fprintf(out, "%s: those that were known before are shown, and may have changed\n", report->offload_error);
  for (size_t i = 0; i < report->interface_count; i++) {
    const struct wt_interface *interface = &report->interfaces[i];

    if (!cli_is_idle(interface->direction[WT_RX]) || !cli_is_idle(interface->direction[WT_TX]))
      explain_interface(out, interface);
  }
}
