/* SPDX-License-Identifier: MIT */
#include "baseline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *wt_baseline_fact_name(enum wt_baseline_fact fact)
{
  static const char *const words[] = {
      [WT_FACT_ADDRESS] = "address",
      [WT_FACT_DRIVER] = "driver",
      [WT_FACT_DRIVER_VERSION] = "driver-version",
      [WT_FACT_FIRMWARE] = "firmware",
      [WT_FACT_MTU] = "mtu",
      [WT_FACT_GSO_MAX_SIZE] = "gso-max-size",
      [WT_FACT_GSO_MAX_SEGS] = "gso-max-segs",
      [WT_FACT_GSO_IPV4_MAX_SIZE] = "gso-ipv4-max-size",
      [WT_FACT_GRO_MAX_SIZE] = "gro-max-size",
      [WT_FACT_GRO_IPV4_MAX_SIZE] = "gro-ipv4-max-size",
      [WT_FACT_TSO_MAX_SIZE] = "tso-max-size",
      [WT_FACT_TSO_MAX_SEGS] = "tso-max-segs",
      [WT_FACT_FEATURE] = "feature",
  };

  return words[fact];
}

void wt_baseline_clear(struct wt_baseline_record *record)
{
  for (size_t i = 0; i < record->interface_count; i++)
    free(record->interfaces[i].items);
  free(record->interfaces);
  free(record->text);
  *record = (struct wt_baseline_record){.interface_count = 0};
}

/* ---- order ---- */

int wt_baseline_order_names(const char *a, const char *b)
{
  return strverscmp(a, b);
}

static int order_items(const void *a, const void *b)
{
  const struct wt_baseline_item *left = a, *right = b;

  if (left->fact != right->fact)
    return left->fact < right->fact ? -1 : 1;
  return left->fact == WT_FACT_FEATURE ? strcmp(left->name, right->name) : 0;
}

void wt_baseline_sort_items(struct wt_baseline_item *items, size_t count)
{
  if (count)
    qsort(items, count, sizeof(*items), order_items);
}

static int order_name_to_interface(const void *key, const void *interface)
{
  return wt_baseline_order_names(key, ((const struct wt_baseline_interface *)interface)->name);
}

const struct wt_baseline_interface *wt_baseline_find(const struct wt_baseline_record *record, const char *name)
{
  if (record->interface_count == 0)
    return NULL;
  return bsearch(name, record->interfaces, record->interface_count, sizeof(*record->interfaces),
                 order_name_to_interface);
}

const struct wt_baseline_item *wt_baseline_find_item(const struct wt_baseline_interface *interface,
                                                     const struct wt_baseline_item *like)
{
  if (interface->item_count == 0)
    return NULL;
  return bsearch(like, interface->items, interface->item_count, sizeof(*interface->items), order_items);
}

const char *wt_baseline_address(const struct wt_baseline_interface *interface)
{
  /* It is the first of all facts. */
  return interface->item_count && interface->items[0].fact == WT_FACT_ADDRESS ? interface->items[0].value : NULL;
}

const char *wt_baseline_feature_value(const struct wt_feature *feature)
{
  if (feature->active)
    return feature->wanted || feature->fixed ? "on" : "on, wanted off";
  return feature->wanted && !feature->fixed ? "off, wanted on" : "off";
}

/* ---- matching ---- */

struct addressed {
  const char *address;
  size_t index;
};

static int order_addressed(const void *a, const void *b)
{
  const struct addressed *left = a, *right = b;
  int order = strcmp(left->address, right->address);

  return order ? order : (left->index > right->index) - (left->index < right->index);
}

/* The length of the run of equal addresses from here on. */
static size_t run(const struct addressed *list, size_t count)
{
  size_t length = 1;

  while (length < count && strcmp(list[0].address, list[length].address) == 0)
    length++;
  return length;
}

static bool same_text(const char *a, const char *b)
{
  return a && b && strcmp(a, b) == 0;
}

static void take(struct wt_baseline_present *present, size_t recorded, bool *matched)
{
  present->recorded = (int)recorded;
  matched[recorded] = true;
}

