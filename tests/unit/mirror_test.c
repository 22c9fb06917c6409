/* SPDX-License-Identifier: MIT */
/* The copy of an interface's frames: which names are taken, whose frames are whose, when it is believed, what it is
 * the source of. */
#include "check.h"

#include <errno.h>

#include "config.h"
#include "judge.h"
#include "mirror_addresses.h"

/* ---- the option ------------------------------------------------------------------------------------------------ */

static void mirror_takes_two_names(void **state)
{
  static const struct {
    const char *value;
    int status;
    const char *part; /* of the message */
  } rows[] = {
      {"eth0=span0", 0, ""},
      {"eth0.100=a-very-long-name", -EINVAL, "'eth0.100=a-very-long-name'"},
      {"eth0.100=fifteen-letters", 0, ""},
      {"", -EINVAL, "OBSERVED=MIRROR"},
      {"eth0", -EINVAL, "OBSERVED=MIRROR"},
      {"=span0", -EINVAL, "OBSERVED=MIRROR"},
      {"eth0=", -EINVAL, "OBSERVED=MIRROR"},
      {"eth0 = span0", -EINVAL, "OBSERVED=MIRROR"},
      {"eth0=span0=span1", -EINVAL, "OBSERVED=MIRROR"},
      {"/eth.*/=span0", -EINVAL, "OBSERVED=MIRROR"},
      {"eth0:1=span0", -EINVAL, "OBSERVED=MIRROR"},
      {"eth0=..", -EINVAL, "OBSERVED=MIRROR"},
      {"eth0=eth0", -EINVAL, "not its own mirror"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_config *config = wt_config_new(), *copy;
    struct wt_error error = {0};

    check_int(rows[i].value, wt_config_set(config, "mirror", rows[i].value, &error), rows[i].status);
    check_contains(rows[i].value, error.text, rows[i].part);
    check_int(rows[i].value, config->mirror_count, rows[i].status == 0);
    copy = wt_config_copy(config);
    wt_config_free(config);
    check_int(rows[i].value, copy->mirror_count, rows[i].status == 0);
    if (copy->mirror_count)
      check_int(rows[i].value, strlen(copy->mirrors[0].observed) + 1 + strlen(copy->mirrors[0].mirror),
                strlen(rows[i].value));
    wt_config_free(copy);
  }
  check_done();
}

static void an_interface_has_one_mirror_and_a_mirror_many(void **state)
{
  struct wt_config *config = wt_config_new();
  struct wt_error error = {0};
  char value[32];

  (void)state;
  for (int i = 0; i < WT_MIRRORS; i++) {
    snprintf(value, sizeof(value), "eth%d=span0", i);
    check_int(value, wt_config_set(config, "Mirror", value, &error), 0);
  }
  check_text("first", config->mirrors[0].observed, "eth0");
  check_text("last", config->mirrors[WT_MIRRORS - 1].observed, "eth31");
  check_int("one too many", wt_config_set(config, "Mirror", "eth32=span0", &error), -EINVAL);
  check_contains("one too many", error.text, "32 times");
  check_int("again", wt_config_set(config, "Mirror", "eth3=span1", &error), -EEXIST);
  check_contains("again", error.text, "eth3 has the mirror span0 already");
  check_int("unchanged", config->mirror_count, WT_MIRRORS);
  wt_config_free(config);
  check_done();
}

/* ---- whose frames ---------------------------------------------------------------------------------------------- */

enum { ETH0 = 2, ETH1, SPAN, ABOVE, HIGHER, VLAN, TUNNEL, BESIDE };

static struct wt_link link_of(int ifindex, int lower, unsigned char last)
{
  return (struct wt_link){.ifindex = ifindex, .lower = lower, .has_address = last, .address = {2, 0, 0, 0, 0, last}};
}

/* ETH0 has a macvlan above, and that one another; a VLAN with its own address again; and a tunnel without any. */
static void a_device_has_the_addresses_of_those_above(void **state)
{
  const struct wt_link table[] = {
      link_of(ETH0, 0, 10),       link_of(ETH1, 0, 11),    link_of(SPAN, 0, 12),     link_of(ABOVE, ETH0, 13),
      link_of(HIGHER, ABOVE, 14), link_of(VLAN, ETH0, 10), link_of(TUNNEL, ETH0, 0), link_of(BESIDE, ETH1, 15),
  };
  struct wt_tap_station found[8] = {{0}};

  (void)state;
  check_int("all", wt_mirror_addresses(table, CHECK_COUNT(table), &table[0], found, 8), 3);
  check_int("its own first", found[0].address[5], 10);
  check_int("the macvlan's", found[1].address[5], 13);
  check_int("what is above that", found[2].address[5], 14);
  for (int i = 0; i < 3; i++) {
    check_int("whose", found[i].observed, ETH0);
    check_int("one stands for it", found[i].first, i == 0);
  }
  check_int("no room", wt_mirror_addresses(table, CHECK_COUNT(table), &table[0], found, 2), 3);
  check_int("another one's", wt_mirror_addresses(table, CHECK_COUNT(table), &table[1], found, 8), 2);
  check_int("no address", wt_mirror_addresses(table, CHECK_COUNT(table), &table[6], found, 8), 0);
  check_done();
}

static void an_address_is_of_one_interface(void **state)
{
  const struct wt_tap_station all[] = {{SPAN, ETH0, {2, 0, 0, 0, 0, 1}, true},
                                       {BESIDE, ETH1, {2, 0, 0, 0, 0, 2}, true}};
  const struct wt_tap_station same = {SPAN, ETH1, {2, 0, 0, 0, 0, 1}, true};
  const struct wt_tap_station elsewhere = {SPAN, ETH1, {2, 0, 0, 0, 0, 2}, true};

  (void)state;
  check("the same on the same mirror", wt_mirror_clash(all, 2, &same, 1) == &all[0]);
  check("the same on another one", wt_mirror_clash(all, 2, &elsewhere, 1) == NULL);
  check("none", wt_mirror_clash(all, 2, NULL, 0) == NULL);
  check_done();
}

/* ---- when it is believed --------------------------------------------------------------------------------------- */

/* A million frames, of which 256 may be on their way; a hundredth is 10,000. Fewer than the tap is never a witness. */
static void it_is_believed_while_it_has_all(void **state)
{
  static const struct {
    const char *name;
    double low, bypass, late, mirror;
    enum wt_trust trust;
    const char *said;
  } rows[] = {
      {"the same", 1e6, 0, 0, 1e6, WT_CONSISTENT, ""},
      {"all but what is on its way", 1e6, 0, 0, 999744, WT_CONSISTENT, ""},
      {"one fewer", 1e6, 0, 0, 999743, WT_CONTRARY,
       "the mirror span0 lost 257 of 1000000 frames (oversubscribed SPAN port, or not all traffic copied)"},
      {"half", 1e6, 0, 0, 5e5, WT_CONTRARY,
       "the mirror span0 lost 500000 of 1000000 frames (oversubscribed SPAN port, or not all traffic copied)"},
      {"none", 1e6, 0, 0, 0, WT_CONTRARY,
       "the mirror span0 lost 1000000 of 1000000 frames (oversubscribed SPAN port, or not all traffic copied)"},
      {"late, within it", 1e6, 0, 5000, 994744, WT_CONSISTENT, ""},
      {"late, beyond it", 1e6, 0, 5000, 994743, WT_CONTRARY, "the mirror span0 lost 5257 of 1000000 frames"},
      {"within the bounds of the tap", 990000, 0, 0, 990000, WT_CONSISTENT, ""},
      {"a few more", 1e6, 0, 0, 1010000, WT_CONSISTENT, ""},
      {"each twice", 1e6, 0, 0, 2e6, WT_CONTRARY,
       "the mirror span0 has 2000000 frames where the tap counted 1000000 (copied twice, or unseen by the tap)"},
      {"with what passed unseen", 1e6, 200000, 0, 1200000, WT_CONSISTENT, ""},
      {"with that to the tolerance", 1e6, 200000, 0, 1188000, WT_CONSISTENT, ""},
      /* A copy that is made on this host is as blind as the tap. */
      {"without what passed unseen", 1e6, 200000, 0, 1e6, WT_CONTRARY,
       "the mirror span0 lost 200000 of 1200000 frames"},
      {"more than tap and counter", 1e6, 200000, 0, 2e6, WT_CONTRARY,
       "where the tap and counter counted 1200000 (copied twice, or unseen by the tap and counter)"},
      {"unknown", 1e6, 0, 0, NAN, WT_UNTRIED, ""},
  };
  static const struct wt_limits limits = {.tolerance = 0.01, .least_frames = 1000};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_window window = {.frames = 1e6,
                               .frames_low = rows[i].low,
                               .frames_high = 1e6,
                               .tapped = true,
                               .bypass = rows[i].bypass,
                               .late = rows[i].late,
                               .witness[WT_BY_MIRROR] = {rows[i].mirror, NAN, 0}};
    char text[160] = "";

    check_int(rows[i].name, wt_witness_trust(&window, WT_BY_MIRROR, &limits), rows[i].trust);
    if (rows[i].trust == WT_CONTRARY)
      wt_witness_mirror_disagreement(&window, "span0", text, sizeof(text));
    check_contains(rows[i].name, text, rows[i].said);
    window.tapped = false;
    check_int(rows[i].name, wt_witness_trust(&window, WT_BY_MIRROR, &limits), WT_UNTRIED);
  }
  check_done();
}

