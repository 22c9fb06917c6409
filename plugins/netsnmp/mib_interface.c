/* SPDX-License-Identifier: MIT */
/* wtInterfaceTable. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "mib_parts.h"
#include "value.h"

enum column {
  NAME = 1,
  KIND,
  DRIVER,
  LOWER,
  LOWER_NAMESPACE,
  MTU,
  OFFLOAD_ACTIVE,
  OFFLOAD_WANTED,
  OFFLOAD_LAST_CHANGE,
  DISCONTINUITY_TIME,
  BASELINE,
  DRIFT,
  DRIFT_ITEMS,
  DRIFT_SINCE,
  MIRROR,
  MIRROR_REASON,
  OFFLOAD_FIXED,
  BASELINE_RECORDED,
  BASELINE_ACTIVE,
  INTERFACE_HORIZON,
};

static bool is_compared(const struct wt_interface *interface)
{
  return interface->baseline == WT_BASELINE_MATCHES || interface->baseline == WT_BASELINE_DRIFTS ||
         interface->baseline == WT_BASELINE_RENAMED;
}

/* "rx-gro: off (expected on); mtu: ...", as far as a DisplayString has room. */
static void answer_drift_items(netsnmp_request_info *request, const struct wt_interface *interface)
{
  char text[256] = "";
  size_t used = 0;

  for (size_t i = 0; i < interface->drift_count; i++) {
    const struct wt_drift *drift = &interface->drift[i];
    char item[sizeof(drift->item) + 2 * WT_DRIFT_TEXT + 32];
    int length = snprintf(item, sizeof(item), "%s%s: %s (expected %s)", used ? "; " : "", drift->item, drift->found,
                          drift->expected);

    if (used + (size_t)length + sizeof("; ...") > sizeof(text)) {
      snprintf(text + used, sizeof(text) - used, "%s...", used ? "; " : "");
      break;
    }
    memcpy(text + used, item, (size_t)length + 1);
    used += (size_t)length;
  }
  value_string(request, text);
}

/* Seldom asked for, so that no row has room for them. */
static void answer_features(netsnmp_request_info *request, const struct wt_interface *interface, enum column column)
{
  const struct feature_bits bits = feature_bits(interface);
  const unsigned char *of_column = column == OFFLOAD_ACTIVE      ? bits.active
                                   : column == OFFLOAD_WANTED    ? bits.wanted
                                   : column == OFFLOAD_FIXED     ? bits.fixed
                                   : column == BASELINE_RECORDED ? bits.recorded
                                                                 : bits.expected;

  if (interface->features)
    value_bits(request, of_column, FEATURE_BITS_OCTETS);
  else
    value_absent(request);
}

static void answer_baseline(netsnmp_request_info *request, enum column column, const struct interface_row *row,
                            struct mib *mib)
{
  const struct wt_interface *interface = row->interface;

  if (column == BASELINE)
    value_integer(request, interface->baseline);
  else if (!is_compared(interface) || (column == DRIFT_SINCE && !interface->drift_count))
    value_absent(request);
  else if (column == DRIFT)
    value_gauge(request, (double)interface->drift_count, VALUE_NEAREST);
  else if (column == DRIFT_ITEMS)
    answer_drift_items(request, interface);
  else if (column == DRIFT_SINCE)
    value_ticks(request, clock_stamp(&mib->uptime, row->drift_since.monotonic));
  else
    answer_features(request, interface, column);
}

