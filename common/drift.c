/* SPDX-License-Identifier: MIT */
#include "drift.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "baseline_file.h"
#include "drift_found.h"
#include "error.h"
#include "news.h"

struct wt_drift_watch {
  const struct wt_config *config;
  struct wt_driver_infos *infos;
  struct wt_baseline_record record; /* empty unless state is MATCHES */
  enum wt_baseline state;
  char reason[256];
  struct stat seen; /* the file as it was when it was read last */
  int seen_error;
  bool looked;
  char (*missing)[IFNAMSIZ];
  const char **missing_names;
  size_t missing_count;
  struct wt_news_list news;
  struct wt_found found;
};

struct wt_drift_watch *wt_drift_open(const struct wt_config *config)
{
  struct wt_drift_watch *watch = calloc(1, sizeof(*watch));

  if (!watch)
    return NULL;
  watch->config = config;
  watch->infos = wt_driver_infos_open();
  if (watch->infos)
    return watch;
  free(watch);
  return NULL;
}

void wt_drift_close(struct wt_drift_watch *watch)
{
  if (!watch)
    return;
  wt_driver_infos_close(watch->infos);
  wt_baseline_clear(&watch->record);
  wt_news_free(&watch->news);
  free(watch->missing);
  free(watch->missing_names);
  free(watch);
}

/* ---- the file ---- */

/* Whether it is another one than was read last, or has another content. Standard input is read once. */
static bool file_changed(struct wt_drift_watch *watch)
{
  const char *file = watch->config->baseline;
  struct stat now = {0};
  int error = 0;
  bool changed;

  if (strcmp(file, "-") != 0 && stat(file, &now))
    error = errno;
  changed = !watch->looked || error != watch->seen_error || now.st_dev != watch->seen.st_dev ||
            now.st_ino != watch->seen.st_ino || now.st_size != watch->seen.st_size ||
            now.st_mode != watch->seen.st_mode || now.st_mtim.tv_sec != watch->seen.st_mtim.tv_sec ||
            now.st_mtim.tv_nsec != watch->seen.st_mtim.tv_nsec || now.st_ctim.tv_sec != watch->seen.st_ctim.tv_sec ||
            now.st_ctim.tv_nsec != watch->seen.st_ctim.tv_nsec;
  watch->looked = true;
  watch->seen = now;
  watch->seen_error = error;
  return changed;
}

static int read_file(struct wt_drift_watch *watch, struct wt_error *error)
{
  struct wt_error damage = {0};
  size_t length;
  char *text;
  int status = wt_baseline_load(watch->config->baseline, &text, &length, error);

  if (!text) {
    watch->state = WT_BASELINE_UNREADABLE;
    return status;
  }
  status = wt_baseline_parse(text, length, &watch->record, &damage);
  free(text);
  watch->state = status ? WT_BASELINE_DAMAGED : WT_BASELINE_MATCHES;
  return status ? wt_fail(error, status, "baseline %.60s, %.180s", watch->config->baseline, damage.text) : 0;
}

/* False if it is as it was. */
static bool reload(struct wt_drift_watch *watch)
{
  struct wt_error error = {0};

  if (!file_changed(watch))
    return false;
  wt_baseline_clear(&watch->record);
  if (read_file(watch, &error) == 0)
    wt_news_add(&watch->news, true, "baseline %s is in use: %zu interfaces are recorded", watch->config->baseline,
                watch->record.interface_count);
  else if (strcmp(error.text, watch->reason) != 0)
    wt_news_add(&watch->news, false, "going on without a baseline: %s", error.text);
  snprintf(watch->reason, sizeof(watch->reason), "%.255s", error.text);
  return true;
}

/* ---- one interface ---- */

static const struct wt_drift *find_drift(const struct wt_drift *list, size_t count, const char *item)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(list[i].item, item) == 0)
      return &list[i];
  return NULL;
}

static void tell_begun(struct wt_drift_watch *watch, const char *name, const struct wt_drift *drift)
{
  if (strcmp(drift->item, "name") == 0)
    wt_news_add(&watch->news, false, "%s is renamed: the baseline has it as %s", name, drift->expected);
  else
    wt_news_add(&watch->news, false, "%s drifts from the baseline: %s is '%s', expected '%s'", name, drift->item,
                drift->found, drift->expected);
}

/* Takes over since when from the list before, and tells what is different from it. */
static void compare_lists(struct wt_drift_watch *watch, const struct wt_entry *entry, struct wt_drift *list,
                          size_t count, double unix_time)
{
  for (size_t i = 0; i < count; i++) {
    const struct wt_drift *old = find_drift(entry->drift, entry->drift_count, list[i].item);

    list[i].since = old ? old->since : unix_time;
    if (!old || strcmp(old->found, list[i].found) != 0 || strcmp(old->expected, list[i].expected) != 0)
      tell_begun(watch, entry->link.name, &list[i]);
  }
  for (size_t i = 0; i < entry->drift_count; i++)
    if (!find_drift(list, count, entry->drift[i].item))
      wt_news_add(&watch->news, true, "%s: %s drifts no longer", entry->link.name, entry->drift[i].item);
}

