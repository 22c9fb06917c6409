/* SPDX-License-Identifier: MIT */
#include "options.h"

/* "1000000", or the longest figure with exponent. */
#define NUMBER_LENGTH 32

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

static int apply(struct wt_config *config, const oconfig_item_t *item)
{
  const struct wt_option *option = find_option(item->key);
  char number[NUMBER_LENGTH];
  struct wt_error error = {0};
  int status;

  if (option && item->children_num > 0) {
    P_ERROR("option %s: a <%s> block is not valid; it takes %s", option->name, option->name, option->argument);
    return -EINVAL;
  }
  if (option && item->values_num != 1) {
    P_ERROR("option %s: %d values given; it takes one: %s", option->name, item->values_num, option->argument);
    return -EINVAL;
  }
  /* An unknown option goes to the core all the same: it knows which ones there are. */
  status = wt_config_set(config, item->key, item->values_num > 0 ? value_text(&item->values[0], number) : "", &error);
  if (status)
    P_ERROR("%s", error.text);
  return status;
}

int options_apply(struct wt_config *config, const oconfig_item_t *block)
{
  int bad = 0;

  for (int i = 0; i < block->children_num; i++)
    if (apply(config, &block->children[i]) != 0)
      bad++;
  return bad;
}
