/* SPDX-License-Identifier: MIT */
#include "notify.h"

static int severity_of(const struct wt_alert *alert)
{
  switch (alert->severity) {
  case WT_SEVERITY_FAILURE:
    return NOTIF_FAILURE;
  case WT_SEVERITY_WARNING:
    return NOTIF_WARNING;
  default:
    return NOTIF_OKAY;
  }
}

/* The value that it is about, as values.c names it. */
static void name_value(const struct wt_alert *alert, char *name, size_t size)
{
  const char *direction = wt_direction_name(alert->direction);

  switch (alert->kind) {
  case WT_ALERT_DRIFT:
    snprintf(name, size, "drift");
    return;
  case WT_ALERT_BASIS:
    snprintf(name, size, "%s-basis", direction);
    return;
  case WT_ALERT_CAPTURE:
    snprintf(name, size, "capture");
    return;
  default:
    snprintf(name, size, "%s-divergence-%s", direction, wt_signal_name(alert->signal));
  }
}

/* Nothing is added of what is not known. */
static int add_number(notification_t *notification, const char *name, double number)
{
  return isnan(number) ? 0 : plugin_notification_meta_add_double(notification, name, number);
}

/* As a whole number: plugins that write these out keep six digits of others, too few for a time. */
static int add_count(notification_t *notification, const char *name, double number)
{
  return isnan(number) || number < 0
             ? 0
             : plugin_notification_meta_add_unsigned_int(notification, name, (uint64_t)llround(number));
}

static int add_word(notification_t *notification, const char *name, const char *word)
{
  return plugin_notification_meta_add_string(notification, name, word);
}

/* CurrentValue is what collectd's own threshold plugin calls it. */
static int add_details(notification_t *notification, const struct wt_alert *alert)
{
  int failed =
      add_word(notification, "Kind", wt_alert_kind_name(alert->kind)) |
      (alert->ifindex ? add_count(notification, "IfIndex", alert->ifindex) : 0) |
      add_number(notification, "CurrentValue", alert->value) | add_number(notification, "Threshold", alert->threshold) |
      add_count(notification, "Since", floor(alert->since)) | add_count(notification, "WireFrames", alert->wire) |
      add_count(notification, "SignalFrames", alert->frames);

  if (alert->direction == WT_DIRECTIONS)
    return failed;
  failed |= add_word(notification, "Direction", wt_direction_name(alert->direction)) |
            add_word(notification, "Signal", wt_signal_name(alert->signal));
  if (alert->verdict != WT_VERDICT_UNKNOWN)
    failed |= add_word(notification, "Verdict", wt_verdict_name(alert->verdict));
  if (alert->cause != WT_CAUSE_UNKNOWN)
    failed |= add_word(notification, "Cause", wt_cause_name(alert->cause));
  return failed;
}

_Static_assert(sizeof(((struct wt_alert *)0)->text) <= NOTIF_MAX_MSG_LEN, "collectd has room for the whole sentence");

static void dispatch_alert(const struct wt_alert *alert, cdtime_t time)
{
  notification_t notification = {.severity = severity_of(alert), .time = time};

  sstrncpy(notification.message, alert->text, sizeof(notification.message));
  sstrncpy(notification.host, hostname_g, sizeof(notification.host));
  sstrncpy(notification.plugin, "wiretruth", sizeof(notification.plugin));
  sstrncpy(notification.plugin_instance, alert->interface, sizeof(notification.plugin_instance));
  sstrncpy(notification.type, "gauge", sizeof(notification.type));
  name_value(alert, notification.type_instance, sizeof(notification.type_instance));
  /* The message tells a person all the same. */
  if (add_details(&notification, alert))
    P_ERROR("out of memory: a notification goes out without its details: %s", alert->text);
  plugin_dispatch_notification(&notification);
  plugin_notification_meta_free(notification.meta);
}

void notify_dispatch(const struct wt_report *report)
{
  cdtime_t time = DOUBLE_TO_CDTIME_T(report->begun);

  for (size_t i = 0; i < report->alert_count; i++)
    dispatch_alert(&report->alerts[i], time);
}