static void set_state(struct wt_entry *entry, enum wt_baseline state, struct wt_drift *list, size_t count)
{
  free(entry->drift);
  entry->baseline = state;
  entry->drift = list;
  entry->drift_count = count;
}

static bool recorded_as(const void *context, const char *name, bool *active)
{
  const struct wt_baseline_interface *recorded = context;
  const struct wt_baseline_item like = {.fact = WT_FACT_FEATURE, .name = name};
  const struct wt_baseline_item *item = recorded ? wt_baseline_find_item(recorded, &like) : NULL;

  *active = item && strncmp(item->value, "on", 2) == 0;
  return item != NULL;
}

static void set_new(struct wt_drift_watch *watch, const struct wt_scene *scene, struct wt_entry *entry)
{
  wt_entry_expect(entry, scene->features, recorded_as, NULL);
  if (entry->baseline != WT_BASELINE_NEW)
    wt_news_add(&watch->news, true, "%s is new: it is not in the baseline", entry->link.name);
  set_state(entry, WT_BASELINE_NEW, NULL, 0);
}

static void compare(struct wt_drift_watch *watch, const struct wt_scene *scene, struct wt_entry *entry,
                    const struct wt_baseline_interface *recorded, double unix_time)
{
  struct wt_drift *list = calloc(recorded->item_count + 1, sizeof(*list)), *fitting;
  enum wt_baseline state = WT_BASELINE_DRIFTS;
  size_t count;

  if (!list)
    return; /* what was found before stays until there is memory again */
  wt_entry_expect(entry, scene->features, recorded_as, recorded);
  wt_found_fill(&watch->found, entry, wt_driver_info(watch->infos, entry->link.ifindex));
  count = wt_baseline_compare(recorded, &watch->found.interface, list, recorded->item_count + 1);
  compare_lists(watch, entry, list, count, unix_time);
  if (count == 0) {
    free(list);
    set_state(entry, WT_BASELINE_MATCHES, NULL, 0);
    return;
  }
  if (count == 1 && strcmp(list[0].item, "name") == 0)
    state = WT_BASELINE_RENAMED;
  fitting = realloc(list, count * sizeof(*list));
  set_state(entry, state, fitting ? fitting : list, count);
}

/* ---- all interfaces ---- */

static bool is_missing(char (*names)[IFNAMSIZ], size_t count, const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0)
      return true;
  return false;
}

/* Recorded ones that are not there. Those that nobody wants to observe are not missed. */
static void find_missing(struct wt_drift_watch *watch, const bool *matched)
{
  const struct wt_baseline_record *record = &watch->record;
  char(*missing)[IFNAMSIZ] = calloc(record->interface_count + 1, sizeof(*missing));
  const char **names = calloc(record->interface_count + 1, sizeof(*names));
  size_t count = 0;

  if (!missing || !names) {
    free(missing);
    free(names);
    return;
  }
  for (size_t i = 0; i < record->interface_count; i++) {
    const char *name = record->interfaces[i].name;

    if (matched[i] || !wt_config_selects(watch->config, name))
      continue;
    memcpy(missing[count], name, IFNAMSIZ);
    names[count] = missing[count];
    count++;
    if (!is_missing(watch->missing, watch->missing_count, name))
      wt_news_add(&watch->news, false, "%s is missing: it is in the baseline", name);
  }
  for (size_t i = 0; i < watch->missing_count; i++)
    if (!is_missing(missing, count, watch->missing[i]))
      wt_news_add(&watch->news, true, "%s is missing no longer", watch->missing[i]);
  free(watch->missing);
  free(watch->missing_names);
  watch->missing = missing;
  watch->missing_names = names;
  watch->missing_count = count;
}

static void compare_entries(struct wt_drift_watch *watch, const struct wt_scene *scene,
                            const struct wt_baseline_present *present, double unix_time)
{
  size_t at = 0;

  for (size_t i = 0; i < scene->entry_count; i++) {
    struct wt_entry *entry = scene->entries[i];

    while (at < scene->link_count && scene->links[at].ifindex < entry->link.ifindex)
      at++;
    if (at == scene->link_count || scene->links[at].ifindex != entry->link.ifindex)
      continue;
    if (scene->features_missing && !entry->features)
      continue; /* when they can be read, all are compared again */
    if (present[at].recorded < 0)
      set_new(watch, scene, entry);
    else
      compare(watch, scene, entry, &watch->record.interfaces[present[at].recorded], unix_time);
  }
}

