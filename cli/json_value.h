/* SPDX-License-Identifier: MIT */
/* Figures and texts as JSON values, the same in every command. NULL when memory ran out. */
#ifndef CLI_JSON_VALUE_H
#define CLI_JSON_VALUE_H

#include "cli.h"

/* null where it is not known. */
json_t *count_json(uint64_t count);
/* Rounded to so many decimals: digits that nobody measured help nobody. null where it is not finite. */
json_t *real_json(double value, int decimals);
json_t *time_json(double time);
/* A name from outside need not be UTF-8, which JSON demands. */
json_t *text_json(const char *text);
/* null for an empty one. */
json_t *text_or_null(const char *text);

#endif
