/* SPDX-License-Identifier: MIT */
/*
 * Bounded traffic of a known shape, for the lab.
 *
 * Whatever is in flight is bounded (--window), so that no ring or backlog between the two ends overflows: every
 * figure of a transfer is then exact, nothing is dropped and nothing sent twice.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "number.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define MAX_SIZE (1024 * 1024)

static const char USAGE[] =
    "usage: flow receive [OPTION]... ADDRESS\n"
    "       flow send [OPTION]... ADDRESS PORT\n"
    "  --udp            UDP instead of TCP\n"
    "  --sctp           SCTP instead of TCP\n"
    "  --bytes N        send N octets in total (UDP: receive as many); send and UDP need it\n"
    "  --size N         octets of each write (65536; UDP 1000); with --answer of each request\n"
    "  --answer         TCP: each request is answered by one octet before the next is sent\n"
    "  --pause N        TCP: send begins a write every N microseconds\n"
    "  --duplex         TCP: both sides send --bytes at once; both need it\n"
    "  --ip-options N   IPv4: put N octets of options (no-operation) into each packet\n"
    "  --hop-options, --destination-options\n"
    "                   IPv6: put such an extension header of 8 octets into each packet\n"
    "  --window N       at most N octets in flight (TCP: at the receiver; UDP: at both ends, multiple of the size)\n"
    "  --mss N          TCP: segments of at most N octets, options in\n"
    "  --segment N      UDP: let the kernel cut each write into datagrams of N octets (UDP_SEGMENT)\n"
    "  --gro            UDP: take merged datagrams (UDP_GRO)\n"
    "  --port N         receive: listen on N instead of a port that the kernel chooses\n"
    "  --limit SECONDS  give up after that time (20)\n"
    "The receiver prints 'listening port=N', and when all has arrived one line of figures, as the sender does.\n";

struct options {
  bool udp, sctp, answer, gro, duplex, hop, destination;
  int64_t bytes, size, window, pause;
  int mss, segment, ip_options;
  unsigned int limit;
  const char *port;
};

static char buffer[MAX_SIZE];

static void on_alarm(int signal_number)
{
  static const char text[] = "flow: gave up at its time limit\n";
  ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);

  (void)signal_number;
  (void)ignored;
  _exit(1);
}

static void set(int fd, int level, int option, int value, const char *name)
{
  if (setsockopt(fd, level, option, &value, sizeof value) < 0)
    err(1, "cannot set %s to %d", name, value);
}

/* Headers that every packet of the socket has beside those of its protocol. */
static void add_headers(int fd, const struct options *o)
{
  static const uint8_t extension[8] = {0, 0, 1, 4}; /* eight octets, all of them padding (PadN) */
  uint8_t no_operation[40];

  memset(no_operation, IPOPT_NOP, sizeof no_operation);
  if (o->ip_options && setsockopt(fd, IPPROTO_IP, IP_OPTIONS, no_operation, (socklen_t)o->ip_options) < 0)
    err(1, "cannot set IP_OPTIONS");
  if (o->hop && setsockopt(fd, IPPROTO_IPV6, IPV6_HOPOPTS, extension, sizeof extension) < 0)
    err(1, "cannot set IPV6_HOPOPTS");
  if (o->destination && setsockopt(fd, IPPROTO_IPV6, IPV6_DSTOPTS, extension, sizeof extension) < 0)
    err(1, "cannot set IPV6_DSTOPTS");
}

static int open_socket(const struct options *o, const char *address, const char *port, struct addrinfo **to)
{
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                           .ai_socktype = o->udp ? SOCK_DGRAM : SOCK_STREAM};
  int fd, status = getaddrinfo(address, port, &hints, to);

  if (status)
    errx(2, "'%s' port '%s': %s", address, port, gai_strerror(status));
  fd = socket((*to)->ai_family, (*to)->ai_socktype, o->sctp ? IPPROTO_SCTP : 0);
  if (fd < 0)
    err(1, "cannot open a socket");
  if (o->sctp)
    return fd;
  if (!o->udp && o->mss)
    set(fd, IPPROTO_TCP, TCP_MAXSEG, o->mss, "TCP_MAXSEG");
  if (!o->udp)
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
  add_headers(fd, o);
  return fd;
}

