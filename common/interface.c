/* SPDX-License-Identifier: MIT */
#include "interface.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "series.h"

struct wt_entry *wt_entry_new(const struct wt_link *link, double unix_time)
{
  struct wt_entry *entry = calloc(1, sizeof(*entry));

  if (!entry)
    return NULL;
  entry->link = *link;
  entry->discontinuity = unix_time;
  entry->offload_changed = NAN;
  wt_alert_watch_init(&entry->alerts);
  return entry;
}

void wt_entry_free(struct wt_entry *entry)
{
  wt_feature_list_give(entry->features);
  free(entry->drift);
  free(entry->series);
  free(entry->traffic);
  free(entry->ipv6);
  free(entry->not_captured);
  free(entry->alerts.measured);
  wt_checksum_watch_clear(&entry->checksum);
  wt_instruments_clear(&entry->instruments);
  free(entry);
}

void wt_entry_forget(struct wt_entry *entry, double unix_time)
{
  entry->discontinuity = unix_time;
  if (entry->series)
    wt_series_track_forget(entry->series);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    wt_quiet_forget(&entry->quiet[direction]);
    if (!entry->traffic)
      continue;
    wt_judge_forget(&entry->traffic->judge[direction]);
    wt_gap_forget(&entry->traffic->gap[direction]);
  }
}

void wt_entry_restart(struct wt_entry *entry, double unix_time)
{
  wt_entry_forget(entry, unix_time);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    wt_quiet_restart(&entry->quiet[direction]);
    if (!entry->traffic)
      continue;
    wt_judge_restart(&entry->traffic->judge[direction]);
    wt_gap_restart(&entry->traffic->gap[direction]);
  }
}

void wt_entry_set_link(struct wt_entry *entry, struct wt_capture *capture, const struct wt_link *link, double unix_time)
{
  bool other_mtu = link->mtu != entry->link.mtu;
  bool other_place = link->stacked != entry->link.stacked || link->lower != entry->link.lower ||
                     link->lower_netns != entry->link.lower_netns || strcmp(link->driver, entry->link.driver) != 0;

  /* What the series has of the new name was of another device until now. */
  if (strcmp(link->name, entry->link.name) != 0 && entry->series)
    wt_series_track_forget(entry->series);
  entry->link = *link;
  /* Some devices fill their statistics only while they are up: asked anew, unless it is a kind that has none. */
  if (!link->kind[0])
    entry->instruments.no_mac = entry->instruments.no_queue = false;
  if (other_mtu && entry->captured)
    wt_capture_set_mtu(capture, &entry->port, link->mtu);
  if (other_mtu || other_place)
    wt_entry_forget(entry, unix_time);
}

/* ---- report --------------------------------------------------------------------------------------------------- */

const char *wt_entry_not_captured(const struct wt_entry *entry)
{
  if (entry->not_captured)
    return entry->not_captured;
  return entry->capture_error ? "out of memory" : "";
}

/* What stands in the way of every verdict; empty if nothing does. */
static void explain(const struct wt_entry *entry, int direction, char *why, size_t size)
{
  if (entry->read_error)
    snprintf(why, size, "the link statistics cannot be read: %s", strerror(-entry->read_error));
  else if (entry->untapped[direction])
    snprintf(why, size, "%s", entry->untapped[direction]);
  else
    snprintf(why, size, "%s", wt_entry_not_captured(entry));
}

static void set_reason(struct wt_signal *signal, const char *why)
{
  if (*why && signal->verdict == WT_VERDICT_UNKNOWN)
    snprintf(signal->reason, sizeof(signal->reason), "%s", why);
}

static void report_checksums(const struct wt_entry *entry, int direction, struct wt_direction_report *report)
{
  struct wt_checksum_context context = {
      .direction = (enum wt_direction)direction,
      .merging = report->cause,
      .unsampled = wt_entry_not_captured(entry),
  };

  if (!*context.unsampled && entry->not_sampled)
    context.unsampled = entry->not_sampled;
  report->checksum = wt_checksum_watch_totals(&entry->checksum, (enum wt_direction)direction);
  wt_checksum_watch_find(&entry->checksum, &context, &report->checksum_finding);
}

static void report_judged(const struct wt_entry *entry, struct wt_quiet_reports *quiet, int direction,
                          struct wt_direction_report *report)
{
  const struct wt_judge_settings settings = wt_entry_judging(entry);

  if (entry->traffic)
    wt_judge_report(&entry->traffic->judge[direction], &entry->facts[direction], report);
  else
    wt_quiet_report(quiet, &entry->quiet[direction], &entry->facts[direction], &settings, report);
}

void wt_entry_report(const struct wt_entry *entry, struct wt_quiet_reports *quiet, const char *lower,
                     struct wt_interface *interface, struct wt_direction_report directions[WT_DIRECTIONS])
{
  char why[sizeof(directions->capture.reason)];

  *interface = (struct wt_interface){
      .ifindex = entry->link.ifindex,
      .mtu = entry->link.mtu,
      .lower_netns = entry->link.lower_netns,
      .ipv6_in_segments = entry->ipv6 && entry->ipv6->known ? entry->ipv6->total.in_segments : WT_UNKNOWN,
      .ipv6_out_packets = entry->ipv6 && entry->ipv6->known ? entry->ipv6->total.out_packets : WT_UNKNOWN,
      .active = entry->active,
      .horizon = entry->settings.horizon,
      .place = entry->settings.place,
      .discontinuity = entry->discontinuity,
      .offload_changed = entry->offload_changed,
      .features = entry->features ? entry->features->features : NULL,
      .feature_count = entry->features ? entry->features->count : 0,
      .baseline = entry->baseline,
      .drift = entry->drift,
      .drift_count = entry->drift_count,
  };

  snprintf(interface->name, sizeof(interface->name), "%s", entry->link.name);
  snprintf(interface->kind, sizeof(interface->kind), "%s", entry->link.kind);
  snprintf(interface->driver, sizeof(interface->driver), "%s", entry->link.driver);
  snprintf(interface->lower, sizeof(interface->lower), "%s", lower);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_direction_report *report = &directions[direction];

    report_judged(entry, quiet, direction, report);
    explain(entry, direction, why, sizeof(why));
    set_reason(&report->counter.signal, why);
    set_reason(&report->capture, why);
    report_checksums(entry, direction, report);
  }
  wt_series_report_entry(entry, directions);
}
