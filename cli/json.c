/* SPDX-License-Identifier: MIT */
/*
 * The report as JSON. The keys, their nesting and types are a contract: keys are added, never changed; what is not
 * known is null. A failed allocation anywhere leaves the handle on NULL, and json_object_set_new() passes that on as an
 * error, which ok collects.
 */
#include "check.h"
#include "json_value.h"

struct builder {
  /* The eight states that a feature can be in, shared: a host with 4,000 interfaces has 240,000 features. */
  json_t *feature_states[8];
  bool application; /* was asked for: otherwise null, and not a reason on each direction */
  double time;      /* of the report */
  bool ok;
};

static void set(struct builder *build, json_t *object, const char *key, json_t *value)
{
  if (json_object_set_new(object, key, value))
    build->ok = false;
}

static void append(struct builder *build, json_t *array, json_t *value)
{
  if (json_array_append_new(array, value))
    build->ok = false;
}

static json_t *ratio_json(double ratio)
{
  return real_json(ratio, 5);
}

/* ---- one direction ---- */

static json_t *witnesses_json(struct builder *build, const struct wt_wire *wire)
{
  json_t *array = json_array();

  for (size_t i = 0; i < wire->witness_count; i++) {
    json_t *witness = json_object();

    set(build, witness, "source", json_string(wt_source_name(wire->witnesses[i].source)));
    set(build, witness, "frames", count_json(wire->witnesses[i].frames));
    append(build, array, witness);
  }
  return array;
}

static json_t *wire_json(struct builder *build, const struct wt_wire *wire)
{
  json_t *json = json_object();

  set(build, json, "frames", count_json(wire->frames));
  set(build, json, "octets", count_json(wire->octets));
  set(build, json, "low", count_json(wire->low));
  set(build, json, "high", count_json(wire->high));
  set(build, json, "octets_low", count_json(wire->octets_low));
  set(build, json, "octets_high", count_json(wire->octets_high));
  set(build, json, "source", json_string(wt_source_name(wire->source)));
  set(build, json, "estimated", json_boolean(wire->estimated));
  set(build, json, "witnesses", witnesses_json(build, wire));
  set(build, json, "disagreement", text_or_null(wire->disagreement));
  return json;
}

/* What all signals have. The caller adds what is the signal's own. */
static json_t *signal_json(struct builder *build, const struct wt_signal *signal)
{
  json_t *json = json_object();

  set(build, json, "frames", count_json(signal->frames));
  set(build, json, "octets", count_json(signal->octets));
  set(build, json, "ratio", ratio_json(signal->ratio));
  set(build, json, "divergence", ratio_json(signal->divergence));
  set(build, json, "verdict", json_string(wt_verdict_name(signal->verdict)));
  set(build, json, "reason", text_or_null(signal->reason));
  return json;
}

static json_t *counter_json(struct builder *build, const struct wt_counter_signal *counter)
{
  json_t *json = signal_json(build, &counter->signal);
  bool offset_known = counter->octet_basis != WT_BASIS_UNDETERMINED;

  set(build, json, "basis", json_string(wt_basis_name(counter->basis)));
  set(build, json, "basis_windows", json_integer(counter->basis_windows));
  set(build, json, "octet_basis", json_string(wt_basis_name(counter->octet_basis)));
  set(build, json, "octet_offset", offset_known ? json_integer(counter->octet_offset) : json_null());
  set(build, json, "octet_tags",
      counter->octet_tags == WT_TAGS_UNKNOWN ? json_null() : json_boolean(counter->octet_tags == WT_TAGS_COUNTED));
  set(build, json, "octet_verdict", json_string(wt_verdict_name(counter->octet_verdict)));
  set(build, json, "since", time_json(counter->signal.since));
  return json;
}

static json_t *capture_json(struct builder *build, const struct wt_direction_report *direction)
{
  json_t *json = signal_json(build, &direction->capture);

  set(build, json, "since", time_json(direction->capture.since));
  set(build, json, "drops", count_json(direction->capture_drops));
  return json;
}

static json_t *series_json(struct builder *build, const struct wt_direction_report *direction)
{
  json_t *json = signal_json(build, &direction->series);

  set(build, json, "since", time_json(direction->series.since));
  set(build, json, "cause", json_string(wt_cause_name(direction->series_cause)));
  set(build, json, "sample_time", time_json(direction->series_time));
  set(build, json, "sample_age", time_json(build->time - direction->series_time));
  return json;
}

