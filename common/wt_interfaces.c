/* SPDX-License-Identifier: MIT */
/* The list of interfaces: which are there, which are selected, what they are captured by. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "wt_parts.h"

static void start_capture(struct wt *wt, struct wt_entry *entry)
{
  struct wt_error error = {0};
  int status;

  if (!wt->capture || entry->captured)
    return;
  memset(&entry->port, 0, sizeof(entry->port));
  status = wt_capture_add(wt->capture, &entry->port, &entry->link, &error);
  entry->captured = status == 0;
  entry->capture_error = status;
  wt->unfinished |= status == -ENOMEM;
  free(entry->not_captured);
  entry->not_captured = status ? strndup(error.text, 127) : NULL;
}

static void stop_capture(struct wt *wt, struct wt_entry *entry)
{
  if (entry->captured)
    wt_capture_remove(wt->capture, &entry->port);
  entry->captured = false;
}

void wt_drop_entry(struct wt *wt, struct wt_entry *entry)
{
  wt_alert_end(&entry->alerts, entry->link.ifindex, NULL, wt_clock(CLOCK_REALTIME), &wt->alerts);
  stop_capture(wt, entry);
  entry->dropped = wt->dropped;
  wt->dropped = entry;
}

void wt_free_dropped(struct wt *wt)
{
  while (wt->dropped) {
    struct wt_entry *entry = wt->dropped;

    wt->dropped = entry->dropped;
    wt_entry_free(entry);
  }
}

/* Both lists are ordered by ifindex, so one pass tells what is new, what stays and what is gone. */
static int match_entries(struct wt *wt, double appeared, struct wt_error *error)
{
  struct wt_entry **entries = calloc(wt->link_count + 1, sizeof(struct wt_entry *));
  size_t count = 0, old = 0;
  bool all = true;

  if (!entries)
    return wt_fail(error, -ENOMEM, "interfaces: out of memory");
  for (size_t i = 0; i < wt->link_count; i++) {
    const struct wt_link *link = &wt->link_table[i];
    struct wt_entry *entry = NULL;

    while (old < wt->entry_count && wt->entries[old]->link.ifindex < link->ifindex)
      wt_drop_entry(wt, wt->entries[old++]);
    if (old < wt->entry_count && wt->entries[old]->link.ifindex == link->ifindex)
      entry = wt->entries[old++];
    if (entry && (wt_links_replaced(wt->links, &entry->link, link) ||
                  (wt->reconfigured && !wt_config_selects(wt->config, link->name)))) {
      wt_drop_entry(wt, entry);
      entry = NULL;
    }
    /* Whom a rename takes out of the selection is still the interface that was selected: the name is not the identity.
     */
    if (!entry && !wt_config_selects(wt->config, link->name))
      continue;
    if (entry)
      wt_entry_set_link(entry, wt->capture, link, wt_clock(CLOCK_REALTIME));
    else
      entry = wt_entry_new(link, appeared);
    if (entry)
      entries[count++] = entry;
    else
      all = false;
  }
  while (old < wt->entry_count)
    wt_drop_entry(wt, wt->entries[old++]);
  free(wt->entries);
  wt->entries = entries;
  wt->entry_count = count;
  if (wt_links_any_deleted(wt->links))
    wt_carrier_lose(&wt->carrier);
  wt_links_forget_deleted(wt->links);
  return all ? 0 : wt_fail(error, -ENOMEM, "interfaces: out of memory");
}

int wt_open_capture(struct wt *wt, enum wt_method method, size_t interfaces, struct wt_error *error)
{
  return wt_capture_open(&wt->capture, method, interfaces, wt->config->samples_per_interval, error);
}

size_t wt_count_selected(const struct wt *wt)
{
  size_t count = 0;

  for (size_t i = 0; i < wt->link_count; i++)
    count += wt_config_selects(wt->config, wt->link_table[i].name);
  return count;
}

/* What handles have counted is read once more before all of them are closed. */
static void read_before_widening(struct wt *wt)
{
  bool captured = false;

  for (size_t i = 0; i < wt->entry_count; i++)
    captured |= wt->entries[i]->captured;
  if (captured && wt_capture_is_narrow(wt->capture, wt_count_selected(wt)))
    wt_observe(wt);
}

/* The interfaces have become too many for a handle each. What passes meanwhile is not seen: a discontinuity. */
static int widen_capture(struct wt *wt, struct wt_error *error)
{
  int status;

  for (size_t i = 0; i < wt->entry_count; i++)
    stop_capture(wt, wt->entries[i]);
  /* What is opened is attached, and so are the mirrors again. */
  if (wt->detached_to > 0)
    wt_mirrors_attach(wt->mirrors);
  wt->detached_to = 0;
  status = wt_capture_widen(wt->capture, wt->entry_count, error);
  for (size_t i = 0; i < wt->entry_count; i++)
    wt_entry_restart(wt->entries[i], wt_clock(CLOCK_REALTIME));
  return status;
}

