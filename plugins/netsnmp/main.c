/* SPDX-License-Identifier: MIT */
/* wiretruth-agentx: the process around the subagent. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <linux/capability.h>

#include "agent.h"
#include "module.h"
#include "netsnmp.h"
#include "settings.h"

/* As wiretruth(1) has them. */
enum { EXIT_USAGE = 2, EXIT_UNABLE = 3 };

static void print_help(void)
{
  size_t count;
  const struct wt_option *options = wt_options(&count);

  puts("usage: wiretruth-agentx [-f] [-c FILE] [-i SECONDS] [-L LOGOPTION] [-x ADDRESS]\n"
       "\n"
       "Serves WIRETRUTH-MIB through a running snmpd (AgentX). Stays in the foreground.\n"
       "\n"
       "  -c FILE       read FILE instead of wiretruth.conf on Net-SNMP's search path\n"
       "  -f            stay in the foreground; for those used to snmpd, as it always does\n"
       "  -h, --help    print this and exit\n"
       "  -i SECONDS    poll interval, " SETTINGS_POLL_INTERVAL_ARGUMENT "; wins over " SETTINGS_POLL_INTERVAL "\n"
       "  -L LOGOPTION  where to log, as for snmpd: e stderr (default), o stdout, s FACILITY, f FILE, n nowhere\n"
       "  -v, --version print the version and exit\n"
       "  -x ADDRESS    AgentX address of snmpd, for example unix:/var/agentx/master or tcp:localhost:705\n"
       "\n"
       "Options of wiretruth.conf, beside Net-SNMP's own such as agentXSocket and agentXPingInterval:\n");
  printf("  %-18s %s (%g)\n", SETTINGS_POLL_INTERVAL, SETTINGS_POLL_INTERVAL_ARGUMENT, SETTINGS_POLL_INTERVAL_DEFAULT);
  for (size_t i = 0; i < count; i++)
    printf("  %-18s %s%s%s%s\n", options[i].name, options[i].argument, options[i].default_value[0] ? " (" : "",
           options[i].default_value, options[i].default_value[0] ? ")" : "");
}

static int usage(const char *what)
{
  fprintf(stderr, "wiretruth-agentx: %s; see wiretruth-agentx --help\n", what);
  return EXIT_USAGE;
}

struct arguments {
  double interval; /* 0 if not given */
  bool log;
};

/* Returns -1 to go on, or the exit status. */
static int parse_arguments(int argc, char **argv, struct agent *agent, struct arguments *arguments)
{
  static const struct option long_options[] = {
      {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'}, {0}};
  struct wt_error error;
  int option;

  while ((option = getopt_long(argc, argv, "c:fhi:L:vx:", long_options, NULL)) != -1) {
    switch (option) {
    case 'c':
      agent->file = optarg;
      break;
    case 'f':
      break;
    case 'h':
      print_help();
      return EXIT_SUCCESS;
    case 'i':
      if (settings_parse_interval(optarg, &arguments->interval, &error) != 0)
        return usage(error.text);
      break;
    case 'L':
      if (snmp_log_options(optarg, argc, argv) < 0)
        return usage("-L takes a log option of Net-SNMP");
      arguments->log = true;
      break;
    case 'v':
      puts("wiretruth-agentx " WT_VERSION);
      return EXIT_SUCCESS;
    case 'x':
      agent->socket = optarg;
      break;
    default: /* getopt has said what is wrong */
      return EXIT_USAGE;
    }
  }
  if (optind != argc)
    return usage("there are no arguments beside options");
  if (agent->file && access(agent->file, R_OK) != 0) {
    fprintf(stderr, "wiretruth-agentx: cannot read %s: %s\n", agent->file, strerror(errno));
    return EXIT_USAGE;
  }
  return -1;
}

static void on_signal(int fd, void *context)
{
  struct signalfd_siginfo info;

  if (read(fd, &info, sizeof(info)) == sizeof(info))
    *(bool *)context = false;
}

/*
 * Signals that end the process arrive through a descriptor of the library's loop: a handler that sets a flag could
 * run between the loop's test of the flag and its wait.
 */
static int watch_signals(bool *running)
{
  sigset_t set;
  int fd;

  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
    return -1;
  fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd >= 0)
    register_readfd(fd, on_signal, running);
  return fd;
}

/* From the configuration to a registered MIB: 0, or the exit status. */
static int start(struct agent *agent, const struct arguments *arguments)
{
  struct wt_error error = {0};
  unsigned int complaints;

  if (module_init(arguments->interval) != 0) {
    snmp_log(LOG_ERR, "wiretruth: out of memory\n");
    return EXIT_UNABLE;
  }
  complaints = agent_read_config(agent);
  complaints += module_configured();
  if (complaints > 0) {
    snmp_log(LOG_ERR, "wiretruth: exiting because of the errors in the configuration\n");
    return EXIT_USAGE;
  }
  if (module_start(&agent->connected, NULL, &error) != 0) {
    snmp_log(LOG_ERR, "wiretruth: exiting: %s\n", error.text);
    return EXIT_UNABLE;
  }
  /* With it the AgentX socket is reached after a restart of snmpd, whichever user agentXPerms gave it to. */
  wt_drop_rights(UINT64_C(1) << CAP_DAC_OVERRIDE);
  agent_log_absence(agent);
  return 0;
}

int main(int argc, char **argv)
{
  struct agent agent = {0};
  struct arguments arguments = {0};
  bool running = true;
  int status = parse_arguments(argc, argv, &agent, &arguments);
  int signals;

  if (status >= 0)
    return status;
  if (!arguments.log)
    snmp_enable_stderrlog();
  signals = watch_signals(&running);
  if (signals < 0) {
    fprintf(stderr, "wiretruth-agentx: cannot watch signals: %s\n", strerror(errno));
    return EXIT_UNABLE;
  }
  agent_init(&agent);
  status = start(&agent, &arguments);
  while (status == 0 && running)
    agent_check_and_process(1);
  /* First the session: each part unregistered before that would be one more call to a master that may hang. */
  agent_shutdown(&agent);
  module_stop();
  close(signals);
  return status;
}
