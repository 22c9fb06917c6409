/* SPDX-License-Identifier: MIT */
/*
 * Sets how long a merged packet of IPv4 may be on a link (BIG TCP), which not every ip(8) can: Linux 6.3 and later.
 */
#include <err.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GSO_IPV4_MAX_SIZE = 63, GRO_IPV4_MAX_SIZE = 64 }; /* IFLA_..., which older headers lack */

struct size {
  struct rtattr attribute;
  uint32_t value;
};

struct message {
  struct nlmsghdr header;
  struct ifinfomsg link;
  struct size gso, gro;
};

struct answer {
  struct nlmsghdr header;
  struct nlmsgerr error;
  char rest[512];
};

static struct size size_of(unsigned short type, uint32_t value)
{
  return (struct size){{sizeof(struct size), type}, value};
}

int main(int argc, char **argv)
{
  struct message message = {
      .header = {.nlmsg_len = sizeof message, .nlmsg_type = RTM_SETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
  struct answer answer;
  unsigned long value;
  char *end;
  int fd;

  if (argc != 3) {
    fputs("usage: linksize INTERFACE OCTETS\n", stderr);
    return 2;
  }
  value = strtoul(argv[2], &end, 10);
  if (*end || !value || value > UINT32_MAX)
    errx(2, "'%s' is no number of octets", argv[2]);
  message.link.ifi_index = (int)if_nametoindex(argv[1]);
  if (!message.link.ifi_index)
    err(1, "no interface '%s'", argv[1]);
  message.gso = size_of(GSO_IPV4_MAX_SIZE, (uint32_t)value);
  message.gro = size_of(GRO_IPV4_MAX_SIZE, (uint32_t)value);
  fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (fd < 0 || send(fd, &message, sizeof message, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < 0)
    err(1, "rtnetlink");
  if (answer.header.nlmsg_type != NLMSG_ERROR || answer.error.error) {
    errno = -answer.error.error;
    err(1, "the kernel refuses %lu octets for '%s'", value, argv[1]);
  }
  close(fd);
  return 0;
}
