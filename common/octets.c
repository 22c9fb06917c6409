/* SPDX-License-Identifier: MIT */
/* What an octet counter counts. */
#include <math.h>
#include <stddef.h>

#include "divergence.h"

/*
 * Octets a unit that drivers are known to add or leave out: none, the Ethernet header (counted after it was taken
 * off), that and a tag, the frame check sequence.
 */
static const int offsets[] = {0, -14, -18, 4};

/* A fit must be this close, as a fraction: 4 octets of a 1,518-octet frame, the least that two offsets are apart, are
 * 0.0026 of it. */
static const double closeness = 0.0008;

struct fit {
  int offset;
  double miss;  /* fraction of the octets, beyond what the bracketing explains */
  int how_many; /* offsets that are close enough: more than one says nothing */
};

static struct fit best_fit(const struct wt_window *window, double octets, double units)
{
  struct fit best = {0, INFINITY, 0};

  for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
    double miss = fabs(window->counter_octets - octets - offsets[i] * units) - window->octets_slack;

    miss = miss > 0 ? miss / octets : 0;
    best.how_many += miss <= closeness;
    if (miss < best.miss) {
      best.miss = miss;
      best.offset = offsets[i];
    }
  }
  return best;
}

static enum wt_verdict judge(const struct wt_window *window, const struct wt_limits *limits, enum wt_basis basis)
{
  double missing = basis == WT_BASIS_PACKET ? window->octets - window->packet_octets : 0;

  return missing > limits->tolerance * window->octets ? WT_VERDICT_UNDER_REPORTS : WT_VERDICT_AGREES;
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
  wire = best_fit(window, window->octets, window->frames);
  packet = best_fit(window, window->packet_octets, window->packets);
  /* Where nothing merged, both ways of counting are the same, and an offset explains what is missing. */
  explained = !merged && wire.how_many;
  if (merged && wire.how_many + packet.how_many == 1) {
    finding->octet_basis = wire.how_many ? WT_BASIS_WIRE : WT_BASIS_PACKET;
    finding->octet_offset = wire.how_many ? wire.offset : packet.offset;
    finding->octet_verdict = judge(window, limits, finding->octet_basis);
  } else if ((explained && window->octets_slack <= allowed) || missing + window->octets_slack <= allowed) {
    finding->octet_verdict = WT_VERDICT_AGREES;
  } else {
    finding->octet_verdict = WT_VERDICT_UNKNOWN;
  }
}
