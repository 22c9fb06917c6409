/* SPDX-License-Identifier: MIT */
/* What is asked of the HTTP API of a Prometheus server, and its answer. Pure: text to text, JSON to table. */
#ifndef WT_SERIES_QUERY_H
#define WT_SERIES_QUERY_H

#include "series_table.h"

/*
 * Whether a SeriesQuery is one: matchers of labels between braces, "{instance="web1:9100"}". What stands in them is for
 * the server to judge. NULL if it is, or what is wrong.
 */
const char *wt_series_query_check(const char *matchers);

/*
 * The samples of the last seconds, as they were scraped, with their own time stamps: a range, since an instant vector
 * has the time of the evaluation instead. NULL when memory ran out. To be freed with free().
 */
char *wt_series_query_expression(const char *matchers, unsigned int seconds);

enum { WT_SERIES_VALUES = 3 << 19 }; /* of JSON in an answer: 4,000 interfaces with 20 samples have 1.1 million */

/*
 * The answer to it into the table. -ENOMEM: not all of it is there; -EFBIG: it would take too much memory; -EBADMSG:
 * not an answer of that kind; -EREMOTEIO: the server says that it cannot answer, and why.
 */
int wt_series_query_read(const char *body, size_t length, struct wt_series_table *table, struct wt_error *error);

#endif
