/* SPDX-License-Identifier: MIT */
/*
 * What offloads that neither merge nor cut make of the signals. From include/linux/netdev_features.h,
 * Documentation/networking/{netdev-features,tls-offload,xfrm_device}.rst and drivers/net/macsec.c.
 */
#include "wiretruth.h"

static const struct wt_offload_effect effects[] = {
    {"hw-tc-offload", true, "flows that the device forwards or drops itself pass no capture point"},
    {"l2-fwd-offload", true, "what the device hands to a macvlan above itself passes no capture point here"},
    {"hsr-fwd-offload", true, "what the device forwards round the ring passes no capture point"},
    {"hsr-dup-offload", true, "the device makes the second copy of what is sent, which passes no capture point"},
    {"tls-hw-record", true, "connections that the device terminates pass no capture point"},
    {"tls-hw-tx-offload", false,
     "a capture shows sent TLS records before they are encrypted; their number and length are right"},
    {"tls-hw-rx-offload", false, "a capture shows received TLS records decrypted; their number and length are right"},
    {"esp-hw-offload", false,
     "a capture shows ESP unencrypted, and with packet offload without its headers, which the octets then lack"},
    {"macsec-hw-offload", false,
     "a capture shows MACsec unencrypted; the octets lack its 24 or 32 a frame, and its device's counters may stand "
     "still"},
    {"hsr-tag-ins-offload", false, "the octets of what is sent lack the 6 octets of its tag in each frame"},
    {"hsr-tag-rm-offload", false, "the octets of what is received lack the 6 octets of its tag in each frame"},
    {"rx-fcs", false,
     "received packets end with their frame check sequence: the octets of capture and wire have 4 more each"},
    {"rx-all", false, "damaged frames are handed up and are in all signals"},
};

const struct wt_offload_effect *wt_offload_effects(size_t *count)
{
  *count = sizeof(effects) / sizeof(effects[0]);
  return effects;
}
