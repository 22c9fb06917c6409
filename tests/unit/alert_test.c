/* SPDX-License-Identifier: MIT */
/* From reports to alerts: what is raised and cleared, when, how often, and in which words. */
#include "check.h"

#include <stdlib.h>

#include "alert.h"

/* ---- a host whose reports follow each other ------------------------------------------------------------------- */

struct host {
  struct wt_settings settings;
  struct wt_interface interface;
  struct wt_direction_report direction[WT_DIRECTIONS]; /* of the interface */
  struct wt_alert_watch watch;
  struct wt_alert_list list;
  double now; /* seconds; Unix time is a billion later */
  const struct wt_alert *alerts;
  size_t count;
};

static const double epoch = 1e9;

static void set_signal(struct wt_signal *signal, enum wt_verdict verdict, double divergence)
{
  bool less = verdict != WT_VERDICT_OVER_REPORTS;

  signal->verdict = verdict;
  signal->divergence = divergence;
  signal->window_wire = 200000;
  signal->window_signal = 200000 * (less ? 1 - divergence : 1 + divergence);
  signal->ratio = signal->window_signal / signal->window_wire;
}

static void init(struct host *host)
{
  *host = (struct host){
      .settings = {.tolerance = 0.01, .horizon = 300, .hysteresis = 0.025},
      .interface = {.name = "eth0", .ifindex = 7, .active = true, .discontinuity = NAN},
  };
  for (int level = 0; level < WT_LEVELS; level++)
    for (int signal = 0; signal < WT_SIGNALS; signal++)
      host->settings.divergence[level][signal] =
          signal == WT_CAPTURE ? INFINITY : (level == WT_LEVEL_WARNING ? 0.05 : 0.2);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_direction_report *report = &host->direction[direction];

    host->interface.direction[direction] = report;
    set_signal(&report->counter.signal, WT_VERDICT_AGREES, 0);
    set_signal(&report->capture, WT_VERDICT_AGREES, 0);
    set_signal(&report->series, WT_VERDICT_UNKNOWN, NAN);
    report->counter.signal.decided_at = report->capture.decided_at = report->series.decided_at = NAN;
  }
  wt_alert_watch_init(&host->watch);
}

static void end(struct host *host)
{
  free(host->watch.measured);
  wt_alert_list_free(&host->list);
}

static struct wt_direction_report *rx(struct host *host)
{
  return &host->direction[WT_RX];
}

/* A report after so many seconds, in which nothing was decided. */
static size_t hold(struct host *host, double seconds)
{
  struct wt_alert_time time;

  host->now += seconds;
  time = (struct wt_alert_time){host->now, epoch + host->now};
  wt_alert_list_begin(&host->list);
  check_int("follow", wt_alert_follow(&host->watch, &host->settings, &host->interface, &time, &host->list), 0);
  host->alerts = wt_alert_list_deliver(&host->list, &host->count);
  return host->count;
}

/* The same with every verdict decided anew. */
static size_t poll(struct host *host, double seconds)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_direction_report *report = &host->direction[direction];

    report->counter.signal.decided_at = report->capture.decided_at = report->series.decided_at =
        epoch + host->now + seconds;
  }
  return hold(host, seconds);
}

static size_t poll_counter(struct host *host, double seconds, enum wt_verdict verdict, double divergence)
{
  set_signal(&rx(host)->counter.signal, verdict, divergence);
  return poll(host, seconds);
}

static void check_alert(const char *row, const struct host *host, enum wt_alert_kind kind, enum wt_severity severity,
                        const char *text)
{
  check_int(row, host->count, 1);
  if (host->count != 1)
    return;
  check_int(row, host->alerts[0].kind, kind);
  check_int(row, host->alerts[0].severity, severity);
  check_text(row, host->alerts[0].text, text);
}

#define UNDER WT_VERDICT_UNDER_REPORTS
#define OVER  WT_VERDICT_OVER_REPORTS
#define OKAY  WT_SEVERITY_OKAY
#define WARN  WT_SEVERITY_WARNING
#define FAIL  WT_SEVERITY_FAILURE

/* ---- severities ------------------------------------------------------------------------------------------------ */

/* Each with what comes of it, or NOTHING. */
enum { NOTHING = -1 };