/* SCTP would take every address that this host has into the association, and try each of them from time to time. */
static void bind_to_one_address(int fd, const struct addrinfo *to)
{
  struct sockaddr_storage own;
  socklen_t length = sizeof own;
  int probe = socket(to->ai_family, SOCK_DGRAM, 0);

  if (probe < 0 || connect(probe, to->ai_addr, to->ai_addrlen) < 0 ||
      getsockname(probe, (struct sockaddr *)&own, &length) < 0)
    err(1, "cannot tell the own address");
  close(probe);
  ((struct sockaddr_in6 *)&own)->sin6_port = 0; /* that of an IPv4 address is in the same place */
  if (bind(fd, (struct sockaddr *)&own, length) < 0)
    err(1, "cannot bind");
}

static void listen_on(int fd, const struct options *o, const struct addrinfo *at)
{
  struct sockaddr_in6 own = {0}; /* its port stands where that of an IPv4 address does */
  socklen_t length = sizeof own;

  if (o->udp) {
    /* Room for all that may be in flight: small datagrams are charged with far more than their octets. */
    set(fd, SOL_SOCKET, SO_RCVBUFFORCE, 32 * 1024 * 1024, "SO_RCVBUFFORCE");
    if (o->gro)
      set(fd, IPPROTO_UDP, UDP_GRO, 1, "UDP_GRO");
  } else if (o->window && !o->sctp) {
    /* A buffer that was set is not tuned any more, so the clamp stays; twice as large, since overhead counts too. */
    set(fd, SOL_SOCKET, SO_RCVBUFFORCE, (int)(o->window * 2), "SO_RCVBUFFORCE");
    set(fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, (int)o->window, "TCP_WINDOW_CLAMP");
  }
  if (bind(fd, at->ai_addr, at->ai_addrlen) < 0)
    err(1, "cannot bind");
  if (!o->udp && listen(fd, 1) < 0)
    err(1, "cannot listen");
  if (getsockname(fd, (struct sockaddr *)&own, &length) < 0)
    err(1, "cannot tell the port");
  printf("listening port=%d\n", ntohs(own.sin6_port));
  fflush(stdout);
}

static void write_all(int fd, const char *data, size_t size)
{
  while (size) {
    ssize_t n = send(fd, data, size, MSG_NOSIGNAL);

    if (n < 0)
      err(1, "cannot send");
    data += n;
    size -= (size_t)n;
  }
}

/* Sends and receives at once, until it has sent all and the other side has too. The line begins with what. */
static void exchange(int fd, const struct options *o, const char *what)
{
  int64_t sent = 0, received = 0;
  bool open = true;

  while (open || sent < o->bytes) {
    struct pollfd ready = {.fd = fd, .events = (short)((open ? POLLIN : 0) | (sent < o->bytes ? POLLOUT : 0))};
    ssize_t n;

    if (poll(&ready, 1, -1) < 0)
      err(1, "cannot wait");
    if (ready.revents & POLLOUT) {
      int64_t size = o->bytes - sent < o->size ? o->bytes - sent : o->size;

      n = send(fd, buffer, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN)
        err(1, "cannot send");
      sent += n > 0 ? n : 0;
      if (sent == o->bytes)
        shutdown(fd, SHUT_WR);
    }
    if (open && ready.revents & (POLLIN | POLLHUP | POLLERR)) {
      n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN)
        err(1, "cannot receive");
      received += n > 0 ? n : 0;
      open = n != 0;
    }
  }
  printf("%s bytes=%lld received_bytes=%lld\n", what, (long long)sent, (long long)received);
}

static void receive_tcp(int listener, const struct options *o)
{
  int64_t bytes = 0, reads = 0, answers = 0;
  int fd = accept(listener, NULL, NULL);

  if (fd < 0)
    err(1, "cannot accept");
  if (!o->sctp)
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
  add_headers(fd, o);
  if (o->duplex) {
    exchange(fd, o, "received");
    close(fd);
    return;
  }
  for (;;) {
    ssize_t n = recv(fd, buffer, sizeof buffer, 0);

    if (n < 0)
      err(1, "cannot receive");
    if (n == 0)
      break;
    bytes += n;
    reads++;
    for (; o->answer && answers < bytes / o->size; answers++)
      write_all(fd, "", 1);
  }
  close(fd);
  printf("received bytes=%lld reads=%lld answers=%lld\n", (long long)bytes, (long long)reads, (long long)answers);
}

