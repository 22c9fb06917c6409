/* SPDX-License-Identifier: MIT */
/* What an octet counter counts. */
#include <math.h>
#include <stddef.h>

#include "divergence.h"

/*
 * What drivers are known to count: octets a unit that they add or leave out (none, the Ethernet header since it was
 * taken off before, that and a tag, the frame check sequence), and whether a tag that is outside the packet is in.
 * Where every packet has such a tag two of them come to the same, and the first that does is taken.
 */
static const struct way {
  int offset;
  enum wt_octet_tags tags;
} ways[] = {
    {0, WT_TAGS_COUNTED},   {0, WT_TAGS_LEFT_OUT}, {-14, WT_TAGS_LEFT_OUT}, {-14, WT_TAGS_COUNTED},
    {-18, WT_TAGS_COUNTED}, {4, WT_TAGS_COUNTED},  {4, WT_TAGS_LEFT_OUT},
};

/* Half of the least that two offsets are apart: a figure that is nearer than this to one of them fits no other. */
static const double half_step = 2;
static const double tag_octets = 4;
/* With fewer tagged units than this share, a tag makes no difference that can be told. */
static const double telling_share = 0.25;

struct fit {
  bool found;
  struct way way;
};

/*
 * The way that explains the counter, so many octets in so many units given, of which so many have a tag outside. What
 * the bracketing leaves open (slack) must be small beside the difference that an offset makes, or nothing is found.
 */
static struct fit find_way(double counted, double octets, double slack, double units, double tagged)
{
  bool tags_tell = tagged > telling_share * units && tag_octets * tagged > 2 * slack;
  double least = half_step * units - slack;
  struct fit fit = {0};

  for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
    double left_out = ways[i].tags == WT_TAGS_LEFT_OUT ? tag_octets * tagged : 0;
    double miss = fabs(counted - octets - ways[i].offset * units + left_out);

    /* What the bracketing leaves open is no reason to prefer another one. */
    if (miss >= least || (fit.found && least <= slack))
      continue;
    least = miss;
    fit = (struct fit){true, ways[i]};
  }
  if (!tags_tell)
    fit.way.tags = WT_TAGS_UNKNOWN;
  return fit;
}

static enum wt_verdict judge(const struct wt_window *window, const struct wt_limits *limits, enum wt_basis basis)
{
  double missing = basis == WT_BASIS_PACKET ? window->octets - window->octets_doubt_low - window->packet_octets : 0;
  double late = window->late * window->octets / window->frames;

  if (missing <= limits->tolerance * window->octets)
    return WT_VERDICT_AGREES;
  return missing > limits->tolerance * window->octets + late ? WT_VERDICT_UNDER_REPORTS : WT_VERDICT_UNKNOWN;
}

void wt_fit_octets(const struct wt_window *window, const struct wt_limits *limits, struct wt_finding *finding)
{
  bool merged = window->hidden_low > 2 * limits->tolerance * window->frames;
  double allowed = limits->tolerance * window->octets;
  double missing = fabs(window->counter_octets - window->octets);
  struct fit wire, packet;
  bool explained;

  if (window->octets <= 0)
    return;
  wire = find_way(window->counter_octets, window->octets, window->octets_slack, window->frames, window->tagged);
  packet = find_way(window->counter_octets, window->packet_octets, fmax(window->octets_slack - window->octets_doubt, 0),
                    window->packets, window->tagged_packets);
  /* Where nothing merged, both ways of counting are the same, and an offset explains what is missing. */
  explained = !merged && wire.found;
  if (merged && wire.found != packet.found) {
    finding->octet_basis = wire.found ? WT_BASIS_WIRE : WT_BASIS_PACKET;
    finding->octet_offset = wire.found ? wire.way.offset : packet.way.offset;
    finding->octet_tags = wire.found ? wire.way.tags : packet.way.tags;
    finding->octet_verdict = judge(window, limits, finding->octet_basis);
  } else if (explained || missing + window->octets_slack <= allowed) {
    finding->octet_verdict = WT_VERDICT_AGREES;
  } else {
    finding->octet_verdict = WT_VERDICT_UNKNOWN;
  }
  if (explained && wire.way.tags != WT_TAGS_UNKNOWN)
    finding->octet_tags = wire.way.tags;
}