static void severities_follow_the_divergence(void **state)
{
  static const struct {
    enum wt_verdict verdict;
    double divergence;
    int severity;
  } rows[] = {
      {WT_VERDICT_AGREES, 0, NOTHING},
      {UNDER, 0.04, NOTHING},
      {UNDER, 0.05, NOTHING}, /* not above it */
      {UNDER, 0.051, WARN},
      {UNDER, 0.051, NOTHING}, /* once */
      {UNDER, 0.199, NOTHING},
      {UNDER, 0.026, NOTHING}, /* within the hysteresis */
      {UNDER, 0.024, OKAY},
      {UNDER, 0.04, NOTHING}, /* not above the threshold again */
      {UNDER, 0.97, FAIL},    /* both at once: one alert */
      {UNDER, 0.18, NOTHING},
      {UNDER, 0.17, WARN}, /* down by a step */
      {UNDER, 0.19, NOTHING},
      {UNDER, 0.21, FAIL},
      {UNDER, 0.03, WARN}, /* it was above that before: its own hysteresis */
      {UNDER, 0.5, FAIL},
      {WT_VERDICT_AGREES, 0.001, OKAY}, /* both at once */
      {OVER, 0.06, WARN},
      {OVER, 3, FAIL}, /* three times too many */
      {UNDER, 0.3, NOTHING},
      {WT_VERDICT_AGREES, 0.04, OKAY}, /* a wide tolerance: it agrees, whatever the hysteresis is */
      {WT_VERDICT_AGREES, 0.3, NOTHING},
  };
  struct host host;

  (void)state;
  init(&host);
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    char row[64];

    snprintf(row, sizeof(row), "row %zu: %g", i, rows[i].divergence);
    poll_counter(&host, 10, rows[i].verdict, rows[i].divergence);
    check_int(row, host.count, rows[i].severity == NOTHING ? 0 : 1);
    if (host.count == 1)
      check_int(row, host.alerts[0].severity, rows[i].severity);
  }
  end(&host);
  check_done();
}

static void an_alert_says_what_it_is_of(void **state)
{
  const struct wt_alert *alert;
  struct host host;

  (void)state;
  init(&host);
  rx(&host)->cause = WT_CAUSE_LOWER_DEVICE;
  poll(&host, 10);
  poll_counter(&host, 10, UNDER, 0.25);
  check_alert("raised", &host, WT_ALERT_DIVERGENCE, FAIL,
              "eth0 receive: the counter shows 150,000 of 200,000 frames (75.0 %), cause lower-device");
  alert = host.alerts;
  check_text("interface", alert->interface, "eth0");
  check_int("ifindex", alert->ifindex, 7);
  check_int("direction", alert->direction, WT_RX);
  check_int("signal", alert->signal, WT_COUNTER);
  check_int("verdict", alert->verdict, UNDER);
  check_int("cause", alert->cause, WT_CAUSE_LOWER_DEVICE);
  check_near("value", alert->value, 0.25, 1e-12);
  check_near("threshold", alert->threshold, 0.2, 1e-12);
  check_near("since", alert->since, epoch + 20, 0);
  check_near("wire", alert->wire, 200000, 0);
  check_near("frames", alert->frames, 150000, 1e-6);
  check_int("gone", alert->gone, false);
  poll_counter(&host, 10, WT_VERDICT_AGREES, 0.001);
  check_alert("cleared", &host, WT_ALERT_DIVERGENCE, OKAY,
              "eth0 receive: the counter agrees with the wire again (0.1 %)");
  check_near("threshold", host.alerts->threshold, 0.05, 1e-12);
  check_near("since", host.alerts->since, epoch + 30, 0);
  poll_counter(&host, 10, OVER, 0.1);
  check_alert("too many", &host, WT_ALERT_DIVERGENCE, WARN,
              "eth0 receive: the counter shows 220,000 for 200,000 frames (110.0 %), cause lower-device");
  poll_counter(&host, 10, OVER, 0.02);
  check_alert("little", &host, WT_ALERT_DIVERGENCE, OKAY,
              "eth0 receive: the counter diverges from the wire by 2.0 % only");
  end(&host);
  check_done();
}

/* What eased ended as a failure just now; as a warning it had begun long before. */
static void since_is_of_what_is_told(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  check_int("warning", poll_counter(&host, 10, UNDER, 0.1), 1);
  check_near("of the warning", host.alerts[0].since, epoch + 10, 0);
  check_int("failure", poll_counter(&host, 10, UNDER, 0.3), 1);
  check_near("of the failure", host.alerts[0].since, epoch + 20, 0);
  check_int("eased", poll_counter(&host, 10, UNDER, 0.1), 1);
  check_int("eased", host.alerts[0].severity, WARN);
  check_near("of its end", host.alerts[0].since, epoch + 30, 0);
  check_int("over", poll_counter(&host, 10, UNDER, 0.02), 1);
  check_near("of the end of all", host.alerts[0].since, epoch + 40, 0);
  end(&host);
  check_done();
}

