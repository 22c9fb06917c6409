/* SPDX-License-Identifier: MIT */
#include "values.h"
#include "groups.h"
#include "totals.h"
#include "values_parts.h"

/* What was sent before, and whether totals are only to be noted for what is sent later. The worker's alone. */
static struct {
  struct totals *totals;
  bool holding;
} sent;

/* ---- one value --------------------------------------------------------------------------------------------------- */

void dispatch(const value_list_t *common, const char *type, const char *type_instance, value_t *values, size_t count)
{
  value_list_t list = *common;

  if (sent.holding)
    return;
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

static void dispatch_derived(const value_list_t *common, const char *type, const char *type_instance,
                             const uint64_t *totals, size_t count)
{
  value_t values[TOTALS_SOURCES];

  for (size_t i = 0; i < count; i++)
    values[i].derive = (derive_t)totals[i];
  dispatch(common, type, type_instance, values, count);
}

void dispatch_totals(const value_list_t *common, const char *type, const char *type_instance, uint64_t *totals,
                     size_t count)
{
  if (totals_make(sent.totals, type, type_instance, totals, count))
    dispatch_derived(common, type, type_instance, totals, count);
}

void dispatch_estimates(const struct wt_interface *interface)
{
  totals_reach_back(sent.totals,
                    interface && (interface->direction[WT_RX]->revised || interface->direction[WT_TX]->revised));
}

void dispatch_pair(const value_list_t *common, const char *type, const char *type_instance, uint64_t rx, uint64_t tx)
{
  uint64_t totals[] = {rx, tx};

  dispatch_totals(common, type, type_instance, totals, COUNT(totals));
}

void dispatch_total(const value_list_t *common, enum wt_direction direction, const char *what, uint64_t total)
{
  char type_instance[DATA_MAX_NAME_LEN];

  snprintf(type_instance, sizeof(type_instance), "%s-%s", wt_direction_name(direction), what);
  dispatch_totals(common, "derive", type_instance, &total, 1);
}

void hold_total(const value_list_t *common, enum wt_direction direction, const char *what, uint64_t total)
{
  bool holding = sent.holding;

  sent.holding = true;
  dispatch_total(common, direction, what, total);
  sent.holding = holding;
}

void dispatch_gauge(const value_list_t *common, enum wt_direction direction, const char *what, const char *signal,
                    double figure)
{
  char type_instance[DATA_MAX_NAME_LEN];

  /* Most are of interfaces that carry nothing, and unknown. */
  if (isnan(figure))
    return;
  snprintf(type_instance, sizeof(type_instance), "%s-%s%s%s", wt_direction_name(direction), what, signal ? "-" : "",
           signal ? signal : "");
  dispatch_value(common, "gauge", type_instance, figure);
}

/* ---- signals of an interface ---------------------------------------------------------------------------------------
 */

/* A signal with both of its directions. */
struct sides {
  const char *name;
  bool estimated; /* while the tap is detached */
  double sampled; /* Unix time of its newest sample; 0: it is read at each poll */
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
  const struct wt_direction_report *rx = interface->direction[WT_RX];
  const struct wt_direction_report *tx = interface->direction[WT_TX];
  size_t count = 0;

  signals[count++] =
      (struct sides){"counter", false, 0, {[WT_RX] = &rx->counter.signal, [WT_TX] = &tx->counter.signal}};
  signals[count++] = (struct sides){"capture", true, 0, {[WT_RX] = &rx->capture, [WT_TX] = &tx->capture}};
  if (signal_exists(&rx->series) || signal_exists(&tx->series))
    signals[count++] = (struct sides){
        "series", false, fmax(rx->series_time, tx->series_time), {[WT_RX] = &rx->series, [WT_TX] = &tx->series}};
  return count;
}

/* Samples of a series may come in less often than polls do, and long ones apart: a rate needs their own time, and
 * collectd's cache has to wait for the next. */
static void dispatch_sampled_pair(const value_list_t *common, const char *type, const char *type_instance,
                                  double sampled, uint64_t rx, uint64_t tx)
{
  uint64_t totals[] = {rx, tx};
  value_list_t list = *common;
  double gap;

  if (!totals_make_sampled(sent.totals, type, type_instance, totals, COUNT(totals), sampled, &gap))
    return;
  list.time = DOUBLE_TO_CDTIME_T(sampled);
  list.interval = plugin_get_interval();
  if (DOUBLE_TO_CDTIME_T(gap) > list.interval)
    list.interval = DOUBLE_TO_CDTIME_T(gap);
  dispatch_derived(&list, type, type_instance, totals, COUNT(totals));
}

static void dispatch_signal(const value_list_t *common, const struct wt_interface *interface, const char *type,
                            const struct sides *signal, uint64_t rx, uint64_t tx)
{
  if (signal->sampled != 0) {
    dispatch_sampled_pair(common, type, signal->name, signal->sampled, rx, tx);
    return;
  }
  dispatch_estimates(signal->estimated ? interface : NULL);
  dispatch_pair(common, type, signal->name, rx, tx);
  dispatch_estimates(NULL);
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
  const struct wt_direction_report *rx = interface->direction[WT_RX];
  const struct wt_direction_report *tx = interface->direction[WT_TX];

  dispatch_estimates(interface);
  dispatch_pair(common, "if_packets", "wire", rx->wire.frames, tx->wire.frames);
  dispatch_pair(common, "if_packets", "stack", rx->packets, tx->packets);
  dispatch_estimates(NULL);
  for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++) {
    const struct wt_direction_report *report = interface->direction[d];

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

    dispatch_signal(common, interface, "if_packets", &signals[i], side[WT_RX]->frames, side[WT_TX]->frames);
    for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++)
      dispatch_gauge(common, d, "verdict", signals[i].name, side[d]->verdict);
  }
  for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++) {
    dispatch_gauge(common, d, "cause", NULL, interface->direction[d]->cause);
    dispatch_gauge(common, d, "basis", NULL, interface->direction[d]->counter.basis);
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
  const struct wt_wire *rx = &interface->direction[WT_RX]->wire;
  const struct wt_wire *tx = &interface->direction[WT_TX]->wire;
  struct sides signals[SIGNALS];
  size_t count = signals_of(interface, signals);

  dispatch_estimates(interface);
  dispatch_pair(common, "if_octets", "wire", rx->octets, tx->octets);
  dispatch_estimates(NULL);
  for (size_t i = 0; i < count; i++) {
    const struct wt_signal *const *side = signals[i].side;

    dispatch_signal(common, interface, "if_octets", &signals[i], side[WT_RX]->octets, side[WT_TX]->octets);
  }
}

