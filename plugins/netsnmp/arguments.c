/* SPDX-License-Identifier: MIT */
#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_files.h"
#include "netsnmp.h"
#include "settings.h"

enum { OPTION_CHECK = 256 };

static void print_option(const char *name, const char *argument, const char *value)
{
  printf("  %-18s %s%s%s%s\n", name, argument, value[0] ? " (" : "", value, value[0] ? ")" : "");
}

static void print_help(void)
{
  size_t count;
  const struct wt_option *options = wt_options(&count);

  puts("usage: wiretruth-agentx [-f] [-A] [-c FILE[,FILE]...] [-g GROUP] [-i SECONDS] [-L LOGOPTION]... [-p FILE]\n"
       "                        [-u USER] [-x ADDRESS] [--check-config]\n"
       "\n"
       "Serves WIRETRUTH-MIB through a running snmpd (AgentX).\n"
       "\n"
       "  -A             append to log files; before -L\n"
       "  -c FILE        read FILE, or several with commas between, and not wiretruth.conf on Net-SNMP's search path\n"
       "  --check-config read the configuration, say what is wrong with it, and exit: 0 if nothing is, else 2\n"
       "  -f             stay in the foreground\n"
       "  -g GROUP       become this group\n"
       "  -h, --help     print this and exit\n"
       "  -i SECONDS     poll interval, " SETTINGS_POLL_INTERVAL_ARGUMENT "; wins over " SETTINGS_POLL_INTERVAL "\n"
       "  -L LOGOPTION   where to log, as for snmpd (default: e with -f, else s d):");
  snmp_log_options_usage("                   ", stdout);
  puts("  -p FILE        write the process ID to FILE\n"
       "  -u USER        become this user, and keep no right but those to capture\n"
       "  -v, --version  print the version and exit\n"
       "  -x ADDRESS     AgentX address of snmpd, for example unix:/var/agentx/master or tcp:localhost:705\n"
       "\n"
       "Options of wiretruth.conf, beside Net-SNMP's own such as agentXSocket and agentXPingInterval:\n");
  for (const struct settings_own *own = settings_own(); own->name; own++)
    print_option(own->name, own->argument, own->default_value);
  for (size_t i = 0; i < count; i++)
    print_option(options[i].name, options[i].argument, options[i].default_value);
}

static int usage(const char *what)
{
  fprintf(stderr, "wiretruth-agentx: %s; see wiretruth-agentx --help\n", what);
  return EXIT_USAGE;
}

static int refuse(const char *what, const char *file, int code)
{
  fprintf(stderr, "wiretruth-agentx: cannot %s %s: %s\n", what, file, strerror(code));
  return EXIT_USAGE;
}

/* Names have to be good for a daemon, too, whose directory is another one. */
static int take_files(char *list, struct arguments *arguments)
{
  struct wt_error error = {0};

  free(arguments->files);
  arguments->files = config_files_absolute(list, &error);
  if (arguments->files)
    return -1;
  fprintf(stderr, "wiretruth-agentx: %s\n", error.text);
  return EXIT_USAGE;
}

static int take_pid_file(const char *name, struct arguments *arguments)
{
  char directory[PATH_MAX] = "";

  free(arguments->pid_file);
  arguments->pid_file = NULL;
  if (name[0] != '/' && !getcwd(directory, sizeof(directory)))
    return refuse("find", "the directory", errno);
  if (asprintf(&arguments->pid_file, "%s%s%s", directory, directory[0] ? "/" : "", name) < 0) {
    arguments->pid_file = NULL;
    return refuse("take", name, ENOMEM);
  }
  return -1;
}

/* Net-SNMP says nothing of a file that it cannot open, and would open another one after a change of the directory. */
static int check_log_files(void)
{
  for (netsnmp_log_handler *handler = get_logh_head(); handler; handler = handler->next) {
    FILE *again;
    char *path;

    if (handler->type != NETSNMP_LOGHANDLER_FILE)
      continue;
    again = fopen(handler->token, "ae");
    path = again ? realpath(handler->token, NULL) : NULL;
    if (again)
      fclose(again);
    if (!path)
      return refuse("log to", handler->token, errno);
    free((void *)handler->token);
    handler->token = path;
  }
  return -1;
}

static int take_log(char *value, int argc, char **argv, struct arguments *arguments)
{
  arguments->log = true;
  /* What is wrong it prints itself. */
  if (snmp_log_options(value, argc, argv) < 0)
    return usage("-L takes a log option as snmpcmd(1) has them");
  return check_log_files();
}

static int take_interval(const char *value, struct arguments *arguments)
{
  struct wt_error error = {0};

  return settings_parse_interval(value, &arguments->interval, &error) ? usage(error.text) : -1;
}

static int take(int option, int argc, char **argv, struct arguments *arguments)
{
  switch (option) {
  case 'A':
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_APPEND_LOGFILES, 1);
    return -1;
  case 'c':
    return take_files(optarg, arguments);
  case OPTION_CHECK:
    arguments->check = true;
    return -1;
  case 'f':
    arguments->foreground = true;
    return -1;
  case 'g':
    arguments->group = optarg;
    return -1;
  case 'h':
    print_help();
    return EXIT_SUCCESS;
  case 'i':
    return take_interval(optarg, arguments);
  case 'L':
    return take_log(optarg, argc, argv, arguments);
  case 'p':
    return take_pid_file(optarg, arguments);
  case 'u':
    arguments->user = optarg;
    return -1;
  case 'v':
    puts("wiretruth-agentx " WT_VERSION);
    return EXIT_SUCCESS;
  case 'x':
    arguments->socket = optarg;
    return -1;
  default: /* getopt has said what is wrong */
    return EXIT_USAGE;
  }
}

int arguments_parse(int argc, char **argv, struct arguments *arguments)
{
  static const struct option long_options[] = {{"check-config", no_argument, NULL, OPTION_CHECK},
                                               {"help", no_argument, NULL, 'h'},
                                               {"version", no_argument, NULL, 'v'},
                                               {0}};
  int option, status = -1;

  snmp_log_syslogname("wiretruth-agentx");
  while (status < 0 && (option = getopt_long(argc, argv, "Ac:fg:hi:L:p:u:vx:", long_options, NULL)) != -1)
    status = take(option, argc, argv, arguments);
  if (status < 0 && optind != argc)
    status = usage("there are no arguments beside options");
  return status;
}

void arguments_free(struct arguments *arguments)
{
  free(arguments->files);
  free(arguments->pid_file);
  arguments->files = arguments->pid_file = NULL;
}
