/* SPDX-License-Identifier: MIT */
#include "agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_files.h"
#include "module.h"
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
  if (agent->connected)
    module_connected();
  return SNMPERR_SUCCESS;
}

static void have_last_word(const struct agent *agent)
{
  if (agent->socket)
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, agent->socket);
  /* At 0 the library would try to connect once and never again. */
  if (netsnmp_ds_get_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL) <= 0)
    netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, PING_INTERVAL);
}

/* Registered before the library's own, which connects: the last moment to have the command line's word. */
static int on_config_read(int major, int minor, void *server_argument, void *context)
{
  const struct agent *agent = context;

  (void)major;
  (void)minor;
  (void)server_argument;
  have_last_word(agent);
  /* The library cannot be kept from trying. That is no socket, so there is nobody to be reached. */
  if (agent->check)
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, "unix:/dev/null");
  return SNMPERR_SUCCESS;
}

static bool ends_with(const char *text, const char *end, const char *ending)
{
  size_t length = strlen(ending);

  return (size_t)(end - text) >= length && strncmp(end - length, ending, length) == 0;
}

/*
 * The library tells nobody but the log that the master has refused what it wanted to register, either: 263 is
 * duplicateRegistration of RFC 2741. Notifications are left to whom it has, and no one gets them twice.
 */
static void note_refusal(struct agent *agent, const char *message)
{
  if (!strstr(message, "registering pdu failed: 263"))
    return;
  agent->refused = true;
  agent->connected = false;
}

void agent_log_refusal(struct agent *agent)
{
  if (!agent->refused)
    return;
  agent->refused = false;
  snmp_log(LOG_ERR,
           "wiretruth: snmpd has WIRETRUTH-MIB already, from another wiretruth-agentx or from wiretruth-snmp.so "
           "inside of it: nothing of this process is shown; end the other one, and then restart this one\n");
}

/*
 * The library goes on after a token that it does not know or that has no value, and tells nobody but the log. An
 * option with a typing error must not be left out in silence, so its log lines about files are counted, those of our
 * own and what they include: "FILE: line NUMBER: ...". snmp.conf is of all applications, and not ours to judge.
 */
static int on_log(int major, int minor, void *server_argument, void *context)
{
  const struct snmp_log_message *message = server_argument;
  struct agent *agent = context;
  const char *where;

  (void)major;
  (void)minor;
  if (!message->msg || message->priority > LOG_WARNING)
    return SNMPERR_SUCCESS;
  note_refusal(agent, message->msg);
  if (!agent->reading)
    return SNMPERR_SUCCESS;
  where = strstr(message->msg, ": line ");
  if (where && !ends_with(message->msg, where, "/snmp.conf") && !ends_with(message->msg, where, "/snmp.local.conf"))
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
  if (agent->files) {
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_string(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_OPTIONALCONFIG, agent->files);
  }
  netsnmp_enable_subagent();
  init_agent(APPLICATION);
  /* init_agent() sets the library's own default. */
  netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, PING_INTERVAL);
}

static void on_file(const char *path, const struct wt_error *error, void *context)
{
  struct agent *agent = context;

  (void)path;
  agent->found++;
  if (!error)
    return;
  snmp_log(LOG_ERR, "wiretruth: %s\n", error->text);
  agent->complaints++;
}

static void begin_reading(struct agent *agent)
{
  agent->complaints = agent->found = 0;
  if (!agent->files) {
    config_files_found(APPLICATION, on_file, agent);
  } else {
    struct wt_error error;
    char *files = config_files_absolute(agent->files, &error);

    on_file(agent->files, files ? NULL : &error, agent);
    free(files);
  }
  agent->reading = true;
}

unsigned int agent_read_config(struct agent *agent)
{
  begin_reading(agent);
  init_snmp(APPLICATION);
  agent->reading = false;
  return agent->complaints;
}

static void read_files(const struct agent *agent)
{
  char *files = agent->files ? strdup(agent->files) : NULL, *rest = NULL;

  if (!agent->files)
    read_config_files(NORMAL_CONFIG);
  for (const char *file = files ? strtok_r(files, ",", &rest) : NULL; file; file = strtok_r(NULL, ",", &rest))
    read_config(file, read_config_get_handlers(APPLICATION), NORMAL_CONFIG);
  free(files);
}

/* The library's own options for subagents. */
enum { NUMBERS = 3 };
static const int number_ids[NUMBERS] = {NETSNMP_DS_AGENT_AGENTX_PING_INTERVAL, NETSNMP_DS_AGENT_AGENTX_TIMEOUT,
                                        NETSNMP_DS_AGENT_AGENTX_RETRIES};

/*
 * Without the callbacks that init_snmp() calls when all is read: the library's would open one more session. What is
 * read of its address is used when there is a reason to connect again.
 */
void agent_read_again(struct agent *agent, bool (*accept)(unsigned int complaints))
{
  const char *now = netsnmp_ds_get_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET);
  char *address = now ? strdup(now) : NULL;
  int numbers[NUMBERS];

  for (size_t i = 0; i < NUMBERS; i++)
    numbers[i] = netsnmp_ds_get_int(NETSNMP_DS_APPLICATION_ID, number_ids[i]);
  begin_reading(agent);
  read_files(agent);
  agent->reading = false;
  if (accept(agent->complaints)) {
    have_last_word(agent);
  } else {
    netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, address);
    for (size_t i = 0; i < NUMBERS; i++)
      netsnmp_ds_set_int(NETSNMP_DS_APPLICATION_ID, number_ids[i], numbers[i]);
  }
  free(address);
}

void agent_log_absence(const struct agent *agent)
{
  const char *address = netsnmp_ds_get_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET);
  const char *path;
  const char *why = "nobody answers there";

  if (agent->connected || agent->refused)
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
