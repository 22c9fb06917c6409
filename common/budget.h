/* SPDX-License-Identifier: MIT */
/* How much of the time the tap may be attached. Pure. */
#ifndef WT_BUDGET_H
#define WT_BUDGET_H

/*
 * The whole path of one tapped packet, in seconds of one CPU: the clone that a transmitting host makes for a tap and
 * the filter itself, with a parse of the headers of every one. Measured at 0.25 to 0.6 microseconds; the kernel's own
 * BPF statistics show less than half of it, since the clone is not in them.
 */
#define WT_TAP_COST 0.6e-6

/* Longer gaps would leave a change of traffic unseen for too long. */
#define WT_LONGEST_PERIOD 64

/*
 * One interval in how many the tap may be attached, so that it costs no more than so much of one CPU (1: all of it):
 * 1 to WT_LONGEST_PERIOD. packets: a second, of all that the tap sees.
 */
unsigned int wt_budget_period(double packets, double budget);

#endif
