/* SPDX-License-Identifier: MIT */
/* What a regular expression may cost, and that what may be compiled is compiled with little memory. */
#include "check.h"

#include <malloc.h>
#include <regex.h>

#include "expression.h"

static const char *const good[] = {
    "",
    ".",
    "^eth0$",
    "^(eth|ens|enp)[0-9]{1,15}(s[0-9]{1,3})?(f[0-9]+)*$",
    "^[a-z]{1,15}[0-9]{1,15}$",
    "a{255}",
    "((((((a+)+)+)+)+)+)+",
    "((a?){1,5}){1,5}",
    "[]{1,9999]x",
    "[^]{1,9999]x",
    "[[:alpha:]{1,9999]+",
    "[[.].]{1,9999]",
    "a\\{1,9999}",
    "(a|b?|c*){1,30}(a|b?|c*){1,10}",
    "\\\\1",
    "[\\1]",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "x?+?+?",
    "(a*)*",
    "([a-z]*[0-9]*)*",
    "((a|b)?(c|d)?)*x{30}",
    "^(([a-z]+)?[0-9]*)+$",
    "(^|v)eth(0|$)",
    "()|a",
};

static const char *const bad[] = {
    "((a{1,255}){1,255}){1,255}",
    "(a{1,255}){1,255}",
    "(((a?){1,5}){1,5}){1,5}",
    "a{20}{20}",
    "[a-z]{20}{20}",
    "[]]{20}{20}",
    "\\{{20}{20}",
    "a{32767}",
    "a{99999999999999999999}",
    "a{,301}",
    "a{300,}",
    "(a|b{100}){3}",
    "((((((((((a+)+)+)+)+)+)+)+)+)+)+",
    "a++++++++++",
    "(a*)\\1",
    "((((((((((((((((((((((((((((((((((((((a",
    /* Nothing, in so many ways and over and over: glibc follows each of them, for minutes or years. */
    "x?+?+?+?+?+?+?+?+",
    ".x???+?+????+???+?+????+?+?+/?/??+",
    "((((((((x?)+)?)+)?)+)?)+)+",
    "((x?|y?){30})*",
    "((x?|y?){30})+",
    "(x?|y?){30,}",
    "(x?|y?){30}(z?)*",
    "((|){30})*",
    "((^|$){7})*",
    "(^|$)*",
    "(a?\\b)+",
    "$x*******************************",
    "$(((((((((((((((x*)*)*)*)*)*)*)*)*)*)*)*)*)*)*",
    "(\\b|\\B|\\<|\\>){8}(x?)*",
};

static void test_good(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
    check(good[i], wt_expression_fault(good[i]) == NULL);
  check_done();
}

static void test_bad(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    check(bad[i], wt_expression_fault(bad[i]) != NULL);
  check_done();
}

/* A manager may make 256 of them. */
static void test_memory(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
    size_t before = mallinfo2().uordblks, used;
    regex_t regex;

    if (regcomp(&regex, good[i], REG_EXTENDED | REG_NOSUB))
      continue;
    used = mallinfo2().uordblks - before;
    check(good[i], used < 8u << 20);
    regfree(&regex);
  }
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_good),
      cmocka_unit_test(test_bad),
      cmocka_unit_test(test_memory),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