/* The capture is watched only where that was asked for; each direction and signal is of its own. */
static void signals_and_directions_are_of_their_own(void **state)
{
  struct host host;
  struct wt_direction_report *tx;

  (void)state;
  init(&host);
  tx = &host.direction[WT_TX];
  set_signal(&rx(&host)->capture, UNDER, 0.97284);
  rx(&host)->capture.window_wire = 217858;
  rx(&host)->capture.window_signal = 5917;
  rx(&host)->cause = WT_CAUSE_GRO;
  check_int("off", poll(&host, 10), 0);
  host.settings.divergence[WT_LEVEL_WARNING][WT_CAPTURE] = 0.5;
  poll(&host, 10);
  check_alert("capture", &host, WT_ALERT_DIVERGENCE, WARN,
              "eth0 receive: the capture shows 5,917 packets of 217,858 frames (2.7 %), cause gro");
  check_near("threshold", host.alerts[0].threshold, 0.5, 0);
  tx->series_cause = WT_CAUSE_STALE;
  tx->wire.estimated = true;
  set_signal(&tx->series, UNDER, 0.1);
  poll(&host, 10);
  check_alert("series", &host, WT_ALERT_DIVERGENCE, WARN,
              "eth0 transmit: the series shows 180,000 of about 200,000 frames (90.0 %), cause stale");
  check_int("series", host.alerts[0].signal, WT_SERIES);
  set_signal(&tx->series, WT_VERDICT_AGREES, 0);
  set_signal(&rx(&host)->capture, WT_VERDICT_AGREES, 0);
  check_int("both in one report", poll(&host, 10), 2);
  end(&host);
  check_done();
}

/* Without a warning the failure stands alone. */
static void a_level_may_be_off(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  host.settings.divergence[WT_LEVEL_WARNING][WT_COUNTER] = INFINITY;
  check_int("no warning", poll_counter(&host, 10, UNDER, 0.15), 0);
  poll_counter(&host, 10, UNDER, 0.25);
  check_int("failure", host.count == 1 && host.alerts[0].severity == FAIL, 1);
  poll_counter(&host, 10, UNDER, 0.15);
  check_alert("okay", &host, WT_ALERT_DIVERGENCE, OKAY,
              "eth0 receive: the counter diverges from the wire by 15.0 % only");
  check_near("threshold", host.alerts[0].threshold, 0.2, 0);
  end(&host);
  check_done();
}

/* Nothing is below zero: one that agrees is over, however wide the hysteresis is. */
static void a_hysteresis_may_be_wider_than_its_threshold(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  host.settings.divergence[WT_LEVEL_WARNING][WT_COUNTER] = 0.02;
  check_int("warning", poll_counter(&host, 10, UNDER, 0.03), 1);
  check_int("within the hysteresis", poll_counter(&host, 10, UNDER, 0.011), 0);
  poll_counter(&host, 10, WT_VERDICT_AGREES, 0.009);
  check_alert("agrees", &host, WT_ALERT_DIVERGENCE, OKAY,
              "eth0 receive: the counter agrees with the wire again (0.9 %)");
  end(&host);
  check_done();
}

/* ---- hold, and what is not decided ----------------------------------------------------------------------------- */

static void hold_is_for_both_ways(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  host.settings.hold = 60;
  poll(&host, 10);
  check_int("above", poll_counter(&host, 10, UNDER, 0.1), 0);
  check_int("above", poll_counter(&host, 30, UNDER, 0.3), 0);
  check_int("warning, since the beginning", poll_counter(&host, 30, UNDER, 0.3), 1);
  check_int("warning", host.alerts[0].severity, WARN);
  check_near("since", host.alerts[0].since, epoch + 20, 0);
  check_int("failure, 30 s later", poll_counter(&host, 30, UNDER, 0.3), 1);
  check_int("failure", host.alerts[0].severity, FAIL);
  check_near("since", host.alerts[0].since, epoch + 50, 0);
  check_int("below", poll_counter(&host, 10, WT_VERDICT_AGREES, 0), 0);
  check_int("below", poll_counter(&host, 50, WT_VERDICT_AGREES, 0), 0);
  check_int("above for a moment", poll_counter(&host, 5, UNDER, 0.3), 0);
  check_int("below", poll_counter(&host, 5, WT_VERDICT_AGREES, 0), 0);
  check_int("below", poll_counter(&host, 59, WT_VERDICT_AGREES, 0), 0);
  check_int("cleared", poll_counter(&host, 1, WT_VERDICT_AGREES, 0), 1);
  check_int("cleared", host.alerts[0].severity, OKAY);
  end(&host);
  check_done();
}

static void a_spike_within_hold_is_nothing(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  host.settings.hold = 60;
  poll(&host, 10);
  for (int i = 0; i < 100; i++) {
    check_int("spike", poll_counter(&host, 10, UNDER, 0.5), 0);
    check_int("spike", poll_counter(&host, 40, UNDER, 0.5), 0);
    check_int("over", poll_counter(&host, 10, WT_VERDICT_AGREES, 0), 0);
  }
  end(&host);
  check_done();
}