/* ---- what it is the source of ---------------------------------------------------------------------------------- */

/* A veth that transmits, polled each second, so that everything has arrived when it is read. */
struct road {
  struct wt_judge judge;
  struct wt_observation now;
  struct wt_direction_report report;
};

static void start(struct road *road)
{
  *road = (struct road){.now = {.tapped = true}};
  wt_judge_init(&road->judge);
  road->now.witness[WT_BY_MIRROR] = (struct wt_witness_reading){.there = true, .octets = WT_UNKNOWN};
}

/* So many frames past the tap's eyes, and those that it does not see; what the mirror gets of them. */
static void pass(struct road *road, uint64_t seen, uint64_t unseen, uint64_t mirrored)
{
  static const struct wt_judge_settings settings = {
      .limits = {.tolerance = 0.01, .least_frames = 1000}, .horizon = 300, .lag = 0.1};
  static const struct wt_facts facts = {
      .direction = WT_TX, .source = WT_SOURCE_TAP, .longest_frame = 1522, .mirror = "span0"};
  struct wt_tally *tally = &road->now.after;
  struct wt_witness_reading *mirror = &road->now.witness[WT_BY_MIRROR];

  tally->packets = tally->frames = tally->frames_low = tally->frames_high += seen;
  tally->packet_octets = tally->octets = tally->octets_low = tally->octets_high = tally->frames * 1000;
  road->now.before = *tally;
  road->now.counter_packets += seen + unseen;
  road->now.counter_octets = road->now.counter_packets * 1000;
  if (wt_known(mirror->frames))
    wt_witness_read(mirror, mirror->frames + mirrored, WT_UNKNOWN);
  road->now.time++;
  wt_judge_observe(&road->judge, &road->now, &facts, &settings, 1e9 + road->now.time);
  wt_judge_report(&road->judge, &facts, &road->report);
}

