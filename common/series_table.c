/* SPDX-License-Identifier: MIT */
#include "series_table.h"

#include <stdlib.h>
#include <string.h>

struct wt_series_table {
  struct wt_series_row *rows;
  size_t count, capacity;
  uint32_t *slots; /* open addressing: number of a row + 1, 0 if free; a power of two, at most half full */
  size_t slot_count;
  size_t left_out;
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

/* FNV-1a. Whoever makes collisions on purpose gets a search through at most WT_SERIES_DEVICES rows. */
static size_t hash(const char *device)
{
  uint64_t value = 14695981039346656037u;

  for (; *device; device++)
    value = (value ^ (unsigned char)*device) * 1099511628211u;
  return (size_t)(value ^ value >> 32);
}

static size_t slot_of(const struct wt_series_table *table, const char *device)
{
  size_t slot = hash(device) & (table->slot_count - 1);

  while (table->slots[slot] && strcmp(table->rows[table->slots[slot] - 1].device, device) != 0)
    slot = (slot + 1) & (table->slot_count - 1);
  return slot;
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
  if (!rows)
    return false;
  table->rows = rows;
  slots = calloc(2 * capacity, sizeof(*slots));
  if (!slots)
    return false;
  free(table->slots);
  table->slots = slots;
  table->slot_count = 2 * capacity;
  table->capacity = capacity;
  for (size_t i = 0; i < table->count; i++)
    table->slots[slot_of(table, rows[i].device)] = (uint32_t)i + 1;
  return true;
}

struct wt_series_row *wt_series_table_begin(struct wt_series_table *table, const char *device,
                                            const struct wt_series_metric *metric)
{
  size_t length = strlen(device), slot;
  struct wt_series_row *row;
  bool *begun;

  if (length == 0 || length >= IFNAMSIZ || !grow(table)) {
    table->left_out++;
    return NULL;
  }
  slot = slot_of(table, device);
  if (!table->slots[slot]) {
    table->rows[table->count] = (struct wt_series_row){.count = 0};
    memcpy(table->rows[table->count].device, device, length);
    table->slots[slot] = (uint32_t)++table->count;
  }
  row = &table->rows[table->slots[slot] - 1];
  begun = &row->begun[metric->direction][metric->figure];
  row->duplicate |= *begun;
  *begun = true;
  return row;
}

static bool same_stamp(double a, double b)
{
  return isnan(a) ? isnan(b) : a == b;
}

/* Where a sample of that stamp is or belongs; NULL if only newer ones are kept. */
static struct wt_series_sample *place(struct wt_series_row *row, double stamp)
{
  size_t at = row->count;

  while (at > 0 && row->samples[at - 1].stamp > stamp)
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
  size_t slot;

  if (!table->slot_count)
    return NULL;
  slot = slot_of(table, device);
  return table->slots[slot] ? &table->rows[table->slots[slot] - 1] : NULL;
}

size_t wt_series_table_count(const struct wt_series_table *table)
{
  return table->count;
}

const struct wt_series_row *wt_series_table_row(const struct wt_series_table *table, size_t index)
{
  return &table->rows[index];
}

size_t wt_series_table_left_out(const struct wt_series_table *table)
{
  return table->left_out;
}
