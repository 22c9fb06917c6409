/* SPDX-License-Identifier: MIT */
/* The command line of watch. */
#include <math.h>
#include <string.h>

#include "watch.h"

#define INTERVAL_DEFAULT 1.0
#define INTERVAL_MIN     0.2
#define INTERVAL_MAX     60.0
/* A verdict is made of several windows. */
#define HORIZON_INTERVALS 10

enum { OPTION_INTERVAL = CLI_LONG_OPTION, OPTION_SORT, OPTION_HELP };

const char *watch_sort_name(enum watch_sort sort)
{
  static const char *const names[WATCH_SORTS] = {
      [WATCH_BY_NAME] = "name",
      [WATCH_BY_WIRE] = "wire",
      [WATCH_BY_DIVERGENCE] = "divergence",
      [WATCH_BY_SEGMENTS] = "segments",
  };

  return names[sort];
}

void watch_help(FILE *out)
{
  fprintf(out,
          "Usage: wiretruth watch [OPTION...] [INTERFACE...]\n"
          "\n"
          "Shows at a terminal, live, what check tells once: a line for each interface and direction,\n"
          "with the frames a second on the wire, what each signal shows of them and its verdict.\n"
          "INTERFACE is a name, or a POSIX extended regular expression between slashes; without any,\n"
          "every interface is observed. Press ? for the keys, q to end.\n"
          "\n"
          "Options:\n"
          "  --interval S\n"
          "        seconds between two readings (%g to %g; default %g)\n"
          "  --sort KEY\n"
          "        the order of lines: name (the default), wire, divergence or segments\n",
          INTERVAL_MIN, INTERVAL_MAX, INTERVAL_DEFAULT);
  core_options_help(out, "ten intervals");
  fprintf(out, "  -h, --help\n"
               "        show this help\n"
               "\n"
               "Exit status: 0 ended by q or a signal; 2 wrong usage, or no terminal; 3 could not observe.\n");
}

static int take_sort(const char *value, enum watch_sort *sort)
{
  for (enum watch_sort i = 0; i < WATCH_SORTS; i++) {
    if (strcmp(value, watch_sort_name(i)) == 0) {
      *sort = i;
      return 0;
    }
  }
  cli_say("--sort takes name, wire, divergence or segments, not '%s'", value);
  return CLI_USAGE;
}

static int take(void *into, int option, const char *value)
{
  struct watch_options *options = into;

  switch (option) {
  case OPTION_INTERVAL:
    return cli_parse_seconds("--interval", value, INTERVAL_MIN, INTERVAL_MAX, &options->interval);
  case OPTION_SORT:
    return take_sort(value, &options->sort);
  default:
    options->help = true;
    return 0;
  }
}

int watch_options_parse(int argc, char **argv, struct watch_options *options)
{
  static const struct option own[] = {
      {"interval", required_argument, NULL, OPTION_INTERVAL},
      {"sort", required_argument, NULL, OPTION_SORT},
      {"help", no_argument, NULL, OPTION_HELP},
  };
  char horizon[32];
  int status;

  *options = (struct watch_options){
      .interval = INTERVAL_DEFAULT,
      .core = {.command = "watch", .horizon = "ten intervals", .own = take, .own_options = options}};
  status = core_options_parse(&options->core, argc, argv, own, sizeof(own) / sizeof(own[0]));
  if (status || options->help)
    return status;
  status = core_options_finish(&options->core);
  if (status || core_options_given(&options->core, "Horizon"))
    return status;
  snprintf(horizon, sizeof(horizon), "%.9g", HORIZON_INTERVALS * options->interval);
  return cli_set_option(options->core.config, "Horizon", horizon);
}

void watch_options_free(struct watch_options *options)
{
  core_options_free(&options->core);
}
