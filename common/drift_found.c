/* SPDX-License-Identifier: MIT */
#include "drift_found.h"

#include <stdio.h>
#include <string.h>

static void add(struct wt_found *found, enum wt_baseline_fact fact, const char *name, const char *value)
{
  if (*value && found->interface.item_count < WT_FOUND_ITEMS)
    found->items[found->interface.item_count++] = (struct wt_baseline_item){.fact = fact, .name = name, .value = value};
}

static void add_number(struct wt_found *found, enum wt_baseline_fact fact, uint32_t number)
{
  char *text = found->numbers[fact - WT_FACT_MTU];

  snprintf(text, sizeof(found->numbers[0]), "%u", number);
  add(found, fact, wt_baseline_fact_name(fact), text);
}

void wt_found_fill(struct wt_found *found, const struct wt_entry *entry, const struct wt_driver_info *info)
{
  found->interface = (struct wt_baseline_interface){.items = found->items};
  memcpy(found->interface.name, entry->link.name, sizeof(found->interface.name));
  if (info)
    add(found, WT_FACT_ADDRESS, "address", info->address);
  add(found, WT_FACT_DRIVER, "driver", entry->link.driver);
  if (info) {
    add(found, WT_FACT_DRIVER_VERSION, "driver-version", info->version);
    add(found, WT_FACT_FIRMWARE, "firmware", info->firmware);
  }
  add_number(found, WT_FACT_MTU, entry->link.mtu);
  for (int i = 0; info && i < WT_LIMITS; i++)
    if (info->limits[i] != WT_LIMIT_UNKNOWN)
      add_number(found, (enum wt_baseline_fact)(WT_FACT_GSO_MAX_SIZE + i), info->limits[i]);
  for (size_t i = 0; entry->features && i < entry->features->count; i++) {
    const struct wt_feature *feature = &entry->features->features[i];

    add(found, WT_FACT_FEATURE, feature->name, wt_baseline_feature_value(feature));
  }
  wt_baseline_sort_items(found->items, found->interface.item_count);
}
