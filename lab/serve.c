/* SPDX-License-Identifier: MIT */
/*
 * A peer that speaks just enough HTTP to be a bad one, or one behind a Unix socket:
 *
 *   serve ADDRESS MODE [FILE]
 *
 * ADDRESS is unix:PATH, or a port of 127.0.0.1 (0: any). MODE: file (answers with what is in FILE at that moment), page
 * (HTML), error (status 500), refuse (status 401, and repeats the question), redirect (to FILE), silent (takes the
 * question and never answers), endless (an exposition without end), bomb (a line without end), cut (ends in the middle
 * of what it announced), raw (what is in FILE and nothing else, header and all), slow (an octet of FILE every second).
 * Prints "listening port=N", and "asked N" for each question.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { MOST = 32 };

static const char ok[] = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain; version=0.0.4\r\n";

struct peer {
  const char *mode, *file;
  int silent[MOST]; /* kept open */
  size_t silent_count;
  unsigned long asked;
};

static int listen_unix(const char *path)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
  return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, 8) == 0 ? fd : -1;
}

static int listen_tcp(const char *port)
{
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((in_port_t)strtoul(port, NULL, 10)),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(address);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
      bind(fd, (struct sockaddr *)&address, size) || listen(fd, 8) ||
      getsockname(fd, (struct sockaddr *)&address, &size))
    return -1;
  printf("listening port=%u\n", ntohs(address.sin_port));
  return fd;
}

static bool say(int fd, const char *text, size_t length)
{
  while (length > 0) {
    ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);

    if (sent <= 0)
      return false;
    text += sent;
    length -= (size_t)sent;
  }
  return true;
}

static bool say_text(int fd, const char *text)
{
  return say(fd, text, strlen(text));
}

static void answer_file(int fd, const char *name)
{
  char data[65536];
  FILE *file = fopen(name, "r");
  size_t length;

  say_text(fd, ok);
  say_text(fd, "\r\n");
  while (file && (length = fread(data, 1, sizeof(data), file)) > 0 && say(fd, data, length))
    ;
  if (file)
    fclose(file);
}

/* As long as somebody takes it, an octet every so many seconds. */
static void answer_raw(int fd, const char *name, unsigned int pause)
{
  FILE *file = fopen(name, "r");
  char data[65536];
  size_t length;

  while (file && (length = fread(data, 1, pause ? 1 : sizeof(data), file)) > 0 && say(fd, data, length))
    sleep(pause);
  if (file)
    fclose(file);
}

/* As long as somebody takes it. */
static void answer_without_end(int fd, const char *text)
{
  say_text(fd, ok);
  say_text(fd, "\r\n");
  while (say_text(fd, text))
    ;
}

static void answer_redirect(int fd, const char *target)
{
  char text[512];

  snprintf(text, sizeof(text), "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
           target ? target : "/");
  say_text(fd, text);
}

/* As a peer that is no friend: what it was asked with comes back. */
static void answer_refusal(int fd, const char *question)
{
  char text[8192];

  snprintf(text, sizeof(text),
           "HTTP/1.1 401 %.*s\r\nConnection: close\r\nWWW-Authenticate: Basic realm=\"%.*s\"\r\n\r\n%s\n",
           (int)strcspn(question, "\r\n"), question, (int)strcspn(question, "\r\n"), question, question);
  say_text(fd, text);
}

static void answer(struct peer *peer, int fd, const char *question)
{
  if (strcmp(peer->mode, "file") == 0) {
    answer_file(fd, peer->file);
  } else if (strcmp(peer->mode, "raw") == 0 || strcmp(peer->mode, "slow") == 0) {
    answer_raw(fd, peer->file, strcmp(peer->mode, "slow") == 0);
  } else if (strcmp(peer->mode, "redirect") == 0) {
    answer_redirect(fd, peer->file);
  } else if (strcmp(peer->mode, "endless") == 0) {
    answer_without_end(fd,
                       "node_network_receive_packets_total{device=\"eth0\"} 1 2\n# and so on, and so on, and so on\n");
  } else if (strcmp(peer->mode, "bomb") == 0) {
    answer_without_end(fd, "node_network_receive_packets_total");
  } else if (strcmp(peer->mode, "page") == 0) {
    say_text(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<html><body>hello</body></html>\n");
  } else if (strcmp(peer->mode, "error") == 0) {
    say_text(fd, "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\nsomething is wrong\n");
  } else if (strcmp(peer->mode, "refuse") == 0) {
    answer_refusal(fd, question);
  } else if (strcmp(peer->mode, "cut") == 0) {
    say_text(fd, ok);
    say_text(fd, "Content-Length: 1000\r\n\r\nnode_network_receive_packets_total{device=\"tso0\"} 1\n");
  }
}

static void serve_one(struct peer *peer, int fd)
{
  char question[4096] = "";

  if (recv(fd, question, sizeof(question) - 1, 0) <= 0) {
    close(fd);
    return;
  }
  printf("asked %lu\n", ++peer->asked);
  if (strcmp(peer->mode, "silent") == 0 && peer->silent_count < MOST) {
    peer->silent[peer->silent_count++] = fd;
    return;
  }
  answer(peer, fd, question);
  close(fd);
}

int main(int argc, char **argv)
{
  struct peer peer = {0};
  int fd;

  if (argc < 3)
    return 2;
  setvbuf(stdout, NULL, _IOLBF, 0);
  peer.mode = argv[2];
  peer.file = argc > 3 ? argv[3] : NULL;
  fd = strncmp(argv[1], "unix:", 5) == 0 ? listen_unix(argv[1] + 5) : listen_tcp(argv[1]);
  if (fd < 0) {
    perror("serve");
    return 1;
  }
  if (strncmp(argv[1], "unix:", 5) == 0)
    printf("listening port=0\n");
  for (;;) {
    int client = accept(fd, NULL, NULL);

    if (client >= 0)
      serve_one(&peer, client);
  }
}