/* By the clock, not by what a write took: a rate that is steady over any second. */
static void await_turn(struct timespec *turn, int64_t microseconds)
{
  turn->tv_nsec += (long)microseconds * 1000;
  turn->tv_sec += turn->tv_nsec / 1000000000;
  turn->tv_nsec %= 1000000000;
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, turn, NULL);
}

static void send_tcp(int fd, const struct options *o)
{
  int64_t sent = 0, writes = 0, answers = 0;
  struct tcp_info info = {0};
  socklen_t length = sizeof info;
  struct timespec turn;
  int mss = 0;
  socklen_t mss_length = sizeof mss;
  ssize_t n;

  if (!o->sctp && getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &mss, &mss_length) < 0)
    err(1, "cannot tell the segment size");
  if (o->answer && o->size > mss)
    errx(1, "a request of %lld octets is more than one segment of %d", (long long)o->size, mss);
  if (o->duplex) {
    exchange(fd, o, "sent");
    return;
  }
  if (o->answer && o->bytes % o->size)
    errx(2, "%lld octets are no whole number of requests of %lld", (long long)o->bytes, (long long)o->size);
  clock_gettime(CLOCK_MONOTONIC, &turn);
  for (; sent < o->bytes; writes++) {
    int64_t size = o->bytes - sent < o->size ? o->bytes - sent : o->size;

    write_all(fd, buffer, (size_t)size);
    if (o->pause)
      await_turn(&turn, o->pause);
    sent += size;
    if (o->answer) {
      char octet;

      if (recv(fd, &octet, 1, 0) != 1)
        errx(1, "request %lld was not answered", (long long)writes);
      answers++;
    }
  }
  /* Both directions are closed and acknowledged before the end: nothing follows once this program has ended. */
  shutdown(fd, SHUT_WR);
  do
    n = recv(fd, buffer, sizeof buffer, 0);
  while (n > 0);
  if (n < 0 && !(o->sctp && errno == ENOTCONN))
    err(1, "the receiver went away");
  if (!o->sctp && getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0)
    err(1, "cannot read TCP_INFO");
  printf("sent bytes=%lld writes=%lld answers=%lld mss=%d retransmits=%u\n", (long long)sent, (long long)writes,
         (long long)answers, mss, info.tcpi_total_retrans);
}

/* How many datagrams a message of n octets stands for: more than one if the kernel merged them. */
static int64_t datagrams_in(struct msghdr *message, ssize_t n)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
    int size;

    if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_GRO)
      continue;
    memcpy(&size, CMSG_DATA(c), sizeof size);
    return (n + size - 1) / size;
  }
  return 1;
}

static void receive_udp(int fd, const struct options *o)
{
  int64_t bytes = 0, reads = 0, datagrams = 0, answers = 0;

  while (bytes < o->bytes) {
    struct sockaddr_storage from;
    char control[64];
    struct iovec iov = {.iov_base = buffer, .iov_len = sizeof buffer};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof from,
                             .msg_iov = &iov,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(fd, &message, 0);

    if (n < 0)
      err(1, "cannot receive");
    bytes += n;
    reads++;
    datagrams += datagrams_in(&message, n);
    for (; o->window && answers < bytes / o->window; answers++)
      if (sendto(fd, "", 1, 0, (struct sockaddr *)&from, message.msg_namelen) < 0)
        err(1, "cannot answer");
  }
  printf("received bytes=%lld reads=%lld datagrams=%lld answers=%lld\n", (long long)bytes, (long long)reads,
         (long long)datagrams, (long long)answers);
}

