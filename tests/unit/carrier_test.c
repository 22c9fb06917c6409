/* SPDX-License-Identifier: MIT */
/* Whether one interface alone carried what the namespace counted, and which. */
#include "check.h"

#include "carrier.h"

static void note(struct wt_carrier *carrier, int ifindex, uint64_t received, uint64_t sent, bool from_start)
{
  const uint64_t packets[WT_DIRECTIONS] = {[WT_RX] = received, [WT_TX] = sent};

  wt_carrier_note(carrier, ifindex, packets, from_start);
}

static void the_one_that_moved(void **state)
{
  struct wt_carrier carrier = {0};

  (void)state;
  check_int("no link", wt_carrier_of(&carrier, WT_RX), 0);
  note(&carrier, 1, 50, 60, true);
  note(&carrier, 2, 70, 80, true);
  check_int("what was there before is nobody's", wt_carrier_of(&carrier, WT_RX), 0);
  note(&carrier, 1, 50, 60, false);
  note(&carrier, 2, 71, 80, false);
  check_int("received", wt_carrier_of(&carrier, WT_RX), 2);
  check_int("nothing sent", wt_carrier_of(&carrier, WT_TX), 0);
  note(&carrier, 1, 50, 61, false);
  check_int("sent by another", wt_carrier_of(&carrier, WT_TX), 1);
  check_int("received as before", wt_carrier_of(&carrier, WT_RX), 2);
  note(&carrier, 1, 51, 61, false);
  check_int("two of them", wt_carrier_of(&carrier, WT_RX), 0);
  note(&carrier, 1, 50, 61, false);
  check_int("and it stays so", wt_carrier_of(&carrier, WT_RX), 0);
  check_done();
}

static void links_that_come(void **state)
{
  struct wt_carrier carrier = {0};

  (void)state;
  note(&carrier, 1, 50, 60, true);
  note(&carrier, 7, 3, 0, false);
  check_int("all that it has is new", wt_carrier_of(&carrier, WT_RX), 7);
  check_int("nothing sent", wt_carrier_of(&carrier, WT_TX), 0);
  check_done();
}

static void a_counter_that_was_reset(void **state)
{
  struct wt_carrier carrier = {0};

  (void)state;
  note(&carrier, 1, 50, 60, true);
  note(&carrier, 1, 10, 60, false);
  check_int("has moved", wt_carrier_of(&carrier, WT_RX), 1);
  check_done();
}

static void what_cannot_be_known(void **state)
{
  struct wt_carrier carrier = {0};

  (void)state;
  for (int i = 1; i <= WT_CARRIER_MOST; i++)
    note(&carrier, i, 0, 0, true);
  note(&carrier, 5, 1, 1, false);
  check_int("as many links as are told apart", wt_carrier_of(&carrier, WT_TX), 5);
  note(&carrier, WT_CARRIER_MOST + 1, 0, 0, false);
  check_int("one more", wt_carrier_of(&carrier, WT_TX), 0);

  carrier = (struct wt_carrier){0};
  note(&carrier, 1, 0, 0, true);
  note(&carrier, 1, 5, 5, false);
  wt_carrier_lose(&carrier);
  check_int("one of which nobody read the last", wt_carrier_of(&carrier, WT_RX), 0);
  note(&carrier, 1, 9, 9, false);
  check_int("and never again", wt_carrier_of(&carrier, WT_RX), 0);
  check_done();
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_one_that_moved),
      cmocka_unit_test(links_that_come),
      cmocka_unit_test(a_counter_that_was_reset),
      cmocka_unit_test(what_cannot_be_known),
  };

  return cmocka_run_group_tests_name("carrier", tests, NULL, NULL);
}
