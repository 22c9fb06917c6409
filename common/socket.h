/* SPDX-License-Identifier: MIT */
/* The TCP sockets of this network namespace, and what each says of itself (sock_diag, INET_DIAG_INFO). */
#ifndef WT_SOCKET_H
#define WT_SOCKET_H

#include "dissect.h"
#include "wiretruth.h"

struct nlmsghdr;

/*
 * One connection. Counts are since it began, WT_UNKNOWN where the kernel's struct tcp_info ends before them. What the
 * kernel keeps in 32 bits wraps: compare them with wt_socket_since().
 */
struct wt_socket {
  struct wt_flow_key key; /* of the packets it sends: source is the local end */
  uint64_t cookie;        /* the kernel's number of it, given once */
  int device;             /* ifindex that it is bound to, 0 if to none */
  bool ended;             /* it is no more: these are its last figures */
  unsigned int send_mss, receive_mss;
  uint64_t quiet;                   /* milliseconds since it sent or received the last time */
  uint64_t segments[WT_DIRECTIONS]; /* tcpi_segs_in, tcpi_segs_out: frames' worth, also of merged packets; 32 bits */
  uint64_t delivered;               /* segments with data that the peer has acknowledged; 32 bits */
  uint64_t retransmitted;           /* segments; 32 bits */
  uint64_t acknowledged, received;  /* octets of payload, each once; SYN and FIN count as one each */
  uint64_t retransmitted_octets;    /* of payload */
};

/*
 * Takes a message of sock_diag. False if it is none of a connection, or is malformed: a listening socket, one in
 * TIME_WAIT, or not yet accepted, has no account.
 */
bool wt_socket_parse(struct nlmsghdr *message, struct wt_socket *socket);

/* Takes what the kernel sent of its struct tcp_info, length octets of it. */
void wt_socket_take_info(const void *data, size_t length, struct wt_socket *socket);

/* What was counted from one reading to a later one; wide: 64 bits. Unknown if either is. */
uint64_t wt_socket_since(uint64_t from, uint64_t to, bool wide);

struct wt_sockets;

/* ended_buffer: octets for what is heard of ended connections between two readings; less if the kernel grants less. */
int wt_sockets_open(struct wt_sockets **out, int ended_buffer, struct wt_error *error);
void wt_sockets_close(struct wt_sockets *sockets);

/* Whether the end of connections is heard of. It takes no right; kernels before 4.3 do not tell. */
bool wt_sockets_hears(const struct wt_sockets *sockets);

/*
 * Reports the connections that have ended since the last reading, then those that are there. The callback returns false
 * to give up (-ENOMEM). *lost, if not NULL, tells whether there was no room for the end of some.
 */
int wt_sockets_read(struct wt_sockets *sockets, bool (*on_socket)(const struct wt_socket *socket, void *context),
                    void *context, bool *lost);

#endif
