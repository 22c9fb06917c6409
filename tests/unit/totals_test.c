/* SPDX-License-Identifier: MIT */
/* What the collectd plugin sends of totals: no rate that is drawn from two of them is above what passed. */
#include "check.h"

#include "../../plugins/collectd/totals.c" /* NOLINT(bugprone-suspicious-include): the tests link the core alone */

enum { NOT_SENT = -1 };

/* What is sent of one interface with one pair. */
static long long send_pair(struct totals *totals, const char *name, int ifindex, uint64_t rx, uint64_t tx)
{
  uint64_t figures[] = {rx, tx};

  if (!totals_of(totals, name, ifindex) || !totals_make(totals, "if_packets", "wire", figures, 2))
    return NOT_SENT;
  return (long long)figures[0] * 1000000 + (long long)figures[1];
}

static void begin(struct totals *totals, double time)
{
  totals_begin(totals, 1790000000 + time, time);
}

/* A whole report of that one. */
static long long report(struct totals *totals, double time, const char *name, int ifindex, uint64_t rx, uint64_t tx)
{
  long long sent;

  begin(totals, time);
  sent = send_pair(totals, name, ifindex, rx, tx);
  totals_end(totals);
  return sent;
}

static void goes_on_as_it_is(void **state)
{
  struct totals *totals = totals_new();

  (void)state;
  check_int("the first report is since the start", report(totals, 0, "eth0", 2, 5, 7), 5000007);
  check_int("the second", report(totals, 1, "eth0", 2, 9, 7), 9000007);
  check_int("polls that failed take nothing back", report(totals, 9, "eth0", 2, 90, 70), 90000070);
  totals_free(totals);
  check_done();
}

static void unknown(void **state)
{
  struct totals *totals = totals_new();

  (void)state;
  report(totals, 0, "eth0", 2, 5, 7);
  check_int("one is unknown", report(totals, 1, "eth0", 2, WT_UNKNOWN, 8), NOT_SENT);
  check_int("known again: anew", report(totals, 2, "eth0", 2, 50, 9), 0);
  check_int("and on from there", report(totals, 3, "eth0", 2, 51, 12), 1000003);
  check_int("both are", report(totals, 4, "eth0", 2, WT_UNKNOWN, WT_UNKNOWN), NOT_SENT);
  check_int("for two reports", report(totals, 5, "eth0", 2, WT_UNKNOWN, WT_UNKNOWN), NOT_SENT);
  check_int("known again", report(totals, 6, "eth0", 2, 51, 12), 0);
  totals_free(totals);

  totals = totals_new();
  report(totals, 0, "eth0", 2, WT_UNKNOWN, 7);
  check_int("known for the first time, later: from 0 on", report(totals, 1, "eth0", 2, 1000, 2000), 0);
  totals_free(totals);
  check_done();
}

static void interfaces(void **state)
{
  struct totals *totals = totals_new();

  (void)state;
  begin(totals, 0);
  check_int("small", send_pair(totals, "a", 2, 1, 1), 1000001);
  check_int("large", send_pair(totals, "b", 3, 900000, 900000), 900000900000LL);
  totals_end(totals);
  begin(totals, 1);
  check_int("the large one has the small one's name", send_pair(totals, "a", 3, 900001, 900001), 0);
  check_int("and the other way round", send_pair(totals, "b", 2, 2, 2), 0);
  totals_end(totals);
  begin(totals, 2);
  check_int("in another order", send_pair(totals, "b", 2, 5, 3), 3000001);
  check_int("each goes on", send_pair(totals, "a", 3, 900002, 900003), 1000002);
  totals_end(totals);
  check_int("made anew, with the same index", report(totals, 3, "a", 3, 0, 0), 0);
  check_int("counts from there", report(totals, 4, "a", 3, 4, 4), 4000004);
  check_int("renamed to a name that nobody had", report(totals, 5, "c", 3, 10, 10), 0);
  check_int("its old name by another one", report(totals, 6, "a", 9, 3, 3), 0);
  check_int("a name that was away for a report", report(totals, 7, "c", 3, 20, 20), 0);
  totals_free(totals);
  check_done();
}

