/* SPDX-License-Identifier: MIT */
/* One observed interface: what it is, its readings, and what they were judged to mean. */
#ifndef WT_INTERFACE_H
#define WT_INTERFACE_H

#include "alert.h"
#include "capture.h"
#include "checksum_watch.h"
#include "counter_width.h"
#include "feature_lists.h"
#include "link.h"
#include "offload.h"
#include "quiet.h"
#include "readers.h"
#include "series_track.h"

enum { WT_LEAST_FRAMES = 1000 }; /* in a window, for a verdict */

/* What is followed of an interface from its first frame on. Most of thousands never have one. */
struct wt_traffic {
  struct wt_judge judge[WT_DIRECTIONS];
  struct wt_observation reading[WT_DIRECTIONS];
  struct wt_gap gap[WT_DIRECTIONS];
};

/* The interface's own IPv6 MIB, as read last, and what it came to since the first reading. */
struct wt_ipv6_sum {
  struct wt_ipv6_counter last, total;
  bool known; /* by the last reading */
};

struct wt_entry {
  struct wt_link link;
  struct wt_settings settings;      /* options, as they are for its name */
  struct wt_feature_list *features; /* NULL where nothing told them */
  struct wt_capture_port port;
  bool captured;
  char *not_captured;                  /* why; NULL if it is */
  int capture_error;                   /* its negative errno, 0 if it is */
  const char *untapped[WT_DIRECTIONS]; /* why the capture never sees this direction; NULL if it does */
  bool gone;                           /* it vanished; its row is taken out with the next change of links */
  struct wt_facts facts[WT_DIRECTIONS];
  struct wt_quiet quiet[WT_DIRECTIONS];
  struct wt_traffic *traffic; /* NULL while it is quiet */
  bool followed;              /* never quiet: samples, a series or a mirror are put up against each reading */
  struct wt_counter_width width[WT_DIRECTIONS];
  struct wt_checksum_watch checksum;
  const char *not_sampled; /* why no checksums are looked at; NULL if they are */
  struct wt_instruments instruments;
  struct wt_ipv6_sum *ipv6; /* NULL where it was never read */
  double tapped_packets;    /* at the tap between the last two readings, both directions */
  bool was_read;
  bool looked;    /* at the tap, before the counters of many are read at once */
  int read_error; /* negative errno of the last attempt */
  bool active;
  double discontinuity, offload_changed;              /* Unix time, NAN */
  bool told_disagreement[WT_DIRECTIONS], told_mirror; /* it was news already */
  uint64_t told_drops[WT_DIRECTIONS];                 /* lost samples of the report before */
  enum wt_baseline baseline;
  struct wt_drift *drift;
  size_t drift_count;
  double lag;                     /* seconds that its counter may be behind */
  struct wt_series_track *series; /* NULL without a series */
  struct wt_alert_watch alerts;
  struct wt_entry *dropped; /* the next one of those that are dropped */
};

/* NULL when memory ran out. unix_time: NAN if the interface was there from the beginning. */
struct wt_entry *wt_entry_new(const struct wt_link *link, double unix_time);
void wt_entry_free(struct wt_entry *entry);

/* Takes what a new reading of links says. */
void wt_entry_set_link(struct wt_entry *entry, struct wt_capture *capture, const struct wt_link *link,
                       double unix_time);

/* Takes what a new reading of offloads says. names: of the feature bits. */
int wt_entry_set_features(struct wt_entry *entry, struct wt_feature_lists *lists, const struct wt_features *features,
                          const char *const *names, size_t count, double unix_time);

/* Notes at each feature what is recorded of it: expected() says whether, and then whether active. */
void wt_entry_expect(struct wt_entry *entry, struct wt_feature_lists *lists,
                     bool (*expected)(const void *context, const char *name, bool *active), const void *context);

/* Gathers what may explain a divergence, and what the capture cannot see. */
void wt_entry_set_facts(struct wt_entry *entry, enum wt_method method);

/* What the device does has changed: totals go on, and no verdict reaches across. */
void wt_entry_forget(struct wt_entry *entry, double unix_time);

/* No delta reaches across: the capture was opened anew. */
void wt_entry_restart(struct wt_entry *entry, double unix_time);

/* Reads tap, counter, tap. With sample the second reading of the tap is wt_entry_read_after(). time: monotonic. */
void wt_entry_read(struct wt_entry *entry, struct wt_capture *capture, struct nl_sock *socket,
                   struct wt_readers *readers, double time);
void wt_entry_read_after(struct wt_entry *entry, struct wt_capture *capture);

/*
 * The same where the counters of many are read at once: the tap before it, and counter and tap after it. It counts as
 * read (was_read) only if no more than so many frames passed meanwhile, and nothing is new: else it has to be read on
 * its own. What has instruments that are asked (wt_readers_ask()) is, too.
 */
void wt_entry_look(struct wt_entry *entry, struct wt_capture *capture, struct wt_readers *readers);
void wt_entry_take(struct wt_entry *entry, struct wt_capture *capture, struct wt_link_counter counter[WT_DIRECTIONS],
                   double time, uint64_t most);

/* Reads the interface's IPv6 MIB; without it its figures are unknown in the next report. */
void wt_entry_read_ipv6(struct wt_entry *entry);
void wt_entry_skip_ipv6(struct wt_entry *entry);

/* With exact: adds to the tap's reading what it missed. attached: whether the tap was, since the reading before. */
void wt_entry_fill_gaps(struct wt_entry *entry, bool attached);

/* Takes over what the capture counted of checksums. errors: the namespace's; time: monotonic. */
void wt_entry_watch_checksums(struct wt_entry *entry, uint64_t errors, double time);

/* Why it is not captured; empty if it is, or nobody tried. */
const char *wt_entry_not_captured(const struct wt_entry *entry);

/* How it is judged. */
struct wt_judge_settings wt_entry_judging(const struct wt_entry *entry);

/* Judges what was read. time: monotonic. */
void wt_entry_judge(struct wt_entry *entry, double time, double unix_time);

/* quiet: what was reported of others that are. lower: the name of the device below, or "".
 * What is said of its directions is not part of the interface yet. */
void wt_entry_report(const struct wt_entry *entry, struct wt_quiet_reports *quiet, const char *lower,
                     struct wt_interface *interface, struct wt_direction_report directions[WT_DIRECTIONS]);

#endif
