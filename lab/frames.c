/* SPDX-License-Identifier: MIT */
/*
 * Counts the frames of one interface one by one, until it is told to stop.
 *
 * It reads no segment count. Behind a device that cuts (TSO and GSO off) each frame comes alone, and their number is
 * an oracle that owes nothing to gso_segs; a packet that still carries a GSO mark was not cut and is reported.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define HEAD  64                  /* octets that are read of each packet; its true length is told besides */
#define ROOM  (256 * 1024 * 1024) /* octets of packets that may wait to be read */
#define LIMIT 120                 /* seconds after which a reader that nobody stopped gives up */

enum { RX, TX, DIRECTIONS };

struct tally {
  uint64_t frames, octets, merged, largest;
};

static volatile sig_atomic_t stopped;
static struct tally tally[DIRECTIONS];
static uint64_t unreadable; /* a mark that the kernel cannot express in a virtio_net_hdr: merged as well */

static void on_signal(int signal_number)
{
  stopped = signal_number;
}

static int open_reader(const char *interface)
{
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(interface)};
  int on = 1, room = ROOM;
  /* No protocol yet: nothing of other interfaces may arrive before the socket is bound. */
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);

  if (fd < 0)
    err(1, "cannot open a packet socket");
  if (!address.sll_ifindex)
    err(1, "no interface '%s'", interface);
  if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) < 0)
    err(1, "cannot set PACKET_VNET_HDR");
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) < 0)
    err(1, "cannot set SO_RCVBUFFORCE");
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
    err(1, "cannot bind to '%s'", interface);
  return fd;
}

static void count(const struct sockaddr_ll *from, const uint8_t *head, size_t length)
{
  struct tally *t = &tally[from->sll_pkttype == PACKET_OUTGOING ? TX : RX];
  struct virtio_net_hdr mark;

  memcpy(&mark, head, sizeof mark);
  length -= sizeof mark;
  t->frames++;
  t->octets += length;
  t->merged += mark.gso_type != VIRTIO_NET_HDR_GSO_NONE;
  if (length > t->largest)
    t->largest = length;
}

/* Reads what is there; 0 when there is no more. */
static int drain(int fd)
{
  static uint8_t heads[BATCH][HEAD];
  static struct sockaddr_ll from[BATCH];
  static struct mmsghdr messages[BATCH];
  static struct iovec iov[BATCH];
  int n;

  for (int i = 0; i < BATCH; i++) {
    iov[i] = (struct iovec){.iov_base = heads[i], .iov_len = HEAD};
    messages[i].msg_hdr =
        (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &iov[i], .msg_iovlen = 1};
  }
  n = recvmmsg(fd, messages, BATCH, MSG_TRUNC, NULL);
  if (n < 0 && errno == EINVAL) {
    unreadable++;
    return 1;
  }
  if (n < 0 && errno != EAGAIN && errno != EINTR)
    err(1, "cannot read");
  for (int i = 0; i < n; i++)
    count(&from[i], heads[i], messages[i].msg_len);
  return n > 0;
}

int main(int argc, char **argv)
{
  struct sigaction action = {.sa_handler = on_signal};
  struct tpacket_stats statistics;
  socklen_t length = sizeof statistics;
  sigset_t block, unblocked;
  int fd;

  if (argc != 2) {
    fputs("usage: frames INTERFACE\nCounts until SIGTERM or SIGINT, then prints a line of figures.\n", stderr);
    return 2;
  }
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  sigaddset(&block, SIGINT);
  sigaddset(&block, SIGALRM);
  sigprocmask(SIG_BLOCK, &block, &unblocked);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGALRM, &action, NULL);
  alarm(LIMIT);

  fd = open_reader(argv[1]);
  puts("ready");
  fflush(stdout);
  while (!stopped) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    if (ppoll(&ready, 1, NULL, &unblocked) > 0)
      drain(fd);
  }
  while (drain(fd))
    ;
  if (stopped == SIGALRM)
    errx(1, "nobody stopped it within %d s", LIMIT);
  if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) < 0)
    err(1, "cannot tell what was lost");
  printf("rx_frames=%llu rx_octets=%llu rx_merged=%llu rx_largest=%llu "
         "tx_frames=%llu tx_octets=%llu tx_merged=%llu tx_largest=%llu unreadable=%llu dropped=%u\n",
         (unsigned long long)tally[RX].frames, (unsigned long long)tally[RX].octets,
         (unsigned long long)tally[RX].merged, (unsigned long long)tally[RX].largest,
         (unsigned long long)tally[TX].frames, (unsigned long long)tally[TX].octets,
         (unsigned long long)tally[TX].merged, (unsigned long long)tally[TX].largest, (unsigned long long)unreadable,
         statistics.tp_drops);
  return statistics.tp_drops ? 1 : 0;
}
