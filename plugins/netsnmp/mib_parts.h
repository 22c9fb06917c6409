/* SPDX-License-Identifier: MIT */
/* What the parts of the MIB share with one another. */
#ifndef WT_SNMP_MIB_PARTS_H
#define WT_SNMP_MIB_PARTS_H

#include "clock.h"
#include "feature_bits.h"
#include "mib.h"
#include "notify.h"

/* A Unix time of the report as the moment that it was: computed once, so that its TimeStamp does not move. */
struct moment {
  double unix_time;
  double monotonic;
  double elapsed; /* by the clock of ages */
};

/* The interface and the direction of a row belong to the report that it was made from. */
struct interface_row {
  struct table_row row;
  const struct wt_interface *interface;
  struct moment discontinuity;
  struct moment offload_changed;
  struct moment drift_since;
  double revised; /* monotonic: when an estimate last turned out to have been too low; NAN if never */
};

/* When the verdicts on a direction were decided, and since when it diverges. */
struct direction_moments {
  struct moment decided[WT_SIGNALS], since[WT_SIGNALS];
};

struct direction_row {
  struct table_row row;
  const struct wt_interface *interface;
  const struct wt_direction_report *direction;
  const struct direction_moments *moments; /* NULL while nothing was decided, as of most of thousands of interfaces */
};

/* One figure beside wire's source. */
struct witness_row {
  struct table_row row;
  const struct wt_witness *witness;
};

/* All rows of one report, in one mapping. */
struct mib_rows {
  size_t octets;                    /* of the mapping; 0: there is none */
  struct interface_row *interfaces; /* by ifindex; first in the mapping */
  struct direction_row *directions; /* in the order of the interfaces */
  struct direction_moments *moments;
  struct witness_row *witnesses;
  size_t interface_count, direction_count, moment_count, witness_count;
};

struct mib {
  const struct monitor *monitor;
  const struct threshold_list *thresholds;
  struct notifier *notifier;
  struct clock_uptime uptime;
  netsnmp_handler_registration *globals;
  netsnmp_handler_registration *application;
  struct table interface_table;
  struct table direction_table;
  struct table checksum_table;    /* of the same rows */
  struct table hidden_table;      /* of the same rows */
  struct table application_table; /* likewise */
  struct table witness_table;
  struct mib_rows rows;
  const struct wt_report *report; /* that rows are being made of, which may have become too old to be shown meanwhile */
};

/* Each part registers itself (0 or a negative errno) and undoes that. */
int mib_globals_register(struct mib *mib);
int mib_application_register(struct mib *mib);

/* Scalars from 1 to last below root. 0 or a negative errno, after a line in the log. */
int mib_scalars_register(netsnmp_handler_registration **out, const char *name, Netsnmp_Node_Handler *answer,
                         const oid *root, size_t length, oid last, struct mib *mib);
void mib_scalars_unregister(netsnmp_handler_registration **registration);
extern const struct table_spec mib_interface_spec;
extern const struct table_spec mib_direction_spec;
extern const struct table_spec mib_checksum_spec;
extern const struct table_spec mib_hidden_spec;
extern const struct table_spec mib_application_spec;
extern const struct table_spec mib_witness_spec;

/* Fills the row of an interface; old is its row from the report before, or NULL. */
void mib_interface_row(struct interface_row *row, const struct wt_interface *interface, const struct interface_row *old,
                       const struct mib *mib);
/* A bound as a share of what it bounds; NAN when there is no such share. */
double mib_share_of(uint64_t bound, uint64_t whole);

/* The moment of a Unix time of the report, NAN for NAN. One that the row before had already (old, or NULL) stays as it
 * is: the clock may have been set. */
struct moment mib_moment_of(double unix_time, const struct moment *old, const struct mib *mib);

/* Whether anything was ever decided of a direction: its row needs room for moments then. */
bool mib_is_decided(const struct wt_direction_report *direction);

/* The row of a direction, likewise; moments: room where something was decided, NULL otherwise. */
void mib_direction_row(struct direction_row *row, const struct wt_interface *interface, enum wt_direction direction,
                       const struct direction_row *old, struct direction_moments *moments, const struct mib *mib);

/* Fills the rows of the witnesses of a direction; returns how many. */
size_t mib_witness_rows(struct witness_row *rows, const struct direction_row *direction);

#endif
