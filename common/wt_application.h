/* SPDX-License-Identifier: MIT */
/* The option Application: reads TCP's own account at each poll and puts it into the report. */
#ifndef WT_WT_APPLICATION_H
#define WT_WT_APPLICATION_H

#include "interface.h"

struct wt_application_watch;

/* What the watch has to know of an interface, beside what the report says. */
struct wt_application_place {
  struct nl_sock *routes;      /* for addresses */
  const struct wt_link *links; /* all of the namespace */
  size_t link_count;
  const struct wt_config *config;
  double time; /* monotonic */
};

/* Opens it and takes the first reading. Where the kernel cannot be asked the report says why. NULL: out of memory. */
struct wt_application_watch *wt_application_open(const struct wt_application_place *place);
void wt_application_close(struct wt_application_watch *watch);

/*
 * Takes a reading and fills what the report says of applications as a whole; then, for each interface, what it says of
 * its directions; then it is over. The report has its horizon and the MIB's totals since the first reading already.
 * watch is NULL where there is no account: the option is off.
 */
void wt_application_poll(struct wt_application_watch *watch, const struct wt_application_place *place,
                         struct wt_report *report);
void wt_application_report(struct wt_application_watch *watch, const struct wt_application_place *place,
                           const struct wt_namespace *mib, const struct wt_interface *interface,
                           struct wt_direction_report directions[WT_DIRECTIONS]);
void wt_application_end(struct wt_application_watch *watch);

#endif
