/* SPDX-License-Identifier: MIT */
#include "module.h"

#include <errno.h>

#include "mib.h"
#include "monitor.h"
#include "netsnmp.h"
#include "settings.h"
#include "thresholds.h"

/* The one static context: Net-SNMP's configuration parsers get no other. */
static struct {
  struct settings settings;
  unsigned int rejected;
  bool reading; /* the configuration */
  struct monitor *monitor;
  struct mib *mib;
  struct thresholds thresholds;
} module;

static void parse(const char *token, char *line)
{
  struct wt_error error = {0};

  if (!module.reading || settings_set(&module.settings, token, line, &error) == 0)
    return;
  module.rejected++;
  config_perror(error.text);
}

/*
 * They stay when all is read: Net-SNMP 5.9.3 crashes on a file of a kind that has no tokens any more, which is what a
 * reload of snmpd without its dlmod line would find.
 */
static void register_tokens(void)
{
  size_t count;
  const struct wt_option *options = wt_options(&count);

  for (size_t i = 0; i < count; i++)
    register_config_handler(MODULE_FILES, options[i].name, parse, NULL, options[i].argument);
  register_config_handler(MODULE_FILES, SETTINGS_POLL_INTERVAL, parse, NULL, SETTINGS_POLL_INTERVAL_ARGUMENT);
}

int module_init(double interval)
{
  if (settings_init(&module.settings))
    return -ENOMEM;
  module.settings.interval_forced = interval;
  module.reading = true;
  register_tokens();
  return 0;
}

void module_read_files(void)
{
  struct config_files files = {.fileHeader = MODULE_FILES, .start = read_config_get_handlers(MODULE_FILES)};

  read_config_files_of_type(NORMAL_CONFIG, &files);
}

unsigned int module_configured(void)
{
  struct wt_error error = {0};

  module.reading = false;
  if (module.settings.core && wt_config_check(module.settings.core, &error)) {
    snmp_log(LOG_ERR, "wiretruth: %s\n", error.text);
    module.rejected++;
  }
  return module.rejected;
}

static void on_poll(void *context)
{
  mib_refresh(context);
  thresholds_follow(&module.thresholds, monitor_report(module.monitor), monitor_error(module.monitor));
}

int module_start(const bool *connected, const char *advice, struct wt_error *error)
{
  int status;

  module.settings.advice = advice;
  status = monitor_open(&module.monitor, &module.settings, error);
  if (status)
    return status;
  status = thresholds_open(&module.thresholds, module.settings.core, connected);
  if (!status)
    status = mib_register(&module.mib, module.monitor, &module.thresholds.now.list, &module.thresholds.notifier);
  if (!status)
    status = thresholds_register(&module.thresholds);
  if (!status)
    status = monitor_start(module.monitor, on_poll, module.mib);
  if (status)
    *error = (struct wt_error){.code = status, .text = "the MIB could not be registered"};
  return status;
}

void module_stop(void)
{
  /* The rows of the MIB point into the monitor's report. */
  thresholds_unregister(&module.thresholds);
  mib_unregister(module.mib);
  module.mib = NULL;
  thresholds_close(&module.thresholds);
  monitor_close(module.monitor);
  module.monitor = NULL;
  module.reading = false;
  settings_free(&module.settings);
  module.rejected = 0;
}
