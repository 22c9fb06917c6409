/* SPDX-License-Identifier: MIT */
/* A copy of a report has all that the report has, and nothing of it is the report's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wiretruth.h"

enum { INTERFACES = 3, FEATURES = 2, DRIFTS = 2, NEWS = 2, ALERTS = 3, MISSING = 2 };

static void *zeros(size_t count, size_t size)
{
  void *memory = calloc(count, size);

  assert_non_null(memory);
  return memory;
}

static struct wt_news *make_news(const char *about)
{
  struct wt_news *news = zeros(NEWS, sizeof(*news));

  for (int i = 0; i < NEWS; i++) {
    news[i].good = i == 1;
    snprintf(news[i].text, sizeof(news[i].text), "%s %d", about, i);
  }
  return news;
}

/* The first feature's name is the same text for all interfaces, as in a report; the other's is of each. */
static void fill_interface(struct wt_interface *interface, int number, const char *shared)
{
  struct wt_direction_report *directions = zeros(WT_DIRECTIONS, sizeof(*directions));
  struct wt_feature *features = zeros(FEATURES, sizeof(*features));
  struct wt_drift *drift = zeros(DRIFTS, sizeof(*drift));

  snprintf(interface->name, sizeof(interface->name), "eth%d", number);
  interface->ifindex = number;
  directions[WT_TX].wire.frames = 1000U + (unsigned int)number;
  for (int i = 0; i < WT_DIRECTIONS; i++)
    interface->direction[i] = &directions[i];
  features[0] = (struct wt_feature){.name = shared, .active = true};
  features[1] = (struct wt_feature){.name = strdup(number == 1 ? "tx-udp" : "rx-gro"), .wanted = true};
  interface->features = features;
  interface->feature_count = FEATURES;
  for (int i = 0; i < DRIFTS; i++) {
    snprintf(drift[i].item, sizeof(drift[i].item), "item %d of %d", i, number);
    drift[i].since = number + i;
  }
  interface->drift = drift;
  interface->drift_count = DRIFTS;
}

static void fill_baseline(struct wt_baseline_report *baseline)
{
  const char **missing = zeros(MISSING, sizeof(*missing));

  missing[0] = strdup("gone0");
  missing[1] = strdup("gone1");
  baseline->missing = missing;
  baseline->missing_count = MISSING;
  baseline->news = make_news("baseline");
  baseline->news_count = NEWS;
}

static void fill(struct wt_report *report, const char *shared)
{
  struct wt_interface *interfaces = zeros(INTERFACES, sizeof(*interfaces));
  struct wt_alert *alerts = zeros(ALERTS, sizeof(*alerts));

  report->time = 1234.5;
  snprintf(report->degraded, sizeof(report->degraded), "samples were lost");
  fill_baseline(&report->baseline);
  snprintf(report->series.url, sizeof(report->series.url), "http://exporter/metrics");
  report->series.news = make_news("series");
  report->series.news_count = NEWS;
  report->news = make_news("report");
  report->news_count = NEWS;
  for (int i = 0; i < ALERTS; i++)
    snprintf(alerts[i].text, sizeof(alerts[i].text), "alert %d", i);
  report->alerts = alerts;
  report->alert_count = ALERTS;
  for (int i = 0; i < INTERFACES; i++)
    fill_interface(&interfaces[i], i, shared);
  report->interfaces = interfaces;
  report->interface_count = INTERFACES;
}

/* Whoever looks at any of it afterwards is told by the address sanitizer. */
static void empty(struct wt_report *report)
{
  for (size_t i = 0; i < report->interface_count; i++) {
    free((char *)report->interfaces[i].features[1].name);
    free((struct wt_direction_report *)report->interfaces[i].direction[0]);
    free((struct wt_feature *)report->interfaces[i].features);
    free((struct wt_drift *)report->interfaces[i].drift);
  }
  for (size_t i = 0; i < report->baseline.missing_count; i++)
    free((char *)report->baseline.missing[i]);
  free((const char **)report->baseline.missing);
  free((struct wt_news *)report->baseline.news);
  free((struct wt_news *)report->series.news);
  free((struct wt_news *)report->news);
  free((struct wt_alert *)report->alerts);
  free((struct wt_interface *)report->interfaces);
  memset(report, 0xa5, sizeof(*report));
}

static void check_news(const struct wt_news *news, size_t count, const char *about)
{
  struct wt_news *same = make_news(about);

  assert_int_equal(count, NEWS);
  assert_memory_equal(news, same, NEWS * sizeof(*news));
  free(same);
}

