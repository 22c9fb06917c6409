/* SPDX-License-Identifier: MIT */
/*
 * Many flows at once, one to each address, of paced writes of given sizes: so many links carry traffic of a known shape
 * with two processes and not with two a link.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "number.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define MAX_SIZE  65536
#define MAX_SIZES 16
#define MAX_FLOWS 256
#define BURST     64      /* writes of one flow at a time */
#define TICK      2000000 /* nanoseconds between two rounds */

static const char USAGE[] =
    "usage: crowd receive [OPTION]...\n"
    "       crowd send [OPTION]... ADDRESS...\n"
    "  --port N           to send to or receive on, TCP or UDP (7777)\n"
    "  --limit SECONDS    give up after that time (60)\n"
    "send:\n"
    "  --seconds S        how long (3)\n"
    "  --rate N           writes a second to the first address; the others get twice, three and four times that "
    "(1000)\n"
    "  --sizes N[,N]...   octets of one write after the other, over and over (1000)\n"
    "  --mss N            TCP: segments of at most N octets, options in\n"
    "  --udp              UDP instead of TCP\n"
    "  --segment N[,N]... UDP: let the kernel cut into datagrams of N octets; one for each address, over and over\n"
    "The receiver takes whatever comes until SIGTERM. It prints 'listening', as the sender prints a line of figures.\n";

struct options {
  bool udp;
  double seconds;
  int mss;
  uint16_t port;
  unsigned int limit, rate;
  int sizes[MAX_SIZES], segments[MAX_SIZES];
  size_t size_count, segment_count;
};

struct flow {
  int fd;
  double rate;
  uint64_t writes;
  size_t next; /* in the list of sizes */
  size_t rest; /* octets of a write that was taken in part */
  uint64_t sent;
};

static char buffer[MAX_SIZE];
static volatile sig_atomic_t stopped;

static void on_term(int signal_number)
{
  stopped = signal_number;
}

static void on_alarm(int signal_number)
{
  static const char text[] = "crowd: gave up at its time limit\n";
  ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);

  (void)signal_number;
  (void)ignored;
  _exit(1);
}

static double now(void)
{
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void set(int fd, int level, int option, int value, const char *name)
{
  if (setsockopt(fd, level, option, &value, sizeof value) < 0)
    err(1, "cannot set %s to %d", name, value);
}

/* ---- receive ----------------------------------------------------------------------------------------------------- */

static int listen_on(const struct options *o, int type)
{
  const struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(o->port)};
  int fd = socket(AF_INET6, type | SOCK_NONBLOCK, 0);

  if (fd < 0)
    err(1, "cannot open a socket");
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
  if (bind(fd, (const struct sockaddr *)&any, sizeof any) < 0)
    err(1, "cannot bind to port %u", o->port);
  if (type == SOCK_STREAM && listen(fd, MAX_FLOWS) < 0)
    err(1, "cannot listen");
  return fd;
}

static void watch(int epoll, int fd)
{
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    err(1, "cannot watch a socket");
}

/* MSG_TRUNC leaves the octets in the kernel: nobody looks at them. */
static void take(int fd, bool datagrams)
{
  ssize_t n;

  do
    n = recv(fd, buffer, sizeof buffer, MSG_TRUNC | MSG_DONTWAIT);
  while (n > 0 || (n == 0 && datagrams));
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    close(fd);
}

static void receive(const struct options *o)
{
  int tcp = listen_on(o, SOCK_STREAM), udp = listen_on(o, SOCK_DGRAM), epoll = epoll_create1(0);
  struct epoll_event events[64];

  if (epoll < 0)
    err(1, "cannot make an epoll instance");
  watch(epoll, tcp);
  watch(epoll, udp);
  puts("listening");
  fflush(stdout);
  while (!stopped) {
    int count = epoll_wait(epoll, events, 64, 1000);

    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;

      if (fd != tcp)
        take(fd, fd == udp);
      else if ((fd = accept4(tcp, NULL, NULL, SOCK_NONBLOCK)) >= 0)
        watch(epoll, fd);
    }
  }
}

/* ---- send -------------------------------------------------------------------------------------------------------- */

static int connect_to(const struct options *o, const char *address)
{
  const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                 .ai_socktype = o->udp ? SOCK_DGRAM : SOCK_STREAM};
  struct addrinfo *to;
  char port[8];
  int fd, status;

  snprintf(port, sizeof port, "%u", o->port);
  status = getaddrinfo(address, port, &hints, &to);
  if (status)
    errx(2, "'%s': %s", address, gai_strerror(status));
  fd = socket(to->ai_family, to->ai_socktype, 0);
  if (fd < 0)
    err(1, "cannot open a socket");
  if (!o->udp && o->mss)
    set(fd, IPPROTO_TCP, TCP_MAXSEG, o->mss, "TCP_MAXSEG");
  if (!o->udp)
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
  if (connect(fd, to->ai_addr, to->ai_addrlen) < 0)
    err(1, "cannot connect to %s", address);
  freeaddrinfo(to);
  return fd;
}

