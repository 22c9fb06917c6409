/* SPDX-License-Identifier: MIT */
/* What is known of a device beside its figures: offload features, and the facts that may explain a divergence. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <net/ethernet.h>

#include "interface.h"

enum { TWO_TAGS = 8 }; /* octets */

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
      wt_entry_forget(entry, unix_time);
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

/* A veth or lo hands over what this kernel made; another link or device may have merged as it likes. */
static bool merges_unseen(const struct wt_entry *entry)
{
  const struct wt_link *link = &entry->link;
  bool from_here = link->loopback || strcmp(link->kind, "veth") == 0 || strcmp(link->kind, "netkit") == 0;

  return is_active(entry, "rx-lro") || link->stacked || (link->virtual_link && !from_here);
}

void wt_entry_set_facts(struct wt_entry *entry, enum wt_method method)
{
  const struct wt_facts facts = {
      .source = method == WT_METHOD_EXACT ? WT_SOURCE_TAP : WT_SOURCE_SAMPLE,
      .stacked = entry->link.stacked,
      .virtual_link = entry->link.virtual_link,
      .counts_below = entry->link.counts_below,
      .gro = is_active(entry, "rx-gro"),
      .hw_gro = is_active(entry, "rx-gro-hw"),
      .lro = is_active(entry, "rx-lro"),
      .restores_tags = entry->link.link_header == ETH_HLEN,
      .longest_frame = entry->link.mtu + entry->link.link_header + TWO_TAGS,
  };

  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    entry->facts[direction] = facts;
    entry->facts[direction].direction = (enum wt_direction)direction;
  }
  /* What is transmitted was cut by TSO or GSO, whoever merged it. */
  entry->facts[WT_RX].merges_unseen = merges_unseen(entry);
  entry->facts[WT_TX].capture_is_blind = entry->link.loopback;
  entry->untapped[WT_TX] = entry->link.loopback && method == WT_METHOD_SAMPLE
                               ? "libpcap leaves transmitted packets out on a loopback device"
                               : NULL;
  entry->untapped[WT_RX] = entry->link.receives_unseen ? "what this device receives passes no capture point" : NULL;
}
