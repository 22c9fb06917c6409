/* SPDX-License-Identifier: MIT */
#include "tally.h"

#include "wiretruth.h"

void wt_tally_add(struct wt_tally *a, const struct wt_tally *b)
{
  a->packets += b->packets;
  a->packet_octets += b->packet_octets;
  a->frames += b->frames;
  a->frames_low += b->frames_low;
  a->frames_high += b->frames_high;
  a->octets += b->octets;
  a->octets_low += b->octets_low;
  a->octets_high += b->octets_high;
  a->hidden_tcp += b->hidden_tcp;
  a->hidden_udp += b->hidden_udp;
  if (wt_known(a->vlan_out_of_band) && wt_known(b->vlan_out_of_band))
    a->vlan_out_of_band += b->vlan_out_of_band;
  else
    a->vlan_out_of_band = WT_UNKNOWN;
  a->packets_variance += b->packets_variance;
  a->frames_variance += b->frames_variance;
  a->hidden_variance += b->hidden_variance;
  a->octets_variance += b->octets_variance;
  if (b->unseen > a->unseen)
    a->unseen = b->unseen;
  if (b->unseen_octets > a->unseen_octets)
    a->unseen_octets = b->unseen_octets;
  a->drops += b->drops;
  a->estimated |= b->estimated;
}
