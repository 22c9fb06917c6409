/* SPDX-License-Identifier: MIT */
/* A network namespace of the test's own, for tests that ask the real kernel. It goes when the process ends. */
#ifndef WT_TEST_OWN_NETWORK_H
#define WT_TEST_OWN_NETWORK_H

#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum { LOOPBACK = 1 }; /* its index in any namespace */

/* Skips the test where this may not be done. lo is up afterwards. */
__attribute__((unused)) static void own_network(void)
{
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  int fd;

  if (unshare(CLONE_NEWNET)) {
    print_message("no network namespace of its own (%s): skipped\n", strerror(errno));
    skip();
  }
  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  assert_true(fd >= 0);
  assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &request), 0);
  close(fd);
}

/*
 * Sends that many segments of that many octets each over lo, as one packet that is never cut. To a socket that is
 * there, so that nothing comes back. What it is that was sent is known to the test, not learned from a counter.
 */
__attribute__((unused)) static void own_network_send(int family, int segments, int size)
{
  char payload[60000] = {0};
  struct sockaddr_in6 to6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_in to4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct sockaddr *to = family == AF_INET6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4;
  socklen_t length = family == AF_INET6 ? sizeof(to6) : sizeof(to4);
  int receiver = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), sender = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  assert_true(receiver >= 0 && sender >= 0);
  assert_true(segments * size <= (int)sizeof(payload));
  assert_int_equal(bind(receiver, to, length), 0);
  assert_int_equal(getsockname(receiver, to, &length), 0);
  assert_int_equal(setsockopt(sender, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)), 0);
  assert_int_equal(sendto(sender, payload, (size_t)(segments * size), 0, to, length), segments * size);
  /* It went through the stack once the receiver has it. */
  assert_int_equal(recv(receiver, payload, sizeof(payload), 0), size);
  close(receiver);
  close(sender);
}

#endif
