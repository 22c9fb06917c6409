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
 *   flood    reading notifications: the first one comes again and again (any ERRNO)
 *   old      a request for link statistics (any ERRNO: it reaches the kernel as one that no kernel knows)
 *   notify   reading notifications: ENOBUFS is what an overrun socket says
 *   ethtool  finding the family "ethtool" (any ERRNO: the kernel itself says that there is none)
 *   narrow   link statistics of 32 bits, whose octets wrap 2,000,000 after the first reading (any ERRNO)
 *   torn     a dump of links or features is marked as interrupted by a change (any ERRNO)
 *   mixed    a dump of link statistics or of queue disciplines is marked as torn (any ERRNO)
 *   listed   the answer to a dump of link statistics or of queue disciplines (EINTR: a signal comes before it)
 *   half     the second message of an answer to a dump, of links or features: it fails, and the rest stays on the
 *            socket
 *   short    a message is cut in two, as one that did not fit into what was offered; the second half is lost
 *   cut      the same, and only messages of an answer to a dump of links or features count
 *   silent   no answer comes (any ERRNO)
 *   signal   reading or sending a netlink message: nothing has happened, so EINTR means that a signal came first
 *   hostile  one octet in eight of each answer, behind its first header, is another one (the ERRNO is the seed); with
 *            a seed that is even, one in 64, which leaves more of it to be read
 *   strange  the same, and only answers to a dump of link statistics or of queue disciplines
 *   full     putting an element into a map
 *   placeless putting an element into a map whose key begins with the ERRNO, as an ifIndex: no memory for it
 *   map      mapping a map of eBPF into memory
 *   netdev   finding the family "netdev", which has the statistics of queues (any ERRNO)
 *   absent   link statistics of the device whose ifIndex is the ERRNO: the kernel says that there is none
 *   deaf     binding a packet socket to the device whose ifIndex is the ERRNO: no memory for it
 *   slow     the answer to a request for link statistics comes as many milliseconds late as the ERRNO says
 */
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOCKETS 1024

static const char *const names[] = {"bpf",   "packet", "genl",    "diag",   "attach", "filter",  "stats",    "links",
                                    "torn",  "notify", "old",     "narrow", "slow",   "half",    "ethtool",  "short",
                                    "cut",   "map",    "signal",  "silent", "full",   "hostile", "netdev",   "features",
                                    "mixed", "listed", "strange", "absent", "flood",  "deaf",    "placeless"};
#define NAMES (sizeof names / sizeof names[0])

static unsigned long occasions[NAMES];
static bool mixed[SOCKETS];          /* by file descriptor: what was asked for is a dump that "mixed" tears */
static bool halved[SOCKETS];         /* by file descriptor: the next message is the second of a dump */
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

  for (size_t i = 0; i < NAMES; i++)
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

/* Where the ERRNO is a number of something: whether this is it, and then an occasion. */
static bool concerns(const char *name, int number)
{
  const char *fault = getenv("FAULT"), *at = fault ? strstr(fault, name) : NULL;

  return at && at[strlen(name)] == '=' && atoi(at + strlen(name) + 1) == number && fails(name);
}

static int failed(int code)
{
  errno = code;
  return -1;
}

/* What libbpf itself puts into maps while it loads has the key 0, and no interface has. */
static int fails_map(long command, long argument)
{
  const union bpf_attr *attributes = (const union bpf_attr *)argument; // NOLINT(performance-no-int-to-ptr)

  uint32_t key;

  if (command != BPF_MAP_UPDATE_ELEM)
    return 0;
  key = *(const uint32_t *)(uintptr_t)attributes->key; // NOLINT(performance-no-int-to-ptr)
  if (concerns("placeless", (int)key))
    return ENOMEM;
  return key ? fails("full") : 0;
}

/* libbpf maps constants, which nobody writes, and libpcap comes later. */
void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
  static void *(*real)(void *, size_t, int, int, int, off_t);
  int code = fd >= 0 && flags & MAP_SHARED && protection & PROT_WRITE ? fails("map") : 0;

  if (code) {
    errno = code;
    return MAP_FAILED;
  }
  if (!real)
    real = (void *(*)(void *, size_t, int, int, int, off_t))next("mmap");
  return real(address, length, protection, flags, fd, offset);
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
  if (number == SYS_bpf && ((code = fails("bpf")) != 0 || (code = fails_map(a[0], a[1])) != 0))
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

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
  static int (*real)(int, const struct sockaddr *, socklen_t);
  const struct sockaddr_ll *to = (const struct sockaddr_ll *)address;

  if (address->sa_family == AF_PACKET && length >= sizeof(*to) && concerns("deaf", to->sll_ifindex))
    return failed(ENOMEM);
  if (!real)
    real = (int (*)(int, const struct sockaddr *, socklen_t))next("bind");
  return real(fd, address, length);
}