static void identities(void **state)
{
  struct totals *totals = totals_new();
  uint64_t figure = 5;

  (void)state;
  begin(totals, 0);
  check("no interface yet", !totals_make(totals, "derive", "x", &figure, 1));
  totals_of(totals, "", 0);
  check("of the namespace", totals_make(totals, "derive", "x", &figure, 1) && figure == 5);
  figure = 3000;
  check("of another type", totals_make(totals, "total_bytes", "x", &figure, 1) && figure == 3000);
  totals_end(totals);
  begin(totals, 1);
  totals_of(totals, "", 0);
  figure = 3001;
  check("each on its own", totals_make(totals, "total_bytes", "x", &figure, 1) && figure == 3001);
  figure = 77;
  check("one that comes later starts at 0", totals_make(totals, "derive", "y", &figure, 1) && figure == 0);
  totals_end(totals);
  begin(totals, 2);
  totals_of(totals, "", 0);
  figure = 6;
  check("one that was left out starts anew", totals_make(totals, "derive", "x", &figure, 1) && figure == 0);
  totals_end(totals);
  totals_free(totals);
  totals_free(NULL);
  check_done();
}

static void clock_is_set(void **state)
{
  static const struct {
    const char *name;
    double passed, shown;
    long long sent;
  } rows[] = {
      {"as it goes", 10, 10, 9000007},
      {"slewed", 10, 10.005, 9000007},
      {"suspended: both go on", 3600, 3600, 9000007},
      {"set forward", 10, 12, 0},
      {"set back", 10, 8, 0},
      {"set back behind the report before", 10, -3600, 0},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct totals *totals = totals_new();

    report(totals, 100, "eth0", 2, 5, 7);
    totals_begin(totals, 1790000100 + rows[i].shown, 100 + rows[i].passed);
    check_int(rows[i].name, send_pair(totals, "eth0", 2, 9, 7), rows[i].sent);
    totals_free(totals);
  }
  check_done();
}

static void reaches_back(void **state)
{
  struct totals *totals = totals_new();
  uint64_t figure = 500;

  (void)state;
  report(totals, 0, "eth0", 2, 5, 7);
  begin(totals, 1);
  totals_of(totals, "eth0", 2);
  totals_reach_back(totals, true);
  check("what was found late", totals_make(totals, "derive", "late", &figure, 1) && figure == 0);
  totals_reach_back(totals, false);
  figure = 700;
  check("beside what was not", totals_make(totals, "derive", "in time", &figure, 1) && figure == 0);
  totals_end(totals);
  begin(totals, 2);
  totals_of(totals, "eth0", 2);
  figure = 503;
  check("it goes on", totals_make(totals, "derive", "late", &figure, 1) && figure == 3);
  totals_reach_back(totals, true);
  figure = 709;
  check("and the other one reaches back", totals_make(totals, "derive", "in time", &figure, 1) && figure == 0);
  totals_of(totals, "eth1", 3);
  figure = 0;
  check("another interface does not", totals_make(totals, "derive", "in time", &figure, 1) && figure == 0);
  totals_end(totals);
  begin(totals, 3);
  totals_of(totals, "eth1", 3);
  figure = 9;
  check("nor later", totals_make(totals, "derive", "in time", &figure, 1) && figure == 9);
  totals_end(totals);
  totals_free(totals);
  check_done();
}

/* One sample of a series: what is sent, and the seconds since the one before, a thousandth each. */
static void sample(const char *row, struct totals *totals, int ifindex, uint64_t figure, double time, long long want,
                   double want_gap)
{
  double gap = 0;
  bool sent;

  begin(totals, 0);
  totals_of(totals, "eth0", ifindex);
  sent = totals_make_sampled(totals, "if_packets", "series", &figure, 1, time, &gap);
  check_int(row, sent ? (long long)figure : NOT_SENT, want);
  if (sent)
    check_int(row, llround(gap * 1000), llround(want_gap * 1000));
  totals_end(totals);
}