static void check_interface(const struct wt_interface *interface, int number)
{
  char text[40];

  snprintf(text, sizeof(text), "eth%d", number);
  assert_string_equal(interface->name, text);
  assert_int_equal(interface->direction[WT_TX]->wire.frames, 1000 + number);
  assert_int_equal(interface->feature_count, FEATURES);
  assert_string_equal(interface->features[0].name, "rx-shared");
  assert_true(interface->features[0].active);
  assert_string_equal(interface->features[1].name, number == 1 ? "tx-udp" : "rx-gro");
  assert_true(interface->features[1].wanted);
  assert_int_equal(interface->drift_count, DRIFTS);
  for (int i = 0; i < DRIFTS; i++) {
    snprintf(text, sizeof(text), "item %d of %d", i, number);
    assert_string_equal(interface->drift[i].item, text);
    assert_true(interface->drift[i].since == number + i);
  }
}

static void has_all_of_it(void **state)
{
  char *shared = strdup("rx-shared");
  struct wt_report report = {0}, *copy;

  (void)state;
  fill(&report, shared);
  copy = wt_report_copy(&report);
  assert_non_null(copy);
  empty(&report);
  free(shared);

  assert_true(copy->time == 1234.5);
  assert_string_equal(copy->degraded, "samples were lost");
  assert_string_equal(copy->series.url, "http://exporter/metrics");
  assert_int_equal(copy->baseline.missing_count, MISSING);
  assert_string_equal(copy->baseline.missing[0], "gone0");
  assert_string_equal(copy->baseline.missing[1], "gone1");
  check_news(copy->baseline.news, copy->baseline.news_count, "baseline");
  check_news(copy->series.news, copy->series.news_count, "series");
  check_news(copy->news, copy->news_count, "report");
  assert_int_equal(copy->alert_count, ALERTS);
  assert_string_equal(copy->alerts[ALERTS - 1].text, "alert 2");
  assert_int_equal(copy->interface_count, INTERFACES);
  for (int i = 0; i < INTERFACES; i++)
    check_interface(&copy->interfaces[i], i);
  wt_report_free(copy);
}

/* The kernel's names are there once, however many devices have them. */
static void has_shared_names_once(void **state)
{
  char *shared = strdup("rx-shared");
  struct wt_report report = {0}, *copy;

  (void)state;
  fill(&report, shared);
  copy = wt_report_copy(&report);
  assert_non_null(copy);
  assert_ptr_equal(copy->interfaces[0].features[0].name, copy->interfaces[2].features[0].name);
  assert_ptr_not_equal(copy->interfaces[0].features[0].name, shared);
  wt_report_free(copy);
  empty(&report);
  free(shared);
}

/* So is what is said of many interfaces, and the features that they have in common. */
static void has_once_what_interfaces_share(void **state)
{
  char *shared = strdup("rx-shared");
  struct wt_report report = {0}, *copy;
  const struct wt_interface *from, *to;

  (void)state;
  fill(&report, shared);
  from = report.interfaces;
  for (int i = 0; i < INTERFACES; i++) {
    struct wt_interface *interface = (struct wt_interface *)&from[i];

    free(i ? (struct wt_direction_report *)interface->direction[0] : NULL);
    interface->direction[WT_RX] = interface->direction[WT_TX] = from[0].direction[WT_RX];
  }
  copy = wt_report_copy(&report);
  assert_non_null(copy);
  to = copy->interfaces;
  for (int i = 0; i < INTERFACES; i++) {
    assert_ptr_equal(to[i].direction[WT_RX], to[0].direction[WT_TX]);
    assert_ptr_not_equal(to[i].direction[WT_RX], from[0].direction[WT_RX]);
  }
  assert_ptr_not_equal(to[0].features, to[1].features);
  wt_report_free(copy);
  for (int i = 1; i < INTERFACES; i++)
    ((struct wt_interface *)from)[i].direction[0] = NULL;
  empty(&report);
  free(shared);
}

/* NULL says that something is not there: no ethtool netlink, no news. */
static void has_nothing_of_nothing(void **state)
{
  struct wt_interface interface = {.ifindex = 7};
  struct wt_report report = {.interfaces = &interface, .interface_count = 1};
  struct wt_report *copy = wt_report_copy(&report);

  (void)state;
  assert_non_null(copy);
  assert_null(copy->news);
  assert_null(copy->alerts);
  assert_null(copy->baseline.missing);
  assert_int_equal(copy->interfaces[0].ifindex, 7);
  assert_null(copy->interfaces[0].features);
  assert_null(copy->interfaces[0].drift);
  wt_report_free(copy);
  wt_report_free(NULL);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(has_all_of_it),
      cmocka_unit_test(has_shared_names_once),
      cmocka_unit_test(has_once_what_interfaces_share),
      cmocka_unit_test(has_nothing_of_nothing),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
