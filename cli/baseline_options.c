/* SPDX-License-Identifier: MIT */
/* The command line of baseline. */
#include <string.h>

#include "baseline.h"

enum { OPTION_INTERFACE = CLI_LONG_OPTION, OPTION_IGNORE_SELECTED, OPTION_STRICT, OPTION_HELP };

static const char *const words[BASELINE_ACTIONS] = {
    [BASELINE_SAVE] = "save",
    [BASELINE_SHOW] = "show",
    [BASELINE_DIFF] = "diff",
};

void baseline_help(FILE *out)
{
  fputs("Usage: wiretruth baseline save|show|diff [OPTION...] [FILE]\n"
        "\n"
        "Records what interfaces are set to: offload features, MTU, limits of merged packets, driver\n"
        "and firmware, in a text file to read, edit and keep; and tells what has drifted from it.\n"
        "FILE is " WT_BASELINE_FILE " unless it is given.\n"
        "\n"
        "  save   records the present state; - writes it to standard output. Comments and interfaces\n"
        "         that are not selected are kept as they are in FILE\n"
        "  show   checks FILE and prints what it has recorded; - reads standard input\n"
        "  diff   prints what differs from FILE; - reads standard input\n"
        "\n"
        "Options:\n"
        "  --interface NAME\n"
        "        of this interface only, or of those that a POSIX extended regular expression\n"
        "        between slashes matches; may be given more than once\n"
        "  --ignore-selected[=VALUE]\n"
        "        of all interfaces but those; false: not\n"
        "  --strict\n"
        "        with diff: new and missing interfaces count as drift\n"
        "  -h, --help\n"
        "        show this help\n"
        "\n"
        "Exit status: 0 done, no drift; 1 drift; 2 wrong usage; 3 could not, for example as FILE is\n"
        "damaged.\n",
        out);
}

static int take(void *into, int option, const char *value)
{
  struct baseline_options *options = into;

  switch (option) {
  case OPTION_INTERFACE:
    options->selects = true;
    return cli_set_option(options->config, "Interface", value);
  case OPTION_IGNORE_SELECTED:
    return cli_set_option(options->config, "IgnoreSelected", value);
  case OPTION_STRICT:
    options->strict = true;
    return 0;
  default:
    options->help = true;
    return 0;
  }
}

static int parse_arguments(int count, char **arguments, struct baseline_options *options)
{
  if (count == 0) {
    cli_say("baseline takes save, show or diff");
    return CLI_USAGE;
  }
  options->action = BASELINE_SAVE;
  while (options->action < BASELINE_ACTIONS && strcmp(arguments[0], words[options->action]) != 0)
    options->action++;
  if (options->action == BASELINE_ACTIONS) {
    cli_say("baseline takes save, show or diff, not '%s'", arguments[0]);
    return CLI_USAGE;
  }
  if (count > 2) {
    cli_say("baseline %s takes one file, and not '%s' as well", arguments[0], arguments[2]);
    return CLI_USAGE;
  }
  if (count == 2 && !*arguments[1]) {
    cli_say("baseline %s takes the name of a file, not ''", arguments[0]);
    return CLI_USAGE;
  }
  if (options->strict && options->action != BASELINE_DIFF) {
    cli_say("option '--strict' belongs to baseline diff, not to baseline %s", arguments[0]);
    return CLI_USAGE;
  }
  if (options->selects && options->action == BASELINE_SHOW) {
    cli_say("option '--interface' belongs to baseline save and diff: show prints the whole file");
    return CLI_USAGE;
  }
  options->file = count == 2 ? arguments[1] : WT_BASELINE_FILE;
  return 0;
}

int baseline_options_parse(int argc, char **argv, struct baseline_options *options)
{
  static const struct option table[] = {
      {"interface", required_argument, NULL, OPTION_INTERFACE},
      {"ignore-selected", optional_argument, NULL, OPTION_IGNORE_SELECTED},
      {"strict", no_argument, NULL, OPTION_STRICT},
      {"help", no_argument, NULL, OPTION_HELP},
      {NULL, 0, NULL, 0},
  };
  int status;

  *options = (struct baseline_options){.config = wt_config_new()};
  if (!options->config) {
    cli_say("out of memory");
    return CLI_NOT_OBSERVED;
  }
  status = cli_parse_options("baseline", argc, argv, table, take, options);
  if (status || options->help)
    return status;
  return parse_arguments(argc - optind, argv + optind, options);
}

void baseline_options_free(struct baseline_options *options)
{
  wt_config_free(options->config);
}
