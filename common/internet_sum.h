/* SPDX-License-Identifier: MIT */
/* The sum of the Internet checksum (RFC 1071), eight octets at a time: reading a capture file is little more than it.
 */
#ifndef WT_INTERNET_SUM_H
#define WT_INTERNET_SUM_H

#include <stdint.h>
#include <string.h>

/*
 * Folded, so at most 0xffff, and 0 only where all octets are 0. Summed in the host's byte order, which section 2 (B) of
 * the RFC allows, and swapped at the end. Of an odd number of octets the last one is the upper half of a word.
 */
static inline uint16_t wt_internet_sum(const uint8_t *data, uint32_t length)
{
  uint64_t lower = 0, upper = 0, wide;
  uint32_t word;
  uint16_t half = 0;

  for (; length >= sizeof(wide); data += sizeof(wide), length -= sizeof(wide)) {
    memcpy(&wide, data, sizeof(wide));
    lower += (uint32_t)wide;
    upper += wide >> 32;
  }
  if (length & 4) {
    memcpy(&word, data, sizeof(word));
    lower += word;
    data += sizeof(word);
  }
  if (length & 2) {
    memcpy(&half, data, sizeof(half));
    upper += half;
    data += sizeof(half);
    half = 0;
  }
  if (length & 1) {
    memcpy(&half, data, 1);
    upper += half;
  }
  lower += upper;
  while (lower >> 16)
    lower = (lower & 0xffff) + (lower >> 16);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return __builtin_bswap16((uint16_t)lower);
#else
  return (uint16_t)lower;
#endif
}

#endif
