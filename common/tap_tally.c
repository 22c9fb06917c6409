/* SPDX-License-Identifier: MIT */
#include "tap_tally.h"

#include "dissect.h"

enum {
  TYPICAL_HEADERS = 52,  /* IPv4, TCP, timestamps */
  LONGEST_HEADERS = 128, /* IPv6 with extension headers, TCP with all its options */
};

void wt_tap_add_cpu(struct wt_tap_value *sum, const struct wt_tap_value *one)
{
  sum->packets += one->packets;
  sum->octets += one->octets;
  sum->extra_frames += one->extra_frames;
  sum->extra_frames_low += one->extra_frames_low;
  sum->extra_octets += one->extra_octets;
  sum->hidden_tcp += one->hidden_tcp;
  sum->hidden_udp += one->hidden_udp;
  sum->unmarked += one->unmarked;
  sum->unmarked_extra += one->unmarked_extra;
  sum->unmarked_octets += one->unmarked_octets;
  sum->unparsed_frames += one->unparsed_frames;
  sum->oversize_packets += one->oversize_packets;
  sum->oversize_octets += one->oversize_octets;
  sum->vlan_out_of_band += one->vlan_out_of_band;
  sum->tagged_extra += one->tagged_extra;
}

/* Frames beyond one a packet that so many packets stand for, if each frame holds so many octets. */
static uint64_t beyond(uint64_t packets, uint64_t octets, unsigned int each)
{
  uint64_t frames = (octets + each - 1) / each;

  return frames > packets ? frames - packets : 0;
}

/* The same of packets without a mark: longer than the MTU means two frames at the least. */
static uint64_t oversize(const struct wt_tap_value *value, unsigned int each)
{
  uint64_t frames = beyond(value->oversize_packets, value->oversize_octets, each);

  return frames > value->oversize_packets ? frames : value->oversize_packets;
}

static uint64_t least(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

void wt_tap_tally(const struct wt_tap_value *value, const struct wt_tap_port *port, bool cooked,
                  enum wt_direction direction, struct wt_tally *tally)
{
  unsigned int payload = port->mtu > 2 * TYPICAL_HEADERS ? port->mtu - TYPICAL_HEADERS : WT_LEAST_SEGMENT;
  unsigned int headers = port->link_header + TYPICAL_HEADERS, frame = port->mtu + port->link_header;
  uint64_t over = oversize(value, payload), over_high = oversize(value, WT_LEAST_SEGMENT);
  uint64_t link_header = cooked ? port->link_header : 0;
  uint64_t extra_low = value->extra_frames_low, extra_high = value->extra_frames;

  /* A device that tells no count of what it has merged may tell no size either: its driver fills in one that fits. */
  if (port->guesses && direction == WT_RX && value->unmarked) {
    uint64_t most = beyond(value->unmarked, value->unmarked_octets, WT_LEAST_SEGMENT);
    uint64_t fewest = least(beyond(value->unmarked, value->unmarked_octets, frame), value->unmarked_extra);

    extra_high += most > value->unmarked_extra ? most - value->unmarked_extra : 0;
    extra_low -= least(value->unmarked_extra - fewest, extra_low);
  }
  *tally = (struct wt_tally){
      .packets = value->packets,
      .packet_octets = value->octets + link_header * value->packets,
      .frames = value->packets + value->extra_frames + over,
      /* Longer than the MTU may be one frame all the same: it limits what is sent, and many devices receive more. */
      .frames_low = value->packets + extra_low,
      .frames_high = value->packets + extra_high + over_high,
      .hidden_tcp = value->hidden_tcp,
      .hidden_udp = value->hidden_udp,
      .vlan_out_of_band = value->vlan_out_of_band,
      .tagged_frames = value->vlan_out_of_band + value->tagged_extra,
      .estimated = value->unmarked || value->unparsed_frames || value->oversize_packets ||
                   value->extra_frames_low != value->extra_frames,
  };
  tally->octets_low = tally->packet_octets + value->extra_octets + link_header * value->extra_frames;
  tally->octets = tally->octets_low + headers * (value->unparsed_frames + over);
  tally->octets_high = tally->octets_low + (uint64_t)LONGEST_HEADERS * (value->unparsed_frames + tally->frames_high -
                                                                        value->packets - value->extra_frames);
  /* If fewer frames are believed, fewer headers are. */
  if (value->extra_frames)
    tally->octets_low -= value->extra_octets / value->extra_frames * (value->extra_frames - extra_low);
}

void wt_tap_keep_meaning(struct wt_tally *base, const struct wt_tally *before, const struct wt_tally *after)
{
  base->frames += before->frames - after->frames;
  base->frames_low += before->frames_low - after->frames_low;
  base->frames_high += before->frames_high - after->frames_high;
  base->octets += before->octets - after->octets;
  base->octets_low += before->octets_low - after->octets_low;
  base->octets_high += before->octets_high - after->octets_high;
}
