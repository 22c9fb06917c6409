/* SPDX-License-Identifier: MIT */
/* The sum of the Internet checksum, of every length and alignment, against one that takes a word at a time. */
#include "check.h"

#include "internet_sum.h"
#include "random.h"

enum { OCTETS = 300, ALIGNMENTS = 8 };

static uint16_t by_words(const uint8_t *data, uint32_t length)
{
  uint32_t sum = 0;

  for (uint32_t i = 0; i < length; i++)
    sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)sum;
}

static void compare_all(const uint8_t *data)
{
  for (uint32_t from = 0; from < ALIGNMENTS; from++)
    for (uint32_t length = 0; length <= OCTETS; length++)
      assert_int_equal(wt_internet_sum(data + from, length), by_words(data + from, length));
}

static void sums_of_every_length_and_alignment(void **state)
{
  uint8_t data[OCTETS + ALIGNMENTS];
  struct random random = {1};

  (void)state;
  for (size_t i = 0; i < sizeof(data); i++)
    data[i] = (uint8_t)random_bits(&random);
  compare_all(data);
}

/* The most that can be carried, and a sum that is 0 only here. */
static void sums_of_all_ones_and_of_nothing(void **state)
{
  static uint8_t data[1 << 18];

  (void)state;
  assert_int_equal(wt_internet_sum(data, sizeof(data)), 0);
  memset(data, 0xff, sizeof(data));
  compare_all(data);
  assert_int_equal(wt_internet_sum(data, sizeof(data)), 0xffff);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_of_every_length_and_alignment),
      cmocka_unit_test(sums_of_all_ones_and_of_nothing),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