static void compare_all(struct wt_drift_watch *watch, const struct wt_scene *scene, double unix_time)
{
  struct wt_baseline_present *present = calloc(scene->link_count + 1, sizeof(*present));
  bool *matched = calloc(watch->record.interface_count + 1, sizeof(*matched));

  for (size_t i = 0; present && i < scene->link_count; i++) {
    const struct wt_driver_info *info = wt_driver_info(watch->infos, scene->links[i].ifindex);

    present[i].name = scene->links[i].name;
    present[i].address = info && info->address[0] ? info->address : NULL;
  }
  if (present && matched && wt_baseline_match(&watch->record, present, scene->link_count, matched)) {
    compare_entries(watch, scene, present, unix_time);
    find_missing(watch, matched);
  }
  free(present);
  free(matched);
}

static void compare_nothing(struct wt_drift_watch *watch, const struct wt_scene *scene)
{
  for (size_t i = 0; i < scene->entry_count; i++) {
    wt_entry_expect(scene->entries[i], scene->features, recorded_as, NULL);
    set_state(scene->entries[i], watch->state, NULL, 0);
  }
  watch->missing_count = 0;
}

void wt_drift_update(struct wt_drift_watch *watch, const struct wt_scene *scene, bool changed, double unix_time)
{
  wt_news_begin(&watch->news);
  changed |= reload(watch);
  if (watch->state != WT_BASELINE_MATCHES) {
    compare_nothing(watch, scene);
    return;
  }
  changed |= wt_driver_infos_read(watch->infos, scene->links, scene->link_count, changed);
  if (changed)
    compare_all(watch, scene, unix_time);
}

void wt_drift_report(struct wt_drift_watch *watch, struct wt_baseline_report *report)
{
  *report = (struct wt_baseline_report){
      .state = watch->state,
      .missing = watch->missing_names,
      .missing_count = watch->missing_count,
  };
  report->news = wt_news_deliver(&watch->news, &report->news_count);
  memcpy(report->reason, watch->reason, sizeof(report->reason));
}

/* ---- recording ---- */

static int order_by_name(const void *a, const void *b)
{
  const struct wt_baseline_interface *left = a, *right = b;

  return wt_baseline_order_names(left->name, right->name);
}

static const struct wt_driver_info *info_of(const struct wt_driver_infos *infos, const struct wt_entry *entry)
{
  return infos ? wt_driver_info(infos, entry->link.ifindex) : NULL;
}

static bool is_listed(const struct wt_baseline_interface *list, size_t count, const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(list[i].name, name) == 0)
      return true;
  return false;
}

/* The observed ones, and those of kept that are not selected. list has room for both. */
static size_t gather(const struct wt_config *config, const struct wt_scene *scene, const struct wt_driver_infos *infos,
                     const struct wt_baseline_record *kept, struct wt_found *found, struct wt_baseline_interface *list)
{
  size_t count = 0;

  for (size_t i = 0; i < scene->entry_count; i++) {
    wt_found_fill(&found[i], scene->entries[i], info_of(infos, scene->entries[i]));
    list[count++] = found[i].interface;
  }
  for (size_t i = 0; i < kept->interface_count; i++)
    if (!wt_config_selects(config, kept->interfaces[i].name) &&
        !is_listed(list, scene->entry_count, kept->interfaces[i].name))
      list[count++] = kept->interfaces[i];
  qsort(list, count, sizeof(*list), order_by_name);
  return count;
}

static int record(const struct wt_config *config, const struct wt_scene *scene, const struct wt_baseline_record *kept,
                  const struct wt_baseline_record *comments, char **text)
{
  size_t length, most = scene->entry_count + kept->interface_count + 1;
  struct wt_driver_infos *infos = wt_driver_infos_open();
  struct wt_found *found = calloc(scene->entry_count + 1, sizeof(*found));
  struct wt_baseline_interface *list = calloc(most, sizeof(*list));
  FILE *out = infos && found && list ? open_memstream(text, &length) : NULL;
  int status = -ENOMEM;

  if (out) {
    wt_driver_infos_read(infos, scene->links, scene->link_count, true);
    wt_baseline_format(out, list, gather(config, scene, infos, kept, found, list), comments);
    status = wt_text_end(out, text);
  }
  free(list);
  free(found);
  wt_driver_infos_close(infos);
  return status;
}

int wt_drift_record(const struct wt_config *config, const struct wt_scene *scene, const char *kept_text, char **text,
                    struct wt_error *error)
{
  struct wt_baseline_record kept = {.interface_count = 0};
  int status = kept_text ? wt_baseline_parse(kept_text, strlen(kept_text), &kept, error) : 0;

  if (status)
    return status;
  status = record(config, scene, &kept, kept_text ? &kept : NULL, text);
  wt_baseline_clear(&kept);
  return status ? wt_fail(error, status, "the baseline cannot be recorded: %s", strerror(-status)) : 0;
}