static void an_unknown_verdict_neither_raises_nor_clears(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  /* A figure without a verdict is no reason. */
  check_int("unknown", poll_counter(&host, 10, WT_VERDICT_UNKNOWN, 0.9), 0);
  check_int("unknown", poll_counter(&host, 10, WT_VERDICT_UNKNOWN, 0.9), 0);
  check_int("raised", poll_counter(&host, 10, UNDER, 0.9), 1);
  for (int i = 0; i < 50; i++) {
    check_int("unknown", poll_counter(&host, 10, WT_VERDICT_UNKNOWN, NAN), 0);
    check_int("unknown", poll_counter(&host, 10, WT_VERDICT_UNKNOWN, 0), 0);
  }
  check_int("not again", poll_counter(&host, 10, UNDER, 0.9), 0);
  check_int("cleared", poll_counter(&host, 10, WT_VERDICT_AGREES, 0), 1);
  end(&host);
  check_done();
}

/* What was decided before is in the report as it was: that is no new measurement. */
static void a_held_verdict_is_no_new_one(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  host.settings.hold = 600;
  poll(&host, 10);
  check_int("above", poll_counter(&host, 10, UNDER, 0.9), 0);
  for (int i = 0; i < 400; i++)
    check_int("held", hold(&host, 10), 0);
  /* A decision speaks for a horizon, which is 300 s. */
  check_int("decided again", poll_counter(&host, 10, UNDER, 0.9), 0);
  check_int("decided again", poll_counter(&host, 299, UNDER, 0.9), 0);
  check_int("now", poll_counter(&host, 1, UNDER, 0.9), 1);
  for (int i = 0; i < 400; i++)
    check_int("held", hold(&host, 10), 0);
  check_int("cleared", poll_counter(&host, 10, WT_VERDICT_AGREES, 0), 0);
  check_int("cleared", poll_counter(&host, 300, WT_VERDICT_AGREES, 0), 0);
  check_int("cleared", poll_counter(&host, 300, WT_VERDICT_AGREES, 0), 1);
  end(&host);
  check_done();
}

/* With an interval that is longer than the horizon a window is as long as the interval. */
static void a_short_horizon_does_not_stretch_hold(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  host.settings.horizon = 0.1;
  host.settings.hold = 60;
  poll(&host, 30);
  check_int("above", poll_counter(&host, 30, UNDER, 0.9), 0);
  check_int("above", poll_counter(&host, 30, UNDER, 0.9), 0);
  check_int("raised", poll_counter(&host, 30, UNDER, 0.9), 1);
  end(&host);
  check_done();
}

static void a_discontinuity_starts_hold_anew(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  host.settings.hold = 60;
  poll(&host, 10);
  check_int("above", poll_counter(&host, 10, UNDER, 0.9), 0);
  check_int("above", poll_counter(&host, 59, UNDER, 0.9), 0);
  host.interface.discontinuity = epoch + host.now;
  check_int("changed", poll_counter(&host, 1, UNDER, 0.9), 0);
  check_int("above", poll_counter(&host, 59, UNDER, 0.9), 0);
  check_int("raised", poll_counter(&host, 1, UNDER, 0.9), 1);
  /* What was raised stays until it is decided. */
  host.interface.discontinuity = epoch + host.now;
  check_int("changed", poll_counter(&host, 10, WT_VERDICT_UNKNOWN, NAN), 0);
  check_int("below", poll_counter(&host, 10, WT_VERDICT_AGREES, 0), 0);
  check_int("below", poll_counter(&host, 59, WT_VERDICT_AGREES, 0), 0);
  check_int("cleared", poll_counter(&host, 1, WT_VERDICT_AGREES, 0), 1);
  end(&host);
  check_done();
}

static void what_is_so_at_the_start_is_raised_after_hold(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  host.settings.hold = 60;
  check_int("first", poll_counter(&host, 0, UNDER, 0.9), 0);
  check_int("not yet", poll_counter(&host, 59, UNDER, 0.9), 0);
  check_int("raised", poll_counter(&host, 1, UNDER, 0.9), 1);
  check_near("since", host.alerts[0].since, epoch, 0);
  end(&host);
  check_done();
}

/* Unix time may be set back or forth: it is for people. */
static void a_clock_that_is_set_changes_nothing(void **state)
{
  struct wt_alert_list list = {0};
  struct host host;

  (void)state;
  init(&host);
  host.settings.hold = 60;
  set_signal(&rx(&host)->counter.signal, UNDER, 0.9);
  for (int i = 0; i <= 6; i++) {
    struct wt_alert_time time = {10.0 * i, epoch - 1e6 * i};

    rx(&host)->counter.signal.decided_at = time.unix_time;
    check_int("follow", wt_alert_follow(&host.watch, &host.settings, &host.interface, &time, &list), 0);
    check_int("not before", list.count, i == 6 ? 1 : 0);
  }
  wt_alert_list_free(&list);
  end(&host);
  check_done();
}

