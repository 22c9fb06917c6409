/* SPDX-License-Identifier: MIT */
/* What a baseline records beside the offload features: permanent address, limits of merged packets, driver, firmware.
 */
#ifndef WT_DRIVER_INFO_H
#define WT_DRIVER_INFO_H

#include "link.h"

/* In the order of enum wt_baseline_fact, from WT_FACT_GSO_MAX_SIZE on. */
enum { WT_LIMITS = 7 };

#define WT_LIMIT_UNKNOWN UINT32_MAX /* an older kernel */

struct wt_driver_info {
  int ifindex;
  char address[32 * 3]; /* permanent; empty if there is none */
  uint32_t limits[WT_LIMITS];
  char version[32];  /* of the driver; "kernel" for one that has the kernel's release and none of its own */
  char firmware[32]; /* empty if the device tells none */
};

struct wt_driver_infos;

/* NULL when memory or descriptors ran out. */
struct wt_driver_infos *wt_driver_infos_open(void);
void wt_driver_infos_close(struct wt_driver_infos *infos);

/*
 * Reads all anew: addresses and limits, which change without a notification, in one dump; versions only if asked to,
 * since that is a call for each device that may wake it. False if nothing changed, or if it failed: then what was read
 * before stays.
 */
bool wt_driver_infos_read(struct wt_driver_infos *infos, const struct wt_link *links, size_t count, bool versions);

/* NULL for an interface that was not there. */
const struct wt_driver_info *wt_driver_info(const struct wt_driver_infos *infos, int ifindex);

#endif
