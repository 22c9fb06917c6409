/* SPDX-License-Identifier: MIT */
/* Thresholds that a skin keeps: each follows the interfaces that it is for from report to report. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alert.h"
#include "error.h"

/* What is followed of one interface. */
struct entry {
  int ifindex;
  char name[IFNAMSIZ];
  double discontinuity;
  struct wt_crossing crossing[WT_DIRECTIONS];
  double decided_at[WT_DIRECTIONS];
};

struct wt_rule_watch {
  struct wt_rule rule;
  struct wt_pattern pattern;
  struct entry *entries; /* by ifindex, as in a report; none of an interface of which nothing was decided yet */
  size_t count;
  double seconds; /* of the report before */
  struct wt_alert_list list;
};

/* What an error of a pattern is of. */
static const struct wt_option of_interfaces = {.name = "interfaces", .argument = "NAME or /REGEX/"};

static int check(const struct wt_rule *rule, struct wt_error *error)
{
  if (!rule->directions[WT_RX] && !rule->directions[WT_TX])
    return wt_fail(error, -EINVAL, "threshold: it is for no direction; one of rx and tx has to be chosen");
  if (rule->signal >= WT_SIGNALS)
    return wt_fail(error, -EINVAL, "threshold: there is no signal %d; 0 to %d are", rule->signal, WT_SIGNALS - 1);
  if (!(rule->falling >= 0 && rule->falling <= rule->rising && isfinite(rule->rising)))
    return wt_fail(error, -EINVAL, "threshold: falling %g and rising %g do not fit; falling has to be from 0 to rising",
                   rule->falling, rule->rising);
  if (!(rule->hold >= 0 && isfinite(rule->hold)))
    return wt_fail(error, -EINVAL, "threshold: hold %g is not valid; it takes seconds from 0", rule->hold);
  if (rule->startup < WT_STARTUP_RISING || rule->startup > WT_STARTUP_BOTH)
    return wt_fail(error, -EINVAL, "threshold: startup %u is not valid; it takes 1 to 3", rule->startup);
  return 0;
}

int wt_rule_watch_new(struct wt_rule_watch **out, const struct wt_rule *rule, struct wt_error *error)
{
  int status = check(rule, error);
  struct wt_rule_watch *watch;

  if (status)
    return status;
  watch = calloc(1, sizeof(*watch));
  if (!watch)
    return wt_fail(error, -ENOMEM, "threshold: out of memory");
  watch->rule = *rule;
  status = wt_pattern_init(&watch->pattern, rule->interfaces, &of_interfaces, error);
  if (status) {
    free(watch);
    return status;
  }
  *out = watch;
  return 0;
}

void wt_rule_watch_free(struct wt_rule_watch *watch)
{
  if (!watch)
    return;
  wt_pattern_clear(&watch->pattern);
  wt_alert_list_free(&watch->list);
  free(watch->entries);
  free(watch);
}

static bool is_for(const struct wt_rule_watch *watch, const struct wt_interface *interface)
{
  return (watch->rule.place == 0 || watch->rule.place == interface->place) &&
         wt_pattern_matches(&watch->pattern, interface->name);
}

bool wt_rule_watch_is_for(const struct wt_rule_watch *watch, const struct wt_interface *interface,
                          enum wt_direction direction, enum wt_signal_id signal)
{
  return watch->rule.signal == signal && watch->rule.directions[direction] && is_for(watch, interface);
}

static struct entry new_entry(const struct wt_interface *interface)
{
  struct entry entry = {
      .ifindex = interface->ifindex, .discontinuity = interface->discontinuity, .decided_at = {NAN, NAN}};

  memcpy(entry.name, interface->name, sizeof(entry.name));
  return entry;
}

/* There is room for what it raises. */
static void follow(struct wt_rule_watch *watch, struct entry *entry, const struct wt_interface *interface,
                   const struct wt_report *report)
{
  const struct wt_rule *rule = &watch->rule;
  const struct wt_threshold threshold = {.rising = rule->rising,
                                         .falling = rule->falling,
                                         .hold = rule->hold,
                                         .reach = fmax(interface->horizon, report->seconds - watch->seconds),
                                         .startup = (enum wt_startup)rule->startup};
  bool same_device = wt_alert_is_same_time(entry->discontinuity, interface->discontinuity);

  entry->discontinuity = interface->discontinuity;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    const struct wt_signal *signal = wt_signal_of(interface->direction[direction], rule->signal);
    struct wt_crossing *crossing = &entry->crossing[direction];
    struct wt_alert *alert;
    enum wt_edge edge;

    if (!rule->directions[direction])
      continue;
    if (!same_device)
      wt_threshold_forget(crossing);
    edge = wt_threshold_step(crossing, &threshold, wt_alert_newly_decided(signal, &entry->decided_at[direction]),
                             report->seconds, report->time);
    if (edge == WT_EDGE_NONE)
      continue;
    alert =
        wt_alert_list_add(&watch->list, WT_ALERT_DIVERGENCE,
                          edge == WT_EDGE_RAISED ? WT_SEVERITY_WARNING : WT_SEVERITY_OKAY, entry->name, entry->ifindex);
    alert->threshold = edge == WT_EDGE_RAISED ? rule->rising : rule->falling;
    alert->since = crossing->since;
    wt_alert_fill_divergence(alert, interface, direction, (int)rule->signal);
  }
}

