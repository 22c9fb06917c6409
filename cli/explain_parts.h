/* SPDX-License-Identifier: MIT */
/* What the explanations of a report are made of. */
#ifndef CLI_EXPLAIN_PARTS_H
#define CLI_EXPLAIN_PARTS_H

#include "check.h"

struct where {
  const struct wt_interface *interface;
  enum wt_direction direction;
  const struct wt_direction_report *report;
  bool has_series; /* one was asked for */
  double window;   /* seconds that the verdicts are of, where totals are of more; 0 where they are of the same */
  double held;     /* seconds since they were decided, if that was not just now */
};

/* "receive" or "transmit". */
const char *explain_direction_word(enum wt_direction direction);
/* A sentence for each signal that misreports, for octets that do, and for sources that disagree. False if none does. */
bool explain_direction(FILE *out, const struct where *where);
/* The reason why the verdict is unknown, NULL if it is known or there is nothing to say about it. */
const char *explain_unknown_reason(const struct where *where, enum wt_signal_id which);

#endif
