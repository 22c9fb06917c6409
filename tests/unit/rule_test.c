/* SPDX-License-Identifier: MIT */
/* Thresholds that a skin keeps: which interfaces they are for, what they tell, and what ends with them. */
#include "check.h"

#include <errno.h>

#include "config.h"
#include "threshold.h"

/* Two interfaces at most, and the watch of one rule. */
struct host {
  struct wt_interface interfaces[2];
  struct wt_direction_report direction[2][WT_DIRECTIONS]; /* of each */
  struct wt_report report;
  struct wt_rule_watch *watch;
  const struct wt_alert *alerts;
  size_t count;
};

static const struct wt_rule plain = {.interfaces = "/^eth/",
                                     .directions = {true, true},
                                     .signal = WT_COUNTER,
                                     .rising = 0.05,
                                     .falling = 0.02,
                                     .startup = WT_STARTUP_RISING};

static void set_interface(struct host *host, size_t place, const char *name, int ifindex)
{
  struct wt_interface *interface = &host->interfaces[place];

  *interface = (struct wt_interface){.ifindex = ifindex, .horizon = 300, .discontinuity = NAN};
  snprintf(interface->name, sizeof(interface->name), "%s", name);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_direction_report *report = &host->direction[place][direction];

    *report = (struct wt_direction_report){0};
    interface->direction[direction] = report;
    report->counter.signal.decided_at = report->capture.decided_at = report->series.decided_at = NAN;
    report->counter.signal.divergence = report->capture.divergence = report->series.divergence = NAN;
  }
}

static void init(struct host *host, const struct wt_rule *rule)
{
  struct wt_error error;

  *host = (struct host){0};
  set_interface(host, 0, "eth0", 3);
  set_interface(host, 1, "wlan0", 7);
  host->report = (struct wt_report){.time = 1e9, .interfaces = host->interfaces, .interface_count = 2};
  assert_int_equal(wt_rule_watch_new(&host->watch, rule, &error), 0);
}

static void end(struct host *host)
{
  wt_rule_watch_free(host->watch);
}

static void decide(struct host *host, struct wt_signal *signal, double divergence)
{
  signal->verdict = divergence > 0.01 ? WT_VERDICT_UNDER_REPORTS : WT_VERDICT_AGREES;
  signal->divergence = divergence;
  signal->window_wire = 1000;
  signal->window_signal = 1000 * (1 - divergence);
  signal->decided_at = host->report.time + 10;
}

static void poll(struct host *host)
{
  host->report.seconds += 10;
  host->report.time += 10;
  host->alerts = wt_rule_watch_follow(host->watch, &host->report, &host->count);
}

static struct wt_signal *rx(struct host *host, size_t place)
{
  return &host->direction[place][WT_RX].counter.signal;
}

static void poll_rx(struct host *host, double divergence)
{
  decide(host, rx(host, 0), divergence);
  poll(host);
}

static void check_alert(const char *row, const struct host *host, enum wt_severity severity, const char *text)
{
  check_int(row, host->count, 1);
  if (host->count != 1)
    return;
  check_int(row, host->alerts[0].kind, WT_ALERT_DIVERGENCE);
  check_int(row, host->alerts[0].severity, severity);
  check_text(row, host->alerts[0].text, text);
}

static void what_is_no_threshold_is_refused(void **state)
{
  static const struct {
    const char *what;
    struct wt_rule rule;
  } rows[] = {
      {"no name", {.interfaces = "", .directions = {true}, .startup = 1}},
      {"a slash", {.interfaces = "a/b", .directions = {true}, .startup = 1}},
      {"a bad expression", {.interfaces = "/(/", .directions = {true}, .startup = 1}},
      {"no direction", {.interfaces = "eth0", .startup = 1}},
      {"no signal", {.interfaces = "eth0", .directions = {true}, .signal = WT_SIGNALS, .startup = 1}},
      {"falling above", {.interfaces = "eth0", .directions = {true}, .rising = 0.1, .falling = 0.2, .startup = 1}},
      {"below zero", {.interfaces = "eth0", .directions = {true}, .rising = 0.1, .falling = -1, .startup = 1}},
      {"not a number", {.interfaces = "eth0", .directions = {true}, .rising = NAN, .startup = 1}},
      {"a hold of never", {.interfaces = "eth0", .directions = {true}, .hold = INFINITY, .startup = 1}},
      {"startup 0", {.interfaces = "eth0", .directions = {true}, .startup = 0}},
      {"startup 4", {.interfaces = "eth0", .directions = {true}, .startup = 4}},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_rule_watch *watch = NULL;
    struct wt_error error = {0};

    check_int(rows[i].what, wt_rule_watch_new(&watch, &rows[i].rule, &error), -EINVAL);
    check(rows[i].what, error.text[0]);
    check(rows[i].what, watch == NULL);
  }
  check_done();
}

