/* SPDX-License-Identifier: MIT */
/* The command line of validate. */
#include <stdlib.h>
#include <string.h>

#include "validate.h"

#define DURATION_DEFAULT 3.0
#define DURATION_MIN     0.1
#define DURATION_MAX     3600.0

enum { OPTION_TURN_OFF = CLI_LONG_OPTION, OPTION_DURATION, OPTION_JSON, OPTION_YES, OPTION_RESTORE };

void validate_help(FILE *out)
{
  fprintf(out,
          "Usage: wiretruth validate [OPTION...] INTERFACE\n"
          "       wiretruth validate --restore\n"
          "\n"
          "The experiment: measures the traffic that is there, turns offloads of the interface off,\n"
          "measures again, restores what was, and tells which signals moved and whether they agree now.\n"
          "This is the only command that changes anything. It restores also when it is interrupted or\n"
          "killed, for which a second process stands guard.\n"
          "\n"
          "Options:\n"
          "  --turn-off NAME,...\n"
          "        what to turn off, by ethtool's names (gro, tso, gso, lro, sg, ...) or the kernel's\n"
          "        (rx-gro-hw, ...); default: what is on of gro, rx-gro-hw, lro, tso, gso and\n"
          "        tx-udp-segmentation\n"
          "  --duration S\n"
          "        measure for S seconds, twice (%g to %g; default %g)\n"
          "  --yes\n"
          "        don't ask; needed where there is no terminal to ask on\n"
          "  --json\n"
          "        print the result as JSON\n"
          "  --restore\n"
          "        restore what a run left that was killed together with its guard\n"
          "  -h, --help\n"
          "        show this help\n"
          "\n"
          "Exit status: 0 done; 2 wrong usage; 3 could not, or could not restore.\n",
          DURATION_MIN, DURATION_MAX, DURATION_DEFAULT);
}

static int take(void *into, int option, const char *value)
{
  struct validate_options *options = into;

  switch (option) {
  case OPTION_TURN_OFF:
    options->turn_off = value;
    return 0;
  case OPTION_DURATION:
    return cli_parse_seconds("--duration", value, DURATION_MIN, DURATION_MAX, &options->duration);
  case OPTION_JSON:
    options->json = true;
    return 0;
  case OPTION_YES:
    options->yes = true;
    return 0;
  case OPTION_RESTORE:
    options->restore = true;
    return 0;
  default:
    options->help = true;
    return 0;
  }
}

static int take_arguments(int argc, char **argv, struct validate_options *options)
{
  if (options->help)
    return 0;
  if (options->restore && optind < argc) {
    cli_say("--restore takes no interface, but '%s' was given: it restores all that was left", argv[optind]);
    return CLI_USAGE;
  }
  if (!options->restore && argc - optind != 1) {
    cli_say("validate takes one interface, not %d; 'wiretruth validate --help' tells more", argc - optind);
    return CLI_USAGE;
  }
  options->interface = argv[optind];
  return 0;
}

int validate_options_parse(int argc, char **argv, struct validate_options *options)
{
  static const struct option table[] = {
      {"turn-off", required_argument, NULL, OPTION_TURN_OFF},
      {"duration", required_argument, NULL, OPTION_DURATION},
      {"json", no_argument, NULL, OPTION_JSON},
      {"yes", no_argument, NULL, OPTION_YES},
      {"restore", no_argument, NULL, OPTION_RESTORE},
      {"help", no_argument, NULL, 'h'},
      {NULL, 0, NULL, 0},
  };
  int status;

  *options = (struct validate_options){.duration = DURATION_DEFAULT};
  status = cli_parse_options("validate", argc, argv, table, take, options);
  return status ? status : take_arguments(argc, argv, options);
}