static void answer(netsnmp_request_info *request, unsigned int column, const void *table_row, void *context)
{
  const struct interface_row *row = table_row;
  const struct wt_interface *interface = row->interface;
  struct mib *mib = context;

  switch ((enum column)column) {
  case NAME:
    value_string(request, interface->name);
    break;
  case KIND:
    value_string(request, interface->kind);
    break;
  case DRIVER:
    value_string(request, interface->driver);
    break;
  case LOWER:
    value_string(request, interface->lower);
    break;
  case LOWER_NAMESPACE:
    if (interface->lower_netns < 0)
      value_absent(request);
    else
      value_integer(request, interface->lower_netns);
    break;
  case MTU:
    value_gauge(request, interface->mtu, VALUE_NEAREST);
    break;
  case OFFLOAD_ACTIVE:
  case OFFLOAD_WANTED:
  case OFFLOAD_FIXED:
    answer_features(request, interface, (enum column)column);
    break;
  case OFFLOAD_LAST_CHANGE:
    value_ticks(request, clock_stamp(&mib->uptime, row->offload_changed.monotonic));
    break;
  case DISCONTINUITY_TIME:
    value_ticks(request, clock_stamp(&mib->uptime, fmax(row->discontinuity.monotonic, row->revised)));
    break;
  case BASELINE:
  case DRIFT:
  case DRIFT_ITEMS:
  case DRIFT_SINCE:
  case BASELINE_RECORDED:
  case BASELINE_ACTIVE:
    answer_baseline(request, (enum column)column, row, mib);
    break;
  case INTERFACE_HORIZON:
    value_integer(request, (long)(interface->horizon * 100 + 0.5));
    break;
  case MIRROR:
    value_string(request, interface->mirror);
    break;
  case MIRROR_REASON:
    if (interface->mirror[0])
      value_string(request, interface->mirror_reason);
    else
      value_absent(request);
    break;
  default:
    netsnmp_request_set_error(request, SNMP_NOSUCHOBJECT);
  }
}

const struct table_spec mib_interface_spec = {
    .name = "wtInterfaceTable",
    .arc = 2,
    .indexes = 1,
    .first_column = NAME,
    .last_column = INTERFACE_HORIZON,
    .column = answer,
};

struct moment mib_moment_of(double unix_time, const struct moment *old, const struct mib *mib)
{
  const struct wt_report *report = mib->report;
  struct moment moment = {.unix_time = unix_time, .monotonic = NAN, .elapsed = NAN};

  if (isnan(unix_time))
    return moment;
  if (old && old->unix_time == unix_time)
    return *old;
  moment.monotonic = monitor_reported(mib->monitor) - (report->time - unix_time);
  moment.elapsed = clock_elapsed() - monitor_age(mib->monitor) - (report->time - unix_time);
  return moment;
}

/* When the item that has drifted longest was noticed; NAN if none drifts. */
static double first_drift(const struct wt_interface *interface)
{
  double first = NAN;

  for (size_t i = 0; i < interface->drift_count; i++)
    first = fmin(first, interface->drift[i].since);
  return first;
}

/* Totals that reach back beyond the poll before: a rate between the two would show what passed before as a jump. */
static bool reaches_back(const struct wt_interface *interface)
{
  return interface->direction[WT_RX]->revised || interface->direction[WT_TX]->revised;
}

/* The report of the old row is there until all new rows are made. */
static void tell_change(const struct wt_interface *before, const struct wt_interface *now, const struct mib *mib)
{
  const struct feature_bits old = feature_bits(before), bits = feature_bits(now);

  if (feature_bits_differ(&old, &bits))
    notify_offload(mib->notifier, now, &old, &bits);
}

void mib_interface_row(struct interface_row *row, const struct wt_interface *interface, const struct interface_row *old,
                       const struct mib *mib)
{
  table_row_init(&row->row, (oid)interface->ifindex, 0, mib_interface_spec.indexes);
  row->interface = interface;
  /* An ifIndex that is another device's now has no change of its own yet. */
  if (old && !isnan(interface->offload_changed) && old->offload_changed.unix_time != interface->offload_changed)
    tell_change(old->interface, interface, mib);
  row->offload_changed = mib_moment_of(interface->offload_changed, old ? &old->offload_changed : NULL, mib);
  row->drift_since = mib_moment_of(first_drift(interface), old ? &old->drift_since : NULL, mib);
  row->discontinuity = mib_moment_of(interface->discontinuity, old ? &old->discontinuity : NULL, mib);
  /* Totals that no event set back count from 0 since the core was opened: later than snmpd's start, maybe. */
  if (isnan(interface->discontinuity))
    row->discontinuity.monotonic = monitor_opened(mib->monitor);
  /* A poll that failed leaves the report as it was, and its time with it. */
  row->revised = old ? old->revised : NAN;
  if (reaches_back(interface))
    row->revised = monitor_reported(mib->monitor);
}
