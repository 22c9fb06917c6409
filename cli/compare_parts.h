/* SPDX-License-Identifier: MIT */
/* The parts of the command compare. */
#ifndef CLI_COMPARE_PARTS_H
#define CLI_COMPARE_PARTS_H

#include "../common/compare.h"
#include "cli.h"

/* ---- compare_options.c ---- */

struct compare_options {
  double duration; /* seconds */
  bool json;
  bool help;
  unsigned int fail_on; /* bits of enum wt_explanation */
  size_t flows;         /* that are shown one by one */
  const char *points[WT_POINTS];
};

/* 0, or an exit status after it has said what is wrong. */
int compare_options_parse(int argc, char **argv, struct compare_options *options);
void compare_help(FILE *out);

/* ---- compare_text.c ---- */

#define COMPARE_FLOW_SIZE 208

/* "tcp 10.0.0.1:5001 > 10.0.0.2:80", "icmp 10.0.0.1 > 10.0.0.2", "ethertype 0x0806". Returns buffer. */
const char *compare_flow_text(const struct wt_flow_id *id, char buffer[COMPARE_FLOW_SIZE]);
/* "tcp", "ipv6-icmp" as in /etc/protocols, or a number. Returns buffer. */
const char *compare_protocol(const struct wt_flow_id *id, char buffer[32]);
/* An address of the flow, empty where it has none. Returns buffer. */
const char *compare_address(const struct wt_flow_id *id, const uint8_t address[16], char buffer[64]);
/* "merge, tag"; "agree" for none. Returns buffer. */
#define COMPARE_LIST_SIZE 128
const char *compare_list(unsigned int explained, char buffer[COMPARE_LIST_SIZE]);

/* ---- compare_table.c ---- */

/* The comparison for a person. */
void compare_table(FILE *out, const struct wt_comparison *comparison, size_t flows);

/* ---- compare_explain.c ---- */

/* What explains that the points differ, in sentences, of the first so many flows. */
void compare_explain(FILE *out, const struct wt_comparison *comparison, size_t flows);

/* ---- compare_json.c ---- */

/* NULL when memory ran out. The caller owns it. */
json_t *compare_json(const struct wt_comparison *comparison);

#endif
