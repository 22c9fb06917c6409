/* SPDX-License-Identifier: MIT */
/* What the columns of wtThresholdTable take in a SET. */
#include <errno.h>
#include <string.h>

#include "threshold.h"

static int check_unsigned(const netsnmp_variable_list *variable, long most)
{
  int status = netsnmp_check_vb_type(variable, ASN_UNSIGNED);

  if (status != SNMP_ERR_NOERROR)
    return status;
  return *variable->val.integer >= 0 && *variable->val.integer <= most ? SNMP_ERR_NOERROR : SNMP_ERR_WRONGVALUE;
}

static int check_interfaces(const netsnmp_variable_list *variable)
{
  char text[sizeof(((struct threshold_values *)NULL)->interfaces)];
  int status = netsnmp_check_vb_type_and_max_size(variable, ASN_OCTET_STR, sizeof(text) - 1);

  if (status != SNMP_ERR_NOERROR)
    return status;
  memcpy(text, variable->val.string, variable->val_len);
  text[variable->val_len] = '\0';
  if (strlen(text) != variable->val_len)
    return SNMP_ERR_WRONGVALUE;
  switch (threshold_check_interfaces(text)) {
  case 0:
    return SNMP_ERR_NOERROR;
  case -ENOMEM:
    return SNMP_ERR_RESOURCEUNAVAILABLE;
  default:
    return SNMP_ERR_WRONGVALUE;
  }
}

/* The library takes nonExistent(0), too, which is no value of a RowStatus. */
static int check_status(const netsnmp_variable_list *variable)
{
  int status = netsnmp_check_vb_rowstatus_value(variable);

  return status == SNMP_ERR_NOERROR && *variable->val.integer == RS_NONEXISTENT ? SNMP_ERR_WRONGVALUE : status;
}

int threshold_check_value(const netsnmp_variable_list *variable, unsigned int column)
{
  switch ((enum threshold_column)column) {
  case THRESHOLD_INTERFACES:
    return check_interfaces(variable);
  case THRESHOLD_DIRECTION:
  case THRESHOLD_SIGNAL:
  case THRESHOLD_STARTUP:
    return netsnmp_check_vb_int_range(variable, 1, 3);
  case THRESHOLD_RISING:
  case THRESHOLD_FALLING:
    return check_unsigned(variable, THRESHOLD_GREATEST_SHARE);
  case THRESHOLD_HOLD:
    return check_unsigned(variable, THRESHOLD_LONGEST_HOLD);
  case THRESHOLD_STORAGE:
    return netsnmp_check_vb_int_range(variable, ST_VOLATILE, ST_NONVOLATILE);
  case THRESHOLD_STATUS:
    return check_status(variable);
  default:
    return SNMP_ERR_NOTWRITABLE;
  }
}

/* Where a number has its place; NULL for the columns that are none. */
static long *place_of(struct threshold_values *values, unsigned int column)
{
  switch ((enum threshold_column)column) {
  case THRESHOLD_DIRECTION:
    return &values->direction;
  case THRESHOLD_SIGNAL:
    return &values->signal;
  case THRESHOLD_RISING:
    return &values->rising;
  case THRESHOLD_FALLING:
    return &values->falling;
  case THRESHOLD_STARTUP:
    return &values->startup;
  case THRESHOLD_HOLD:
    return &values->hold;
  case THRESHOLD_STORAGE:
    return &values->storage;
  default:
    return NULL;
  }
}

void threshold_take_value(struct threshold_values *values, const netsnmp_variable_list *variable, unsigned int column)
{
  long *place = place_of(values, column);

  if (place)
    *place = *variable->val.integer;
  if (column != THRESHOLD_INTERFACES)
    return;
  memset(values->interfaces, 0, sizeof(values->interfaces));
  memcpy(values->interfaces, variable->val.string, variable->val_len);
}
