/* SPDX-License-Identifier: MIT */
/* What is known of a device beside its figures: offload features, and the facts that may explain a divergence. */
#include <errno.h>
#include <string.h>

#include <net/ethernet.h>

#include "interface.h"

enum { TWO_TAGS = 8 }; /* octets */

/* A feature that decides what a packet stands for: another one takes nothing back. */
static bool is_of_merging(const char *name)
{
  static const char *const parts[] = {"gro", "lro", "gso", "segmentation", "scatter-gather", "vlan"};

  for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++)
    if (strstr(name, parts[part]))
      return true;
  return false;
}

/* Both have the kernel's features, in its order. */
static void note_changes(struct wt_entry *entry, const struct wt_feature_list *before,
                         const struct wt_feature_list *after, double unix_time)
{
  bool changed = false, merging = false;

  for (size_t i = 0; i < before->count && i < after->count; i++)
    if (before->features[i].active != after->features[i].active) {
      changed = true;
      merging |= is_of_merging(after->features[i].name);
    }
  if (changed)
    entry->offload_changed = unix_time;
  if (merging)
    wt_entry_forget(entry, unix_time);
}

int wt_entry_set_features(struct wt_entry *entry, struct wt_feature_lists *lists, const struct wt_features *features,
                          const char *const *names, size_t count, double unix_time)
{
  struct wt_feature named[WT_FEATURES];
  struct wt_feature_list *before = entry->features, *list;
  size_t named_count = 0;

  memset(named, 0, sizeof(named));
  for (size_t i = 0; i < count && i < WT_FEATURES; i++) {
    struct wt_feature *feature = &named[named_count];

    if (!names[i])
      continue;
    feature->name = names[i];
    feature->active = wt_feature_bit(features->active, i);
    feature->wanted = wt_feature_bit(features->wanted, i);
    feature->fixed = wt_feature_bit(features->fixed, i) || !wt_feature_bit(features->hw, i);
    named_count++;
  }
  list = wt_feature_lists_take(lists, named, named_count);
  if (!list)
    return -ENOMEM;
  if (before)
    note_changes(entry, before, list, unix_time);
  wt_feature_list_give(before);
  entry->features = list;
  return 0;
}

void wt_entry_expect(struct wt_entry *entry, struct wt_feature_lists *lists,
                     bool (*expected)(const void *context, const char *name, bool *active), const void *context)
{
  struct wt_feature noted[WT_FEATURES];
  struct wt_feature_list *list;
  size_t count = entry->features ? entry->features->count : 0;

  if (count == 0)
    return;
  memcpy(noted, entry->features->features, count * sizeof(noted[0]));
  for (size_t i = 0; i < count; i++) {
    bool active = false;

    noted[i].recorded = expected(context, noted[i].name, &active);
    noted[i].expected = noted[i].recorded && active;
  }
  /* Without memory what was noted before stays. */
  list = wt_feature_lists_take(lists, noted, count);
  if (!list)
    return;
  wt_feature_list_give(entry->features);
  entry->features = list;
}

static bool is_active(const struct wt_entry *entry, const char *name)
{
  for (size_t i = 0; entry->features && i < entry->features->count; i++)
    if (strcmp(entry->features->features[i].name, name) == 0)
      return entry->features->features[i].active;
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
