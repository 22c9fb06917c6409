/* SPDX-License-Identifier: MIT */
/*
 * One window of observations → wire, basis, verdict, cause. Pure: no I/O, no clock, no state.
 *
 * Verdicts come from measurement. The facts about a device (offload state, kind) only name the cause of a divergence
 * that was measured: the same facts go with every verdict.
 */
#ifndef WT_DIVERGENCE_H
#define WT_DIVERGENCE_H

#include "tally.h"
#include "wiretruth.h"
#include "witness.h"

/* All readings of one interface and direction at one poll. Cumulative. */
struct wt_observation {
  double time;                   /* seconds on a clock that never jumps */
  bool tapped;                   /* the tallies are there */
  bool idle;                     /* since the observation before the tap was detached: its part of them is estimated */
  bool revised;                  /* the tap's part of earlier observations was estimated anew since the one before */
  struct wt_tally before, after; /* read right before and right after the counter */
  uint64_t counter_packets, counter_octets;
  struct wt_witness_reading witness[WT_WITNESS_KINDS];
  uint64_t bypass_frames, bypass_octets; /* found so far to be counted and never seen by the tap */
  /* Frames that passed shortly before, which a lagging counter may still have to count; INFINITY if that is not known:
   * nothing was read before. */
  double early;
  double early_packets; /* the same in packets */
};

/* What is known of the device. It explains, it does not prove. */
struct wt_facts {
  enum wt_direction direction;
  enum wt_source source; /* of the tally: WT_SOURCE_TAP or WT_SOURCE_SAMPLE */
  bool capture_is_blind; /* libpcap leaves this direction out: transmit on lo */
  bool stacked, virtual_link;
  bool counts_below;     /* its counter is the sum of those below */
  bool gro, hw_gro, lro; /* active features */
  bool restores_tags;    /* libpcap does, on the bound interface: its link header is Ethernet's */
  bool merges_unseen;    /* what merges may be other than this kernel's GRO and TSO: LRO, or whatever is below */
  double longest_frame;  /* octets, with two tags; 0 if it is not known */
  const char *mirror;    /* the interface on which a copy of its frames arrives; NULL if there is none */
};

struct wt_limits {
  double tolerance;    /* fraction of wire up to which a signal agrees */
  double least_frames; /* in the window, for a verdict */
};

/* From one observation to a later one. */
struct wt_window {
  double packets, packets_low, packets_high; /* at the tap; low and high from the bracketing and from sampling */
  double frames, frames_low, frames_high;    /* that they stand for */
  double hidden_low, hidden_high;            /* of frames - packets, both from the same reading */
  /*
   * What an accusation must survive beyond those bounds. They fail once in twenty times, and a verdict is given at
   * every poll: one false accusation in a million is what an operator can live with.
   */
  double packets_doubt, frames_doubt, hidden_doubt;
  double octets, packet_octets; /* wire and packet octets at the tap */
  double octets_slack;          /* of both, from the bracketing, from sampling, and the doubt: */
  double octets_doubt,
      octets_doubt_low; /* of octets alone: what a packet stands for may be uncertain, not what it has */
  double hidden_tcp, hidden_udp, hidden_unknown;
  double tagged, tagged_packets; /* frames, and packets, whose tag was kept outside the packet */
  double counter, counter_octets;
  double bypass, bypass_octets; /* counted, never seen by the tap */
  double unseen;                /* the same, where frames are a witness's and have them */
  double late;                  /* frames at the end of the window that a lagging counter may not have counted yet */
  double early;                 /* frames before the window that it may have counted in it; INFINITY if unknown */
  double early_packets;         /* the same in packets */
  bool tapped;                  /* packets, and what they stand for, are known */
  bool witnessed;               /* frames and their bounds are a witness's */
  struct wt_witness_window witness[WT_WITNESS_KINDS];
};

/* late_from: the last observation that a counter's lag cannot reach, NULL if there is none. */
void wt_window_between(const struct wt_observation *from, const struct wt_observation *to,
                       const struct wt_observation *late_from, struct wt_window *window);

/* What one signal was found to say. */
struct wt_judgement {
  double ratio, divergence; /* NAN when unknown */
  double signal, wire;      /* what ratio was made of; likewise */
  enum wt_verdict verdict;
  const char *reason; /* why unknown; NULL otherwise */
};

/* Frames that one instrument may have counted and another not yet, readings being never taken at the same moment: a
 * ring of a virtual device, and what some drivers count only when the next packet is sent. */
extern const double wt_in_flight;

/* The reason of a verdict that a lag stands in the way of. */
extern const char wt_may_lag[];

struct wt_finding {
  struct wt_judgement counter, capture;
  enum wt_basis basis;
  bool basis_told; /* by this window; otherwise it is what was found before */
  enum wt_basis octet_basis;
  int octet_offset;
  enum wt_octet_tags octet_tags;
  enum wt_verdict octet_verdict;
  enum wt_cause cause;
  double segments_per_packet; /* NAN when unknown */
  bool decided;               /* enough frames for a verdict; otherwise what was found before may be held */
};

/* before: what was found in earlier windows, for a basis that this one cannot tell; NULL if nothing was. */
void wt_diverge(const struct wt_window *window, const struct wt_facts *facts, const struct wt_limits *limits,
                const struct wt_finding *before, struct wt_finding *finding);

/*
 * What the octet counter counts: the way of counting that fits (wire or packet, and octets a unit more or less), and
 * the verdict on it once the offset is allowed for. In octets.c.
 */
void wt_fit_octets(const struct wt_window *window, const struct wt_limits *limits, struct wt_finding *finding);

#endif
