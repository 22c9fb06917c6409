/* SPDX-License-Identifier: MIT */
#include "thresholds.h"

#include <errno.h>

#include "mib_parts.h"
#include "root.h"
#include "value.h"

/* Scalars below WT_NOTIFY_ARC that can be read. */
enum { ENABLED = 1, SUPPRESSED = 2 };

bool thresholds_can_save(const struct thresholds *thresholds)
{
  return !thresholds->damaged && threshold_can_save();
}

int thresholds_open(struct thresholds *thresholds, const struct wt_config *config, const bool *connected)
{
  struct wt_error error = {0};
  int status;

  *thresholds = (struct thresholds){.stage = THRESHOLDS_IDLE};
  notify_init(&thresholds->notifier, connected);
  status = threshold_load(&thresholds->now, &thresholds->notifier.enabled, &error);
  if (status == -ENOMEM)
    return status;
  thresholds->damaged = status != 0;
  if (thresholds->damaged)
    snmp_log(LOG_ERR, "wiretruth: %s; nothing can be set until it is mended\n", error.text);
  return threshold_configured(&thresholds->now, config);
}

void thresholds_close(struct thresholds *thresholds)
{
  if (thresholds->stage != THRESHOLDS_IDLE)
    threshold_drop(&thresholds->other, &thresholds->now);
  threshold_drop(&thresholds->now, NULL);
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
    notify_divergence(&thresholds->notifier, &alerts[i]);
  }
}

void thresholds_follow(struct thresholds *thresholds, const struct wt_report *report)
{
  notify_flush(&thresholds->notifier);
  for (size_t i = 0; report && i < thresholds->now.count; i++) {
    const struct threshold *row = thresholds->now.rows[i];
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

/* ---- the scalars ---------------------------------------------------------------------------------------------- */

static const oid scalars_root[] = {WT_MIB_OBJECTS, WT_NOTIFY_ARC};

static int keep_enabled(struct thresholds *thresholds, bool enabled)
{
  struct wt_error error = {0};

  if (threshold_save(&thresholds->now, enabled, &error)) {
    snmp_log(LOG_ERR, "wiretruth: %s\n", error.text);
    return SNMP_ERR_COMMITFAILED;
  }
  thresholds->notifier.enabled = enabled;
  return SNMP_ERR_NOERROR;
}

static int set_enabled(struct thresholds *thresholds, int mode, netsnmp_request_info *request)
{
  int status = SNMP_ERR_NOERROR;

  switch (mode) {
  case MODE_SET_RESERVE1:
    status = netsnmp_check_vb_truthvalue(request->requestvb);
    if (status == SNMP_ERR_NOERROR && !thresholds_can_save(thresholds))
      status = SNMP_ERR_RESOURCEUNAVAILABLE;
    return status;
  case MODE_SET_ACTION:
    thresholds->was_enabled = thresholds->notifier.enabled;
    return keep_enabled(thresholds, *request->requestvb->val.integer == 1);
  case MODE_SET_UNDO:
    return keep_enabled(thresholds, thresholds->was_enabled) == SNMP_ERR_NOERROR ? SNMP_ERR_NOERROR
                                                                                 : SNMP_ERR_UNDOFAILED;
  default:
    return SNMP_ERR_NOERROR;
  }
}

static void answer_scalar(netsnmp_request_info *request, unsigned int object, const struct thresholds *thresholds)
{
  if (object == ENABLED)
    value_integer(request, thresholds->notifier.enabled ? 1 : 2); /* TruthValue */
  else
    value_counter32(request, thresholds->notifier.suppressed);
}

static int answer_scalars(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
                          netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests)
{
  struct thresholds *thresholds = registration->my_reg_void;

  (void)handler;
  for (netsnmp_request_info *request = requests; request; request = request->next) {
    unsigned int object = (unsigned int)request->requestvb->name[OID_LENGTH(scalars_root)];
    int status = SNMP_ERR_NOERROR;

    if (request->processed)
      continue;
    if (agent_request->mode == MODE_GET)
      answer_scalar(request, object, thresholds);
    else
      status = object == ENABLED ? set_enabled(thresholds, agent_request->mode, request) : SNMP_ERR_NOTWRITABLE;
    if (status != SNMP_ERR_NOERROR)
      netsnmp_set_request_error(agent_request, request, status);
  }
  return SNMP_ERR_NOERROR;
}

static int register_scalars(struct thresholds *thresholds)
{
  netsnmp_handler_registration *registration = netsnmp_create_handler_registration(
      "wtNotify", answer_scalars, scalars_root, OID_LENGTH(scalars_root), HANDLER_CAN_RWRITE);

  if (!registration)
    return -ENOMEM;
  registration->my_reg_void = thresholds;
  /* On failure this frees the registration. */
  if (netsnmp_register_scalar_group(registration, ENABLED, SUPPRESSED) != SNMPERR_SUCCESS) {
    snmp_log(LOG_ERR, "wiretruth: wtNotify could not be registered\n");
    return -ENOMEM;
  }
  thresholds->scalars = registration;
  return 0;
}

int thresholds_register(struct thresholds *thresholds)
{
  int status = register_scalars(thresholds);

  if (!status)
    status = table_register(&thresholds->table, &table_spec, thresholds);
  if (!status)
    table_replace_each(&thresholds->table, (void *const *)thresholds->now.rows, thresholds->now.count);
  return status;
}

void thresholds_unregister(struct thresholds *thresholds)
{
  table_unregister(&thresholds->table);
  mib_scalars_unregister(&thresholds->scalars);
}
