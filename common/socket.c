/* SPDX-License-Identifier: MIT */
#include "socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_ether.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "error.h"
#include "netlink.h"

/* States of the kernel's TCP (include/net/tcp_states.h, which no header for programs has). */
enum { STATE_TIME_WAIT = 6, STATE_LISTEN = 10 };

struct wt_sockets {
  struct nl_sock *requests;
  struct nl_sock *ended; /* hears of every TCP socket that goes, with its last tcp_info; NULL where that is refused */
};

/* ---- one message ------------------------------------------------------------------------------------------------ */

static void fill_key(const struct inet_diag_msg *socket, struct wt_flow_key *key)
{
  static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
  const uint8_t *source = (const uint8_t *)socket->id.idiag_src;
  const uint8_t *target = (const uint8_t *)socket->id.idiag_dst;
  /* An IPv6 socket that speaks IPv4 sends IPv4 packets. */
  bool is_mapped = socket->idiag_family == AF_INET6 && memcmp(source, mapped, sizeof(mapped)) == 0;
  size_t width = socket->idiag_family == AF_INET || is_mapped ? 4 : 16;
  size_t skip = is_mapped ? sizeof(mapped) : 0;

  memset(key, 0, sizeof(*key));
  key->family = width == 4 ? ETH_P_IP : ETH_P_IPV6;
  memcpy(key->source, source + skip, width);
  memcpy(key->target, target + skip, width);
  key->source_port = ntohs(socket->id.idiag_sport);
  key->target_port = ntohs(socket->id.idiag_dport);
}

bool wt_socket_parse(struct nlmsghdr *message, struct wt_socket *socket)
{
  const struct inet_diag_msg *diag = nlmsg_data(message);
  struct nlattr *attribute;

  memset(socket, 0, sizeof(*socket));
  if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY || nlmsg_datalen(message) < (int)sizeof(*diag))
    return false;
  if (diag->idiag_family != AF_INET && diag->idiag_family != AF_INET6)
    return false;
  attribute = nlmsg_find_attr(message, sizeof(*diag), INET_DIAG_INFO);
  if (diag->idiag_state == STATE_LISTEN || !attribute)
    return false;
  fill_key(diag, &socket->key);
  socket->cookie = (uint64_t)diag->id.idiag_cookie[1] << 32 | diag->id.idiag_cookie[0];
  socket->device = (int)diag->id.idiag_if;
  wt_socket_take_info(nla_data(attribute), (size_t)nla_len(attribute), socket);
  return true;
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

struct reading {
  bool (*on_socket)(const struct wt_socket *socket, void *context);
  void *context;
  bool ended, gave_up;
};

static int on_message(struct nl_msg *message, void *context)
{
  struct reading *reading = context;
  struct wt_socket socket;

  if (reading->gave_up || !wt_socket_parse(nlmsg_hdr(message), &socket))
    return NL_OK;
  socket.ended = reading->ended;
  reading->gave_up = !reading->on_socket(&socket, reading->context);
  return NL_OK;
}

static int read_family(struct wt_sockets *sockets, uint8_t family, struct reading *reading)
{
  /* A listening socket has no segment size, and one in TIME_WAIT is none any more. */
  const struct inet_diag_req_v2 request = {
      .sdiag_family = family,
      .sdiag_protocol = IPPROTO_TCP,
      .idiag_ext = 1 << (INET_DIAG_INFO - 1),
      .idiag_states = ~(1u << STATE_LISTEN | 1u << STATE_TIME_WAIT),
  };
  struct nl_msg *message = nlmsg_alloc_simple(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);

  if (!message)
    return -ENOMEM;
  if (nlmsg_append(message, (void *)&request, sizeof(request), NLMSG_ALIGNTO)) {
    nlmsg_free(message);
    return -ENOMEM;
  }
  return wt_netlink_request(sockets->requests, message, on_message, reading);
}

/* A flow may begin and end between two dumps. */
static bool read_ended(struct wt_sockets *sockets, struct reading *reading)
{
  bool lost = false, lost_before;
  int status = 0;

  if (!sockets->ended)
    return false;
  nl_socket_modify_cb(sockets->ended, NL_CB_VALID, NL_CB_CUSTOM, on_message, reading);
  /* What was lost is told once, before the next message. Twice on end: it is this process that has no memory. */
  do {
    lost_before = status == -NLE_NOMEM;
    status = nl_recvmsgs_default(sockets->ended);
    lost |= status == -NLE_NOMEM;
  } while (status == 0 || (status == -NLE_NOMEM && !lost_before));
  return lost;
}

int wt_sockets_read(struct wt_sockets *sockets, bool (*on_socket)(const struct wt_socket *socket, void *context),
                    void *context, bool *lost)
{
  struct reading reading = {.on_socket = on_socket, .context = context, .ended = true};
  bool lost_some = read_ended(sockets, &reading);
  int status;

  if (lost)
    *lost = lost_some;
  reading.ended = false;
  status = read_family(sockets, AF_INET, &reading);
  if (status == 0)
    status = read_family(sockets, AF_INET6, &reading);
  if (status == 0 && reading.gave_up)
    status = -ENOMEM;
  return status;
}

/* ---- open and close ------------------------------------------------------------------------------------------- */

static struct nl_sock *listen_for_ends(int buffer)
{
  struct nl_sock *socket = nl_socket_alloc();

  if (!socket)
    return NULL;
  nl_socket_disable_seq_check(socket); /* notifications have none */
  if (nl_connect(socket, NETLINK_SOCK_DIAG) || nl_socket_set_nonblocking(socket) ||
      nl_socket_set_buffer_size(socket, buffer, 0) ||
      nl_socket_add_memberships(socket, SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY, 0)) {
    nl_socket_free(socket);
    return NULL;
  }
  /* Above the system's limit for those who may: a right that is given up later. */
  (void)setsockopt(nl_socket_get_fd(socket), SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
  return socket;
}

int wt_sockets_open(struct wt_sockets **out, int ended_buffer, struct wt_error *error)
{
  struct wt_sockets *sockets = calloc(1, sizeof(*sockets));

  *out = NULL;
  if (!sockets)
    return wt_fail(error, -ENOMEM, "sockets: out of memory");
  sockets->requests = wt_netlink_open(NETLINK_SOCK_DIAG, error);
  if (!sockets->requests) {
    free(sockets);
    return error->code;
  }
  sockets->ended = listen_for_ends(ended_buffer);
  *out = sockets;
  return 0;
}

void wt_sockets_close(struct wt_sockets *sockets)
{
  if (!sockets)
    return;
  nl_socket_free(sockets->requests);
  nl_socket_free(sockets->ended);
  free(sockets);
}

bool wt_sockets_hears(const struct wt_sockets *sockets)
{
  return sockets->ended != NULL;
}
