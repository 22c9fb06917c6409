/* SPDX-License-Identifier: MIT */
/* Nothing here may end or change the process: it is snmpd's. */
#include "dlmod.h"

#include "complaints.h"
#include "config_files.h"
#include "module.h"
#include "netsnmp.h"

/* snmpd was root when it loaded the module first, and is not when it does so again. */
static const char advice[] = "a drop-in for snmpd's unit keeps rights: INSIDE SNMPD in wiretruth-agentx(8)";

/* snmpd's functions get no context. */
static struct {
  bool loaded;
  bool tried; /* to start */
  unsigned int alarm;
  struct complaints complaints;
} dlmod;

/*
 * wiretruth.conf is the subagent's, too. What says there how snmpd is reached needs no answer inside of it, and is no
 * unknown token either.
 */
static void pass_over(const char *token, char *line)
{
  (void)token;
  (void)line;
}

static void register_passed_over(void)
{
  static const char *const tokens[] = {"agentXSocket", "agentXPingInterval", "agentXTimeout", "agentXRetries"};

  for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
    register_config_handler(MODULE_FILES, tokens[i], pass_over, NULL, NULL);
}

static void on_file(const char *path, const struct wt_error *error, void *context)
{
  unsigned int *unreadable = context;

  (void)path;
  if (!error)
    return;
  snmp_log(LOG_ERR, "wiretruth: %s\n", error->text);
  ++*unreadable;
}

/* snmpd may be another user than the one that wiretruth.conf is for, at the latest when it reads it again. */
static unsigned int unreadable_files(void)
{
  unsigned int unreadable = 0;

  if (!netsnmp_ds_get_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_DONT_READ_CONFIGS))
    config_files_found(MODULE_FILES, on_file, &unreadable);
  return unreadable;
}

/* Returns how many lines were not understood. */
static unsigned int end_reading(void)
{
  dlmod.tried = true;
  return complaints_end(&dlmod.complaints) + module_configured();
}

static void start(void)
{
  struct wt_error error = {0};

  if (end_reading() + unreadable_files() > 0) {
    snmp_log(LOG_ERR, "wiretruth: not served because of the errors in the configuration\n");
    return;
  }
  if (module_start(NULL, advice, &error) == 0)
    return;
  snmp_log(LOG_ERR, "wiretruth: not served: %s\n", error.text);
  module_stop();
}

/* While snmpd reads its files. Ours have been read then: their kind was added behind its own. */
static int on_config_read(int major, int minor, void *server_argument, void *context)
{
  (void)major;
  (void)minor;
  (void)server_argument;
  (void)context;
  if (!dlmod.tried)
    start();
  return SNMPERR_SUCCESS;
}

/* A manager has loaded the module, through dlmodStatus of UCD-DLMOD-MIB: nobody reads files then. */
static void on_alarm(unsigned int alarm, void *context)
{
  (void)alarm; /* it was registered for one time */
  (void)context;
  dlmod.alarm = 0;
  if (dlmod.tried)
    return;
  module_read_files();
  start();
}

__attribute__((visibility("default"))) void init_wiretruth(void)
{
  struct timeval soon = {.tv_usec = 1}; /* zero would be an error */

  if (dlmod.loaded) {
    snmp_log(LOG_WARNING, "wiretruth: loaded already; one dlmod line is enough\n");
    return;
  }
  if (module_init(0) != 0) {
    snmp_log(LOG_ERR, "wiretruth: not served: out of memory\n");
    return;
  }
  complaints_begin(&dlmod.complaints);
  register_passed_over();
  dlmod.loaded = true;
  dlmod.tried = false;
  snmp_register_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_READ_CONFIG, on_config_read, NULL);
  dlmod.alarm = snmp_alarm_register_hr(soon, 0, on_alarm, NULL);
}

__attribute__((visibility("default"))) void deinit_wiretruth(void)
{
  if (!dlmod.loaded)
    return;
  dlmod.loaded = false;
  if (dlmod.alarm)
    snmp_alarm_unregister(dlmod.alarm);
  dlmod.alarm = 0;
  if (!dlmod.tried)
    end_reading();
  snmp_unregister_callback(SNMP_CALLBACK_LIBRARY, SNMP_CALLBACK_POST_READ_CONFIG, on_config_read, NULL, 0);
  module_stop();
}
