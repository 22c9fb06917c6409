/* SPDX-License-Identifier: MIT */
/*
 * Puts packets of a known shape into a device, as a guest or a driver would: into a TUN or TAP device that exists, or
 * by a packet socket. A packet may stand for many frames, with a GSO mark (of which the kernel trusts no segment
 * count: it has none) or without any, as some receive offloads leave it. What it stands for is this program's own
 * arithmetic.
 *
 * With --read it takes packets out of a TUN or TAP device instead, and counts the frames they stand for.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "number.h"

/* Of Linux 6.2. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#define MAX_PACKET  65535
#define ROOM        (MAX_PACKET + 1024)
#define MAX_REFUSED 100000
#define BURST       32     /* packets between two pauses, so that no queue behind overflows */
#define UNKNOWN     0x88b5 /* an ethertype for experiments */
#define TCP_OPTIONS 12

static const char USAGE[] =
    "usage: inject [OPTION]... tap|tun|packet INTERFACE [MAC FROM TO]\n"
    "       inject --read [OPTION]... tap|tun INTERFACE\n"
    "  --kind KIND      tcp (default), udp, arp or other (an ethertype that nobody knows)\n"
    "  --count N        packets to send (100)\n"
    "  --payload N      octets behind the headers of each (1000)\n"
    "  --segment N      it stands for frames of N octets of payload\n"
    "  --unmarked       but carries no mark of it\n"
    "  --checksum KIND  left (default: to be completed), right, wrong (an octet near its end was changed) or none\n"
    "  --tags N         VLAN tags in the packet (0 to 2)\n"
    "  --wait           begin at SIGUSR1\n"
    "  --link-type N    make the TUN device, which is down, look like one of that type (ARPHRD_...)\n"
    "  --uncut          --read: take packets that the kernel did not cut\n"
    "  --limit SECONDS  give up after that time (60)\n"
    "It prints 'ready' when it has the device. --read ends with SIGTERM.\n";

enum kind { KIND_TCP, KIND_UDP, KIND_ARP, KIND_OTHER };
/* As a device would complete it; of TCP and UDP that stands for one frame also as it stands in the packet. */
enum checksum { CHECKSUM_LEFT, CHECKSUM_RIGHT, CHECKSUM_WRONG, CHECKSUM_NONE };

struct options {
  enum kind kind;
  enum checksum checksum;
  int64_t count, payload, segment;
  int tags, link_type;
  bool unmarked, wait, read, uncut, is_packet, is_tun;
  unsigned int limit;
};

static uint8_t packet[ROOM];
static volatile sig_atomic_t stopped;

static void on_alarm(int signal_number)
{
  static const char text[] = "inject: gave up at its time limit\n";
  ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);

  (void)signal_number;
  (void)ignored;
  _exit(1);
}

static void on_term(int signal_number)
{
  stopped = signal_number;
}

/* ---- one packet ----------------------------------------------------------------------------------------------- */

/* The ones' complement sum of RFC 1071, folded and not inverted: what stands in the field until a checksum is done. */
static uint16_t sum(const void *data, size_t size, uint32_t start)
{
  const uint8_t *p = data;

  for (size_t i = 0; i < size; i++)
    start += (uint32_t)p[i] << (i % 2 ? 0 : 8);
  while (start >> 16)
    start = (start & 0xffff) + (start >> 16);
  return htons((uint16_t)start);
}

static size_t put_ethernet(uint8_t *at, const struct options *o, const char *mac_text, uint16_t type)
{
  static const uint16_t tags[] = {0x88a8, 0x8100};
  struct ether_header ether = {.ether_shost = {2, 0, 0, 0, 99, 99}};
  unsigned int mac[6];
  int end = 0;
  size_t length = sizeof ether;

  if (sscanf(mac_text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &end) != 6 ||
      mac_text[end])
    errx(2, "'%s' is no MAC address", mac_text);
  for (int i = 0; i < 6; i++)
    ether.ether_dhost[i] = (uint8_t)mac[i];
  memcpy(at, &ether, sizeof ether);
  length -= 2;
  for (int i = 2 - o->tags; i < 2; i++, length += 4) {
    const uint16_t tag[] = {htons(tags[i]), htons(7)};

    memcpy(at + length, tag, sizeof tag);
  }
  type = htons(type);
  memcpy(at + length, &type, 2);
  return length + 2;
}

