/* SPDX-License-Identifier: MIT */
/*
 * The numbers and words that JSON, MIB, gauges and dashboards share. They are written out here once more: a number that
 * changes breaks every dashboard, and must break this test first.
 */
#include "check.h"

#include "wiretruth.h"

struct row {
  int constant, number;
  const char *word;
};

typedef const char *(*name_function)(int number);

/* One name function a type of enumeration, so that one loop serves all. */
#define NAME_FUNCTION(type)                                                                                            \
  static const char *type##_name(int number)                                                                           \
  {                                                                                                                    \
    return wt_##type##_name((enum wt_##type)number);                                                                   \
  }

NAME_FUNCTION(direction)
NAME_FUNCTION(verdict)
NAME_FUNCTION(basis)
NAME_FUNCTION(source)
NAME_FUNCTION(cause)
NAME_FUNCTION(method)
NAME_FUNCTION(baseline)
NAME_FUNCTION(checksum_verdict)
NAME_FUNCTION(application_verdict)

static void check_words(const struct row *rows, size_t count, name_function name)
{
  for (size_t i = 0; i < count; i++) {
    check_int(rows[i].word, rows[i].constant, rows[i].number);
    check_text(rows[i].word, name(rows[i].number), rows[i].word);
  }
  /* A number that is none comes from a newer or a broken writer: a skin still has a word to print. */
  check_text("beyond the last", name((int)count), "unknown");
  check_text("far beyond", name(1000000), "unknown");
  check_text("negative", name(-1), "unknown");
  check_done();
}

static void verdicts(void **state)
{
  static const struct row rows[] = {
      {WT_VERDICT_UNKNOWN, 0, "unknown"},
      {WT_VERDICT_AGREES, 1, "agrees"},
      {WT_VERDICT_UNDER_REPORTS, 2, "under-reports"},
      {WT_VERDICT_OVER_REPORTS, 3, "over-reports"},
  };

  (void)state;
  check_words(rows, CHECK_COUNT(rows), verdict_name);
}

static void baselines(void **state)
{
  static const struct row rows[] = {
      {WT_BASELINE_NONE, 0, "none"},
      {WT_BASELINE_MATCHES, 1, "matches"},
      {WT_BASELINE_DRIFTS, 2, "drifts"},
      {WT_BASELINE_NEW, 3, "new"},
      {WT_BASELINE_RENAMED, 4, "renamed"},
      {WT_BASELINE_DAMAGED, 5, "damaged"},
      {WT_BASELINE_UNREADABLE, 6, "unreadable"},
  };

  (void)state;
  check_words(rows, CHECK_COUNT(rows), baseline_name);
}

static void application_verdicts(void **state)
{
  static const struct row rows[] = {
      {WT_APPLICATION_UNKNOWN, 0, "unknown"},
      {WT_APPLICATION_AGREES, 1, "agrees"},
      {WT_APPLICATION_CAPTURE_POINT, 2, "capture-point"},
      {WT_APPLICATION_COUNTER, 3, "counter"},
  };

  (void)state;
  check_words(rows, CHECK_COUNT(rows), application_verdict_name);
}

static void bases(void **state)
{
  static const struct row rows[] = {
      {WT_BASIS_UNDETERMINED, 0, "undetermined"},
      {WT_BASIS_WIRE, 1, "wire"},
      {WT_BASIS_PACKET, 2, "packet"},
      {WT_BASIS_MIXED, 3, "mixed"},
  };

  (void)state;
  check_words(rows, CHECK_COUNT(rows), basis_name);
}

static void sources(void **state)
{
  static const struct row rows[] = {
      {WT_SOURCE_NONE, 0, "none"},     {WT_SOURCE_MAC, 1, "mac"},         {WT_SOURCE_QUEUE, 2, "queue"},
      {WT_SOURCE_TAP, 3, "tap"},       {WT_SOURCE_QDISC, 4, "qdisc"},     {WT_SOURCE_MIRROR, 5, "mirror"},
      {WT_SOURCE_SAMPLE, 6, "sample"}, {WT_SOURCE_COUNTER, 7, "counter"},
  };

  (void)state;
  check_words(rows, CHECK_COUNT(rows), source_name);
}

