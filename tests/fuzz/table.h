/* SPDX-License-Identifier: MIT */
/* What holds for every table of a series, whatever was read into it. */
#ifndef WT_FUZZ_TABLE_H
#define WT_FUZZ_TABLE_H

#include "series_table.h"

void table_must_hold(const struct wt_series_table *table);
void table_must_equal(const struct wt_series_table *a, const struct wt_series_table *b);

#endif
