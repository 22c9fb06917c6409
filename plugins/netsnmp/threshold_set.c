/* SPDX-License-Identifier: MIT */
/*
 * SET on wtThresholdTable. All that a request asks for is tried on copies of the rows; the list with them takes the
 * place of the one that is in use, or is thrown away.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mib_parts.h"
#include "thresholds.h"

#define LONGEST_HOLD   86400
#define GREATEST_SHARE 100000000 /* a million percent */

/* What a request makes of one row. */
struct draft {
  unsigned long number;
  const struct threshold *old; /* NULL: it is not there */
  struct threshold *new;
  long wanted;                   /* of RowStatus, 0 if it is not in the request */
  netsnmp_request_info *request; /* that of the RowStatus if there is one, or else the first */
};

static long number_in(const netsnmp_variable_list *variable)
{
  return *variable->val.integer;
}

/* ---- each value ----------------------------------------------------------------------------------------------- */

static int check_unsigned(const netsnmp_variable_list *variable, unsigned long most)
{
  int status = netsnmp_check_vb_type(variable, ASN_UNSIGNED);

  if (status != SNMP_ERR_NOERROR)
    return status;
  return (unsigned long)number_in(variable) <= most ? SNMP_ERR_NOERROR : SNMP_ERR_WRONGVALUE;
}

static int check_interfaces(const netsnmp_variable_list *variable)
{
  char text[sizeof(((struct threshold_values *)NULL)->interfaces)];
  int status = netsnmp_check_vb_type_and_max_size(variable, ASN_OCTET_STR, sizeof(text) - 1);

  if (status != SNMP_ERR_NOERROR)
    return status;
  for (size_t i = 0; i < variable->val_len; i++)
    if (!isprint(variable->val.string[i]))
      return SNMP_ERR_WRONGVALUE;
  memcpy(text, variable->val.string, variable->val_len);
  text[variable->val_len] = '\0';
  if (isspace((unsigned char)text[0]))
    return SNMP_ERR_WRONGVALUE;
  switch (threshold_check_interfaces(text)) {
  case 0:
    return SNMP_ERR_NOERROR;
  case -ENOMEM:
    return SNMP_ERR_RESOURCEUNAVAILABLE;
  default:
    return SNMP_ERR_WRONGVALUE;
  }
}

static int check_storage(const netsnmp_variable_list *variable)
{
  return netsnmp_check_vb_int_range(variable, ST_VOLATILE, ST_NONVOLATILE);
}

static int check_value(const netsnmp_variable_list *variable, unsigned int column)
{
  switch ((enum threshold_column)column) {
  case THRESHOLD_INTERFACES:
    return check_interfaces(variable);
  case THRESHOLD_DIRECTION:
  case THRESHOLD_SIGNAL:
  case THRESHOLD_STARTUP:
    return netsnmp_check_vb_int_range(variable, 1, 3);
  case THRESHOLD_RISING:
  case THRESHOLD_FALLING:
    return check_unsigned(variable, GREATEST_SHARE);
  case THRESHOLD_HOLD:
    return check_unsigned(variable, LONGEST_HOLD);
  case THRESHOLD_STORAGE:
    return check_storage(variable);
  case THRESHOLD_STATUS:
    return netsnmp_check_vb_rowstatus_value((netsnmp_variable_list *)variable);
  default:
    return SNMP_ERR_NOTWRITABLE;
  }
}

static int check_row(const struct thresholds *thresholds, unsigned long number)
{
  const struct threshold *row = threshold_find(&thresholds->now, number);

  if (row)
    return row->values.storage == ST_READONLY ? SNMP_ERR_NOTWRITABLE : SNMP_ERR_NOERROR;
  return number >= 1 && number <= THRESHOLD_LAST ? SNMP_ERR_NOERROR : SNMP_ERR_NOCREATION;
}

static unsigned long row_of(netsnmp_request_info *request)
{
  return (unsigned long)number_in(netsnmp_extract_table_info(request)->indexes);
}

static void reserve_each(const struct thresholds *thresholds, netsnmp_agent_request_info *agent_request,
                         netsnmp_request_info *requests)
{
  for (netsnmp_request_info *request = requests; request; request = request->next) {
    int status = check_row(thresholds, row_of(request));

    if (status == SNMP_ERR_NOERROR)
      status = check_value(request->requestvb, netsnmp_extract_table_info(request)->colnum);
    if (status != SNMP_ERR_NOERROR)
      netsnmp_set_request_error(agent_request, request, status);
  }
}

/* ---- all together --------------------------------------------------------------------------------------------- */

