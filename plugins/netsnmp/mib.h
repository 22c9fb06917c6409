/* SPDX-License-Identifier: MIT */
/* WIRETRUTH-MIB: what it answers from, and its parts. */
#ifndef WT_SNMP_MIB_H
#define WT_SNMP_MIB_H

#include "clock.h"
#include "monitor.h"
#include "netsnmp.h"
#include "notify.h"
#include "table.h"
#include "threshold.h"

struct mib;

/* Registers what is answered from the monitor's last report and the present thresholds. Changes of offloads go to the
 * notifier. 0 or a negative errno. */
int mib_register(struct mib **out, const struct monitor *monitor, const struct threshold_list *thresholds,
                 struct notifier *notifier);

/* Replaces the rows by those of the monitor's present report. To be called after each poll. */
void mib_refresh(struct mib *mib);

/* To be called when there is a session with a master, which may be another one than before, with a sysUpTime of its
 * own. */
void mib_connected(struct mib *mib);

/*
 * Unregisters the MIB and frees it. After the agent library has been shut down, which unregistered it, only the rest
 * is to be freed: mib_free(). NULL is allowed.
 */
void mib_unregister(struct mib *mib);
void mib_free(struct mib *mib);

#endif
