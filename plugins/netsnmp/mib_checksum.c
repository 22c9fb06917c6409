/* SPDX-License-Identifier: MIT */
/* wtChecksumTable, which has the rows of wtDirectionTable. */
#include "mib_parts.h"
#include "value.h"

enum column {
  SAMPLED = 1,
  VALID,
  OFFLOADED,
  REWRITTEN,
  BAD,
  ABSENT,
  UNVERIFIABLE,
  VERDICT,
  REASON,
  CAUSE,
  BAD_LOW,
  BAD_HIGH,
  KERNEL_ERRORS,
  LAST = KERNEL_ERRORS
};

static void answer_finding(netsnmp_request_info *request, enum column column, const struct wt_checksum_finding *finding)
{
  switch (column) {
  case VERDICT:
    value_integer(request, finding->verdict);
    break;
  case REASON:
    value_string(request, finding->reason);
    break;
  case CAUSE:
    value_integer(request, finding->cause);
    break;
  case BAD_LOW:
    value_share(request, finding->bad_low, VALUE_DOWN);
    break;
  case BAD_HIGH:
    value_share(request, finding->bad_high, VALUE_UP);
    break;
  case KERNEL_ERRORS:
    value_gauge(request, wt_known(finding->errors) ? (double)finding->errors : NAN, VALUE_NEAREST);
    break;
  default:
    netsnmp_request_set_error(request, SNMP_NOSUCHOBJECT);
  }
}

static void answer(netsnmp_request_info *request, unsigned int column, const void *table_row, void *context)
{
  const struct wt_direction_report *direction = ((const struct direction_row *)table_row)->direction;
  const struct wt_checksums *checksum = &direction->checksum;
  const uint64_t count[] = {
      [SAMPLED] = checksum->sampled,           [VALID] = checksum->valid, [OFFLOADED] = checksum->offloaded,
      [REWRITTEN] = checksum->rewritten,       [BAD] = checksum->bad,     [ABSENT] = checksum->absent,
      [UNVERIFIABLE] = checksum->unverifiable,
  };

  (void)context;
  if (column >= SAMPLED && column <= UNVERIFIABLE)
    value_counter(request, count[column]);
  else
    answer_finding(request, (enum column)column, &direction->checksum_finding);
}

const struct table_spec mib_checksum_spec = {
    .name = "wtChecksumTable",
    .arc = 4,
    .indexes = 2,
    .first_column = SAMPLED,
    .last_column = LAST,
    .column = answer,
};
