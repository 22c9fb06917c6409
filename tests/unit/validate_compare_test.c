/* SPDX-License-Identifier: MIT */
/* What two measurements tell together. */
#include "check.h"

#include "../../cli/signals.c"          /* NOLINT(bugprone-suspicious-include): the tests link the core alone */
#include "../../cli/validate_compare.c" /* NOLINT(bugprone-suspicious-include): the tests link the core alone */

void cli_say(const char *format, ...)
{
  (void)format;
}

#define U WT_VERDICT_UNKNOWN
#define A WT_VERDICT_AGREES
#define L WT_VERDICT_UNDER_REPORTS
#define H WT_VERDICT_OVER_REPORTS

static struct wt_interface interface_of(const enum wt_verdict verdicts[4],
                                        struct wt_direction_report directions[WT_DIRECTIONS])
{
  struct wt_interface interface = {.direction = {&directions[WT_RX], &directions[WT_TX]}};

  for (int i = 0; i < 4; i++) {
    struct wt_direction_report *direction = &directions[i / 2];

    (i % 2 ? &direction->capture : &direction->counter.signal)->verdict = verdicts[i];
  }
  return interface;
}

static void test_conclude(void **state)
{
  static const struct {
    const char *row;
    enum wt_verdict before[4], after[4]; /* counter and capture of rx, then of tx */
    enum validate_conclusion want;
  } rows[] = {
      {"nothing known", {U, U, U, U}, {U, U, U, U}, VALIDATE_TOO_LITTLE},
      {"known before only", {U, U, L, L}, {U, U, U, U}, VALIDATE_TOO_LITTLE},
      {"known after only", {U, U, U, U}, {A, A, A, A}, VALIDATE_TOO_LITTLE},
      {"both meet", {U, U, L, L}, {U, U, A, A}, VALIDATE_MET},
      {"over, then agrees", {U, U, H, A}, {U, U, A, A}, VALIDATE_MET},
      {"one meets", {U, U, L, L}, {U, U, A, L}, VALIDATE_PARTLY_MET},
      {"one meets, the other unknown", {U, U, L, L}, {U, U, A, U}, VALIDATE_PARTLY_MET},
      {"one meets, another parts", {A, U, L, A}, {L, U, A, A}, VALIDATE_PARTLY_MET},
      {"none meets", {A, A, L, L}, {A, A, L, L}, VALIDATE_NOT_MET},
      {"from under to over", {U, U, L, A}, {U, U, H, A}, VALIDATE_NOT_MET},
      {"what misreported is unknown, others agree", {A, A, L, U}, {A, A, U, U}, VALIDATE_TOO_LITTLE},
      {"parts", {A, A, A, A}, {A, L, A, A}, VALIDATE_PARTED},
      {"agrees", {U, A, A, A}, {L, A, A, U}, VALIDATE_NOTHING},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_direction_report directions[2][WT_DIRECTIONS] = {0};
    struct wt_interface before = interface_of(rows[i].before, directions[0]);
    struct wt_interface after = interface_of(rows[i].after, directions[1]);

    check_text(rows[i].row, validate_conclusion_name(validate_conclude(&before, &after)),
               validate_conclusion_name(rows[i].want));
  }
  check_done();
}

static void test_compare(void **state)
{
  static const struct {
    const char *row;
    struct wt_signal before, after;
    enum validate_moved want;
  } rows[] = {
      {"no verdict before", {.verdict = U, .ratio = 1}, {.verdict = A, .ratio = 1}, VALIDATE_MOVED_UNKNOWN},
      {"no verdict after", {.verdict = L, .ratio = 0.1}, {.verdict = U, .ratio = 1}, VALIDATE_MOVED_UNKNOWN},
      {"no ratio", {.verdict = L, .ratio = NAN}, {.verdict = A, .ratio = 1}, VALIDATE_MOVED_UNKNOWN},
      {"moved", {.verdict = L, .ratio = 0.1}, {.verdict = A, .ratio = 1}, VALIDATE_MOVED},
      {"moved down", {.verdict = A, .ratio = 1}, {.verdict = L, .ratio = 0.9}, VALIDATE_MOVED},
      {"stayed", {.verdict = A, .ratio = 1}, {.verdict = A, .ratio = 0.995}, VALIDATE_STAYED},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++)
    check_text(rows[i].row, validate_moved_name(validate_compare(&rows[i].before, &rows[i].after)),
               validate_moved_name(rows[i].want));
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_conclude), cmocka_unit_test(test_compare)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
