/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"

enum { TEXT = 16384 }; /* a hundred lines of 60 characters at most, and room to grow */

static void forget(struct wt_ipv6_counter *counter)
{
  *counter = (struct wt_ipv6_counter){WT_UNKNOWN, WT_UNKNOWN};
}

static void add(uint64_t *total, uint64_t count)
{
  uint64_t before = wt_known(*total) ? *total : 0;

  *total = count < WT_UNKNOWN - before ? before + count : WT_UNKNOWN;
}

/* The figure that the line has under this name. */
static bool line_has(const char *line, size_t length, const char *name, uint64_t *count)
{
  size_t name_length = strlen(name);
  const char *value = line + name_length;
  uint64_t sum = 0;

  if (length <= name_length || strncmp(line, name, name_length) != 0 || (*value != ' ' && *value != '\t'))
    return false;
  while (value < line + length && (*value == ' ' || *value == '\t'))
    value++;
  if (value == line + length)
    return false;
  for (; value < line + length; value++) {
    unsigned int digit = (unsigned int)(*value - '0');

    if (digit > 9 || __builtin_mul_overflow(sum, 10, &sum) || __builtin_add_overflow(sum, digit, &sum))
      return false;
  }
  *count = sum;
  return true;
}

int wt_ipv6_parse(const char *text, int ifindex, struct wt_ipv6_counter *counter)
{
  static const char *const in_segments[] = {"Ip6InNoECTPkts", "Ip6InECT1Pkts", "Ip6InECT0Pkts", "Ip6InCEPkts"};
  const char *line = text, *end;
  bool expected = false;
  uint64_t count;

  forget(counter);
  /* A line that does not end is one that was cut: its figure may go on. */
  for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
    size_t length = (size_t)(end - line);

    if (line_has(line, length, "ifIndex", &count))
      expected = count == (uint64_t)ifindex;
    else if (line_has(line, length, "Ip6OutRequests", &count))
      counter->out_packets = count;
    else
      for (size_t i = 0; i < sizeof(in_segments) / sizeof(in_segments[0]); i++)
        if (line_has(line, length, in_segments[i], &count))
          add(&counter->in_segments, count);
  }
  if (expected)
    return 0;
  forget(counter);
  return -ENODEV;
}

int wt_ipv6_read(const char *name, int ifindex, struct wt_ipv6_counter *counter)
{
  char path[64], text[TEXT];
  size_t length = 0;
  ssize_t more;
  int fd;

  forget(counter);
  /* thread-self and not self: a thread may have entered another namespace than its process. */
  snprintf(path, sizeof(path), "/proc/thread-self/net/dev_snmp6/%.*s", IFNAMSIZ, name);
  fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -errno;
  while ((more = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
    length += (size_t)more;
  if (more < 0)
    more = -errno;
  close(fd);
  if (more < 0)
    return (int)more;
  text[length] = '\0';
  return wt_ipv6_parse(text, ifindex, counter);
}
