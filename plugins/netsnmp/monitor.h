/* SPDX-License-Identifier: MIT */
/*
 * Polls the core on a Net-SNMP alarm, and early when links or offloads changed, and holds the last report. A poll is
 * another thread's (poller.h); requests are answered meanwhile, in Net-SNMP's thread, from the report of the poll
 * before. All functions are for that thread.
 *
 * A poll waits for the kernel, and nothing can interrupt it there. monitor_reconfigure(), monitor_poll() and
 * monitor_close() wait for the one that is under way: a reload and the end of the process last as long as that.
 */
#ifndef WT_SNMP_MONITOR_H
#define WT_SNMP_MONITOR_H

#include <stdbool.h>

#include "settings.h"
#include "wiretruth.h"

struct monitor;

/* Opens the core and takes a first report. The settings must outlive the monitor. Errors are those of wt_open(). */
int monitor_open(struct monitor **out, const struct settings *settings, struct wt_error *error);

/*
 * Starts polling; changed(context) is called after each poll, failed ones too, and when the last report has become too
 * old while one is under way. 0 or -ENOMEM.
 */
int monitor_start(struct monitor *monitor, void (*changed)(void *context), void *context);

/* wt_give_up_rights(), which holds for what a reload opens as well. */
int monitor_give_up_rights(struct monitor *monitor, uint64_t also, struct wt_error *error);

/*
 * The settings have changed: takes them over. Totals go on unless the capture has to be another one. There is no report
 * then until monitor_poll() is called, which has to be before any request is answered. On an error, which is
 * wt_open()'s, the core is as it was, and the settings have to be.
 */
int monitor_reconfigure(struct monitor *monitor, struct wt_error *error);

/* Polls in the calling thread, and calls changed(). */
void monitor_poll(struct monitor *monitor);

/* Stops polling and closes the core. NULL is allowed. */
void monitor_close(struct monitor *monitor);

/* The last report, or NULL while it is older than three intervals or there is none. Valid until changed() returns. */
const struct wt_report *monitor_report(const struct monitor *monitor);

/* Why no better method is in use, as the last report has it, and what is to be done where that is for want of rights.
 */
const char *monitor_method_reason(const struct monitor *monitor);

/* Whether an interface of the report is to be shown: ReportInactive. */
bool monitor_shows(const struct monitor *monitor, const struct wt_interface *interface);

/* Moments of the monotonic clock: of wt_open(), and of the last report. */
double monitor_opened(const struct monitor *monitor);
double monitor_reported(const struct monitor *monitor);

/* Seconds since the last report was made, those that the host slept among them. */
double monitor_age(const struct monitor *monitor);

double monitor_interval(const struct monitor *monitor);

/* Polls that succeeded and that failed. */
unsigned long monitor_polls(const struct monitor *monitor);
unsigned long monitor_errors(const struct monitor *monitor);

/* Why the last poll failed, or for how long the one under way has been so when the report is too old meanwhile; empty
 * if it succeeded. */
const char *monitor_error(const struct monitor *monitor);

#endif
