/* SPDX-License-Identifier: MIT */
/*
 * Has the kernel measure eBPF programs while this one runs, by a descriptor (BPF_ENABLE_STATS): nothing is set that
 * would stay. The clock that it reads around each run is part of what it tells, so an empty program is attached to all
 * interfaces as well, to see how large that part is.
 *
 *   empty [--unmeasured]      prints "ready"; on SIGTERM "ns= runs=" of the empty program
 *
 * With --unmeasured there is the program alone: what each packet costs that passes a capture point at all.
 */
#include <arpa/inet.h>
#include <err.h>
#include <linux/if_ether.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <linux/bpf.h>

static void on_signal(int signal_number)
{
  (void)signal_number;
}

/* Refuses every packet, as wiretruth's own does. */
static int load(void)
{
  const struct bpf_insn refuse[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
                                    {.code = BPF_JMP | BPF_EXIT}};
  int program = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "empty", "MIT", refuse, 2, NULL);

  if (program < 0)
    err(1, "cannot load an empty program");
  return program;
}

static void attach(int program)
{
  int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)) < 0)
    err(1, "cannot attach an empty program");
}

int main(int argc, char **argv)
{
  bool measured = argc < 2 || strcmp(argv[1], "--unmeasured") != 0;
  struct sigaction action = {.sa_handler = on_signal};
  struct bpf_prog_info info = {0};
  unsigned int size = sizeof(info);
  int program;

  sigaction(SIGTERM, &action, NULL);
  if (measured && bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
    err(1, "cannot have programs measured");
  program = load();
  attach(program);
  puts("ready");
  fflush(stdout);
  pause();
  if (bpf_obj_get_info_by_fd(program, &info, &size) < 0)
    err(1, "cannot tell what it ran");
  printf("ns=%llu runs=%llu\n", (unsigned long long)info.run_time_ns, (unsigned long long)info.run_cnt);
  return 0;
}