static void crossings_are_told_once(void **state)
{
  struct host host;

  (void)state;
  init(&host, &plain);
  poll_rx(&host, 0);
  check_int("at first", host.count, 0);
  poll_rx(&host, 0.25);
  check_alert("raised", &host, WT_SEVERITY_WARNING,
              "eth0 receive: the counter shows 750 of 1,000 frames (75.0 %), cause unknown");
  check_near("threshold", host.alerts[0].threshold, 0.05, 1e-12);
  check_int("ifindex", host.alerts[0].ifindex, 3);
  check_int("direction", host.alerts[0].direction, WT_RX);
  poll_rx(&host, 0.25);
  check_int("again", host.count, 0);
  poll_rx(&host, 0.03);
  check_int("between", host.count, 0);
  poll_rx(&host, 0.001);
  check_alert("cleared", &host, WT_SEVERITY_OKAY, "eth0 receive: the counter agrees with the wire again (0.1 %)");
  check_near("threshold", host.alerts[0].threshold, 0.02, 1e-12);
  end(&host);
  check_done();
}

static void a_report_counts_once(void **state)
{
  struct wt_rule held = plain;
  struct host host;

  (void)state;
  held.hold = 15;
  init(&host, &held);
  poll_rx(&host, 0.25);
  host.alerts = wt_rule_watch_follow(host.watch, &host.report, &host.count);
  check_int("the same report", host.count, 0);
  poll(&host);
  check_int("nothing decided", host.count, 0);
  poll_rx(&host, 0.25);
  check_int("held for long enough", host.count, 1);
  end(&host);
  check_done();
}

static void it_is_for_what_it_names(void **state)
{
  struct wt_rule rule = plain;
  struct host host;

  (void)state;
  rule.directions[WT_TX] = false;
  init(&host, &rule);
  decide(&host, &host.direction[0][WT_TX].counter.signal, 0.5);
  decide(&host, &host.direction[0][WT_RX].capture, 0.5);
  decide(&host, rx(&host, 1), 0.5);
  poll(&host);
  check_int("another direction, another signal, another interface", host.count, 0);
  decide(&host, rx(&host, 0), 0.5);
  poll(&host);
  check_int("its own", host.count, 1);
  end(&host);
  check_done();
}

static void interfaces_that_go_clear(void **state)
{
  static const char gone[] =
      "eth0 receive: the divergence of the counter is over, since the interface is gone or has another name";
  struct host host;

  (void)state;
  init(&host, &plain);
  poll_rx(&host, 0.25);
  host.report.interfaces = &host.interfaces[1];
  host.report.interface_count = 1;
  poll(&host);
  check_alert("gone", &host, WT_SEVERITY_OKAY, gone);
  check_int("gone", host.alerts[0].gone, true);
  check("gone", isnan(host.alerts[0].value));
  poll(&host);
  check_int("once", host.count, 0);
  end(&host);

  init(&host, &plain);
  poll_rx(&host, 0.25);
  snprintf(host.interfaces[0].name, IFNAMSIZ, "eth9");
  poll(&host);
  check_int("renamed: cleared, and raised under its new name", host.count, 2);
  check_text("renamed", host.alerts[0].interface, "eth0");
  check_text("renamed", host.alerts[1].interface, "eth9");
  end(&host);

  init(&host, &plain);
  poll_rx(&host, 0.25);
  host.report.interface_count = 0;
  poll(&host);
  check_alert("the last one is gone", &host, WT_SEVERITY_OKAY, gone);
  end(&host);
  check_done();
}

static void a_threshold_that_goes_clears(void **state)
{
  struct host host;

  (void)state;
  init(&host, &plain);
  poll_rx(&host, 0.25);
  host.alerts = wt_rule_watch_end(host.watch, &host.count);
  check_alert("ends", &host, WT_SEVERITY_OKAY,
              "eth0 receive: the divergence of the counter is over, since its threshold is no longer there");
  host.alerts = wt_rule_watch_end(host.watch, &host.count);
  check_int("once", host.count, 0);
  end(&host);
  check_done();
}

static void what_it_is_for_can_be_asked(void **state)
{
  struct wt_rule rule = plain;
  struct host host;

  (void)state;
  strcpy(rule.interfaces, "/^eth/");
  rule.directions[WT_TX] = false;
  init(&host, &rule);
  check("what it names", wt_rule_watch_is_for(host.watch, &host.interfaces[0], WT_RX, WT_COUNTER));
  check("another interface", !wt_rule_watch_is_for(host.watch, &host.interfaces[1], WT_RX, WT_COUNTER));
  check("the other direction", !wt_rule_watch_is_for(host.watch, &host.interfaces[0], WT_TX, WT_COUNTER));
  check("another signal", !wt_rule_watch_is_for(host.watch, &host.interfaces[0], WT_RX, WT_SERIES));
  end(&host);
  check_done();
}

