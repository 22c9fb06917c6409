/* SPDX-License-Identifier: MIT */
/* wiretruth watch where the build found no ncurses. */
#include "watch.h"

int watch_run(int argc, char **argv)
{
  struct watch_options options;
  int status = watch_options_parse(argc, argv, &options);

  if (status == 0 && options.help) {
    status = cli_print_help(watch_help);
  } else if (status == 0) {
    cli_say("this build has no watch: ncurses was not there when it was made; use 'wiretruth check'");
    status = CLI_NOT_OBSERVED;
  }
  watch_options_free(&options);
  return status;
}
