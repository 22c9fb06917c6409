/* SPDX-License-Identifier: MIT */
/*
 * The collectd read plugin: configuration to the core, the core's reports to value lists. It adds no figure of its own.
 *
 * Configuration comes before collectd forks, init after that, then the read callback from one of its read threads but
 * never twice at once. That one only asks the worker for a poll, so that no plugin waits for ours. When the read
 * threads have ended collectd frees the read callback, which ends the worker, with the write threads still there to
 * take its last values; then comes shutdown. So init, worker and shutdown have the handle one after the other, and
 * nothing here is locked.
 */
#include "../worker.h"
#include "groups.h"
#include "notify.h"
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
  cdtime_t polled;          /* when the last report was begun; 0 before the first */
  c_complain_t poll_failed; /* complaints come at growing intervals and are taken back once */
  c_complain_t none_selected;
  c_complain_t part_of_the_time;
  c_complain_t poll_is_slow; /* the read callback's, and so is the next; the others are the worker's */
  bool poll_was_taken;
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
 * A poll that came late does not move the next one, so the two may be next to each other. A store that rounds times to
 * seconds has one time for both then: Graphite loses one, and RRD all that is written together with it. Half an
 * interval later is always another second, from intervals of two on.
 */
static bool is_too_early(void)
{
  cdtime_t now = cdtime();

  return now >= context.polled && now - context.polled < plugin_get_interval() / 2;
}

/* The worker's job. A failed poll costs little, and its values are missing visibly. */
static void poll_and_send(void *unused)
{
  const struct wt_report *report;
  struct wt_error error = {0};

  (void)unused;
  if (is_too_early())
    return;
  if (wt_poll(context.wt, &report, &error) != 0) {
    c_complain(LOG_ERR, &context.poll_failed, PLUGIN " plugin: no reading: %s", error.text);
    return;
  }
  c_release(LOG_INFO, &context.poll_failed, PLUGIN " plugin: readings are back");
  context.polled = DOUBLE_TO_CDTIME_T(report->begun);
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
  if (values_dispatch(report, wt_config_report_inactive(context.config), context.groups) != 0)
    P_ERROR("no values: out of memory");
  notify_dispatch(report);
}

/*
 * Always a success: for a failure collectd would suspend the callback for twice as long each time, up to a day, and
 * long after the cause has gone the values would still be missing.
 */
static int ask_for_poll(user_data_t *worker)
{
  bool taken = worker_ask(worker->data);

  if (!taken)
    c_complain(LOG_WARNING, &context.poll_is_slow,
               PLUGIN " plugin: a poll takes longer than the interval of %.3f s: no values until it has ended",
               CDTIME_T_TO_DOUBLE(plugin_get_interval()));
  else if (context.poll_was_taken)
    c_release(LOG_INFO, &context.poll_is_slow, PLUGIN " plugin: polls are within the interval again");
  context.poll_was_taken = taken;
  return 0;
}

/* In collectd's context of the caller: values that the thread dispatches have the caller's interval. */
static int spawn(pthread_t *thread, void *(*run)(void *argument), void *argument)
{
  return plugin_thread_create(thread, run, argument, "wiretruth poll");
}

/* collectd has the worker from here on, and stops it, also when it does not take the callback. */
static int start_polling(void)
{
  struct worker *worker = worker_start(spawn, poll_and_send, NULL);

  if (!worker) {
    P_ERROR("stays out: a thread for its polls could not be started");
    return -1;
  }
  if (plugin_register_complex_read(PLUGIN, PLUGIN, ask_for_poll, 0, &(user_data_t){worker, worker_stop}) != 0) {
    P_ERROR("stays out: collectd did not take the read callback");
    return -1;
  }
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
  if (start_polling() != 0) {
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
  values_forget();
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
