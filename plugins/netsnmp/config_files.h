/* SPDX-License-Identifier: MIT */
/*
 * Which files the library reads, and whether it can: it says nothing of one that it may not read, and takes a directory
 * for an empty file. What it reads twice, once for MIB options, cannot be a pipe.
 */
#ifndef WT_SNMP_CONFIG_FILES_H
#define WT_SNMP_CONFIG_FILES_H

#include "wiretruth.h"

/* The names in a list with commas between, made absolute, to be freed. NULL: one of them cannot be read. */
char *config_files_absolute(const char *list, struct wt_error *error);

/*
 * Calls each(path, error, context) for each file of this application that is on Net-SNMP's search path; error is NULL,
 * or why it cannot be read.
 */
void config_files_found(const char *application,
                        void (*each)(const char *path, const struct wt_error *error, void *context), void *context);

#endif