static void take_value(struct draft *draft, netsnmp_request_info *request)
{
  const netsnmp_variable_list *variable = request->requestvb;
  struct threshold_values *values = &draft->new->values;

  switch ((enum threshold_column)netsnmp_extract_table_info(request)->colnum) {
  case THRESHOLD_INTERFACES:
    memset(values->interfaces, 0, sizeof(values->interfaces));
    memcpy(values->interfaces, variable->val.string, variable->val_len);
    break;
  case THRESHOLD_DIRECTION:
    values->direction = number_in(variable);
    break;
  case THRESHOLD_SIGNAL:
    values->signal = number_in(variable);
    break;
  case THRESHOLD_RISING:
    values->rising = number_in(variable);
    break;
  case THRESHOLD_FALLING:
    values->falling = number_in(variable);
    break;
  case THRESHOLD_STARTUP:
    values->startup = number_in(variable);
    break;
  case THRESHOLD_HOLD:
    values->hold = number_in(variable);
    break;
  case THRESHOLD_STORAGE:
    values->storage = number_in(variable);
    break;
  case THRESHOLD_STATUS:
    draft->wanted = number_in(variable);
    draft->request = request;
    break;
  default:
    break;
  }
}

/* The draft of a row, begun if there is none. NULL when memory ran out. */
static struct draft *draft_of(struct draft *drafts, size_t *count, const struct thresholds *thresholds,
                              netsnmp_request_info *request)
{
  unsigned long number = row_of(request);
  struct draft *draft = drafts;

  while (draft < drafts + *count && draft->number != number)
    draft++;
  if (draft < drafts + *count)
    return draft;
  *draft = (struct draft){.number = number, .old = threshold_find(&thresholds->now, number), .request = request};
  draft->new = threshold_new(number, draft->old ? &draft->old->values : NULL);
  if (!draft->new)
    return NULL;
  ++*count;
  return draft;
}

/* What the RowStatus of a row comes to, by RFC 2579; an error of SNMP if it may not. */
static int settle_status(struct draft *draft)
{
  struct threshold_values *values = &draft->new->values;
  bool complete = threshold_is_complete(values);
  bool creates = draft->wanted == RS_CREATEANDGO || draft->wanted == RS_CREATEANDWAIT;
  bool activates =
      draft->wanted == RS_ACTIVE || draft->wanted == RS_CREATEANDGO || (!draft->wanted && values->status == RS_ACTIVE);

  if (draft->wanted == RS_DESTROY)
    return SNMP_ERR_NOERROR;
  if (!draft->old && !draft->wanted)
    return SNMP_ERR_INCONSISTENTNAME;
  if (creates == (draft->old != NULL) && draft->wanted)
    return SNMP_ERR_INCONSISTENTVALUE;
  if (activates && !complete)
    return SNMP_ERR_INCONSISTENTVALUE;
  values->status = activates ? RS_ACTIVE : complete ? RS_NOTINSERVICE : RS_NOTREADY;
  return SNMP_ERR_NOERROR;
}

/* Puts the row into the list that is to be; then it is the list's. */
static int place(struct thresholds *thresholds, struct draft *draft)
{
  struct wt_error error;
  int status = settle_status(draft);

  if (status != SNMP_ERR_NOERROR)
    return status;
  if (draft->new->values.storage == ST_NONVOLATILE && !thresholds_can_save(thresholds))
    return SNMP_ERR_RESOURCEUNAVAILABLE;
  if (draft->wanted == RS_DESTROY)
    return threshold_put(&thresholds->other, draft->number, NULL) ? SNMP_ERR_RESOURCEUNAVAILABLE : SNMP_ERR_NOERROR;
  if (!draft->old && thresholds->other.count >= THRESHOLD_MOST)
    return SNMP_ERR_RESOURCEUNAVAILABLE;
  if (threshold_activate(draft->new, &error) || threshold_put(&thresholds->other, draft->number, draft->new))
    return SNMP_ERR_RESOURCEUNAVAILABLE;
  draft->new = NULL;
  return SNMP_ERR_NOERROR;
}

