/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "error.h"
#include "netlink.h"

enum { ENDED_BUFFER = 1 << 20 }; /* octets: about a thousand flows that end between two readings */

struct flow {
  struct wt_flow_key key; /* of the packets it sends: source is the local end */
  unsigned int send_mss, receive_mss;
};

struct table {
  struct flow *flows;
  size_t count, capacity;
};

struct wt_flows {
  struct nl_sock *socket;
  struct nl_sock *ended; /* hears of every TCP socket that goes, with its last tcp_info; NULL where that is refused */
  struct table now, before;
};

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

static int on_socket(struct nl_msg *message, void *context)
{
  struct table *table = context;
  const struct inet_diag_msg *socket = nlmsg_data(nlmsg_hdr(message));
  struct nlattr *info;
  struct tcp_info tcp = {0};

  if (nlmsg_datalen(nlmsg_hdr(message)) < (int)sizeof(*socket))
    return NL_OK;
  info = nlmsg_find_attr(nlmsg_hdr(message), sizeof(*socket), INET_DIAG_INFO);
  if (!info)
    return NL_OK;
  nla_memcpy(&tcp, info, sizeof(tcp));
  if (table->count == table->capacity) {
    size_t capacity = table->capacity ? table->capacity * 2 : 64;
    struct flow *flows = realloc(table->flows, capacity * sizeof(*flows));

    if (!flows)
      return NL_STOP;
    table->flows = flows;
    table->capacity = capacity;
  }
  fill_key(socket, &table->flows[table->count].key);
  table->flows[table->count].send_mss = tcp.tcpi_snd_mss;
  table->flows[table->count].receive_mss = tcp.tcpi_rcv_mss;
  table->count++;
  return NL_OK;
}

static int by_key(const void *a, const void *b)
{
  return memcmp(&((const struct flow *)a)->key, &((const struct flow *)b)->key, sizeof(struct wt_flow_key));
}

static int read_family(struct wt_flows *flows, uint8_t family, struct table *table)
{
  /* A listening socket has no segment size, and one in TIME_WAIT is none any more. */
  const struct inet_diag_req_v2 request = {
      .sdiag_family = family,
      .sdiag_protocol = IPPROTO_TCP,
      .idiag_ext = 1 << (INET_DIAG_INFO - 1),
      .idiag_states = ~(1u << TCP_LISTEN | 1u << TCP_TIME_WAIT),
  };
  struct nl_msg *message = nlmsg_alloc_simple(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);

  if (!message)
    return -ENOMEM;
  if (nlmsg_append(message, (void *)&request, sizeof(request), NLMSG_ALIGNTO)) {
    nlmsg_free(message);
    return -ENOMEM;
  }
  return wt_netlink_request(flows->socket, message, on_socket, table);
}

static struct nl_sock *listen_for_ends(void)
{
  struct nl_sock *socket = nl_socket_alloc();

  if (!socket)
    return NULL;
  nl_socket_disable_seq_check(socket); /* notifications have none */
  if (nl_connect(socket, NETLINK_SOCK_DIAG) || nl_socket_set_nonblocking(socket) ||
      nl_socket_set_buffer_size(socket, ENDED_BUFFER, 0) ||
      nl_socket_add_memberships(socket, SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY, 0)) {
    nl_socket_free(socket);
    return NULL;
  }
  return socket;
}

/* A flow may begin and end between two dumps. What was lost for want of room stays unknown, like a forwarded flow. */
static void read_ended(struct wt_flows *flows, struct table *table)
{
  int status;

  if (!flows->ended)
    return;
  nl_socket_modify_cb(flows->ended, NL_CB_VALID, NL_CB_CUSTOM, on_socket, table);
  do
    status = nl_recvmsgs_default(flows->ended);
  while (status == 0 || status == -NLE_NOMEM);
}

int wt_flows_open(struct wt_flows **out, struct wt_error *error)
{
  struct wt_flows *flows = calloc(1, sizeof(*flows));

  *out = NULL;
  if (!flows)
    return wt_fail(error, -ENOMEM, "flows: out of memory");
  flows->socket = wt_netlink_open(NETLINK_SOCK_DIAG, error);
  if (!flows->socket) {
    free(flows);
    return error->code;
  }
  flows->ended = listen_for_ends();
  *out = flows;
  return 0;
}

void wt_flows_close(struct wt_flows *flows)
{
  if (!flows)
    return;
  nl_socket_free(flows->socket);
  nl_socket_free(flows->ended);
  free(flows->now.flows);
  free(flows->before.flows);
  free(flows);
}

int wt_flows_read(struct wt_flows *flows)
{
  struct table fresh = flows->before;
  int status;

  fresh.count = 0;
  read_ended(flows, &fresh);
  status = read_family(flows, AF_INET, &fresh);
  if (status == 0)
    status = read_family(flows, AF_INET6, &fresh);
  if (status) {
    fresh.count = 0;
    flows->before = fresh;
    return status;
  }
  if (fresh.count)
    qsort(fresh.flows, fresh.count, sizeof(*fresh.flows), by_key);
  flows->before = flows->now;
  flows->now = fresh;
  return 0;
}

static const struct flow *find(const struct table *table, const struct flow *wanted)
{
  return table->count ? bsearch(wanted, table->flows, table->count, sizeof(*wanted), by_key) : NULL;
}

unsigned int wt_flows_segment_size(const struct wt_flows *flows, const struct wt_flow_key *packet,
                                   enum wt_direction direction)
{
  struct flow wanted = {.key = *packet};
  const struct flow *flow;

  if (!flows)
    return 0;

  if (direction == WT_RX) {
    memcpy(wanted.key.source, packet->target, sizeof(wanted.key.source));
    memcpy(wanted.key.target, packet->source, sizeof(wanted.key.target));
    wanted.key.source_port = packet->target_port;
    wanted.key.target_port = packet->source_port;
  }
  flow = find(&flows->now, &wanted);
  if (!flow)
    flow = find(&flows->before, &wanted);
  if (!flow)
    return 0;
  return direction == WT_RX ? flow->receive_mss : flow->send_mss;
}
