/* SPDX-License-Identifier: MIT */
/*
 * A kernel that lacks something or fails at something, for the program that this library is preloaded into.
 *
 * FAULT is a list of faults, separated by a blank; each is NAME=ERRNO or NAME=ERRNO@FROM-TO, with which only the FROMth
 * to TOth occasion fails. An ERRNO is a number. The names:
 *
 *   bpf      every bpf(2)
 *   packet   opening an AF_PACKET socket, as in a kernel without CONFIG_PACKET
 *   genl     opening a socket of generic netlink
 *   diag     opening a socket of sock_diag
 *   attach   attaching an eBPF program to a socket
 *   filter   attaching a classic filter to a socket
 *   stats    the answer to a request for link statistics (RTM_GETSTATS)
 *   links    the answer to a request for a dump of links (RTM_GETLINK)
 *   features the answer to a request for a dump of offload features
 *   old      a request for link statistics (any ERRNO: it reaches the kernel as one that no kernel knows)
 *   notify   reading notifications: ENOBUFS is what an overrun socket says
 *   ethtool  finding the family "ethtool" (any ERRNO: the kernel itself says that there is none)
 *   narrow   link statistics of 32 bits, whose octets wrap 2,000,000 after the first reading (any ERRNO)
 *   torn     a dump of links or features is marked as interrupted by a change (any ERRNO)
 *   slow     the answer to a request for link statistics comes as many milliseconds late as the ERRNO says
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAMES   15
#define SOCKETS 1024

static const char *const names[NAMES] = {"bpf",      "packet", "genl",    "diag", "attach", "filter", "stats", "links",
                                         "features", "notify", "ethtool", "torn", "old",    "narrow", "slow"};
static unsigned long occasions[NAMES];
static const char *awaited[SOCKETS]; /* by file descriptor: what was asked for, NULL if that does not matter */

static void *next(const char *name)
{
  return dlsym(RTLD_NEXT, name);
}

/* The errno that this occasion of the fault fails with, 0 if it does not. */
static int fails(const char *name)
{
  const char *fault = getenv("FAULT");
  size_t length = strlen(name);
  unsigned long occasion = 0;

  for (int i = 0; i < NAMES; i++)
    if (strcmp(names[i], name) == 0)
      occasion = ++occasions[i];
  for (; fault && *fault; fault = strchr(fault, ' ') ? strchr(fault, ' ') + 1 : NULL) {
    unsigned long from = 1, to = -1ul;
    int code;

    if (strncmp(fault, name, length) != 0 || sscanf(fault + length, "=%d@%lu-%lu", &code, &from, &to) < 1)
      continue;
    return occasion >= from && occasion <= to ? code : 0;
  }
  return 0;
}

static int failed(int code)
{
  errno = code;
  return -1;
}

/* libbpf has no function for bpf(2) either. */
long syscall(long number, ...)
{
  static long (*real)(long, ...);
  va_list list;
  long a[6];
  int code;

  va_start(list, number);
  for (int i = 0; i < 6; i++)
    a[i] = va_arg(list, long);
  va_end(list);
  if (number == SYS_bpf && (code = fails("bpf")) != 0)
    return failed(code);
  if (!real)
    real = (long (*)(long, ...))next("syscall");
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int socket(int domain, int type, int protocol)
{
  static int (*real)(int, int, int);
  int code = 0;

  if (domain == AF_PACKET)
    code = fails("packet");
  else if (domain == AF_NETLINK && protocol == NETLINK_GENERIC)
    code = fails("genl");
  else if (domain == AF_NETLINK && protocol == NETLINK_SOCK_DIAG)
    code = fails("diag");
  if (code)
    return failed(code);
  if (!real)
    real = (int (*)(int, int, int))next("socket");
  return real(domain, type, protocol);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
  static int (*real)(int, int, int, const void *, socklen_t);
  int code = 0;

  if (level == SOL_SOCKET && option == SO_ATTACH_BPF)
    code = fails("attach");
  else if (level == SOL_SOCKET && option == SO_ATTACH_FILTER)
    code = fails("filter");
  if (code)
    return failed(code);
  if (!real)
    real = (int (*)(int, int, int, const void *, socklen_t))next("setsockopt");
  return real(fd, level, option, value, length);
}

/* What is asked for, by the name of its fault; NULL if it has none. What the kernel shall not know is made unknown. */
static const char *examine(struct nlmsghdr *message, size_t length)
{
  struct genlmsghdr *genl = NLMSG_DATA(message);
  char *family;

  if (message->nlmsg_type == RTM_GETSTATS) {
    if (fails("old"))
      message->nlmsg_type = RTM_MAX;
    return "stats";
  }
  if (message->nlmsg_type == RTM_GETLINK && message->nlmsg_flags & NLM_F_DUMP)
    return "links";
  if (message->nlmsg_type == GENL_ID_CTRL && genl->cmd == CTRL_CMD_GETFAMILY) {
    family = memmem(message, length, "ethtool", sizeof "ethtool");
    if (family && fails("ethtool"))
      memcpy(family, "nowhere", sizeof "nowhere");
  } else if (message->nlmsg_type > GENL_ID_CTRL && genl->cmd == ETHTOOL_MSG_FEATURES_GET &&
             message->nlmsg_flags & NLM_F_DUMP) {
    return "features";
  }
  return NULL;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
  static ssize_t (*real)(int, const struct msghdr *, int);
  const struct sockaddr_nl *to = message->msg_name;

  if (fd < SOCKETS && to && message->msg_namelen == sizeof *to && to->nl_family == AF_NETLINK && message->msg_iovlen &&
      message->msg_iov->iov_len >= NLMSG_HDRLEN + sizeof(struct genlmsghdr))
    awaited[fd] = examine(message->msg_iov->iov_base, message->msg_iov->iov_len);
  if (!real)
    real = (ssize_t(*)(int, const struct msghdr *, int))next("sendmsg");
  return real(fd, message, flags);
}

/* Whether a netlink socket is one that listens: in a group, and nothing was asked with it. */
static bool listens(int fd)
{
  __u32 groups[8] = {0};
  socklen_t length = sizeof groups;
  int domain = 0;
  socklen_t domain_length = sizeof domain;

  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_length) || domain != AF_NETLINK ||
      getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &length))
    return false;
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
    if (groups[i])
      return true;
  return false;
}

