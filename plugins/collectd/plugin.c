/* SPDX-License-Identifier: MIT */
/*
 * The collectd read plugin: configuration to the core, the core's reports to value lists. It adds no figure of its own.
 *
 * collectd runs the callbacks one at a time: configuration before it forks, init after that, the read callback from
 * one of its read threads but never twice at once, shutdown when the read threads have ended. So nothing here is
 * locked.
 */
#include "groups.h"
#include "options.h"
#include "values.h"

#define PLUGIN "wiretruth"

/* One static context: collectd hands no pointer to configuration, init and shutdown callbacks. */
static struct {
  struct wt_config *config;
  unsigned int groups;      /* of values, named by Report; none: the default ones */
  int rejected;             /* options that could not be applied */
  struct wt *wt;            /* NULL unless init succeeded */
  enum wt_method method;    /* last logged; WT_METHOD_AUTO before the first report */
  c_complain_t poll_failed; /* complaints come at growing intervals and are taken back once */
  c_complain_t none_selected;
  c_complain_t part_of_the_time;
} context = {.method = WT_METHOD_AUTO};

static bool have_config(void)
{
  if (!context.config)
    context.config = wt_config_new();
  return context.config != NULL;
}

/*
 * Called once for each <Plugin wiretruth> block, so blocks add up. It never fails: collectd would refuse to start, and
 * a typing error in one plugin must not take down the monitoring of a host. init draws the consequence.
 */
static int configure(oconfig_item_t *block)
{
  if (have_config()) {
    context.rejected += options_apply(context.config, &context.groups, block);
  } else {
    P_ERROR("out of memory");
    context.rejected++;
  }
  return 0;
}

/* The method is known from a report only. It is logged again should it ever change. */
static void log_method(const struct wt_report *report)
{
  if (report->method == context.method)
    return;
  context.method = report->method;
  if (report->method_reason[0])
    P_INFO("method %s is in use, no better one because: %s", wt_method_name(report->method), report->method_reason);
  else
    P_INFO("method %s is in use", wt_method_name(report->method));
}

/* What began or ended since the report before, at the next poll: collectd has no event loop to be woken by. */
static void log_news(const struct wt_news *news, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (news[i].good)
      P_INFO("%s", news[i].text);
    else
      P_WARNING("%s", news[i].text);
}

/*
 * A failed poll returns success: for a failure collectd would suspend the callback for twice as long each time, up to a
 * day, and long after the cause has gone the values would still be missing. A poll that fails costs little, and its
 * values are missing visibly.
 */
static int read_report(user_data_t *unused)
{
  const struct wt_report *report;
  struct wt_error error = {0};
  /* Taken before the reading: a value that is newer than an event includes it. */
  cdtime_t time = cdtime();

  (void)unused;
  if (wt_poll(context.wt, &report, &error) != 0) {
    c_complain(LOG_ERR, &context.poll_failed, PLUGIN " plugin: no reading: %s", error.text);
    return 0;
  }
  c_release(LOG_INFO, &context.poll_failed, PLUGIN " plugin: readings are back");
  log_method(report);
  log_news(report->baseline.news, report->baseline.news_count);
  log_news(report->series.news, report->series.news_count);
  log_news(report->news, report->news_count);
  if (report->tap_share < 1)
    c_complain_once(LOG_NOTICE, &context.part_of_the_time,
                    PLUGIN " plugin: to keep to CPUBudget packets are counted for a part of the time only; the rest is "
                           "estimated from the counters");
  if (report->interface_count == 0)
    c_complain_once(LOG_WARNING, &context.none_selected,
                    PLUGIN " plugin: Interface and IgnoreSelected select none of the present interfaces");
  else
    c_release(LOG_INFO, &context.none_selected, PLUGIN " plugin: a selected interface is present");
  values_dispatch(report, time, wt_config_report_inactive(context.config), context.groups);
  return 0;
}

/* A failure here keeps the plugin out (no read callback, and `collectd -T` fails), and collectd goes on. */
static int init(void)
{
  struct wt_error error = {0};

  if (context.rejected) {
    P_ERROR("stays out: %d wrong option(s) in its configuration, logged above", context.rejected);
    return -1;
  }
  if (!have_config()) {
    P_ERROR("stays out: out of memory");
    return -1;
  }
  if (!context.groups)
    context.groups = groups_default();
  if (wt_open(&context.wt, context.config, &error) != 0) {
    P_ERROR("stays out: %s", error.text);
    context.wt = NULL;
    return -1;
  }
  /* Only now: a read callback that was registered earlier would go on after a failed init. */
  if (plugin_register_complex_read(PLUGIN, PLUGIN, read_report, 0, NULL) != 0) {
    P_ERROR("stays out: collectd did not take the read callback");
    wt_close(context.wt);
    context.wt = NULL;
    return -1;
  }
  return 0;
}

static int shutdown_plugin(void)
{
  wt_close(context.wt);
  context.wt = NULL;
  wt_config_free(context.config);
  context.config = NULL;
  return 0;
}

/* The one symbol that collectd looks up; the header declares it without a visibility. */
__attribute__((visibility("default"))) void module_register(void)
{
  plugin_register_complex_config(PLUGIN, configure);
  plugin_register_init(PLUGIN, init);
  plugin_register_shutdown(PLUGIN, shutdown_plugin);
}
