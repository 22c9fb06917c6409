/* SPDX-License-Identifier: MIT */
/* The command line of wiretruth-agentx, in the manner of snmpd's. */
#ifndef WT_SNMP_ARGUMENTS_H
#define WT_SNMP_ARGUMENTS_H

#include <stdbool.h>

/* Exit statuses, as wiretruth(1) has them. */
enum { EXIT_USAGE = 2, EXIT_UNABLE = 3 };

struct arguments {
  double interval;      /* 0 if not given */
  char *files;          /* absolute names of the only configuration files to read, with commas between; NULL */
  const char *socket;   /* AgentX address; NULL */
  char *pid_file;       /* absolute; NULL */
  const char *user;     /* to become; NULL */
  const char *group;    /* likewise */
  bool foreground, log, /* where to log was given */
      check;            /* the configuration, and nothing else */
};

/* Returns -1 to go on, or the exit status after what there was to say. Logs are open as they were asked for. */
int arguments_parse(int argc, char **argv, struct arguments *arguments);
void arguments_free(struct arguments *arguments);

#endif