static uint64_t witness_of(const struct road *road)
{
  for (size_t i = 0; i < road->report.wire.witness_count; i++)
    if (road->report.wire.witnesses[i].source == WT_SOURCE_MIRROR)
      return road->report.wire.witnesses[i].frames;
  return 0;
}

/* late: what may not have arrived at the mirror yet, at the most; WT_UNKNOWN where nothing bounds it from above. */
static void check_wire(const char *row, const struct road *road, enum wt_source source, uint64_t frames, uint64_t late)
{
  const struct wt_wire *wire = &road->report.wire;

  check_text(row, wt_source_name(wire->source), wt_source_name(source));
  check_int(row, wire->frames, frames);
  check_int(row, wire->high, wt_known(late) ? frames + late : WT_UNKNOWN);
  check(row, wire->low <= wire->frames);
}

/* Nothing passes, for so long that what was seen last has been compared, and is used. */
static void rest(struct road *road)
{
  pass(road, 0, 0, 0);
  pass(road, 0, 0, 0);
}

/* Where the tap sees all, a mirror is a witness and no more. */
static void the_tap_is_better(void **state)
{
  struct road road;

  (void)state;
  start(&road);
  pass(&road, 0, 0, 0);
  for (uint64_t poll = 1; poll <= 5; poll++) {
    pass(&road, 100000, 0, 100000);
    check_wire("seen", &road, WT_SOURCE_TAP, poll * 100000, 0);
    check_int("the witness", witness_of(&road), poll * 100000);
  }
  check_text("nobody disagrees", road.report.wire.disagreement, "");
  check_done();
}

static void it_confirms_what_passed_unseen(void **state)
{
  struct road road;

  (void)state;
  start(&road);
  pass(&road, 0, 0, 0);
  pass(&road, 50000, 200000, 250000);
  rest(&road);
  check_wire("unseen", &road, WT_SOURCE_MIRROR, 250000, 0);
  check_int("all of them", road.report.wire.low, 250000);
  check("it was counted", !road.report.wire.estimated);
  check_text("the counter", wt_verdict_name(road.report.counter.signal.verdict), "agrees");
  check_text("the capture", wt_verdict_name(road.report.capture.verdict), "under-reports");
  check_text("why", wt_cause_name(road.report.cause), "bypass");
  check("octets", road.report.wire.octets_low <= 250000000 && road.report.wire.octets_high >= 250000000);
  /* It goes on being the source, and nothing is lost or counted twice. */
  for (uint64_t poll = 1; poll <= 5; poll++) {
    uint64_t unseen = poll % 2 ? 0 : 40000;

    pass(&road, 60000, unseen, 60000 + unseen);
    check_wire("on", &road, WT_SOURCE_MIRROR, 250000 + poll * 60000 + poll / 2 * 40000, 60000 + unseen);
  }
  check_done();
}

