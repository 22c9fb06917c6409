/* SPDX-License-Identifier: MIT */
#include "thresholds.h"

#include <errno.h>

#include "mib_parts.h"
#include "root.h"
#include "value.h"

int thresholds_open(struct thresholds *thresholds, const struct wt_config *config, const bool *connected)
{
  struct wt_error error = {0};
  int status;

  *thresholds = (struct thresholds){.now = {.enabled = true}, .method = WT_METHOD_AUTO};
  status = threshold_load(&thresholds->now, &thresholds->degraded, &error);
  thresholds->damaged = status != 0;
  notify_init(&thresholds->notifier, thresholds->now.enabled, connected);
  if (status == -ENOMEM)
    return status;
  if (thresholds->damaged)
    snmp_log(LOG_ERR, "wiretruth: %s; what is to be kept cannot be set until it is mended and wiretruth restarted\n",
             error.text);
  else if (threshold_can_write(&error))
    snmp_log(LOG_WARNING, "wiretruth: %s; what is to be kept cannot be set\n", error.text);
  return threshold_configured(&thresholds->now.list, config);
}

void thresholds_close(struct thresholds *thresholds)
{
  threshold_drop(&thresholds->other.list, &thresholds->now.list);
  threshold_drop(&thresholds->now.list, NULL);
  notify_free(&thresholds->notifier);
}

void thresholds_tell(struct thresholds *thresholds, const struct threshold *row, const struct wt_alert *alerts,
                     size_t count)
{
  for (size_t i = 0; i < count; i++) {
    bool okay = alerts[i].severity == WT_SEVERITY_OKAY;

    /* The alerts of the configuration are in the log already. */
    if (row->values.storage != ST_READONLY)
      snmp_log(okay ? LOG_INFO : LOG_WARNING, "wiretruth: threshold %lu %s: %s\n", threshold_number(row),
               okay ? "cleared" : "raised", alerts[i].text);
    notify_divergence(&thresholds->notifier, &alerts[i], threshold_number(row));
  }
}

void thresholds_follow(struct thresholds *thresholds, const struct wt_report *report, const char *why)
{
  notify_flush(&thresholds->notifier);
  thresholds_follow_capture(thresholds, report, why);
  for (size_t i = 0; report && i < thresholds->now.list.count; i++) {
    const struct threshold *row = thresholds->now.list.rows[i];
    const struct wt_alert *alerts;
    size_t count;

    if (!row->watch)
      continue;
    alerts = wt_rule_watch_follow(row->watch, report, &count);
    thresholds_tell(thresholds, row, alerts, count);
  }
}

/* ---- the table ------------------------------------------------------------------------------------------------ */

static void answer_row(netsnmp_request_info *request, unsigned int column, const void *row, void *context)
{
  const struct threshold_values *values = &((const struct threshold *)row)->values;

  (void)context;
  switch ((enum threshold_column)column) {
  case THRESHOLD_INTERFACES:
    value_string(request, values->interfaces);
    break;
  case THRESHOLD_DIRECTION:
    value_integer(request, values->direction);
    break;
  case THRESHOLD_SIGNAL:
    value_integer(request, values->signal);
    break;
  case THRESHOLD_RISING:
    value_gauge(request, (double)values->rising, VALUE_NEAREST);
    break;
  case THRESHOLD_FALLING:
    value_gauge(request, (double)values->falling, VALUE_NEAREST);
    break;
  case THRESHOLD_STARTUP:
    value_integer(request, values->startup);
    break;
  case THRESHOLD_HOLD:
    value_gauge(request, (double)values->hold, VALUE_NEAREST);
    break;
  case THRESHOLD_STORAGE:
    value_integer(request, values->storage);
    break;
  case THRESHOLD_STATUS:
    value_integer(request, values->status);
    break;
  default:
    netsnmp_request_set_error(request, SNMP_NOSUCHOBJECT);
  }
}

static const struct table_spec table_spec = {
    .name = "wtThresholdTable",
    .arc = 8,
    .indexes = 1,
    .first_column = THRESHOLD_INTERFACES,
    .last_column = THRESHOLD_STATUS,
    .column = answer_row,
    .set = thresholds_set,
};

/* --------------------------------------------------------------------------------------------------------------- */

int thresholds_register(struct thresholds *thresholds)
{
  int status = thresholds_register_scalars(thresholds);

  if (!status)
    status = table_register(&thresholds->table, &table_spec, thresholds);
  if (!status)
    table_replace_each(&thresholds->table, (void *const *)thresholds->now.list.rows, thresholds->now.list.count);
  return status;
}

void thresholds_unregister(struct thresholds *thresholds)
{
  table_unregister(&thresholds->table);
  mib_scalars_unregister(&thresholds->scalars);
}
