/* SPDX-License-Identifier: MIT */
/* The handle, and what its parts share. Nobody else uses it. */
#ifndef WT_PARTS_H
#define WT_PARTS_H

#include <time.h>

#include "carrier.h"
#include "config.h"
#include "directions.h"
#include "drift.h"
#include "interface.h"
#include "mirror.h"
#include "news.h"
#include "series.h"
#include "wt_application.h"

struct wt {
  struct wt_config *config;
  struct wt_links *links;
  struct wt_offloads *offloads; /* NULL where the kernel has no ethtool netlink */
  struct nl_sock *counters;
  struct wt_readers *readers;
  struct wt_drift_watch *drift;             /* NULL without a baseline */
  struct wt_mirrors *mirrors;               /* NULL without any */
  struct wt_application_watch *application; /* NULL without the option */
  struct wt_series *series;                 /* NULL without one */
  struct wt_capture *capture;               /* NULL with method none */
  enum wt_method method;
  char method_reason[256];
  int event_fd;
  bool bare;                     /* without the rights that it was opened with */
  bool reconfigured;             /* since interfaces were selected last */
  bool relinked;                 /* links or their selection changed since the last reading */
  struct wt_error offload_error; /* code 0 when features are those that the kernel has told last */
  bool told_offload_error;
  size_t failed;   /* place in the list of the one whose capture was tried again last */
  bool unfinished; /* for want of memory something of the list of interfaces is missing: to be tried again */

  /* With method auto the tap may be attached for a part of the time only. */
  double observed;            /* monotonic time of the last reading, 0 before the first */
  double attached, observing; /* seconds */
  double detached_to;         /* monotonic time; 0 while it is attached */

  const struct wt_link *link_table;
  size_t link_count;
  struct wt_entry **entries; /* by ifindex */
  size_t entry_count;

  struct wt_carrier carrier;

  struct timespec opened;
  struct wt_namespace namespace_start, namespace_now;
  struct wt_news_list news;
  struct wt_alert_list alerts;
  struct wt_crossing degraded; /* the capture, as it was told */
  struct wt_report report;
  struct wt_feature_lists features; /* of all entries */
  struct wt_quiet_reports quiet;
  struct wt_directions directions;
  struct wt_interface *report_interfaces;
  struct wt_entry *dropped; /* gone since that report, which points into them */
};

/* Begins with the account of applications. NULL when memory ran out. */
struct wt_application_watch *wt_open_application(const struct wt *wt);

/* Seconds on a clock of the kernel's. */
double wt_clock(clockid_t clock);
/* On the one that goes on while the host is suspended, and never jumps. */
double wt_monotonic(void);

/* ---- wt_interfaces.c: the list of interfaces ---- */

/* Of the links that were read last. */
size_t wt_count_selected(const struct wt *wt);

int wt_open_capture(struct wt *wt, enum wt_method method, size_t interfaces, struct wt_error *error);

/* Brings the list up to date where the kernel said that something changed. appeared: Unix time, NAN at the start. */
int wt_refresh(struct wt *wt, double appeared, struct wt_error *error);

/* NULL if nobody asked about it. */
struct wt_entry *wt_find_entry(const struct wt *wt, int ifindex);
/* It is there no longer, but the present report may have it. */
void wt_drop_entry(struct wt *wt, struct wt_entry *entry);
void wt_free_dropped(struct wt *wt);
struct wt_scene wt_scene_of(struct wt *wt);

/* ---- wt_observe.c: readings ---- */

/* Reads all instruments of all interfaces, and judges. */
void wt_observe(struct wt *wt);

/* ---- wt_degraded.c ---- */

/* Fills that part of the report: to be called once for each, when all else is in it. */
void wt_report_degraded(struct wt *wt);

/* ---- wt_news.c ---- */

/* Adds to the report what began or ended since the one before. */
void wt_tell(struct wt *wt);
/* Likewise, of alerts. */
void wt_tell_alerts(struct wt *wt);

#endif
