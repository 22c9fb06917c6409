/* SPDX-License-Identifier: MIT */
/* The command line of check. The core's options come from the core's table: a new one is here without a line of code.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define DURATION_DEFAULT 3.0
#define DURATION_MIN     0.1
#define DURATION_MAX     86400.0

enum {
  OPTION_DURATION = CLI_LONG_OPTION,
  OPTION_JSON,
  OPTION_FAIL_ON,
  OPTION_HELP,
  OPTION_CORE, /* and up: the core's options by their index */
};

#define OPTION_NAME_SIZE 64

/* Interface is what the arguments are, Horizon is what --duration sets. */
static bool is_offered(const struct wt_option *option)
{
  return strcmp(option->name, "Interface") != 0 && strcmp(option->name, "Horizon") != 0;
}

/* Somebody who asks for seconds of measuring wants all of them. */
static const char *default_of(const struct wt_option *option)
{
  return strcmp(option->name, "CPUBudget") == 0 ? "100" : option->default_value;
}

/* A bare --application means true. */
static bool is_flag(const struct wt_option *option)
{
  return strcmp(option->argument, "true or false") == 0;
}

/* "SamplesPerInterval" as "samples-per-interval". */
static void option_name(const char *name, char out[OPTION_NAME_SIZE])
{
  size_t length = 0;

  for (size_t i = 0; name[i] && length < OPTION_NAME_SIZE - 2; i++) {
    bool starts_word = i > 0 && isupper((unsigned char)name[i]) &&
                       (!isupper((unsigned char)name[i - 1]) || islower((unsigned char)name[i + 1]));

    if (starts_word)
      out[length++] = '-';
    out[length++] = (char)tolower((unsigned char)name[i]);
  }
  out[length] = '\0';
}

/* ---- help ---- */

static void help_text(FILE *out, const char *text)
{
  const size_t indent = 8, width = 80;
  size_t column = 0;

  while (*text) {
    size_t word = strcspn(text, " ");

    if (column > 0 && column + 1 + word > width) {
      fputc('\n', out);
      column = 0;
    }
    column += (size_t)fprintf(out, "%*s%.*s", (int)(column ? 1 : indent), "", (int)word, text);
    text += word;
    text += strspn(text, " ");
  }
  fputc('\n', out);
}

static void help_core(FILE *out)
{
  size_t count;
  const struct wt_option *options = wt_options(&count);

  for (size_t i = 0; i < count; i++) {
    char name[OPTION_NAME_SIZE];
    char text[512];

    if (!is_offered(&options[i]))
      continue;
    option_name(options[i].name, name);
    snprintf(text, sizeof(text), "%s (%s%s%s)", options[i].help, options[i].argument,
             options[i].default_value[0] ? "; default " : "", default_of(&options[i]));
    fprintf(out, is_flag(&options[i]) ? "  --%s[=VALUE]\n" : "  --%s VALUE\n", name);
    help_text(out, text);
  }
}

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
  help_core(out);
  fprintf(out, "  -h, --help\n"
               "        show this help\n"
               "\n"
               "Exit status: 0 observed; 1 a signal of --fail-on misreports; 2 wrong usage; 3 could not\n"
               "observe.\n");
}

/* ---- parsing ---- */

static int take(void *into, int option, const char *value)
{
  struct check_options *options = into;
  size_t count;
  const struct wt_option *core = wt_options(&count);

  switch (option) {
  case OPTION_DURATION:
    return cli_parse_duration(value, DURATION_MIN, DURATION_MAX, &options->duration);
  case OPTION_JSON:
    options->json = true;
    return 0;
  case OPTION_FAIL_ON:
    return cli_signals_parse(value, &options->fail_on) ? 0 : CLI_USAGE;
  case OPTION_HELP:
  case 'h':
    options->help = true;
    return 0;
  default:
    options->budget_given |= strcmp(core[option - OPTION_CORE].name, "CPUBudget") == 0;
    return cli_set_option(options->config, core[option - OPTION_CORE].name, value);
  }
}

/* The options of this command for getopt_long: its own, then the core's. names holds the core's names. */
static void build_table(struct option *table, char (*names)[OPTION_NAME_SIZE])
{
  static const struct option own[] = {
      {"duration", required_argument, NULL, OPTION_DURATION},
      {"json", no_argument, NULL, OPTION_JSON},
      {"fail-on", required_argument, NULL, OPTION_FAIL_ON},
      {"help", no_argument, NULL, OPTION_HELP},
  };
  size_t length = sizeof(own) / sizeof(own[0]);
  size_t count;
  const struct wt_option *core = wt_options(&count);

  memcpy(table, own, sizeof(own));
  for (size_t i = 0; i < count; i++) {
    if (!is_offered(&core[i]))
      continue;
    option_name(core[i].name, names[i]);
    table[length++] = (struct option){names[i], is_flag(&core[i]) ? optional_argument : required_argument, NULL,
                                      OPTION_CORE + (int)i};
  }
  table[length] = (struct option){NULL, 0, NULL, 0};
}

static int parse_options(int argc, char **argv, struct check_options *options)
{
  size_t count;
  struct option *table;
  char(*names)[OPTION_NAME_SIZE];
  int status = CLI_NOT_OBSERVED;

  wt_options(&count);
  table = calloc(count + 8, sizeof(*table));
  names = calloc(count, sizeof(*names));
  if (table && names) {
    build_table(table, names);
    status = cli_parse_options("check", argc, argv, table, take, options);
    options->interfaces = argv + optind;
    options->interface_count = (size_t)(argc - optind);
  } else {
    cli_say("out of memory");
  }
  free(names);
  free(table);
  return status;
}

static int set_from_arguments(struct check_options *options)
{
  char horizon[32];

  for (size_t i = 0; i < options->interface_count; i++) {
    int status = cli_set_option(options->config, "Interface", options->interfaces[i]);

    if (status)
      return status;
  }
  if (!options->budget_given)
    wt_config_set(options->config, "CPUBudget", "100", NULL);
  snprintf(horizon, sizeof(horizon), "%.9g", options->duration);
  return cli_set_option(options->config, "Horizon", horizon);
}

int check_options_parse(int argc, char **argv, struct check_options *options)
{
  int status;

  *options = (struct check_options){.duration = DURATION_DEFAULT, .config = wt_config_new()};
  if (!options->config) {
    cli_say("out of memory");
    return CLI_NOT_OBSERVED;
  }
  status = parse_options(argc, argv, options);
  if (status || options->help)
    return status;
  return set_from_arguments(options);
}

void check_options_free(struct check_options *options)
{
  wt_config_free(options->config);
}
