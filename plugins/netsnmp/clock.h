/* SPDX-License-Identifier: MIT */
/*
 * Moments that last: as Unix time they would shift when the clock is set, and as sysUpTime when snmpd restarts, so
 * they are kept by the monotonic clock and become a TimeStamp when they are asked for.
 */
#ifndef WT_SNMP_CLOCK_H
#define WT_SNMP_CLOCK_H

#include <stdbool.h>

/* Seconds of the monotonic clock, as sysUpTime has them: while the host sleeps it stands still. */
double clock_now(void);

/* Seconds by which things grow older, also while the host sleeps. */
double clock_elapsed(void);

/* The moment at which sysUpTime was 0. Starts as all zeros. */
struct clock_uptime {
  bool known;
  double zero;
};

/* The value of sysUpTime at a moment of the monotonic clock; 0 for one before sysUpTime began, and for NAN. */
unsigned long clock_stamp(struct clock_uptime *uptime, double moment);

#endif
