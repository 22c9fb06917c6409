/* SPDX-License-Identifier: MIT */
/* Reports as rows: rates, history, order, and which row needs a look. */
#include "check.h"

#include "../../cli/signals.c"     /* NOLINT(bugprone-suspicious-include): the tests link the core alone */
#include "../../cli/text.c"        /* NOLINT(bugprone-suspicious-include): the tests link the core alone */
#include "../../cli/watch_model.c" /* NOLINT(bugprone-suspicious-include): the tests link the core alone */

void cli_say(const char *format, ...)
{
  (void)format;
}

/* ---- reports ---- */

static struct wt_signal signal_with(uint64_t frames, double ratio, enum wt_verdict verdict)
{
  return (struct wt_signal){.frames = frames,
                            .octets = WT_UNKNOWN,
                            .ratio = ratio,
                            .divergence = fabs(1 - ratio),
                            .verdict = verdict,
                            .since = NAN,
                            .decided_at = 1000};
}

static struct wt_direction_report direction_with(uint64_t wire, uint64_t counter, uint64_t capture)
{
  return (struct wt_direction_report){
      .wire = {.frames = wire, .octets = wire == WT_UNKNOWN ? wire : 1000 * wire, .low = wire, .high = wire},
      .packets = capture,
      .segments_per_packet = 1,
      .counter = {.signal = signal_with(counter, 1, WT_VERDICT_AGREES)},
      .capture = signal_with(capture, 1, WT_VERDICT_AGREES),
      .series = signal_with(WT_UNKNOWN, NAN, WT_VERDICT_UNKNOWN),
      .cause = WT_CAUSE_NONE};
}

/* What the interfaces of a test say, by their ifindex. */
static struct wt_direction_report said[16][WT_DIRECTIONS];

static struct wt_direction_report *rx(const struct wt_interface *interface)
{
  return &said[interface->ifindex][WT_RX];
}

static struct wt_interface interface_with(const char *name, int ifindex, uint64_t wire)
{
  struct wt_interface interface = {.ifindex = ifindex, .active = true, .discontinuity = NAN};

  snprintf(interface.name, sizeof(interface.name), "%s", name);
  said[ifindex][WT_RX] = direction_with(wire, wire, wire);
  said[ifindex][WT_TX] = direction_with(0, 0, 0);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    interface.direction[direction] = &said[ifindex][direction];
  return interface;
}

static bool update_at(struct watch_model *model, double seconds, const struct wt_interface *interfaces, size_t count,
                      bool tick)
{
  struct wt_report report = {
      .time = 1000 + seconds, .seconds = seconds, .horizon = 10, .interfaces = interfaces, .interface_count = count};

  return watch_model_update(model, &report, tick, true);
}

static const struct watch_row *row_of(const struct watch_model *model, int ifindex)
{
  const struct watch_row *row = watch_model_find(model, ifindex, WT_RX);

  assert_non_null(row);
  return row;
}

/* ---- rates ---- */

static void test_rates(void **state)
{
  static const struct {
    const char *row;
    uint64_t before, after;
    double discontinuity; /* of the second report */
    double want;
  } rows[] = {
      {"steady", 1000, 3000, NAN, 1000},
      {"silent", 1000, 1000, NAN, 0},
      {"unknown before", WT_UNKNOWN, 3000, NAN, NAN},
      {"unknown after", 1000, WT_UNKNOWN, NAN, NAN},
      {"counted anew", 3000, 1000, NAN, NAN},
      {"over a change", 1000, 3000, 1001.5, NAN},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct watch_model model = {0};
    struct wt_interface interface = interface_with("eth0", 2, rows[i].before);

    update_at(&model, 1, &interface, 1, false);
    check_near(rows[i].row, row_of(&model, 2)->wire_rate, NAN, 0);
    rx(&interface)->wire.frames = rows[i].after;
    rx(&interface)->wire.octets = rows[i].after == WT_UNKNOWN ? WT_UNKNOWN : 1000 * rows[i].after;
    interface.discontinuity = rows[i].discontinuity;
    update_at(&model, 3, &interface, 1, true);
    check_near(rows[i].row, row_of(&model, 2)->wire_rate, rows[i].want, 1e-9);
    check_near(rows[i].row, row_of(&model, 2)->octet_rate, 1000 * rows[i].want, 1e-6);
    check_near(rows[i].row, watch_history_at(&row_of(&model, 2)->history[WATCH_WIRE], 0), rows[i].want, 1e-3);
    watch_model_free(&model);
  }
  check_done();
}

