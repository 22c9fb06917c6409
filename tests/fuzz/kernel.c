/* SPDX-License-Identifier: MIT */
#include "kernel.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DESCRIPTORS = 1024, DATAGRAM = 1 << 16, RECORD = 1 << 18, FAMILY = 0x20, GROUP = 0x10 };

/* What a socket waits for. */
struct request {
  bool pending, of_family;
  uint32_t sequence;
};

static struct fuzz_input source;
static bool records;
static uint8_t record[RECORD];
static size_t recorded;
static struct request requests[DESCRIPTORS];

void kernel_begin(const struct fuzz_input *input)
{
  source = *input;
  memset(requests, 0, sizeof(requests));
}

bool kernel_is_empty(void)
{
  return source.size == 0;
}

/* ---- keeping what the real one says ------------------------------------------------------------------------------ */

void kernel_record(void)
{
  records = true;
  recorded = 0;
}

static void keep(const uint8_t *data, size_t length)
{
  if (length == 0 || length > UINT16_MAX || recorded + 2 + length > sizeof(record))
    return;
  record[recorded++] = (uint8_t)(length >> 8);
  record[recorded++] = (uint8_t)length;
  memcpy(record + recorded, data, length);
  recorded += length;
}

void kernel_write(const char *path, uint8_t reader)
{
  FILE *file = fopen(path, "we");

  if (!file || fputc(reader, file) == EOF || fwrite(record, 1, recorded, file) != recorded || fclose(file))
    abort();
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

static size_t put(uint8_t *to, uint16_t type, const void *value, uint16_t length)
{
  const struct nlattr header = {.nla_len = (uint16_t)(NLA_HDRLEN + length), .nla_type = type};

  memcpy(to, &header, sizeof(header));
  memcpy(to + NLA_HDRLEN, value, length);
  return NLA_ALIGN(header.nla_len);
}

/* CTRL_CMD_NEWFAMILY, of a family with the one group that anybody here listens to. */
static size_t answer_family(uint8_t *out, uint32_t sequence)
{
  struct nlmsghdr header = {.nlmsg_type = GENL_ID_CTRL, .nlmsg_seq = sequence};
  const struct genlmsghdr command = {.cmd = CTRL_CMD_NEWFAMILY, .version = 2};
  const uint16_t family = FAMILY;
  const uint32_t group = GROUP;
  uint8_t inner[64] = {0}, middle[80] = {0};
  size_t length = NLMSG_HDRLEN, used;

  memset(out, 0, 256);
  memcpy(out + length, &command, sizeof(command));
  length += GENL_HDRLEN;
  length += put(out + length, CTRL_ATTR_FAMILY_ID, &family, sizeof(family));
  length += put(out + length, CTRL_ATTR_FAMILY_NAME, "ethtool", sizeof("ethtool"));
  used = put(inner, CTRL_ATTR_MCAST_GRP_NAME, "monitor", sizeof("monitor"));
  used += put(inner + used, CTRL_ATTR_MCAST_GRP_ID, &group, sizeof(group));
  used = put(middle, 1, inner, (uint16_t)used);
  length += put(out + length, CTRL_ATTR_MCAST_GROUPS, middle, (uint16_t)used);
  header.nlmsg_len = (uint32_t)length;
  memcpy(out, &header, sizeof(header));
  return length;
}

static size_t answer_end(uint8_t *out, uint32_t sequence)
{
  const struct nlmsghdr header = {
      .nlmsg_len = NLMSG_LENGTH(sizeof(int)), .nlmsg_type = NLMSG_DONE, .nlmsg_seq = sequence};

  memset(out, 0, NLMSG_LENGTH(sizeof(int)));
  memcpy(out, &header, sizeof(header));
  return NLMSG_LENGTH(sizeof(int));
}

/* An answer has the number of its request. */
static void number(uint8_t *data, size_t length, uint32_t sequence)
{
  struct nlmsghdr header;

  for (size_t at = 0; at + sizeof(header) <= length; at += NLMSG_ALIGN(header.nlmsg_len)) {
    memcpy(&header, data + at, sizeof(header));
    if (header.nlmsg_seq != UINT32_MAX)
      header.nlmsg_seq = sequence;
    memcpy(data + at, &header, sizeof(header));
    if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > length - at)
      break;
  }
}