static json_t *checksum_json(struct builder *build, const struct wt_checksums *checksum,
                             const struct wt_checksum_finding *finding)
{
  json_t *json = json_object();

  set(build, json, "sampled", count_json(checksum->sampled));
  set(build, json, "valid", count_json(checksum->valid));
  set(build, json, "offloaded", count_json(checksum->offloaded));
  set(build, json, "rewritten", count_json(checksum->rewritten));
  set(build, json, "bad", count_json(checksum->bad));
  set(build, json, "absent", count_json(checksum->absent));
  set(build, json, "unverifiable", count_json(checksum->unverifiable));
  set(build, json, "verdict", json_string(wt_checksum_verdict_name(finding->verdict)));
  set(build, json, "reason", text_or_null(finding->reason));
  set(build, json, "cause", json_string(wt_cause_name(finding->cause)));
  set(build, json, "bad_low", ratio_json(finding->bad_low));
  set(build, json, "bad_high", ratio_json(finding->bad_high));
  set(build, json, "kernel_errors", count_json(finding->errors));
  return json;
}

static json_t *vlan_json(struct builder *build, const struct wt_direction_report *direction)
{
  json_t *json = json_object();
  enum wt_octet_tags counted = direction->counter.octet_tags;

  set(build, json, "packets", count_json(direction->vlan_out_of_band));
  set(build, json, "frames", count_json(direction->vlan.frames));
  set(build, json, "missed_octets", count_json(direction->vlan.missed_octets));
  set(build, json, "restored_octets", count_json(direction->vlan.restored_octets));
  set(build, json, "counted", counted == WT_TAGS_UNKNOWN ? json_null() : json_boolean(counted == WT_TAGS_COUNTED));
  return json;
}

/* Both ends, as "NAME_low" and "NAME_high". */
static void set_bounds(struct builder *build, json_t *object, const char *name, const struct wt_bounds *bounds)
{
  char key[64];

  snprintf(key, sizeof(key), "%s_low", name);
  set(build, object, key, count_json(bounds->low));
  snprintf(key, sizeof(key), "%s_high", name);
  set(build, object, key, count_json(bounds->high));
}

static json_t *hidden_json(struct builder *build, const struct wt_hidden *hidden)
{
  json_t *json = json_object();

  set(build, json, "frames", count_json(hidden->frames));
  set(build, json, "low", count_json(hidden->low));
  set(build, json, "high", count_json(hidden->high));
  set(build, json, "tcp", count_json(hidden->tcp));
  set(build, json, "udp", count_json(hidden->udp));
  set_bounds(build, json, "pushes", &hidden->pushes);
  set(build, json, "retransmitted_segments", count_json(hidden->retransmitted_segments));
  set_bounds(build, json, "retransmitted_packets", &hidden->retransmitted_packets);
  set(build, json, "duplicate_packets", count_json(hidden->duplicate_packets));
  set_bounds(build, json, "duplicate_segments", &hidden->duplicate_segments);
  set(build, json, "out_of_order_packets", count_json(hidden->out_of_order_packets));
  set_bounds(build, json, "out_of_order_segments", &hidden->out_of_order_segments);
  return json;
}

static json_t *application_json(struct builder *build, const struct wt_application_direction *application)
{
  json_t *json = json_object();

  set(build, json, "segments", count_json(application->segments));
  set(build, json, "octets", count_json(application->octets));
  set(build, json, "verdict", json_string(wt_application_verdict_name(application->verdict)));
  set(build, json, "reason", text_or_null(application->reason));
  return json;
}

static json_t *direction_json(struct builder *build, const struct wt_direction_report *direction)
{
  json_t *json = json_object();

  set(build, json, "wire", wire_json(build, &direction->wire));
  set(build, json, "packets", count_json(direction->packets));
  set(build, json, "segments_per_packet", real_json(direction->segments_per_packet, 2));
  set(build, json, "counter", counter_json(build, &direction->counter));
  set(build, json, "capture", capture_json(build, direction));
  set(build, json, "series", series_json(build, direction));
  set(build, json, "checksum", checksum_json(build, &direction->checksum, &direction->checksum_finding));
  set(build, json, "vlan_out_of_band", count_json(direction->vlan_out_of_band));
  set(build, json, "vlan", vlan_json(build, direction));
  set(build, json, "hidden", hidden_json(build, &direction->hidden));
  set(build, json, "cause", json_string(wt_cause_name(direction->cause)));
  set(build, json, "application", build->application ? application_json(build, &direction->application) : json_null());
  return json;
}

