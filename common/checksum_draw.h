/* SPDX-License-Identifier: MIT */
/* How many packets are drawn for a look at their checksums. Pure. */
#ifndef WT_CHECKSUM_DRAW_H
#define WT_CHECKSUM_DRAW_H

#include <stddef.h>

enum {
  WT_CHECKSUM_BUDGET = 64, /* packets an interval, interface and direction */
  WT_CHECKSUM_BURST = 4,   /* times that many, at most, where there are more packets than before */
  WT_CHECKSUM_ALL = 320,   /* of all interfaces together, though at least one of each */
};

/* Before anything is known of the traffic. */
#define WT_CHECKSUM_FIRST (1.0 / 16)

/* Of each of so many interfaces and each direction. At least 1. */
unsigned int wt_checksum_budget(size_t interfaces);

/*
 * The probability for the next interval, so that about budget packets come of traffic like the last one's, of which
 * there were so many. Down at once, up by halves: a burst may come as suddenly as the last one went, and the budget
 * would be used up by its beginning.
 */
double wt_checksum_probability(double last, double packets, unsigned int budget);

#endif