static void match_by_name(const struct wt_baseline_record *record, struct wt_baseline_present *present, size_t count,
                          bool *matched, bool and_address)
{
  for (size_t i = 0; i < count; i++) {
    const struct wt_baseline_interface *recorded =
        present[i].recorded < 0 ? wt_baseline_find(record, present[i].name) : NULL;

    if (!recorded || matched[recorded - record->interfaces])
      continue;
    if (!and_address || same_text(present[i].address, wt_baseline_address(recorded)))
      take(&present[i], (size_t)(recorded - record->interfaces), matched);
  }
}

/* Two functions of one card may have one address: where it is not unique it tells nobody from anybody. */
static void match_by_address(struct wt_baseline_present *present, struct addressed *here, size_t here_count,
                             struct addressed *recorded, size_t recorded_count, bool *matched)
{
  size_t i = 0, j = 0;

  while (i < here_count && j < recorded_count) {
    int order = strcmp(here[i].address, recorded[j].address);
    size_t here_run = run(here + i, here_count - i), recorded_run = run(recorded + j, recorded_count - j);

    if (order == 0 && here_run == 1 && recorded_run == 1)
      take(&present[here[i].index], recorded[j].index, matched);
    if (order <= 0)
      i += here_run;
    if (order >= 0)
      j += recorded_run;
  }
}

bool wt_baseline_match(const struct wt_baseline_record *record, struct wt_baseline_present *present, size_t count,
                       bool *matched)
{
  struct addressed *here = calloc(count + 1, sizeof(*here));
  struct addressed *recorded = calloc(record->interface_count + 1, sizeof(*recorded));
  size_t here_count = 0, recorded_count = 0;

  for (size_t i = 0; i < record->interface_count; i++)
    matched[i] = false;
  for (size_t i = 0; i < count; i++)
    present[i].recorded = -1;
  if (here && recorded) {
    match_by_name(record, present, count, matched, true);
    for (size_t i = 0; i < count; i++)
      if (present[i].recorded < 0 && present[i].address)
        here[here_count++] = (struct addressed){present[i].address, i};
    for (size_t i = 0; i < record->interface_count; i++)
      if (!matched[i] && wt_baseline_address(&record->interfaces[i]))
        recorded[recorded_count++] = (struct addressed){wt_baseline_address(&record->interfaces[i]), i};
    qsort(here, here_count, sizeof(*here), order_addressed);
    qsort(recorded, recorded_count, sizeof(*recorded), order_addressed);
    match_by_address(present, here, here_count, recorded, recorded_count, matched);
    match_by_name(record, present, count, matched, false);
  }
  free(here);
  free(recorded);
  return here && recorded;
}

/* ---- comparing ---- */

static bool has_features(const struct wt_baseline_interface *interface)
{
  return interface->item_count && interface->items[interface->item_count - 1].fact == WT_FACT_FEATURE;
}

static void set_drift(struct wt_drift *drift, const char *item, const char *expected, const char *found)
{
  snprintf(drift->item, sizeof(drift->item), "%s", item);
  snprintf(drift->expected, sizeof(drift->expected), "%s", expected);
  snprintf(drift->found, sizeof(drift->found), "%s", found);
}

size_t wt_baseline_compare(const struct wt_baseline_interface *recorded, const struct wt_baseline_interface *found,
                           struct wt_drift *drift, size_t room)
{
  bool features = has_features(found);
  size_t count = 0, at = 0;

  if (strcmp(recorded->name, found->name) != 0 && count++ < room)
    set_drift(&drift[count - 1], "name", recorded->name, found->name);
  for (size_t i = 0; i < recorded->item_count; i++) {
    const struct wt_baseline_item *item = &recorded->items[i];
    const char *value = "none";

    if (item->fact == WT_FACT_FEATURE && !features)
      break;
    while (at < found->item_count && order_items(&found->items[at], item) < 0)
      at++;
    if (at < found->item_count && order_items(&found->items[at], item) == 0)
      value = found->items[at].value;
    if (strcmp(value, item->value) != 0 && count++ < room)
      set_drift(&drift[count - 1], item->name, item->value, value);
  }
  return count;
}
