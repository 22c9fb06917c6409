/* SPDX-License-Identifier: MIT */
/* What there is to say about mirrors beside what they disagree on. */
#include "check.h"

static void say_reason(FILE *out, const struct wt_interface *interface, const char *mirror)
{
  char name[CLI_NAME_SIZE];

  fprintf(out, "%s: no total from its mirror %s: %s\n", cli_name(interface, name), mirror, interface->mirror_reason);
}

/* A source that the reader has to know where it is. */
static void say_source(FILE *out, const struct wt_interface *interface, const char *mirror, enum wt_direction direction)
{
  if (interface->direction[direction]->wire.source != WT_SOURCE_MIRROR)
    return;
  explain_subject(out, interface, direction);
  fprintf(out, "frames passed the tap unseen; the mirror %s counted them, and is the source of the wire figure\n",
          mirror);
}

void explain_mirrors(FILE *out, const struct wt_report *report)
{
  for (size_t i = 0; i < report->interface_count; i++) {
    const struct wt_interface *interface = &report->interfaces[i];
    char mirror[IFNAMSIZ];

    snprintf(mirror, sizeof(mirror), "%s", interface->mirror);
    cli_printable(mirror);
    if (interface->mirror_reason[0])
      say_reason(out, interface, mirror);
    say_source(out, interface, mirror, WT_RX);
    say_source(out, interface, mirror, WT_TX);
  }
}
