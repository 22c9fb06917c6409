/* SPDX-License-Identifier: MIT */
/* A baseline as a text file. What is parsed and formatted here is pure; the file itself is read and written below. */
#ifndef WT_BASELINE_FILE_H
#define WT_BASELINE_FILE_H

#include <stdio.h>

#include "baseline.h"

enum { WT_BASELINE_LARGEST = 16 << 20 }; /* octets of a file: 4,000 interfaces with every feature take a third of it */

/*
 * Parses the text. -EINVAL: it is damaged; the text of the error begins with the line and says what would be right.
 * -ENOMEM. The record is to be cleared after success only.
 */
int wt_baseline_parse(const char *text, size_t length, struct wt_baseline_record *record, struct wt_error *error);

/* Writes interfaces in the order given, with the comments that comments has at the same places; NULL if there is none.
 */
void wt_baseline_format(FILE *out, const struct wt_baseline_interface *interfaces, size_t count,
                        const struct wt_baseline_record *comments);

/* Reads a whole file, or standard input ("-"). *text is to be freed; NULL after a failure, with errno and a sentence.
 */
int wt_baseline_load(const char *file, char **text, size_t *length, struct wt_error *error);

/* Closes a stream of open_memstream(): 0, or -ENOMEM if it has not all of the text, and *text is NULL then. */
int wt_text_end(FILE *out, char **text);

#endif
