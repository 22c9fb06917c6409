/* SPDX-License-Identifier: MIT */
/* What the command lines of all commands have in common. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* Says why getopt_long gave '?' or ':'. */
static int reject(const char *command, int option, char **argv)
{
  const char *given = argv[optind - 1];

  if (option == ':')
    cli_say("option '%s' needs a value; 'wiretruth %s --help' tells which", given, command);
  else if (optopt >= CLI_LONG_OPTION)
    cli_say("option '%s' takes no value", given);
  else if (optopt)
    cli_say("unknown option '-%c'; 'wiretruth %s --help' lists the options", optopt, command);
  else
    cli_say("unknown or ambiguous option '%s'; 'wiretruth %s --help' lists the options", given, command);
  return CLI_USAGE;
}

/*
 * The value of an option that is true or false: what stands behind '=', else the next argument if it is such a word
 * (getopt leaves it), else "true".
 */
static const char *flag_value(int argc, char **argv)
{
  static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "1", "0"};

  if (optarg)
    return optarg;
  for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
    if (optind < argc && strcasecmp(argv[optind], words[i]) == 0)
      return argv[optind++];
  return "true";
}

int cli_parse_options(const char *command, int argc, char **argv, const struct option *table, cli_take_option *take,
                      void *options)
{
  int option, index = -1;

  optind = 0; /* starts getopt anew: main has been through the words before the command */
  opterr = 0;
  for (; (option = getopt_long(argc, argv, ":h", table, &index)) != -1; index = -1) {
    bool is_flag = index >= 0 && table[index].has_arg == optional_argument;
    int status;

    if (option == '?' || option == ':')
      return reject(command, option, argv);
    status = take(options, option, is_flag ? flag_value(argc, argv) : optarg);
    if (status)
      return status;
  }
  return 0;
}

int cli_parse_seconds(const char *option, const char *text, double low, double high, double *out)
{
  char *end = NULL;
  double seconds = strtod(text, &end);

  /* strtod also takes hexadecimal, "inf" and "nan", which no user means. */
  if (end == text || *end || strspn(text, "0123456789.eE+-") != strlen(text) || !(seconds >= low && seconds <= high)) {
    cli_say("%s takes seconds from %g to %g, not '%s'", option, low, high, text);
    return CLI_USAGE;
  }
  *out = seconds;
  return 0;
}

int cli_set_option(struct wt_config *config, const char *name, const char *value)
{
  struct wt_error error = {0};

  if (wt_config_set(config, name, value, &error) == 0)
    return 0;
  cli_say("%s", error.text);
  return CLI_USAGE;
}
