/* SPDX-License-Identifier: MIT */
/*
 * Counts the frames of each interface one by one, until it is told to stop.
 *
 * It reads no segment count. Behind a device that cuts (TSO and GSO off) each frame comes alone, and their number is
 * an oracle that owes nothing to gso_segs; a packet that still carries a GSO mark was not cut and is reported. A tag
 * that the device took out of the frame is counted back.
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
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LIMIT 300 /* seconds after which a reader that nobody stopped gives up */
#define TAG   4   /* octets of a VLAN tag */
#define MOST  128 /* interfaces */

enum { RX, TX, DIRECTIONS };

struct tally {
  uint64_t frames, octets, merged, largest, tagged;
};

/*
 * The ring of one interface. A block that is not full is given up after some time, so that what may wait is bounded by
 * the number of blocks as well as by their room. Nothing but the headers of the ring is kept of a frame.
 */
struct ring {
  unsigned int block, blocks; /* octets of one, and how many */
  unsigned int retire;        /* milliseconds after which a block is given up */
};

/* One interface, at any rate: a quarter of a million frames may wait. */
static const struct ring alone = {256 * 1024, 128, 5};
/* One of many, which carry little at a time: nine thousand frames, or all of a second. */
static const struct ring among_others = {64 * 1024, 16, 60};

struct reader {
  const char *interface;
  struct ring shape;
  int fd;
  uint8_t *ring;
  unsigned int block; /* the next one to be read */
  uint64_t read, taken, dropped;
  struct tally tally[DIRECTIONS];
};

static volatile sig_atomic_t stopped;
static struct reader readers[MOST];

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
static void open_reader(struct reader *reader, const char *interface, struct ring shape)
{
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)if_nametoindex(interface)};
  const struct tpacket_req3 ring = {.tp_block_size = shape.block,
                                    .tp_block_nr = shape.blocks,
                                    .tp_frame_size = 256,
                                    .tp_frame_nr = shape.block / 256 * shape.blocks,
                                    .tp_retire_blk_tov = shape.retire};
  /* One octet of each packet: its true length is told besides. */
  struct sock_filter keep[] = {BPF_STMT(BPF_RET | BPF_K, 1)};
  const struct sock_fprog filter = {1, keep};
  const int on = 1, version = TPACKET_V3;

  reader->interface = interface;
  reader->shape = shape;
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
  reader->ring = mmap(NULL, (size_t)shape.block * shape.blocks, PROT_READ | PROT_WRITE, MAP_SHARED, reader->fd, 0);
  if (reader->ring == MAP_FAILED)
    err(1, "cannot map the ring");
  if (bind(reader->fd, (const struct sockaddr *)&address, sizeof address) < 0)
    err(1, "cannot bind to '%s'", interface);
}

static void count(struct reader *reader, const struct tpacket3_hdr *packet)
{
  const uint8_t *at = (const uint8_t *)packet;
  uint32_t tagged = packet->tp_status & TP_STATUS_VLAN_VALID ? 1 : 0, length = packet->tp_len + tagged * TAG;
  struct virtio_net_hdr mark;
  struct sockaddr_ll from;
  struct tally *t;

  memcpy(&from, at + TPACKET_ALIGN(sizeof *packet), sizeof from);
  memcpy(&mark, at + packet->tp_mac - sizeof mark, sizeof mark);
  t = &reader->tally[from.sll_pkttype == PACKET_OUTGOING ? TX : RX];
  t->frames++;
  t->octets += length;
  t->tagged += tagged;
  t->merged += mark.gso_type != VIRTIO_NET_HDR_GSO_NONE;
  if (length > t->largest)
    t->largest = length;
}

/* Reads the blocks that are there. */
static void drain(struct reader *reader)
{
  for (;;) {
    struct tpacket_block_desc *block = (void *)(reader->ring + (size_t)reader->block * reader->shape.block);
    const struct tpacket_hdr_v1 *head = &block->hdr.bh1;
    const uint8_t *packet;

    if (!(__atomic_load_n(&head->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
      return;
    packet = (const uint8_t *)block + head->offset_to_first_pkt;
    for (uint32_t i = 0; i < head->num_pkts; i++) {
      count(reader, (const struct tpacket3_hdr *)packet);
      packet += ((const struct tpacket3_hdr *)packet)->tp_next_offset;
    }
    reader->read += head->num_pkts;
    __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
    reader->block = (reader->block + 1) % reader->shape.blocks;
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

static void wait_for_blocks(int interfaces, const struct timespec *timeout, const sigset_t *unblocked)
{
  struct pollfd ready[MOST];

  for (int i = 0; i < interfaces; i++)
    ready[i] = (struct pollfd){.fd = readers[i].fd, .events = POLLIN};
  if (ppoll(ready, (nfds_t)interfaces, timeout, unblocked) < 0 && errno != EINTR)
    err(1, "cannot wait");
  for (int i = 0; i < interfaces; i++)
    drain(&readers[i]);
}

/* What came before the end is in blocks that are not given up yet. */
static bool is_behind(int interfaces)
{
  for (int i = 0; i < interfaces; i++)
    if (readers[i].read < readers[i].taken - readers[i].dropped)
      return true;
  return false;
}

static void tell(const struct reader *reader, bool with_name)
{
  const struct tally *rx = &reader->tally[RX], *tx = &reader->tally[TX];

  if (with_name)
    printf("interface=%s ", reader->interface);
  printf("rx_frames=%llu rx_octets=%llu rx_merged=%llu rx_largest=%llu rx_tagged=%llu "
         "tx_frames=%llu tx_octets=%llu tx_merged=%llu tx_largest=%llu tx_tagged=%llu dropped=%llu\n",
         (unsigned long long)rx->frames, (unsigned long long)rx->octets, (unsigned long long)rx->merged,
         (unsigned long long)rx->largest, (unsigned long long)rx->tagged, (unsigned long long)tx->frames,
         (unsigned long long)tx->octets, (unsigned long long)tx->merged, (unsigned long long)tx->largest,
         (unsigned long long)tx->tagged, (unsigned long long)reader->dropped);
}

int main(int argc, char **argv)
{
  static const struct timespec soon = {.tv_nsec = 5000000};
  struct sigaction action = {.sa_handler = on_signal};
  int interfaces = argc - 1;
  uint64_t dropped = 0;
  sigset_t block, unblocked;

  if (interfaces < 1 || interfaces > MOST) {
    fputs("usage: frames INTERFACE...\nCounts until SIGTERM or SIGINT, then prints a line of figures of each.\n",
          stderr);
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

  for (int i = 0; i < interfaces; i++)
    open_reader(&readers[i], argv[i + 1], interfaces > 1 ? among_others : alone);
  puts("ready");
  fflush(stdout);
  while (!stopped)
    wait_for_blocks(interfaces, NULL, &unblocked);
  for (int i = 0; i < interfaces; i++)
    ask(&readers[i]);
  while (is_behind(interfaces) && stopped != SIGALRM)
    wait_for_blocks(interfaces, &soon, &unblocked);
  if (stopped == SIGALRM)
    errx(1, "nobody stopped it within %d s", LIMIT);
  for (int i = 0; i < interfaces; i++) {
    tell(&readers[i], interfaces > 1);
    dropped += readers[i].dropped;
  }
  return dropped ? 1 : 0;
}
