/* SPDX-License-Identifier: MIT */
/*
 * A write plugin for collectd that keeps no value. When a poll of a plugin begins to arrive it writes a line to a file:
 *
 *   PLUGIN NUMBER VALUES INSTANCES TIME
 *
 * The number of this poll, from 1 on; how many values and instances (interfaces) the one before had, and the time of
 * this one's first value. A poll has begun when the identity is there again that the plugin sent first of all. Needs
 * WriteThreads 1.
 *
 *   <Plugin sink>
 *     File "/where"
 *   </Plugin>
 */
#include "../../plugins/collectd/collectd_api.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MAX_PLUGINS 16

struct poll {
  char plugin[DATA_MAX_NAME_LEN];
  char instance[DATA_MAX_NAME_LEN], type[DATA_MAX_NAME_LEN], type_instance[DATA_MAX_NAME_LEN]; /* of what begins one */
  char last[DATA_MAX_NAME_LEN];                                                                /* instance */
  unsigned long number, values, instances;
};

static struct poll polls[MAX_PLUGINS];
static FILE *file;

static int configure(const char *key, const char *value)
{
  if (strcasecmp(key, "File") != 0 || file)
    return -1;
  file = fopen(value, "we");
  return file ? 0 : -1;
}

static struct poll *find(const value_list_t *list)
{
  for (size_t i = 0; i < MAX_PLUGINS; i++) {
    struct poll *poll = &polls[i];

    if (!poll->plugin[0]) {
      sstrncpy(poll->plugin, list->plugin, sizeof(poll->plugin));
      sstrncpy(poll->instance, list->plugin_instance, sizeof(poll->instance));
      sstrncpy(poll->type, list->type, sizeof(poll->type));
      sstrncpy(poll->type_instance, list->type_instance, sizeof(poll->type_instance));
    }
    if (strcmp(poll->plugin, list->plugin) == 0)
      return poll;
  }
  return NULL;
}

static bool is_first(const struct poll *poll, const value_list_t *list)
{
  return strcmp(poll->instance, list->plugin_instance) == 0 && strcmp(poll->type, list->type) == 0 &&
         strcmp(poll->type_instance, list->type_instance) == 0;
}

static void begin(struct poll *poll, cdtime_t time)
{
  poll->number++;
  fprintf(file, "%s %lu %lu %lu %.6f\n", poll->plugin, poll->number, poll->values, poll->instances,
          CDTIME_T_TO_DOUBLE(time));
  fflush(file);
  poll->values = poll->instances = 0;
  poll->last[0] = '\0';
}

static int take(const data_set_t *set, const value_list_t *list, user_data_t *unused)
{
  struct poll *poll = find(list);

  (void)set;
  (void)unused;
  if (!poll || !file)
    return -1;
  if (is_first(poll, list))
    begin(poll, list->time);
  if (strcmp(list->plugin_instance, poll->last) != 0) {
    poll->instances += list->plugin_instance[0] != '\0';
    sstrncpy(poll->last, list->plugin_instance, sizeof(poll->last));
  }
  poll->values++;
  return 0;
}

/* The one symbol that collectd looks up; the header declares it without a visibility. */
__attribute__((visibility("default"))) void module_register(void)
{
  static const char *keys[] = {"File"};

  plugin_register_config("sink", configure, keys, 1);
  plugin_register_write("sink", take, NULL);
}
