/* SPDX-License-Identifier: MIT */
/* The signals that end a command early. */
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cli.h"

static void end_signals(sigset_t *set)
{
  sigemptyset(set);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGTERM);
}

int cli_stop_signals(void)
{
  sigset_t set;

  end_signals(&set);
  if (sigprocmask(SIG_BLOCK, &set, NULL))
    return -1;
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Also where a shell had them ignored. */
void cli_stop_end(int fd)
{
  struct signalfd_siginfo info;
  sigset_t set;

  (void)!read(fd, &info, sizeof(info));
  close(fd);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  end_signals(&set);
  sigprocmask(SIG_UNBLOCK, &set, NULL);
}
