/* SPDX-License-Identifier: MIT */
#include "groups.h"
#include "values_parts.h"

/*
 * In the order in which they are sent. What is sent by default costs at most 40 series an interface in a store that has
 * a series for each data source, such as Prometheus; collectd-wiretruth(5) has the number for each group.
 */
static const struct {
  const char *name;
  bool by_default;
  void (*dispatch)(const value_list_t *common, const struct wt_interface *interface);
  void (*dispatch_whole)(const value_list_t *common, const struct wt_report *report); /* NULL where there are none */
} groups[] = {
    {"wire", true, values_wire, NULL},          {"signals", true, values_signals, NULL},
    {"ratios", true, values_ratios, NULL},      {"octets", false, values_octets, NULL},
    {"offload", false, values_offload, NULL},   {"hidden", false, values_hidden, NULL},
    {"checksum", false, values_checksum, NULL}, {"application", false, values_application, values_application_whole},
};

unsigned int groups_default(void)
{
  unsigned int set = 0;

  for (size_t i = 0; i < COUNT(groups); i++)
    if (groups[i].by_default)
      set |= 1U << i;
  return set;
}

unsigned int groups_find(const char *name)
{
  for (size_t i = 0; i < COUNT(groups); i++)
    if (strcasecmp(name, groups[i].name) == 0)
      return 1U << i;
  return 0;
}

const char *groups_names(char text[static GROUPS_TEXT])
{
  size_t used = 0;

  text[0] = '\0';
  for (size_t i = 0; i < COUNT(groups); i++) {
    snprintf(text + used, GROUPS_TEXT - used, "%s%s", i ? ", " : "", groups[i].name);
    used = strlen(text);
  }
  return text;
}

void groups_dispatch(unsigned int set, const value_list_t *common, const struct wt_interface *interface)
{
  for (size_t i = 0; i < COUNT(groups); i++)
    if (set & 1U << i)
      groups[i].dispatch(common, interface);
}

void groups_dispatch_whole(unsigned int set, const value_list_t *common, const struct wt_report *report)
{
  for (size_t i = 0; i < COUNT(groups); i++)
    if (set & 1U << i && groups[i].dispatch_whole)
      groups[i].dispatch_whole(common, report);
}
