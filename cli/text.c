/* SPDX-License-Identifier: MIT */
/* Figures and names as text for a person. */
#include "cli.h"

const char *cli_percent(double fraction, char buffer[CLI_COUNT_SIZE])
{
  double percent = fraction * 100;

  /* Below one percent a single decimal would make 0.0 of something that is not nothing. */
  snprintf(buffer, CLI_COUNT_SIZE, percent < 1 ? "%.2g %%" : "%.1f %%", percent);
  return buffer;
}

char *cli_printable(char *text)
{
  for (char *at = text; *at; at++)
    if (*at < 0x20 || *at > 0x7e)
      *at = '?';
  return text;
}

bool cli_is_active(const struct wt_interface *interface, const char *feature)
{
  const struct wt_feature *found = wt_interface_feature(interface, feature);

  return found && found->active;
}

const char *cli_name(const struct wt_interface *interface, char buffer[CLI_NAME_SIZE])
{
  snprintf(buffer, CLI_NAME_SIZE, "%s", interface->name);
  return cli_printable(buffer);
}
