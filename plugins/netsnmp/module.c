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
  bool tokens; /* are registered */
  struct monitor *monitor;
  struct mib *mib;
  struct thresholds thresholds;
} module;

static void parse(const char *token, char *line)
{
  struct wt_error error = {0};

  if (settings_set(&module.settings, token, line, &error) == 0)
    return;
  module.rejected++;
  config_perror(error.text);
}

static void each_token(bool enter)
{
  size_t count;
  const struct wt_option *options = wt_options(&count);

  for (size_t i = 0; i <= count; i++) {
    const char *name = i < count ? options[i].name : SETTINGS_POLL_INTERVAL;
    const char *argument = i < count ? options[i].argument : SETTINGS_POLL_INTERVAL_ARGUMENT;

    if (enter)
      register_config_handler(MODULE_FILES, name, parse, NULL, argument);
    else
      unregister_config_handler(MODULE_FILES, name);
  }
  module.tokens = enter;
}

int module_init(double interval)
{
  if (settings_init(&module.settings))
    return -ENOMEM;
  module.settings.interval_forced = interval;
  each_token(true);
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

  if (module.tokens)
    each_token(false);
  if (module.settings.core && wt_config_check(module.settings.core, &error)) {
    snmp_log(LOG_ERR, "wiretruth: %s\n", error.text);
    module.rejected++;
  }
  return module.rejected;
}

static void on_poll(void *context)
{
  mib_refresh(context);
  thresholds_follow(&module.thresholds, monitor_report(module.monitor));
}

int module_start(const bool *connected, struct wt_error *error)
{
  int status = monitor_open(&module.monitor, &module.settings, error);

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
  module_configured();
  settings_free(&module.settings);
  module.rejected = 0;
}