static void reserve_all(struct thresholds *thresholds, netsnmp_agent_request_info *agent_request,
                        netsnmp_request_info *requests)
{
  size_t most = 1, count = 0;
  struct draft *drafts;
  int status = SNMP_ERR_NOERROR;

  for (netsnmp_request_info *request = requests; request; request = request->next)
    most++;
  drafts = calloc(most, sizeof(*drafts));
  if (!drafts || threshold_copy(&thresholds->other, &thresholds->now)) {
    netsnmp_set_request_error(agent_request, requests, SNMP_ERR_RESOURCEUNAVAILABLE);
    free(drafts);
    return;
  }
  thresholds->stage = THRESHOLDS_TESTED;
  for (netsnmp_request_info *request = requests; request && status == SNMP_ERR_NOERROR; request = request->next) {
    struct draft *draft = draft_of(drafts, &count, thresholds, request);

    if (draft)
      take_value(draft, request);
    else
      netsnmp_set_request_error(agent_request, request, status = SNMP_ERR_RESOURCEUNAVAILABLE);
  }
  for (size_t i = 0; i < count && status == SNMP_ERR_NOERROR; i++) {
    status = place(thresholds, &drafts[i]);
    if (status != SNMP_ERR_NOERROR)
      netsnmp_set_request_error(agent_request, drafts[i].request, status);
  }
  for (size_t i = 0; i < count; i++)
    threshold_free(drafts[i].new);
  free(drafts);
}

/* ---- the steps ------------------------------------------------------------------------------------------------ */

static void exchange(struct thresholds *thresholds)
{
  struct threshold_list now = thresholds->now;

  thresholds->now = thresholds->other;
  thresholds->other = now;
  table_replace_each(&thresholds->table, (void *const *)thresholds->now.rows, thresholds->now.count);
}

static int save(struct thresholds *thresholds, int failure)
{
  struct wt_error error = {0};

  if (thresholds->damaged || threshold_save(&thresholds->now, thresholds->notifier.enabled, &error) == 0)
    return SNMP_ERR_NOERROR;
  snmp_log(LOG_ERR, "wiretruth: %s\n", error.text);
  return failure;
}

static int act(struct thresholds *thresholds)
{
  int status;

  if (thresholds->stage != THRESHOLDS_TESTED)
    return SNMP_ERR_COMMITFAILED;
  exchange(thresholds);
  status = save(thresholds, SNMP_ERR_COMMITFAILED);
  if (status == SNMP_ERR_NOERROR)
    thresholds->stage = THRESHOLDS_DONE;
  else
    exchange(thresholds);
  return status;
}

/* What goes has its alerts cleared: nobody else would. */
static void say_farewell(struct thresholds *thresholds)
{
  for (size_t i = 0; i < thresholds->other.count; i++) {
    struct threshold *row = thresholds->other.rows[i];
    const struct wt_alert *alerts;
    size_t count;

    if (!row->watch || threshold_find(&thresholds->now, threshold_number(row)) == row)
      continue;
    alerts = wt_rule_watch_end(row->watch, &count);
    thresholds_tell(thresholds, row, alerts, count);
  }
}

static int finish(struct thresholds *thresholds)
{
  if (thresholds->stage == THRESHOLDS_DONE)
    say_farewell(thresholds);
  if (thresholds->stage != THRESHOLDS_IDLE)
    threshold_drop(&thresholds->other, &thresholds->now);
  thresholds->stage = THRESHOLDS_IDLE;
  return SNMP_ERR_NOERROR;
}

static int undo(struct thresholds *thresholds)
{
  int status = SNMP_ERR_NOERROR;

  if (thresholds->stage == THRESHOLDS_DONE) {
    exchange(thresholds);
    status = save(thresholds, SNMP_ERR_UNDOFAILED);
  }
  thresholds->stage = thresholds->stage == THRESHOLDS_IDLE ? THRESHOLDS_IDLE : THRESHOLDS_TESTED;
  finish(thresholds);
  return status;
}

int thresholds_set(void *context, netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests)
{
  struct thresholds *thresholds = context;
  int status = SNMP_ERR_NOERROR;

  switch (agent_request->mode) {
  case MODE_SET_RESERVE1:
    /* A master that died in the middle of a request never told how it ended: what was done stands. */
    finish(thresholds);
    reserve_each(thresholds, agent_request, requests);
    return SNMP_ERR_NOERROR;
  case MODE_SET_RESERVE2:
    reserve_all(thresholds, agent_request, requests);
    return SNMP_ERR_NOERROR;
  case MODE_SET_ACTION:
    status = act(thresholds);
    break;
  case MODE_SET_UNDO:
    status = undo(thresholds);
    break;
  case MODE_SET_COMMIT:
  case MODE_SET_FREE:
    status = finish(thresholds);
    break;
  default:
    return SNMP_ERR_NOERROR;
  }
  if (status != SNMP_ERR_NOERROR)
    netsnmp_set_request_error(agent_request, requests, status);
  return SNMP_ERR_NOERROR;
}
