/* SPDX-License-Identifier: MIT */
/* What a report has for the log: news and alerts. */
#ifndef WT_SNMP_REPORT_LOG_H
#define WT_SNMP_REPORT_LOG_H

#include "wiretruth.h"

/* Once for each report, in Net-SNMP's thread. */
void report_log(const struct wt_report *report);

#endif
