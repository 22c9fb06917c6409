/* SPDX-License-Identifier: MIT */
#include "interface.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"

enum { LEAST_FRAMES = 1000 }; /* for a verdict */

/* Seconds that a counter may be behind: hardware is read out once a second by some drivers, and shown one read late by
 * others; software counts when it handles the packet, within one round of its poll loop. */
static const double hardware_lag = 2.0, software_lag = 0.1;

struct wt_entry *wt_entry_new(const struct wt_link *link, double unix_time)
{
  struct wt_entry *entry = calloc(1, sizeof(*entry));

  if (!entry)
    return NULL;
  entry->link = *link;
  entry->discontinuity = unix_time;
  entry->offload_changed = NAN;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    wt_judge_init(&entry->judge[direction]);
  return entry;
}

void wt_entry_free(struct wt_entry *entry)
{
  free(entry->feature_report);
  free(entry);
}

static void forget(struct wt_entry *entry, double unix_time)
{
  entry->discontinuity = unix_time;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    wt_judge_forget(&entry->judge[direction]);
    wt_gap_forget(&entry->gap[direction]);
  }
}

void wt_entry_restart(struct wt_entry *entry, double unix_time)
{
  forget(entry, unix_time);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    wt_judge_restart(&entry->judge[direction]);
    wt_gap_restart(&entry->gap[direction]);
  }
}

void wt_entry_set_link(struct wt_entry *entry, struct wt_capture *capture, const struct wt_link *link, double unix_time)
{
  bool other_mtu = link->mtu != entry->link.mtu;
  bool other_place = link->stacked != entry->link.stacked || link->lower != entry->link.lower ||
                     link->lower_netns != entry->link.lower_netns;

  entry->link = *link;
  if (other_mtu && entry->captured)
    wt_capture_set_mtu(capture, &entry->port, link->mtu);
  if (other_mtu || other_place)
    forget(entry, unix_time);
}

/* ---- offloads ------------------------------------------------------------------------------------------------ */

/* Whether a feature changed that decides what a packet stands for: another one takes nothing back. */
static bool merging_changed(const uint32_t *before, const uint32_t *after, const char *const *names, size_t count)
{
  static const char *const parts[] = {"gro", "lro", "gso", "segmentation", "scatter-gather", "vlan"};

  for (size_t i = 0; i < count; i++) {
    if (!names[i] || wt_feature_bit(before, i) == wt_feature_bit(after, i))
      continue;
    for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++)
      if (strstr(names[i], parts[part]))
        return true;
  }
  return false;
}

int wt_entry_set_features(struct wt_entry *entry, const struct wt_features *features, const char *const *names,
                          size_t count, double unix_time)
{
  size_t named = 0;

  if (entry->has_features && memcmp(features->active, entry->features.active, sizeof(features->active)) != 0) {
    entry->offload_changed = unix_time;
    if (merging_changed(entry->features.active, features->active, names, count))
      forget(entry, unix_time);
  }
  entry->features = *features;
  entry->has_features = true;
  if (!entry->feature_report)
    entry->feature_report = calloc(count, sizeof(*entry->feature_report));
  if (!entry->feature_report)
    return -ENOMEM;
  for (size_t i = 0; i < count; i++) {
    if (!names[i])
      continue;
    entry->feature_report[named++] = (struct wt_feature){
        .name = names[i],
        .active = wt_feature_bit(features->active, i),
        .wanted = wt_feature_bit(features->wanted, i),
        .fixed = wt_feature_bit(features->fixed, i) || !wt_feature_bit(features->hw, i),
    };
  }
  entry->feature_count = named;
  return 0;
}

static bool is_active(const struct wt_entry *entry, const char *name)
{
  for (size_t i = 0; i < entry->feature_count; i++)
    if (strcmp(entry->feature_report[i].name, name) == 0)
      return entry->feature_report[i].active;
  return false;
}

void wt_entry_set_facts(struct wt_entry *entry, enum wt_method method)
{
  const struct wt_facts facts = {
      .source = method == WT_METHOD_EXACT ? WT_SOURCE_TAP : WT_SOURCE_SAMPLE,
      .stacked = entry->link.stacked,
      .virtual_link = entry->link.virtual_link,
      .gro = is_active(entry, "rx-gro"),
      .hw_gro = is_active(entry, "rx-gro-hw"),
      .lro = is_active(entry, "rx-lro"),
  };

  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    entry->facts[direction] = facts;
    entry->facts[direction].direction = (enum wt_direction)direction;
  }
  entry->facts[WT_TX].capture_is_blind = entry->link.loopback;
  entry->untapped[WT_TX] = entry->link.loopback && method == WT_METHOD_SAMPLE
                               ? "libpcap leaves transmitted packets out on a loopback device"
                               : NULL;
  entry->untapped[WT_RX] = entry->link.receives_unseen ? "what this device receives passes no capture point" : NULL;
}

/* ---- readings ------------------------------------------------------------------------------------------------ */

static bool read_tap(struct wt_entry *entry, struct wt_capture *capture, bool after)
{
  struct wt_tally tally[WT_DIRECTIONS];

  if (!entry->captured || wt_capture_read(capture, &entry->port, tally))
    return false;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    *(after ? &entry->reading[direction].after : &entry->reading[direction].before) = tally[direction];
  return true;
}