/* ---- a report ------------------------------------------------------------------------------------------------------
 */

static void dispatch_interface(value_list_t *common, const struct wt_interface *interface, unsigned int groups)
{
  sstrncpy(common->plugin_instance, interface->name, sizeof(common->plugin_instance));
  if (totals_of(sent.totals, interface->name, interface->ifindex))
    groups_dispatch(groups, common, interface);
}

int values_dispatch(const struct wt_report *report, bool report_inactive, unsigned int groups)
{
  value_list_t common = VALUE_LIST_INIT;

  if (!sent.totals)
    sent.totals = totals_new();
  if (!sent.totals)
    return -ENOMEM;
  sstrncpy(common.plugin, "wiretruth", sizeof(common.plugin));
  common.time = DOUBLE_TO_CDTIME_T(report->begun);
  totals_begin(sent.totals, report->time, report->seconds);
  if (totals_of(sent.totals, "", 0))
    groups_dispatch_whole(groups, &common, report);
  for (size_t i = 0; i < report->interface_count; i++) {
    sent.holding = !report_inactive && !report->interfaces[i].active;
    dispatch_interface(&common, &report->interfaces[i], groups);
    sent.holding = false;
  }
  totals_end(sent.totals);
  return 0;
}

void values_forget(void)
{
  totals_free(sent.totals);
  sent.totals = NULL;
}
