/* SPDX-License-Identifier: MIT */
/*
 * Runs a command and writes to a file what the kernel counted for it and for all that it waited for: CPU time, and the
 * most memory that one of them had at a time.
 *
 *   spent FILE COMMAND [ARGUMENT]...     "us= user= system= kib=", microseconds and KiB
 */
#include <err.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long long microseconds(struct timeval time)
{
  return (long long)time.tv_sec * 1000000 + time.tv_usec;
}

int main(int argc, char **argv)
{
  struct rusage usage;
  int status;
  FILE *file;
  pid_t child;

  if (argc < 3)
    errx(2, "usage: spent FILE COMMAND [ARGUMENT]...");
  file = fopen(argv[1], "we");
  if (!file)
    err(1, "cannot write '%s'", argv[1]);
  child = fork();
  if (child < 0)
    err(1, "cannot fork");
  if (child == 0) {
    execvp(argv[2], argv + 2);
    err(1, "cannot run '%s'", argv[2]);
  }
  if (wait4(child, &status, 0, &usage) < 0)
    err(1, "cannot wait for '%s'", argv[2]);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    errx(1, "'%s' ended with status %#x", argv[2], (unsigned int)status);
  fprintf(file, "us=%lld user=%lld system=%lld kib=%ld\n", microseconds(usage.ru_utime) + microseconds(usage.ru_stime),
          microseconds(usage.ru_utime), microseconds(usage.ru_stime), usage.ru_maxrss);
  if (fclose(file))
    err(1, "cannot write '%s'", argv[1]);
  return 0;
}
