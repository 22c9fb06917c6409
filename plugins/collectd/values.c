/* SPDX-License-Identifier: MIT */
#include "values.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * The features that decide what a packet stands for: who cuts, who merges, who does checksum and VLAN tag. The kernel
 * names about sixty; the others would cost series on every interface and explain no verdict.
 */
static const char *const features[] = {
    "rx-gro",
    "rx-gro-hw",
    "rx-gro-list",
    "rx-udp-gro-forwarding",
    "rx-lro",
    "rx-checksum",
    "rx-vlan-hw-parse",
    "tx-generic-segmentation",
    "tx-tcp-segmentation",
    "tx-tcp6-segmentation",
    "tx-udp-segmentation",
    "tx-checksum-ip-generic",
    "tx-checksum-ipv4",
    "tx-checksum-ipv6",
    "tx-vlan-hw-insert",
    "hw-tc-offload",
};

/*
 * The functions below pass on a value list that carries what all values of an interface have in common. Each value goes
 * out in a copy of it; collectd takes its own.
 */
static void dispatch(const value_list_t *common, const char *type, const char *type_instance, value_t *values,
                     size_t count)
{
  value_list_t list = *common;

  sstrncpy(list.type, type, sizeof(list.type));
  sstrncpy(list.type_instance, type_instance, sizeof(list.type_instance));
  list.values = values;
  list.values_len = count;
  plugin_dispatch_values(&list);
}

static void dispatch_pair(const value_list_t *common, const char *type, const char *type_instance, uint64_t rx,
                          uint64_t tx)
{
  value_t values[] = {{.derive = (derive_t)rx}, {.derive = (derive_t)tx}};

  if (wt_known(rx) && wt_known(tx))
    dispatch(common, type, type_instance, values, COUNT(values));
}

/* direction-what, or direction-what-signal where a signal is named. */
static void dispatch_gauge(const value_list_t *common, enum wt_direction direction, const char *what,
                           const char *signal, double figure)
{
  value_t value = {.gauge = figure};
  char type_instance[DATA_MAX_NAME_LEN];

  if (isnan(figure))
    return;
  snprintf(type_instance, sizeof(type_instance), "%s-%s%s%s", wt_direction_name(direction), what, signal ? "-" : "",
           signal ? signal : "");
  dispatch(common, "gauge", type_instance, &value, 1);
}

static void dispatch_signal(const value_list_t *common, const char *name, const struct wt_signal *rx,
                            const struct wt_signal *tx)
{
  const struct wt_signal *const sides[WT_DIRECTIONS] = {[WT_RX] = rx, [WT_TX] = tx};

  dispatch_pair(common, "if_packets", name, rx->frames, tx->frames);
  dispatch_pair(common, "if_octets", name, rx->octets, tx->octets);
  for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++) {
    dispatch_gauge(common, d, "ratio", name, sides[d]->ratio);
    dispatch_gauge(common, d, "divergence", name, sides[d]->divergence);
    dispatch_gauge(common, d, "verdict", name, sides[d]->verdict);
  }
}

/* A series that is not configured has neither figures nor verdict: its unknown verdict would tell nobody anything. */
static bool signal_exists(const struct wt_signal *signal)
{
  return wt_known(signal->frames) || wt_known(signal->octets) || signal->verdict != WT_VERDICT_UNKNOWN;
}

/* Half the width of the bounds as a fraction of wire; NAN when a bound is missing or there was no frame yet. */
static double uncertainty(const struct wt_wire *wire)
{
  if (!wt_known(wire->frames) || wire->frames == 0 || !wt_known(wire->low) || !wt_known(wire->high))
    return NAN;
  return ((double)wire->high - (double)wire->low) / (2 * (double)wire->frames);
}

static void dispatch_direction(const value_list_t *common, enum wt_direction d,
                               const struct wt_direction_report *report)
{
  dispatch_gauge(common, d, "cause", NULL, report->cause);
  dispatch_gauge(common, d, "basis", NULL, report->counter.basis);
  dispatch_gauge(common, d, "source", NULL, report->wire.source);
  dispatch_gauge(common, d, "segments_per_packet", NULL, report->segments_per_packet);
  dispatch_gauge(common, d, "uncertainty", NULL, uncertainty(&report->wire));
}

static void dispatch_features(const value_list_t *common, const struct wt_interface *interface)
{
  for (size_t i = 0; i < COUNT(features); i++) {
    const struct wt_feature *feature = wt_interface_feature(interface, features[i]);
    value_t value = {.gauge = feature && feature->active};

    if (feature)
      dispatch(common, "bool", features[i], &value, 1);
  }
}

/* Nothing is sent where nothing is compared: without a baseline, and of an interface that it does not have. */
static void dispatch_drift(const value_list_t *common, const struct wt_interface *interface)
{
  value_t value = {.gauge = (gauge_t)interface->drift_count};

  switch (interface->baseline) {
  case WT_BASELINE_MATCHES:
  case WT_BASELINE_DRIFTS:
  case WT_BASELINE_RENAMED:
    dispatch(common, "gauge", "drift", &value, 1);
    break;
  default:
    break;
  }
}

static void dispatch_interface(value_list_t *common, const struct wt_interface *interface)
{
  const struct wt_direction_report *rx = &interface->direction[WT_RX];
  const struct wt_direction_report *tx = &interface->direction[WT_TX];

  sstrncpy(common->plugin_instance, interface->name, sizeof(common->plugin_instance));
  dispatch_pair(common, "if_packets", "wire", rx->wire.frames, tx->wire.frames);
  dispatch_pair(common, "if_octets", "wire", rx->wire.octets, tx->wire.octets);
  dispatch_pair(common, "if_packets", "stack", rx->packets, tx->packets);
  dispatch_signal(common, "counter", &rx->counter.signal, &tx->counter.signal);
  dispatch_signal(common, "capture", &rx->capture, &tx->capture);
  if (signal_exists(&rx->series) || signal_exists(&tx->series))
    dispatch_signal(common, "series", &rx->series, &tx->series);
  for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++)
    dispatch_direction(common, d, &interface->direction[d]);
  dispatch_features(common, interface);
  dispatch_drift(common, interface);
}

void values_dispatch(const struct wt_report *report, cdtime_t time, bool report_inactive)
{
  value_list_t common = VALUE_LIST_INIT;

  sstrncpy(common.plugin, "wiretruth", sizeof(common.plugin));
  common.time = time;
  for (size_t i = 0; i < report->interface_count; i++)
    if (report_inactive || report->interfaces[i].active)
      dispatch_interface(&common, &report->interfaces[i]);
}