/* A reading between two ticks, which a link that came brings about, neither makes a rate nor shortens the next one. */
static void test_early_reading(void **state)
{
  struct watch_model model = {0};
  struct wt_interface interfaces[] = {interface_with("eth0", 2, 0), interface_with("eth1", 3, 500)};

  (void)state;
  update_at(&model, 0, interfaces, 1, false);
  rx(&interfaces[0])->wire.frames = 100;
  update_at(&model, 1, interfaces, 1, true);
  rx(&interfaces[0])->wire.frames = 190;
  update_at(&model, 1.9, interfaces, 2, false);
  check_near("early", row_of(&model, 2)->wire_rate, 100, 1e-9);
  check_near("new", row_of(&model, 3)->wire_rate, NAN, 0);
  rx(&interfaces[0])->wire.frames = 300;
  rx(&interfaces[1])->wire.frames = 510;
  update_at(&model, 2, interfaces, 2, true);
  check_near("whole", row_of(&model, 2)->wire_rate, 200, 1e-9);
  check_near("since it came", row_of(&model, 3)->wire_rate, 100, 1e-6);
  check_int("whole", row_of(&model, 2)->history[WATCH_WIRE].count, 2);
  watch_model_free(&model);
  check_done();
}

static void test_shares(void **state)
{
  struct watch_model model = {0};
  struct wt_interface interface = interface_with("eth0", 2, 0);

  (void)state;
  update_at(&model, 0, &interface, 1, false);
  *rx(&interface) = direction_with(1000, 500, 25);
  update_at(&model, 1, &interface, 1, true);
  check_near("counter", watch_history_at(&row_of(&model, 2)->history[WATCH_COUNTER], 0), 0.5, 1e-6);
  check_near("capture", watch_history_at(&row_of(&model, 2)->history[WATCH_CAPTURE], 0), 0.025, 1e-6);
  rx(&interface)->capture.frames = WT_UNKNOWN;
  rx(&interface)->wire.frames = 2000;
  update_at(&model, 2, &interface, 1, true);
  check_near("none of the capture", watch_history_at(&row_of(&model, 2)->history[WATCH_CAPTURE], 0), NAN, 0);
  update_at(&model, 3, &interface, 1, true);
  check_near("none of nothing", watch_history_at(&row_of(&model, 2)->history[WATCH_COUNTER], 0), NAN, 0);
  watch_model_free(&model);
  check_done();
}

static void test_history(void **state)
{
  struct watch_history history = {0};

  (void)state;
  check_near("empty", watch_history_at(&history, 0), NAN, 0);
  for (int i = 0; i < WATCH_HISTORY + 3; i++)
    remember(&history, i);
  check_int("full", history.count, WATCH_HISTORY);
  check_near("newest", watch_history_at(&history, 0), WATCH_HISTORY + 2, 0);
  check_near("oldest", watch_history_at(&history, WATCH_HISTORY - 1), 3, 0);
  check_near("older", watch_history_at(&history, WATCH_HISTORY), NAN, 0);
  check_done();
}

/* ---- rows ---- */

static void test_come_and_go(void **state)
{
  struct watch_model model = {0};
  struct wt_interface interfaces[] = {interface_with("eth0", 2, 10), interface_with("eth1", 3, 20)};
  struct wt_interface anew = interface_with("eth0", 9, 5);

  (void)state;
  update_at(&model, 0, interfaces, 2, false);
  check_int("both", model.count, 4);
  update_at(&model, 1, interfaces + 1, 1, true);
  check_int("one went", model.count, 2);
  check("one went", !watch_model_find(&model, 2, WT_RX));
  check_near("the other goes on", row_of(&model, 3)->wire_rate, 0, 0);
  update_at(&model, 2, &anew, 1, true);
  check_int("another of that name", model.count, 2);
  check_near("another of that name", row_of(&model, 9)->wire_rate, NAN, 0);
  update_at(&model, 3, NULL, 0, true);
  check_int("none", model.count, 0);
  watch_model_free(&model);
  check_done();
}

static void test_inactive(void **state)
{
  struct watch_model model = {0};
  struct wt_interface interfaces[] = {interface_with("eth0", 2, 10), interface_with("eth1", 3, 0)};
  struct wt_report report = {.time = 1000, .interfaces = interfaces, .interface_count = 2};

  (void)state;
  interfaces[1].active = false;
  check("updated", watch_model_update(&model, &report, false, false));
  check_int("left out", model.count, 2);
  interfaces[1].active = true;
  report.seconds = 1;
  check("updated", watch_model_update(&model, &report, true, false));
  check_int("active now", model.count, 4);
  watch_model_free(&model);
  check_done();
}

