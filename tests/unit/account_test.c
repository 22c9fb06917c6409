/* SPDX-License-Identifier: MIT */
/* TCP's own account over readings: who is counted from when, and who not at all. */
#include "check.h"

#include <stdlib.h>

#include "account.h"
#include "random.h"

/* A connection that has received as much as it says, sent twice, and delivered a half of it. */
static struct wt_account_item item(uint64_t cookie, int interface, uint32_t segments, bool ended, uint64_t quiet)
{
  return (struct wt_account_item){
      .socket = {.cookie = cookie,
                 .ended = ended,
                 .quiet = quiet,
                 .segments = {[WT_RX] = segments, [WT_TX] = (uint32_t)(2 * segments)},
                 .delivered = segments / 2,
                 .acknowledged = UINT64_C(1000) * segments,
                 .received = UINT64_C(500) * segments},
      .interface = interface,
  };
}

/* cppcheck does not expand CHECK_COUNT() in here. */
#define TAKE(account, age, complete, ...)                                                                              \
  do {                                                                                                                 \
    struct wt_account_item taken[] = {__VA_ARGS__};                                                                    \
    assert_int_equal(wt_account_take(account, taken, sizeof(taken) / sizeof(taken[0]), age, complete), 0);             \
  } while (0)

static uint64_t received(const struct wt_account *account, int interface)
{
  return wt_account_of(account, interface)->segments[WT_RX];
}

static void what_was_there_counts_from_then(void **state)
{
  struct wt_account *account = wt_account_new();

  (void)state;
  TAKE(account, 0, true, item(9, 2, 1000, false, 0), item(4, 3, 70, false, 0));
  check_int("at first", wt_account_total(account)->segments[WT_RX], 0);
  check_int("connections", wt_account_connections(account), 2);
  TAKE(account, 0, true, item(4, 3, 75, false, 0), item(9, 2, 1100, false, 0), item(12, 2, 30, false, 0));
  check_int("gone on, and a new one from 0", received(account, 2), 130);
  check_int("of the other", received(account, 3), 5);
  check_int("all", wt_account_total(account)->segments[WT_RX], 135);
  check_int("sent", wt_account_total(account)->segments[WT_TX], 270);
  check_int("octets", wt_account_total(account)->acknowledged, 135000);
  check_int("an interface without any", received(account, 77), 0);
  check_int("connections", wt_account_connections(account), 3);
  wt_account_free(account);
  check_done();
}

static void counts_wrap(void **state)
{
  const struct wt_account_item before = item(1, 2, UINT32_MAX - 9, false, 0);
  struct wt_account_item after = item(1, 2, 5, false, 0);
  struct wt_account *account = wt_account_new();

  (void)state;
  TAKE(account, 0, true, before);
  after.socket.acknowledged = before.socket.acknowledged + 1500;
  after.socket.received = before.socket.received + 750;
  TAKE(account, 0, true, after);
  check_int("beyond 32 bits", received(account, 2), 15);
  check_int("octets have 64", wt_account_of(account, 2)->acknowledged, 1500);
  wt_account_free(account);
  check_done();
}

/* Disconnected, and connected again: the kernel begins at 0 under the same number. */
static void a_socket_may_begin_anew(void **state)
{
  struct wt_account *account = wt_account_new();
  struct wt_account_item again = item(1, 3, 1200, false, 0);

  (void)state;
  TAKE(account, 0, true, item(1, 2, 1000, false, 0));
  TAKE(account, 1, true, item(1, 3, 60, false, 0));
  check_int("with fewer: from 0", wt_account_total(account)->segments[WT_RX], 60);
  check_int("sent", wt_account_total(account)->segments[WT_TX], 120);
  check_int("octets", wt_account_total(account)->received, 30000);
  check_int("by the interface that it passes now", received(account, 3), 60);
  again.socket.key.target_port = 80;
  TAKE(account, 2, true, again);
  check_int("with more, to another peer: from 0", received(account, 3), 1260);
  again = item(1, 2, 1300, true, 0);
  TAKE(account, 3, true, again);
  check_int("its end may be told without the peer", received(account, 3), 1360);
  wt_account_free(account);
  check_done();
}

static void each_count_tells_that_it_begins_anew(void **state)
{
  struct wt_account_item before = item(1, 2, 1000, false, 0);

  (void)state;
  for (int which = 0; which < 4; which++) {
    struct wt_account *account = wt_account_new();
    struct wt_account_item after = item(1, 2, 1000, false, 0);

    if (which == 0)
      after.socket.segments[WT_RX] = 999;
    else if (which == 1)
      after.socket.segments[WT_TX] = 1999;
    else if (which == 2)
      after.socket.acknowledged--;
    else
      after.socket.received--;
    TAKE(account, 0, true, before);
    TAKE(account, 1, true, after);
    check_int("counted from 0", wt_account_total(account)->segments[WT_RX], after.socket.segments[WT_RX]);
    wt_account_free(account);
  }
  check_done();
}

/* Begun and ended between two readings, ended with more than at the reading before, told in the same reading as seen.
 */
static void ends_count(void **state)
{
  struct wt_account *account = wt_account_new();

  (void)state;
  TAKE(account, 0, true, item(1, 2, 100, false, 0));
  TAKE(account, 0, true, item(1, 2, 140, true, 0), item(5, 2, 7, true, 0), item(6, 2, 10, false, 0),
       item(6, 2, 13, true, 0));
  check_int("40, 7 and 13", received(account, 2), 60);
  check_int("none is there any more", wt_account_connections(account), 0);
  TAKE(account, 1, true, item(8, 2, 1, false, 0));
  check_int("and none is counted again", received(account, 2), 61);
  wt_account_free(account);
  check_done();
}