/* The interface is gone, or has another name, or nobody asks any more: what was raised ends. There is room. */
static void end(struct wt_rule_watch *watch, const struct entry *entry, double unix_time, const char *why)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_alert *alert;

    if (entry->crossing[direction].state != WT_EDGE_RAISED)
      continue;
    alert = wt_alert_list_add(&watch->list, WT_ALERT_DIVERGENCE, WT_SEVERITY_OKAY, entry->name, entry->ifindex);
    alert->direction = (enum wt_direction)direction;
    alert->signal = watch->rule.signal;
    alert->threshold = watch->rule.falling;
    alert->since = unix_time;
    alert->gone = true;
    wt_alert_say_gone(alert, why);
  }
}

/* Of most of thousands of interfaces nothing is ever decided: an entry of one would stay as new_entry() makes it. */
static bool is_decided(const struct wt_rule_watch *watch, const struct wt_interface *interface)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    if (!isnan(wt_signal_of(interface->direction[direction], watch->rule.signal)->decided_at))
      return true;
  return false;
}

static size_t count_decided(const struct wt_rule_watch *watch, const struct wt_report *report)
{
  size_t count = 0;

  for (size_t i = 0; i < report->interface_count; i++)
    count += is_decided(watch, &report->interfaces[i]);
  return count;
}

/* Both lists are in the order of ifindex. There is room for those of before and those of which something was decided.
 */
static void merge(struct wt_rule_watch *watch, struct entry *entries, size_t *count, const struct wt_report *report)
{
  static const char gone[] = "the interface is gone or has another name";
  size_t old = 0;

  for (size_t i = 0; i < report->interface_count; i++) {
    const struct wt_interface *interface = &report->interfaces[i];
    const struct entry *kept = NULL;

    while (old < watch->count && watch->entries[old].ifindex < interface->ifindex)
      end(watch, &watch->entries[old++], report->time, gone);
    if (old < watch->count && watch->entries[old].ifindex == interface->ifindex) {
      if (strcmp(watch->entries[old].name, interface->name) != 0)
        end(watch, &watch->entries[old], report->time, gone);
      else if (!is_for(watch, interface))
        end(watch, &watch->entries[old], report->time, "another threshold is for the interface");
      else
        kept = &watch->entries[old];
      old++;
    }
    if (!is_for(watch, interface) || !(kept || is_decided(watch, interface)))
      continue;
    entries[*count] = kept ? *kept : new_entry(interface);
    follow(watch, &entries[(*count)++], interface, report);
  }
  while (old < watch->count)
    end(watch, &watch->entries[old++], report->time, gone);
}

const struct wt_alert *wt_rule_watch_follow(struct wt_rule_watch *watch, const struct wt_report *report, size_t *count)
{
  size_t most = count_decided(watch, report) + watch->count;
  struct entry *entries = calloc(most + 1, sizeof(*entries));
  size_t found = 0;

  wt_alert_list_begin(&watch->list);
  /* Without memory nothing was looked at, and the next report tries again. */
  if (entries && wt_alert_list_reserve(&watch->list, WT_DIRECTIONS * most)) {
    merge(watch, entries, &found, report);
    free(watch->entries);
    watch->entries = entries;
    watch->count = found;
    watch->seconds = report->seconds;
  } else {
    free(entries);
  }
  return wt_alert_list_deliver(&watch->list, count);
}

const struct wt_alert *wt_rule_watch_end(struct wt_rule_watch *watch, size_t *count)
{
  wt_alert_list_begin(&watch->list);
  if (wt_alert_list_reserve(&watch->list, WT_DIRECTIONS * watch->count))
    for (size_t i = 0; i < watch->count; i++)
      end(watch, &watch->entries[i], NAN, "its threshold is no longer there");
  watch->count = 0;
  return wt_alert_list_deliver(&watch->list, count);
}

bool wt_rule_of_options(const struct wt_config *config, unsigned int place, enum wt_signal_id signal,
                        enum wt_severity severity, struct wt_rule *rule)
{
  enum wt_level level = severity == WT_SEVERITY_FAILURE ? WT_LEVEL_FAILURE : WT_LEVEL_WARNING;
  struct wt_settings settings;

  wt_config_settings_at(config, place, &settings);
  if (!isfinite(settings.divergence[level][signal]))
    return false;
  *rule = (struct wt_rule){.interfaces = "/./",
                           .directions = {true, true},
                           .signal = signal,
                           .rising = settings.divergence[level][signal],
                           .falling = fmax(settings.divergence[level][signal] - settings.hysteresis, 0),
                           .hold = settings.hold,
                           .startup = WT_STARTUP_RISING,
                           .place = place};
  /* Whose options are from there is known of each interface; the name is for people, as far as there is room. */
  if (place > WT_PLACE_OF_ALL) {
    const char *name = config->blocks[place - WT_PLACE_OF_ALL - 1].pattern.text;

    if (strlen(name) < sizeof(rule->interfaces))
      snprintf(rule->interfaces, sizeof(rule->interfaces), "%s", name);
  }
  return true;
}