static bool is_netlink(int fd)
{
  int domain = 0;
  socklen_t length = sizeof domain;

  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_NETLINK;
}

/* A request for the statistics of a device, or an answer with them. */
static bool is_absent(const struct nlmsghdr *message)
{
  return !(message->nlmsg_flags & NLM_F_DUMP) &&
         concerns("absent", (int)((const struct if_stats_msg *)NLMSG_DATA(message))->ifindex);
}

/* What is asked for, by the name of its fault; NULL if it has none. What the kernel shall not know is made unknown. */
static const char *examine(struct nlmsghdr *message, size_t length)
{
  struct genlmsghdr *genl = NLMSG_DATA(message);
  char *family;

  if (message->nlmsg_type == RTM_GETQDISC)
    return "qdiscs";
  if (message->nlmsg_type == RTM_GETSTATS) {
    if (fails("old"))
      message->nlmsg_type = RTM_MAX;
    if (is_absent(message))
      ((struct if_stats_msg *)NLMSG_DATA(message))->ifindex = INT_MAX;
    return "stats";
  }
  if (message->nlmsg_type == RTM_GETLINK && message->nlmsg_flags & NLM_F_DUMP)
    return "links";
  if (message->nlmsg_type == GENL_ID_CTRL && genl->cmd == CTRL_CMD_GETFAMILY) {
    family = memmem(message, length, "ethtool", sizeof "ethtool");
    if (family && fails("ethtool"))
      memcpy(family, "nowhere", sizeof "nowhere");
    family = memmem(message, length, "netdev", sizeof "netdev");
    if (family && fails("netdev"))
      memcpy(family, "nodev!", sizeof "nodev!");
  } else if (message->nlmsg_type > GENL_ID_CTRL && genl->cmd == ETHTOOL_MSG_FEATURES_GET &&
             message->nlmsg_flags & NLM_F_DUMP) {
    return "features";
  }
  return NULL;
}

static void note(int fd, struct nlmsghdr *request, size_t length)
{
  awaited[fd] = examine(request, length);
  mixed[fd] =
      request->nlmsg_flags & NLM_F_DUMP && (request->nlmsg_type == RTM_GETSTATS || request->nlmsg_type == RTM_GETQDISC);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
  static ssize_t (*real)(int, const struct msghdr *, int);
  const struct sockaddr_nl *to = message->msg_name;
  int code = is_netlink(fd) ? fails("signal") : 0;

  if (code)
    return failed(code);
  if (fd < SOCKETS && to && message->msg_namelen == sizeof *to && to->nl_family == AF_NETLINK && message->msg_iovlen &&
      message->msg_iov->iov_len >= NLMSG_HDRLEN + sizeof(struct genlmsghdr))
    note(fd, message->msg_iov->iov_base, message->msg_iov->iov_len);
  if (!real)
    real = (ssize_t(*)(int, const struct msghdr *, int))next("sendmsg");
  return real(fd, message, flags);
}

/* Whether a netlink socket is one that listens: in a group, and nothing was asked with it. */
static bool listens(int fd)
{
  __u32 groups[8] = {0};
  socklen_t length = sizeof groups;

  if (!is_netlink(fd) || getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &length))
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

/* After the first notification of a socket there always is one more: the same one, where there is no other. */
static ssize_t flood(receive real, int fd, struct msghdr *message, int flags)
{
  static char first[65536];
  static ssize_t length;
  static int flooded;
  ssize_t now = real(fd, message, flags);

  if (now > (ssize_t)sizeof(first) || (length && fd != flooded) || (now < 0 && !length))
    return now;
  if (flags & MSG_PEEK)
    return now < 0 ? length : now;
  if (now > 0) {
    memcpy(first, message->msg_iov->iov_base, (size_t)(length = now));
    flooded = fd;
  } else if (message->msg_iov->iov_len >= (size_t)length) {
    memcpy(message->msg_iov->iov_base, first, (size_t)(now = length));
    message->msg_flags = 0;
  }
  return now;
}

