/* SPDX-License-Identifier: MIT */
/* The command line of check. */
#include "check.h"

#define DURATION_DEFAULT 3.0
#define DURATION_MIN     0.1
#define DURATION_MAX     86400.0

enum { OPTION_DURATION = CLI_LONG_OPTION, OPTION_JSON, OPTION_FAIL_ON, OPTION_HELP };

void check_help(FILE *out)
{
  fprintf(out,
          "Usage: wiretruth check [OPTION...] [INTERFACE...]\n"
          "\n"
          "Observes interfaces for a while, then tells how many frames their traffic stands for on\n"
          "the wire and which signals agree with that. INTERFACE is a name, or a POSIX extended\n"
          "regular expression between slashes; without any, every interface is observed.\n"
          "\n"
          "Options:\n"
          "  --duration S\n"
          "        observe for S seconds (%g to %g; default %g); Ctrl-C ends it early\n"
          "  --json\n"
          "        print the report as JSON\n"
          "  --fail-on SIGNAL,...\n"
          "        exit with 1 if one of these misreports: counter, capture, series\n",
          DURATION_MIN, DURATION_MAX, DURATION_DEFAULT);
  core_options_help(out, NULL);
  fprintf(out, "  -h, --help\n"
               "        show this help\n"
               "\n"
               "Exit status: 0 observed; 1 a signal of --fail-on misreports; 2 wrong usage; 3 could not\n"
               "observe.\n");
}

static int take(void *into, int option, const char *value)
{
  struct check_options *options = into;

  switch (option) {
  case OPTION_DURATION:
    return cli_parse_seconds("--duration", value, DURATION_MIN, DURATION_MAX, &options->duration);
  case OPTION_JSON:
    options->json = true;
    return 0;
  case OPTION_FAIL_ON:
    return cli_signals_parse(value, &options->fail_on) ? 0 : CLI_USAGE;
  default:
    options->help = true;
    return 0;
  }
}

int check_options_parse(int argc, char **argv, struct check_options *options)
{
  static const struct option own[] = {
      {"duration", required_argument, NULL, OPTION_DURATION},
      {"json", no_argument, NULL, OPTION_JSON},
      {"fail-on", required_argument, NULL, OPTION_FAIL_ON},
      {"help", no_argument, NULL, OPTION_HELP},
  };
  char horizon[32];
  int status;

  *options = (struct check_options){.duration = DURATION_DEFAULT,
                                    .core = {.command = "check", .own = take, .own_options = options}};
  status = core_options_parse(&options->core, argc, argv, own, sizeof(own) / sizeof(own[0]));
  if (status || options->help)
    return status;
  status = core_options_finish(&options->core);
  if (status)
    return status;
  snprintf(horizon, sizeof(horizon), "%.9g", options->duration);
  return cli_set_option(options->core.config, "Horizon", horizon);
}

void check_options_free(struct check_options *options)
{
  core_options_free(&options->core);
}
