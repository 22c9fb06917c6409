/* SPDX-License-Identifier: MIT */
/* wtGlobals. */
#include <stdio.h>
#include <string.h>

#include "mib_parts.h"
#include "root.h"
#include "value.h"

static const oid root[] = {WT_MIB_OBJECTS, 1};

enum {
  VERSION = 1,
  METHOD,
  METHOD_REASON,
  HORIZON,
  POLL_INTERVAL,
  LAST_POLL_AGE,
  POLLS,
  POLL_ERRORS,
  LAST_POLL_ERROR,
  BASELINE_REASON,
  BASELINE_MISSING,
  BASELINE_MISSING_NAMES,
  TAP_SHARE,
  TCP_RETRANSMITTED,
  TCP_LOST_RETRANSMITS,
  TCP_REPORTED_DUPLICATES,
  TCP_DUPLICATE_PACKETS,
  TCP_OUT_OF_ORDER_PACKETS,
  SERIES_URL,
  SERIES_ERROR,
  SERIES_ANSWER_AGE,
  DISCONTINUITY_TIME,
  LAST_POLL_TIME,
  IP_IN_SEGMENTS,
  IN_CHECKSUM_ERRORS,
  END
};

/* Names as far as a DisplayString has room. */
static void answer_missing(netsnmp_request_info *request, const struct wt_baseline_report *baseline)
{
  char names[256] = "";
  size_t used = 0;

  for (size_t i = 0; i < baseline->missing_count; i++) {
    /* Room for one more and for the dots that say that there are more. */
    if (used + IFNAMSIZ + 8 > sizeof(names)) {
      snprintf(names + used, sizeof(names) - used, ", ...");
      break;
    }
    used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", used ? ", " : "", baseline->missing[i]);
  }
  value_string(request, names);
}

static void answer_series(netsnmp_request_info *request, unsigned int object, const struct monitor *monitor)
{
  const struct wt_report *report = monitor_report(monitor);

  if (!report)
    value_absent(request);
  else if (object == SERIES_URL)
    value_string(request, report->series.url);
  else if (object == SERIES_ERROR)
    value_string(request, report->series.error);
  else
    value_gauge(request, report->time - report->series.answered + monitor_age(monitor), VALUE_DOWN);
}

/* What a report says is not known while there is none. */
static void from_report(netsnmp_request_info *request, unsigned int object, const struct monitor *monitor)
{
  const struct wt_report *report = monitor_report(monitor);

  if (!report)
    value_absent(request);
  else if (object == METHOD)
    value_integer(request, report->method);
  else if (object == METHOD_REASON)
    value_string(request, monitor_method_reason(monitor));
  else if (object == BASELINE_REASON)
    value_string(request, report->baseline.reason);
  else if (object == BASELINE_MISSING_NAMES)
    answer_missing(request, &report->baseline);
  else if (object == TAP_SHARE)
    value_share(request, report->tap_share, VALUE_NEAREST);
  else if (object == BASELINE_MISSING)
    value_gauge(request, (double)report->baseline.missing_count, VALUE_NEAREST);
  else
    value_integer(request, (long)(report->horizon * 100 + 0.5));
}

/* What the network namespace counted. */
static void from_namespace(netsnmp_request_info *request, unsigned int object, const struct wt_report *report)
{
  const struct wt_namespace *namespace = report ? &report->namespace : NULL;

  if (!namespace)
    value_absent(request);
  else if (object == TCP_RETRANSMITTED)
    value_counter(request, namespace->tcp_retransmitted);
  else if (object == TCP_LOST_RETRANSMITS)
    value_counter(request, namespace->tcp_lost_retransmits);
  else if (object == TCP_REPORTED_DUPLICATES)
    value_counter(request, namespace->tcp_reported_duplicates);
  else if (object == TCP_DUPLICATE_PACKETS)
    value_counter(request, namespace->tcp_duplicate_packets);
  else if (object == IP_IN_SEGMENTS)
    value_counter(request, namespace->ip_in_segments);
  else if (object == IN_CHECKSUM_ERRORS)
    value_counter(request, namespace->in_checksum_errors);
  else
    value_counter(request, namespace->tcp_out_of_order_packets);
}

static void answer_last_poll(netsnmp_request_info *request, unsigned int object, struct mib *mib)
{
  if (!monitor_polls(mib->monitor))
    value_absent(request); /* none has succeeded */
  else if (object == LAST_POLL_AGE)
    value_gauge(request, monitor_age(mib->monitor), VALUE_DOWN);
  else
    value_ticks(request, clock_stamp(&mib->uptime, monitor_reported(mib->monitor)));
}

static void answer_one(netsnmp_request_info *request, unsigned int object, struct mib *mib)
{
  const struct monitor *monitor = mib->monitor;

  switch (object) {
  case VERSION:
    value_string(request, WT_VERSION);
    break;
  case METHOD:
  case METHOD_REASON:
  case HORIZON:
  case BASELINE_REASON:
  case BASELINE_MISSING:
  case BASELINE_MISSING_NAMES:
  case TAP_SHARE:
    from_report(request, object, monitor);
    break;
  case TCP_RETRANSMITTED:
  case TCP_LOST_RETRANSMITS:
  case TCP_REPORTED_DUPLICATES:
  case TCP_DUPLICATE_PACKETS:
  case TCP_OUT_OF_ORDER_PACKETS:
  case IP_IN_SEGMENTS:
  case IN_CHECKSUM_ERRORS:
    from_namespace(request, object, monitor_report(monitor));
    break;
  case SERIES_URL:
  case SERIES_ERROR:
  case SERIES_ANSWER_AGE:
    answer_series(request, object, monitor);
    break;
  case POLL_INTERVAL:
    value_integer(request, (long)(monitor_interval(monitor) * 100 + 0.5));
    break;
  case LAST_POLL_AGE:
  case LAST_POLL_TIME:
    answer_last_poll(request, object, mib);
    break;
  case DISCONTINUITY_TIME:
    value_ticks(request, clock_stamp(&mib->uptime, monitor_opened(monitor)));
    break;
  case POLLS:
    value_counter32(request, monitor_polls(monitor));
    break;
  case POLL_ERRORS:
    value_counter32(request, monitor_errors(monitor));
    break;
  case LAST_POLL_ERROR:
    value_string(request, monitor_error(monitor));
    break;
  default:
    netsnmp_request_set_error(request, SNMP_NOSUCHOBJECT);
  }
}

static int answer(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
                  netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests)
{
  struct mib *mib = registration->my_reg_void;

  (void)handler;
  if (agent_request->mode != MODE_GET)
    return SNMP_ERR_NOERROR;
  for (netsnmp_request_info *request = requests; request; request = request->next)
    if (!request->processed)
      answer_one(request, (unsigned int)request->requestvb->name[OID_LENGTH(root)], mib);
  return SNMP_ERR_NOERROR;
}

int mib_globals_register(struct mib *mib)
{
  return mib_scalars_register(&mib->globals, "wtGlobals", answer, root, OID_LENGTH(root), END - 1, mib);
}
