/* SPDX-License-Identifier: MIT */
/* wiretruth: finds the command and runs it. */
#include <getopt.h>
#include <signal.h>
#include <string.h>

#include "cli.h"

static const struct cli_command commands[] = {
    {"check", "observe interfaces for a while, then say which signals misreport", check_run},
    {"watch", "the same live at a terminal, one line an interface and direction", watch_run},
    {"validate", "turn offloads off for a moment, and see whether the signals meet", validate_run},
    {"read", "tell what a capture file cannot show, and where it was taken", read_run},
    {"baseline", "record what interfaces are set to, and tell what has drifted from it", baseline_run},
    {"compare", "see the same traffic at two points, and tell where they part and why", compare_run},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
  struct cli_page page;

  if (!cli_page_open(&page))
    return CLI_NOT_OBSERVED;
  fprintf(page.file, "Usage: wiretruth COMMAND [OPTION...]\n"
                     "\n"
                     "Tells how many frames the traffic of an interface stands for on the wire, and which\n"
                     "instrument misreports them while GRO, LRO, TSO or another offload is active.\n"
                     "\n"
                     "Commands:\n");
  for (size_t i = 0; i < COMMANDS; i++)
    fprintf(page.file, "  %-10s %s\n", commands[i].name, commands[i].summary);
  fprintf(page.file, "\n"
                     "Options:\n"
                     "  -h, --help       show this help\n"
                     "  -V, --version    show the version\n"
                     "\n"
                     "'wiretruth COMMAND --help' tells the options of a command; wiretruth(1) has the whole story.\n");
  return cli_page_close(&page, CLI_OBSERVED);
}

static int version(void)
{
  struct cli_page page;

  if (!cli_page_open(&page))
    return CLI_NOT_OBSERVED;
  fprintf(page.file, "wiretruth %s\n", WT_VERSION);
  return cli_page_close(&page, CLI_OBSERVED);
}

static int run_command(int argc, char **argv)
{
  for (size_t i = 0; i < COMMANDS; i++)
    if (strcmp(argv[0], commands[i].name) == 0)
      return commands[i].run(argc, argv);
  cli_say("unknown command '%s'; 'wiretruth --help' lists the commands", argv[0]);
  return CLI_USAGE;
}

int main(int argc, char **argv)
{
  static const struct option options[] = {
      {"help", no_argument, NULL, 'h'},
      {"version", no_argument, NULL, 'V'},
      {NULL, 0, NULL, 0},
  };
  int option;

  cli_protect_streams();
  /* A reader that goes away early is a write error with a sentence and an exit code, not a silent death. */
  signal(SIGPIPE, SIG_IGN);
  opterr = 0;
  /* '+': what follows the command is the command's. */
  option = getopt_long(argc, argv, "+hV", options, NULL);
  if (option == 'h')
    return help();
  if (option == 'V')
    return version();
  if (option != -1) {
    cli_say("unknown option '%s'; 'wiretruth --help' lists the options", argv[1]);
    return CLI_USAGE;
  }
  if (optind == argc) {
    cli_say("no command given; 'wiretruth --help' lists the commands");
    return CLI_USAGE;
  }
  return run_command(argc - optind, argv + optind);
}
