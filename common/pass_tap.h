/* SPDX-License-Identifier: MIT */
/* The count of flows at one interface: an eBPF socket filter and its map. */
#ifndef WT_PASS_TAP_H
#define WT_PASS_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "pass_map.h"
#include "wiretruth.h"

struct wt_pass_tap;

/*
 * Loads the program for an interface of that link header (octets, 0 or that of Ethernet) and MTU. Nothing is counted
 * before wt_pass_tap_begin(). -EPERM without CAP_BPF, -EOPNOTSUPP where the kernel or this build has no eBPF.
 */
int wt_pass_tap_open(struct wt_pass_tap **out, unsigned int link_header, unsigned int mtu, struct wt_error *error);
void wt_pass_tap_close(struct wt_pass_tap *tap);

/* Makes a packet socket count and keep nothing. */
int wt_pass_tap_attach(const struct wt_pass_tap *tap, int socket, struct wt_error *error);

/* From and until when it counts, in nanoseconds of CLOCK_MONOTONIC. */
void wt_pass_tap_begin(struct wt_pass_tap *tap, uint64_t time);
void wt_pass_tap_end(struct wt_pass_tap *tap, uint64_t time);

/* Called with what each flow amounts to; not 0 ends the walk and is returned. end: in nanoseconds since the begin. */
typedef int wt_pass_visit(void *context, const struct wt_pass_key *key, const struct wt_pass_value *value);

/*
 * All flows, each CPU's part added up, then the rest by direction, if any, with is_rest in *context's own way: the key
 * of the rest has family 0 and no addresses, as has what is not understood at all, so visit_rest tells them apart.
 */
int wt_pass_tap_read(struct wt_pass_tap *tap, uint64_t end, wt_pass_visit *visit, wt_pass_visit *visit_rest,
                     void *context);

#endif
