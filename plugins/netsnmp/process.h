/* SPDX-License-Identifier: MIT */
/* What a daemon does beside its work: it detaches, becomes another user, writes its process ID, tells that it is ready.
 */
#ifndef WT_SNMP_PROCESS_H
#define WT_SNMP_PROCESS_H

#include "wiretruth.h"

/*
 * Goes on in a process of its own, in the background. Whoever started it waits meanwhile, and ends with the status that
 * process_report() gives it, so that a start that fails is known. *report: where to; it ends with the child, too.
 */
int process_detach(int *report, struct wt_error *error);

/* Ends the wait, and what ties the process to a terminal. output: standard output and error are for the log. */
void process_report(int report, int status, bool output);

/* Becomes that user and group, either may be NULL, with what rights it has. */
int process_become(const char *user, const char *group, struct wt_error *error);

/*
 * A file for the process ID, which nobody else has open so: *fd, -1 where file is NULL. It is written when all is well,
 * and taken away at the end, which the user may no longer be allowed to.
 */
int process_open_pid(const char *file, int *fd, struct wt_error *error);
void process_write_pid(int fd);
void process_remove_pid(const char *file, int fd);

/* sd_notify(3): tells a service manager, where there is one that asked for it. */
void process_notify(const char *state);

#endif
