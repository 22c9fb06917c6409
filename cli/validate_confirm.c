/* SPDX-License-Identifier: MIT */
/* Nothing is changed that was not shown before, and agreed to. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "validate.h"

void validate_announce(const struct validate_identity *identity, double duration, const char *off, const char *fixed)
{
  cli_say("will turn off on \"%s\" (driver %s), for about %g s after as long a measurement as it is, and then restore: "
          "%s",
          identity->name, identity->driver[0] ? identity->driver : "not named", duration, off);
  if (*fixed)
    cli_say("cannot be turned off, and stays on: %s", fixed);
  cli_say("what depends on these goes off along with them, and is restored, too");
  cli_say("that may cost: more CPU time for each octet, so less throughput or lost packets, while they are off; and "
          "with some drivers a link that goes down for seconds, or packets in flight, at each of both changes");
}

int validate_confirm(const struct validate_options *options, const struct validate_identity *identity)
{
  char answer[64] = "";

  if (options->yes)
    return 0;
  if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
    cli_say("there is no terminal to ask on: --yes says that this is meant; nothing was changed");
    return CLI_USAGE;
  }
  fprintf(stderr, "Type the interface's name to go on: ");
  fflush(stderr);
  if (fgets(answer, sizeof(answer), stdin)) {
    answer[strcspn(answer, "\n")] = '\0';
    if (strcmp(answer, identity->name) == 0)
      return 0;
  }
  cli_say("that is not \"%s\": nothing was changed", identity->name);
  return CLI_NOT_OBSERVED;
}
