/* SPDX-License-Identifier: MIT */
/*
 * The memory behind the verdicts of one interface and direction: totals that never go back, the windows that make up
 * the horizon, what was decided last. Pure like divergence: no I/O, and time comes in with the observations.
 */
#ifndef WT_JUDGE_H
#define WT_JUDGE_H

#include "divergence.h"

enum { WT_HISTORY = 12, WT_RECENT = 4 };

struct wt_totals {
  uint64_t frames, octets, low, high, octets_low, octets_high, packets, packet_octets, vlan_out_of_band, drops;
  uint64_t tagged_frames, hidden_frames, hidden_low, hidden_high, hidden_tcp, hidden_udp;
  uint64_t counter_frames, counter_octets;
  uint64_t witness[WT_WITNESS_KINDS]; /* WT_UNKNOWN while there is nothing to count from */
};

/*
 * Wire as the sum of what was found between each two readings, so that what lies between any two of them is a
 * difference of sums. For what is compared over stretches of its own: a series.
 */
struct wt_wire_sum {
  double frames, bypass;  /* bypass: of frames, those that were counted and never seen by the tap */
  double missing, excess; /* by how much frames may be wrong, downwards and upwards, beside chance */
  double variance;        /* by chance: of sampling, and of gaps of the tap */
  double bracket;         /* frames that passed while this reading was taken */
  unsigned int blind;     /* stretches of which nothing but the counter is known */
  unsigned int unbounded; /* stretches that nothing bounds from above */
};

struct wt_judge {
  struct wt_observation history[WT_HISTORY]; /* oldest first: the window of the verdict starts with it */
  size_t count;
  struct wt_observation recent[WT_RECENT]; /* the last few, half a lag apart at least; oldest first */
  size_t recent_count;
  struct wt_observation last;
  bool referenced;
  struct wt_observation reference; /* what totals count from, beside base */
  struct wt_totals base;           /* of earlier stretches, before a discontinuity */
  struct wt_totals totals;         /* as reported last */
  uint64_t bypass_frames, bypass_octets;
  struct wt_observation anchor; /* what bypass is measured from while it goes on */
  bool anchored;
  enum wt_basis anchor_basis;
  bool estimated;
  bool revised;       /* the last observation added more than passed since the one before */
  bool merged_unseen; /* something other than this kernel may have merged, now or before */
  struct wt_wire_sum sum;
  enum wt_source source; /* of the totals, since reference */
  double source_late;    /* frames that a source which lags may have counted since, and another one before */
  enum wt_trust trust[WT_WITNESS_KINDS];
  struct wt_observation compared; /* what they are compared from for longer than a window reaches back */
  bool comparing;
  enum wt_witness_kind disagreeing; /* whose disagreement it is */
  char disagreement[160];
  bool mirror_broke;          /* it has not counted all the time: what it has seen is no total */
  unsigned int basis_windows; /* in a row that told the basis */
  uint64_t told_frames;       /* at the tap, when one of them told it last */
  enum wt_basis contrary;     /* what the last windows told instead */
  unsigned int contrary_windows;
  struct wt_finding finding;           /* the last that was decided */
  double decided_at;                   /* Unix time; NAN if never */
  double counter_since, capture_since; /* Unix time since which the signal misreports; NAN if it does not */
};

struct wt_judge_settings {
  struct wt_limits limits;
  double horizon; /* seconds */
  double lag;     /* seconds that the counter may be behind */
};

/* Seconds between two observations of the history, at least. */
static inline double wt_judge_spacing(double horizon)
{
  return horizon / (WT_HISTORY - 2);
}

void wt_judge_init(struct wt_judge *judge);

/* Readings start anew with the next observation; no delta reaches across. Totals keep what they have. */
void wt_judge_restart(struct wt_judge *judge);

/* What the device does has changed (offloads, MTU, stacking). Totals go on, but no window of a verdict reaches across,
 * and what was learned before does not hold any more. */
void wt_judge_forget(struct wt_judge *judge);

/*
 * Takes an observation. unix_time: what goes into the report. False if the counter went back: it was reset, and the
 * observation became the first after a discontinuity.
 */
bool wt_judge_observe(struct wt_judge *judge, const struct wt_observation *observation, const struct wt_facts *facts,
                      const struct wt_judge_settings *settings, double unix_time);

/* Fills the part of a report that follows from what was observed. */
void wt_judge_report(const struct wt_judge *judge, const struct wt_facts *facts, struct wt_direction_report *report);

#endif
