/* SPDX-License-Identifier: MIT */
/*
 * The guard: a process that outlives a killed command and puts back what that changed. It is in a session of its own,
 * so that what ends a terminal's processes does not end it, and takes no signal that can be refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "validate.h"

enum { WATCHING = 'w', DONE = 'd' };

static void detach(void)
{
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  sigset_t all;

  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  setsid();
  (void)!chdir("/");
  /* Standard error stays: what it puts back, it tells. */
  if (null >= 0) {
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    close(null);
  }
}

enum news { ALL_DONE, COMMAND_ENDED, COMMAND_HANGS };

static enum news await_news(int fd, double patience)
{
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
  char word = 0;
  int ready;

  do
    ready = poll(&poll_fd, 1, (int)(patience * 1000));
  while (ready < 0 && errno == EINTR);
  if (ready == 0)
    return COMMAND_HANGS;
  return recv(fd, &word, 1, MSG_DONTWAIT) == 1 && word == DONE ? ALL_DONE : COMMAND_ENDED;
}

/* Without a record nothing was changed, or it has been put back. */
static void put_back(struct validate_store *store, struct validate_device *device, struct validate_watch *watch)
{
  struct validate_record record;

  if (validate_store_load(store, &record) == 0)
    validate_settle(device, watch, store, &record, "the command was killed or hangs, and its guard acts: ");
}

static void run(int fd, struct validate_store *store, int ifindex, double patience)
{
  const char word = WATCHING;
  struct validate_device device;
  struct validate_watch watch;
  enum news news;

  detach();
  /* Its own sockets: an answer that the command did not read is none of its. */
  if (validate_device_open(&device, ifindex) || !validate_watch_open(&watch, ifindex))
    return;
  if (send(fd, &word, 1, MSG_NOSIGNAL) != 1)
    return;
  news = await_news(fd, patience);
  if (news == ALL_DONE)
    return;
  put_back(store, &device, &watch);
  /* A command that lives has the lock still. */
  if (news == COMMAND_ENDED)
    validate_store_unlock(store);
}

static bool await_word(int fd)
{
  char word = 0;
  ssize_t length;

  do
    length = recv(fd, &word, 1, 0);
  while (length < 0 && errno == EINTR);
  return length == 1 && word == WATCHING;
}

bool validate_guard_start(struct validate_guard *guard, struct validate_store *store, int ifindex, double patience)
{
  int fds[2];

  *guard = (struct validate_guard){.fd = -1};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
    cli_say("cannot start the guard that would restore: %s", strerror(errno));
    return false;
  }
  guard->pid = fork();
  if (guard->pid == 0) {
    close(fds[0]);
    run(fds[1], store, ifindex, patience);
    _exit(0);
  }
  close(fds[1]);
  guard->fd = fds[0];
  if (guard->pid > 0 && await_word(guard->fd))
    return true;
  cli_say("cannot start the guard that would restore%s%s", guard->pid < 0 ? ": " : "",
          guard->pid < 0 ? strerror(errno) : "");
  validate_guard_end(guard);
  return false;
}

void validate_guard_end(struct validate_guard *guard)
{
  const char word = DONE;

  if (guard->fd >= 0) {
    (void)!send(guard->fd, &word, 1, MSG_NOSIGNAL);
    close(guard->fd);
  }
  if (guard->pid > 0)
    while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR)
      ;
  *guard = (struct validate_guard){.fd = -1};
}