void wt_entry_read_after(struct wt_entry *entry, struct wt_capture *capture)
{
  bool tapped = read_tap(entry, capture, true);

  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    entry->reading[direction].tapped &= tapped && !entry->untapped[direction];
}

void wt_entry_skip_ipv6(struct wt_entry *entry)
{
  entry->ipv6_known = false;
}

void wt_entry_read_ipv6(struct wt_entry *entry)
{
  entry->ipv6_known = wt_ipv6_read(entry->link.name, entry->link.ifindex, &entry->ipv6) == 0;
  if (!entry->ipv6_known || entry->ipv6_started)
    return;
  entry->ipv6_start = entry->ipv6;
  entry->ipv6_started = true;
}

void wt_entry_read(struct wt_entry *entry, struct wt_capture *capture, struct nl_sock *socket,
                   struct wt_readers *readers, double time)
{
  struct wt_link_counter counter[WT_DIRECTIONS];
  bool tapped;
  int status;

  /* Before, since they would keep the two readings of the tap apart. */
  wt_readers_read(readers, entry->link.ifindex, entry->link.name, &entry->instruments);
  tapped = read_tap(entry, capture, false);
  status = wt_counter_read(socket, entry->link.ifindex, counter);
  entry->was_read = status == 0;
  entry->read_error = status;
  entry->gone = status == -ENODEV;
  if (status)
    return;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_observation *reading = &entry->reading[direction];

    wt_counter_widen(&entry->width[direction], &counter[direction]);
    reading->time = time;
    reading->tapped = tapped;
    reading->counter_packets = counter[direction].packets;
    reading->counter_octets = counter[direction].octets;
    memcpy(reading->witness, entry->instruments.reading[direction], sizeof(reading->witness));
    entry->active |= counter[direction].packets > 0;
  }
  wt_entry_read_after(entry, capture);
}

void wt_entry_fill_gaps(struct wt_entry *entry, bool attached)
{
  entry->tapped_packets = 0;
  if (!entry->was_read)
    return;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_observation *reading = &entry->reading[direction];
    struct wt_gap *gap = &entry->gap[direction];

    if (!reading->tapped)
      continue;
    if (gap->started)
      entry->tapped_packets += (double)(reading->after.packets - gap->raw.packets);
    reading->idle = gap->started && !attached;
    wt_gap_fill(gap, attached, reading->counter_packets, reading->counter_octets, &reading->before, &reading->after);
  }
}

void wt_entry_judge(struct wt_entry *entry, const struct wt_config *config, double unix_time)
{
  const struct wt_judge_settings settings = {
      .limits = {.tolerance = config->tolerance, .least_frames = LEAST_FRAMES},
      .horizon = config->horizon,
      .lag = entry->link.lagging ? hardware_lag : software_lag,
  };

  if (!entry->was_read)
    return;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    if (!wt_judge_observe(&entry->judge[direction], &entry->reading[direction], &entry->facts[direction], &settings,
                          unix_time))
      entry->discontinuity = unix_time;
}

/* ---- report --------------------------------------------------------------------------------------------------- */

/* What stands in the way of every verdict; empty if nothing does. */
static void explain(const struct wt_entry *entry, int direction, char *why, size_t size)
{
  if (entry->read_error)
    snprintf(why, size, "the link statistics cannot be read: %s", strerror(-entry->read_error));
  else if (entry->untapped[direction])
    snprintf(why, size, "%s", entry->untapped[direction]);
  else
    snprintf(why, size, "%s", entry->not_captured);
}

static void set_reason(struct wt_signal *signal, const char *why)
{
  if (*why && signal->verdict == WT_VERDICT_UNKNOWN)
    snprintf(signal->reason, sizeof(signal->reason), "%s", why);
}

static uint64_t ipv6_since(const struct wt_entry *entry, uint64_t start, uint64_t now)
{
  return entry->ipv6_known && wt_known(start) && wt_known(now) && now >= start ? now - start : WT_UNKNOWN;
}

void wt_entry_report(const struct wt_entry *entry, const char *lower, struct wt_interface *interface)
{
  char why[sizeof(entry->not_captured)];

  *interface = (struct wt_interface){
      .ifindex = entry->link.ifindex,
      .mtu = entry->link.mtu,
      .lower_netns = entry->link.lower_netns,
      .ipv6_in_segments = ipv6_since(entry, entry->ipv6_start.in_segments, entry->ipv6.in_segments),
      .ipv6_out_packets = ipv6_since(entry, entry->ipv6_start.out_packets, entry->ipv6.out_packets),
      .active = entry->active,
      .discontinuity = entry->discontinuity,
      .offload_changed = entry->offload_changed,
      .features = entry->feature_report,
      .feature_count = entry->feature_count,
  };

  snprintf(interface->name, sizeof(interface->name), "%s", entry->link.name);
  snprintf(interface->kind, sizeof(interface->kind), "%s", entry->link.kind);
  snprintf(interface->driver, sizeof(interface->driver), "%s", entry->link.driver);
  snprintf(interface->lower, sizeof(interface->lower), "%s", lower);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_direction_report *report = &interface->direction[direction];

    wt_judge_report(&entry->judge[direction], &entry->facts[direction], report);
    explain(entry, direction, why, sizeof(why));
    set_reason(&report->counter.signal, why);
    set_reason(&report->capture, why);
  }
}