/* ---- one interface ---- */

static bool build_feature_states(struct builder *build)
{
  for (unsigned int state = 0; state < 8; state++) {
    json_t *json = json_object();

    set(build, json, "active", json_boolean(state & 1));
    set(build, json, "fixed", json_boolean(state & 2));
    set(build, json, "requested", json_boolean(state & 4));
    build->feature_states[state] = json;
  }
  return build->ok;
}

static void free_feature_states(struct builder *build)
{
  for (unsigned int state = 0; state < 8; state++)
    json_decref(build->feature_states[state]);
}

/* In the form of `ethtool --json -k`. Null where the kernel cannot be asked: no feature would mean all are off. */
static json_t *offload_json(struct builder *build, const struct wt_interface *interface)
{
  json_t *json;

  if (!interface->features)
    return json_null();
  json = json_object();
  for (size_t i = 0; i < interface->feature_count; i++) {
    const struct wt_feature *feature = &interface->features[i];
    unsigned int state = (feature->active ? 1 : 0) | (feature->fixed ? 2 : 0) | (feature->wanted ? 4 : 0);

    set(build, json, feature->name, json_incref(build->feature_states[state]));
  }
  return json;
}

/* Those that are active and that can make a signal wrong. */
static json_t *effects_json(struct builder *build, const struct wt_interface *interface)
{
  json_t *array = json_array();
  size_t count;
  const struct wt_offload_effect *effects = wt_offload_effects(&count);

  for (size_t i = 0; i < count; i++) {
    json_t *effect;

    if (!cli_is_active(interface, effects[i].feature))
      continue;
    effect = json_object();
    set(build, effect, "feature", json_string(effects[i].feature));
    set(build, effect, "effect", json_string(effects[i].effect));
    append(build, array, effect);
  }
  return array;
}

static json_t *baseline_json(struct builder *build, const struct wt_interface *interface)
{
  json_t *json = json_object(), *array = json_array();

  for (size_t i = 0; i < interface->drift_count; i++) {
    const struct wt_drift *drift = &interface->drift[i];
    json_t *item = json_object();

    set(build, item, "item", text_json(drift->item));
    set(build, item, "expected", text_json(drift->expected));
    set(build, item, "found", text_json(drift->found));
    set(build, item, "since", time_json(drift->since));
    append(build, array, item);
  }
  set(build, json, "state", json_string(wt_baseline_name(interface->baseline)));
  set(build, json, "drift", array);
  return json;
}

/* The interface's own IPv6 MIB. */
static json_t *ipv6_json(struct builder *build, const struct wt_interface *interface)
{
  json_t *json = json_object();

  set(build, json, "in_segments", count_json(interface->ipv6_in_segments));
  set(build, json, "out_packets", count_json(interface->ipv6_out_packets));
  return json;
}

static json_t *interface_json(struct builder *build, const struct wt_interface *interface)
{
  json_t *json = json_object();

  set(build, json, "name", text_json(interface->name));
  set(build, json, "ifindex", json_integer(interface->ifindex));
  set(build, json, "mtu", json_integer(interface->mtu));
  set(build, json, "kind", text_or_null(interface->kind));
  set(build, json, "driver", text_or_null(interface->driver));
  set(build, json, "lower", text_or_null(interface->lower));
  set(build, json, "lower_netns", interface->lower_netns >= 0 ? json_integer(interface->lower_netns) : json_null());
  set(build, json, "mirror", text_or_null(interface->mirror));
  set(build, json, "mirror_reason", text_or_null(interface->mirror_reason));
  set(build, json, "ipv6", ipv6_json(build, interface));
  set(build, json, "discontinuity", time_json(interface->discontinuity));
  set(build, json, "baseline", baseline_json(build, interface));
  set(build, json, "offload", offload_json(build, interface));
  set(build, json, "other_offloads", effects_json(build, interface));
  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++)
    set(build, json, wt_direction_name(direction), direction_json(build, interface->direction[direction]));
  return json;
}

/* ---- the whole ---- */

