/* SPDX-License-Identifier: MIT */
/*
 * Lets XDP take UDP frames off an interface before any tap sees them, until it is told to stop, and says how many there
 * were: the program's own count.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "xdp.skel.h"

#define LIMIT 120 /* seconds after which one that nobody stopped gives up */

static const char USAGE[] =
    "usage: xdp [--generic] [--port N] drop|tx INTERFACE\n"
    "       xdp [--generic] [--port N] redirect INTERFACE TARGET\n"
    "Acts on UDP over IPv4 to the port (9) until SIGTERM or SIGINT, then prints how many frames it acted on.\n"
    "  --generic  in the stack, after the driver, instead of in the driver\n";

static uint32_t action_of(const char *word)
{
  static const struct {
    const char *word;
    uint32_t action;
  } table[] = {{"drop", XDP_DROP}, {"tx", XDP_TX}, {"redirect", XDP_REDIRECT}};

  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    if (strcmp(word, table[i].word) == 0)
      return table[i].action;
  errx(2, "'%s' is none of drop, tx, redirect", word);
}

static unsigned int index_of(const char *name)
{
  unsigned int index = if_nametoindex(name);

  if (!index)
    err(1, "no interface '%s'", name);
  return index;
}

static uint16_t port_of(const char *text)
{
  char *end;
  unsigned long value = strtoul(text, &end, 10);

  if (end == text || *end || value < 1 || value > 65535)
    errx(2, "--port '%s' is no number from 1 to 65535", text);
  return (uint16_t)value;
}

static uint64_t sum(const struct xdp *xdp, uint32_t key)
{
  int cpus = libbpf_num_possible_cpus();
  uint64_t *values, total = 0;

  if (cpus < 1)
    errx(1, "cannot tell the number of CPUs");
  values = calloc((size_t)cpus, sizeof *values);
  if (!values || bpf_map_lookup_elem(bpf_map__fd(xdp->maps.tally), &key, values))
    err(1, "cannot read the count");
  for (int i = 0; i < cpus; i++)
    total += values[i];
  free(values);
  return total;
}

/* Blocked before the program is attached: it must not stay behind. */
static void block_signals(sigset_t *set)
{
  sigemptyset(set);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGALRM);
  sigprocmask(SIG_BLOCK, set, NULL);
  alarm(LIMIT);
}

int main(int argc, char **argv)
{
  static const struct option table[] = {
      {"generic", no_argument, NULL, 'g'}, {"port", required_argument, NULL, 'p'}, {0}};
  uint32_t flags = XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST;
  struct xdp *xdp = xdp__open();
  unsigned int index;
  sigset_t set;
  int c, signal_number = 0;

  if (!xdp)
    err(1, "cannot open the program");
  while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
    if (c == 'g') {
      flags = XDP_FLAGS_SKB_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST;
    } else if (c == 'p') {
      xdp->rodata->port = port_of(optarg);
    } else {
      fputs(USAGE, stderr);
      return 2;
    }
  }
  argv += optind;
  argc -= optind;
  if (argc < 2 || argc != (strcmp(argv[0], "redirect") == 0 ? 3 : 2)) {
    fputs(USAGE, stderr);
    return 2;
  }
  xdp->rodata->action = action_of(argv[0]);
  if (argc > 2)
    xdp->rodata->target = index_of(argv[2]);
  index = index_of(argv[1]);
  if (xdp__load(xdp))
    err(1, "cannot load the program");
  block_signals(&set);
  errno = -bpf_xdp_attach((int)index, bpf_program__fd(xdp->progs.act), flags, NULL);
  if (errno)
    err(1, "cannot attach to '%s'", argv[1]);
  puts("attached");
  fflush(stdout);
  sigwait(&set, &signal_number);
  /* An interface that is gone has taken it along. */
  bpf_xdp_detach((int)index, flags & ~XDP_FLAGS_UPDATE_IF_NOEXIST, NULL);
  printf("frames=%llu octets=%llu\n", (unsigned long long)sum(xdp, 0), (unsigned long long)sum(xdp, 1));
  xdp__destroy(xdp);
  if (signal_number == SIGALRM)
    errx(1, "nobody stopped it within %d s", LIMIT);
  return 0;
}
