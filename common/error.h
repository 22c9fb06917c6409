/* SPDX-License-Identifier: MIT */
/* How every part of the core reports what went wrong: a negative errno and a sentence. */
#ifndef WT_ERROR_H
#define WT_ERROR_H

#include "wiretruth.h"

/* Fills *error (NULL is allowed) and returns code, a negative errno. */
__attribute__((format(printf, 3, 4))) int wt_fail(struct wt_error *error, int code, const char *format, ...);

#endif
