/* SPDX-License-Identifier: MIT */
/*
 * From reports to alerts: raised and cleared, once each. Pure: no I/O, no clock.
 *
 * Whether there is an alert follows from decided verdicts alone. While a verdict is unknown, or held because there was
 * too little traffic, what was told stays. docs/decisions.md has the reasons.
 */
#ifndef WT_ALERT_H
#define WT_ALERT_H

#include "config.h"
#include "threshold.h"

/* One signal of one direction. */
struct wt_alert_signal {
  struct wt_crossing level[WT_LEVELS];
  enum wt_severity told;
  double decided_at; /* of the verdict that was looked at last; NAN if none was */
};

/* The basis of one direction's counter. Undetermined: not known yet. */
struct wt_alert_basis {
  enum wt_basis first, told, next; /* that was known first; the last that was told; that is about to be */
  struct wt_crossing crossing;
};

/* Of one interface, what is followed of what was measured. */
struct wt_alert_measured {
  struct wt_alert_signal signal[WT_DIRECTIONS][WT_SIGNALS];
  struct wt_alert_basis basis[WT_DIRECTIONS];
};

/* All that is followed of one interface. */
struct wt_alert_watch {
  char name[IFNAMSIZ]; /* under which it is; empty before the first report */
  double discontinuity;
  double seconds; /* of the report before */
  struct wt_crossing drift;
  struct wt_alert_measured *measured; /* NULL until something was decided of it */
};

/* Alerts on their way into a report. */
struct wt_alert_list {
  struct wt_alert *alerts;
  size_t count, room;
  bool delivered;
};

/* When a report is from. */
struct wt_alert_time {
  double seconds;   /* on a clock that never jumps */
  double unix_time; /* for people */
};

void wt_alert_watch_init(struct wt_alert_watch *watch);

/* One that has another name now ends under the old one, and begins anew. A name may have gone from one interface to
 * another: all are asked before any of them is followed, or the end of one would be taken for that of the other.
 * -ENOMEM: it did not end yet. */
int wt_alert_rename(struct wt_alert_watch *watch, const struct wt_interface *interface, double unix_time,
                    struct wt_alert_list *list);

/* What a report says of the interface, once it has its name. -ENOMEM: nothing was looked at, and the next report tries
 * again. */
int wt_alert_follow(struct wt_alert_watch *watch, const struct wt_settings *settings,
                    const struct wt_interface *interface, const struct wt_alert_time *time, struct wt_alert_list *list);

/* The interface is gone: what is raised is cleared. now_called: its new name, NULL if it is not there any more. Begins
 * anew, and has nothing to be freed. Without memory it is not told. */
void wt_alert_end(struct wt_alert_watch *watch, int ifindex, const char *now_called, double unix_time,
                  struct wt_alert_list *list);

/* alert_capture.c: what a report says of the capture of the host. -ENOMEM: the next report tries again. */
int wt_alert_follow_capture(struct wt_crossing *crossing, const struct wt_settings *settings, const char *degraded,
                            const struct wt_alert_time *time, struct wt_alert_list *list);

/* ---- what a threshold of somebody else's needs, too ---- */

/* Its divergence, NAN where nothing was decided since *decided_at, which moves on otherwise. A signal that agrees has
 * no divergence worth an alert, whatever the tolerance is. */
double wt_alert_newly_decided(const struct wt_signal *signal, double *decided_at);

/* All but threshold and since, which the sentence does not need. */
void wt_alert_fill_divergence(struct wt_alert *alert, const struct wt_interface *interface, int direction, int signal);

/* Unix times of a report; NAN is the same as NAN. */
bool wt_alert_is_same_time(double a, double b);

/* ---- alert_list.c ---- */

/* What was delivered is forgotten. */
void wt_alert_list_begin(struct wt_alert_list *list);
/* All of them, good until the next wt_alert_list_begin(). */
const struct wt_alert *wt_alert_list_deliver(struct wt_alert_list *list, size_t *count);
void wt_alert_list_free(struct wt_alert_list *list);
/* Room for so many more; false when memory ran out. Then, for each of them: one of which nothing more is known. */
bool wt_alert_list_reserve(struct wt_alert_list *list, size_t more);
struct wt_alert *wt_alert_list_add(struct wt_alert_list *list, enum wt_alert_kind kind, enum wt_severity severity,
                                   const char *name, int ifindex);

/* ---- alert_text.c: the sentences ---- */

void wt_alert_say_divergence(struct wt_alert *alert, bool estimated);
void wt_alert_say_drift(struct wt_alert *alert, const struct wt_interface *interface);
/* degraded: why; empty if it is not any more. */
void wt_alert_say_capture(struct wt_alert *alert, const char *degraded);
void wt_alert_say_basis(struct wt_alert *alert, enum wt_basis before);
/* why: the rest of the sentence. */
void wt_alert_say_gone(struct wt_alert *alert, const char *why);

#endif
