/* SPDX-License-Identifier: MIT */
/* Offload features as the BITS of WtOffloadFeatures. */
#ifndef WT_SNMP_FEATURE_BITS_H
#define WT_SNMP_FEATURE_BITS_H

#include "wiretruth.h"

#define FEATURE_BITS_OCTETS 7

/* Features of an interface, bit 0 being the highest of the first octet. */
struct feature_bits {
  unsigned char active[FEATURE_BITS_OCTETS];
  unsigned char wanted[FEATURE_BITS_OCTETS];
  unsigned char fixed[FEATURE_BITS_OCTETS];
  unsigned char recorded[FEATURE_BITS_OCTETS]; /* in its baseline */
  unsigned char expected[FEATURE_BITS_OCTETS]; /* of these, those that it has active */
};

struct feature_bits feature_bits(const struct wt_interface *interface);

/* Whether other features are active or wanted. */
bool feature_bits_differ(const struct feature_bits *before, const struct feature_bits *now);

/* "rx-gro is off, tx-tcp-segmentation is on": what has become active or is so no longer, as far as there is room. */
void feature_bits_describe(const struct feature_bits *before, const struct feature_bits *now, char *text, size_t size);

#endif