static size_t put_ip(uint8_t *at, int family, const char *const *names, uint8_t protocol, size_t payload,
                     uint16_t *pseudo)
{
  struct iphdr ip4 = {.version = 4,
                      .ihl = 5,
                      .tot_len = htons((uint16_t)(sizeof ip4 + payload)),
                      .frag_off = htons(IP_DF),
                      .ttl = 64,
                      .protocol = protocol};
  struct ip6_hdr ip6 = {
      .ip6_flow = htonl(6U << 28), .ip6_plen = htons((uint16_t)payload), .ip6_nxt = protocol, .ip6_hops = 64};
  uint8_t *from = family == AF_INET ? (uint8_t *)&ip4.saddr : (uint8_t *)&ip6.ip6_src;
  size_t width = family == AF_INET ? 4 : 16;

  if (inet_pton(family, names[0], from) != 1 || inet_pton(family, names[1], from + width) != 1)
    errx(2, "'%s' and '%s' are not two IP addresses of one version", names[0], names[1]);
  *pseudo = sum(from, 2 * width, (uint32_t)(protocol + payload));
  ip4.check = (uint16_t)~sum(&ip4, sizeof ip4, 0);
  memcpy(at, family == AF_INET ? (void *)&ip4 : (void *)&ip6, family == AF_INET ? sizeof ip4 : sizeof ip6);
  return family == AF_INET ? sizeof ip4 : sizeof ip6;
}

static size_t put_transport(uint8_t *at, const struct options *o, uint16_t pseudo)
{
  struct tcphdr tcp = {.source = htons(9),
                       .dest = htons(9),
                       .seq = htonl(1),
                       .ack_seq = htonl(1),
                       .doff = (sizeof tcp + TCP_OPTIONS) / 4,
                       .ack = 1,
                       .window = htons(512),
                       .check = pseudo};
  struct udphdr udp = {
      .source = htons(9), .dest = htons(9), .len = htons((uint16_t)(sizeof udp + o->payload)), .check = pseudo};

  if (o->kind == KIND_UDP) {
    memcpy(at, &udp, sizeof udp);
    return sizeof udp;
  }
  memcpy(at, &tcp, sizeof tcp);
  memset(at + sizeof tcp, 1, TCP_OPTIONS);
  return sizeof tcp + TCP_OPTIONS;
}

/* It is there in full, so the kernel is told nothing of it. */
static void complete(uint8_t *transport, size_t length, const struct options *o, struct virtio_net_hdr *mark)
{
  uint16_t check = o->checksum == CHECKSUM_NONE ? 0 : (uint16_t)~sum(transport, length, 0);

  memcpy(transport + mark->csum_offset, &check, sizeof check);
  if (o->checksum == CHECKSUM_WRONG)
    transport[length - 5] ^= 0x20;
  *mark = (struct virtio_net_hdr){0};
}

/* The whole packet behind its mark; octets of its headers in *headers. */
static size_t build(uint8_t *at, const struct options *o, struct virtio_net_hdr *mark, const char *const *names,
                    size_t *headers)
{
  int family = strchr(names[1], ':') ? AF_INET6 : AF_INET;
  uint16_t type = o->kind == KIND_ARP     ? ETHERTYPE_ARP
                  : o->kind == KIND_OTHER ? UNKNOWN
                  : family == AF_INET     ? ETHERTYPE_IP
                                          : ETHERTYPE_IPV6;
  size_t transport = o->kind == KIND_UDP ? sizeof(struct udphdr) : sizeof(struct tcphdr) + TCP_OPTIONS;
  size_t length = o->is_tun ? 0 : put_ethernet(at, o, names[0], type);
  uint16_t pseudo;

  if (o->kind == KIND_TCP || o->kind == KIND_UDP) {
    length += put_ip(at + length, family, names + 1, o->kind == KIND_UDP ? IPPROTO_UDP : IPPROTO_TCP,
                     transport + (size_t)o->payload, &pseudo);
    mark->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    mark->csum_start = (uint16_t)length;
    mark->csum_offset = o->kind == KIND_UDP ? offsetof(struct udphdr, check) : offsetof(struct tcphdr, check);
    length += put_transport(at + length, o, pseudo);
    if (o->segment && !o->unmarked) {
      mark->gso_type = o->kind == KIND_UDP ? VIRTIO_NET_HDR_GSO_UDP_L4
                       : family == AF_INET ? VIRTIO_NET_HDR_GSO_TCPV4
                                           : VIRTIO_NET_HDR_GSO_TCPV6;
      mark->gso_size = (uint16_t)o->segment;
      mark->hdr_len = (uint16_t)length;
    }
  }
  *headers = length;
  memset(at + length, 'i', (size_t)o->payload);
  if (mark->flags && o->checksum != CHECKSUM_LEFT)
    complete(at + mark->csum_start, length + (size_t)o->payload - mark->csum_start, o, mark);
  return length + (size_t)o->payload;
}

