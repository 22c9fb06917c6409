/* SPDX-License-Identifier: MIT */
/* The command line of compare. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare_parts.h"

#define DURATION_DEFAULT 3.0
#define DURATION_MIN     0.1
#define DURATION_MAX     86400.0
#define FLOWS_DEFAULT    20
#define FLOWS_MAX        100000

enum { OPTION_DURATION = CLI_LONG_OPTION, OPTION_JSON, OPTION_FAIL_ON, OPTION_FLOWS };

static void list_explanations(FILE *out)
{
  for (enum wt_explanation by = 0; by < WT_EXPLANATIONS; by++)
    fprintf(out, "%s%s", by ? by == 6 ? ",\n        " : ", " : "", wt_explanation_name(by));
}

void compare_help(FILE *out)
{
  fprintf(out,
          "Usage: wiretruth compare [OPTION...] A B\n"
          "\n"
          "Tells what two points saw of the same traffic, by flow and direction, where they part, and\n"
          "which merge, cut, loss or tag explains it. A point is an interface (eth0), an interface of\n"
          "a network namespace (netns:NAME/eth0) or a capture file, pcap or pcapng. Interfaces are\n"
          "observed for a while; a file is read at the end, and beside an interface only what it has\n"
          "of that time.\n"
          "\n"
          "Options:\n"
          "  --duration S\n"
          "        observe for S seconds (%g to %g; default %g); Ctrl-C ends it early\n"
          "  --flows N\n"
          "        show the N flows with most frames, 0 to %d (default %d); the others are added up\n"
          "  --json\n"
          "        print the comparison as JSON, with every flow\n"
          "  --fail-on EXPLANATION,...\n"
          "        exit with 1 if one of these was found in a flow: ",
          DURATION_MIN, DURATION_MAX, DURATION_DEFAULT, FLOWS_MAX, FLOWS_DEFAULT);
  list_explanations(out);
  fprintf(out, "\n"
               "  -h, --help\n"
               "        show this help\n"
               "\n"
               "Exit status: 0 compared; 1 an explanation of --fail-on was found; 2 wrong usage; 3 could\n"
               "not observe.\n");
}

/* "loss,unknown" as bits. */
static int parse_explanations(const char *list, unsigned int *mask)
{
  for (;;) {
    size_t length = strcspn(list, ",");
    enum wt_explanation by = 0;

    while (by < WT_EXPLANATIONS &&
           (strlen(wt_explanation_name(by)) != length || strncmp(wt_explanation_name(by), list, length) != 0))
      by++;
    if (by == WT_EXPLANATIONS) {
      cli_say("--fail-on does not know the explanation '%.*s'; 'wiretruth compare --help' lists them",
              (int)(length < 64 ? length : 64), list);
      return CLI_USAGE;
    }
    *mask |= 1u << by;
    if (list[length] == '\0')
      return 0;
    list += length + 1;
  }
}

static int parse_flows(const char *text, size_t *flows)
{
  char *end = NULL;
  unsigned long number = strtoul(text, &end, 10);

  if (!*text || *end || strspn(text, "0123456789") != strlen(text) || number > FLOWS_MAX) {
    cli_say("--flows takes a number from 0 to %d, not '%s'", FLOWS_MAX, text);
    return CLI_USAGE;
  }
  *flows = number;
  return 0;
}

static int take(void *into, int option, const char *value)
{
  struct compare_options *options = into;

  switch (option) {
  case OPTION_DURATION:
    return cli_parse_seconds("--duration", value, DURATION_MIN, DURATION_MAX, &options->duration);
  case OPTION_FLOWS:
    return parse_flows(value, &options->flows);
  case OPTION_JSON:
    options->json = true;
    return 0;
  case OPTION_FAIL_ON:
    return parse_explanations(value, &options->fail_on);
  default:
    options->help = true;
    return 0;
  }
}

int compare_options_parse(int argc, char **argv, struct compare_options *options)
{
  static const struct option table[] = {
      {"duration", required_argument, NULL, OPTION_DURATION},
      {"flows", required_argument, NULL, OPTION_FLOWS},
      {"json", no_argument, NULL, OPTION_JSON},
      {"fail-on", required_argument, NULL, OPTION_FAIL_ON},
      {"help", no_argument, NULL, 'h'},
      {NULL, 0, NULL, 0},
  };
  int status;

  *options = (struct compare_options){.duration = DURATION_DEFAULT, .flows = FLOWS_DEFAULT};
  status = cli_parse_options("compare", argc, argv, table, take, options);
  if (status || options->help)
    return status;
  if (argc - optind != WT_POINTS) {
    cli_say("compare takes two points, each an interface, netns:NAME/INTERFACE or a capture file, and not %d; "
            "'wiretruth compare --help' tells more",
            argc - optind);
    return CLI_USAGE;
  }
  for (int point = 0; point < WT_POINTS; point++)
    options->points[point] = argv[optind + point];
  if (strcmp(options->points[WT_POINT_A], "-") == 0 && strcmp(options->points[WT_POINT_B], "-") == 0) {
    cli_say("compare takes standard input, '-', only once");
    return CLI_USAGE;
  }
  return 0;
}