/* What was decided some time ago has an age, and what is only of then is not shown as of now. */
static void test_held(void **state)
{
  struct watch_model model = {0};
  struct wt_interface interface = interface_with("eth0", 2, 10);

  (void)state;
  update_at(&model, 0, &interface, 1, false);
  check_near("now", row_of(&model, 2)->signals[WT_COUNTER].held, NAN, 0);
  check_near("now", row_of(&model, 2)->segments, 1, 0);
  update_at(&model, 45, &interface, 1, true);
  check_near("held", row_of(&model, 2)->signals[WT_CAPTURE].held, 45, 1e-9);
  check_near("held", row_of(&model, 2)->segments, NAN, 0);
  rx(&interface)->capture.decided_at = NAN;
  update_at(&model, 46, &interface, 1, true);
  check_near("never", row_of(&model, 2)->signals[WT_CAPTURE].held, NAN, 0);
  watch_model_free(&model);
  check_done();
}

/* ---- order ---- */

static const char *order_of(const struct watch_model *model, char text[256])
{
  size_t used = 0;

  text[0] = '\0';
  for (size_t i = 0; i < model->count; i++)
    used += (size_t)snprintf(text + used, 256 - used, "%s%s.%s", i ? " " : "", model->rows[i].name,
                             wt_direction_name(model->rows[i].direction));
  return text;
}

static void test_order(void **state)
{
  static const struct {
    enum watch_sort sort;
    bool reversed;
    const char *want;
  } rows[] = {
      {WATCH_BY_NAME, false, "eth2.rx eth2.tx eth10.rx eth10.tx lo.rx lo.tx"},
      {WATCH_BY_NAME, true, "lo.tx lo.rx eth10.tx eth10.rx eth2.tx eth2.rx"},
      {WATCH_BY_WIRE, false, "eth10.rx eth2.rx eth2.tx eth10.tx lo.tx lo.rx"},
      {WATCH_BY_WIRE, true, "eth2.tx eth10.tx lo.tx eth2.rx eth10.rx lo.rx"},
      {WATCH_BY_DIVERGENCE, false, "eth2.rx eth2.tx eth10.rx eth10.tx lo.tx lo.rx"},
      {WATCH_BY_SEGMENTS, false, "eth10.rx eth2.rx eth2.tx eth10.tx lo.tx lo.rx"},
  };
  struct watch_model model = {0};
  struct wt_interface interfaces[] = {interface_with("lo", 1, 0), interface_with("eth10", 2, 0),
                                      interface_with("eth2", 3, 0)};
  char text[256];

  (void)state;
  update_at(&model, -1, interfaces, 3, false);
  rx(&interfaces[0])->wire.frames = WT_UNKNOWN;
  rx(&interfaces[0])->segments_per_packet = NAN;
  rx(&interfaces[0])->counter.signal.divergence = NAN;
  rx(&interfaces[0])->capture.divergence = NAN;
  rx(&interfaces[1])->wire.frames = 900;
  rx(&interfaces[1])->segments_per_packet = 40;
  rx(&interfaces[2])->wire.frames = 800;
  rx(&interfaces[2])->counter.signal.divergence = 0.5;
  rx(&interfaces[2])->segments_per_packet = 20;
  update_at(&model, 0, interfaces, 3, true);
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    watch_model_sort(&model, rows[i].sort, rows[i].reversed);
    check_text(rows[i].want, order_of(&model, text), rows[i].want);
  }
  watch_model_free(&model);
  check_done();
}

static void test_worst(void **state)
{
  struct watch_model model = {0};
  struct wt_interface interfaces[] = {interface_with("eth0", 2, 10), interface_with("eth1", 3, 10),
                                      interface_with("eth2", 4, 10)};

  (void)state;
  update_at(&model, 0, interfaces, 3, false);
  check("none", !watch_model_worst(&model));
  rx(&interfaces[0])->capture = signal_with(1, 0.02, WT_VERDICT_UNDER_REPORTS);
  rx(&interfaces[1])->capture = signal_with(1, 0.01, WT_VERDICT_UNDER_REPORTS);
  update_at(&model, 1, interfaces, 3, true);
  check_int("a capture", watch_model_worst(&model)->ifindex, 3);
  rx(&interfaces[2])->counter.signal = signal_with(9, 0.9, WT_VERDICT_UNDER_REPORTS);
  update_at(&model, 2, interfaces, 3, true);
  check_int("a counter before it", watch_model_worst(&model)->ifindex, 4);
  watch_model_free(&model);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rates),   cmocka_unit_test(test_early_reading), cmocka_unit_test(test_shares),
      cmocka_unit_test(test_history), cmocka_unit_test(test_come_and_go),   cmocka_unit_test(test_inactive),
      cmocka_unit_test(test_held),    cmocka_unit_test(test_order),         cmocka_unit_test(test_worst),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
