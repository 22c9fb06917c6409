/* SPDX-License-Identifier: MIT */
/*
 * Packets whose checksums are looked at: a few of each interface and direction, all of a frame, headers of what is
 * longer. With exact the tap copies them to its ring. With sample a socket of its own shows frames, on one interface at
 * a time and in a quarter of the intervals, since a second socket costs a transmitting host a second copy of each
 * packet's head; longer packets come from the samples that there are. Nothing of them leaves this file but counts.
 */
#ifndef WT_CAPTURE_CHECKSUM_H
#define WT_CAPTURE_CHECKSUM_H

#include "capture.h"

struct wt_checksum_socket;

/* With sample. NULL where there is no such socket to be had: then nothing is sampled. */
struct wt_checksum_socket *wt_checksum_socket_open(void);
void wt_checksum_socket_close(struct wt_checksum_socket *socket);

/* The port is going. */
void wt_checksum_socket_forget(struct wt_checksum_socket *socket, const struct wt_capture_port *port);

/* With sample: a packet longer than a frame, of the handle, as it was drawn for the estimate. */
void wt_checksum_take_long(struct wt_capture *capture, struct wt_capture_port *handle, struct wt_capture_port *port,
                           const struct wt_checksum_packet *packet);

/* With exact: where the tap's packets of this port begin to be drawn. */
void wt_checksum_begin(struct wt_capture *capture, struct wt_capture_port *port);

#endif