static void send_udp(int fd, const struct options *o)
{
  int64_t sent = 0, writes = 0, datagrams = 0, answers = 0;

  if (o->segment)
    set(fd, IPPROTO_UDP, UDP_SEGMENT, o->segment, "UDP_SEGMENT");
  for (; sent < o->bytes; writes++) {
    int64_t size = o->bytes - sent < o->size ? o->bytes - sent : o->size;
    char octet;

    if (send(fd, buffer, (size_t)size, MSG_NOSIGNAL) != size)
      err(1, "cannot send %lld octets", (long long)size);
    sent += size;
    datagrams += o->segment ? (size + o->segment - 1) / o->segment : 1;
    for (; o->window && answers < sent / o->window; answers++)
      if (recv(fd, &octet, 1, 0) != 1)
        err(1, "no answer after %lld octets", (long long)sent);
  }
  printf("sent bytes=%lld writes=%lld answers=%lld datagrams=%lld\n", (long long)sent, (long long)writes,
         (long long)answers, (long long)datagrams);
}

static void parse(struct options *o, int argc, char **argv)
{
  static const struct option table[] = {
      {"sctp", no_argument, NULL, 'c'},          {"udp", no_argument, NULL, 'u'},
      {"answer", no_argument, NULL, 'a'},        {"gro", no_argument, NULL, 'g'},
      {"bytes", required_argument, NULL, 'b'},   {"size", required_argument, NULL, 's'},
      {"window", required_argument, NULL, 'w'},  {"mss", required_argument, NULL, 'm'},
      {"segment", required_argument, NULL, 'S'}, {"pause", required_argument, NULL, 'P'},
      {"port", required_argument, NULL, 'p'},    {"limit", required_argument, NULL, 'l'},
      {"duplex", no_argument, NULL, 'd'},        {"ip-options", required_argument, NULL, 'i'},
      {"hop-options", no_argument, NULL, 'H'},   {"destination-options", no_argument, NULL, 'D'},
      {"help", no_argument, NULL, 'h'},          {0}};
  int c;

  while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
    switch (c) {
    case 'u':
      o->udp = true;
      break;
    case 'c':
      o->sctp = true;
      break;
    case 'a':
      o->answer = true;
      break;
    case 'g':
      o->gro = true;
      break;
    case 'b':
      o->bytes = number("--bytes", optarg, 1, INT64_C(1) << 34);
      break;
    case 's':
      o->size = number("--size", optarg, 1, MAX_SIZE);
      break;
    case 'w':
      o->window = number("--window", optarg, 1, 64 * MAX_SIZE);
      break;
    case 'P':
      o->pause = number("--pause", optarg, 1, 1000000);
      break;
    case 'm':
      o->mss = (int)number("--mss", optarg, 88, 32767);
      break;
    case 'S':
      o->segment = (int)number("--segment", optarg, 1, 65507);
      break;
    case 'd':
      o->duplex = true;
      break;
    case 'i':
      o->ip_options = (int)number("--ip-options", optarg, 4, 40) / 4 * 4;
      break;
    case 'H':
      o->hop = true;
      break;
    case 'D':
      o->destination = true;
      break;
    case 'p':
      o->port = optarg;
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
  if (!o->size)
    o->size = o->udp ? 1000 : 65536;
}

int main(int argc, char **argv)
{
  struct options o = {.limit = 20, .port = "0"};
  struct sigaction action = {.sa_handler = on_alarm};
  struct addrinfo *to;
  bool sender;
  int fd;

  parse(&o, argc, argv);
  argc -= optind;
  argv += optind;
  sender = argc > 0 && !strcmp(argv[0], "send");
  if ((!sender && (argc != 2 || strcmp(argv[0], "receive"))) || (sender && argc != 3)) {
    fputs(USAGE, stderr);
    return 2;
  }
  if ((sender || o.udp || o.duplex) && !o.bytes)
    errx(2, "--bytes is needed here");
  sigaction(SIGALRM, &action, NULL);
  alarm(o.limit);
  fd = open_socket(&o, argv[1], sender ? argv[2] : o.port, &to);
  if (sender) {
    if (o.sctp)
      bind_to_one_address(fd, to);
    if (connect(fd, to->ai_addr, to->ai_addrlen) < 0)
      err(1, "cannot connect to %s port %s", argv[1], argv[2]);
    (o.udp ? send_udp : send_tcp)(fd, &o);
  } else {
    listen_on(fd, &o, to);
    (o.udp ? receive_udp : receive_tcp)(fd, &o);
  }
  freeaddrinfo(to);
  close(fd);
  return 0;
}
