/* SPDX-License-Identifier: MIT */
#include "core_options.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The core's options by their index, behind all that a command can have of its own. */
enum { OPTION_CORE = 2 * CLI_LONG_OPTION };

#define OPTION_NAME_SIZE 64

/* Somebody who asks for a measurement wants all of it. */
static const char all_of_it[] = "100";

/* Interface is what the arguments are; nobody is alerted by a person at a terminal. */
static bool is_offered(const struct wt_option *option, const char *horizon)
{
  return !option->of_alerts && strcmp(option->name, "Interface") != 0 &&
         (horizon || strcmp(option->name, "Horizon") != 0);
}

static const char *default_of(const struct wt_option *option, const char *horizon)
{
  if (strcmp(option->name, "CPUBudget") == 0)
    return all_of_it;
  return strcmp(option->name, "Horizon") == 0 ? horizon : option->default_value;
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

void core_options_help(FILE *out, const char *horizon)
{
  size_t count;
  const struct wt_option *options = wt_options(&count);

  for (size_t i = 0; i < count; i++) {
    char name[OPTION_NAME_SIZE];
    char text[512];

    if (!is_offered(&options[i], horizon))
      continue;
    option_name(options[i].name, name);
    snprintf(text, sizeof(text), "%s (%s%s%s)", options[i].help, options[i].argument,
             options[i].default_value[0] ? "; default " : "", default_of(&options[i], horizon));
    fprintf(out, is_flag(&options[i]) ? "  --%s[=VALUE]\n" : "  --%s VALUE\n", name);
    help_text(out, text);
  }
}

/* ---- parsing ---- */

/* Everybody may read a command line: user, password and query of a URL are secrets, and do not stay in it. */
static void hide_secrets(char *url)
{
  char *start = strstr(url, "://"), *query = url + strcspn(url, "?#");

  start = start ? start + strlen("://") : url;
  for (char *at = query; at > start; at--)
    if (at[-1] == '@') {
      memset(start, 'x', (size_t)(at - 1 - start));
      break;
    }
  if (*query)
    memset(query + 1, 'x', strlen(query + 1));
}

static int take(void *into, int option, const char *value)
{
  struct core_options *options = into;
  size_t count;
  const struct wt_option *core = wt_options(&count);
  int status;

  if (option < OPTION_CORE)
    return options->own(options->own_options, option, value);
  core += option - OPTION_CORE;
  options->given |= UINT64_C(1) << (option - OPTION_CORE);
  status = cli_set_option(options->config, core->name, value);
  if (optarg && strcmp(core->name, "Series") == 0)
    hide_secrets(optarg); /* which value points to */
  return status;
}

/* The options for getopt_long: those of the command, then the core's. names holds the core's names. */
static void build_table(struct option *table, char (*names)[OPTION_NAME_SIZE], const char *horizon)
{
  size_t count;
  const struct wt_option *core = wt_options(&count);

  for (size_t i = 0; i < count; i++) {
    if (!is_offered(&core[i], horizon))
      continue;
    option_name(core[i].name, names[i]);
    *table++ = (struct option){names[i], is_flag(&core[i]) ? optional_argument : required_argument, NULL,
                               OPTION_CORE + (int)i};
  }
  *table = (struct option){NULL, 0, NULL, 0};
}

int core_options_parse(struct core_options *options, int argc, char **argv, const struct option *own, size_t length)
{
  size_t count;
  struct option *table;
  char(*names)[OPTION_NAME_SIZE];
  int status = CLI_NOT_OBSERVED;

  wt_options(&count);
  table = calloc(length + count + 1, sizeof(*table));
  names = calloc(count, sizeof(*names));
  options->config = wt_config_new();
  if (table && names && options->config) {
    memcpy(table, own, length * sizeof(*table));
    build_table(table + length, names, options->horizon);
    status = cli_parse_options(options->command, argc, argv, table, take, options);
    options->interfaces = argv + optind;
    options->interface_count = (size_t)(argc - optind);
  } else {
    cli_say("out of memory");
  }
  free(names);
  free(table);
  return status;
}

int core_options_finish(struct core_options *options)
{
  for (size_t i = 0; i < options->interface_count; i++) {
    int status = cli_set_option(options->config, "Interface", options->interfaces[i]);

    if (status)
      return status;
  }
  return core_options_given(options, "CPUBudget") ? 0 : cli_set_option(options->config, "CPUBudget", all_of_it);
}

bool core_options_given(const struct core_options *options, const char *name)
{
  size_t count;
  const struct wt_option *core = wt_options(&count);

  for (size_t i = 0; i < count; i++)
    if (strcmp(core[i].name, name) == 0)
      return options->given >> i & 1;
  return false;
}

void core_options_free(struct core_options *options)
{
  wt_config_free(options->config);
}
