/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netsnmp.h"

/* The name of the application: Net-SNMP makes wiretruth.conf of it. */
#define APPLICATION "wiretruth"

/* The library's default where neither -x nor agentXSocket is given. */
#define DEFAULT_SOCKET "/var/agentx/master"

/*
 * Seconds between two pings, and between two attempts to connect: the library's 15 leave a MIB absent for that long
 * after each restart of snmpd.
 */
#define PING_INTERVAL 5

/*
 * Each call to the master blocks this process. On a local socket an answer takes well under a millisecond; the
 * library's 1 second, six times, would hold up polls and SIGTERM while snmpd hangs.
 */
#define CALL_TIMEOUT_US 300000
#define CALL_RETRIES    0

static int on_session_init(int major, int minor, void *server_argument, void *context)
{
  netsnmp_session *session = server_argument;

  (void)major;
  (void)minor;
  (void)context;
  session->timeout = CALL_TIMEOUT_US;
  session->retries = CALL_RETRIES;
  return SNMPERR_SUCCESS;
}

static int on_connection(int major, int minor, void *server_argument, void *context)
{
  struct agent *agent = context;

  (void)major;
  (void)server_argument;
  agent->connected = minor == SNMPD_CALLBACK_INDEX_START;
  return SNMPERR_SUCCESS;
}

/* Registered before the library's own, which connects: the last moment to have the command line's word. */
static int on_config_read(int major, int minor, void *server_argument, void *context)
{
  struct agent *agent = context;

  (void)major;
  (void)minor;
  (void)server_argument;
  if (agent->socket)
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, agent->socket);
  /* At 0 the library would try to connect once and never again. */
  if (netsnmp_ds_get_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL) <= 0)
    netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, PING_INTERVAL);
  return SNMPERR_SUCCESS;
}

/*
 * The library goes on after a token that it does not know or that has no value, and tells nobody but the log. An
 * option with a typing error must not be left out in silence, so its log lines about our own file are counted.
 */
static int on_log(int major, int minor, void *server_argument, void *context)
{
  const struct snmp_log_message *message = server_argument;
  struct agent *agent = context;
  const char *file = agent->file ? agent->file : "/" APPLICATION;
  const char *where;

  (void)major;
  (void)minor;
  if (!agent->reading || !message->msg || message->priority > LOG_WARNING)
    return SNMPERR_SUCCESS;
  where = strstr(message->msg, file);
  if (where && strstr(where, ": line "))
    agent->complaints++;
  return SNMPERR_SUCCESS;
}

static void each_callback(struct agent *agent, bool enter)
{
  static const struct {
    int major, minor;
    SNMPCallback *function;
  } callbacks[] = {
      {SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_LOGGING, on_log},
      {SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_SESSION_INIT, on_session_init},
      {SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_READ_CONFIG, on_config_read},
      {SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_START, on_connection},
      {SNMP_CALLBACK_APPLICATION, SNMPD_CALLBACK_INDEX_STOP, on_connection},
  };

  for (size_t i = 0; i < sizeof(callbacks) / sizeof(callbacks[0]); i++) {
    if (enter)
      snmp_register_callback(callbacks[i].major, callbacks[i].minor, callbacks[i].function, agent);
    else
      snmp_unregister_callback(callbacks[i].major, callbacks[i].minor, callbacks[i].function, agent, 1);
  }
}

void agent_init(struct agent *agent)
{
  setenv("MIBS", "", 1); /* we speak in numbers; loading MIB files would be time and warnings for nothing */
  snmp_enable_calllog();
  each_callback(agent, true);
  /* Not DONT_PERSIST_STATE: with that, Net-SNMP 5.9 reads no configuration from its search path either. */
  netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
  netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
  netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_NO_CONNECTION_WARNINGS, 1);
  if (agent->file) {
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_OPTIONALCONFIG, agent->file);
  }
  netsnmp_enable_subagent();
  init_agent(APPLICATION);
  /* init_agent() sets the library's own default. */
  netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, PING_INTERVAL);
}

unsigned int agent_read_config(struct agent *agent)
{
  agent->reading = true;
  init_snmp(APPLICATION);
  agent->reading = false;
  return agent->complaints;
}

void agent_log_absence(const struct agent *agent)
{
  const char *address = netsnmp_ds_get_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET);
  const char *path;
  const char *why = "nobody answers there";

  if (agent->connected)
    return;
  if (!address)
    address = DEFAULT_SOCKET;
  path = strncmp(address, "unix:", 5) == 0 ? address + 5 : address;
  if (path[0] == '/' && access(path, W_OK) != 0)
    why = strerror(errno);
  snmp_log(LOG_INFO, "wiretruth: no AgentX master at %s yet (%s): trying every %d s\n", address, why,
           netsnmp_ds_get_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL));
}

void agent_shutdown(struct agent *agent)
{
  /* The library frees the arguments of callbacks that are still registered then. */
  each_callback(agent, false);
  snmp_shutdown(APPLICATION);
}