/* ---- basis ------------------------------------------------------------------------------------------------------ */

static size_t poll_basis(struct host *host, double seconds, enum wt_basis basis)
{
  rx(host)->counter.basis = basis;
  return poll(host, seconds);
}

static void a_changed_basis_is_told(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  check_int("not known", poll_basis(&host, 10, WT_BASIS_UNDETERMINED), 0);
  check_int("known", poll_basis(&host, 10, WT_BASIS_WIRE), 0);
  check_int("the same", poll_basis(&host, 10, WT_BASIS_WIRE), 0);
  check_int("dropped", poll_basis(&host, 10, WT_BASIS_UNDETERMINED), 0);
  check_int("the same again", poll_basis(&host, 10, WT_BASIS_WIRE), 0);
  check_int("dropped", poll_basis(&host, 10, WT_BASIS_UNDETERMINED), 0);
  poll_basis(&host, 10, WT_BASIS_PACKET);
  check_alert("changed", &host, WT_ALERT_BASIS, WARN,
              "eth0 receive: the counter's basis has changed from wire to packet");
  check_int("signal", host.alerts[0].signal, WT_COUNTER);
  check_near("value", host.alerts[0].value, WT_BASIS_PACKET, 0);
  check_int("once", poll_basis(&host, 10, WT_BASIS_PACKET), 0);
  poll_basis(&host, 10, WT_BASIS_MIXED);
  check_alert("changed", &host, WT_ALERT_BASIS, WARN,
              "eth0 receive: the counter's basis has changed from packet to mixed");
  poll_basis(&host, 10, WT_BASIS_WIRE);
  check_alert("back", &host, WT_ALERT_BASIS, OKAY, "eth0 receive: the counter's basis is wire again, after mixed");
  poll_basis(&host, 10, WT_BASIS_PACKET);
  check_int("changed again", host.count, 1);
  end(&host);
  check_done();
}

static void a_basis_has_to_last_for_hold(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  host.settings.hold = 60;
  poll_basis(&host, 10, WT_BASIS_WIRE);
  check_int("changed", poll_basis(&host, 10, WT_BASIS_PACKET), 0);
  check_int("to another", poll_basis(&host, 50, WT_BASIS_MIXED), 0);
  check_int("which has to last, too", poll_basis(&host, 50, WT_BASIS_MIXED), 0);
  check_int("and back", poll_basis(&host, 50, WT_BASIS_WIRE), 0);
  check_int("changed", poll_basis(&host, 50, WT_BASIS_PACKET), 0);
  check_int("not known", poll_basis(&host, 10, WT_BASIS_UNDETERMINED), 0);
  check_int("lasts", poll_basis(&host, 49, WT_BASIS_PACKET), 0);
  check_int("told", poll_basis(&host, 1, WT_BASIS_PACKET), 1);
  end(&host);
  check_done();
}

static void without_thresholds_nobody_asks_for_the_basis(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  for (int level = 0; level < WT_LEVELS; level++)
    host.settings.divergence[level][WT_COUNTER] = INFINITY;
  poll_basis(&host, 10, WT_BASIS_WIRE);
  check_int("changed", poll_basis(&host, 10, WT_BASIS_PACKET), 0);
  check_int("diverges", poll_counter(&host, 10, UNDER, 0.9), 0);
  end(&host);
  check_done();
}

/* ---- drift ------------------------------------------------------------------------------------------------------ */

static size_t poll_drift(struct host *host, double seconds, enum wt_baseline baseline, const struct wt_drift *drift,
                         size_t count)
{
  host->interface.baseline = baseline;
  host->interface.drift = drift;
  host->interface.drift_count = count;
  return poll(host, seconds);
}

