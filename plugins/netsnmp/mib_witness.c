/* SPDX-License-Identifier: MIT */
/* wtWitnessTable: what other sources have counted beside the one that the wire figure comes from. */
#include "mib_parts.h"
#include "value.h"

/* 1 is the index. */
enum column { FRAMES = 2 };

static void answer(netsnmp_request_info *request, unsigned int column, const void *table_row, void *context)
{
  (void)context;
  (void)column; /* there is no other one */
  value_counter(request, ((const struct witness_row *)table_row)->witness->frames);
}

const struct table_spec mib_witness_spec = {
    .name = "wtWitnessTable",
    .arc = 10,
    .indexes = 3,
    .first_column = FRAMES,
    .last_column = FRAMES,
    .column = answer,
};

size_t mib_witness_rows(struct witness_row *rows, const struct direction_row *direction)
{
  const struct wt_wire *wire = &direction->direction->wire;

  for (size_t i = 0; i < wire->witness_count; i++) {
    rows[i].witness = &wire->witnesses[i];
    table_row_init(&rows[i].row, direction->row.numbers[0], direction->row.numbers[1], mib_witness_spec.indexes);
    rows[i].row.numbers[2] = (oid)wire->witnesses[i].source;
  }
  return wire->witness_count;
}
