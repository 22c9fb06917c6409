/* SPDX-License-Identifier: MIT */
#include "report_log.h"

#include "netsnmp.h"

static void log_news(const struct wt_news *news, size_t count)
{
  for (size_t i = 0; i < count; i++)
    snmp_log(news[i].good ? LOG_INFO : LOG_WARNING, "wiretruth: %s\n", news[i].text);
}

/* Drift is among the news already, item by item. */
static void log_alerts(const struct wt_report *report)
{
  for (size_t i = 0; i < report->alert_count; i++)
    if (report->alerts[i].kind != WT_ALERT_DRIFT)
      snmp_log(report->alerts[i].severity == WT_SEVERITY_OKAY ? LOG_INFO : LOG_WARNING, "wiretruth: %s\n",
               report->alerts[i].text);
}

void report_log(const struct wt_report *report)
{
  log_news(report->baseline.news, report->baseline.news_count);
  log_news(report->series.news, report->series.news_count);
  log_news(report->news, report->news_count);
  log_alerts(report);
}
