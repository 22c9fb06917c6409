/* SPDX-License-Identifier: MIT */
/*
 * Prometheus' text exposition format, version 0.0.4, read as it comes in. Pure: octets in, table out.
 *
 * Every line is checked, also of metrics that nobody asks for: what is not such a text is not half believed.
 */
#ifndef WT_EXPOSITION_H
#define WT_EXPOSITION_H

#include "series_table.h"

enum { WT_EXPOSITION_LINE = 65536 }; /* octets of a line, at most */

struct wt_exposition;

/* What it reads goes into the table, which outlives it. NULL when memory ran out. */
struct wt_exposition *wt_exposition_new(struct wt_series_table *table);
void wt_exposition_free(struct wt_exposition *exposition);

/* Some octets more, cut anywhere. -EBADMSG: a line is not valid; the text names its number and what is wrong with it.
 */
int wt_exposition_read(struct wt_exposition *exposition, const char *data, size_t length, struct wt_error *error);

/* There is no more. -ENOMEM: not all of it is in the table; -EBADMSG: the last line has no end. Half of a number is a
 * number too, so that a file that is being written, or an answer whose length nobody told, would go unnoticed. */
int wt_exposition_end(struct wt_exposition *exposition, struct wt_error *error);

#endif
