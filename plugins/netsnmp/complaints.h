/* SPDX-License-Identifier: MIT */
/*
 * What Net-SNMP says of lines of a configuration. It goes on after a token that it does not know or that has no value,
 * and tells nobody but the log; an option with a typing error must not be left out in silence.
 */
#ifndef WT_SNMP_COMPLAINTS_H
#define WT_SNMP_COMPLAINTS_H

#include "netsnmp.h"

/* Starts out as zeros, and is there for as long as the library is. */
struct complaints {
  netsnmp_log_handler *handler; /* beside those of the process, which are left as they are; the library's */
  unsigned int count;
};

/* From now on complaints about NAME.conf and NAME.local.conf of whatever directory are counted. Without memory none is.
 */
void complaints_begin(struct complaints *complaints);

/* May be called without complaints_begin(). Returns how many there were. */
unsigned int complaints_end(struct complaints *complaints);

#endif