/* ---- devices -------------------------------------------------------------------------------------------------- */

static int open_tun(const struct options *o, const char *interface)
{
  struct ifreq request = {.ifr_flags = (short)((o->is_tun ? IFF_TUN : IFF_TAP) | IFF_NO_PI | IFF_VNET_HDR)};
  unsigned int offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_USO4 | TUN_F_USO6;
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

  if (fd < 0)
    err(1, "cannot open /dev/net/tun");
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
  if (ioctl(fd, TUNSETIFF, &request) < 0)
    err(1, "cannot attach to '%s'", interface);
  if (o->link_type && ioctl(fd, TUNSETLINK, (unsigned long)o->link_type) < 0)
    err(1, "cannot make '%s' one of type %d", interface, o->link_type);
  if (o->uncut && ioctl(fd, TUNSETOFFLOAD, offloads) < 0)
    err(1, "cannot take packets of '%s' uncut", interface);
  return fd;
}

static int open_packet(const char *interface)
{
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
  int on = 1, fd = socket(AF_PACKET, SOCK_RAW, 0);

  if (fd < 0)
    err(1, "cannot open a packet socket");
  if (!address.sll_ifindex)
    err(1, "no interface '%s'", interface);
  if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) < 0)
    err(1, "cannot set PACKET_VNET_HDR");
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
    err(1, "cannot bind to '%s'", interface);
  return fd;
}

static void wait_for_start(void)
{
  sigset_t start;
  int got;

  sigemptyset(&start);
  sigaddset(&start, SIGUSR1);
  sigwait(&start, &got);
}

static void send_all(int fd, const struct options *o, const char *const *names)
{
  struct virtio_net_hdr mark = {0};
  size_t headers, length = build(packet + sizeof mark, o, &mark, names, &headers);
  int64_t sent = 0, refused = 0, frames = o->segment ? (o->payload + o->segment - 1) / o->segment : 1;

  memcpy(packet, &mark, sizeof mark);
  while (sent < o->count) {
    if (write(fd, packet, sizeof mark + length) == (ssize_t)(sizeof mark + length)) {
      if (++sent % BURST == 0)
        nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
      continue;
    }
    if ((errno != ENOBUFS && errno != EAGAIN) || ++refused > MAX_REFUSED)
      err(1, "cannot send packet %lld of %zu octets", (long long)sent + 1, length);
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
  }
  printf("sent packets=%lld packet_octets=%lld frames=%lld octets=%lld\n", (long long)sent,
         (long long)sent * (long long)length, (long long)sent * (long long)frames,
         (long long)sent * ((long long)frames * (long long)headers + (long long)o->payload));
}

/* Octets of the headers of an IP packet of TCP or UDP, as the kernel hands them out: no extension headers. */
static size_t headers_of(const uint8_t *ip)
{
  size_t network = ip[0] >> 4 == 4 ? (ip[0] & 15) * 4U : 40;
  uint8_t protocol = ip[0] >> 4 == 4 ? ip[9] : ip[6];

  return network + (protocol == IPPROTO_TCP ? (ip[network + 12] >> 4) * 4U : sizeof(struct udphdr));
}

static void read_all(int fd, const struct options *o)
{
  int64_t packets = 0, packet_octets = 0, frames = 0, octets = 0;
  size_t link = o->is_tun ? 0 : sizeof(struct ether_header);
  struct pollfd ready = {.fd = fd, .events = POLLIN};
  sigset_t block, unblocked;

  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  sigprocmask(SIG_BLOCK, &block, &unblocked);
  while (true) {
    struct virtio_net_hdr mark;
    ssize_t n = read(fd, packet, sizeof packet);
    int64_t length = n - (ssize_t)sizeof mark, stands_for = 1;

    if (n < 0 && errno != EAGAIN)
      err(1, "cannot read");
    if (n < 0 && stopped)
      break;
    if (n < 0) {
      ppoll(&ready, 1, NULL, &unblocked);
      continue;
    }
    memcpy(&mark, packet, sizeof mark);
    if (mark.gso_type != VIRTIO_NET_HDR_GSO_NONE) {
      int64_t headers = (int64_t)(link + headers_of(packet + sizeof mark + link));

      stands_for = (length - headers + mark.gso_size - 1) / mark.gso_size;
      octets += (stands_for - 1) * headers;
    }
    packets++;
    packet_octets += length;
    frames += stands_for;
    octets += length;
  }
  printf("read packets=%lld packet_octets=%lld frames=%lld octets=%lld\n", (long long)packets, (long long)packet_octets,
         (long long)frames, (long long)octets);
}