static void drift_is_told_of_an_interface(void **state)
{
  static const struct wt_drift drift[] = {{.item = "rx-gro", .expected = "on", .found = "off"},
                                          {.item = "mtu", .expected = "9000", .found = "1500"}};
  struct host host;

  (void)state;
  init(&host);
  host.settings.hold = 20;
  poll_drift(&host, 10, WT_BASELINE_MATCHES, NULL, 0);
  check_int("begins", poll_drift(&host, 10, WT_BASELINE_DRIFTS, drift, 1), 0);
  check_int("more", poll_drift(&host, 10, WT_BASELINE_DRIFTS, drift, 2), 0);
  poll_drift(&host, 10, WT_BASELINE_DRIFTS, drift, 2);
  check_alert("raised", &host, WT_ALERT_DRIFT, WARN,
              "eth0 drifts from the baseline: rx-gro is 'off', expected 'on'; mtu is '1500', expected '9000'");
  check_int("direction", host.alerts[0].direction, WT_DIRECTIONS);
  check_int("signal", host.alerts[0].signal, WT_SIGNALS);
  check_near("value", host.alerts[0].value, 2, 0);
  check_near("since", host.alerts[0].since, epoch + 20, 0);
  check_int("no file", poll_drift(&host, 100, WT_BASELINE_UNREADABLE, NULL, 0), 0);
  check_int("a mistake", poll_drift(&host, 100, WT_BASELINE_DAMAGED, NULL, 0), 0);
  check_int("less", poll_drift(&host, 10, WT_BASELINE_DRIFTS, drift, 1), 0);
  check_int("over", poll_drift(&host, 10, WT_BASELINE_MATCHES, NULL, 0), 0);
  poll_drift(&host, 20, WT_BASELINE_MATCHES, NULL, 0);
  check_alert("cleared", &host, WT_ALERT_DRIFT, OKAY, "eth0 drifts from the baseline no longer");
  check_near("value", host.alerts[0].value, 0, 0);
  host.settings.hold = 0;
  check_int("again", poll_drift(&host, 10, WT_BASELINE_DRIFTS, drift, 1), 1);
  poll_drift(&host, 10, WT_BASELINE_NEW, NULL, 0);
  check_alert("cleared", &host, WT_ALERT_DRIFT, OKAY, "eth0 is not in the baseline any more");
  end(&host);
  check_done();
}

static void a_long_list_of_drift_is_cut_between_items(void **state)
{
  struct wt_drift drift[60] = {{.since = 0}};
  struct host host;

  (void)state;
  init(&host);
  for (size_t i = 0; i < CHECK_COUNT(drift); i++) {
    snprintf(drift[i].item, sizeof(drift[i].item), "feature-%02zu-%.*s", i, (int)(i % 20), "xxxxxxxxxxxxxxxxxxxx");
    memset(drift[i].expected, 'e', sizeof(drift[i].expected) - 1);
    drift[i].expected[WT_DRIFT_TEXT - 1] = '\0';
    snprintf(drift[i].found, sizeof(drift[i].found), "%s", i % 2 ? "off" : "o\nff");
  }
  for (size_t count = 1; count <= CHECK_COUNT(drift); count++) {
    free(host.watch.measured);
    wt_alert_watch_init(&host.watch);
    check_int("raised", poll_drift(&host, 10, WT_BASELINE_DRIFTS, drift, count), 1);
    check_contains("first", host.alerts[0].text, "feature-00- is 'o?ff', expected '");
    check("its end", host.alerts[0].text[strlen(host.alerts[0].text) - 1] == (count > 2 ? 'e' : '\''));
  }
  check_contains("how many more", host.alerts[0].text, "; and 58 more");
  end(&host);
  check_done();
}

/* ---- interfaces that go, and many ------------------------------------------------------------------------------- */

static void raise_all(struct host *host)
{
  static const struct wt_drift drift = {.item = "name", .expected = "lan0", .found = "eth0"};

  poll_basis(host, 10, WT_BASIS_WIRE);
  set_signal(&rx(host)->counter.signal, UNDER, 0.9);
  host->interface.baseline = WT_BASELINE_RENAMED;
  host->interface.drift = &drift;
  host->interface.drift_count = 1;
  check_int("all", poll_basis(host, 10, WT_BASIS_PACKET), 3);
  check_text("drift", host->alerts[0].text, "eth0 drifts from the baseline: it was lan0");
}

static void one_that_vanishes_is_cleared(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  raise_all(&host);
  wt_alert_list_begin(&host.list);
  wt_alert_end(&host.watch, 7, NULL, epoch + 100, &host.list);
  host.alerts = wt_alert_list_deliver(&host.list, &host.count);
  check_int("each", host.count, 3);
  for (size_t i = 0; i < host.count; i++) {
    check_int("okay", host.alerts[i].severity, OKAY);
    check_int("gone", host.alerts[i].gone, true);
    check_text("interface", host.alerts[i].interface, "eth0");
    check_int("ifindex", host.alerts[i].ifindex, 7);
    check_near("value", host.alerts[i].value, NAN, 0);
    check_near("since", host.alerts[i].since, epoch + 100, 0);
    check_int("verdict", host.alerts[i].verdict, WT_VERDICT_UNKNOWN);
  }
  check_text("drift", host.alerts[0].text, "eth0: its drift is over, since the interface is gone");
  check_int("drift", host.alerts[0].kind, WT_ALERT_DRIFT);
  check_text("basis", host.alerts[1].text,
             "eth0 receive: the change of the counter's basis is over, since the interface is gone");
  check_text("divergence", host.alerts[2].text,
             "eth0 receive: the divergence of the counter is over, since the interface is gone");
  check_int("divergence", host.alerts[2].direction == WT_RX && host.alerts[2].signal == WT_COUNTER, 1);
  /* One of that number and name that comes later is another one. */
  host.interface.drift_count = 0;
  check_int("anew", poll_basis(&host, 10, WT_BASIS_PACKET), 1);
  check_int("raised", host.alerts[0].severity, FAIL);
  end(&host);
  check_done();
}