/* The next datagram of the input into out; 0 where there is none, or a negative errno. */
static ssize_t next_datagram(uint8_t *out, const struct request *request)
{
  size_t length;

  /* None is empty: the kernel lets nobody send such a thing. */
  if (source.size < 3)
    return request->pending ? (ssize_t)answer_end(out, request->sequence) : -EAGAIN;
  length = (size_t)fuzz_byte(&source) << 8;
  length |= fuzz_byte(&source);
  if (length == 0) {
    static const int errors[] = {ENOBUFS, EINTR, EAGAIN, ENOMEM};

    return -errors[fuzz_byte(&source) % (sizeof(errors) / sizeof(errors[0]))];
  }
  if (length > source.size)
    length = source.size;
  memcpy(out, source.data, length);
  source.data += length;
  source.size -= length;
  number(out, length, request->sequence);
  return (ssize_t)length;
}

/* What is looked at first, with MSG_PEEK, stays for the next call. */
static uint8_t waiting[DATAGRAM];
static ssize_t waiting_length;
static int waiting_of = -1;

static ssize_t answer(int fd, struct msghdr *message, int flags)
{
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  struct request *request = &requests[fd];
  size_t length;

  if (waiting_of != fd) {
    if (request->pending && request->of_family)
      waiting_length = (ssize_t)answer_family(waiting, request->sequence);
    else
      waiting_length = next_datagram(waiting, request);
    request->of_family = false;
    waiting_of = fd;
  }
  if (!(flags & MSG_PEEK) || waiting_length < 0)
    waiting_of = -1;
  if (waiting_length < 0) {
    errno = (int)-waiting_length;
    return -1;
  }
  length = (size_t)waiting_length < message->msg_iov->iov_len ? (size_t)waiting_length : message->msg_iov->iov_len;
  memcpy(message->msg_iov->iov_base, waiting, length);
  message->msg_flags = length < (size_t)waiting_length ? MSG_TRUNC : 0;
  message->msg_controllen = 0;
  if (message->msg_name && message->msg_namelen >= sizeof(kernel))
    memcpy(message->msg_name, &kernel, sizeof(kernel));
  message->msg_namelen = sizeof(kernel);
  return flags & MSG_TRUNC ? waiting_length : (ssize_t)length;
}

/* Seen by libnl, as everything else of ours is not. */
#define IN_PLACE __attribute__((visibility("default")))

/* ---- in the place of the C library's ----------------------------------------------------------------------------- */

IN_PLACE ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
  ssize_t length;

  if (!records)
    return answer(fd, message, flags);
  length = syscall(SYS_recvmsg, fd, message, flags);
  /* What tells the number of a family is not the input's business. */
  if (length > 0 && !(flags & MSG_PEEK) && !requests[fd].of_family)
    keep(message->msg_iov->iov_base, (size_t)length);
  requests[fd].of_family = false;
  return length;
}

IN_PLACE ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
  const struct nlmsghdr *header = message->msg_iov->iov_base;

  fuzz_must(fd < DESCRIPTORS && message->msg_iov->iov_len >= sizeof(*header));
  requests[fd] = (struct request){true, header->nlmsg_type == GENL_ID_CTRL, header->nlmsg_seq};
  waiting_of = -1;
  return records ? syscall(SYS_sendmsg, fd, message, flags) : (ssize_t)message->msg_iov->iov_len;
}

/* What a driver says of itself is text that nobody ends. */
IN_PLACE int ioctl(int fd, unsigned long command, ...)
{
  struct ifreq *request;
  va_list arguments;

  va_start(arguments, command);
  request = va_arg(arguments, struct ifreq *);
  va_end(arguments);
  if (records)
    return (int)syscall(SYS_ioctl, fd, command, request);
  if (command != SIOCETHTOOL || fuzz_byte(&source) % 2 == 0) {
    errno = EOPNOTSUPP;
    return -1;
  }
  for (size_t i = 4; i < sizeof(struct ethtool_drvinfo); i++)
    ((uint8_t *)request->ifr_data)[i] = fuzz_byte(&source);
  return 0;
}
