/* SPDX-License-Identifier: MIT */
#include "notify.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "root.h"
#include "value.h"

/* Notifications, below WT_MIB_ROOT, 0. */
enum { DIVERGENCE_RAISED = 1, DIVERGENCE_CLEARED, OFFLOAD_CHANGED, CAPTURE_DEGRADED, CAPTURE_RESTORED };

/* Objects that are for notifications, below WT_MIB_OBJECTS, WT_NOTIFY_ARC. */
enum { SIGNAL = 3, VERDICT, CAUSE, DIVERGENCE, THRESHOLD, TEXT, THRESHOLD_INDEX };

/* What is sent where a share is not known, because the interface is gone. */
#define NO_SHARE UINT32_MAX

static const oid snmp_trap[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
static const oid method_scalar[] = {WT_MIB_OBJECTS, 1, 2, 0};
static const oid if_index[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 1};
static const oid if_name[] = {1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1};
static const oid active_column[] = {WT_MIB_OBJECTS, 2, 1, 7};
static const oid wanted_column[] = {WT_MIB_OBJECTS, 2, 1, 8};
static const oid direction_column[] = {WT_MIB_OBJECTS, 3, 1, 46};

void notify_init(struct notifier *notifier, bool enabled, const bool *connected)
{
  *notifier =
      (struct notifier){.enabled = enabled, .connected = connected, .credit = NOTIFY_BURST, .credited = clock_now()};
}

void notify_enable(struct notifier *notifier, bool enabled)
{
  notifier->enabled = enabled;
  if (!enabled)
    notify_free(notifier);
}

void notify_free(struct notifier *notifier)
{
  for (size_t i = 0; i < notifier->waiting_count; i++)
    snmp_free_varbind(notifier->waiting[i]);
  notifier->waiting_count = 0;
}

/* ---- when ----------------------------------------------------------------------------------------------------- */

static bool is_away(const struct notifier *notifier)
{
  return notifier->connected && !*notifier->connected;
}

static bool take_credit(struct notifier *notifier)
{
  double now = clock_now();

  notifier->credit = fmin(notifier->credit + now - notifier->credited, NOTIFY_BURST);
  notifier->credited = now;
  if (notifier->credit < 1)
    return false;
  notifier->credit--;
  return true;
}

static void send_one(netsnmp_variable_list *variables)
{
  send_v2trap(variables);
  snmp_free_varbind(variables);
}

void notify_flush(struct notifier *notifier)
{
  size_t sent = 0;

  if (is_away(notifier))
    return;
  while (sent < notifier->waiting_count && take_credit(notifier))
    send_one(notifier->waiting[sent++]);
  for (size_t i = sent; i < notifier->waiting_count; i++)
    notifier->waiting[i - sent] = notifier->waiting[i];
  notifier->waiting_count -= sent;
}

/* Takes the variables over. Only what comes while there is no master waits, and what comes after it never overtakes it.
 */
static void submit(struct notifier *notifier, netsnmp_variable_list *variables)
{
  notify_flush(notifier);
  if (is_away(notifier) && notifier->waiting_count < NOTIFY_BURST) {
    notifier->waiting[notifier->waiting_count++] = variables;
  } else if (!is_away(notifier) && notifier->waiting_count == 0 && take_credit(notifier)) {
    send_one(variables);
  } else {
    notifier->suppressed++;
    snmp_free_varbind(variables);
  }
}

/* ---- what ----------------------------------------------------------------------------------------------------- */

struct instance {
  oid name[MAX_OID_LEN];
  size_t length;
};

static struct instance instance_of(const oid *column, size_t length, oid first, oid second)
{
  struct instance instance = {.length = length};

  memcpy(instance.name, column, length * sizeof(oid));
  instance.name[instance.length++] = first;
  if (second)
    instance.name[instance.length++] = second;
  return instance;
}

static void add(netsnmp_variable_list **variables, const struct instance *instance, unsigned char type,
                const void *value, size_t size)
{
  snmp_varlist_add_variable(variables, instance->name, instance->length, type, value, size);
}

static void add_integer(netsnmp_variable_list **variables, const struct instance *instance, long number)
{
  add(variables, instance, ASN_INTEGER, &number, sizeof(number));
}

static struct instance scalar(oid object)
{
  const oid name[] = {WT_MIB_OBJECTS, WT_NOTIFY_ARC, object};

  return instance_of(name, OID_LENGTH(name), 0, 0);
}

static void add_text(netsnmp_variable_list **variables, const char *text)
{
  const struct instance instance = scalar(TEXT);
  char shown[VALUE_DISPLAY_STRING];

  add(variables, &instance, ASN_OCTET_STR, shown, value_display(shown, text));
}

static void add_unsigned(netsnmp_variable_list **variables, oid object, u_long number)
{
  const struct instance instance = scalar(object);

  add(variables, &instance, ASN_UNSIGNED, &number, sizeof(number));
}

static void add_share(netsnmp_variable_list **variables, oid object, double share)
{
  bool known = share * 10000 < NO_SHARE; /* false for NAN, too */

  add_unsigned(variables, object, known ? (u_long)lround(share * 10000) : NO_SHARE);
}

static void add_what(netsnmp_variable_list **variables, oid notification)
{
  const oid name[] = {WT_MIB_ROOT, 0, notification};
  struct instance what = {.length = OID_LENGTH(snmp_trap)};

  memcpy(what.name, snmp_trap, sizeof(snmp_trap));
  add(variables, &what, ASN_OBJECT_ID, name, sizeof(name));
}

/* Names and numbers that are sent are those of the interface also when it is gone. */
static void add_where(netsnmp_variable_list **variables, int ifindex, const char *name)
{
  struct instance where = instance_of(if_index, OID_LENGTH(if_index), (oid)ifindex, 0);

  add_integer(variables, &where, ifindex);
  where = instance_of(if_name, OID_LENGTH(if_name), (oid)ifindex, 0);
  add(variables, &where, ASN_OCTET_STR, name, strlen(name)); /* as snmpd's IF-MIB has it, whatever it is */
}

static void add_number(netsnmp_variable_list **variables, oid object, long number)
{
  const struct instance instance = scalar(object);

  add_integer(variables, &instance, number);
}

void notify_divergence(struct notifier *notifier, const struct wt_alert *alert, unsigned long row)
{
  int number = wt_direction_number(alert->direction);
  const struct instance direction =
      instance_of(direction_column, OID_LENGTH(direction_column), (oid)alert->ifindex, (oid)number);
  netsnmp_variable_list *variables = NULL;

  if (!notifier->enabled)
    return;
  add_what(&variables, alert->severity == WT_SEVERITY_OKAY ? DIVERGENCE_CLEARED : DIVERGENCE_RAISED);
  add_where(&variables, alert->ifindex, alert->interface);
  add_integer(&variables, &direction, number);
  add_number(&variables, SIGNAL, (long)alert->signal + 1);
  add_number(&variables, VERDICT, alert->verdict);
  add_number(&variables, CAUSE, alert->cause);
  add_share(&variables, DIVERGENCE, alert->value);
  add_share(&variables, THRESHOLD, alert->threshold);
  add_text(&variables, alert->text);
  add_unsigned(&variables, THRESHOLD_INDEX, row);
  submit(notifier, variables);
}

void notify_offload(struct notifier *notifier, const struct wt_interface *interface, const struct feature_bits *before,
                    const struct feature_bits *now)
{
  struct instance column = instance_of(active_column, OID_LENGTH(active_column), (oid)interface->ifindex, 0);
  netsnmp_variable_list *variables = NULL;
  char changes[192], sentence[256];

  if (!notifier->enabled)
    return;
  feature_bits_describe(before, now, changes, sizeof(changes));
  snprintf(sentence, sizeof(sentence), "%s: offloads have changed: %s", interface->name, changes);
  add_what(&variables, OFFLOAD_CHANGED);
  add_where(&variables, interface->ifindex, interface->name);
  add(&variables, &column, ASN_OCTET_STR, now->active, sizeof(now->active));
  column = instance_of(wanted_column, OID_LENGTH(wanted_column), (oid)interface->ifindex, 0);
  add(&variables, &column, ASN_OCTET_STR, now->wanted, sizeof(now->wanted));
  add_text(&variables, sentence);
  submit(notifier, variables);
}

void notify_capture(struct notifier *notifier, bool degraded, enum wt_method method, const char *text)
{
  struct instance in_use = {.length = OID_LENGTH(method_scalar)};
  netsnmp_variable_list *variables = NULL;

  if (!notifier->enabled)
    return;
  memcpy(in_use.name, method_scalar, sizeof(method_scalar));
  add_what(&variables, degraded ? CAPTURE_DEGRADED : CAPTURE_RESTORED);
  add_integer(&variables, &in_use, method);
  add_text(&variables, text);
  submit(notifier, variables);
}