static void causes(void **state)
{
  static const struct row rows[] = {
      {WT_CAUSE_UNKNOWN, 0, "unknown"},
      {WT_CAUSE_NONE, 1, "none"},
      {WT_CAUSE_GRO, 2, "gro"},
      {WT_CAUSE_HW_GRO, 3, "hw-gro"},
      {WT_CAUSE_LRO, 4, "lro"},
      {WT_CAUSE_TSO, 5, "tso"},
      {WT_CAUSE_GSO, 6, "gso"},
      {WT_CAUSE_USO, 7, "uso"},
      {WT_CAUSE_LOWER_DEVICE, 8, "lower-device"},
      {WT_CAUSE_VIRTUAL_LINK, 9, "virtual-link"},
      {WT_CAUSE_VLAN_OFFLOAD, 10, "vlan-offload"},
      {WT_CAUSE_CHECKSUM_OFFLOAD, 11, "checksum-offload"},
      {WT_CAUSE_BYPASS, 12, "bypass"},
      {WT_CAUSE_CAPTURE_LOSS, 13, "capture-loss"},
      {WT_CAUSE_NAMESPACE, 14, "namespace"},
      {WT_CAUSE_STALE, 15, "stale"},
  };

  (void)state;
  check_words(rows, CHECK_COUNT(rows), cause_name);
}

static void checksum_verdicts(void **state)
{
  static const struct row rows[] = {
      {WT_CHECKSUM_UNKNOWN, 0, "unknown"},
      {WT_CHECKSUM_CLEAN, 1, "clean"},
      {WT_CHECKSUM_ARTEFACT, 2, "artefact"},
      {WT_CHECKSUM_CORRUPTION, 3, "corruption"},
  };

  (void)state;
  check_words(rows, CHECK_COUNT(rows), checksum_verdict_name);
}

static void methods(void **state)
{
  static const struct row rows[] = {
      {WT_METHOD_NONE, 0, "none"},
      {WT_METHOD_EXACT, 1, "exact"},
      {WT_METHOD_SAMPLE, 2, "sample"},
      {WT_METHOD_AUTO, 3, "auto"},
  };

  (void)state;
  check_words(rows, CHECK_COUNT(rows), method_name);
}

/* Inside, a direction is an array index; its number on the outside is another one. */
static void directions(void **state)
{
  static const struct row rows[] = {{WT_RX, 0, "rx"}, {WT_TX, 1, "tx"}};

  (void)state;
  check_int("rx", wt_direction_number(WT_RX), 1);
  check_int("tx", wt_direction_number(WT_TX), 2);
  check_int("directions", WT_DIRECTIONS, 2);
  check_words(rows, CHECK_COUNT(rows), direction_name);
}

static void features_are_found_by_name(void **state)
{
  static const struct wt_feature features[] = {
      {.name = "rx-gro", .active = true}, {.name = "rx-gro-hw"}, {.name = "rx-lro"}};
  const struct wt_interface interface = {.features = features, .feature_count = CHECK_COUNT(features)};
  const struct wt_interface without = {.features = NULL};

  (void)state;
  check("rx-gro", wt_interface_feature(&interface, "rx-gro") == &features[0]);
  check("rx-gro-hw", wt_interface_feature(&interface, "rx-gro-hw") == &features[1]);
  check("rx-lro", wt_interface_feature(&interface, "rx-lro") == &features[2]);
  check("a prefix", !wt_interface_feature(&interface, "rx-gr"));
  check("no such", !wt_interface_feature(&interface, "tx-nothing"));
  check("no ethtool netlink", !wt_interface_feature(&without, "rx-gro"));
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(verdicts),
      cmocka_unit_test(bases),
      cmocka_unit_test(baselines),
      cmocka_unit_test(sources),
      cmocka_unit_test(causes),
      cmocka_unit_test(methods),
      cmocka_unit_test(checksum_verdicts),
      cmocka_unit_test(directions),
      cmocka_unit_test(features_are_found_by_name),
      cmocka_unit_test(application_verdicts),
  };

  return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