static void options_come_to_rules(void **state)
{
  struct wt_config *config = wt_config_new();
  struct wt_error error;
  struct wt_rule rule;

  (void)state;
  assert_non_null(config);
  check("default counter", wt_rule_of_options(config, WT_PLACE_OF_ALL, WT_COUNTER, WT_SEVERITY_WARNING, &rule));
  check_near("rising", rule.rising, 0.05, 1e-12);
  check_near("falling", rule.falling, 0.025, 1e-12);
  check_near("hold", rule.hold, 900, 0);
  check_text("interfaces", rule.interfaces, "/./");
  check("default capture", !wt_rule_of_options(config, WT_PLACE_OF_ALL, WT_CAPTURE, WT_SEVERITY_WARNING, &rule));
  assert_int_equal(wt_config_set(config, "FailureDivergence", "capture=1", &error), 0);
  check("capture", wt_rule_of_options(config, WT_PLACE_OF_ALL, WT_CAPTURE, WT_SEVERITY_FAILURE, &rule));
  check_near("never below zero", rule.falling, 0, 0);
  wt_config_free(config);
  check_done();
}

static void options_of_an_interface_come_to_rules_of_their_own(void **state)
{
  struct wt_config *config = wt_config_new();
  struct wt_settings settings;
  struct wt_error error;
  struct wt_rule rule;
  char longest[80];

  (void)state;
  assert_non_null(config);
  snprintf(longest, sizeof(longest), "/^wlan%070d/", 0);
  check_int("places", wt_config_places(config), WT_PLACE_OF_ALL);
  assert_int_equal(wt_config_set_for(config, "/^eth/", "WarningDivergence", "8", &error), 0);
  assert_int_equal(wt_config_set_for(config, longest, "WarningDivergence", "off", &error), 0);
  assert_int_equal(wt_config_set_for(config, longest, "FailureDivergence", "30", &error), 0);
  check_int("places", wt_config_places(config), WT_PLACE_OF_ALL + 2);
  wt_config_settings(config, "lo", &settings);
  check_int("of an interface without its own", settings.place, WT_PLACE_OF_ALL);
  wt_config_settings(config, "eth7", &settings);
  check_int("of one with its own", settings.place, WT_PLACE_OF_ALL + 1);
  check("the first", wt_rule_of_options(config, WT_PLACE_OF_ALL + 1, WT_COUNTER, WT_SEVERITY_WARNING, &rule));
  check_near("its own threshold", rule.rising, 0.08, 1e-12);
  check_text("its name", rule.interfaces, "/^eth/");
  check_int("its place", rule.place, WT_PLACE_OF_ALL + 1);
  check("off", !wt_rule_of_options(config, WT_PLACE_OF_ALL + 2, WT_COUNTER, WT_SEVERITY_WARNING, &rule));
  check("the other level", wt_rule_of_options(config, WT_PLACE_OF_ALL + 2, WT_COUNTER, WT_SEVERITY_FAILURE, &rule));
  check_text("a name for which there is no room", rule.interfaces, "/./");
  wt_config_free(config);
  check_done();
}

static void it_is_for_interfaces_whose_options_are_from_its_place(void **state)
{
  struct wt_rule rule = plain;
  struct host host;

  (void)state;
  rule.place = 2;
  init(&host, &rule);
  host.interfaces[0].place = 1;
  poll_rx(&host, 0.25);
  check_int("from another place", host.count, 0);
  host.interfaces[0].place = 2;
  poll_rx(&host, 0.25);
  check_int("from its own", host.count, 1);
  host.interfaces[0].place = 1;
  poll_rx(&host, 0.25);
  check_alert("they have changed", &host, WT_SEVERITY_OKAY,
              "eth0 receive: the divergence of the counter is over, since another threshold is for the interface");
  end(&host);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_no_threshold_is_refused),
      cmocka_unit_test(crossings_are_told_once),
      cmocka_unit_test(a_report_counts_once),
      cmocka_unit_test(it_is_for_what_it_names),
      cmocka_unit_test(interfaces_that_go_clear),
      cmocka_unit_test(a_threshold_that_goes_clears),
      cmocka_unit_test(what_it_is_for_can_be_asked),
      cmocka_unit_test(options_come_to_rules),
      cmocka_unit_test(options_of_an_interface_come_to_rules_of_their_own),
      cmocka_unit_test(it_is_for_interfaces_whose_options_are_from_its_place),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
