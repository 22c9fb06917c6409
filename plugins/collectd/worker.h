/* SPDX-License-Identifier: MIT */
/*
 * A thread of the plugin's own, which does the work of a read callback. A poll waits for the kernel (a driver that is
 * reset, thousands of interfaces that are removed) or for a file system, for as long as those take; a read thread of
 * collectd that waited with it would be missing to the other plugins.
 */
#ifndef WT_COLLECTD_WORKER_H
#define WT_COLLECTD_WORKER_H

#include <stdbool.h>

struct worker;

/* Starts the thread, in collectd's context of the caller: its values have the caller's interval. NULL if it cannot be
 * started. */
struct worker *worker_start(void (*job)(void));

/* Has the thread do the job once more. False, and nothing is done, while it is still at the one before. Never waits. */
bool worker_ask(struct worker *worker);

/* Waits until all that was asked for is done, ends the thread and frees the worker, which is a struct worker. */
void worker_stop(void *worker);

#endif
