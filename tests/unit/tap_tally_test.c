/* SPDX-License-Identifier: MIT */
/* What the tap's map holds, as a tally. The rows' figures are worked out by hand. */
#include "check.h"

#include "tap_tally.h"

static const struct wt_tap_port plain = {.link_header = 14, .mtu = 1500};
static const struct wt_tap_port guessing = {.link_header = 14, .mtu = 1500, .guesses = true};

static struct wt_tally tally_of(struct wt_tap_value value, const struct wt_tap_port *port, bool cooked,
                                enum wt_direction direction)
{
  struct wt_tally tally;

  wt_tap_tally(&value, port, cooked, direction, &tally);
  return tally;
}

static void check_frames(const char *what, const struct wt_tally *tally, uint64_t low, uint64_t frames, uint64_t high)
{
  check_int(what, tally->frames_low, low);
  check_int(what, tally->frames, frames);
  check_int(what, tally->frames_high, high);
}

static void check_octets(const char *what, const struct wt_tally *tally, uint64_t low, uint64_t octets, uint64_t high)
{
  check_int(what, tally->octets_low, low);
  check_int(what, tally->octets, octets);
  check_int(what, tally->octets_high, high);
}

static void what_is_marked_has_no_bounds(void **state)
{
  /* 10 packets of 20 segments of 1448 behind 66 octets. */
  struct wt_tally tally = tally_of((struct wt_tap_value){.packets = 10,
                                                         .octets = 10 * (66 + 20 * 1448),
                                                         .extra_frames = 190,
                                                         .extra_frames_low = 190,
                                                         .extra_octets = 190 * 66,
                                                         .hidden_tcp = 190},
                                   &guessing, false, WT_RX);

  (void)state;
  check_frames("marked", &tally, 200, 200, 200);
  check_octets("marked", &tally, 200 * 1514, 200 * 1514, 200 * 1514);
  check("marked", !tally.estimated);
  check_done();
}

static void on_a_cooked_handle_link_headers_come_back(void **state)
{
  struct wt_tally tally = tally_of((struct wt_tap_value){.packets = 10,
                                                         .octets = 10 * (52 + 20 * 1448),
                                                         .extra_frames = 190,
                                                         .extra_frames_low = 190,
                                                         .extra_octets = 190 * 52},
                                   &plain, true, WT_TX);

  (void)state;
  check_octets("cooked", &tally, 200 * 1514, 200 * 1514, 200 * 1514);
  check_int("cooked", tally.packet_octets, 10 * (66 + 20 * 1448));
  check_done();
}

/* Without a count the kernel's size is believed where it is a guest's own, and bounded where a driver may have guessed.
 */
static void a_guessed_size_has_bounds(void **state)
{
  /* 100 packets of 22 segments of 1436 octets, which the driver took for segments of 1448. */
  const uint64_t payload = 22 * 1436, length = 66 + payload, derived = (payload + 1447) / 1448;
  const struct wt_tap_value value = {.packets = 100,
                                     .octets = 100 * length,
                                     .extra_frames = 100 * (derived - 1),
                                     .extra_frames_low = 100 * (derived - 1),
                                     .extra_octets = 100 * (derived - 1) * 66,
                                     .unmarked = 100,
                                     .unmarked_extra = 100 * (derived - 1),
                                     .unmarked_octets = 100 * length};
  struct wt_tally guest = tally_of(value, &plain, false, WT_RX);
  struct wt_tally sent = tally_of(value, &guessing, false, WT_TX);
  struct wt_tally guessed = tally_of(value, &guessing, false, WT_RX);

  (void)state;
  check_frames("a guest's", &guest, 100 * derived, 100 * derived, 100 * derived);
  check_frames("transmitted", &sent, 100 * derived, 100 * derived, 100 * derived);
  check("estimated all the same", guest.estimated && sent.estimated && guessed.estimated);
  check_int("the estimate", guessed.frames, 100 * derived);
  check("bounds hold the truth", guessed.frames_low <= 2200 && guessed.frames_high >= 2200);
  check("as many as full frames at the least", guessed.frames_low == (100 * length + 1513) / 1514);
  check_int("as many as the shortest segments at the most", guessed.frames_high, (100 * length + 47) / 48);
  check("octets too", guessed.octets_low <= 2200 * (1436 + 66) && guessed.octets_high >= 2200 * (1436 + 66));
  check_done();
}

