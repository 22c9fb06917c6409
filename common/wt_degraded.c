/* SPDX-License-Identifier: MIT */
/* Whether the capture of the host is what was asked for. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wt_parts.h"

/* One more reason, as far as there is room. */
__attribute__((format(printf, 2, 3))) static void add(struct wt_report *report, const char *format, ...)
{
  size_t used = strlen(report->degraded);
  va_list arguments;

  if (used && used + 3 < sizeof(report->degraded))
    used += (size_t)snprintf(report->degraded + used, sizeof(report->degraded) - used, "; ");
  va_start(arguments, format);
  vsnprintf(report->degraded + used, sizeof(report->degraded) - used, format, arguments);
  va_end(arguments);
}

/* One that is down, or just gone, is as it has to be. */
static bool is_missed(const struct wt_entry *entry)
{
  return entry->link.running && entry->capture_error && entry->capture_error != -ENETDOWN &&
         entry->capture_error != -ENODEV;
}

static void add_missed(struct wt *wt)
{
  const struct wt_entry *first = NULL;
  size_t count = 0;

  for (size_t i = 0; i < wt->report.interface_count; i++) {
    const struct wt_entry *entry = wt_find_entry(wt, wt->report.interfaces[i].ifindex);

    if (!is_missed(entry))
      continue;
    first = first ? first : entry;
    count++;
  }
  if (count == 1)
    add(&wt->report, "%s is not captured: %s", first->link.name, wt_entry_not_captured(first));
  else if (count > 1)
    add(&wt->report, "%zu interfaces are not captured, %s for one: %s", count, first->link.name,
        wt_entry_not_captured(first));
}

static void add_lost(struct wt *wt)
{
  uint64_t most = 0;

  for (size_t i = 0; i < wt->report.interface_count; i++) {
    const struct wt_interface *interface = &wt->report.interfaces[i];
    struct wt_entry *entry = wt_find_entry(wt, interface->ifindex);

    for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
      uint64_t drops = interface->direction[direction]->capture_drops, told = entry->told_drops[direction];

      most = drops > told && drops - told > most ? drops - told : most;
      entry->told_drops[direction] = drops;
    }
  }
  /* With one socket for all, each interface is told of all of them. */
  if (most)
    add(&wt->report, "%" PRIu64 " samples were lost since the report before", most);
}

void wt_report_degraded(struct wt *wt)
{
  if (wt->config->method == WT_METHOD_AUTO && wt->method != WT_METHOD_EXACT)
    add(&wt->report, "method %s is in use: %s", wt_method_name(wt->method), wt->method_reason);
  add_missed(wt);
  add_lost(wt);
}