/* Also where it was tried before, and failed. */
static bool has_to_widen(const struct wt *wt)
{
  return wt->capture && wt_capture_is_narrow(wt->capture, wt->entry_count);
}

static int read_links(struct wt *wt, double appeared, struct wt_error *error)
{
  int status = wt_links_read(wt->links, &wt->link_table, &wt->link_count, error);

  if (status == 0) {
    read_before_widening(wt);
    wt_mirrors_forget(wt->mirrors, wt->links);
    wt_mirrors_update(wt->mirrors, wt->method, wt->link_table, wt->link_count);
    status = match_entries(wt, appeared, error);
  }
  if (status == 0 && has_to_widen(wt))
    status = widen_capture(wt, error);
  for (size_t i = 0; i < wt->entry_count && status == 0; i++)
    start_capture(wt, wt->entries[i]);
  return status;
}

/*
 * What failed may work now: there is memory again, or a descriptor. The first that fails ends it, since all may fail
 * for the same reason in each poll; but that may be its own, so the next poll begins behind it. What is down is tried
 * when it comes up, which is a change of links.
 */
static void try_again(struct wt *wt)
{
  size_t first = wt->failed + 1;

  for (size_t i = 0; i < wt->entry_count && wt->capture; i++) {
    size_t at = (first + i) % wt->entry_count;

    if (wt->entries[at]->captured || wt->entries[at]->capture_error == -ENETDOWN)
      continue;
    start_capture(wt, wt->entries[at]);
    wt->failed = at;
    if (!wt->entries[at]->captured)
      return;
  }
}

struct wt_entry *wt_find_entry(const struct wt *wt, int ifindex)
{
  size_t low = 0, high = wt->entry_count;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (wt->entries[middle]->link.ifindex < ifindex)
      low = middle + 1;
    else
      high = middle;
  }
  return low < wt->entry_count && wt->entries[low]->link.ifindex == ifindex ? wt->entries[low] : NULL;
}

/* Figures and verdicts are measured: where features cannot be read the poll goes on, with those known so far. */
static void read_offloads(struct wt *wt)
{
  const struct wt_features *features;
  size_t count = 0, name_count;
  const char *const *names = wt_offloads_names(wt->offloads, &name_count);
  int status;

  wt->offload_error = (struct wt_error){0};
  status = wt_offloads_read(wt->offloads, &features, &count, &wt->offload_error);
  for (size_t i = 0; i < count && status == 0; i++) {
    struct wt_entry *entry = wt_find_entry(wt, features[i].ifindex);

    if (entry)
      status = wt_entry_set_features(entry, &wt->features, &features[i], names, name_count, wt_clock(CLOCK_REALTIME));
    if (status)
      wt_fail(&wt->offload_error, status, "offload features: out of memory");
  }
  wt_offloads_forget(wt->offloads);
}

struct wt_scene wt_scene_of(struct wt *wt)
{
  return (struct wt_scene){
      .links = wt->link_table,
      .link_count = wt->link_count,
      .entries = wt->entries,
      .entry_count = wt->entry_count,
      .features = &wt->features,
      .features_missing = wt->offload_error.code != 0,
  };
}

static void set_facts(struct wt *wt, struct wt_entry *entry)
{
  const char *reason, *mirror = wt_mirrors_of(wt->mirrors, entry->link.ifindex, &reason);

  wt_config_settings(wt->config, entry->link.name, &entry->settings);
  wt_entry_set_facts(entry, wt->method);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    entry->facts[direction].mirror = mirror;
  entry->followed = mirror || wt->series || wt->method == WT_METHOD_SAMPLE;
}

int wt_refresh(struct wt *wt, double appeared, struct wt_error *error)
{
  bool links_changed = wt_links_changed(wt->links) || has_to_widen(wt) || wt->reconfigured || wt->unfinished;
  bool offloads_changed = wt->offloads && (wt_offloads_changed(wt->offloads) || wt->offload_error.code);
  int status = 0;

  wt->unfinished = false;
  wt_alert_list_begin(&wt->alerts);
  for (size_t i = 0; i < wt->entry_count; i++)
    links_changed |= wt->entries[i]->gone;
  wt->relinked |= links_changed;
  if (links_changed)
    status = read_links(wt, appeared, error);
  else
    try_again(wt);
  if (status == 0 && wt->offloads && (links_changed || offloads_changed))
    read_offloads(wt);
  if (status == 0 && (links_changed || offloads_changed))
    for (size_t i = 0; i < wt->entry_count; i++)
      set_facts(wt, wt->entries[i]);
  if (status == 0)
    wt->reconfigured = false;
  else
    wt->unfinished = true;
  if (status == 0 && wt->drift) {
    const struct wt_scene scene = wt_scene_of(wt);

    wt_drift_update(wt->drift, &scene, links_changed || offloads_changed, wt_clock(CLOCK_REALTIME));
  }
  return status;
}
