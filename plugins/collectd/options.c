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

/* Puts "<Interface "eth0">: " before what is said of an option in a block. */
static void complain(const char *interface, const char *what, const char *more)
{
  if (interface)
    P_ERROR("<Interface \"%.64s\">: %s%s", interface, what, more);
  else
    P_ERROR("%s%s", what, more);
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

/* Two words may be given as two values, as collectd's users write them. The core takes them as one. */
static char *pair_text(const oconfig_item_t *item)
{
  char first[NUMBER_LENGTH], second[NUMBER_LENGTH];

  return ssnprintf_alloc("%s=%s", value_text(&item->values[0], first), value_text(&item->values[1], second));
}

static int set(struct wt_config *config, const char *interface, const char *name, const char *value)
{
  struct wt_error error = {0};
  int status = interface ? wt_config_set_for(config, interface, name, value, &error)
                         : wt_config_set(config, name, value, &error);

  if (status)
    complain(interface, error.text, status == -ENOENT && !interface ? ", " REPORT : "");
  return status;
}

/* The core knows which options there are, but for the one that is of this plugin only. interface: NULL outside of
 * blocks. */
static int apply_core(struct wt_config *config, const char *interface, const oconfig_item_t *item)
{
  const struct wt_option *option = find_option(item->key);
  char number[NUMBER_LENGTH], message[WT_ERROR_TEXT];
  int status;

  if (option && item->children_num > 0) {
    ssnprintf(message, sizeof(message), "option %s: a <%s> block is not valid; it takes %s", option->name, option->name,
              option->argument);
    complain(interface, message, "");
    return -EINVAL;
  }
  if (option && option->pair && item->values_num == 2) {
    char *value = pair_text(item);

    status = value ? set(config, interface, item->key, value) : -ENOMEM;
    if (!value)
      P_ERROR("out of memory");
    free(value);
    return status;
  }
  if (option && item->values_num != 1) {
    ssnprintf(message, sizeof(message), "option %s: %d values given; it takes %s: %s", option->name, item->values_num,
              option->pair ? "one or two" : "one", option->argument);
    complain(interface, message, "");
    return -EINVAL;
  }
  return set(config, interface, item->key, item->values_num > 0 ? value_text(&item->values[0], number) : "");
}

/* Options that the interfaces of that name, or whose names match, have of their own. Returns the number of bad ones. */
static int apply_block(struct wt_config *config, const oconfig_item_t *block)
{
  int bad = 0;

  if (block->values_num != 1 || block->values[0].type != OCONFIG_TYPE_STRING) {
    P_ERROR(
        "an <Interface> block takes one name of an interface, or an expression between slashes, in quotation marks");
    return 1;
  }
  for (int i = 0; i < block->children_num; i++)
    if (apply_core(config, block->values[0].value.string, &block->children[i]))
      bad++;
  return bad;
}

int options_apply(struct wt_config *config, unsigned int *groups, const oconfig_item_t *block)
{
  int bad = 0;

  for (int i = 0; i < block->children_num; i++) {
    const oconfig_item_t *item = &block->children[i];

    if (strcasecmp(item->key, REPORT) == 0)
      bad += apply_report(groups, item) != 0;
    else if (strcasecmp(item->key, "Interface") == 0 && item->children_num > 0)
      bad += apply_block(config, item);
    else
      bad += apply_core(config, NULL, item) != 0;
  }
  return bad;
}