/* A long time after the last one passed unseen the tap is the better source again, and totals go on. */
static void it_gives_way_again(void **state)
{
  struct road road;
  uint64_t frames = 250000;

  (void)state;
  start(&road);
  pass(&road, 0, 0, 0);
  pass(&road, 50000, 200000, 250000);
  for (int poll = 0; poll < 400; poll++) {
    pass(&road, 1000, 0, 1000);
    frames += 1000;
  }
  check_wire("long after", &road, WT_SOURCE_TAP, frames, 1000); /* of the mirror's last second */
  pass(&road, 0, 100000, 100000);
  rest(&road);
  check_wire("again", &road, WT_SOURCE_MIRROR, frames + 100000, 1000);
  check_done();
}

static void one_that_loses_confirms_nothing(void **state)
{
  struct road road;

  (void)state;
  start(&road);
  pass(&road, 0, 0, 0);
  pass(&road, 100000, 0, 60000);
  rest(&road);
  check_wire("lossy", &road, WT_SOURCE_TAP, 100000, 0);
  check_contains("lossy", road.report.wire.disagreement, "the mirror span0 lost 40000 of 100000 frames");
  check_int("lossy", witness_of(&road), 60000);
  pass(&road, 0, 50000, 50000);
  rest(&road);
  check_wire("unseen", &road, WT_SOURCE_TAP, 150000, WT_UNKNOWN);
  check_text("unseen", wt_verdict_name(road.report.counter.signal.verdict), "unknown");

  /* It was the source, and begins to lose: wire never falls below what the tap saw. */
  start(&road);
  pass(&road, 0, 0, 0);
  pass(&road, 0, 100000, 100000);
  rest(&road);
  check_wire("before", &road, WT_SOURCE_MIRROR, 100000, 0);
  pass(&road, 300000, 0, 100000);
  pass(&road, 300000, 0, 100000);
  rest(&road);
  check_text("losing", wt_source_name(road.report.wire.source), "tap");
  check("losing", road.report.wire.frames >= 600000 && road.report.wire.frames <= 700000);
  check_contains("losing", road.report.wire.disagreement, "the mirror span0 lost 400000 of 700000 frames");
  check_done();
}

/* It lost frames long ago, which is forgotten: it is the source of what comes now, and not of what came then. */
static void it_does_not_reach_back_over_a_loss(void **state)
{
  struct road road;

  (void)state;
  start(&road);
  pass(&road, 0, 0, 0);
  pass(&road, 100000, 0, 60000);
  for (int poll = 0; poll < 4000; poll++)
    pass(&road, 0, 0, 0);
  pass(&road, 100000, 0, 100000);
  rest(&road);
  check_text("forgotten", road.report.wire.disagreement, "");
  pass(&road, 0, 100000, 100000);
  rest(&road);
  check_wire("all of them", &road, WT_SOURCE_MIRROR, 300000, WT_UNKNOWN);
  check_done();
}

/* A mirror that was away has no total, but what it shows of later windows counts. */
static void one_that_was_away_has_no_total(void **state)
{
  struct road road;

  (void)state;
  start(&road);
  pass(&road, 0, 0, 0);
  pass(&road, 10000, 0, 10000);
  check_int("there", witness_of(&road), 10000);
  road.now.witness[WT_BY_MIRROR].frames = WT_UNKNOWN;
  pass(&road, 10000, 0, 0);
  check_int("away", witness_of(&road), WT_UNKNOWN);
  check_text("away", road.report.wire.disagreement, "");
  road.now.witness[WT_BY_MIRROR].epoch++;
  road.now.witness[WT_BY_MIRROR].frames = 0;
  pass(&road, 10000, 0, 0);
  check_int("back", witness_of(&road), WT_UNKNOWN);
  check_text("back", road.report.wire.disagreement, "");
  pass(&road, 0, 100000, 100000);
  rest(&road);
  pass(&road, 0, 10000, 10000);
  check_text("it serves", wt_source_name(road.report.wire.source), "mirror");
  check_int("it serves", road.report.wire.frames, 140000);
  /* Nothing confirmed what had passed unseen before it was compared. */
  check_int("it serves", road.report.wire.high, WT_UNKNOWN);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(mirror_takes_two_names),
      cmocka_unit_test(an_interface_has_one_mirror_and_a_mirror_many),
      cmocka_unit_test(a_device_has_the_addresses_of_those_above),
      cmocka_unit_test(an_address_is_of_one_interface),
      cmocka_unit_test(it_is_believed_while_it_has_all),
      cmocka_unit_test(the_tap_is_better),
      cmocka_unit_test(it_confirms_what_passed_unseen),
      cmocka_unit_test(it_gives_way_again),
      cmocka_unit_test(one_that_loses_confirms_nothing),
      cmocka_unit_test(it_does_not_reach_back_over_a_loss),
      cmocka_unit_test(one_that_was_away_has_no_total),
  };

  return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
