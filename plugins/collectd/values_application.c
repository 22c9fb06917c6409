/* SPDX-License-Identifier: MIT */
#include "values_parts.h"

/* Interfaces that no connection passes have nothing to say: half of the series would be zeros for ever. */
void values_application(const value_list_t *common, const struct wt_interface *interface)
{
  for (enum wt_direction d = 0; d < WT_DIRECTIONS; d++) {
    const struct wt_application_direction *application = &interface->direction[d]->application;

    if (!wt_known(application->segments) || application->segments == 0) {
      hold_total(common, d, "application_segments", application->segments);
      hold_total(common, d, "application_octets", application->octets);
      continue;
    }
    dispatch_total(common, d, "application_segments", application->segments);
    dispatch_total(common, d, "application_octets", application->octets);
    dispatch_gauge(common, d, "verdict", "application", application->verdict);
  }
}

/* A total of the namespace. Nothing is sent of WT_UNKNOWN. */
static void dispatch_whole(const value_list_t *common, const char *type, const char *type_instance, uint64_t total)
{
  dispatch_totals(common, type, type_instance, &total, 1);
}

void values_application_whole(const value_list_t *common, const struct wt_report *report)
{
  const struct wt_application *application = &report->application;

  dispatch_whole(common, "total_bytes", "tcp_acknowledged", application->bytes_acked);
  dispatch_whole(common, "total_bytes", "tcp_received", application->bytes_received);
  dispatch_whole(common, "total_bytes", "tcp_retransmitted", application->retransmitted_bytes);
  dispatch_whole(common, "derive", "tx-tcp_segments", application->segments_out);
  dispatch_whole(common, "derive", "rx-tcp_segments", application->segments_in);
  dispatch_whole(common, "derive", "tx-tcp_retransmitted_segments", application->retransmitted_segments);
  dispatch_gauge(common, WT_TX, "tcp_coverage", NULL, application->coverage_out);
  dispatch_gauge(common, WT_RX, "tcp_coverage", NULL, application->coverage_in);
  if (wt_known(application->connections))
    dispatch_value(common, "current_connections", "tcp", (double)application->connections);
}
