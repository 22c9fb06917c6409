/* SPDX-License-Identifier: MIT */
#include "values_parts.h"

/* Counts of samples, so 0 where nothing is sampled: the verdict is unknown then. */
void values_checksum(const value_list_t *common, const struct wt_interface *interface)
{
  for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++) {
    const struct wt_checksums *checksum = &interface->direction[d]->checksum;

    dispatch_total(common, d, "checksum-valid", checksum->valid);
    dispatch_total(common, d, "checksum-offloaded", checksum->offloaded);
    dispatch_total(common, d, "checksum-rewritten", checksum->rewritten);
    dispatch_total(common, d, "checksum-bad", checksum->bad);
    dispatch_total(common, d, "checksum-absent", checksum->absent);
    dispatch_total(common, d, "checksum-unverifiable", checksum->unverifiable);
    dispatch_gauge(common, d, "checksum", "verdict", interface->direction[d]->checksum_finding.verdict);
  }
}
