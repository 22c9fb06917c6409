/* SPDX-License-Identifier: MIT */
/* This process as an AgentX subagent: the agent library's set-up, its configuration files and its end. */
#ifndef WT_SNMP_AGENT_H
#define WT_SNMP_AGENT_H

#include <stdbool.h>

struct agent {
  const char *socket; /* AgentX address from the command line, which wins over the configuration; NULL if none */
  const char *files;  /* the only configuration files to read; NULL for wiretruth.conf on Net-SNMP's search path */
  bool check;         /* the configuration is read, and nothing else done */
  unsigned int complaints, found; /* of configuration files: not understood, and there */
  bool reading;                   /* configuration files are being read */
  bool connected;                 /* and taken: what waits for that may be sent */
  bool refused;                   /* the master has our MIB of somebody else already; until it was told */
};

/* Before the configuration tokens are registered. The agent must outlive the library's use. */
void agent_init(struct agent *agent);

/*
 * Reads the configuration and tries to connect. Returns how many lines of it were not understood, and files that could
 * not be read; they are logged.
 */
unsigned int agent_read_config(struct agent *agent);

/*
 * Reads it again. accept(complaints): whether it is taken; if not, what it said of the library's options for subagents
 * is forgotten.
 */
void agent_read_again(struct agent *agent, bool (*accept)(unsigned int complaints));

/* Says once that there is no master yet, if so. */
void agent_log_absence(const struct agent *agent);

/* Says so if somebody else has the MIB. */
void agent_log_refusal(struct agent *agent);

/* Tells the master that we go, and ends the library. */
void agent_shutdown(struct agent *agent);

#endif