static json_t *namespace_json(struct builder *build, const struct wt_namespace *namespace)
{
  json_t *json = json_object();

  set(build, json, "ip_in_segments", count_json(namespace->ip_in_segments));
  set(build, json, "ip_out_packets", count_json(namespace->ip_out_packets));
  set(build, json, "tcp_out_segments", count_json(namespace->tcp_out_segments));
  set(build, json, "tcp_retransmitted", count_json(namespace->tcp_retransmitted));
  set(build, json, "tcp_in_packets", count_json(namespace->tcp_in_packets));
  set(build, json, "in_checksum_errors", count_json(namespace->in_checksum_errors));
  set(build, json, "tcp_lost_retransmits", count_json(namespace->tcp_lost_retransmits));
  set(build, json, "tcp_reported_duplicates", count_json(namespace->tcp_reported_duplicates));
  set(build, json, "tcp_duplicate_packets", count_json(namespace->tcp_duplicate_packets));
  set(build, json, "tcp_out_of_order_packets", count_json(namespace->tcp_out_of_order_packets));
  return json;
}

/* The file as a whole; what it says of an interface is there. */
static json_t *baseline_report_json(struct builder *build, const struct wt_baseline_report *baseline)
{
  json_t *json = json_object(), *missing = json_array();

  for (size_t i = 0; i < baseline->missing_count; i++)
    append(build, missing, text_json(baseline->missing[i]));
  set(build, json, "in_use", json_boolean(baseline->state == WT_BASELINE_MATCHES));
  set(build, json, "reason", text_or_null(baseline->reason));
  set(build, json, "missing", missing);
  return json;
}

static json_t *application_report_json(struct builder *build, const struct wt_application *application)
{
  json_t *json;

  if (!application->on)
    return json_null();
  json = json_object();
  set(build, json, "bytes_acked", count_json(application->bytes_acked));
  set(build, json, "bytes_received", count_json(application->bytes_received));
  set(build, json, "segments_out", count_json(application->segments_out));
  set(build, json, "segments_in", count_json(application->segments_in));
  set(build, json, "retransmitted_segments", count_json(application->retransmitted_segments));
  set(build, json, "retransmitted_bytes", count_json(application->retransmitted_bytes));
  set(build, json, "connections", count_json(application->connections));
  set(build, json, "coverage_out", ratio_json(application->coverage_out));
  set(build, json, "coverage_in", ratio_json(application->coverage_in));
  set(build, json, "reason", text_or_null(application->reason));
  return json;
}

/* Where the series comes from; what it says of an interface is there. */
static json_t *series_report_json(struct builder *build, const struct wt_series_report *series)
{
  json_t *json = json_object();

  set(build, json, "url", text_or_null(series->url));
  set(build, json, "error", text_or_null(series->error));
  set(build, json, "answered", time_json(series->answered));
  set(build, json, "devices", count_json(series->devices));
  return json;
}

static json_t *interfaces_json(struct builder *build, const struct wt_report *report)
{
  json_t *array = json_array();

  for (size_t i = 0; i < report->interface_count; i++)
    append(build, array, interface_json(build, &report->interfaces[i]));
  return array;
}

json_t *json_report(const struct wt_report *report)
{
  struct builder build = {.application = report->application.on, .time = report->time, .ok = true};
  json_t *json = json_object();

  build_feature_states(&build);
  set(&build, json, "schema", json_integer(1));
  set(&build, json, "version", json_string(WT_VERSION));
  set(&build, json, "time", time_json(report->time));
  set(&build, json, "seconds", time_json(report->seconds));
  set(&build, json, "method", json_string(wt_method_name(report->method)));
  set(&build, json, "method_reason", text_or_null(report->method_reason));
  set(&build, json, "offload_error", text_or_null(report->offload_error));
  set(&build, json, "tap_share", ratio_json(report->tap_share));
  set(&build, json, "horizon", time_json(report->horizon));
  set(&build, json, "namespace", namespace_json(&build, &report->namespace));
  set(&build, json, "baseline", baseline_report_json(&build, &report->baseline));
  set(&build, json, "application", application_report_json(&build, &report->application));
  set(&build, json, "series", series_report_json(&build, &report->series));
  set(&build, json, "interfaces", interfaces_json(&build, report));
  free_feature_states(&build);
  if (build.ok)
    return json;
  json_decref(json);
  return NULL;
}
