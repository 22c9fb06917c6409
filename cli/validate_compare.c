/* SPDX-License-Identifier: MIT */
/* What the second measurement tells beside the first. Pure. */
#include "validate.h"

/* What a signal moves by chance is not more than it may differ and agree still. */
#define MOVED_LEAST 0.01

enum validate_moved validate_compare(const struct wt_signal *before, const struct wt_signal *after)
{
  if (before->verdict == WT_VERDICT_UNKNOWN || after->verdict == WT_VERDICT_UNKNOWN || !isfinite(before->ratio) ||
      !isfinite(after->ratio))
    return VALIDATE_MOVED_UNKNOWN;
  return fabs(after->ratio - before->ratio) > MOVED_LEAST ? VALIDATE_MOVED : VALIDATE_STAYED;
}

struct counts {
  unsigned int compared, misreported, met, undecided, parted;
};

static void count(struct counts *counts, enum wt_verdict before, enum wt_verdict after)
{
  if (before == WT_VERDICT_UNKNOWN)
    return;
  counts->misreported += cli_misreports(before);
  if (after == WT_VERDICT_UNKNOWN) {
    counts->undecided += cli_misreports(before);
    return;
  }
  counts->compared++;
  counts->met += cli_misreports(before) && !cli_misreports(after);
  counts->parted += !cli_misreports(before) && cli_misreports(after);
}

enum validate_conclusion validate_conclude(const struct wt_interface *before, const struct wt_interface *after)
{
  struct counts counts = {0};

  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++)
    for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++)
      count(&counts, wt_signal_of(before->direction[direction], signal)->verdict,
            wt_signal_of(after->direction[direction], signal)->verdict);
  if (counts.compared == 0 || (counts.misreported > 0 && counts.undecided == counts.misreported))
    return VALIDATE_TOO_LITTLE;
  if (counts.misreported == 0)
    return counts.parted ? VALIDATE_PARTED : VALIDATE_NOTHING;
  if (counts.met == counts.misreported && !counts.parted)
    return VALIDATE_MET;
  return counts.met ? VALIDATE_PARTLY_MET : VALIDATE_NOT_MET;
}

const char *validate_conclusion_name(enum validate_conclusion conclusion)
{
  static const char *const names[] = {
      [VALIDATE_TOO_LITTLE] = "too-little", [VALIDATE_MET] = "met",       [VALIDATE_PARTLY_MET] = "partly-met",
      [VALIDATE_NOT_MET] = "not-met",       [VALIDATE_PARTED] = "parted", [VALIDATE_NOTHING] = "nothing-differed",
  };

  return names[conclusion];
}

const char *validate_moved_name(enum validate_moved moved)
{
  static const char *const names[] = {
      [VALIDATE_MOVED_UNKNOWN] = "unknown", [VALIDATE_STAYED] = "stayed", [VALIDATE_MOVED] = "moved"};

  return names[moved];
}
