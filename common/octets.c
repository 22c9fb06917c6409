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

/* Half of the least that two offsets are apart: a figure that is nearer than this to one of them fits no other. */
static const double half_step = 2;

struct fit {
  bool found;
  int offset;
};

/* The offset that explains the counter, so many octets in so many units given. What the bracketing leaves open must be
 * small beside the difference that an offset makes, or nothing is found. */
static struct fit find_offset(const struct wt_window *window, double octets, double units)
{
  for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
    double miss = fabs(window->counter_octets - octets - offsets[i] * units);

    if (miss + window->octets_slack < half_step * units)
      return (struct fit){true, offsets[i]};
  }
  return (struct fit){0};
}

static enum wt_verdict judge(const struct wt_window *window, const struct wt_limits *limits, enum wt_basis basis)
{
  double missing = basis == WT_BASIS_PACKET ? window->octets - window->packet_octets : 0;
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
  wire = find_offset(window, window->octets, window->frames);
  packet = find_offset(window, window->packet_octets, window->packets);
  /* Where nothing merged, both ways of counting are the same, and an offset explains what is missing. */
  explained = !merged && wire.found;
  if (merged && wire.found != packet.found) {
    finding->octet_basis = wire.found ? WT_BASIS_WIRE : WT_BASIS_PACKET;
    finding->octet_offset = wire.found ? wire.offset : packet.offset;
    finding->octet_verdict = judge(window, limits, finding->octet_basis);
  } else if (explained || missing + window->octets_slack <= allowed) {
    finding->octet_verdict = WT_VERDICT_AGREES;
  } else {
    finding->octet_verdict = WT_VERDICT_UNKNOWN;
  }
}