static void an_unmarked_long_packet_may_be_one_frame(void **state)
{
  struct wt_tally tally =
      tally_of((struct wt_tap_value){.packets = 5, .octets = 15000, .oversize_packets = 5, .oversize_octets = 15000},
               &plain, false, WT_RX);

  (void)state;
  check_int("one each", tally.frames_low, 5);
  check_int("by full segments of 1448", tally.frames, 11);
  check_int("by the shortest", tally.frames_high, 313);
  check_octets("oversize", &tally, 15000, 15000 + 6 * 66, 15000 + 308 * 128);
  check("oversize", tally.estimated);
  check_done();
}

/* The kernel's count of its frames is there, and the length of its headers is not. */
static void what_is_not_understood_has_bounds_of_octets(void **state)
{
  struct wt_tally tally = tally_of(
      (struct wt_tap_value){
          .packets = 10, .octets = 100000, .extra_frames = 90, .extra_frames_low = 90, .unparsed_frames = 90},
      &plain, false, WT_TX);

  (void)state;
  check_frames("unparsed", &tally, 100, 100, 100);
  check_octets("unparsed", &tally, 100000, 100000 + 90 * 66, 100000 + 90 * 128);
  check("unparsed", tally.estimated);
  check_done();
}

static void two_counts_that_differ_are_bounds(void **state)
{
  struct wt_tally tally = tally_of(
      (struct wt_tap_value){
          .packets = 1, .octets = 10000, .extra_frames = 9, .extra_frames_low = 6, .extra_octets = 9 * 66},
      &plain, false, WT_TX);

  (void)state;
  check_frames("differ", &tally, 7, 10, 10);
  check_octets("differ", &tally, 10000 + 6 * 66, 10000 + 9 * 66, 10000 + 9 * 66);
  check("differ", tally.estimated);
  check_done();
}

static void an_old_mtu_keeps_its_meaning(void **state)
{
  const struct wt_tap_value value = {.packets = 5, .octets = 15000, .oversize_packets = 5, .oversize_octets = 15000};
  struct wt_tap_port larger = plain;
  struct wt_tally before = tally_of(value, &plain, false, WT_RX), after, base = {0};

  (void)state;
  larger.mtu = 9000;
  after = tally_of(value, &larger, false, WT_RX);
  check("the same packets mean something else", after.frames != before.frames);
  wt_tap_keep_meaning(&base, &before, &after);
  wt_tally_add(&after, &base);
  check_frames("kept", &after, before.frames_low, before.frames, before.frames_high);
  check_octets("kept", &after, before.octets_low, before.octets, before.octets_high);
  check_done();
}

static void cpus_add_up(void **state)
{
  struct wt_tap_value sum = {0}, one;
  const uint64_t *fields = (const uint64_t *)&sum;

  (void)state;
  memset(&one, 1, sizeof(one));
  wt_tap_add_cpu(&sum, &one);
  wt_tap_add_cpu(&sum, &one);
  for (size_t i = 0; i < sizeof(sum) / sizeof(uint64_t); i++)
    if (i != offsetof(struct wt_tap_value, unused) / sizeof(uint64_t))
      check("each field", fields[i] == UINT64_C(0x0202020202020202));
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_marked_has_no_bounds),
      cmocka_unit_test(on_a_cooked_handle_link_headers_come_back),
      cmocka_unit_test(a_guessed_size_has_bounds),
      cmocka_unit_test(an_unmarked_long_packet_may_be_one_frame),
      cmocka_unit_test(what_is_not_understood_has_bounds_of_octets),
      cmocka_unit_test(two_counts_that_differ_are_bounds),
      cmocka_unit_test(an_old_mtu_keeps_its_meaning),
      cmocka_unit_test(cpus_add_up),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
