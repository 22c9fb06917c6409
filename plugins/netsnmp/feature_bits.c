/* SPDX-License-Identifier: MIT */
#include "feature_bits.h"

#include <stdio.h>
#include <string.h>

/* The place in this list is the number of the bit: new names go to the end, none is ever moved or removed. */
static const char *const names[] = {
    "rx-gro",
    "rx-gro-hw",
    "rx-lro",
    "rx-gro-list",
    "rx-udp-gro-forwarding",
    "rx-checksum",
    "rx-vlan-hw-parse",
    "rx-vlan-stag-hw-parse",
    "tx-tcp-segmentation",
    "tx-tcp-ecn-segmentation",
    "tx-tcp-mangleid-segmentation",
    "tx-tcp6-segmentation",
    "tx-tcp-accecn-segmentation",
    "tx-udp-segmentation",
    "tx-sctp-segmentation",
    "tx-generic-segmentation",
    "tx-gso-partial",
    "tx-gso-robust",
    "tx-gso-list",
    "tx-gre-segmentation",
    "tx-gre-csum-segmentation",
    "tx-ipxip4-segmentation",
    "tx-ipxip6-segmentation",
    "tx-udp_tnl-segmentation",
    "tx-udp_tnl-csum-segmentation",
    "tx-tunnel-remcsum-segmentation",
    "tx-esp-segmentation",
    "tx-fcoe-segmentation",
    "tx-scatter-gather",
    "tx-scatter-gather-fraglist",
    "tx-checksum-ipv4",
    "tx-checksum-ip-generic",
    "tx-checksum-ipv6",
    "tx-checksum-sctp",
    "tx-checksum-fcoe-crc",
    "tx-vlan-hw-insert",
    "tx-vlan-stag-hw-insert",
    "rx-vlan-filter",
    "rx-vlan-stag-filter",
    "hw-tc-offload",
    "l2-fwd-offload",
    "rx-udp_tunnel-port-offload",
    "esp-hw-offload",
    "esp-tx-csum-hw-offload",
    "tls-hw-tx-offload",
    "tls-hw-rx-offload",
    "tls-hw-record",
    "macsec-hw-offload",
    "hsr-tag-ins-offload",
    "hsr-tag-rm-offload",
    "hsr-fwd-offload",
    "hsr-dup-offload",
    "rx-fcs",
    "rx-all",
    "loopback",
    "rx-hashing",
};

#define NAMES (sizeof(names) / sizeof(names[0]))

_Static_assert((NAMES + 7) / 8 == FEATURE_BITS_OCTETS, "the octets hold every bit and no more");

static void set(unsigned char *octets, size_t bit, bool on)
{
  if (on)
    octets[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
}

struct feature_bits feature_bits(const struct wt_interface *interface)
{
  struct feature_bits bits = {.active = {0}};

  for (size_t i = 0; i < interface->feature_count; i++) {
    const struct wt_feature *feature = &interface->features[i];

    for (size_t bit = 0; bit < NAMES; bit++) {
      if (strcmp(names[bit], feature->name) != 0)
        continue;
      set(bits.active, bit, feature->active);
      set(bits.wanted, bit, feature->wanted);
      set(bits.fixed, bit, feature->fixed);
      set(bits.recorded, bit, feature->recorded);
      set(bits.expected, bit, feature->expected);
      break;
    }
  }
  return bits;
}

bool feature_bits_differ(const struct feature_bits *before, const struct feature_bits *now)
{
  return memcmp(before->active, now->active, sizeof(now->active)) != 0 ||
         memcmp(before->wanted, now->wanted, sizeof(now->wanted)) != 0;
}

void feature_bits_describe(const struct feature_bits *before, const struct feature_bits *now, char *text, size_t size)
{
  size_t used = 0;

  text[0] = '\0';
  for (size_t bit = 0; bit < NAMES; bit++) {
    unsigned char mask = (unsigned char)(0x80 >> bit % 8);
    const char *state = now->active[bit / 8] & mask ? "on" : "off";

    if (((before->active[bit / 8] ^ now->active[bit / 8]) & mask) == 0)
      continue;
    /* Room for the name and for the dots that say that there are more. */
    if (used + strlen(names[bit]) + 16 > size) {
      snprintf(text + used, size - used, ", ...");
      return;
    }
    used += (size_t)snprintf(text + used, size - used, "%s%s is %s", used ? ", " : "", names[bit], state);
  }
  if (!used)
    snprintf(text, size, "what is wanted");
}
