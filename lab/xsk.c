/* SPDX-License-Identifier: MIT */
/*
 * Sends exactly N frames of UDP on an AF_XDP socket in copy mode, which goes past qdisc and tap, and says how many the
 * kernel took and completed: the sender's own count.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_xdp.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME   4096 /* octets of a place in the shared memory */
#define RING    64   /* places, and entries of each ring */
#define PAYLOAD 1000
#define LIMIT   20 /* seconds */

struct ring {
  uint32_t *producer, *consumer;
  void *entries;
};

static void on_alarm(int signal_number)
{
  static const char text[] = "xsk: gave up at its time limit\n";
  ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);

  (void)signal_number;
  (void)ignored;
  _exit(1);
}

static uint16_t header_sum(const struct iphdr *ip)
{
  const uint16_t *word = (const uint16_t *)ip;
  uint32_t total = 0;

  for (size_t i = 0; i < sizeof *ip / 2; i++)
    total += word[i];
  while (total >> 16)
    total = (total & 0xffff) + (total >> 16);
  return (uint16_t)~total;
}

/* The whole frame; its length. Without a UDP checksum, which IPv4 allows. */
static uint32_t build(uint8_t *frame, char **names)
{
  struct ether_header ether = {.ether_type = htons(ETHERTYPE_IP)};
  struct udphdr udp = {.source = htons(9), .dest = htons(9), .len = htons(sizeof udp + PAYLOAD)};
  struct iphdr ip = {.version = 4,
                     .ihl = 5,
                     .tot_len = htons(sizeof ip + sizeof udp + PAYLOAD),
                     .frag_off = htons(IP_DF),
                     .ttl = 64,
                     .protocol = IPPROTO_UDP};
  unsigned int mac[6];

  if (sscanf(names[1], "%2x:%2x:%2x:%2x:%2x:%2x", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5]) != 6)
    errx(2, "'%s' is no MAC address", names[1]);
  for (int i = 0; i < 6; i++)
    ether.ether_dhost[i] = (uint8_t)mac[i];
  ether.ether_shost[0] = 2;
  if (inet_pton(AF_INET, names[2], &ip.saddr) != 1 || inet_pton(AF_INET, names[3], &ip.daddr) != 1)
    errx(2, "'%s' and '%s' are not two IPv4 addresses", names[2], names[3]);
  ip.check = header_sum(&ip);
  memcpy(frame, &ether, sizeof ether);
  memcpy(frame + sizeof ether, &ip, sizeof ip);
  memcpy(frame + sizeof ether + sizeof ip, &udp, sizeof udp);
  memset(frame + sizeof ether + sizeof ip + sizeof udp, 'w', PAYLOAD);
  return (uint32_t)(sizeof ether + sizeof ip + sizeof udp + PAYLOAD);
}

static struct ring map(int fd, const struct xdp_ring_offset *offset, size_t entry, off_t page)
{
  char *at = mmap(NULL, offset->desc + RING * entry, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, page);

  if (at == MAP_FAILED)
    err(1, "cannot map a ring");
  return (struct ring){(uint32_t *)(at + offset->producer), (uint32_t *)(at + offset->consumer), at + offset->desc};
}

static void set(int fd, int option, const void *value, socklen_t length, const char *what)
{
  if (setsockopt(fd, SOL_XDP, option, value, length) < 0)
    err(1, "cannot set %s", what);
}

static int open_socket(const char *interface, uint8_t *memory, struct ring *out, struct ring *done)
{
  struct xdp_umem_reg area = {.addr = (uint64_t)(uintptr_t)memory, .len = (uint64_t)RING * FRAME, .chunk_size = FRAME};
  struct sockaddr_xdp address = {
      .sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY, .sxdp_ifindex = if_nametoindex(interface)};
  struct xdp_mmap_offsets offsets;
  socklen_t length = sizeof offsets;
  uint32_t size = RING;
  int fd = socket(AF_XDP, SOCK_RAW, 0);

  if (fd < 0)
    err(errno == EAFNOSUPPORT ? 3 : 1, "cannot open an AF_XDP socket");
  if (!address.sxdp_ifindex)
    err(1, "no interface '%s'", interface);
  set(fd, XDP_UMEM_REG, &area, sizeof area, "XDP_UMEM_REG");
  set(fd, XDP_UMEM_FILL_RING, &size, sizeof size, "XDP_UMEM_FILL_RING");
  set(fd, XDP_UMEM_COMPLETION_RING, &size, sizeof size, "XDP_UMEM_COMPLETION_RING");
  set(fd, XDP_TX_RING, &size, sizeof size, "XDP_TX_RING");
  if (getsockopt(fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &length) < 0)
    err(1, "cannot tell where the rings are");
  *out = map(fd, &offsets.tx, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
  *done = map(fd, &offsets.cr, sizeof(uint64_t), (off_t)XDP_UMEM_PGOFF_COMPLETION_RING);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
    err(1, "cannot bind to '%s'", interface);
  return fd;
}

/* Every place holds the same frame, so it does not matter which one is free again: only how many are. */
static uint64_t reap(struct ring *done)
{
  uint32_t end = __atomic_load_n(done->producer, __ATOMIC_ACQUIRE), begin = *done->consumer;

  __atomic_store_n(done->consumer, end, __ATOMIC_RELEASE);
  return end - begin;
}

static void put(struct ring *out, uint32_t length)
{
  uint32_t at = *out->producer;

  ((struct xdp_desc *)out->entries)[at % RING] =
      (struct xdp_desc){.addr = (uint64_t)(at % RING) * FRAME, .len = length};
  __atomic_store_n(out->producer, at + 1, __ATOMIC_RELEASE);
}

int main(int argc, char **argv)
{
  uint8_t *memory = mmap(NULL, (size_t)RING * FRAME, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  struct sigaction action = {.sa_handler = on_alarm};
  uint64_t count, queued = 0, completed = 0;
  struct ring out, done;
  uint32_t length = 0;
  int fd;

  if (argc != 6) {
    fputs("usage: xsk INTERFACE MAC FROM TO COUNT\n", stderr);
    return 2;
  }
  if (memory == MAP_FAILED)
    err(1, "no memory");
  count = strtoull(argv[5], NULL, 10);
  sigaction(SIGALRM, &action, NULL);
  alarm(LIMIT);
  for (int i = 0; i < RING; i++)
    length = build(memory + (size_t)i * FRAME, argv + 1);
  fd = open_socket(argv[1], memory, &out, &done);
  while (completed < count) {
    for (; queued < count && queued - completed < RING; queued++)
      put(&out, length);
    if (sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0) {
      if (errno != EAGAIN && errno != EBUSY && errno != ENOBUFS)
        err(1, "cannot send frame %llu", (unsigned long long)completed + 1);
      nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    completed += reap(&done);
  }
  printf("sent frames=%llu octets=%llu\n", (unsigned long long)completed, (unsigned long long)completed * length);
  return 0;
}
