/* SPDX-License-Identifier: MIT */
/* Net-SNMP's headers in the order that they need. */
#ifndef WT_SNMP_NETSNMP_H
#define WT_SNMP_NETSNMP_H

/* clang-format off */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>
#include <net-snmp/agent/net-snmp-agent-includes.h>
#include <net-snmp/agent/agent_callbacks.h>
#include <net-snmp/agent/agent_sysORTable.h>
/* clang-format on */

#endif
