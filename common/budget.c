/* SPDX-License-Identifier: MIT */
#include "budget.h"

#include <math.h>

unsigned int wt_budget_period(double packets, double budget)
{
  double period = ceil(packets * WT_TAP_COST / budget);

  return period < 1 ? 1 : period < WT_LONGEST_PERIOD ? (unsigned int)period : WT_LONGEST_PERIOD;
}
