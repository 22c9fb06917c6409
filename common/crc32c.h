/* SPDX-License-Identifier: MIT */
/* The checksum of SCTP (RFC 9260, appendix A): CRC32c. */
#ifndef WT_CRC32C_H
#define WT_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Where a sum begins; wt_crc32c_end() of what came last is the checksum. */
#define WT_CRC32C_START UINT32_MAX

/* Goes on over so many octets. */
uint32_t wt_crc32c(uint32_t crc, const uint8_t *data, size_t length);

/* The checksum; SCTP stores it with the least significant octet first. */
static inline uint32_t wt_crc32c_end(uint32_t crc)
{
  return ~crc;
}

#endif
