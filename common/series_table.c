/* SPDX-License-Identifier: MIT */
#include "series_table.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_SEARCH = 256 };

struct wt_series_table {
  struct wt_series_row *rows;
  size_t count, capacity;
  uint32_t *slots; /* open addressing: number of a row + 1, 0 if free; a power of two, at most half full */
  size_t slot_count;
  size_t left_out;
  bool starved;
};

struct wt_series_table *wt_series_table_new(void)
{
  return calloc(1, sizeof(struct wt_series_table));
}

void wt_series_table_free(struct wt_series_table *table)
{
  if (!table)
    return;
  free(table->rows);
  free(table->slots);
  free(table);
}

bool wt_series_metric_of(const char *name, size_t length, struct wt_series_metric *metric)
{
  static const char *const names[WT_DIRECTIONS][WT_SERIES_FIGURES] = {
      {"node_network_receive_packets_total", "node_network_receive_bytes_total"},
      {"node_network_transmit_packets_total", "node_network_transmit_bytes_total"},
  };

  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    for (int figure = 0; figure < WT_SERIES_FIGURES; figure++) {
      const char *known = names[direction][figure];

      if (strlen(known) != length || memcmp(known, name, length) != 0)
        continue;
      *metric = (struct wt_series_metric){(enum wt_direction)direction, (enum wt_series_figure)figure};
      return true;
    }
  return false;
}

/* FNV-1a. */
static size_t hash(const char *device)
{
  uint64_t value = 14695981039346656037u;

  for (; *device; device++)
    value = (value ^ (unsigned char)*device) * 1099511628211u;
  return (size_t)(value ^ value >> 32);
}

/* Where a device is or belongs. NULL: too many others are in its place. In a table that is half empty that is no
 * accident: somebody chose the names, and would have each poll search for minutes. */
static uint32_t *slot_of(const struct wt_series_table *table, const char *device)
{
  size_t slot = hash(device);

  for (int tried = 0; tried < LONGEST_SEARCH; tried++, slot++) {
    uint32_t *at = &table->slots[slot & (table->slot_count - 1)];

    if (!*at || strcmp(table->rows[*at - 1].device, device) == 0)
      return at;
  }
  return NULL;
}

static bool grow(struct wt_series_table *table)
{
  size_t capacity = table->capacity ? 2 * table->capacity : 64;
  struct wt_series_row *rows;
  uint32_t *slots;

  if (table->count < table->capacity)
    return true;
  if (table->capacity >= WT_SERIES_DEVICES)
    return false;
  rows = realloc(table->rows, capacity * sizeof(*rows));
  table->starved |= !rows;
  if (!rows)
    return false;
  table->rows = rows;
  slots = calloc(2 * capacity, sizeof(*slots));
  table->starved |= !slots;
  if (!slots)
    return false;
  free(table->slots);
  table->slots = slots;
  table->slot_count = 2 * capacity;
  table->capacity = capacity;
  for (size_t i = 0; i < table->count; i++) {
    uint32_t *slot = slot_of(table, rows[i].device);

    if (slot)
      *slot = (uint32_t)i + 1;
    else
      table->left_out++;
  }
  return true;
}

struct wt_series_row *wt_series_table_begin(struct wt_series_table *table, const char *device,
                                            const struct wt_series_metric *metric)
{
  size_t length = strlen(device);
  struct wt_series_row *row;
  uint32_t *slot = NULL;
  bool *begun;

  if (length > 0 && length < IFNAMSIZ && grow(table))
    slot = slot_of(table, device);
  if (!slot) {
    table->left_out++;
    return NULL;
  }
  if (!*slot) {
    table->rows[table->count] = (struct wt_series_row){.count = 0};
    memcpy(table->rows[table->count].device, device, length);
    *slot = (uint32_t)++table->count;
  }
  row = &table->rows[*slot - 1];
  begun = &row->begun[metric->direction][metric->figure];
  row->duplicate |= *begun;
  *begun = true;
  return row;
}

static bool same_stamp(double a, double b)
{
  return isnan(a) ? isnan(b) : a == b;
}

/* What has no stamp is as of now. */
static bool is_later(double a, double b)
{
  return isnan(a) ? !isnan(b) : a > b;
}

/* Where a sample of that stamp is or belongs; NULL if only newer ones are kept. */
static struct wt_series_sample *place(struct wt_series_row *row, double stamp)
{
  size_t at = row->count;

  while (at > 0 && is_later(row->samples[at - 1].stamp, stamp))
    at--;
  if (at > 0 && same_stamp(row->samples[at - 1].stamp, stamp))
    return &row->samples[at - 1];
  if (row->count == WT_SERIES_SAMPLES) {
    if (at == 0)
      return NULL;
    memmove(row->samples, row->samples + 1, --at * sizeof(row->samples[0]));
  } else {
    memmove(row->samples + at + 1, row->samples + at, (row->count++ - at) * sizeof(row->samples[0]));
  }
  row->samples[at] = (struct wt_series_sample){stamp, {{NAN, NAN}, {NAN, NAN}}};
  return &row->samples[at];
}

void wt_series_row_add(struct wt_series_row *row, const struct wt_series_metric *metric, double stamp, double value)
{
  struct wt_series_sample *sample;

  if (!isfinite(value) || value < 0 || value >= 0x1p64)
    return;
  sample = place(row, stamp);
  if (sample)
    sample->value[metric->direction][metric->figure] = value;
}

const struct wt_series_row *wt_series_table_find(const struct wt_series_table *table, const char *device)
{
  const uint32_t *slot = table->slot_count ? slot_of(table, device) : NULL;

  return slot && *slot ? &table->rows[*slot - 1] : NULL;
}

size_t wt_series_table_count(const struct wt_series_table *table)
{
  return table->count;
}

const struct wt_series_row *wt_series_table_row(const struct wt_series_table *table, size_t index)
{
  return &table->rows[index];
}

bool wt_series_table_is_starved(const struct wt_series_table *table)
{
  return table->starved;
}

size_t wt_series_table_left_out(const struct wt_series_table *table)
{
  return table->left_out;
}