static void one_that_was_okay_goes_without_a_word(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  wt_alert_end(&host.watch, 7, NULL, epoch, &host.list); /* never reported */
  poll_basis(&host, 10, WT_BASIS_WIRE);
  wt_alert_list_begin(&host.list);
  wt_alert_end(&host.watch, 7, NULL, epoch, &host.list);
  check_int("nothing", host.list.count, 0);
  end(&host);
  check_done();
}

/* Whoever was told of the old name has to be told that it is over, and knows nothing of the new one. */
static void a_renamed_one_ends_and_begins(void **state)
{
  struct host host;

  (void)state;
  init(&host);
  check_int("raised", poll_counter(&host, 10, UNDER, 0.9), 1);
  snprintf(host.interface.name, sizeof(host.interface.name), "wan0");
  check_int("renamed", poll(&host, 10), 2);
  check_text("old", host.alerts[0].text,
             "eth0 receive: the divergence of the counter is over, since the interface is called wan0 now");
  check_text("old", host.alerts[0].interface, "eth0");
  check_int("old", host.alerts[0].severity, OKAY);
  check_text("new", host.alerts[1].interface, "wan0");
  check_int("new", host.alerts[1].severity, FAIL);
  end(&host);
  check_done();
}

/* eth0 is eth1 now, and eth1 eth0: the last that is told of a name is what is so under it. */
static void two_that_swap_their_names_keep_their_alerts(void **state)
{
  struct wt_alert_list list = {0};
  struct host host[2];

  (void)state;
  for (int i = 0; i < 2; i++) {
    init(&host[i]);
    snprintf(host[i].interface.name, sizeof(host[i].interface.name), "eth%d", i);
    host[i].interface.ifindex = 7 + i;
    check_int("raised", poll_counter(&host[i], 10, UNDER, 0.9), 1);
    snprintf(host[i].interface.name, sizeof(host[i].interface.name), "eth%d", 1 - i);
  }
  for (int i = 0; i < 2; i++)
    check_int("rename", wt_alert_rename(&host[i].watch, &host[i].interface, epoch + 20, &list), 0);
  check_int("both ended", list.count, 2);
  for (int i = 0; i < 2; i++) {
    const struct wt_alert_time time = {20, epoch + 20};

    check_int("follow", wt_alert_follow(&host[i].watch, &host[i].settings, &host[i].interface, &time, &list), 0);
  }
  check_int("both began", list.count, 4);
  for (size_t i = 0; i < list.count; i++) {
    check_int("first the ends", list.alerts[i].severity, i < 2 ? OKAY : FAIL);
    check_int("gone", list.alerts[i].gone, i < 2);
  }
  check_text("the names go the other way", list.alerts[0].interface, list.alerts[3].interface);
  wt_alert_list_free(&list);
  for (int i = 0; i < 2; i++)
    end(&host[i]);
  check_done();
}

/* What was not delivered yet stays, and what was is forgotten. */
static void the_list_waits_for_its_delivery(void **state)
{
  struct host host;
  size_t count;

  (void)state;
  init(&host);
  poll_counter(&host, 10, UNDER, 0.9);
  wt_alert_list_begin(&host.list);
  wt_alert_end(&host.watch, 7, NULL, epoch, &host.list);
  wt_alert_list_begin(&host.list);
  wt_alert_list_deliver(&host.list, &count);
  check_int("waits", count, 1);
  wt_alert_list_begin(&host.list);
  wt_alert_list_deliver(&host.list, &count);
  check_int("forgotten", count, 0);
  end(&host);
  check_done();
}

