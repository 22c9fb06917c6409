/* SPDX-License-Identifier: MIT */
#include "counter_width.h"

static const uint64_t modulus = UINT64_C(1) << 32;

static bool may_have_wrapped(uint64_t last, uint64_t now)
{
  /* More than half of the range between two readings would be no less likely a reset. */
  return last < modulus && last >= modulus / 2 && now < modulus / 2;
}

void wt_counter_widen(struct wt_counter_width *width, struct wt_link_counter *counter)
{
  const struct wt_link_counter last = width->last, now = *counter;
  bool packets_back = now.packets < last.packets, octets_back = now.octets < last.octets;

  if (packets_back && !octets_back && may_have_wrapped(last.packets, now.packets))
    width->wraps.packets += modulus;
  else if (octets_back && !packets_back && may_have_wrapped(last.octets, now.octets))
    width->wraps.octets += modulus;
  else if (packets_back || octets_back)
    width->wraps = (struct wt_link_counter){0};
  width->last = now;
  counter->packets += width->wraps.packets;
  counter->octets += width->wraps.octets;
}
