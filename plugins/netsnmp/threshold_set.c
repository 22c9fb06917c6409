/* SPDX-License-Identifier: MIT */
/*
 * SET on wtThresholdTable: all that a request asks for is tried on copies of the rows, which become part of the setup
 * that is to be.
 */
#include <stdlib.h>
#include <string.h>

#include "thresholds.h"

/* What a request makes of one row. */
struct draft {
  unsigned long number;
  struct threshold *old; /* NULL: it is not there */
  struct threshold *new;
  long wanted;                   /* of RowStatus, 0 if it is not in the request */
  netsnmp_request_info *request; /* that of the RowStatus if there is one, or else the first */
};

static unsigned long row_of(netsnmp_request_info *request)
{
  return (unsigned long)*netsnmp_extract_table_info(request)->indexes->val.integer;
}

static unsigned int column_of(netsnmp_request_info *request)
{
  return netsnmp_extract_table_info(request)->colnum;
}

/* ---- each value ----------------------------------------------------------------------------------------------- */

static int check_row(const struct thresholds *thresholds, unsigned long number)
{
  if (number >= 1 && number <= THRESHOLD_LAST)
    return SNMP_ERR_NOERROR;
  return threshold_find(&thresholds->now.list, number) ? SNMP_ERR_NOTWRITABLE : SNMP_ERR_NOCREATION;
}

static void check_each(const struct thresholds *thresholds, netsnmp_agent_request_info *agent_request,
                       netsnmp_request_info *requests)
{
  for (netsnmp_request_info *request = requests; request; request = request->next) {
    int status = check_row(thresholds, row_of(request));

    if (status == SNMP_ERR_NOERROR)
      status = threshold_check_value(request->requestvb, column_of(request));
    if (status != SNMP_ERR_NOERROR)
      netsnmp_set_request_error(agent_request, request, status);
  }
}

/* ---- all together --------------------------------------------------------------------------------------------- */

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
  *draft = (struct draft){.number = number, .old = threshold_find(&thresholds->now.list, number), .request = request};
  draft->new = threshold_new(number, draft->old ? &draft->old->values : NULL);
  if (!draft->new)
    return NULL;
  ++*count;
  return draft;
}

static int take(struct draft *drafts, size_t *count, const struct thresholds *thresholds, netsnmp_request_info *request)
{
  struct draft *draft = draft_of(drafts, count, thresholds, request);

  if (!draft)
    return SNMP_ERR_RESOURCEUNAVAILABLE;
  if (column_of(request) == THRESHOLD_STATUS) {
    draft->wanted = *request->requestvb->val.integer;
    draft->request = request;
  } else {
    threshold_take_value(&draft->new->values, request->requestvb, column_of(request));
  }
  return SNMP_ERR_NOERROR;
}

/* What the RowStatus of a row comes to, by RFC 2579; an error of SNMP if it may not. */
static int settle_status(struct draft *draft)
{
  struct threshold_values *values = &draft->new->values;
  bool complete = threshold_is_complete(values);
  bool creates = draft->wanted == RS_CREATEANDGO || draft->wanted == RS_CREATEANDWAIT;
  bool activates =
      draft->wanted == RS_ACTIVE || draft->wanted == RS_CREATEANDGO || (!draft->wanted && values->status == RS_ACTIVE);

  if (!draft->old && !draft->wanted)
    return SNMP_ERR_INCONSISTENTNAME;
  if (draft->wanted && creates == (draft->old != NULL))
    return SNMP_ERR_INCONSISTENTVALUE;
  if ((activates || draft->wanted == RS_NOTINSERVICE) && !complete)
    return SNMP_ERR_INCONSISTENTVALUE;
  if (activates && !threshold_is_consistent(values))
    return SNMP_ERR_INCONSISTENTVALUE;
  values->status = activates ? RS_ACTIVE : complete ? RS_NOTINSERVICE : RS_NOTREADY;
  return SNMP_ERR_NOERROR;
}

static bool changes_nothing(const struct draft *draft)
{
  return draft->old && memcmp(&draft->old->values, &draft->new->values, sizeof(draft->new->values)) == 0;
}

/* Puts the row into the list that is to be; then it is the list's. */
static int place(struct threshold_list *list, struct draft *draft)
{
  struct wt_error error;
  int status;

  if (draft->wanted == RS_DESTROY) {
    threshold_put(list, draft->number, NULL);
    return SNMP_ERR_NOERROR;
  }
  status = settle_status(draft);
  /* What it follows need not begin anew. */
  if (status != SNMP_ERR_NOERROR || changes_nothing(draft))
    return status;
  if (threshold_activate(draft->new, &error) || threshold_put(list, draft->number, draft->new))
    return SNMP_ERR_RESOURCEUNAVAILABLE;
  draft->new = NULL;
  return SNMP_ERR_NOERROR;
}

/* Returns the error, and whose it is. */
static int place_all(struct thresholds *thresholds, struct draft *drafts, size_t count, netsnmp_request_info **whose)
{
  int status = SNMP_ERR_NOERROR;

  for (size_t i = 0; i < count && status == SNMP_ERR_NOERROR; i++) {
    *whose = drafts[i].request;
    status = place(&thresholds->other.list, &drafts[i]);
  }
  if (status == SNMP_ERR_NOERROR && threshold_made(&thresholds->other.list) > THRESHOLD_MOST)
    status = SNMP_ERR_RESOURCEUNAVAILABLE;
  return status == SNMP_ERR_NOERROR ? thresholds_check_change(thresholds) : status;
}

static void prepare(struct thresholds *thresholds, netsnmp_agent_request_info *agent_request,
                    netsnmp_request_info *requests)
{
  netsnmp_request_info *whose = requests;
  size_t most = 1, count = 0;
  int status = SNMP_ERR_NOERROR;
  struct draft *drafts;

  for (netsnmp_request_info *request = requests; request; request = request->next)
    most++;
  drafts = calloc(most, sizeof(*drafts));
  if (!drafts || thresholds_begin_change(thresholds))
    status = SNMP_ERR_RESOURCEUNAVAILABLE;
  for (netsnmp_request_info *request = requests; request && status == SNMP_ERR_NOERROR; request = request->next)
    status = take(drafts, &count, thresholds, whose = request);
  if (status == SNMP_ERR_NOERROR)
    status = place_all(thresholds, drafts, count, &whose);
  if (status != SNMP_ERR_NOERROR)
    netsnmp_set_request_error(agent_request, whose, status);
  for (size_t i = 0; i < count; i++)
    threshold_free(drafts[i].new);
  free(drafts);
}

int thresholds_set(void *context, netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests)
{
  struct thresholds *thresholds = context;
  int status = thresholds_step(thresholds, agent_request->mode);

  if (status != SNMP_ERR_NOERROR)
    netsnmp_set_request_error(agent_request, requests, status);
  else if (agent_request->mode == MODE_SET_RESERVE1)
    check_each(thresholds, agent_request, requests);
  else if (agent_request->mode == MODE_SET_RESERVE2)
    prepare(thresholds, agent_request, requests);
  return SNMP_ERR_NOERROR;
}
