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
#include <linux/filter.h>
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
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BLOCK  (256 * 1024) /* octets; about 2,000 frames, of which nothing but the headers of the ring is kept */
#define BLOCKS 128          /* so a quarter of a million frames may wait to be read */
#define RETIRE 5            /* milliseconds after which a block is given up that is not full */
#define LIMIT  120          /* seconds after which a reader that nobody stopped gives up */

enum { RX, TX, DIRECTIONS };

struct tally {
  uint64_t frames, octets, merged, largest;
};

struct reader {
  int fd;
  uint8_t *ring;
  unsigned int block; /* the next one to be read */
  uint64_t read, taken, dropped;
};

static volatile sig_atomic_t stopped;
static struct tally tally[DIRECTIONS];

static void on_signal(int signal_number)
{
  stopped = signal_number;
}

static void set(int fd, int level, int option, const void *value, socklen_t length, const char *name)
{
  if (setsockopt(fd, level, option, value, length) < 0)
    err(1, "cannot set %s", name);
}

/* A ring, since it costs a tenth of a call a frame: a slow reader would shape the traffic that it counts. */
static void open_reader(struct reader *reader, const char *interface)
{
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(interface)};
  const struct tpacket_req3 ring = {.tp_block_size = BLOCK,
                                    .tp_block_nr = BLOCKS,
                                    .tp_frame_size = 256,
                                    .tp_frame_nr = BLOCK / 256 * BLOCKS,
                                    .tp_retire_blk_tov = RETIRE};
  /* One octet of each packet: its true length is told besides. */
  struct sock_filter keep[] = {BPF_STMT(BPF_RET | BPF_K, 1)};
  const struct sock_fprog filter = {1, keep};
  const int on = 1, version = TPACKET_V3;

  /* No protocol yet: nothing of other interfaces may arrive before the socket is bound. */
  reader->fd = socket(AF_PACKET, SOCK_RAW, 0);
  if (reader->fd < 0)
    err(1, "cannot open a packet socket");
  if (!address.sll_ifindex)
    err(1, "no interface '%s'", interface);
  set(reader->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof version, "PACKET_VERSION");
  set(reader->fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on, "PACKET_VNET_HDR");
  set(reader->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter, "SO_ATTACH_FILTER");
  set(reader->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring, "PACKET_RX_RING");
  reader->ring = mmap(NULL, (size_t)BLOCK * BLOCKS, PROT_READ | PROT_WRITE, MAP_SHARED, reader->fd, 0);
  if (reader->ring == MAP_FAILED)
    err(1, "cannot map the ring");
  if (bind(reader->fd, (const struct sockaddr *)&address, sizeof address) < 0)
    err(1, "cannot bind to '%s'", interface);
}

static void count(const struct tpacket3_hdr *packet)
{
  const uint8_t *at = (const uint8_t *)packet;
  struct virtio_net_hdr mark;
  struct sockaddr_ll from;
  struct tally *t;

  memcpy(&from, at + TPACKET_ALIGN(sizeof *packet), sizeof from);
  memcpy(&mark, at + packet->tp_mac - sizeof mark, sizeof mark);
  t = &tally[from.sll_pkttype == PACKET_OUTGOING ? TX : RX];
  t->frames++;
  t->octets += packet->tp_len;
  t->merged += mark.gso_type != VIRTIO_NET_HDR_GSO_NONE;
  if (packet->tp_len > t->largest)
    t->largest = packet->tp_len;
}

/* Reads the blocks that are there. */
static void drain(struct reader *reader)
{
  for (;;) {
    struct tpacket_block_desc *block = (void *)(reader->ring + (size_t)reader->block * BLOCK);
    const struct tpacket_hdr_v1 *head = &block->hdr.bh1;
    const uint8_t *packet;

    if (!(__atomic_load_n(&head->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
      return;
    packet = (const uint8_t *)block + head->offset_to_first_pkt;
    for (uint32_t i = 0; i < head->num_pkts; i++) {
      count((const struct tpacket3_hdr *)packet);
      packet += ((const struct tpacket3_hdr *)packet)->tp_next_offset;
    }
    reader->read += head->num_pkts;
    __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    reader->block = (reader->block + 1) % BLOCKS;
  }
}

/* Reading the figures sets them back. Of what the kernel had no room for it says that it was taken and dropped. */
static void ask(struct reader *reader)
{
  struct tpacket_stats_v3 statistics;
  socklen_t length = sizeof statistics;

  if (getsockopt(reader->fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &length) < 0)
    err(1, "cannot tell what was lost");
  reader->taken += statistics.tp_packets;
  reader->dropped += statistics.tp_drops;
}

static void wait_for_block(const struct reader *reader, const struct timespec *timeout, const sigset_t *unblocked)
{
  struct pollfd ready = {.fd = reader->fd, .events = POLLIN};

  if (ppoll(&ready, 1, timeout, unblocked) < 0 && errno != EINTR)
    err(1, "cannot wait");
}

int main(int argc, char **argv)
{
  static const struct timespec soon = {.tv_nsec = RETIRE * 1000000};
  struct sigaction action = {.sa_handler = on_signal};
  struct reader reader = {0};
  sigset_t block, unblocked;

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

  open_reader(&reader, argv[1]);
  puts("ready");
  fflush(stdout);
  while (!stopped) {
    wait_for_block(&reader, NULL, &unblocked);
    drain(&reader);
  }
  /* What came before the end is in blocks that are not given up yet. */
  ask(&reader);
  while (reader.read < reader.taken - reader.dropped && stopped != SIGALRM) {
    wait_for_block(&reader, &soon, &unblocked);
    drain(&reader);
  }
  if (stopped == SIGALRM)
    errx(1, "nobody stopped it within %d s", LIMIT);
  printf(
      "rx_frames=%llu rx_octets=%llu rx_merged=%llu rx_largest=%llu "
      "tx_frames=%llu tx_octets=%llu tx_merged=%llu tx_largest=%llu dropped=%llu\n",
      (unsigned long long)tally[RX].frames, (unsigned long long)tally[RX].octets, (unsigned long long)tally[RX].merged,
      (unsigned long long)tally[RX].largest, (unsigned long long)tally[TX].frames, (unsigned long long)tally[TX].octets,
      (unsigned long long)tally[TX].merged, (unsigned long long)tally[TX].largest, (unsigned long long)reader.dropped);
  return reader.dropped ? 1 : 0;
}
