/* SPDX-License-Identifier: MIT */
#include "alert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void wt_alert_list_begin(struct wt_alert_list *list)
{
  if (list->delivered)
    list->count = 0;
  list->delivered = false;
}

const struct wt_alert *wt_alert_list_deliver(struct wt_alert_list *list, size_t *count)
{
  list->delivered = true;
  *count = list->count;
  return list->alerts;
}

void wt_alert_list_free(struct wt_alert_list *list)
{
  free(list->alerts);
}

bool wt_alert_list_reserve(struct wt_alert_list *list, size_t more)
{
  size_t room = list->count + more;
  struct wt_alert *alerts;

  if (room <= list->room)
    return true;
  alerts = realloc(list->alerts, 2 * room * sizeof(*alerts));
  if (!alerts)
    return false;
  list->alerts = alerts;
  list->room = 2 * room;
  return true;
}

struct wt_alert *wt_alert_list_add(struct wt_alert_list *list, enum wt_alert_kind kind, enum wt_severity severity,
                                   const char *name, int ifindex)
{
  struct wt_alert *alert = &list->alerts[list->count++];

  *alert = (struct wt_alert){
      .kind = kind,
      .severity = severity,
      .ifindex = ifindex,
      .direction = WT_DIRECTIONS,
      .signal = kind == WT_ALERT_BASIS ? WT_COUNTER : WT_SIGNALS,
      .value = NAN,
      .threshold = NAN,
      .since = NAN,
      .wire = NAN,
      .frames = NAN,
  };
  snprintf(alert->interface, sizeof(alert->interface), "%s", name);
  return alert;
}
