/* SPDX-License-Identifier: MIT */
/* Where WIRETRUTH-MIB is rooted: the one place in the code. mibs/WIRETRUTH-MIB.txt has the other. */
#ifndef WT_SNMP_ROOT_H
#define WT_SNMP_ROOT_H

/* netSnmpPlaypen 2320 */
#ifndef WT_MIB_ROOT
#define WT_MIB_ROOT 1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 2320
#endif

#define WT_MIB_OBJECTS WT_MIB_ROOT, 1
#define WT_NOTIFY_ARC  9

#endif
