/* SPDX-License-Identifier: MIT */
#include "value.h"

#include <math.h>
#include <string.h>

#include "wiretruth.h"

static void set(netsnmp_request_info *request, unsigned char type, const void *value, size_t length)
{
  if (snmp_set_var_typed_value(request->requestvb, type, value, length) != 0)
    netsnmp_request_set_error(request, SNMP_ERR_GENERR);
}

void value_absent(netsnmp_request_info *request)
{
  netsnmp_request_set_error(request, SNMP_NOSUCHINSTANCE);
}

void value_counter(netsnmp_request_info *request, uint64_t count)
{
  struct counter64 halves = {.high = (u_long)(count >> 32), .low = (u_long)(count & UINT32_MAX)};

  if (wt_known(count))
    set(request, ASN_COUNTER64, &halves, sizeof(halves));
  else
    value_absent(request);
}

void value_counter32(netsnmp_request_info *request, unsigned long count)
{
  u_long counter = count & UINT32_MAX;

  set(request, ASN_COUNTER, &counter, sizeof(counter));
}

void value_integer(netsnmp_request_info *request, long number)
{
  set(request, ASN_INTEGER, &number, sizeof(number));
}

void value_gauge(netsnmp_request_info *request, double number, enum value_rounding rounding)
{
  u_long gauge;

  if (isnan(number)) {
    value_absent(request);
    return;
  }
  number = rounding == VALUE_DOWN ? floor(number) : rounding == VALUE_UP ? ceil(number) : round(number);
  gauge = number <= 0 ? 0 : number >= UINT32_MAX ? UINT32_MAX : (u_long)number;
  set(request, ASN_GAUGE, &gauge, sizeof(gauge));
}

void value_share(netsnmp_request_info *request, double share, enum value_rounding rounding)
{
  value_gauge(request, share * 10000, rounding);
}

size_t value_display(char shown[VALUE_DISPLAY_STRING], const char *text)
{
  size_t length = 0;

  for (; length < VALUE_DISPLAY_STRING && text[length]; length++) {
    shown[length] = '?';
    if (text[length] >= ' ' && text[length] <= '~')
      shown[length] = text[length];
  }
  return length;
}

void value_string(netsnmp_request_info *request, const char *text)
{
  char shown[VALUE_DISPLAY_STRING];

  set(request, ASN_OCTET_STR, shown, value_display(shown, text));
}

void value_bits(netsnmp_request_info *request, const unsigned char *octets, size_t length)
{
  set(request, ASN_OCTET_STR, octets, length);
}

void value_ticks(netsnmp_request_info *request, unsigned long hundredths)
{
  u_long ticks = hundredths;

  set(request, ASN_TIMETICKS, &ticks, sizeof(ticks));
}
