/* SPDX-License-Identifier: MIT */
#include "values.h"
#include "groups.h"
#include "values_parts.h"

/* ---- one value --------------------------------------------------------------------------------------------------- */

void dispatch(const value_list_t *common, const char *type, const char *type_instance, value_t *values, size_t count)
{
  value_list_t list = *common;

  sstrncpy(list.type, type, sizeof(list.type));
  sstrncpy(list.type_instance, type_instance, sizeof(list.type_instance));
  list.values = values;
  list.values_len = count;
  plugin_dispatch_values(&list);
}

void dispatch_value(const value_list_t *common, const char *type, const char *type_instance, double figure)
{
  value_t value = {.gauge = figure};

  if (!isnan(figure))
    dispatch(common, type, type_instance, &value, 1);
}

void dispatch_pair(const value_list_t *common, const char *type, const char *type_instance, uint64_t rx, uint64_t tx)
{
  value_t values[] = {{.derive = (derive_t)rx}, {.derive = (derive_t)tx}};

  if (wt_known(rx) && wt_known(tx))
    dispatch(common, type, type_instance, values, COUNT(values));
}

void dispatch_total(const value_list_t *common, enum wt_direction direction, const char *what, uint64_t total)
{
  value_t value = {.derive = (derive_t)total};
  char type_instance[DATA_MAX_NAME_LEN];

  snprintf(type_instance, sizeof(type_instance), "%s-%s", wt_direction_name(direction), what);
  if (wt_known(total))
    dispatch(common, "derive", type_instance, &value, 1);
}

void dispatch_gauge(const value_list_t *common, enum wt_direction direction, const char *what, const char *signal,
                    double figure)
{
  char type_instance[DATA_MAX_NAME_LEN];

  snprintf(type_instance, sizeof(type_instance), "%s-%s%s%s", wt_direction_name(direction), what, signal ? "-" : "",
           signal ? signal : "");
  dispatch_value(common, "gauge", type_instance, figure);
}

/* ---- signals of an interface ---------------------------------------------------------------------------------------
 */

/* A signal with both of its directions. */
struct sides {
  const char *name;
  const struct wt_signal *side[WT_DIRECTIONS];
};

#define SIGNALS 3

/* A series that is not configured has neither figures nor verdict: its unknown verdict would tell nobody anything. */
static bool signal_exists(const struct wt_signal *signal)
{
  return wt_known(signal->frames) || wt_known(signal->octets) || signal->verdict != WT_VERDICT_UNKNOWN;
}

/* Those that there are; returns their number. */
static size_t signals_of(const struct wt_interface *interface, struct sides signals[static SIGNALS])
{
  const struct wt_direction_report *rx = &interface->direction[WT_RX];
  const struct wt_direction_report *tx = &interface->direction[WT_TX];
  size_t count = 0;

  signals[count++] = (struct sides){"counter", {[WT_RX] = &rx->counter.signal, [WT_TX] = &tx->counter.signal}};
  signals[count++] = (struct sides){"capture", {[WT_RX] = &rx->capture, [WT_TX] = &tx->capture}};
  if (signal_exists(&rx->series) || signal_exists(&tx->series))
    signals[count++] = (struct sides){"series", {[WT_RX] = &rx->series, [WT_TX] = &tx->series}};
  return count;
}

/* ---- groups --------------------------------------------------------------------------------------------------------
 */

/* Half the width of the bounds as a fraction of wire; NAN when a bound is missing or there was no frame yet. */
static double uncertainty(const struct wt_wire *wire)
{
  if (!wt_known(wire->frames) || wire->frames == 0 || !wt_known(wire->low) || !wt_known(wire->high))
    return NAN;
  return ((double)wire->high - (double)wire->low) / (2 * (double)wire->frames);
}

void values_wire(const value_list_t *common, const struct wt_interface *interface)
{
  const struct wt_direction_report *rx = &interface->direction[WT_RX];
  const struct wt_direction_report *tx = &interface->direction[WT_TX];

  dispatch_pair(common, "if_packets", "wire", rx->wire.frames, tx->wire.frames);
  dispatch_pair(common, "if_packets", "stack", rx->packets, tx->packets);
  for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++) {
    const struct wt_direction_report *report = &interface->direction[d];

    dispatch_gauge(common, d, "source", NULL, report->wire.source);
    dispatch_gauge(common, d, "segments_per_packet", NULL, report->segments_per_packet);
    dispatch_gauge(common, d, "uncertainty", NULL, uncertainty(&report->wire));
  }
}

/* Nothing is sent where nothing is compared: without a baseline, and of an interface that it does not have. */
static void dispatch_drift(const value_list_t *common, const struct wt_interface *interface)
{
  switch (interface->baseline) {
  case WT_BASELINE_MATCHES:
  case WT_BASELINE_DRIFTS:
  case WT_BASELINE_RENAMED:
    dispatch_value(common, "gauge", "drift", (double)interface->drift_count);
    break;
  default:
    break;
  }
}

void values_signals(const value_list_t *common, const struct wt_interface *interface)
{
  struct sides signals[SIGNALS];
  size_t count = signals_of(interface, signals);

  for (size_t i = 0; i < count; i++) {
    const struct wt_signal *const *side = signals[i].side;

    dispatch_pair(common, "if_packets", signals[i].name, side[WT_RX]->frames, side[WT_TX]->frames);
    for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++)
      dispatch_gauge(common, d, "verdict", signals[i].name, side[d]->verdict);
  }
  for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++) {
    dispatch_gauge(common, d, "cause", NULL, interface->direction[d].cause);
    dispatch_gauge(common, d, "basis", NULL, interface->direction[d].counter.basis);
  }
  dispatch_drift(common, interface);
}

void values_ratios(const value_list_t *common, const struct wt_interface *interface)
{
  struct sides signals[SIGNALS];
  size_t count = signals_of(interface, signals);

  for (size_t i = 0; i < count; i++)
    for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++) {
      dispatch_gauge(common, d, "ratio", signals[i].name, signals[i].side[d]->ratio);
      dispatch_gauge(common, d, "divergence", signals[i].name, signals[i].side[d]->divergence);
    }
}

void values_octets(const value_list_t *common, const struct wt_interface *interface)
{
  const struct wt_wire *rx = &interface->direction[WT_RX].wire;
  const struct wt_wire *tx = &interface->direction[WT_TX].wire;
  struct sides signals[SIGNALS];
  size_t count = signals_of(interface, signals);

  dispatch_pair(common, "if_octets", "wire", rx->octets, tx->octets);
  for (size_t i = 0; i < count; i++) {
    const struct wt_signal *const *side = signals[i].side;

    dispatch_pair(common, "if_octets", signals[i].name, side[WT_RX]->octets, side[WT_TX]->octets);
  }
}

/* ---- a report ------------------------------------------------------------------------------------------------------
 */

void values_dispatch(const struct wt_report *report, bool report_inactive, unsigned int groups)
{
  value_list_t common = VALUE_LIST_INIT;

  sstrncpy(common.plugin, "wiretruth", sizeof(common.plugin));
  common.time = DOUBLE_TO_CDTIME_T(report->begun);
  groups_dispatch_whole(groups, &common, report);
  for (size_t i = 0; i < report->interface_count; i++) {
    const struct wt_interface *interface = &report->interfaces[i];

    if (!report_inactive && !interface->active)
      continue;
    sstrncpy(common.plugin_instance, interface->name, sizeof(common.plugin_instance));
    groups_dispatch(groups, &common, interface);
  }
}
