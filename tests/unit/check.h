/* SPDX-License-Identifier: MIT */
/*
 * Checks for table-driven tests: each names the row and goes on, so that one run shows every row that is wrong.
 * A test ends with check_done(), which fails it if a check did.
 */
#ifndef WT_TEST_CHECK_H
#define WT_TEST_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define CHECK_COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { CHECK_SHOWN = 8 }; /* failures of one test that are worth reading */

static unsigned int check_failures;

__attribute__((format(printf, 3, 4), unused)) static void check_failed(const char *file, int line, const char *format,
                                                                       ...)
{
  char text[512];
  va_list arguments;

  if (check_failures++ >= CHECK_SHOWN)
    return;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  print_error("%s:%d: %s\n", file, line, text);
}

__attribute__((unused)) static void check_done(void)
{
  unsigned int failures = check_failures;

  check_failures = 0;
  if (failures > CHECK_SHOWN)
    print_error("and %u more\n", failures - CHECK_SHOWN);
  assert_int_equal(failures, 0);
}

#define check(row, condition)                                                                                          \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      check_failed(__FILE__, __LINE__, "%s: not so: %s", row, #condition);                                             \
  } while (0)

#define check_int(row, got, want)                                                                                      \
  do {                                                                                                                 \
    long long check_got = (long long)(got), check_want = (long long)(want);                                            \
    if (check_got != check_want)                                                                                       \
      check_failed(__FILE__, __LINE__, "%s: %s is %lld, not %lld", row, #got, check_got, check_want);                  \
  } while (0)

/* Words of an enumeration, or any text. */
#define check_text(row, got, want)                                                                                     \
  do {                                                                                                                 \
    const char *check_got = (got), *check_want = (want);                                                               \
    if (strcmp(check_got, check_want) != 0)                                                                            \
      check_failed(__FILE__, __LINE__, "%s: %s is '%s', not '%s'", row, #got, check_got, check_want);                  \
  } while (0)

#define check_contains(row, got, part)                                                                                 \
  do {                                                                                                                 \
    const char *check_got = (got), *check_part = (part);                                                               \
    if (!strstr(check_got, check_part))                                                                                \
      check_failed(__FILE__, __LINE__, "%s: %s is '%s', without '%s'", row, #got, check_got, check_part);              \
  } while (0)

/* NAN is near NAN only. */
#define check_near(row, got, want, slack)                                                                              \
  do {                                                                                                                 \
    double check_got = (got), check_want = (want);                                                                     \
    if (isnan(check_want) ? !isnan(check_got) : !(fabs(check_got - check_want) <= (slack)))                            \
      check_failed(__FILE__, __LINE__, "%s: %s is %.9g, not %.9g", row, #got, check_got, check_want);                  \
  } while (0)

#endif
