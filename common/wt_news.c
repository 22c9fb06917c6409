/* SPDX-License-Identifier: MIT */
/* What is worth a line in a log when it begins and when it ends. */
#include "wt_parts.h"

static void tell_disagreement(struct wt *wt, struct wt_entry *entry, const struct wt_interface *interface,
                              enum wt_direction direction)
{
  const char *disagreement = interface->direction[direction]->wire.disagreement;

  if (!*disagreement == !entry->told_disagreement[direction])
    return;
  entry->told_disagreement[direction] = *disagreement;
  if (*disagreement)
    wt_news_add(&wt->news, false, "%s %s: the sources of the wire figure disagree: %s", interface->name,
                wt_direction_name(direction), disagreement);
  else
    wt_news_add(&wt->news, true, "%s %s: the sources of the wire figure do not disagree any more", interface->name,
                wt_direction_name(direction));
}

static void tell_mirror(struct wt *wt, struct wt_entry *entry, const struct wt_interface *interface)
{
  const char *reason, *name = wt_mirrors_of(wt->mirrors, interface->ifindex, &reason);

  if (!*reason == !entry->told_mirror)
    return;
  entry->told_mirror = *reason;
  if (*reason)
    wt_news_add(&wt->news, false, "%s: its mirror %s shows nothing: %s", interface->name, name, reason);
  else
    wt_news_add(&wt->news, true, "%s: its mirror %s is there", interface->name, name ? name : "");
}

static void tell_offloads(struct wt *wt)
{
  bool failed = wt->offload_error.code;

  if (failed == wt->told_offload_error)
    return;
  wt->told_offload_error = failed;
  if (failed)
    wt_news_add(&wt->news, false, "%s: going on with those that are known so far", wt->report.offload_error);
  else
    wt_news_add(&wt->news, true, "offload features can be read again");
}

void wt_tell(struct wt *wt)
{
  wt_news_begin(&wt->news);
  tell_offloads(wt);
  for (size_t i = 0; i < wt->report.interface_count; i++) {
    const struct wt_interface *interface = &wt->report.interfaces[i];
    struct wt_entry *entry = wt_find_entry(wt, interface->ifindex);

    for (int direction = 0; direction < WT_DIRECTIONS; direction++)
      tell_disagreement(wt, entry, interface, (enum wt_direction)direction);
    tell_mirror(wt, entry, interface);
  }
  wt->report.news = wt_news_deliver(&wt->news, &wt->report.news_count);
}

/* One that is left out of what skins show has no alerts either, until it carries something. */
static bool is_watched(const struct wt *wt, const struct wt_interface *interface)
{
  return interface->active || wt->config->report_inactive;
}

void wt_tell_alerts(struct wt *wt)
{
  const struct wt_alert_time time = {wt->report.seconds, wt->report.time};
  struct wt_settings settings;

  wt_config_settings(wt->config, NULL, &settings);
  (void)wt_alert_follow_capture(&wt->degraded, &settings, wt->report.degraded, &time, &wt->alerts);
  /* Without memory wt_alert_follow() tries it again. */
  for (size_t i = 0; i < wt->report.interface_count; i++) {
    const struct wt_interface *interface = &wt->report.interfaces[i];

    (void)wt_alert_rename(&wt_find_entry(wt, interface->ifindex)->alerts, interface, time.unix_time, &wt->alerts);
  }
  for (size_t i = 0; i < wt->report.interface_count; i++) {
    const struct wt_interface *interface = &wt->report.interfaces[i];
    struct wt_entry *entry = wt_find_entry(wt, interface->ifindex);

    /* Without memory the next report tells. */
    if (is_watched(wt, interface))
      (void)wt_alert_follow(&entry->alerts, &entry->settings, interface, &time, &wt->alerts);
  }
  wt->report.alerts = wt_alert_list_deliver(&wt->alerts, &wt->report.alert_count);
}
