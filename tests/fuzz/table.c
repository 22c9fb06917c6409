/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <math.h>
#include <string.h>

#include "fuzz.h"

static void sample_must_hold(const struct wt_series_sample *sample)
{
  fuzz_must(isnan(sample->stamp) || isfinite(sample->stamp));
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    for (int figure = 0; figure < WT_SERIES_FIGURES; figure++) {
      double value = sample->value[direction][figure];

      fuzz_must(isnan(value) || (isfinite(value) && value >= 0));
    }
}

void table_must_hold(const struct wt_series_table *table)
{
  size_t count = wt_series_table_count(table);

  fuzz_must(count <= WT_SERIES_DEVICES);
  for (size_t i = 0; i < count; i++) {
    const struct wt_series_row *row = wt_series_table_row(table, i);

    fuzz_must(row->device[0] && memchr(row->device, '\0', sizeof(row->device)));
    fuzz_must(row->count <= WT_SERIES_SAMPLES);
    fuzz_must(wt_series_table_find(table, row->device) == row);
    for (size_t j = 0; j < row->count; j++) {
      sample_must_hold(&row->samples[j]);
      fuzz_must(j == 0 || isnan(row->samples[j].stamp) || row->samples[j].stamp > row->samples[j - 1].stamp);
    }
  }
}

void table_must_equal(const struct wt_series_table *a, const struct wt_series_table *b)
{
  fuzz_must(wt_series_table_count(a) == wt_series_table_count(b));
  fuzz_must(wt_series_table_left_out(a) == wt_series_table_left_out(b));
  for (size_t i = 0; i < wt_series_table_count(a); i++) {
    const struct wt_series_row *row = wt_series_table_row(a, i);
    const struct wt_series_row *other = wt_series_table_find(b, row->device);

    fuzz_must(other && other->count == row->count && other->duplicate == row->duplicate);
    fuzz_must(memcmp(row->samples, other->samples, row->count * sizeof(row->samples[0])) == 0);
  }
}
