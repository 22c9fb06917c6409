/* SPDX-License-Identifier: MIT */
/*
 * Runs a command and says what the kernel counted for it and for all that it waited for: CPU time, and the most memory
 * that one of them had at a time. What the command prints is dropped.
 *
 *   spent COMMAND [ARGUMENT]...     prints "us= user= system= kib=", microseconds and KiB
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long long microseconds(struct timeval time)
{
  return (long long)time.tv_sec * 1000000 + time.tv_usec;
}

static void become(char **command)
{
  int null = open("/dev/null", O_RDWR);

  if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
    err(1, "cannot use /dev/null");
  execvp(command[0], command);
  err(1, "cannot run '%s'", command[0]);
}

int main(int argc, char **argv)
{
  struct rusage usage;
  int status;
  pid_t child;

  if (argc < 2)
    errx(2, "usage: spent COMMAND [ARGUMENT]...");
  child = fork();
  if (child < 0)
    err(1, "cannot fork");
  if (child == 0)
    become(argv + 1);
  if (wait4(child, &status, 0, &usage) < 0)
    err(1, "cannot wait for '%s'", argv[1]);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    errx(1, "'%s' ended with status %#x", argv[1], (unsigned int)status);
  printf("us=%lld user=%lld system=%lld kib=%ld\n", microseconds(usage.ru_utime) + microseconds(usage.ru_stime),
         microseconds(usage.ru_utime), microseconds(usage.ru_stime), usage.ru_maxrss);
  return 0;
}
