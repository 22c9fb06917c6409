/* SPDX-License-Identifier: MIT */
#include "carrier.h"

void wt_carrier_lose(struct wt_carrier *carrier)
{
  carrier->blind = true;
}

static struct wt_carrier_link *find(struct wt_carrier *carrier, int ifindex)
{
  for (size_t i = 0; i < carrier->count; i++)
    if (carrier->links[i].ifindex == ifindex)
      return &carrier->links[i];
  return NULL;
}

void wt_carrier_note(struct wt_carrier *carrier, int ifindex, const uint64_t packets[WT_DIRECTIONS], bool from_start)
{
  struct wt_carrier_link *link = find(carrier, ifindex);

  if (!link && carrier->count == WT_CARRIER_MOST) {
    carrier->blind = true;
    return;
  }
  if (!link) {
    link = &carrier->links[carrier->count++];
    *link = (struct wt_carrier_link){.ifindex = ifindex};
    for (int direction = 0; from_start && direction < WT_DIRECTIONS; direction++)
      link->first[direction] = packets[direction];
  }
  /* A counter that went back was reset, or the number is another link's now: that is traffic, too. */
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    link->moved[direction] |= packets[direction] != link->first[direction];
}

int wt_carrier_of(const struct wt_carrier *carrier, enum wt_direction direction)
{
  int found = 0;

  if (carrier->blind)
    return 0;
  for (size_t i = 0; i < carrier->count; i++) {
    if (!carrier->links[i].moved[direction])
      continue;
    if (found)
      return 0;
    found = carrier->links[i].ifindex;
  }
  return found;
}