/* Out of every dump, and its end not told yet: the program has not closed it. */
static void an_end_may_come_late(void **state)
{
  struct wt_account *account = wt_account_new();

  (void)state;
  TAKE(account, 0, true, item(1, 2, 100, false, 0), item(2, 2, 1, false, 0));
  TAKE(account, 0, true, item(2, 2, 1, false, 0));
  check_int("unseen for a while", received(account, 2), 0);
  TAKE(account, 1, true, item(2, 2, 1, false, 0), item(1, 2, 130, true, 900));
  check_int("then its end", received(account, 2), 30);
  wt_account_free(account);

  /* Where ends were lost it is forgotten: what comes after all is taken for a connection of its own, as long as it can
   * be one. */
  account = wt_account_new();
  TAKE(account, 0, true, item(1, 2, 100, false, 0), item(2, 2, 1, false, 0));
  TAKE(account, 0, false, item(2, 2, 1, false, 0));
  TAKE(account, 1, true, item(2, 2, 1, false, 0), item(1, 2, 130, true, 2000));
  check_int("forgotten", received(account, 2), 0);
  wt_account_free(account);
  check_done();
}

/* Closed by its program long after it was over, and never in a dump. */
static void an_end_of_an_older_one_counts_nothing(void **state)
{
  static const struct {
    const char *what;
    double age; /* of the account when the end is told */
    uint64_t quiet;
    bool older;
  } rows[] = {
      {"moved in the moment of its end", 0.001, 0, false},
      {"quiet for less than the account runs", 10, 9000, false},
      {"quiet for longer", 10, 11000, true},
      {"not known", 10, WT_UNKNOWN, true},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_account *account = wt_account_new();

    TAKE(account, 0, true, item(1, 2, 5, false, 0));
    TAKE(account, rows[i].age, true, item(1, 2, 5, false, 0), item(3, 2, 1000, true, rows[i].quiet));
    check_int(rows[i].what, received(account, 2), rows[i].older ? 0 : 1000);
    check_int(rows[i].what, wt_account_of(account, 2)->delivered, rows[i].older ? 0 : 500);
    wt_account_free(account);
  }
  check_done();
}

static void what_the_kernel_does_not_tell_is_unknown(void **state)
{
  struct wt_account *account = wt_account_new();
  struct wt_account_item old = item(1, 2, 5, false, 0);

  (void)state;
  old.socket.segments[WT_TX] = WT_UNKNOWN;
  TAKE(account, 0, true, old);
  TAKE(account, 0, true, old, item(2, 3, 9, false, 0));
  check_int("sent", wt_account_total(account)->segments[WT_TX], WT_UNKNOWN);
  check_int("received", wt_account_total(account)->segments[WT_RX], 9);
  check_int("of the other interface", wt_account_of(account, 3)->segments[WT_TX], 18);
  wt_account_free(account);
  check_done();
}

/* Whatever comes, and goes, in whatever order: every segment once. */
static void every_segment_counts_once(void **state)
{
  enum { SOCKETS = 40, ROUNDS = 400 };
  struct wt_account *account = wt_account_new();
  struct wt_account_item live[SOCKETS], items[2 * SOCKETS];
  struct random random = {11};
  uint64_t truth = 0, next = 1;
  size_t count = 0, round;

  (void)state;
  TAKE(account, 0, true, item(next++, 1, 3, true, 0));
  for (round = 0; round < ROUNDS; round++) {
    size_t told = 0;

    while (count < SOCKETS && random_below(&random, 3))
      live[count++] = item(next++, (int)random_below(&random, 5), 0, false, 0);
    for (size_t i = 0; i < count;) {
      uint32_t more = (uint32_t)random_below(&random, 1000);

      truth += more;
      live[i] =
          item(live[i].socket.cookie, live[i].interface, (uint32_t)live[i].socket.segments[WT_RX] + more, false, 0);
      items[told++] = live[i];
      if (random_below(&random, 3) == 0) {
        items[told] = live[i];
        items[told++].socket.ended = true;
        live[i] = live[--count];
      } else {
        i++;
      }
    }
    for (size_t i = told; i > 1; i--) {
      size_t other = random_below(&random, i);
      struct wt_account_item swapped = items[i - 1];

      items[i - 1] = items[other];
      items[other] = swapped;
    }
    assert_int_equal(wt_account_take(account, items, told, 1, true), 0);
  }
  check_int("all", wt_account_total(account)->segments[WT_RX], truth);
  check_int("now", wt_account_connections(account), count);
  wt_account_free(account);
  check_done();
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_there_counts_from_then),
      cmocka_unit_test(counts_wrap),
      cmocka_unit_test(a_socket_may_begin_anew),
      cmocka_unit_test(each_count_tells_that_it_begins_anew),
      cmocka_unit_test(ends_count),
      cmocka_unit_test(an_end_may_come_late),
      cmocka_unit_test(an_end_of_an_older_one_counts_nothing),
      cmocka_unit_test(what_the_kernel_does_not_tell_is_unknown),
      cmocka_unit_test(every_segment_counts_once),
  };

  return cmocka_run_group_tests_name("account", tests, NULL, NULL);
}
