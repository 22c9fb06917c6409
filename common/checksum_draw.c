/* SPDX-License-Identifier: MIT */
#include "checksum_draw.h"

#include <math.h>

unsigned int wt_checksum_budget(size_t interfaces)
{
  size_t share = interfaces ? WT_CHECKSUM_ALL / (2 * interfaces) : WT_CHECKSUM_ALL;

  if (share < 1)
    return 1;
  return share < WT_CHECKSUM_BUDGET ? (unsigned int)share : WT_CHECKSUM_BUDGET;
}

double wt_checksum_probability(double last, double packets, unsigned int budget)
{
  double wanted = packets > budget ? budget / packets : 1;

  return fmin(wanted, 2 * last);
}
