/* SPDX-License-Identifier: MIT */
/* What merging hides: bounds of segments and packets, and whose the namespace's figures are. */
#include "check.h"

#include "carrier.h"
#include "hidden.h"

static void check_bounds(const char *name, struct wt_bounds bounds, uint64_t low, uint64_t high)
{
  check_int(name, bounds.low, low);
  check_int(name, bounds.high, high);
}

static void segments_are_in_so_many_packets(void **state)
{
  (void)state;
  check_bounds("none", wt_hidden_packets(0, 500), 0, 0);
  check_bounds("nothing is hidden", wt_hidden_packets(84, 0), 84, 84);
  check_bounds("a few are", wt_hidden_packets(84, 30), 54, 84);
  check_bounds("all but one are", wt_hidden_packets(84, 83), 1, 84);
  check_bounds("as many as there were", wt_hidden_packets(84, 84), 1, 84);
  check_bounds("more than there were", wt_hidden_packets(84, 20000), 1, 84);
  check_bounds("not known how many are", wt_hidden_packets(84, WT_UNKNOWN), 1, 84);
  check_bounds("not known", wt_hidden_packets(WT_UNKNOWN, 0), WT_UNKNOWN, WT_UNKNOWN);
  check_done();
}

static void packets_are_so_many_segments(void **state)
{
  (void)state;
  check_bounds("nothing is hidden", wt_hidden_segments(12, 0), 12, 12);
  check_bounds("a few are", wt_hidden_segments(12, 30), 12, 42);
  check_bounds("not known how many are", wt_hidden_segments(12, WT_UNKNOWN), 12, WT_UNKNOWN);
  check_bounds("not known", wt_hidden_segments(WT_UNKNOWN, 30), WT_UNKNOWN, WT_UNKNOWN);
  check_done();
}

static void each_direction_gets_its_own(void **state)
{
  const struct wt_namespace namespace = {
      .tcp_retransmitted = 84, .tcp_duplicate_packets = 3, .tcp_out_of_order_packets = 12};
  struct wt_direction_report tx = {.hidden = {.tcp = 30, .high = 40, .duplicate_packets = WT_UNKNOWN}}, rx = tx;

  (void)state;
  rx.hidden.retransmitted_segments = WT_UNKNOWN;
  wt_hidden_attribute(&tx, WT_TX, &namespace);
  wt_hidden_attribute(&rx, WT_RX, &namespace);
  check_int("tx", tx.hidden.retransmitted_segments, 84);
  check_bounds("tx", tx.hidden.retransmitted_packets, 54, 84);
  check("tx", tx.hidden.duplicate_packets == WT_UNKNOWN);
  check_int("rx", rx.hidden.duplicate_packets, 3);
  check_bounds("rx, duplicates", rx.hidden.duplicate_segments, 3, 33);
  check_int("rx", rx.hidden.out_of_order_packets, 12);
  check_bounds("rx, out of order", rx.hidden.out_of_order_segments, 12, 42);
  check("rx", rx.hidden.retransmitted_segments == WT_UNKNOWN);
  /* An estimate of what is hidden is no bound; the estimate's own upper one is. */
  tx.wire.estimated = true;
  wt_hidden_attribute(&tx, WT_TX, &namespace);
  check_bounds("estimated", tx.hidden.retransmitted_packets, 44, 84);
  tx.hidden.high = WT_UNKNOWN;
  wt_hidden_attribute(&tx, WT_TX, &namespace);
  check_bounds("unbounded", tx.hidden.retransmitted_packets, 1, 84);
  check_done();
}

/* A packet out of order is so as a whole; a duplicate may be the beginning of one that is none. */
static void without_a_packet_there_may_be_a_segment(void **state)
{
  const struct wt_namespace namespace = {.tcp_duplicate_packets = 0, .tcp_out_of_order_packets = 0};
  struct wt_direction_report rx = {.hidden = {.tcp = 30}};

  (void)state;
  wt_hidden_attribute(&rx, WT_RX, &namespace);
  check_bounds("out of order", rx.hidden.out_of_order_segments, 0, 0);
  check_bounds("duplicates", rx.hidden.duplicate_segments, 0, 30);
  check_done();
}

/* ---- who carried it -------------------------------------------------------------------------------------------- */

static void note(struct wt_carrier *carrier, int ifindex, uint64_t rx, uint64_t tx, bool from_start)
{
  const uint64_t packets[WT_DIRECTIONS] = {[WT_RX] = rx, [WT_TX] = tx};

  wt_carrier_note(carrier, ifindex, packets, from_start);
}

static void one_that_moved_alone_is_the_carrier(void **state)
{
  struct wt_carrier carrier = {0};

  (void)state;
  note(&carrier, 1, 700, 700, true);
  note(&carrier, 2, 10, 20, true);
  note(&carrier, 3, 0, 0, true);
  check_int("nobody moved", wt_carrier_of(&carrier, WT_TX), 0);
  note(&carrier, 2, 10, 21, false);
  check_int("one did", wt_carrier_of(&carrier, WT_TX), 2);
  check_int("not that way", wt_carrier_of(&carrier, WT_RX), 0);
  note(&carrier, 1, 700, 700, false);
  check_int("the others did not", wt_carrier_of(&carrier, WT_TX), 2);
  note(&carrier, 1, 701, 700, false);
  check_int("another one the other way", wt_carrier_of(&carrier, WT_TX), 2);
  check_int("the other way", wt_carrier_of(&carrier, WT_RX), 1);
  note(&carrier, 3, 0, 1, false);
  check_int("two did", wt_carrier_of(&carrier, WT_TX), 0);
  /* What was carried was carried. */
  note(&carrier, 3, 0, 0, false);
  check_int("one of them was reset", wt_carrier_of(&carrier, WT_TX), 0);
  check_done();
}

static void all_of_a_later_one_is_new(void **state)
{
  struct wt_carrier carrier = {0};

  (void)state;
  note(&carrier, 1, 0, 700, true);
  note(&carrier, 9, 0, 5, false);
  check_int("it came with traffic", wt_carrier_of(&carrier, WT_TX), 9);
  note(&carrier, 9, 0, 5, false);
  check_int("it stays so", wt_carrier_of(&carrier, WT_TX), 9);
  check_done();
}

static void what_is_not_known_is_told_of_nobody(void **state)
{
  struct wt_carrier carrier = {0};

  (void)state;
  for (int ifindex = 1; ifindex <= WT_CARRIER_MOST; ifindex++)
    note(&carrier, ifindex, 0, 0, true);
  note(&carrier, 7, 1, 1, false);
  check_int("as many as there may be", wt_carrier_of(&carrier, WT_RX), 7);
  note(&carrier, WT_CARRIER_MOST + 1, 0, 0, false);
  check_int("one more", wt_carrier_of(&carrier, WT_RX), 0);
  carrier = (struct wt_carrier){0};
  note(&carrier, 7, 0, 0, true);
  note(&carrier, 7, 1, 1, false);
  wt_carrier_lose(&carrier);
  check_int("one has gone", wt_carrier_of(&carrier, WT_RX), 0);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(segments_are_in_so_many_packets),     cmocka_unit_test(packets_are_so_many_segments),
      cmocka_unit_test(each_direction_gets_its_own),         cmocka_unit_test(without_a_packet_there_may_be_a_segment),
      cmocka_unit_test(one_that_moved_alone_is_the_carrier), cmocka_unit_test(all_of_a_later_one_is_new),
      cmocka_unit_test(what_is_not_known_is_told_of_nobody),
  };

  return cmocka_run_group_tests_name("hidden_bounds", tests, NULL, NULL);
}
