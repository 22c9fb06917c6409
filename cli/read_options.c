/* SPDX-License-Identifier: MIT */
/* The command line of read. */
#include <string.h>

#include "read.h"

enum { OPTION_JSON = CLI_LONG_OPTION };

void read_help(FILE *out)
{
  fputs("Usage: wiretruth read [OPTION...] FILE...\n"
        "\n"
        "Reads capture files, pcap and pcapng, and tells what they cannot show: frames that merging or\n"
        "cutting hides, checksums that a device completes, tags, what was cut short or dropped; and\n"
        "where the capture was taken relative to the offloads. - reads standard input. Ctrl-C ends\n"
        "reading early: what was read so far is printed.\n"
        "\n"
        "Options:\n"
        "  --json\n"
        "        print JSON\n"
        "  -h, --help\n"
        "        show this help\n"
        "\n"
        "Exit status: 0 read; 2 wrong usage; 3 a file could not be read, or not to its end.\n",
        out);
}

static int check_files(const struct read_options *options)
{
  int streams = 0;

  if (options->file_count == 0) {
    cli_say("read takes the name of a capture file, or - for standard input");
    return CLI_USAGE;
  }
  for (int i = 0; i < options->file_count; i++) {
    if (!*options->files[i]) {
      cli_say("read takes the name of a file, not ''");
      return CLI_USAGE;
    }
    streams += strcmp(options->files[i], "-") == 0;
  }
  if (streams < 2)
    return 0;
  cli_say("read takes standard input, '-', only once");
  return CLI_USAGE;
}

static int take(void *into, int option, const char *value)
{
  struct read_options *options = into;

  (void)value;
  if (option == OPTION_JSON)
    options->json = true;
  else
    options->help = true;
  return 0;
}

int read_options_parse(int argc, char **argv, struct read_options *options)
{
  static const struct option table[] = {
      {"json", no_argument, NULL, OPTION_JSON},
      {"help", no_argument, NULL, 'h'},
      {NULL, 0, NULL, 0},
  };
  int status;

  *options = (struct read_options){0};
  status = cli_parse_options("read", argc, argv, table, take, options);
  if (status || options->help)
    return status;
  options->files = argv + optind;
  options->file_count = argc - optind;
  return check_files(options);
}