static void a_thousand_cross_at_once(void **state)
{
  enum { INTERFACES = 1000 };
  struct wt_alert_watch *watches = calloc(INTERFACES, sizeof(*watches));
  struct wt_alert_list list = {0};
  struct host host;

  (void)state;
  assert_non_null(watches);
  init(&host);
  for (size_t i = 0; i < INTERFACES; i++)
    wt_alert_watch_init(&watches[i]);
  for (int turn = 0; turn < 4; turn++) {
    struct wt_alert_time time = {10.0 * turn, epoch + 10.0 * turn};
    const struct wt_alert *alerts;
    size_t count;

    wt_alert_list_begin(&list);
    set_signal(&rx(&host)->counter.signal, turn == 3 ? WT_VERDICT_AGREES : UNDER, turn == 3 ? 0 : 0.9);
    rx(&host)->counter.signal.decided_at = time.unix_time;
    for (int i = 0; i < INTERFACES; i++) {
      snprintf(host.interface.name, sizeof(host.interface.name), "eth%d", i);
      host.interface.ifindex = i;
      check_int("follow", wt_alert_follow(&watches[i], &host.settings, &host.interface, &time, &list), 0);
    }
    alerts = wt_alert_list_deliver(&list, &count);
    check_int("each of them, once", count, turn == 0 || turn == 3 ? INTERFACES : 0);
    for (size_t i = 0; i < count; i++)
      check_int("in their order", alerts[i].ifindex, i);
  }
  for (size_t i = 0; i < INTERFACES; i++)
    free(watches[i].measured);
  wt_alert_list_free(&list);
  free(watches);
  end(&host);
  check_done();
}

static void a_degraded_capture_is_told_after_hold(void **state)
{
  static const struct {
    const char *degraded;
    int told; /* -1: nothing */
  } rows[] = {
      {"", -1},          {"why", -1},
      {"why", -1},       {"other why", WT_SEVERITY_WARNING},
      {"why", -1},       {"", -1},
      {"why again", -1}, {"", -1},
      {"", -1},          {"", WT_SEVERITY_OKAY},
      {"", -1},
  };
  struct wt_settings settings = {.hold = 20};
  struct wt_alert_list list = {0};
  struct wt_crossing crossing = {0};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    const struct wt_alert_time time = {10.0 * (double)i, 1e9 + 10.0 * (double)i};
    char row[16];
    size_t count;

    snprintf(row, sizeof(row), "row %zu", i);
    wt_alert_list_begin(&list);
    check_int(row, wt_alert_follow_capture(&crossing, &settings, rows[i].degraded, &time, &list), 0);
    wt_alert_list_deliver(&list, &count);
    check_int(row, count, rows[i].told >= 0);
    if (count != 1)
      continue;
    check_int(row, list.alerts[0].kind, WT_ALERT_CAPTURE);
    check_int(row, list.alerts[0].severity, rows[i].told);
    check_text(row, list.alerts[0].interface, "");
    check_int(row, list.alerts[0].direction, WT_DIRECTIONS);
    check_near(row, list.alerts[0].since, 1e9 + 10.0 * (double)(i - 2), 1e-6);
    check_text(row, list.alerts[0].text,
               rows[i].told == WT_SEVERITY_OKAY ? "the capture is what was asked for again"
                                                : "the capture is degraded: other why");
  }
  wt_alert_list_free(&list);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(severities_follow_the_divergence),
      cmocka_unit_test(an_alert_says_what_it_is_of),
      cmocka_unit_test(since_is_of_what_is_told),
      cmocka_unit_test(signals_and_directions_are_of_their_own),
      cmocka_unit_test(a_level_may_be_off),
      cmocka_unit_test(a_hysteresis_may_be_wider_than_its_threshold),
      cmocka_unit_test(hold_is_for_both_ways),
      cmocka_unit_test(a_spike_within_hold_is_nothing),
      cmocka_unit_test(an_unknown_verdict_neither_raises_nor_clears),
      cmocka_unit_test(a_held_verdict_is_no_new_one),
      cmocka_unit_test(a_short_horizon_does_not_stretch_hold),
      cmocka_unit_test(a_discontinuity_starts_hold_anew),
      cmocka_unit_test(what_is_so_at_the_start_is_raised_after_hold),
      cmocka_unit_test(a_clock_that_is_set_changes_nothing),
      cmocka_unit_test(a_changed_basis_is_told),
      cmocka_unit_test(a_basis_has_to_last_for_hold),
      cmocka_unit_test(without_thresholds_nobody_asks_for_the_basis),
      cmocka_unit_test(drift_is_told_of_an_interface),
      cmocka_unit_test(a_long_list_of_drift_is_cut_between_items),
      cmocka_unit_test(a_degraded_capture_is_told_after_hold),
      cmocka_unit_test(one_that_vanishes_is_cleared),
      cmocka_unit_test(one_that_was_okay_goes_without_a_word),
      cmocka_unit_test(a_renamed_one_ends_and_begins),
      cmocka_unit_test(two_that_swap_their_names_keep_their_alerts),
      cmocka_unit_test(the_list_waits_for_its_delivery),
      cmocka_unit_test(a_thousand_cross_at_once),
  };

  return cmocka_run_group_tests_name("alert", tests, NULL, NULL);
}
