/* SPDX-License-Identifier: MIT */
/* The parts of the command check. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <jansson.h>

#include "cli.h"
#include "core_options.h"

/* ---- check_options.c ---- */

struct check_options {
  struct core_options core;
  double duration; /* seconds */
  bool json;
  bool help;
  unsigned int fail_on; /* bits 1 << enum wt_signal_id */
};

/* 0, or an exit status after it has said what is wrong. To be freed either way. */
int check_options_parse(int argc, char **argv, struct check_options *options);
void check_options_free(struct check_options *options);
void check_help(FILE *out);

/* ---- presence.c: which interfaces were there ---- */

struct presence {
  struct presence_entry {
    int ifindex;
    char name[IFNAMSIZ];
  } * entries;
  size_t count;
};

bool presence_remember(struct presence *presence, const struct wt_report *report);
void presence_free(struct presence *presence);
/* Says a sentence for each interface that was there and is not in the report. */
void presence_say_lost(const struct presence *presence, const struct wt_report *report);
/* Whether every interface that was named is in the report, and anything at all. Says what is not. */
bool presence_check(const struct core_options *options, const struct wt_report *report);

/* ---- observe.c ---- */

/* Waits until the duration is over, or such a signal comes: then true, and the next one kills. Closes signal_fd. */
bool observe_wait(double duration, int signal_fd);

/* Polls until the duration is over, or a signal ends it early, after which the next signal kills. Closes signal_fd. */
int observe(struct wt *wt, double duration, int signal_fd, const struct wt_report **report, struct wt_error *error);

/* ---- json.c ---- */

/* The report as `wiretruth check --json` prints it. NULL when memory ran out. The caller owns it. */
json_t *json_report(const struct wt_report *report);

/* ---- table.c, explain.c, explain_checksum.c ---- */

/* The report for a person. */
void table_report(FILE *out, const struct wt_report *report, bool colour);

/* "eth0 receive: ", the beginning of a sentence. */
void explain_subject(FILE *out, const struct wt_interface *interface, enum wt_direction direction);
/* What a capture does not show; in explain_hidden.c. */
void explain_hidden(FILE *out, const struct wt_report *report);
/* Where a mirror is the source, and why one shows no total. */
void explain_mirrors(FILE *out, const struct wt_report *report);
/* Other offloads that are active and can make a signal wrong; in explain_offloads.c. */
void explain_other_offloads(FILE *out, const struct wt_report *report);
/* ", ... is active": those of them that may let traffic pass unseen. */
void explain_ways_past(FILE *out, const struct wt_interface *interface);
/* Why verdicts are unknown: a sentence for each reason. False where none is. */
bool explain_unknown(FILE *out, const struct wt_report *report);
/* That the series cannot be read. */
void explain_series(FILE *out, const struct wt_series_report *series);
/* What is not as the baseline has it. */
void explain_drift(FILE *out, const struct wt_report *report);
/* That packets were counted for a part of the time only. */
void explain_budget(FILE *out, const struct wt_report *report);
/*
 * The sentences on one direction of one interface (by its index), in an observation that goes on: verdicts are of the
 * last seconds and not of the totals. held: seconds since they were decided, if that was not just now; else NAN.
 */
void explain_row(FILE *out, const struct wt_report *report, size_t interface, enum wt_direction direction, double held);
/* One sentence for each signal that misreports, and for each reason of an unknown verdict. */
void explain_report(FILE *out, const struct wt_report *report);
/* What wrong checksums in a capture are. */
void explain_checksums(FILE *out, const struct wt_report *report);

/* ---- application.c ---- */

/* What TCP says of itself, if it was asked. */
void application_report(FILE *out, const struct wt_report *report);

#endif
