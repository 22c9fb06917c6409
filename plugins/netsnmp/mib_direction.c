/* SPDX-License-Identifier: MIT */
/* wtDirectionTable. */
#include <math.h>

#include "mib_parts.h"
#include "value.h"

/* The columns that each signal has, in this order. */
enum signal_column {
  SIGNAL_FRAMES,
  SIGNAL_OCTETS,
  SIGNAL_RATIO,
  SIGNAL_DIVERGENCE,
  SIGNAL_VERDICT,
  SIGNAL_REASON,
  SIGNAL_VERDICT_AGE,
  SIGNAL_DIVERGED_FOR,
  SIGNAL_COLUMNS
};

/* 1 is the index. */
enum column {
  CAUSE = 2,
  WIRE_FRAMES,
  WIRE_OCTETS,
  WIRE_SOURCE,
  WIRE_ESTIMATED,
  WIRE_LOW,
  WIRE_HIGH,
  WIRE_UNCERTAINTY,
  WIRE_OCTETS_LOW,
  WIRE_OCTETS_HIGH,
  PACKETS,
  SEGMENTS_PER_PACKET,
  COUNTER,
  COUNTER_BASIS = COUNTER + SIGNAL_COLUMNS,
  COUNTER_OCTET_BASIS,
  COUNTER_OCTET_OFFSET,
  COUNTER_OCTET_VERDICT,
  CAPTURE,
  CAPTURE_DROPS = CAPTURE + SIGNAL_COLUMNS,
  SERIES,
  SERIES_CAUSE = SERIES + SIGNAL_COLUMNS,
  SERIES_SAMPLE_AGE,
  DISAGREEMENT,
  DIRECTION_COPY,
  COUNTER_LIMIT,
  CAPTURE_LIMIT,
  SERIES_LIMIT,
  COUNTER_BASIS_WINDOWS,
};

/* A Unix time of the report as its age in seconds; NAN for NAN. */
static double age(double unix_time, const struct monitor *monitor)
{
  const struct wt_report *report = monitor_report(monitor);

  return report ? report->time - unix_time + monitor_age(monitor) : NAN;
}

static void answer_moment(netsnmp_request_info *request, const struct moment *moment)
{
  if (moment)
    value_gauge(request, clock_elapsed() - moment->elapsed, VALUE_DOWN);
  else
    value_absent(request);
}

static void answer_signal(netsnmp_request_info *request, unsigned int column, const struct direction_row *row,
                          enum wt_signal_id id)
{
  const struct wt_signal *signal = wt_signal_of(row->direction, id);

  switch ((enum signal_column)column) {
  case SIGNAL_FRAMES:
    value_counter(request, signal->frames);
    break;
  case SIGNAL_OCTETS:
    value_counter(request, signal->octets);
    break;
  case SIGNAL_RATIO:
    value_share(request, signal->ratio, VALUE_NEAREST);
    break;
  case SIGNAL_DIVERGENCE:
    value_share(request, signal->divergence, VALUE_NEAREST);
    break;
  case SIGNAL_VERDICT:
    value_integer(request, signal->verdict);
    break;
  case SIGNAL_REASON:
    value_string(request, signal->reason);
    break;
  case SIGNAL_VERDICT_AGE:
    answer_moment(request, row->moments ? &row->moments->decided[id] : NULL);
    break;
  case SIGNAL_DIVERGED_FOR:
    answer_moment(request, row->moments ? &row->moments->since[id] : NULL);
    break;
  case SIGNAL_COLUMNS:
  default:
    netsnmp_request_set_error(request, SNMP_NOSUCHOBJECT);
  }
}

double mib_share_of(uint64_t bound, uint64_t whole)
{
  if (!wt_known(bound) || !wt_known(whole))
    return NAN;
  if (bound == whole)
    return 1; /* also 0 of 0 */
  return whole ? (double)bound / (double)whole : NAN;
}

static double uncertainty(const struct wt_wire *wire)
{
  return (mib_share_of(wire->high, wire->frames) - mib_share_of(wire->low, wire->frames)) / 2;
}

static void answer_counter(netsnmp_request_info *request, unsigned int column, const struct wt_counter_signal *counter)
{
  switch ((enum column)column) {
  case COUNTER_BASIS:
    value_integer(request, counter->basis);
    break;
  case COUNTER_OCTET_BASIS:
    value_integer(request, counter->octet_basis);
    break;
  case COUNTER_OCTET_OFFSET:
    if (counter->octet_basis == WT_BASIS_UNDETERMINED)
      value_absent(request);
    else
      value_integer(request, counter->octet_offset);
    break;
  default:
    value_integer(request, counter->octet_verdict);
  }
}

