/* SPDX-License-Identifier: MIT */
/* Counters of 32 bits: a wrap goes on, a reset is seen as one. */
#include "check.h"

#include "counter_width.h"

#define TWO_32 (UINT64_C(1) << 32)

struct step {
  const char *what;
  struct wt_link_counter read, want;
};

static void follow(const struct step *steps, size_t count)
{
  struct wt_counter_width width = {0};

  for (size_t i = 0; i < count; i++) {
    struct wt_link_counter counter = steps[i].read;

    wt_counter_widen(&width, &counter);
    check_int(steps[i].what, counter.packets, steps[i].want.packets);
    check_int(steps[i].what, counter.octets, steps[i].want.octets);
  }
  check_done();
}

static void a_wide_counter_is_left_alone(void **state)
{
  static const struct step steps[] = {
      {"start", {10, 1000}, {10, 1000}},
      {"beyond 32 bits", {TWO_32 + 5, 9 * TWO_32}, {TWO_32 + 5, 9 * TWO_32}},
      {"back from there is a reset", {TWO_32 + 4, 9 * TWO_32 + 1}, {TWO_32 + 4, 9 * TWO_32 + 1}},
  };

  (void)state;
  follow(steps, CHECK_COUNT(steps));
}

static void octets_wrap_alone(void **state)
{
  static const struct step steps[] = {
      {"near the top", {3000000, TWO_32 - 1000}, {3000000, TWO_32 - 1000}},
      {"wrapped", {3000100, 500}, {3000100, TWO_32 + 500}},
      {"goes on", {5000000, TWO_32 - 1}, {5000000, 2 * TWO_32 - 1}},
      {"wrapped again", {5000001, 0}, {5000001, 2 * TWO_32}},
  };

  (void)state;
  follow(steps, CHECK_COUNT(steps));
}

static void packets_wrap_alone(void **state)
{
  static const struct step steps[] = {
      {"near the top", {TWO_32 - 2, 1000}, {TWO_32 - 2, 1000}},
      {"wrapped", {8, 2000}, {TWO_32 + 8, 2000}},
  };

  (void)state;
  follow(steps, CHECK_COUNT(steps));
}

static void a_reset_goes_back(void **state)
{
  static const struct step steps[] = {
      {"octets near the top", {3000000, TWO_32 - 1000}, {3000000, TWO_32 - 1000}},
      {"wrapped", {3000100, 500}, {3000100, TWO_32 + 500}},
      {"reset: both go back, and wraps are forgotten", {10, 400}, {10, 400}},
      {"goes on", {20, 800}, {20, 800}},
      {"octets alone go back, from below the half: no wrap", {30, 700}, {30, 700}},
  };

  (void)state;
  follow(steps, CHECK_COUNT(steps));
}

/* Both at the top and both at 0 next: taken for what is likelier. */
static void both_back_is_a_reset(void **state)
{
  static const struct step steps[] = {
      {"near the top", {TWO_32 - 2, TWO_32 - 1000}, {TWO_32 - 2, TWO_32 - 1000}},
      {"both back", {8, 2000}, {8, 2000}},
  };

  (void)state;
  follow(steps, CHECK_COUNT(steps));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_wide_counter_is_left_alone), cmocka_unit_test(octets_wrap_alone),
      cmocka_unit_test(packets_wrap_alone),           cmocka_unit_test(a_reset_goes_back),
      cmocka_unit_test(both_back_is_a_reset),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
