/* SPDX-License-Identifier: MIT */
#include "values_parts.h"

/*
 * The features that decide what a packet stands for: who cuts, who merges, who does checksum and VLAN tag; and those
 * that can make a signal wrong in other ways. The kernel names about sixty; the others would cost series on every
 * interface and explain no verdict.
 */
static const char *const features[] = {
    "rx-gro",
    "rx-gro-hw",
    "rx-gro-list",
    "rx-udp-gro-forwarding",
    "rx-lro",
    "rx-checksum",
    "rx-vlan-hw-parse",
    "tx-generic-segmentation",
    "tx-tcp-segmentation",
    "tx-tcp6-segmentation",
    "tx-udp-segmentation",
    "tx-checksum-ip-generic",
    "tx-checksum-ipv4",
    "tx-checksum-ipv6",
    "tx-vlan-hw-insert",
    "hw-tc-offload",
    "rx-hashing",
    "rx-udp_tunnel-port-offload",
    "tls-hw-tx-offload",
    "tls-hw-rx-offload",
    "tls-hw-record",
    "macsec-hw-offload",
    "esp-hw-offload",
    "esp-tx-csum-hw-offload",
};

void values_offload(const value_list_t *common, const struct wt_interface *interface)
{
  for (size_t i = 0; i < COUNT(features); i++) {
    const struct wt_feature *feature = wt_interface_feature(interface, features[i]);

    if (feature)
      dispatch_value(common, "bool", features[i], feature->active);
  }
}
