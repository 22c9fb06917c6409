/* SPDX-License-Identifier: MIT */
/*
 * Many short connections, one after the other: what a reader of sockets that looks now and then never sees.
 */
#include <arpa/inet.h>
#include <err.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "number.h"

#define MAX_SIZE 1000000

static const char USAGE[] =
    "usage: brief receive [OPTION]... ADDRESS\n"
    "       brief send [OPTION]... ADDRESS PORT\n"
    "  --count N        connections (100); both need the same\n"
    "  --bytes N        octets that each carries (1000)\n"
    "  --same           send: one socket for all; each connection waits for a line of standard\n"
    "                   input before it ends\n"
    "  --limit SECONDS  give up after that time (60)\n"
    "The receiver prints 'listening port=N'. Both print a line of figures at the end.\n";

struct options {
  int64_t count, bytes;
  bool same;
};

static char buffer[MAX_SIZE];

static int open_socket(const char *address, const char *port, struct addrinfo **to)
{
  const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
  int status = getaddrinfo(address, port, &hints, to);
  int fd;

  if (status)
    errx(2, "%s port %s: %s", address, port, gai_strerror(status));
  fd = socket((*to)->ai_family, SOCK_STREAM, 0);
  if (fd < 0)
    err(1, "cannot open a socket");
  return fd;
}

/* To the end of what comes. */
static int64_t take_all(int fd)
{
  int64_t bytes = 0;
  ssize_t n;

  while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
    bytes += n;
  if (n < 0)
    err(1, "cannot receive");
  return bytes;
}

static void receive(const struct options *o, const char *address)
{
  struct addrinfo *to;
  struct sockaddr_storage own;
  socklen_t length = sizeof own;
  char port[16];
  int64_t bytes = 0;
  int listener = open_socket(address, "0", &to);

  if (bind(listener, to->ai_addr, to->ai_addrlen) < 0 || listen(listener, 128) < 0 ||
      getsockname(listener, (struct sockaddr *)&own, &length) < 0)
    err(1, "cannot listen on %s", address);
  if (getnameinfo((struct sockaddr *)&own, length, NULL, 0, port, sizeof port, NI_NUMERICSERV))
    errx(1, "cannot tell the port");
  printf("listening port=%s\n", port);
  fflush(stdout);
  for (int64_t i = 0; i < o->count; i++) {
    int fd = accept(listener, NULL, NULL);

    if (fd < 0)
      err(1, "cannot accept");
    bytes += take_all(fd);
    close(fd);
  }
  close(listener);
  freeaddrinfo(to);
  printf("received connections=%lld bytes=%lld\n", (long long)o->count, (long long)bytes);
}

static void send_all(int fd, int64_t bytes)
{
  while (bytes > 0) {
    ssize_t n = send(fd, buffer, (size_t)(bytes < MAX_SIZE ? bytes : MAX_SIZE), 0);

    if (n < 0)
      err(1, "cannot send");
    bytes -= n;
  }
}

static void await_line(void)
{
  int c;

  do {
    c = getchar();
  } while (c != '\n' && c != EOF);
}

/* The socket stays, for another connection. */
static void disconnect(int fd)
{
  const struct sockaddr none = {.sa_family = AF_UNSPEC};

  if (connect(fd, &none, sizeof none) < 0)
    err(1, "cannot disconnect");
}

/* Both directions are closed before the next connection is opened. */
static void transmit(const struct options *o, const char *address, const char *port)
{
  int fd = -1;

  for (int64_t i = 0; i < o->count; i++) {
    struct addrinfo *to;
    int fresh = open_socket(address, port, &to);

    if (fd < 0)
      fd = fresh;
    else
      close(fresh);
    if (connect(fd, to->ai_addr, to->ai_addrlen) < 0)
      err(1, "cannot connect to %s port %s", address, port);
    send_all(fd, o->bytes);
    if (o->same)
      await_line();
    shutdown(fd, SHUT_WR);
    take_all(fd);
    freeaddrinfo(to);
    if (o->same && i + 1 < o->count) {
      disconnect(fd);
      continue;
    }
    close(fd);
    fd = -1;
  }
  printf("sent connections=%lld bytes=%lld\n", (long long)o->count, (long long)o->count * (long long)o->bytes);
}

int main(int argc, char **argv)
{
  static const struct option table[] = {{"count", required_argument, NULL, 'c'},
                                        {"bytes", required_argument, NULL, 'b'},
                                        {"limit", required_argument, NULL, 'l'},
                                        {"same", no_argument, NULL, 's'},
                                        {0}};
  struct options o = {.count = 100, .bytes = 1000};
  unsigned int limit = 60;
  int c;

  while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
    switch (c) {
    case 'c':
      o.count = number("--count", optarg, 1, 1000000);
      break;
    case 'b':
      o.bytes = number("--bytes", optarg, 1, 1000000000);
      break;
    case 's':
      o.same = true;
      break;
    case 'l':
      limit = (unsigned int)number("--limit", optarg, 1, 3600);
      break;
    default:
      fputs(USAGE, stderr);
      return 2;
    }
  }
  argc -= optind;
  argv += optind;
  /* SIGALRM kills: nothing has to be tidied. */
  alarm(limit);
  if (argc == 2 && strcmp(argv[0], "receive") == 0) {
    receive(&o, argv[1]);
  } else if (argc == 3 && strcmp(argv[0], "send") == 0) {
    transmit(&o, argv[1], argv[2]);
  } else {
    fputs(USAGE, stderr);
    return 2;
  }
  return 0;
}
