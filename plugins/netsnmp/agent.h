/* SPDX-License-Identifier: MIT */
/* This process as an AgentX subagent: the agent library's set-up, its configuration files and its end. */
#ifndef WT_SNMP_AGENT_H
#define WT_SNMP_AGENT_H

#include <stdbool.h>

struct agent {
  const char *socket; /* AgentX address from the command line, which wins over the configuration; NULL if none */
  const char *file;   /* the only configuration file to read; NULL for wiretruth.conf on Net-SNMP's search path */
  unsigned int complaints;
  bool reading; /* configuration files are being read */
  bool connected;
};

/* Before the configuration tokens are registered. The agent must outlive the library's use. */
void agent_init(struct agent *agent);

/* Reads the configuration and tries to connect. Returns how many lines of it were not understood; they are logged. */
unsigned int agent_read_config(struct agent *agent);

/* Says once that there is no master yet, if so. */
void agent_log_absence(const struct agent *agent);

/* Tells the master that we go, and ends the library. */
void agent_shutdown(struct agent *agent);

#endif
