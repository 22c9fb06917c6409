/* SPDX-License-Identifier: MIT */
/* A recorded state of interfaces, and how the present one differs from it. Pure: no file, no clock, no kernel. */
#ifndef WT_BASELINE_H
#define WT_BASELINE_H

#include "wiretruth.h"

/* What is recorded of an interface beside its features, in the order of the file. */
enum wt_baseline_fact {
  WT_FACT_ADDRESS,
  WT_FACT_DRIVER,
  WT_FACT_DRIVER_VERSION,
  WT_FACT_FIRMWARE,
  WT_FACT_MTU,
  WT_FACT_GSO_MAX_SIZE,
  WT_FACT_GSO_MAX_SEGS,
  WT_FACT_GSO_IPV4_MAX_SIZE,
  WT_FACT_GRO_MAX_SIZE,
  WT_FACT_GRO_IPV4_MAX_SIZE,
  WT_FACT_TSO_MAX_SIZE,
  WT_FACT_TSO_MAX_SEGS,
  WT_FACT_FEATURE, /* an offload feature, by its own name */
};

/* The word of the file for it: "gso-max-size". */
const char *wt_baseline_fact_name(enum wt_baseline_fact fact);

/* The strings belong to whoever made the item. */
struct wt_baseline_item {
  enum wt_baseline_fact fact;
  const char *name;   /* of the feature, or of the fact */
  const char *value;  /* "on", "9000" */
  const char *above;  /* whole lines of comment before it; NULL if there are none */
  const char *behind; /* comment at the end of its line; NULL */
  size_t line;        /* of the file, 0 if it is not from one */
};

struct wt_baseline_interface {
  char name[IFNAMSIZ];
  const char *above, *behind;
  size_t line;
  struct wt_baseline_item *items; /* ordered, none twice */
  size_t item_count;
};

/* A whole baseline. */
struct wt_baseline_record {
  struct wt_baseline_interface *interfaces; /* ordered by name, none twice */
  size_t interface_count;
  const char *head, *behind_head, *tail; /* comments before the first line, behind it, and after everything; NULL */
  char *text;                            /* what the strings point into */
};

void wt_baseline_clear(struct wt_baseline_record *record);

/* "eth2" comes before "eth10". */
int wt_baseline_order_names(const char *a, const char *b);
void wt_baseline_sort_items(struct wt_baseline_item *items, size_t count);

/* The permanent address, NULL if there is none. */
const char *wt_baseline_address(const struct wt_baseline_interface *interface);
const struct wt_baseline_interface *wt_baseline_find(const struct wt_baseline_record *record, const char *name);
const struct wt_baseline_item *wt_baseline_find_item(const struct wt_baseline_interface *interface,
                                                     const struct wt_baseline_item *like);

/* The four states of a feature, as in the file. A fixed one cannot be wanted otherwise than it is. */
const char *wt_baseline_feature_value(const struct wt_feature *feature);

/* ---- matching ---- */

struct wt_baseline_present {
  const char *name;
  const char *address; /* permanent; NULL if there is none */
  int recorded;        /* result: which of the recorded interfaces this one is, -1 for a new one */
};

/*
 * Who is who: by name and permanent address, then by permanent address alone (renamed) where that is nobody else's,
 * then by name alone. matched gets a flag for each recorded interface. False when memory ran out.
 */
bool wt_baseline_match(const struct wt_baseline_record *record, struct wt_baseline_present *present, size_t count,
                       bool *matched);

/* ---- comparing ---- */

/*
 * The recorded items that are not as recorded, at most room of them, with since left alone. What is not recorded is not
 * compared, and neither are features where found has none at all. Returns how many there are.
 */
size_t wt_baseline_compare(const struct wt_baseline_interface *recorded, const struct wt_baseline_interface *found,
                           struct wt_drift *drift, size_t room);

#endif
