/* SPDX-License-Identifier: MIT */
/* The scalars of wtNotify that can be read. */
#include <errno.h>

#include "mib_parts.h"
#include "root.h"
#include "thresholds.h"
#include "value.h"

enum { ENABLED = 1, SUPPRESSED = 2 };

static const oid root[] = {WT_MIB_OBJECTS, WT_NOTIFY_ARC};

static void answer_one(netsnmp_request_info *request, unsigned int object, const struct thresholds *thresholds)
{
  if (object == ENABLED)
    value_integer(request, thresholds->now.enabled ? 1 : 2); /* TruthValue */
  else
    value_counter32(request, thresholds->notifier.suppressed);
}

static int set_enabled(struct thresholds *thresholds, int mode, const netsnmp_variable_list *variable)
{
  int status = thresholds_step(thresholds, mode);

  if (status != SNMP_ERR_NOERROR)
    return status;
  if (mode == MODE_SET_RESERVE1)
    return netsnmp_check_vb_truthvalue(variable);
  if (mode != MODE_SET_RESERVE2)
    return SNMP_ERR_NOERROR;
  if (thresholds_begin_change(thresholds))
    return SNMP_ERR_RESOURCEUNAVAILABLE;
  thresholds->other.enabled = *variable->val.integer == 1;
  return thresholds_check_change(thresholds);
}

static int answer(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
                  netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests)
{
  struct thresholds *thresholds = registration->my_reg_void;

  (void)handler;
  for (netsnmp_request_info *request = requests; request; request = request->next) {
    unsigned int object = (unsigned int)request->requestvb->name[OID_LENGTH(root)];
    int status = SNMP_ERR_NOTWRITABLE;

    if (request->processed)
      continue;
    if (agent_request->mode == MODE_GET) {
      answer_one(request, object, thresholds);
      continue;
    }
    if (object == ENABLED)
      status = set_enabled(thresholds, agent_request->mode, request->requestvb);
    if (status != SNMP_ERR_NOERROR)
      netsnmp_set_request_error(agent_request, request, status);
  }
  return SNMP_ERR_NOERROR;
}

int thresholds_register_scalars(struct thresholds *thresholds)
{
  netsnmp_handler_registration *registration =
      netsnmp_create_handler_registration("wtNotify", answer, root, OID_LENGTH(root), HANDLER_CAN_RWRITE);

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
