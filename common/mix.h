/* SPDX-License-Identifier: MIT */
/* A hash of 64-bit words, for tables of packets and flows. Not for keys that an attacker must not guess. */
#ifndef WT_MIX_H
#define WT_MIX_H

#include <stdint.h>
#include <string.h>

static inline uint64_t wt_mix(uint64_t hash, uint64_t value)
{
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ hash >> 29;
}

/* In two halves that do not wait for each other. length: a multiple of 16. */
static inline uint64_t wt_mix_octets(uint64_t hash, const void *octets, uint32_t length)
{
  const uint8_t *from = octets;
  uint64_t even = hash, odd = 0, word[2];

  for (uint32_t at = 0; at < length; at += sizeof(word)) {
    memcpy(word, from + at, sizeof(word));
    even = wt_mix(even, word[0]);
    odd = wt_mix(odd, word[1]);
  }
  return wt_mix(even, odd);
}

#endif
