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

/* Takes a reading and fills what the report says of applications. namespace: the MIB's totals since the first reading.
 */
void wt_application_poll(struct wt_application_watch *watch, const struct wt_application_place *place,
                         struct wt_report *report, struct wt_interface *interfaces);

/* What is said where there is no account: the option is off. */
void wt_application_off(struct wt_report *report, struct wt_interface *interfaces);

#endif
