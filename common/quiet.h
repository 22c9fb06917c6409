/* SPDX-License-Identifier: MIT */
/*
 * One direction of an interface that has carried nothing since its first reading. All of its readings are the same, so
 * that times are all there is to keep: a judge that has seen them is made when the first frame comes, and what such a
 * judge reports is the same for thousands of interfaces. Pure.
 */
#ifndef WT_QUIET_H
#define WT_QUIET_H

#include "gap.h"
#include "judge.h"

struct wt_quiet {
  bool referenced; /* there was a reading, since it began or began anew */
  bool tapped;
  bool idle;              /* the last reading was made while the tap was detached */
  bool started;           /* gaps of the tap are followed */
  unsigned char readings; /* without idle ones, since the last change: 2 are two or more */
  unsigned char learned;  /* intervals with the tap attached, at most WT_GAP_LEARNED */
  double first, last;     /* when the first of them was, and the last that a history has; on the monotonic clock */
  uint64_t counter_packets, counter_octets; /* what every reading has */
  /* Bit i: witness i is there, and tells frames, or octets: 0 of them. */
  unsigned char there, frames, octets;
  uint32_t epoch[WT_WITNESS_KINDS];
};

/* Whether a reading is one in which nothing has passed. */
bool wt_quiet_is(const struct wt_quiet *quiet, const struct wt_observation *reading);

/* Takes such a reading; what a gap of the tap is made of, where one is followed; and judges it. */
void wt_quiet_read(struct wt_quiet *quiet, const struct wt_observation *reading);
void wt_quiet_fill_gap(struct wt_quiet *quiet, bool attached);
void wt_quiet_observe(struct wt_quiet *quiet, double time, double horizon);

/* As wt_judge_forget() and wt_judge_restart(). */
void wt_quiet_forget(struct wt_quiet *quiet);
void wt_quiet_restart(struct wt_quiet *quiet);

/* The judge that has seen all of these readings, and the gap. */
void wt_quiet_judge(const struct wt_quiet *quiet, const struct wt_facts *facts,
                    const struct wt_judge_settings *settings, struct wt_judge *judge);
void wt_quiet_gap(const struct wt_quiet *quiet, struct wt_gap *gap);

/* ---- reports ---- */

/* All that a report depends on. */
struct wt_quiet_case {
  bool referenced, tapped;
  unsigned char readings, there, frames;
  struct wt_facts facts;
  struct wt_judge_settings settings;
};

enum { WT_QUIET_CASES = 8 };

/* What was reported last. Zeroed: nothing yet. */
struct wt_quiet_reports {
  struct wt_quiet_case cases[WT_QUIET_CASES];
  struct wt_direction_report reports[WT_QUIET_CASES];
  size_t count, next;
  struct wt_judge judge; /* that makes one more */
};

/* As wt_judge_report(). */
void wt_quiet_report(struct wt_quiet_reports *reports, const struct wt_quiet *quiet, const struct wt_facts *facts,
                     const struct wt_judge_settings *settings, struct wt_direction_report *report);

#endif
