/* SPDX-License-Identifier: MIT */
/* Seeded random numbers: the same on every machine and in every run. */
#ifndef WT_TEST_RANDOM_H
#define WT_TEST_RANDOM_H

#include <math.h>
#include <stdint.h>

struct random {
  uint64_t state;
};

/* splitmix64: passes the usual test batteries, and any seed will do. */
__attribute__((unused)) static uint64_t random_bits(struct random *random)
{
  uint64_t z = random->state += 0x9e3779b97f4a7c15u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* Above 0, at most 1. */
__attribute__((unused)) static double random_unit(struct random *random)
{
  return (double)((random_bits(random) >> 11) + 1) / 9007199254740992.0;
}

/* From 0 to count - 1. */
__attribute__((unused)) static uint64_t random_below(struct random *random, uint64_t count)
{
  return random_bits(random) % count;
}

/* How many are passed over before the next one that is drawn with this probability. */
__attribute__((unused)) static uint64_t random_gap(struct random *random, double probability)
{
  return probability >= 1 ? 0 : (uint64_t)(log(random_unit(random)) / log1p(-probability));
}

/* How many of count are drawn with this probability. */
__attribute__((unused)) static uint64_t random_draws(struct random *random, uint64_t count, double probability)
{
  uint64_t drawn = 0;

  for (uint64_t at = random_gap(random, probability); at < count; at += 1 + random_gap(random, probability))
    drawn++;
  return drawn;
}

/* Pareto with this exponent, from 1 on: the smaller the exponent, the heavier the tail. */
__attribute__((unused)) static double random_pareto(struct random *random, double exponent)
{
  return pow(random_unit(random), -1 / exponent);
}

#endif