static void answer_direction(netsnmp_request_info *request, unsigned int column,
                             const struct wt_direction_report *direction)
{
  const struct wt_wire *wire = &direction->wire;

  switch ((enum column)column) {
  case CAUSE:
    value_integer(request, direction->cause);
    break;
  case WIRE_FRAMES:
    value_counter(request, wire->frames);
    break;
  case WIRE_OCTETS:
    value_counter(request, wire->octets);
    break;
  case WIRE_SOURCE:
    value_integer(request, wire->source);
    break;
  case WIRE_ESTIMATED:
    value_integer(request, wire->estimated ? 1 : 2); /* TruthValue */
    break;
  case WIRE_LOW:
    value_share(request, mib_share_of(wire->low, wire->frames), VALUE_DOWN);
    break;
  case WIRE_HIGH:
    value_share(request, mib_share_of(wire->high, wire->frames), VALUE_UP);
    break;
  case WIRE_UNCERTAINTY:
    value_share(request, uncertainty(wire), VALUE_UP);
    break;
  case WIRE_OCTETS_LOW:
    value_share(request, mib_share_of(wire->octets_low, wire->octets), VALUE_DOWN);
    break;
  case WIRE_OCTETS_HIGH:
    value_share(request, mib_share_of(wire->octets_high, wire->octets), VALUE_UP);
    break;
  case PACKETS:
    value_counter(request, direction->packets);
    break;
  case SEGMENTS_PER_PACKET:
    value_gauge(request, direction->segments_per_packet * 100, VALUE_NEAREST);
    break;
  case CAPTURE_DROPS:
    value_counter(request, direction->capture_drops);
    break;
  case DISAGREEMENT:
    value_string(request, wire->disagreement);
    break;
  default:
    netsnmp_request_set_error(request, SNMP_NOSUCHOBJECT);
  }
}

/* The columns of limits have the order of the signals. */
static void answer_limit(netsnmp_request_info *request, unsigned int column, const struct direction_row *row,
                         const struct mib *mib)
{
  enum wt_direction direction = (enum wt_direction)(row->row.numbers[1] - 1);
  enum wt_signal_id signal = (enum wt_signal_id)(column - COUNTER_LIMIT);

  value_share(request, threshold_limit(mib->thresholds, row->interface, direction, signal), VALUE_NEAREST);
}

static void answer(netsnmp_request_info *request, unsigned int column, const void *table_row, void *context)
{
  const struct direction_row *row = table_row;
  const struct wt_direction_report *direction = row->direction;
  const struct mib *mib = context;
  const struct monitor *monitor = mib->monitor;

  if (column >= COUNTER_LIMIT && column <= SERIES_LIMIT)
    answer_limit(request, column, row, mib);
  else if (column == DIRECTION_COPY)
    value_integer(request, (long)row->row.numbers[1]);
  else if (column == COUNTER_BASIS_WINDOWS)
    value_gauge(request, direction->counter.basis_windows, VALUE_NEAREST);
  else if (column == SERIES_CAUSE)
    value_integer(request, direction->series_cause);
  else if (column == SERIES_SAMPLE_AGE)
    value_gauge(request, age(direction->series_time, monitor), VALUE_DOWN);
  else if (column >= SERIES && column < SERIES_CAUSE)
    answer_signal(request, column - SERIES, row, WT_SERIES);
  else if (column >= CAPTURE && column < CAPTURE_DROPS)
    answer_signal(request, column - CAPTURE, row, WT_CAPTURE);
  else if (column >= COUNTER && column < COUNTER_BASIS)
    answer_signal(request, column - COUNTER, row, WT_COUNTER);
  else if (column >= COUNTER_BASIS && column <= COUNTER_OCTET_VERDICT)
    answer_counter(request, column, &direction->counter);
  else
    answer_direction(request, column, direction);
}

const struct table_spec mib_direction_spec = {
    .name = "wtDirectionTable",
    .arc = 3,
    .indexes = 2,
    .first_column = CAUSE,
    .last_column = COUNTER_BASIS_WINDOWS,
    .column = answer,
};

bool mib_is_decided(const struct wt_direction_report *direction)
{
  for (int id = 0; id < WT_SIGNALS; id++) {
    const struct wt_signal *signal = wt_signal_of(direction, (enum wt_signal_id)id);

    if (!isnan(signal->decided_at) || !isnan(signal->since))
      return true;
  }
  return false;
}

void mib_direction_row(struct direction_row *row, const struct wt_interface *interface, enum wt_direction direction,
                       const struct direction_row *old, struct direction_moments *moments, const struct mib *mib)
{
  const struct direction_moments *before = old ? old->moments : NULL;

  table_row_init(&row->row, (oid)interface->ifindex, (oid)wt_direction_number(direction), mib_direction_spec.indexes);
  row->interface = interface;
  row->direction = interface->direction[direction];
  row->moments = moments;
  for (int id = 0; moments && id < WT_SIGNALS; id++) {
    const struct wt_signal *signal = wt_signal_of(row->direction, (enum wt_signal_id)id);

    moments->decided[id] = mib_moment_of(signal->decided_at, before ? &before->decided[id] : NULL, mib);
    moments->since[id] = mib_moment_of(signal->since, before ? &before->since[id] : NULL, mib);
  }
}