/* Headers of messages stay: the kernel's own code writes those, and what is in between comes from drivers. */
static void spoil(unsigned char *octets, ssize_t length, int rarity, unsigned int seed)
{
  for (ssize_t i = NLMSG_HDRLEN; i < length; i++)
    if (rand_r(&seed) % rarity == 0)
      octets[i] = (unsigned char)rand_r(&seed);
}

static ssize_t spoil_all(unsigned char *octets, ssize_t length, int code)
{
  static unsigned int turn;
  unsigned int seed = (unsigned int)code * 65536 + turn++;
  ssize_t at = 0;

  while (length - at >= (ssize_t)NLMSG_HDRLEN) {
    const struct nlmsghdr *message = (const void *)(octets + at);

    if (message->nlmsg_len < NLMSG_HDRLEN || message->nlmsg_len > length - at)
      break;
    if (message->nlmsg_type >= NLMSG_MIN_TYPE)
      spoil(octets + at, message->nlmsg_len, code % 2 ? 8 : 64, seed++);
    at += NLMSG_ALIGN(message->nlmsg_len);
  }
  return length;
}

/* A dump lacks it. */
static void leave_out(struct nlmsghdr *answer, ssize_t length)
{
  for (int left = (int)length; NLMSG_OK(answer, left); answer = NLMSG_NEXT(answer, left))
    if (answer->nlmsg_type == RTM_NEWSTATS && is_absent(answer))
      answer->nlmsg_type = NLMSG_NOOP;
}

/* Only those dumps are asked for again by the one who wants to know what changed. */
static bool asks_for_change(const char *what)
{
  return strcmp(what, "links") == 0 || strcmp(what, "features") == 0;
}

/* What becomes of a message that has come. */
static ssize_t alter(int fd, const char *what, struct msghdr *message, ssize_t length)
{
  struct nlmsghdr *first = message->msg_iov->iov_base;
  int code;

  if (length < (ssize_t)NLMSG_HDRLEN)
    return length;
  if (what && strcmp(what, "stats") == 0 && fails("narrow"))
    narrow_answer(first, (size_t)length);
  if (fd < SOCKETS && mixed[fd])
    leave_out(first, length);
  if (what && asks_for_change(what) && fails("torn"))
    first->nlmsg_flags |= NLM_F_DUMP_INTR;
  if (fd < SOCKETS && what && mixed[fd] && fails("mixed"))
    first->nlmsg_flags |= NLM_F_DUMP_INTR;
  if ((code = fails("hostile")) != 0 || (fd < SOCKETS && mixed[fd] && (code = fails("strange")) != 0))
    return spoil_all(message->msg_iov->iov_base, length, code);
  if (what && (fails("short") || (asks_for_change(what) && fails("cut")))) {
    message->msg_flags |= MSG_TRUNC;
    return length / 2;
  }
  return length;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
  static receive real;
  const char *what = fd < SOCKETS ? awaited[fd] : NULL;
  int code;

  if (!real)
    real = (receive)next("recvmsg");
  if (listens(fd) && fails("flood"))
    return flood(real, fd, message, flags);
  if (flags & MSG_PEEK || !is_netlink(fd))
    return real(fd, message, flags);
  if ((code = fails("signal")) != 0)
    return failed(code);
  if (listens(fd) && (code = fails("notify")) != 0)
    return lose(real, fd, message, code);
  if (fd < SOCKETS && mixed[fd] && (code = fails("listed")) != 0)
    return code == EINTR ? failed(code) : lose(real, fd, message, code);
  if (fd < SOCKETS && halved[fd]) {
    halved[fd] = false;
    if ((code = fails("half")) != 0)
      return failed(code);
  }
  if (!what)
    return alter(fd, what, message, real(fd, message, flags));
  awaited[fd] = NULL;
  halved[fd] = asks_for_change(what);
  if (strcmp(what, "stats") == 0 && (code = fails("slow")) != 0)
    usleep((useconds_t)code * 1000);
  if ((code = fails(what)) != 0)
    return lose(real, fd, message, code);
  if (fails("silent"))
    lose(real, fd, message, 0);
  return alter(fd, what, message, real(fd, message, flags));
}
