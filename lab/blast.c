/* SPDX-License-Identifier: MIT */
/*
 * Sends exactly N frames of UDP on a packet socket, past qdisc and tap unless told otherwise, and says how many the
 * kernel took: the sender's own count.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "number.h"

#define MAX_FRAME   9018
#define MAX_REFUSED 100000

static const char USAGE[] =
    "usage: blast [--count N] [--size N] [--port N] [--qdisc] [--limit SECONDS] INTERFACE MAC FROM TO\n"
    "  --count N        frames to send (6000)\n"
    "  --size N         octets of UDP payload of each (1000)\n"
    "  --port N         UDP port that they go to (9)\n"
    "  --qdisc          through the queueing discipline and the tap, as other traffic goes\n"
    "  --limit SECONDS  give up after that time (20)\n";

struct options {
  int64_t count;
  size_t size;
  uint16_t port;
  bool qdisc;
  unsigned int limit;
};

static void on_alarm(int signal_number)
{
  static const char text[] = "blast: gave up at its time limit\n";
  ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);

  (void)signal_number;
  (void)ignored;
  _exit(1);
}

/* The ones' complement sum of RFC 1071, not yet inverted. */
static uint32_t sum(const void *data, size_t size, uint32_t start)
{
  const uint8_t *p = data;

  for (size_t i = 0; i < size; i++)
    start += (uint32_t)p[i] << (i % 2 ? 0 : 8);
  return start;
}

static uint16_t fold(uint32_t total)
{
  while (total >> 16)
    total = (total & 0xffff) + (total >> 16);
  return htons((uint16_t)~total);
}

static void put_udp(uint8_t *at, const struct options *o, const void *addresses, size_t address_size)
{
  struct udphdr udp = {.source = htons(9), .dest = htons(o->port), .len = htons((uint16_t)(sizeof udp + o->size))};

  memset(at + sizeof udp, 'w', o->size);
  memcpy(at, &udp, sizeof udp);
  udp.check =
      fold(sum(at, sizeof udp + o->size, sum(addresses, address_size, IPPROTO_UDP + (uint32_t)(sizeof udp + o->size))));
  if (!udp.check)
    udp.check = 0xffff;
  memcpy(at, &udp, sizeof udp);
}

static size_t put_ipv4(uint8_t *at, const struct options *o, const uint8_t *from, const uint8_t *to)
{
  struct iphdr ip = {.version = 4,
                     .ihl = 5,
                     .tot_len = htons((uint16_t)(sizeof ip + sizeof(struct udphdr) + o->size)),
                     .frag_off = htons(IP_DF),
                     .ttl = 64,
                     .protocol = IPPROTO_UDP};

  memcpy(&ip.saddr, from, 4);
  memcpy(&ip.daddr, to, 4);
  ip.check = fold(sum(&ip, sizeof ip, 0));
  memcpy(at, &ip, sizeof ip);
  put_udp(at + sizeof ip, o, &ip.saddr, 8);
  return ntohs(ip.tot_len);
}

static size_t put_ipv6(uint8_t *at, const struct options *o, const uint8_t *from, const uint8_t *to)
{
  struct ip6_hdr ip = {.ip6_flow = htonl(6U << 28),
                       .ip6_plen = htons((uint16_t)(sizeof(struct udphdr) + o->size)),
                       .ip6_nxt = IPPROTO_UDP,
                       .ip6_hops = 64};

  memcpy(&ip.ip6_src, from, 16);
  memcpy(&ip.ip6_dst, to, 16);
  memcpy(at, &ip, sizeof ip);
  put_udp(at + sizeof ip, o, &ip.ip6_src, 32);
  return sizeof ip + ntohs(ip.ip6_plen);
}

