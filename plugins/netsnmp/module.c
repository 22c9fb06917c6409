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
  struct settings other; /* while the configuration is read again: what was read */
  bool again;
  unsigned int rejected;
  bool reading; /* the configuration */
  struct monitor *monitor;
  struct mib *mib;
  struct thresholds thresholds;
} module;

static struct settings *target(void)
{
  return module.again ? &module.other : &module.settings;
}

static void parse(const char *token, char *line)
{
  struct wt_error error = {0};

  if (!module.reading || settings_set(target(), token, line, &error) == 0)
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
  for (const struct settings_own *own = settings_own(); own->name; own++)
    register_config_handler(MODULE_FILES, own->name, parse, NULL, own->argument);
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
  if (target()->core && wt_config_check(target()->core, &error)) {
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

int module_give_up_rights(uint64_t also, struct wt_error *error)
{
  return monitor_give_up_rights(module.monitor, also, error);
}

int module_reload_begin(void)
{
  if (settings_init(&module.other))
    return -ENOMEM;
  module.other.interval_forced = module.settings.interval_forced;
  module.other.advice = module.settings.advice;
  module.again = module.reading = true;
  module.rejected = 0;
  return 0;
}

static void swap_settings(void)
{
  struct settings settings = module.settings;

  module.settings = module.other;
  module.other = settings;
}

/* Everybody who has settings has those of the module: they change in their place. */
static int take_settings(struct wt_error *error)
{
  int status;

  swap_settings();
  status = monitor_reconfigure(module.monitor, error);
  if (status) {
    swap_settings();
    return status;
  }
  if (thresholds_reconfigure(&module.thresholds, module.settings.core))
    snmp_log(LOG_ERR, "wiretruth: thresholds of the configuration: out of memory\n");
  monitor_poll(module.monitor);
  return 0;
}

int module_reload(unsigned int complaints, struct wt_error *error)
{
  int status;

  complaints += module_configured();
  if (complaints) {
    status = -EINVAL;
    *error = (struct wt_error){.code = status, .text = "there are mistakes in its files"};
  } else {
    status = take_settings(error);
  }
  settings_free(&module.other);
  module.again = false;
  module.rejected = 0;
  return status;
}

void module_connected(void)
{
  if (module.mib)
    mib_connected(module.mib);
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