/* ---- all ------------------------------------------------------------------------------------------------------ */

static enum kind kind_of(const char *name)
{
  static const char *const names[] = {"tcp", "udp", "arp", "other"};

  for (int kind = KIND_TCP; kind <= KIND_OTHER; kind++)
    if (!strcmp(name, names[kind]))
      return (enum kind)kind;
  errx(2, "--kind '%s' is none of tcp, udp, arp and other", name);
}

static enum checksum checksum_of(const char *name)
{
  static const char *const names[] = {"left", "right", "wrong", "none"};

  for (int checksum = CHECKSUM_LEFT; checksum <= CHECKSUM_NONE; checksum++)
    if (!strcmp(name, names[checksum]))
      return (enum checksum)checksum;
  errx(2, "--checksum '%s' is none of left, right, wrong and none", name);
}

static void parse(struct options *o, int argc, char **argv)
{
  static const struct option table[] = {
      {"kind", required_argument, NULL, 'k'},    {"count", required_argument, NULL, 'c'},
      {"payload", required_argument, NULL, 'p'}, {"segment", required_argument, NULL, 's'},
      {"unmarked", no_argument, NULL, 'u'},      {"checksum", required_argument, NULL, 'C'},
      {"tags", required_argument, NULL, 't'},    {"link-type", required_argument, NULL, 'T'},
      {"wait", no_argument, NULL, 'w'},          {"read", no_argument, NULL, 'r'},
      {"uncut", no_argument, NULL, 'n'},         {"limit", required_argument, NULL, 'l'},
      {"help", no_argument, NULL, 'h'},          {0}};
  int c;

  while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
    switch (c) {
    case 'k':
      o->kind = kind_of(optarg);
      break;
    case 'c':
      o->count = number("--count", optarg, 1, 10000000);
      break;
    case 'p':
      o->payload = number("--payload", optarg, 1, MAX_PACKET - 100);
      break;
    case 's':
      o->segment = number("--segment", optarg, 1, MAX_PACKET - 100);
      break;
    case 'C':
      o->checksum = checksum_of(optarg);
      break;
    case 't':
      o->tags = (int)number("--tags", optarg, 0, 2);
      break;
    case 'T':
      o->link_type = (int)number("--link-type", optarg, 0, 65535);
      break;
    case 'u':
      o->unmarked = true;
      break;
    case 'w':
      o->wait = true;
      break;
    case 'r':
      o->read = true;
      break;
    case 'n':
      o->uncut = true;
      break;
    case 'l':
      o->limit = (unsigned int)number("--limit", optarg, 1, 3600);
      break;
    case 'h':
      fputs(USAGE, stdout);
      exit(0);
    default:
      fputs(USAGE, stderr);
      exit(2);
    }
  }
}

int main(int argc, char **argv)
{
  struct options o = {.count = 100, .payload = 1000, .limit = 60};
  struct sigaction give_up = {.sa_handler = on_alarm}, end = {.sa_handler = on_term};
  sigset_t start;
  int fd;

  parse(&o, argc, argv);
  argc -= optind;
  argv += optind;
  o.is_packet = argc > 0 && !strcmp(argv[0], "packet");
  o.is_tun = argc > 0 && !strcmp(argv[0], "tun");
  if (argc != (o.read ? 2 : 5) || (!o.is_packet && !o.is_tun && strcmp(argv[0], "tap") != 0) ||
      (o.read && o.is_packet)) {
    fputs(USAGE, stderr);
    return 2;
  }
  sigaction(SIGALRM, &give_up, NULL);
  if (o.read)
    sigaction(SIGTERM, &end, NULL);
  sigemptyset(&start);
  sigaddset(&start, SIGUSR1);
  sigprocmask(SIG_BLOCK, &start, NULL);
  alarm(o.limit);
  fd = o.is_packet ? open_packet(argv[1]) : open_tun(&o, argv[1]);
  puts("ready");
  fflush(stdout);
  if (o.wait)
    wait_for_start();
  if (o.read)
    read_all(fd, &o);
  else
    send_all(fd, &o, (const char *const *)argv + 2);
  return 0;
}
