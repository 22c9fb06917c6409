/* SPDX-License-Identifier: MIT */
#include "netlink.h"

#include <errno.h>
#include <string.h>

#include <netlink/msg.h>

#include "error.h"

int wt_netlink_errno(int nle)
{
  switch (nle < 0 ? -nle : nle) {
  case NLE_SUCCESS:
    return 0;
  case NLE_NODEV:
  case NLE_OBJ_NOTFOUND:
    return -ENODEV;
  case NLE_PERM:
  case NLE_NOACCESS:
    return -EPERM;
  case NLE_NOMEM:
    return -ENOMEM;
  case NLE_OPNOTSUPP:
  case NLE_MSGTYPE_NOSUPPORT:
  case NLE_PROTO_MISMATCH:
    return -EOPNOTSUPP;
  case NLE_INTR:
  case NLE_DUMP_INTR:
    return -EINTR;
  case NLE_AGAIN:
    return -EAGAIN;
  case NLE_INVAL:
    return -EINVAL;
  default:
    return -EIO;
  }
}

struct nl_sock *wt_netlink_open(int protocol, struct wt_error *error)
{
  struct nl_sock *socket = nl_socket_alloc();
  int status = socket ? nl_connect(socket, protocol) : -NLE_NOMEM;

  if (status) {
    nl_socket_free(socket);
    wt_fail(error, wt_netlink_errno(status), "cannot open a netlink socket (protocol %d): %s", protocol,
            nl_geterror(status));
    return NULL;
  }
  /* An acknowledgement behind every answer would double the reads of a poll. */
  nl_socket_disable_auto_ack(socket);
  return socket;
}

struct exchange {
  nl_recvmsg_msg_cb_t on_message;
  void *context;
  uint32_t sequence;
  int error;
  bool done;
};

/* An answer to an earlier request that was given up is passed over. */
static int on_sequence(struct nl_msg *message, void *context)
{
  const struct exchange *exchange = context;

  return nlmsg_hdr(message)->nlmsg_seq == exchange->sequence ? NL_OK : NL_SKIP;
}

static int on_valid(struct nl_msg *message, void *context)
{
  struct exchange *exchange = context;

  exchange->done = !(nlmsg_hdr(message)->nlmsg_flags & NLM_F_MULTI);
  return exchange->on_message ? exchange->on_message(message, exchange->context) : NL_OK;
}

static int on_end(struct nl_msg *message, void *context)
{
  struct exchange *exchange = context;
  struct nlmsghdr *header = nlmsg_hdr(message);

  /* A dump that failed says so in its end, not by an error. */
  if (header->nlmsg_type == NLMSG_DONE && nlmsg_datalen(header) >= (int)sizeof(int))
    exchange->error = *(const int *)nlmsg_data(header);
  exchange->done = true;
  return NL_STOP;
}

static int on_error(struct sockaddr_nl *peer, struct nlmsgerr *answer, void *context)
{
  struct exchange *exchange = context;

  (void)peer;
  exchange->error = answer->error;
  exchange->done = true;
  return NL_STOP;
}

int wt_netlink_request(struct nl_sock *socket, struct nl_msg *message, nl_recvmsg_msg_cb_t on_message, void *context)
{
  struct exchange exchange = {.on_message = on_message, .context = context};
  struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
  int status = callbacks ? nl_send_auto(socket, message) : -NLE_NOMEM;

  exchange.sequence = nlmsg_hdr(message)->nlmsg_seq;
  nlmsg_free(message);
  if (status >= 0) {
    nl_cb_set(callbacks, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, &exchange);
    nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &exchange);
    nl_cb_set(callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_end, &exchange);
    nl_cb_set(callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_end, &exchange);
    nl_cb_err(callbacks, NL_CB_CUSTOM, on_error, &exchange);
    while (!exchange.done && status >= 0)
      status = nl_recvmsgs(socket, callbacks);
  }
  nl_cb_put(callbacks);
  if (exchange.error)
    return exchange.error;
  return status < 0 ? wt_netlink_errno(status) : 0;
}

struct nl_sock *wt_netlink_listen(int protocol, int group, nl_recvmsg_msg_cb_t on_message, void *context,
                                  const char *what, struct wt_error *error)
{
  struct nl_sock *socket = nl_socket_alloc();
  int status = -NLE_NOMEM;

  if (socket) {
    nl_socket_disable_seq_check(socket); /* notifications have none */
    nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_message, context);
    status = nl_connect(socket, protocol);
    if (status == 0)
      status = nl_socket_add_membership(socket, group);
    if (status == 0)
      status = nl_socket_set_nonblocking(socket);
  }
  if (status) {
    nl_socket_free(socket);
    wt_fail(error, wt_netlink_errno(status), "%s: cannot listen for changes: %s", what, nl_geterror(status));
    return NULL;
  }
  return socket;
}

bool wt_netlink_hear(struct nl_sock *socket)
{
  int status;

  do
    status = nl_recvmsgs_default(socket);
  while (status == 0);
  return status == -NLE_AGAIN;
}
