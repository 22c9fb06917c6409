/* SPDX-License-Identifier: MIT */
/* The count of flows in a capture file, as the kernel counts them at an interface. */
#ifndef WT_PASS_TRACE_H
#define WT_PASS_TRACE_H

#include "pass_sum.h"
#include "pass_tap.h"

struct wt_pass_trace {
  uint64_t from, until;    /* ns since 1970: other packets are left out. 0 and WT_UNKNOWN: none are */
  double first, last;      /* Unix time of the packets that are not left out; NAN if there are none */
  uint64_t left_out;       /* packets */
  uint64_t dropped;        /* that the capture had no room for; WT_UNKNOWN if the file does not tell */
  bool unfinished;         /* it ends in the middle of a packet: what follows is not written, or lost */
  uint64_t not_understood; /* packets cut short before the end of their headers, or of an unknown link type */
};

/* Whether it can be read at all. The sentence names the file. */
int wt_pass_trace_check(const char *file, struct wt_error *error);

/* Called with what each flow amounts to; not 0 ends the walk and is returned. */
typedef int wt_pass_trace_visit(void *context, const struct wt_pass_key *key, const struct wt_passage *passage);

/*
 * Reads it to its end. The caller fills from and until. visit gets each flow, once for each interface of the file that
 * has it; visit_rest what found no room among them or was not understood. Frames are estimated, with bounds, as
 * trace_report.h does. Memory does not grow with the file.
 */
int wt_pass_trace_read(struct wt_pass_trace *trace, const char *file, wt_pass_trace_visit *visit,
                       wt_pass_trace_visit *visit_rest, void *context, struct wt_error *error);

#endif
