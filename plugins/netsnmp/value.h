/* SPDX-License-Identifier: MIT */
/* Answers to one varbind. A value that is not known is answered noSuchInstance; Net-SNMP passes over it in walks. */
#ifndef WT_SNMP_VALUE_H
#define WT_SNMP_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "netsnmp.h"

enum value_rounding { VALUE_NEAREST, VALUE_DOWN, VALUE_UP };

void value_absent(netsnmp_request_info *request);

/* Counter64; absent if WT_UNKNOWN. */
void value_counter(netsnmp_request_info *request, uint64_t count);

/* Counter32, which wraps. */
void value_counter32(netsnmp_request_info *request, unsigned long count);

void value_integer(netsnmp_request_info *request, long number);

/* Gauge32 or Unsigned32, which are the same on the wire. Absent if NAN; stays within the type's range. */
void value_gauge(netsnmp_request_info *request, double number, enum value_rounding rounding);

/* A share in hundredths of a percent; absent if NAN. */
void value_share(netsnmp_request_info *request, double share, enum value_rounding rounding);

#define VALUE_DISPLAY_STRING 255 /* octets: RFC 2579 */

/* A text as DisplayString: what is not printable ASCII is shown as a question mark, and what is too long ends early.
 * Its length; there is no zero at its end. */
size_t value_display(char shown[VALUE_DISPLAY_STRING], const char *text);
void value_string(netsnmp_request_info *request, const char *text);

/* BITS. */
void value_bits(netsnmp_request_info *request, const unsigned char *octets, size_t length);

/* TimeStamp. */
void value_ticks(netsnmp_request_info *request, unsigned long hundredths);

#endif
