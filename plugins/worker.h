/* SPDX-License-Identifier: MIT */
/*
 * A thread of a plugin's own, which polls. A poll waits for the kernel (a driver that is reset, thousands of interfaces
 * that are removed) or for a file system, for as long as those take; a thread of the host agent that waited with it
 * would be missing to the agent's other work.
 */
#ifndef WT_WORKER_H
#define WT_WORKER_H

#include <pthread.h>
#include <stdbool.h>

struct worker;

/* How the host agent makes a thread: as pthread_create(3) without attributes. 0 on success. */
typedef int worker_spawn(pthread_t *thread, void *(*run)(void *argument), void *argument);

/*
 * Starts the thread, in which all signals are blocked: the agent's handlers are for its own, and no system call of ours
 * shall be interrupted by them. NULL if it cannot be started.
 */
struct worker *worker_start(worker_spawn *spawn, void (*job)(void *context), void *context);

/* Has the thread do the job once more. False, and nothing is done, while it is still at the one before. Never waits. */
bool worker_ask(struct worker *worker);

/* Waits until all that was asked for is done. What the job wrote may be read then, until the worker is asked again. */
void worker_wait(struct worker *worker);

/* The same, then ends the thread and frees the worker, which is a struct worker. */
void worker_stop(void *worker);

#endif
