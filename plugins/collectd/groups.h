/* SPDX-License-Identifier: MIT */
/*
 * Groups of values, the option Report: what is sent of an interface. A metrics store keeps each value of each interface
 * as a series of its own, so what few need is sent on request only.
 */
#ifndef WT_COLLECTD_GROUPS_H
#define WT_COLLECTD_GROUPS_H

#include "collectd_api.h"
#include "wiretruth.h"

/* Room for the names of all groups. */
#define GROUPS_TEXT 256

/* A set of groups is an unsigned int with a bit for each; 0 is the empty one. */
unsigned int groups_default(void);

/* The set of the group of that name, compared without regard to case; 0 if there is no such group. */
unsigned int groups_find(const char *name);

/* The names of all groups, for a message: "wire, signals, ...". Returns text. */
const char *groups_names(char text[static GROUPS_TEXT]);

/* Sends the values of these groups, of one interface; common is what all of its values have in common. */
void groups_dispatch(unsigned int groups, const value_list_t *common, const struct wt_interface *interface);

/* Sends the values of these groups that are of no interface: their plugin instance is empty, as that of common is. */
void groups_dispatch_whole(unsigned int groups, const value_list_t *common, const struct wt_report *report);

#endif
