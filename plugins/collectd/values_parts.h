/* SPDX-License-Identifier: MIT */
/* What the files that make value lists share: how one value goes out, and the values of each group. */
#ifndef WT_COLLECTD_VALUES_PARTS_H
#define WT_COLLECTD_VALUES_PARTS_H

#include "collectd_api.h"
#include "wiretruth.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * All functions here pass on a value list that carries what all values of an interface have in common (plugin, plugin
 * instance, time). Each value goes out in a copy of it; collectd takes its own.
 */

/* A value list of a type, whatever its data sources are. */
void dispatch(const value_list_t *common, const char *type, const char *type_instance, value_t *values, size_t count);

/* One value of the type gauge or bool. Nothing is sent of a figure that is NAN. */
void dispatch_value(const value_list_t *common, const char *type, const char *type_instance, double figure);

/*
 * Totals of as many directions as the type has data sources, TOTALS_SOURCES at the most; they are changed. type has to
 * stay where it is. Nothing is sent where one of them is WT_UNKNOWN, and what is sent starts anew where it does not go
 * on from the value before (totals.h).
 */
void dispatch_totals(const value_list_t *common, const char *type, const char *type_instance, uint64_t *totals,
                     size_t count);

/* The totals that follow are the core's estimates, of which a part may be of before the last poll (revised), or not.
 * NULL: they are an instrument's own again. */
void dispatch_estimates(const struct wt_interface *interface);

/* Totals of both directions as one value list. Nothing is sent where one of them is WT_UNKNOWN. */
void dispatch_pair(const value_list_t *common, const char *type, const char *type_instance, uint64_t rx, uint64_t tx);

/* derive-DIR-WHAT, a total. Nothing is sent of WT_UNKNOWN. */
void dispatch_total(const value_list_t *common, enum wt_direction direction, const char *what, uint64_t total);

/* Sends nothing of a total that is known: one that is sent later goes on from it. */
void hold_total(const value_list_t *common, enum wt_direction direction, const char *what, uint64_t total);

/* gauge-DIR-WHAT, or gauge-DIR-WHAT-SIGNAL where a signal is named (else NULL). Nothing is sent of a NAN. */
void dispatch_gauge(const value_list_t *common, enum wt_direction direction, const char *what, const char *signal,
                    double figure);

/* The values of a group, of one interface. groups.c has the table. */
void values_wire(const value_list_t *common, const struct wt_interface *interface);
void values_signals(const value_list_t *common, const struct wt_interface *interface);
void values_ratios(const value_list_t *common, const struct wt_interface *interface);
void values_octets(const value_list_t *common, const struct wt_interface *interface);
void values_offload(const value_list_t *common, const struct wt_interface *interface);
void values_checksum(const value_list_t *common, const struct wt_interface *interface);
void values_hidden(const value_list_t *common, const struct wt_interface *interface);
void values_application(const value_list_t *common, const struct wt_interface *interface);

/* The values of a group that are of no interface. */
void values_application_whole(const value_list_t *common, const struct wt_report *report);

#endif