static void series(void **state)
{
  struct totals *totals = totals_new();

  (void)state;
  sample("no sample yet", totals, 2, WT_UNKNOWN, NAN, NOT_SENT, 0);
  sample("the first", totals, 2, 100, 1000, 0, 0);
  sample("no newer one", totals, 2, 100, 1000, NOT_SENT, 0);
  sample("a newer one", totals, 2, 150, 1015, 50, 15);
  sample("an older one", totals, 2, 160, 1010, NOT_SENT, 0);
  sample("a figure without a time", totals, 2, 160, NAN, NOT_SENT, 0);
  sample("after a long while", totals, 2, 1150, 2015, 1050, 1000);
  sample("it went back", totals, 2, 10, 2030, 0, 15);
  sample("and on", totals, 2, 15, 2045, 5, 15);
  sample("of another interface", totals, 3, 4000, 2060, 0, 15);
  totals_free(totals);
  check_done();
}

/* Many interfaces with many identities, which come and go: nobody gets another one's. */
static void many(void **state)
{
  struct totals *totals = totals_new();
  long long wrong = 0;

  (void)state;
  for (unsigned long round = 0; round < 20; round++) {
    begin(totals, (double)round);
    for (unsigned long i = 1; i <= 300; i++) {
      char name[IFNAMSIZ];
      uint64_t total = i * 1000 + round * i, figure = total;
      bool is_there = (i + round) % 7 != 0, was_there = round > 0 && (i + round - 1) % 7 != 0;

      if (!is_there)
        continue;
      snprintf(name, sizeof(name), "if%lu", i);
      totals_of(totals, name, (int)i);
      totals_make(totals, "derive", "x", &figure, 1);
      wrong += round > 0 && !was_there && figure != 0;
      wrong += round > 0 && round < 7 && was_there && figure > total;
      figure = 1;
      totals_make(totals, "derive", "y", &figure, 1);
      wrong += figure > 1;
    }
    totals_end(totals);
  }
  check_int("totals that are not their interface's", wrong, 0);
  totals_free(totals);
  check_done();
}

/* What was nothing but 0 is remembered without a place of its own, and goes on from there; not over a report in which
 * it was not known, and not from another interface. */
static void from_zero(void **state)
{
  static const struct {
    const char *row;
    int ifindex; /* in the last report; it is 2 before */
    bool known;  /* in the report before that */
    long long want;
  } rows[] = {
      {"it goes on", 2, true, 7},
      {"it was not known for a while", 2, false, 0},
      {"another interface of that name", 3, true, 0},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct totals *totals = totals_new();
    uint64_t figures[] = {0, 0};

    for (int report = 0; report < 3; report++) {
      begin(totals, 10 * report);
      totals_of(totals, "eth0", report == 2 ? rows[i].ifindex : 2);
      if (report == 2)
        figures[0] = 7;
      if (report == 1 && !rows[i].known)
        check("another one", totals_make(totals, "derive", "other", figures, 1));
      else
        check(rows[i].row, totals_make(totals, "if_packets", "wire", figures, 2));
      totals_end(totals);
    }
    check_int(rows[i].row, figures[0], rows[i].want);
    totals_free(totals);
  }
  check_done();
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(goes_on_as_it_is), cmocka_unit_test(unknown),   cmocka_unit_test(interfaces),
      cmocka_unit_test(identities),       cmocka_unit_test(from_zero), cmocka_unit_test(clock_is_set),
      cmocka_unit_test(reaches_back),     cmocka_unit_test(series),    cmocka_unit_test(many),
  };

  return cmocka_run_group_tests_name("totals of the collectd plugin", tests, NULL, NULL);
}
