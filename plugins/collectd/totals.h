/* SPDX-License-Identifier: MIT */
/*
 * Totals as metrics stores may compare them: between any two values of one identity lies no more than what passed
 * between their times. A store draws a rate from whichever two values it has, and knows interfaces by their names only;
 * so where the core's total does not go on from the value that was sent last, what is sent starts anew at 0. All stores
 * take that for a reset: collectd's cache, RRD and InfluxDB give no rate over it, Prometheus adds nothing.
 *
 * It starts anew where the total was not known at the poll before, where another interface has the name, where the core
 * began to count anew or added something of before that poll, and where the clock was set. It knows no collectd. A
 * handle is used by one thread at a time.
 */
#ifndef WT_COLLECTD_TOTALS_H
#define WT_COLLECTD_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Totals of one identity at the most: the directions. */
#define TOTALS_SOURCES 2

struct totals;

/* NULL when memory ran out. */
struct totals *totals_new(void);
void totals_free(struct totals *totals); /* NULL is allowed */

/*
 * The totals of a report follow. Times in seconds: Unix time, and one that goes on evenly; where they differ by more
 * than a tenth of what passed since the report before, the clock was set, and no rate can be drawn over it. A report
 * that is missing takes nothing back: its frames are in the next one, and so is its time.
 */
void totals_begin(struct totals *totals, double unix_time, double seconds);

/* The totals of this interface follow; "" and 0 for those of the namespace. False when memory ran out: nothing of it
 * can be sent. */
bool totals_of(struct totals *totals, const char *interface, int ifindex);

/* Whether the totals that are made next reach back beyond the report before: they start anew. Holds until it is called
 * again, or totals_of is. */
void totals_reach_back(struct totals *totals, bool reach_back);

/*
 * Makes what is to be sent of the figures of one identity, in their place. type has to stay where it is. WT_UNKNOWN in
 * one of them, or a lack of memory: false, and nothing is to be sent. Also to be called of what is known and not sent,
 * so that it goes on from there. At the first report everything is sent as it is: the core counts since it was opened.
 */
bool totals_make(struct totals *totals, const char *type, const char *type_instance, uint64_t *figures, size_t count);

/*
 * The same of a series, whose samples have a time of their own (Unix time, NAN if there is none yet): false also where
 * that is not newer than the one that was sent last, since nothing is known of the time after it. A sample goes on from
 * the one before however long that is ago, since its time tells. *gap becomes the seconds between the two; 0 if there
 * was none.
 */
bool totals_make_sampled(struct totals *totals, const char *type, const char *type_instance, uint64_t *figures,
                         size_t count, double time, double *gap);

/* Interfaces that were not in this report are forgotten. */
void totals_end(struct totals *totals);

#endif
