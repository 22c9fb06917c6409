/* SPDX-License-Identifier: MIT */
/*
 * UDP at a steady pace until it is told to stop, whatever becomes of the interface meanwhile: what cannot be sent is
 * left out. Each write is some datagrams of one size, which the kernel is asked to cut (UDP_SEGMENT), so that the
 * number of frames is known here and not from any mark of a packet. Nobody has to receive it.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <signal.h>
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

#define MAX_SIZE 65000
#define HEADERS  42 /* octets of a frame before its payload: Ethernet, IPv4, UDP */

static const char USAGE[] = "usage: stream [OPTION]... ADDRESS\n"
                            "  --segments N     datagrams of each write (20)\n"
                            "  --size N         octets of each (1000)\n"
                            "  --pause N        microseconds between two writes (2000)\n"
                            "  --limit SECONDS  end after that time (60)\n"
                            "Sends to port 9 until SIGTERM, SIGINT or the limit, then prints a line of figures.\n";

static volatile sig_atomic_t stopped;

static void on_signal(int signal_number)
{
  stopped = signal_number;
}

int main(int argc, char **argv)
{
  static const struct option table[] = {{"segments", required_argument, NULL, 'n'},
                                        {"size", required_argument, NULL, 's'},
                                        {"pause", required_argument, NULL, 'p'},
                                        {"limit", required_argument, NULL, 'l'},
                                        {0}};
  static char data[MAX_SIZE];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
  struct sigaction action = {.sa_handler = on_signal};
  struct timespec pause = {.tv_nsec = 2000000};
  long segments = 20, size = 1000, limit = 60;
  unsigned long long writes = 0, refused = 0;
  int fd, c;

  while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
    if (c == 'n') {
      segments = number("--segments", optarg, 1, 60);
    } else if (c == 's') {
      size = number("--size", optarg, 1, 9000);
    } else if (c == 'p') {
      pause.tv_nsec = number("--pause", optarg, 0, 999999) * 1000;
    } else if (c == 'l') {
      limit = number("--limit", optarg, 1, 3600);
    } else {
      fputs(USAGE, stderr);
      return 2;
    }
  }
  if (argc - optind != 1 || segments * size > MAX_SIZE) {
    fputs(USAGE, stderr);
    return 2;
  }
  if (inet_pton(AF_INET, argv[optind], &to.sin_addr) != 1)
    errx(2, "'%s' is no IPv4 address", argv[optind]);
  fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0)
    err(1, "cannot open a socket");
  if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &(int){(int)size}, sizeof(int)) < 0)
    err(1, "cannot set UDP_SEGMENT");
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGALRM, &action, NULL);
  alarm((unsigned int)limit);
  puts("ready");
  fflush(stdout);
  while (!stopped) {
    if (sendto(fd, data, (size_t)(segments * size), 0, (struct sockaddr *)&to, sizeof to) > 0)
      writes++;
    else
      refused++;
    nanosleep(&pause, NULL);
  }
  printf("sent frames=%llu octets=%llu writes=%llu refused=%llu\n", writes * (unsigned long long)segments,
         writes * (unsigned long long)(segments * (size + HEADERS)), writes, refused);
  return 0;
}
