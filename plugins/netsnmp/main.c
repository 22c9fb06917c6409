/* SPDX-License-Identifier: MIT */
/* wiretruth-agentx: the process around the subagent. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <linux/capability.h>

#include "agent.h"
#include "arguments.h"
#include "module.h"
#include "netsnmp.h"
#include "process.h"

struct pending {
  bool end, reload;
};

static void on_hangup(int fd, void *context)
{
  struct pending *pending = context;
  struct signalfd_siginfo info;

  while (read(fd, &info, sizeof(info)) == sizeof(info))
    pending->reload = true;
}

static void on_end(int fd, void *context)
{
  struct pending *pending = context;
  uint64_t count;

  if (read(fd, &count, sizeof(count)) != sizeof(count))
    return;
  pending->end = true;
  /* One that is due would still be run, and try to connect: nothing would interrupt that a second time. */
  snmp_alarm_unregister_all();
}

static int end_fd = -1; /* a signal handler gets no context */

static void note_end(int signal_number)
{
  int before = errno;
  uint64_t one = 1;

  (void)signal_number;
  (void)!write(end_fd, &one, sizeof(one));
  errno = before;
}

/*
 * All signals arrive through descriptors of the library's loop: a handler that sets a flag could run between the loop's
 * test of the flag and its wait. Those that end the process have a handler beside that, since they have to interrupt
 * the library where it waits for a connection over TCP, for two minutes if nobody answers.
 */
static int watch_signals(struct pending *pending)
{
  const struct sigaction ends = {.sa_handler = note_end};
  sigset_t hangup;
  int fd;

  sigemptyset(&hangup);
  sigaddset(&hangup, SIGHUP);
  if (sigprocmask(SIG_BLOCK, &hangup, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
    return -1;
  fd = signalfd(-1, &hangup, SFD_CLOEXEC | SFD_NONBLOCK);
  end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0 || end_fd < 0 || sigaction(SIGTERM, &ends, NULL) || sigaction(SIGINT, &ends, NULL))
    return -1;
  register_readfd(fd, on_hangup, pending);
  register_readfd(end_fd, on_end, pending);
  return fd;
}

/* ---- configuration -------------------------------------------------------------------------------------------- */

static int read_config_of(struct agent *agent, const struct arguments *arguments)
{
  unsigned int complaints;

  if (module_init(arguments->interval) != 0) {
    snmp_log(LOG_ERR, "wiretruth: out of memory\n");
    return EXIT_UNABLE;
  }
  complaints = agent_read_config(agent);
  complaints += module_configured();
  return complaints > 0 ? EXIT_USAGE : 0;
}

static int check_config(struct agent *agent, const struct arguments *arguments)
{
  int status = read_config_of(agent, arguments);

  if (status == 0 && agent->found == 0)
    puts("wiretruth-agentx: there is no wiretruth.conf on Net-SNMP's search path: all is as by default");
  else if (status == 0)
    puts("wiretruth-agentx: the configuration has no mistakes");
  return status;
}

static bool take_config(unsigned int complaints)
{
  struct wt_error error = {0};
  int status = module_reload(complaints, &error);

  if (status)
    snmp_log(LOG_ERR, "wiretruth: the configuration stays as it was: %s\n", error.text);
  else
    snmp_log(LOG_INFO, "wiretruth: the configuration was read again\n");
  return status == 0;
}

/* As snmpd does with SIGHUP. Log files that were moved away are opened anew. */
static void reload(struct agent *agent)
{
  netsnmp_logging_restart();
  process_notify("RELOADING=1");
  if (module_reload_begin())
    snmp_log(LOG_ERR, "wiretruth: the configuration stays as it was: out of memory\n");
  else
    agent_read_again(agent, take_config);
  process_notify("READY=1");
}

/* ---- start ---------------------------------------------------------------------------------------------------- */

static void open_log(const struct arguments *arguments)
{
  char mistakes[] = "Ew"; /* what the library has to tell beside them is nothing to whoever has a file checked */

  if (arguments->check)
    snmp_log_options(mistakes, 0, NULL);
  if (arguments->log || arguments->check)
    return;
  if (!arguments->foreground)
    snmp_enable_syslog_ident("wiretruth-agentx", LOG_DAEMON);
  snmp_enable_stderrlog(); /* in the background until it is ready */
}

/*
 * All is open, and interfaces that appear need no right. A process of root's reaches the AgentX socket with one,
 * whichever user agentXPerms gave it to; one of another user by its group.
 */
static void give_up_rights(void)
{
  struct wt_error error = {0};

  if (module_give_up_rights(geteuid() == 0 ? UINT64_C(1) << CAP_DAC_OVERRIDE : 0, &error))
    snmp_log(LOG_WARNING, "wiretruth: the rights to capture are kept: %s\n", error.text);
}

/* From the configuration to a registered MIB: 0, or the exit status. */
static int start(struct agent *agent, const struct arguments *arguments, int *pid)
{
  struct wt_error error = {0};
  int status = process_open_pid(arguments->pid_file, pid, &error);

  if (!status && (arguments->user || arguments->group))
    status = process_become(arguments->user, arguments->group, &error);
  if (status) {
    snmp_log(LOG_ERR, "wiretruth: exiting: %s\n", error.text);
    return EXIT_UNABLE;
  }
  status = read_config_of(agent, arguments);
  if (status == EXIT_USAGE)
    snmp_log(LOG_ERR, "wiretruth: exiting because of the errors in the configuration\n");
  if (status)
    return status;
  if (module_start(&agent->connected, NULL, &error) != 0) {
    snmp_log(LOG_ERR, "wiretruth: exiting: %s\n", error.text);
    return EXIT_UNABLE;
  }
  give_up_rights();
  process_write_pid(*pid);
  agent_log_absence(agent);
  return 0;
}

static void serve(struct agent *agent, struct pending *pending)
{
  process_notify("READY=1");
  while (!pending->end) {
    agent_log_refusal(agent);
    agent_check_and_process(1);
    if (pending->reload && !pending->end)
      reload(agent);
    pending->reload = false;
  }
  process_notify("STOPPING=1");
}

static int run(struct agent *agent, const struct arguments *arguments)
{
  struct pending pending = {0};
  struct wt_error error = {0};
  int status, signals, report = -1, pid = -1;

  if (!arguments->foreground && !arguments->check && process_detach(&report, &error)) {
    fprintf(stderr, "wiretruth-agentx: %s\n", error.text);
    return EXIT_UNABLE;
  }
  open_log(arguments);
  signals = watch_signals(&pending);
  if (signals < 0) {
    fprintf(stderr, "wiretruth-agentx: cannot watch signals: %s\n", strerror(errno));
    return EXIT_UNABLE;
  }
  agent_init(agent);
  status = arguments->check ? check_config(agent, arguments) : start(agent, arguments, &pid);
  if (status == 0 && !arguments->check) {
    if (report >= 0)
      process_report(report, status, arguments->log && snmp_stderrlog_status());
    serve(agent, &pending);
  }
  /* First the session: each part unregistered before that would be one more call to a master that may hang. */
  agent_shutdown(agent);
  module_stop();
  process_remove_pid(arguments->pid_file, pid);
  close(signals);
  return status;
}

int main(int argc, char **argv)
{
  struct agent agent = {0};
  struct arguments arguments = {0};
  int status = arguments_parse(argc, argv, &arguments);

  if (status < 0) {
    agent.socket = arguments.socket;
    agent.files = arguments.files;
    agent.check = arguments.check;
    status = run(&agent, &arguments);
  }
  arguments_free(&arguments);
  return status;
}
