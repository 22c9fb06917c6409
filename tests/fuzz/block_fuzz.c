/* SPDX-License-Identifier: MIT */
/*
 * A <Plugin wiretruth> block of collectd.conf: the tree that collectd's parser makes of it, and what our plugin makes
 * of the tree. The parser is collectd's own and no library: this one makes trees of the same kinds, of lines as they
 * stand in the file. Words in quotation marks are text, others are a number, true or false, or text.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_hold.h"
#include "fuzz.h"
#include "options.h"

enum { MOST_ITEMS = 48, MOST_VALUES = 6, MOST_DEPTH = 3 };

/* ---- what the plugin has of collectd ---- */

static int logged;

void daemon_log(int level, const char *format, ...)
{
  char text[1024];
  va_list arguments;

  va_start(arguments, format);
  fuzz_must(vsnprintf(text, sizeof(text), format, arguments) > 0);
  va_end(arguments);
  fuzz_must(level == LOG_ERR && text[0] && !strchr(text, '\n'));
  logged++;
}

int ssnprintf(char *text, size_t size, const char *format, ...)
{
  va_list arguments;
  int length;

  va_start(arguments, format);
  length = vsnprintf(text, size, format, arguments);
  va_end(arguments);
  return length;
}

char *ssnprintf_alloc(const char *format, ...)
{
  va_list arguments;
  char *text = NULL;

  va_start(arguments, format);
  fuzz_must(vasprintf(&text, format, arguments) >= 0);
  va_end(arguments);
  return text;
}

/* For values, of which there are none here. */
char *sstrncpy(char *to, const char *from, size_t size)
{
  fuzz_broken("no value is dispatched", from, (int)size);
  return to;
}

int plugin_dispatch_values(const value_list_t *values)
{
  fuzz_broken("no value is dispatched", values->plugin, 0);
}

cdtime_t plugin_get_interval(void)
{
  fuzz_broken("no value is dispatched", __FILE__, __LINE__);
}

/* ---- text -> tree ---- */

/* Cuts the next word off, and says whether it was in quotation marks. NULL at the end. */
static char *next_word(char **text, bool *quoted)
{
  char *word = *text + strspn(*text, " \t"), *end;

  if (!*word || *word == '#')
    return NULL;
  *quoted = *word == '"';
  word += *quoted;
  end = word + strcspn(word, *quoted ? "\"" : " \t>");
  *text = end + (*end != '\0');
  *end = '\0';
  return word;
}

static oconfig_value_t value_of(char *word, bool quoted)
{
  static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
  oconfig_value_t value = {.type = OCONFIG_TYPE_STRING, .value.string = word};
  char *end;
  double number = strtod(word, &end);

  if (quoted)
    return value;
  for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
    if (strcasecmp(word, yes[i]) == 0 || strcasecmp(word, no[i]) == 0)
      return (oconfig_value_t){.type = OCONFIG_TYPE_BOOLEAN, .value.boolean = strcasecmp(word, yes[i]) == 0};
  return *word && !*end ? (oconfig_value_t){.type = OCONFIG_TYPE_NUMBER, .value.number = number} : value;
}

static oconfig_item_t *add_item(oconfig_item_t *parent, char *line)
{
  oconfig_value_t *values;
  oconfig_item_t *item;
  bool quoted;
  char *word = next_word(&line, &quoted);

  if (!word || parent->children_num == MOST_ITEMS)
    return NULL;
  item = &parent->children[parent->children_num++];
  *item = (oconfig_item_t){.key = word, .parent = parent, .values = calloc(MOST_VALUES, sizeof(*item->values))};
  fuzz_must(item->values != NULL);
  while (item->values_num < MOST_VALUES && (word = next_word(&line, &quoted)) != NULL)
    item->values[item->values_num++] = value_of(word, quoted);
  /* No more room than there are values, so that a sanitizer sees who reads beyond. */
  if (item->values_num == 0) {
    free(item->values);
    item->values = NULL;
    return item;
  }
  values = realloc(item->values, (size_t)item->values_num * sizeof(*values));
  fuzz_must(values != NULL);
  item->values = values;
  return item;
}

static void open_block(oconfig_item_t *item)
{
  item->children = calloc(MOST_ITEMS, sizeof(*item->children));
  fuzz_must(item->children != NULL);
}

static void free_items(oconfig_item_t *item)
{
  for (int i = 0; i < item->children_num; i++)
    free_items(&item->children[i]);
  free(item->children);
  free(item->values);
}

/* Lines of "<Key value>" and "</Key>" begin and end a block. The text stays what the tree points into. */
static void make_tree(oconfig_item_t *root, char *text)
{
  oconfig_item_t *at = root, *item;
  int depth = 0;

  for (char *save = NULL, *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
    line += strspn(line, " \t");
    if (line[0] == '<' && line[1] == '/') {
      at = depth > 0 ? at->parent : at;
      depth -= depth > 0;
      continue;
    }
    item = add_item(at, line + (line[0] == '<'));
    if (item && line[0] == '<' && depth < MOST_DEPTH) {
      open_block(item);
      at = item;
      depth++;
    }
  }
}

/* ---- the target ---- */

static int items_of(const oconfig_item_t *item)
{
  int items = 1;

  for (int i = 0; i < item->children_num; i++)
    items += items_of(&item->children[i]);
  return items;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct fuzz_input input = {data, size};
  char *text = fuzz_text(&input, '\0');
  struct wt_config *config = wt_config_new();
  oconfig_item_t root = {.key = (char[]){"Plugin"}};
  unsigned int groups = 0;
  struct wt_error error = {0};
  int bad;

  fuzz_must(config != NULL);
  open_block(&root);
  make_tree(&root, text);
  logged = 0;
  bad = options_apply(config, &groups, &root);
  fuzz_must(bad >= 0 && bad < items_of(&root));
  fuzz_must(logged == bad);
  config_must_hold(config);
  fuzz_must_say(wt_config_check(config, &error), &error);
  wt_config_free(config);
  free_items(&root);
  free(text);
  return 0;
}
