/* SPDX-License-Identifier: MIT */
#include "mirror_addresses.h"

#include <string.h>

enum { DEEPEST_STACK = 8 }; /* devices above each other; the kernel's own limit */

static bool is_above(const struct wt_link *table, size_t count, const struct wt_link *link, int ifindex)
{
  for (int depth = 0; link && depth < DEEPEST_STACK; depth++) {
    if (link->lower == ifindex)
      return true;
    link = wt_link_find(table, count, link->lower);
  }
  return false;
}

static bool is_same(const struct wt_tap_station *station, const unsigned char address[WT_ADDRESS])
{
  return memcmp(station->address, address, WT_ADDRESS) == 0;
}

static bool is_listed(const struct wt_tap_station *stations, size_t count, const unsigned char address[WT_ADDRESS])
{
  for (size_t i = 0; i < count; i++)
    if (is_same(&stations[i], address))
      return true;
  return false;
}

static void put(struct wt_tap_station *station, const struct wt_link *observed, const struct wt_link *link)
{
  *station = (struct wt_tap_station){.observed = observed->ifindex, .first = link == observed};
  memcpy(station->address, link->address, WT_ADDRESS);
}

size_t wt_mirror_addresses(const struct wt_link *table, size_t count, const struct wt_link *observed,
                           struct wt_tap_station *stations, size_t room)
{
  size_t found = 0;

  if (observed->has_address && room)
    put(&stations[found++], observed, observed);
  for (size_t i = 0; i < count; i++) {
    const struct wt_link *link = &table[i];

    if (!found || !link->has_address || !is_above(table, count, link, observed->ifindex) ||
        is_listed(stations, found < room ? found : room, link->address))
      continue;
    if (found < room)
      put(&stations[found], observed, link);
    found++;
  }
  return found;
}

const struct wt_tap_station *wt_mirror_clash(const struct wt_tap_station *all, size_t all_count,
                                             const struct wt_tap_station *stations, size_t count)
{
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < all_count; j++)
      if (all[j].mirror == stations[i].mirror && is_same(&all[j], stations[i].address))
        return &all[j];
  return NULL;
}
