/* SPDX-License-Identifier: MIT */
/* Command lines, a word a line, the first one whose: of each command of wiretruth, and of wiretruth-agentx. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../cli/baseline.h"
#include "arguments.h"
#include "check.h"
#include "compare_parts.h"
#include "config_hold.h"
#include "fuzz.h"
#include "netsnmp.h"
#include "read.h"
#include "validate.h"
#include "watch.h"

enum { MOST_WORDS = 24 };

static size_t said; /* octets, of what goes to the standard streams */

/* Net-SNMP's own, which would open the files of the log. */
int snmp_log_options(char *option, int argc, char *const *argv)
{
  (void)argc;
  (void)argv;
  return option[0] && strchr("eEfFnNoOsS", option[0]) ? 0 : -1;
}

static ssize_t count(void *cookie, const char *text, size_t size)
{
  (void)cookie;
  fuzz_must(text != NULL);
  said += size;
  return (ssize_t)size;
}

/* What is wrong with millions of command lines is for nobody to read. */
static void hear(void)
{
  static bool hears;

  if (hears)
    return;
  hears = true;
  stdout = fopencookie(NULL, "w", (cookie_io_functions_t){.write = count});
  stderr = fopencookie(NULL, "w", (cookie_io_functions_t){.write = count});
  fuzz_must(stdout && stderr);
}

/* ---- each command ---- */

static void core_must_hold(const struct core_options *core, int argc)
{
  fuzz_must(core->interface_count < (size_t)argc);
  config_must_hold(core->config);
}

static int check(int argc, char **argv)
{
  struct check_options options;
  int status = check_options_parse(argc, argv, &options);

  if (!status && !options.help) {
    core_must_hold(&options.core, argc);
    fuzz_must(options.duration >= 0.1 && options.duration <= 86400);
  }
  check_options_free(&options);
  return status;
}

static int watch(int argc, char **argv)
{
  struct watch_options options;
  int status = watch_options_parse(argc, argv, &options);

  if (!status && !options.help) {
    core_must_hold(&options.core, argc);
    fuzz_must(options.interval >= 0.2 && options.interval <= 60);
  }
  watch_options_free(&options);
  return status;
}

static int validate(int argc, char **argv)
{
  struct validate_options options;
  int status = validate_options_parse(argc, argv, &options);

  if (!status && !options.help) {
    fuzz_must(options.restore || options.interface);
    fuzz_must(options.duration >= 0.1 && options.duration <= 3600);
  }
  return status;
}

static int baseline(int argc, char **argv)
{
  struct baseline_options options;
  int status = baseline_options_parse(argc, argv, &options);

  if (!status && !options.help) {
    fuzz_must(options.file != NULL);
    config_must_hold(options.config);
  }
  baseline_options_free(&options);
  return status;
}

static int compare(int argc, char **argv)
{
  struct compare_options options;
  int status = compare_options_parse(argc, argv, &options);

  if (!status && !options.help) {
    fuzz_must(options.points[WT_POINT_A] && options.points[WT_POINT_B]);
    fuzz_must(options.duration >= 0.1 && options.duration <= 86400 && options.flows <= 100000);
  }
  return status;
}

static int read_files(int argc, char **argv)
{
  struct read_options options;
  int status = read_options_parse(argc, argv, &options);

  if (!status && !options.help)
    fuzz_must(options.file_count > 0 && options.file_count < argc);
  return status;
}

static int agentx(int argc, char **argv)
{
  struct arguments arguments = {0};
  int status;

  optind = 0; /* of getopt, which the program asks once */
  opterr = 1;
  status = arguments_parse(argc, argv, &arguments);
  fuzz_must(status == -1 || status == 0 || status == EXIT_USAGE);
  fuzz_must(arguments.interval == 0 || (arguments.interval >= 0.1 && arguments.interval <= 3600));
  fuzz_must(!arguments.pid_file || arguments.pid_file[0] == '/');
  fuzz_must(!arguments.files || arguments.files[0] == '/');
  arguments_free(&arguments);
  return status < 0 ? 0 : status;
}

/* ---- the target ---- */

static int parse(int argc, char **argv)
{
  static const struct {
    const char *name;
    int (*parse)(int argc, char **argv);
  } programs[] = {{"check", check},     {"watch", watch},     {"validate", validate}, {"baseline", baseline},
                  {"compare", compare}, {"read", read_files}, {"agentx", agentx}};

  for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
    if (strcmp(argv[0], programs[i].name) == 0)
      return programs[i].parse(argc, argv);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct fuzz_input input = {data, size};
  char *words[MOST_WORDS + 1], *given[MOST_WORDS + 1];
  int count = 0, status;
  size_t before;

  hear();
  do
    words[count++] = fuzz_text(&input, '\n');
  while (count < MOST_WORDS && input.size);
  words[count] = NULL;
  /* getopt moves them. */
  memcpy(given, words, sizeof(given));
  before = said;
  status = parse(count, given);
  fflush(stderr);
  fuzz_must(status == 0 || (status == CLI_USAGE && said > before));
  for (int i = 0; i < count; i++)
    free(words[i]);
  return 0;
}
