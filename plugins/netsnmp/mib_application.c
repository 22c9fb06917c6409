/* SPDX-License-Identifier: MIT */
/* wtApplication and wtAppDirectionTable: TCP's own account. Without the option Application there is none. */
#include "mib_parts.h"
#include "root.h"
#include "value.h"

static const oid root[] = {WT_MIB_OBJECTS, 6};

enum scalar {
  ENABLED = 1,
  REASON,
  OCTETS_ACKNOWLEDGED,
  OCTETS_RECEIVED,
  SEGMENTS_SENT,
  SEGMENTS_RECEIVED,
  RESENT_SEGMENTS,
  RESENT_OCTETS,
  CONNECTIONS,
  COVERAGE_SENT,
  COVERAGE_RECEIVED,
};

enum column { DIR_SEGMENTS = 1, DIR_OCTETS, DIR_VERDICT, DIR_REASON };

static void answer_account(netsnmp_request_info *request, enum scalar scalar, const struct wt_application *application)
{
  switch (scalar) {
  case ENABLED:
    value_integer(request, application->on ? 1 : 2); /* TruthValue */
    break;
  case REASON:
    value_string(request, application->reason);
    break;
  case OCTETS_ACKNOWLEDGED:
    value_counter(request, application->bytes_acked);
    break;
  case OCTETS_RECEIVED:
    value_counter(request, application->bytes_received);
    break;
  case SEGMENTS_SENT:
    value_counter(request, application->segments_out);
    break;
  case SEGMENTS_RECEIVED:
    value_counter(request, application->segments_in);
    break;
  case RESENT_SEGMENTS:
    value_counter(request, application->retransmitted_segments);
    break;
  case RESENT_OCTETS:
    value_counter(request, application->retransmitted_bytes);
    break;
  case CONNECTIONS:
    value_gauge(request, wt_known(application->connections) ? (double)application->connections : NAN, VALUE_NEAREST);
    break;
  case COVERAGE_SENT:
    value_share(request, application->coverage_out, VALUE_DOWN);
    break;
  case COVERAGE_RECEIVED:
    value_share(request, application->coverage_in, VALUE_DOWN);
    break;
  default:
    netsnmp_request_set_error(request, SNMP_NOSUCHOBJECT);
  }
}

static int answer(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
                  netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests)
{
  const struct wt_report *report = monitor_report(((const struct mib *)registration->my_reg_void)->monitor);

  (void)handler;
  if (agent_request->mode != MODE_GET)
    return SNMP_ERR_NOERROR;
  for (netsnmp_request_info *request = requests; request; request = request->next) {
    if (request->processed)
      continue;
    if (report)
      answer_account(request, (enum scalar)request->requestvb->name[OID_LENGTH(root)], &report->application);
    else
      value_absent(request);
  }
  return SNMP_ERR_NOERROR;
}

int mib_application_register(struct mib *mib)
{
  return mib_scalars_register(&mib->application, "wtApplication", answer, root, OID_LENGTH(root), COVERAGE_RECEIVED,
                              mib);
}

static void answer_direction(netsnmp_request_info *request, unsigned int column, const void *table_row, void *context)
{
  const struct wt_application_direction *application =
      &((const struct direction_row *)table_row)->direction->application;
  const struct wt_report *report = monitor_report(((const struct mib *)context)->monitor);

  if (!report || !report->application.on) {
    value_absent(request);
    return;
  }
  switch ((enum column)column) {
  case DIR_SEGMENTS:
    value_counter(request, application->segments);
    break;
  case DIR_OCTETS:
    value_counter(request, application->octets);
    break;
  case DIR_VERDICT:
    value_integer(request, application->verdict);
    break;
  case DIR_REASON:
    value_string(request, application->reason);
    break;
  default:
    netsnmp_request_set_error(request, SNMP_NOSUCHOBJECT);
  }
}

const struct table_spec mib_application_spec = {
    .name = "wtAppDirectionTable",
    .arc = 7,
    .indexes = 2,
    .first_column = DIR_SEGMENTS,
    .last_column = DIR_REASON,
    .column = answer_direction,
};
