/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "groups.h"

/* "1000000", or the longest figure with exponent. */
#define NUMBER_LENGTH 32

#define REPORT        "Report"

/*
 * collectd's parser has typed a value already: 10000 is a number, true, yes and on are a boolean. The core takes text,
 * as the user wrote it; 15 digits bring back every decimal number that a user would write. Returns buffer or the
 * value's own text.
 */
static const char *value_text(const oconfig_value_t *value, char buffer[static NUMBER_LENGTH])
{
  switch (value->type) {
  case OCONFIG_TYPE_STRING:
    return value->value.string;
  case OCONFIG_TYPE_BOOLEAN:
    return value->value.boolean ? "true" : "false";
  default:
    snprintf(buffer, NUMBER_LENGTH, "%.15g", value->value.number);
    return buffer;
  }
}

/* NULL when there is no such option. */
static const struct wt_option *find_option(const char *name)
{
  size_t count;
  const struct wt_option *options = wt_options(&count);

  for (size_t i = 0; i < count; i++)
    if (strcasecmp(name, options[i].name) == 0)
      return &options[i];
  return NULL;
}

/* One or more groups of values. Nothing is added where one of them is wrong. */
static int apply_report(unsigned int *groups, const oconfig_item_t *item)
{
  char number[NUMBER_LENGTH], names[GROUPS_TEXT];
  unsigned int named = 0;

  if (item->children_num > 0 || item->values_num == 0) {
    P_ERROR("option " REPORT ": a <" REPORT "> block is not valid; it takes one or more of: %s", groups_names(names));
    return -EINVAL;
  }
  for (int i = 0; i < item->values_num; i++) {
    const char *name = value_text(&item->values[i], number);
    unsigned int group = groups_find(name);

    if (!group) {
      P_ERROR("option " REPORT ": no such group of values: '%.64s'; there are %s", name, groups_names(names));
      return -EINVAL;
    }
    named |= group;
  }
  *groups |= named;
  return 0;
}

/* Two names may be given as two values, as collectd's users write them. The core takes them as one. */
static bool is_pair(const struct wt_option *option, const oconfig_item_t *item)
{
  return strcasecmp(option->name, "Mirror") == 0 && item->values_num == 2 &&
         item->values[0].type == OCONFIG_TYPE_STRING && item->values[1].type == OCONFIG_TYPE_STRING;
}

static int set_pair(struct wt_config *config, const oconfig_item_t *item, struct wt_error *error)
{
  char *value = ssnprintf_alloc("%s=%s", item->values[0].value.string, item->values[1].value.string);
  int status = value ? wt_config_set(config, item->key, value, error) : -ENOMEM;

  free(value);
  return status;
}

/* The core knows which options there are, but for the one that is of this plugin only. */
static int apply_core(struct wt_config *config, const oconfig_item_t *item)
{
  const struct wt_option *option = find_option(item->key);
  char number[NUMBER_LENGTH];
  struct wt_error error = {0};
  int status;

  if (option && item->children_num > 0) {
    P_ERROR("option %s: a <%s> block is not valid; it takes %s", option->name, option->name, option->argument);
    return -EINVAL;
  }
  if (option && is_pair(option, item)) {
    status = set_pair(config, item, &error);
    if (status)
      P_ERROR("%s", error.code ? error.text : "out of memory");
    return status;
  }
  if (option && item->values_num != 1) {
    P_ERROR("option %s: %d values given; it takes one: %s", option->name, item->values_num, option->argument);
    return -EINVAL;
  }
  status = wt_config_set(config, item->key, item->values_num > 0 ? value_text(&item->values[0], number) : "", &error);
  if (status)
    P_ERROR("%s%s", error.text, status == -ENOENT ? ", " REPORT : "");
  return status;
}

int options_apply(struct wt_config *config, unsigned int *groups, const oconfig_item_t *block)
{
  int bad = 0;

  for (int i = 0; i < block->children_num; i++) {
    const oconfig_item_t *item = &block->children[i];
    int status = strcasecmp(item->key, REPORT) == 0 ? apply_report(groups, item) : apply_core(config, item);

    if (status)
      bad++;
  }
  return bad;
}
