/* SPDX-License-Identifier: MIT */
#include "netlink_dump.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <netlink/msg.h>

#include "netlink.h"

/* The kernel fills what it was once offered, up to this (netlink_dump() in net/netlink/af_netlink.c). The statistics of
 * 140 links fit. */
enum { ROOM = 32768 };

struct dump {
  bool (*take)(void *context, struct nlmsghdr *answer);
  void *context;
  uint32_t sequence;
  bool interrupted, done;
};

/* 0, or what the kernel says about the dump as a whole. */
static int take_answer(struct dump *dump, struct nlmsghdr *answer)
{
  const int *status = nlmsg_data(answer);

  /* An answer to an earlier request that was given up. */
  if (answer->nlmsg_seq != dump->sequence)
    return 0;
  dump->interrupted |= answer->nlmsg_flags & NLM_F_DUMP_INTR;
  if (answer->nlmsg_type == NLMSG_DONE || answer->nlmsg_type == NLMSG_ERROR) {
    dump->done = true;
    return nlmsg_datalen(answer) >= (int)sizeof(*status) ? wt_netlink_checked(*status) : 0;
  }
  if (answer->nlmsg_type >= NLMSG_MIN_TYPE)
    dump->done = !dump->take(dump->context, answer);
  return 0;
}

/* Number of octets, or a negative errno. */
static int receive(int fd, void *buffer)
{
  struct iovec room = {buffer, ROOM};
  struct msghdr message = {.msg_iov = &room, .msg_iovlen = 1};
  ssize_t length;

  do
    length = recvmsg(fd, &message, 0);
  while (length < 0 && errno == EINTR);
  if (length < 0)
    return -errno;
  if (length == 0)
    return -EIO;
  return message.msg_flags & MSG_TRUNC ? -EMSGSIZE : (int)length;
}

static int read_answers(struct dump *dump, int fd, void *buffer)
{
  int status = 0;

  while (!dump->done && status == 0) {
    struct nlmsghdr *answer = buffer;
    int length = receive(fd, buffer);

    if (length < 0)
      return length;
    for (; nlmsg_ok(answer, length) && !dump->done && status == 0; answer = nlmsg_next(answer, &length))
      status = take_answer(dump, answer);
  }
  return status;
}

int wt_netlink_dump(struct nl_sock *socket, struct nl_msg *message,
                    bool (*take)(void *context, struct nlmsghdr *answer), void *context)
{
  struct dump dump = {.take = take, .context = context};
  void *buffer = malloc(ROOM);
  int status = buffer ? nl_send_auto(socket, message) : -NLE_NOMEM;

  dump.sequence = nlmsg_hdr(message)->nlmsg_seq;
  nlmsg_free(message);
  status = status < 0 ? wt_netlink_errno(status) : read_answers(&dump, nl_socket_get_fd(socket), buffer);
  free(buffer);
  if (status && !dump.done)
    wt_netlink_drain(socket);
  return status == 0 && dump.interrupted ? -EINTR : status;
}
