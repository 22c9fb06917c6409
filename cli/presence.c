/* SPDX-License-Identifier: MIT */
/* Which interfaces were there when the observation began, and which of them are not any more. */
#include <stdlib.h>
#include <string.h>

#include "check.h"

bool presence_remember(struct presence *presence, const struct wt_report *report)
{
  presence->entries = calloc(report->interface_count + 1, sizeof(*presence->entries));
  presence->count = 0;
  if (!presence->entries)
    return false;
  for (size_t i = 0; i < report->interface_count; i++) {
    struct presence_entry *entry = &presence->entries[presence->count++];

    entry->ifindex = report->interfaces[i].ifindex;
    memcpy(entry->name, report->interfaces[i].name, sizeof(entry->name));
  }
  return true;
}

void presence_free(struct presence *presence)
{
  free(presence->entries);
}

static bool has_name(const struct wt_report *report, const char *name)
{
  for (size_t i = 0; i < report->interface_count; i++)
    if (strcmp(report->interfaces[i].name, name) == 0)
      return true;
  return false;
}

/* The report is ordered by ifindex. */
static int compare_ifindex(const void *key, const void *interface)
{
  int a = *(const int *)key, b = ((const struct wt_interface *)interface)->ifindex;

  return (a > b) - (a < b);
}

static bool has_ifindex(const struct wt_report *report, int ifindex)
{
  return report->interface_count &&
         bsearch(&ifindex, report->interfaces, report->interface_count, sizeof(*report->interfaces), compare_ifindex);
}

void presence_say_lost(const struct presence *presence, const struct wt_report *report)
{
  for (size_t i = 0; i < presence->count; i++) {
    const struct presence_entry *entry = &presence->entries[i];

    /* A renamed one is still there, and so is one that was taken down and made again under its name. */
    if (!has_ifindex(report, entry->ifindex) && !has_name(report, entry->name))
      cli_say("interface \"%s\" disappeared during the observation and is left out", entry->name);
  }
}

/* "eth0, lo": what the namespace has, for a person who mistyped a name. Returns text. */
static const char *list_interfaces(char *text, size_t size)
{
  struct if_nameindex *all = if_nameindex();
  size_t used = 0;

  snprintf(text, size, "none");
  for (struct if_nameindex *one = all; one && one->if_index; one++) {
    /* Room for one more name and for the dots that say that there are more. */
    if (used + IFNAMSIZ + 8 > size) {
      snprintf(text + used, size - used, ", ...");
      break;
    }
    used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", one->if_name);
  }
  if_freenameindex(all);
  return text;
}

bool presence_check(const struct core_options *options, const struct wt_report *report)
{
  char there[512];

  for (size_t i = 0; i < options->interface_count; i++) {
    const char *name = options->interfaces[i];

    /* Not selected: IgnoreSelected turns the names into what is left out. No interface has a slash in its name. */
    if (strchr(name, '/') || !wt_config_selects(options->config, name) || has_name(report, name))
      continue;
    cli_say("no interface \"%s\" in this network namespace; there are: %s", name,
            list_interfaces(there, sizeof(there)));
    return false;
  }
  if (report->interface_count == 0) {
    cli_say("no interface in this network namespace is selected; there are: %s", list_interfaces(there, sizeof(there)));
    return false;
  }
  return true;
}
