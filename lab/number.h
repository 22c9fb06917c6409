/* SPDX-License-Identifier: MIT */
/* What the lab's programs share: a number from the command line. */
#ifndef LAB_NUMBER_H
#define LAB_NUMBER_H

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/* Ends the program with a sentence if it is none from low to high. */
static inline int64_t number(const char *option, const char *text, int64_t low, int64_t high)
{
  char *end;
  int64_t value;

  errno = 0;
  value = strtoll(text, &end, 10);
  if (errno || end == text || *end || value < low || value > high)
    errx(2, "%s '%s' is no number from %lld to %lld", option, text, (long long)low, (long long)high);
  return value;
}

#endif