/* As a driver with registers of 32 bits has it, which stood shortly before their end at the first reading. */
static void narrow(struct rtnl_link_stats64 *stats, int ifindex)
{
  enum { INTERFACES = 64, LEFT = 2000000 };
  static struct {
    bool seen;
    uint64_t rx, tx;
  } first[INTERFACES];

  if (ifindex <= 0 || ifindex >= INTERFACES)
    return;
  if (!first[ifindex].seen) {
    first[ifindex].seen = true;
    first[ifindex].rx = stats->rx_bytes;
    first[ifindex].tx = stats->tx_bytes;
  }
  stats->rx_bytes = (uint32_t)(stats->rx_bytes - first[ifindex].rx - LEFT);
  stats->tx_bytes = (uint32_t)(stats->tx_bytes - first[ifindex].tx - LEFT);
}

static void narrow_answer(struct nlmsghdr *answer, size_t length)
{
  const struct if_stats_msg *stats = NLMSG_DATA(answer);
  struct rtattr *attribute = (struct rtattr *)((char *)stats + NLMSG_ALIGN(sizeof *stats));

  if (length >= NLMSG_SPACE(sizeof *stats) + RTA_LENGTH(sizeof(struct rtnl_link_stats64)) &&
      answer->nlmsg_type == RTM_NEWSTATS && attribute->rta_type == IFLA_STATS_LINK_64)
    narrow(RTA_DATA(attribute), (int)stats->ifindex);
}

typedef ssize_t (*receive)(int, struct msghdr *, int);

/* What did not fit is lost. */
static int lose(receive real, int fd, struct msghdr *message, int code)
{
  while (real(fd, message, MSG_DONTWAIT) > 0)
    ;
  return failed(code);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
  static receive real;
  const char *what = fd < SOCKETS ? awaited[fd] : NULL;
  ssize_t length;
  int code;

  if (!real)
    real = (receive)next("recvmsg");
  if (flags & MSG_PEEK)
    return real(fd, message, flags);
  if (listens(fd) && (code = fails("notify")) != 0)
    return lose(real, fd, message, code);
  if (!what)
    return real(fd, message, flags);
  awaited[fd] = NULL;
  if (strcmp(what, "stats") == 0 && (code = fails("slow")) != 0)
    usleep((useconds_t)code * 1000);
  if ((code = fails(what)) != 0)
    return lose(real, fd, message, code);
  length = real(fd, message, flags);
  if (length >= (ssize_t)NLMSG_HDRLEN && strcmp(what, "stats") == 0 && fails("narrow"))
    narrow_answer(message->msg_iov->iov_base, (size_t)length);
  if (length >= (ssize_t)NLMSG_HDRLEN && strcmp(what, "stats") != 0 && fails("torn"))
    ((struct nlmsghdr *)message->msg_iov->iov_base)->nlmsg_flags |= NLM_F_DUMP_INTR;
  return length;
}