/* One write, or the rest of one. False: the socket takes no more for now. */
static bool write_one(const struct options *o, struct flow *flow)
{
  size_t size = flow->rest ? flow->rest : (size_t)o->sizes[flow->next];
  ssize_t n = send(flow->fd, buffer, size, MSG_NOSIGNAL | MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == ENOBUFS))
    return false;
  if (n < 0)
    err(1, "cannot send %zu octets", size);
  flow->sent += (uint64_t)n;
  flow->rest = size - (size_t)n;
  if (flow->rest)
    return false;
  flow->writes++;
  flow->next = (flow->next + 1) % o->size_count;
  return true;
}

/* What a full socket did not take in time is not caught up with. */
static void send_due(const struct options *o, struct flow *flow, double elapsed)
{
  uint64_t due = (uint64_t)(flow->rate * elapsed);

  for (int i = 0; i < BURST && flow->writes < due; i++)
    if (!write_one(o, flow))
      return;
}

/* Both directions are closed and acknowledged before the end: nothing follows once this program has ended. */
static void finish(const struct options *o, struct flow *flow)
{
  ssize_t n = 0;

  while (flow->rest && !o->udp) {
    struct pollfd ready = {.fd = flow->fd, .events = POLLOUT};

    poll(&ready, 1, -1);
    write_one(o, flow);
  }
  if (!o->udp) {
    shutdown(flow->fd, SHUT_WR);
    do
      n = recv(flow->fd, buffer, sizeof buffer, 0);
    while (n > 0);
  }
  if (n < 0)
    err(1, "a receiver went away");
  close(flow->fd);
}

static void send_all(const struct options *o, char **addresses, size_t count)
{
  static struct flow flows[MAX_FLOWS];
  uint64_t writes = 0, octets = 0;
  double begin, elapsed;

  for (size_t i = 0; i < count; i++) {
    flows[i] = (struct flow){
        .fd = connect_to(o, addresses[i]), .rate = o->rate * (1 + (double)(i % 4)), .next = i % o->size_count};
    if (o->udp && o->segment_count)
      set(flows[i].fd, IPPROTO_UDP, UDP_SEGMENT, o->segments[i % o->segment_count], "UDP_SEGMENT");
  }
  begin = now();
  do {
    nanosleep(&(struct timespec){.tv_nsec = TICK}, NULL);
    elapsed = now() - begin;
    for (size_t i = 0; i < count; i++)
      send_due(o, &flows[i], elapsed);
  } while (elapsed < o->seconds);
  for (size_t i = 0; i < count; i++) {
    finish(o, &flows[i]);
    writes += flows[i].writes;
    octets += flows[i].sent;
  }
  printf("sent flows=%zu writes=%llu octets=%llu\n", count, (unsigned long long)writes, (unsigned long long)octets);
}

/* ---- options ----------------------------------------------------------------------------------------------------- */

static size_t numbers(const char *option, char *text, int *list, long high)
{
  size_t count = 0;

  for (char *part = strtok(text, ","); part; part = strtok(NULL, ",")) {
    if (count == MAX_SIZES)
      errx(2, "%s: more than %d", option, MAX_SIZES);
    list[count++] = (int)number(option, part, 1, high);
  }
  return count;
}

static void parse(struct options *o, int argc, char **argv)
{
  static const struct option table[] = {
      {"udp", no_argument, NULL, 'u'},        {"seconds", required_argument, NULL, 't'},
      {"rate", required_argument, NULL, 'r'}, {"sizes", required_argument, NULL, 's'},
      {"mss", required_argument, NULL, 'm'},  {"segment", required_argument, NULL, 'S'},
      {"port", required_argument, NULL, 'p'}, {"limit", required_argument, NULL, 'l'},
      {"help", no_argument, NULL, 'h'},       {0}};
  int c;

  while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
    switch (c) {
    case 'u':
      o->udp = true;
      break;
    case 't':
      o->seconds = (double)number("--seconds", optarg, 1, 3600);
      break;
    case 'r':
      o->rate = (unsigned int)number("--rate", optarg, 1, 1000000);
      break;
    case 's':
      o->size_count = numbers("--sizes", optarg, o->sizes, MAX_SIZE);
      break;
    case 'm':
      o->mss = (int)number("--mss", optarg, 88, 32767);
      break;
    case 'S':
      o->segment_count = numbers("--segment", optarg, o->segments, 65507);
      break;
    case 'p':
      o->port = (uint16_t)number("--port", optarg, 1, 65535);
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
  struct options o = {.seconds = 3, .port = 7777, .limit = 60, .rate = 1000, .sizes = {1000}, .size_count = 1};
  struct sigaction term = {.sa_handler = on_term}, alarmed = {.sa_handler = on_alarm};
  size_t count;

  parse(&o, argc, argv);
  argv += optind;
  count = (size_t)(argc - optind);
  sigaction(SIGALRM, &alarmed, NULL);
  alarm(o.limit);
  if (count == 1 && !strcmp(argv[0], "receive")) {
    sigaction(SIGTERM, &term, NULL);
    receive(&o);
  } else if (count > 1 && count <= MAX_FLOWS && !strcmp(argv[0], "send")) {
    send_all(&o, argv + 1, count - 1);
  } else {
    fputs(USAGE, stderr);
    return 2;
  }
  return 0;
}
