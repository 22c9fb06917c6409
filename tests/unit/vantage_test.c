/* SPDX-License-Identifier: MIT */
/* Where a capture was taken, from what its senders show. Each row is a place that somebody captures at. */
#include "check.h"

#include "vantage.h"

/* Senders of one point: the one that sends much, and the one that acknowledges it. */
struct place {
  const char *name;
  struct wt_vantage_facts facts[2];
  enum wt_vantage where[2];
  enum wt_trace_direction side[2];
  bool short_merges;
  enum wt_vantage whole;
  const char *evidence; /* of the first */
};

#define UNDECIDABLE    WT_VANTAGE_UNDECIDABLE
#define WIRE           WT_VANTAGE_WIRE
#define ABOVE_TSO      WT_VANTAGE_ABOVE_TSO
#define AFTER_GRO      WT_VANTAGE_AFTER_GRO
#define ABOVE_CHECKSUM WT_VANTAGE_ABOVE_CHECKSUM
#define RX             WT_TRACE_RX
#define TX             WT_TRACE_TX
#define UNTOLD         WT_TRACE_UNTOLD

static const struct place places[] = {
    {"sender with TSO, acknowledgements from a wire",
     {{.packets = 400, .merged = 350, .longest = 65226, .single_left = 50},
      {.packets = 100, .single_complete = 100, .longest = 66}},
     {ABOVE_TSO, UNDECIDABLE},
     {TX, RX},
     false,
     ABOVE_TSO,
     "350 packets are longer than a frame, up to 65226 octets; checksums are left to the device"},
    {"receiver with GRO, frames from a wire",
     {{.packets = 400, .merged = 350, .longest = 65226, .single_complete = 50}, {.packets = 100, .single_left = 100}},
     {AFTER_GRO, ABOVE_CHECKSUM},
     {RX, TX},
     true,
     AFTER_GRO,
     "350 packets are longer than a frame, up to 65226 octets, while 50 of one frame have complete checksums"},
    {"the same, own checksums computed by the host",
     {{.packets = 400, .merged = 350, .longest = 65226, .single_complete = 50},
      {.packets = 100, .single_complete = 100}},
     {AFTER_GRO, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     true,
     AFTER_GRO,
     "complete checksums, as frames from a wire have"},
    {"a host that sends and receives in bulk",
     {{.packets = 400, .merged = 350, .longest = 65226, .single_left = 50},
      {.packets = 400, .merged = 350, .longest = 65226, .single_complete = 50}},
     {ABOVE_TSO, AFTER_GRO},
     {TX, RX},
     false,
     WT_VANTAGE_HOST,
     "checksums are left to the device"},
    {"a sender with three packets of one frame, and one with two",
     {
         {.packets = 353, .merged = 350, .longest = 65226, .single_left = 3},
         {.packets = 2, .single_left = 2},
     },
     {UNDECIDABLE, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     true,
     UNDECIDABLE,
     "packets of the other side, which would tell, are missing"},
    {"virtual link",
     {{.packets = 400, .merged = 350, .longest = 65226, .single_left = 50}, {.packets = 100, .single_left = 100}},
     {UNDECIDABLE, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     true,
     UNDECIDABLE,
     "checksums of both sides are left to a device, so this is a virtual link"},
    {"virtual link, and the file tells that it was sent",
     {{.told = TX, .packets = 400, .merged = 350, .longest = 65226, .single_left = 50},
      {.told = RX, .packets = 100, .single_left = 100}},
     {ABOVE_TSO, UNDECIDABLE},
     {TX, RX},
     false,
     ABOVE_TSO,
     "the file says that they were sent"},
    {"virtual link, and the file tells that it was received",
     {{.told = RX, .packets = 400, .merged = 350, .longest = 65226, .single_left = 50},
      {.told = TX, .packets = 100, .single_left = 100}},
     {UNDECIDABLE, ABOVE_CHECKSUM},
     {RX, TX},
     true,
     UNDECIDABLE,
     "nobody completed the checksums of what was received, so it came over a virtual link"},
    {"only one side was captured",
     {{.packets = 400, .merged = 350, .longest = 65226, .single_left = 50}, {.packets = 0}},
     {UNDECIDABLE, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     true,
     UNDECIDABLE,
     "packets of the other side, which would tell, are missing"},
    {"router that sends what it has merged",
     {{.told = TX, .packets = 400, .merged = 350, .longest = 65226, .single_complete = 50},
      {.told = TX, .packets = 100, .single_complete = 100}},
     {ABOVE_TSO, UNDECIDABLE},
     {TX, TX},
     true,
     ABOVE_TSO,
     "the file says that they were sent"},
    {"merged with complete checksums, as some devices do, and no single packet",
     {{.packets = 400, .merged = 400, .merged_complete = 400, .longest = 17000}, {.packets = 0}},
     {AFTER_GRO, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     true,
     AFTER_GRO,
     "400 have a complete checksum, which no sender computes before cutting"},
    {"merged, and nothing else",
     {{.packets = 400, .merged = 400, .longest = 17000}, {.packets = 0}},
     {UNDECIDABLE, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     true,
     UNDECIDABLE,
     "only 0 packets of one frame, whose checksums would tell"},
    {"wire",
     {{.packets = 1000, .bulk = 900, .single_complete = 1000, .longest = 1514},
      {.packets = 500, .single_complete = 500}},
     {WIRE, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     false,
     WIRE,
     "900 full segments follow one another and none is merged, no checksum is left to a device (on the wire, or on a "
     "host whose offloads are off"},
    {"wire, between two machines",
     {{.packets = 1000, .bulk = 900, .single_complete = 1000, .longest = 1514, .padded = 3},
      {.packets = 500, .single_complete = 500, .padded = 400}},
     {WIRE, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     false,
     WIRE,
     "(on the wire itself: short frames of both sides are padded)"},
    {"receiver without GRO: its own short frames are not padded",
     {{.packets = 1000, .bulk = 900, .single_complete = 1000, .longest = 1514, .padded = 3},
      {.packets = 500, .single_complete = 500, .unpadded = 400}},
     {WIRE, UNDECIDABLE},
     {RX, TX},
     false,
     WIRE,
     "(on the host that received them"},
    {"sender without TSO, but with checksum offload",
     {{.packets = 1000, .bulk = 900, .single_left = 1000, .longest = 1514}, {.packets = 500, .single_complete = 500}},
     {ABOVE_CHECKSUM, UNDECIDABLE},
     {TX, RX},
     false,
     ABOVE_CHECKSUM,
     "1000 packets have checksums that are left to the device, and none is longer than a frame"},
    {"little traffic",
     {{.packets = 40, .bulk = 99, .single_complete = 40, .longest = 1514}, {.packets = 40, .single_complete = 40}},
     {UNDECIDABLE, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     true,
     UNDECIDABLE,
     "too little that TSO or GRO would have merged: 99 full segments follow one another, and it takes 100"},
    {"long frames or merged ones",
     {{.packets = 1000, .long_only = 900, .single_complete = 100, .longest = 9014}, {.packets = 500}},
     {UNDECIDABLE, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     true,
     UNDECIDABLE,
     "900 packets of up to 9014 octets are merged, or frames of a network with long ones"},
    {"loopback",
     {{.packets = 1000, .merged = 900, .single_left = 100, .longest = 65549, .loopback = true},
      {.packets = 500, .single_left = 500, .loopback = true}},
     {UNDECIDABLE, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     true,
     UNDECIDABLE,
     "a loopback device has no wire"},
    {"checksums of both kinds from one address",
     {{.packets = 1000, .bulk = 900, .single_complete = 600, .single_left = 400, .longest = 1514}, {.packets = 0}},
     {UNDECIDABLE, UNDECIDABLE},
     {UNTOLD, UNTOLD},
     true,
     UNDECIDABLE,
     "some checksums are complete and some are not"},
};

static void test_places(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(places); i++) {
    const struct place *place = &places[i];
    struct wt_vantage_finding findings[2];

    wt_vantage_judge(place->facts, 2, findings);
    for (int sender = 0; sender < 2; sender++) {
      check_text(place->name, wt_vantage_name(findings[sender].where), wt_vantage_name(place->where[sender]));
      check_int(place->name, findings[sender].side, place->side[sender]);
      check_int(place->name, findings[sender].inferred,
                place->facts[sender].told == UNTOLD && place->side[sender] != UNTOLD);
      check(place->name, findings[sender].evidence[0] != '\0');
    }
    check_int(place->name, findings[0].short_merges, place->short_merges);
    check_contains(place->name, findings[0].evidence, place->evidence);
    check_text(place->name, wt_vantage_name(wt_vantage_combine(findings, 2)), wt_vantage_name(place->whole));
  }
  check_done();
}

/* The evidence never makes a verdict firmer: whatever the figures, each finding has a reason and a place that exists.
 */
static void test_any_figures(void **state)
{
  static const uint64_t figures[] = {0, 7, 8, 100, 1000};
  struct wt_vantage_facts facts[2] = {{.packets = 1000}, {.packets = 1000}};
  struct wt_vantage_finding findings[2];

  (void)state;
  for (unsigned int choice = 0; choice < 5 * 5 * 5 * 5 * 3; choice++) {
    unsigned int rest = choice;
    uint64_t *const figure[] = {&facts[0].merged, &facts[0].single_left, &facts[0].single_complete,
                                &facts[1].single_left};

    for (size_t i = 0; i < CHECK_COUNT(figure); i++, rest /= 5)
      *figure[i] = figures[rest % 5];
    facts[0].told = rest % 3;
    wt_vantage_judge(facts, 2, findings);
    check("any", findings[0].evidence[0] && findings[0].where < WT_VANTAGE_HOST);
    /* What was received was never above TSO of the host, nor what was sent after GRO by it. */
    check("any", !(facts[0].told == RX && findings[0].where == ABOVE_TSO));
    check("any", !(facts[0].told == TX && findings[0].where == AFTER_GRO));
    check("any", !(facts[0].merged && findings[0].where == WIRE));
    check("any", !(facts[0].merged == 0 && (findings[0].where == ABOVE_TSO || findings[0].where == AFTER_GRO)));
  }
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_places),
      cmocka_unit_test(test_any_figures),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