/* The whole frame; its length. */
static size_t build(uint8_t *frame, const struct options *o, const uint8_t *own_mac, char **names)
{
  struct ether_header ether;
  unsigned int mac[6];
  uint8_t from[16], to[16];
  int end = 0, family = strchr(names[2], ':') ? AF_INET6 : AF_INET;

  if (sscanf(names[1], "%2x:%2x:%2x:%2x:%2x:%2x%n", &mac[0], &mac[1], &mac[2], &mac[3], &mac[4], &mac[5], &end) != 6 ||
      names[1][end])
    errx(2, "'%s' is no MAC address", names[1]);
  for (int i = 0; i < 6; i++)
    ether.ether_dhost[i] = (uint8_t)mac[i];
  memcpy(ether.ether_shost, own_mac, 6);
  ether.ether_type = htons(family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6);
  memcpy(frame, &ether, sizeof ether);
  if (inet_pton(family, names[2], from) != 1 || inet_pton(family, names[3], to) != 1)
    errx(2, "'%s' and '%s' are not two IP addresses of one version", names[2], names[3]);
  return sizeof ether + (family == AF_INET ? put_ipv4 : put_ipv6)(frame + sizeof ether, o, from, to);
}

static int open_socket(const struct options *o, const char *interface, uint8_t *own_mac)
{
  struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface)};
  struct ifreq request = {0};
  int on = 1, fd = socket(AF_PACKET, SOCK_RAW, 0);

  if (fd < 0)
    err(1, "cannot open a packet socket");
  if (!address.sll_ifindex)
    err(1, "no interface '%s'", interface);
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", interface);
  if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
    err(1, "cannot tell the address of '%s'", interface);
  memcpy(own_mac, request.ifr_hwaddr.sa_data, 6);
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
    err(1, "cannot bind to '%s'", interface);
  if (!o->qdisc && setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on) < 0)
    err(1, "cannot set PACKET_QDISC_BYPASS");
  return fd;
}

static void parse(struct options *o, int argc, char **argv)
{
  static const struct option table[] = {{"count", required_argument, NULL, 'c'},
                                        {"size", required_argument, NULL, 's'},
                                        {"port", required_argument, NULL, 'p'},
                                        {"limit", required_argument, NULL, 'l'},
                                        {"qdisc", no_argument, NULL, 'q'},
                                        {"help", no_argument, NULL, 'h'},
                                        {0}};
  int c;

  while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
    switch (c) {
    case 'c':
      o->count = number("--count", optarg, 1, 100000000);
      break;
    case 's':
      o->size = (size_t)number("--size", optarg, 1, MAX_FRAME - 100);
      break;
    case 'p':
      o->port = (uint16_t)number("--port", optarg, 1, 65535);
      break;
    case 'l':
      o->limit = (unsigned int)number("--limit", optarg, 1, 3600);
      break;
    case 'q':
      o->qdisc = true;
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
  static uint8_t frame[MAX_FRAME];
  struct options o = {.count = 6000, .size = 1000, .port = 9, .limit = 20};
  struct sigaction action = {.sa_handler = on_alarm};
  int64_t sent = 0, refused = 0;
  uint8_t own_mac[6];
  size_t length;
  int fd;

  parse(&o, argc, argv);
  argv += optind;
  if (argc - optind != 4) {
    fputs(USAGE, stderr);
    return 2;
  }
  sigaction(SIGALRM, &action, NULL);
  alarm(o.limit);
  fd = open_socket(&o, argv[0], own_mac);
  length = build(frame, &o, own_mac, argv);
  while (sent < o.count) {
    if (send(fd, frame, length, 0) == (ssize_t)length) {
      sent++;
      continue;
    }
    /* A full queue or ring: the frame was not taken, and is tried again once there may be room. */
    if ((errno != ENOBUFS && errno != EAGAIN) || ++refused > MAX_REFUSED)
      err(1, "cannot send frame %lld", (long long)sent + 1);
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
  }
  printf("sent frames=%lld octets=%lld refused=%lld\n", (long long)sent, (long long)sent * (long long)length,
         (long long)refused);
  return 0;
}
