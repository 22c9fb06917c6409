/* SPDX-License-Identifier: MIT */
/* wiretruth as a module that snmpd loads: `dlmod wiretruth /PATH/wiretruth-snmp.so` in snmpd.conf. */
#ifndef WT_SNMP_DLMOD_H
#define WT_SNMP_DLMOD_H

/* What snmpd looks up, by the name in the dlmod line. It unloads and loads each module again on SIGHUP. */
void init_wiretruth(void);
void deinit_wiretruth(void);

#endif
