/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <math.h>
#include <time.h>

#include "netsnmp.h"

static double seconds_of(clockid_t clock)
{
  struct timespec now;

  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double clock_now(void)
{
  return seconds_of(CLOCK_MONOTONIC);
}

double clock_elapsed(void)
{
  return seconds_of(CLOCK_BOOTTIME);
}

unsigned long clock_stamp(struct clock_uptime *uptime, double moment)
{
  double zero = clock_now() - (double)netsnmp_get_agent_uptime() / 100;
  double stamp;

  /*
   * The library takes sysUpTime over from the master with every answer to a ping, a few milliseconds late each
   * time. A TimeStamp that follows would look like a new discontinuity; only a restart of snmpd moves it further, which
   * whoever hears of it tells us by taking what is known away.
   */
  if (!uptime->known || fabs(zero - uptime->zero) > 1)
    *uptime = (struct clock_uptime){.known = true, .zero = zero};
  stamp = (moment - uptime->zero) * 100;
  return stamp > 0 ? (unsigned long)stamp & UINT32_MAX : 0;
}
