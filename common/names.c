/* SPDX-License-Identifier: MIT */
/* The words of the enumerations: what JSON, tables and log lines say. */
#include "wiretruth.h"
#include <inttypes.h>
#include <stdio.h>

#include <string.h>

static const char *word(const char *const *words, size_t count, unsigned int number)
{
  return number < count && words[number] ? words[number] : "unknown";
}

#define WORD(words, number) word(words, sizeof(words) / sizeof((words)[0]), (unsigned int)(number))

const char *wt_direction_name(enum wt_direction direction)
{
  static const char *const words[] = {[WT_RX] = "rx", [WT_TX] = "tx"};

  return WORD(words, direction);
}

const char *wt_signal_name(enum wt_signal_id signal)
{
  static const char *const words[] = {[WT_COUNTER] = "counter", [WT_CAPTURE] = "capture", [WT_SERIES] = "series"};

  return WORD(words, signal);
}

const char *wt_verdict_name(enum wt_verdict verdict)
{
  static const char *const words[] = {
      [WT_VERDICT_UNKNOWN] = "unknown",
      [WT_VERDICT_AGREES] = "agrees",
      [WT_VERDICT_UNDER_REPORTS] = "under-reports",
      [WT_VERDICT_OVER_REPORTS] = "over-reports",
  };

  return WORD(words, verdict);
}

const char *wt_basis_name(enum wt_basis basis)
{
  static const char *const words[] = {
      [WT_BASIS_UNDETERMINED] = "undetermined",
      [WT_BASIS_WIRE] = "wire",
      [WT_BASIS_PACKET] = "packet",
      [WT_BASIS_MIXED] = "mixed",
  };

  return WORD(words, basis);
}

const char *wt_source_name(enum wt_source source)
{
  static const char *const words[] = {
      [WT_SOURCE_NONE] = "none",     [WT_SOURCE_MAC] = "mac",         [WT_SOURCE_QUEUE] = "queue",
      [WT_SOURCE_TAP] = "tap",       [WT_SOURCE_QDISC] = "qdisc",     [WT_SOURCE_MIRROR] = "mirror",
      [WT_SOURCE_SAMPLE] = "sample", [WT_SOURCE_COUNTER] = "counter",
  };

  return WORD(words, source);
}

const char *wt_cause_name(enum wt_cause cause)
{
  static const char *const words[] = {
      [WT_CAUSE_UNKNOWN] = "unknown",
      [WT_CAUSE_NONE] = "none",
      [WT_CAUSE_GRO] = "gro",
      [WT_CAUSE_HW_GRO] = "hw-gro",
      [WT_CAUSE_LRO] = "lro",
      [WT_CAUSE_TSO] = "tso",
      [WT_CAUSE_GSO] = "gso",
      [WT_CAUSE_USO] = "uso",
      [WT_CAUSE_LOWER_DEVICE] = "lower-device",
      [WT_CAUSE_VIRTUAL_LINK] = "virtual-link",
      [WT_CAUSE_VLAN_OFFLOAD] = "vlan-offload",
      [WT_CAUSE_CHECKSUM_OFFLOAD] = "checksum-offload",
      [WT_CAUSE_BYPASS] = "bypass",
      [WT_CAUSE_CAPTURE_LOSS] = "capture-loss",
      [WT_CAUSE_NAMESPACE] = "namespace",
      [WT_CAUSE_STALE] = "stale",
  };

  return WORD(words, cause);
}

const char *wt_checksum_verdict_name(enum wt_checksum_verdict verdict)
{
  static const char *const words[] = {
      [WT_CHECKSUM_UNKNOWN] = "unknown",
      [WT_CHECKSUM_CLEAN] = "clean",
      [WT_CHECKSUM_ARTEFACT] = "artefact",
      [WT_CHECKSUM_CORRUPTION] = "corruption",
  };

  return WORD(words, verdict);
}

const char *wt_method_name(enum wt_method method)
{
  static const char *const words[] = {
      [WT_METHOD_NONE] = "none",
      [WT_METHOD_EXACT] = "exact",
      [WT_METHOD_SAMPLE] = "sample",
      [WT_METHOD_AUTO] = "auto",
  };

  return WORD(words, method);
}

const char *wt_baseline_name(enum wt_baseline state)
{
  static const char *const words[] = {
      [WT_BASELINE_NONE] = "none",
      [WT_BASELINE_MATCHES] = "matches",
      [WT_BASELINE_DRIFTS] = "drifts",
      [WT_BASELINE_NEW] = "new",
      [WT_BASELINE_RENAMED] = "renamed",
      [WT_BASELINE_DAMAGED] = "damaged",
      [WT_BASELINE_UNREADABLE] = "unreadable",
  };

  return WORD(words, state);
}

const char *wt_count_text(uint64_t count, char text[static WT_COUNT_TEXT])
{
  char digits[WT_COUNT_TEXT];
  size_t length, out = 0;

  if (!wt_known(count)) {
    snprintf(text, WT_COUNT_TEXT, "-");
    return text;
  }
  length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);
  for (size_t i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      text[out++] = ',';
    text[out++] = digits[i];
  }
  text[out] = '\0';
  return text;
}

const struct wt_signal *wt_signal_of(const struct wt_direction_report *direction, enum wt_signal_id signal)
{
  switch (signal) {
  case WT_CAPTURE:
    return &direction->capture;
  case WT_SERIES:
    return &direction->series;
  default:
    return &direction->counter.signal;
  }
}

const struct wt_feature *wt_interface_feature(const struct wt_interface *interface, const char *name)
{
  for (size_t i = 0; i < interface->feature_count; i++)
    if (strcmp(interface->features[i].name, name) == 0)
      return &interface->features[i];
  return NULL;
}

const char *wt_application_verdict_name(enum wt_application_verdict verdict)
{
  static const char *const words[] = {
      [WT_APPLICATION_UNKNOWN] = "unknown",
      [WT_APPLICATION_AGREES] = "agrees",
      [WT_APPLICATION_CAPTURE_POINT] = "capture-point",
      [WT_APPLICATION_COUNTER] = "counter",
  };

  return WORD(words, verdict);
}

const char *wt_alert_kind_name(enum wt_alert_kind kind)
{
  static const char *const words[] = {
      [WT_ALERT_DIVERGENCE] = "divergence",
      [WT_ALERT_DRIFT] = "drift",
      [WT_ALERT_BASIS] = "basis",
      [WT_ALERT_CAPTURE] = "capture",
  };

  return WORD(words, kind);
}

const char *wt_severity_name(enum wt_severity severity)
{
  static const char *const words[] = {
      [WT_SEVERITY_OKAY] = "okay",
      [WT_SEVERITY_WARNING] = "warning",
      [WT_SEVERITY_FAILURE] = "failure",
  };

  return WORD(words, severity);
}
