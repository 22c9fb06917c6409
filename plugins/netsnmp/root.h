/* SPDX-License-Identifier: MIT */
/*
 * Where WIRETRUTH-MIB is rooted: the one place in the code. The other one is the value of wiretruthMIB in
 * mibs/WIRETRUTH-MIB.txt. make MIB_ROOT=1.3.6.1.4.1.NUMBER builds for another root than the one here.
 */
#ifndef WT_SNMP_ROOT_H
#define WT_SNMP_ROOT_H

#ifndef WT_MIB_ROOT
#define WT_MIB_ROOT 1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 2320
#endif

#define WT_MIB_OBJECTS WT_MIB_ROOT, 1
#define WT_NOTIFY_ARC  9

#endif
