/* SPDX-License-Identifier: MIT */
/* What wrong checksums in a capture are, in sentences. */
#include <math.h>

#include "check.h"

enum { NAMES_MAX = 8 };

static const struct wt_direction_report *direction_at(const struct wt_report *report, size_t index)
{
  return report->interfaces[index / WT_DIRECTIONS].direction[index % WT_DIRECTIONS];
}

static void name_direction(FILE *out, const struct wt_report *report, size_t index)
{
  char name[CLI_NAME_SIZE];

  fprintf(out, "%s %s", cli_name(&report->interfaces[index / WT_DIRECTIONS], name),
          index % WT_DIRECTIONS == WT_RX ? "receive" : "transmit");
}

/* One sentence for all of them: nearly every host has some. */
static void explain_artefacts(FILE *out, const struct wt_report *report)
{
  uint64_t sampled = 0;
  size_t count = 0;
  char number[CLI_COUNT_SIZE];

  for (size_t i = 0; i < report->interface_count * WT_DIRECTIONS; i++) {
    const struct wt_checksum_finding *finding = &direction_at(report, i)->checksum_finding;

    if (finding->verdict != WT_CHECKSUM_ARTEFACT)
      continue;
    sampled += finding->window.sampled - finding->window.unverifiable;
    if (count++ < NAMES_MAX) {
      fputs(count > 1 ? ", " : "", out);
      name_direction(out, report, i);
    }
  }
  if (count > NAMES_MAX)
    fprintf(out, " and %zu more", count - NAMES_MAX);
  if (count)
    fprintf(out,
            ": a capture shows checksums that are left to the device or rewritten by GRO, and none of %s sampled "
            "packets is wrong\n",
            wt_count_text(sampled, number));
}

static void explain_corruption(FILE *out, const struct wt_report *report, size_t index)
{
  const struct wt_checksum_finding *finding = &direction_at(report, index)->checksum_finding;
  uint64_t decided = finding->window.sampled - finding->window.unverifiable;
  char bad[CLI_COUNT_SIZE], number[CLI_COUNT_SIZE], errors[CLI_COUNT_SIZE];

  name_direction(out, report, index);
  fprintf(
      out,
      ": %s of %s sampled packets have a wrong checksum that no offload explains (%.2g to %.2g %%, by 95 %% bounds)",
      wt_count_text(finding->window.bad, bad), wt_count_text(decided, number), finding->bad_low * 100,
      finding->bad_high * 100);
  if (index % WT_DIRECTIONS == WT_RX)
    fprintf(out, ", and the kernel rejected %s on all interfaces: that is corruption\n",
            wt_count_text(finding->errors, errors));
  else
    fputs(": no device completes them, that is corruption\n", out);
}

/* Only where there is something to worry about: that few packets were sampled is no news. */
static bool is_in_doubt(const struct wt_checksum_finding *finding, enum wt_direction direction)
{
  if (finding->verdict != WT_CHECKSUM_UNKNOWN || finding->window.sampled == 0)
    return false;
  return finding->window.bad > 0 || (direction == WT_RX && wt_known(finding->errors) && finding->errors > 0);
}

void explain_checksums(FILE *out, const struct wt_report *report)
{
  for (size_t i = 0; i < report->interface_count * WT_DIRECTIONS; i++) {
    const struct wt_checksum_finding *finding = &direction_at(report, i)->checksum_finding;

    if (finding->verdict == WT_CHECKSUM_CORRUPTION) {
      explain_corruption(out, report, i);
    } else if (is_in_doubt(finding, (enum wt_direction)(i % WT_DIRECTIONS))) {
      name_direction(out, report, i);
      fprintf(out, ": no verdict on checksums: %s\n", finding->reason);
    }
  }
  explain_artefacts(out, report);
}
