/* SPDX-License-Identifier: MIT */
#include "netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <netlink/genl/ctrl.h>
#include <netlink/msg.h>

#include "error.h"

enum {
  MOST_ERRNO = 4096, /* the kernel's MAX_ERRNO, and one more */
  /* The kernel answers while the request is sent, and goes on with a dump while it is read: whoever has to wait for
   * an answer waits for one that was lost. */
  LONGEST_WAIT = 5,    /* seconds */
  MOST_LEFT = 1 << 16, /* messages: more than any dump has */
  FAMILY_TRIES = 3,
  MOST_HEARD = 4096, /* more in one go, and they come faster than they can be read */
};

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
  case NLE_BUSY:
    return -EBUSY;
  case NLE_MSG_TRUNC:
    return -EMSGSIZE;
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

/* libnl has no word for a process without descriptors, and leaves errno as it is. */
static int connect_socket(struct nl_sock *socket, int protocol, struct wt_error *why)
{
  int status;

  errno = 0;
  status = socket ? nl_connect(socket, protocol) : -NLE_NOMEM;
  if (status == -NLE_FAILURE && errno)
    return wt_fail(why, -errno, "%s", strerror(errno));
  return status ? wt_fail(why, wt_netlink_errno(status), "%s", nl_geterror(status)) : 0;
}

struct nl_sock *wt_netlink_open(int protocol, struct wt_error *error)
{
  static const struct timeval longest = {.tv_sec = LONGEST_WAIT};
  struct nl_sock *socket = nl_socket_alloc();
  struct wt_error why;

  if (connect_socket(socket, protocol, &why)) {
    nl_socket_free(socket);
    wt_fail(error, why.code, "cannot open a netlink socket (protocol %d): %.200s", protocol, why.text);
    return NULL;
  }
  /* An acknowledgement behind every answer would double the reads of a poll. */
  nl_socket_disable_auto_ack(socket);
  /* Refused, it waits as long as it takes. */
  (void)!setsockopt(nl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest));
  return socket;
}

void wt_netlink_drain(struct nl_sock *socket)
{
  char octet;

  for (int i = 0; i < MOST_LEFT; i++)
    if (recv(nl_socket_get_fd(socket), &octet, sizeof(octet), MSG_DONTWAIT | MSG_TRUNC) < 0 && errno != EINTR &&
        errno != ENOBUFS)
      return;
}

int wt_netlink_family(struct nl_sock *socket, const char *name)
{
  bool starved = false;
  int family = -1;

  for (int tries = 0; family < 0 && tries < FAMILY_TRIES; tries++) {
    errno = 0;
    family = genl_ctrl_resolve(socket, name);
    starved = errno == ENOMEM;
    if (family < 0)
      wt_netlink_drain(socket);
  }
  if (family >= 0)
    return family;
  return starved ? -ENOMEM : -EOPNOTSUPP;
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

int wt_netlink_checked(int error)
{
  return error <= 0 && error > -MOST_ERRNO ? error : -EIO;
}

static int on_end(struct nl_msg *message, void *context)
{
  struct exchange *exchange = context;
  struct nlmsghdr *header = nlmsg_hdr(message);

  /* A dump that failed says so in its end, not by an error. */
  if (header->nlmsg_type == NLMSG_DONE && nlmsg_datalen(header) >= (int)sizeof(int))
    exchange->error = wt_netlink_checked(*(const int *)nlmsg_data(header));
  exchange->done = true;
  return NL_STOP;
}

static int on_error(struct sockaddr_nl *peer, struct nlmsgerr *answer, void *context)
{
  struct exchange *exchange = context;

  (void)peer;
  exchange->error = wt_netlink_checked(answer->error);
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
  if ((status < 0 && !exchange.done) || exchange.error == -EBUSY)
    wt_netlink_drain(socket);
  if (exchange.error)
    return exchange.error;
  return status < 0 ? wt_netlink_errno(status) : 0;
}

struct nl_sock *wt_netlink_listen(int protocol, int group, nl_recvmsg_msg_cb_t on_message, void *context,
                                  const char *what, struct wt_error *error)
{
  struct nl_sock *socket = nl_socket_alloc();
  struct wt_error why;
  int status = connect_socket(socket, protocol, &why), refused = 0;

  if (status == 0) {
    nl_socket_disable_seq_check(socket); /* notifications have none */
    nl_socket_modify_cb(socket, NL_CB_VALID, NL_CB_CUSTOM, on_message, context);
    refused = nl_socket_add_membership(socket, group);
    if (refused == 0)
      refused = nl_socket_set_nonblocking(socket);
  }
  if (refused)
    status = wt_fail(&why, wt_netlink_errno(refused), "%s", nl_geterror(refused));
  if (status) {
    nl_socket_free(socket);
    wt_fail(error, why.code, "%s: cannot listen for changes: %.200s", what, why.text);
    return NULL;
  }
  return socket;
}

bool wt_netlink_hear(struct nl_sock *socket)
{
  int status = 0;

  for (int i = 0; i < MOST_HEARD && status == 0; i++)
    status = nl_recvmsgs_default(socket);
  return status == -NLE_AGAIN;
}
