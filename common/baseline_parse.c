/* SPDX-License-Identifier: MIT */
/* The text of a baseline file as a record. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "baseline_file.h"
#include "error.h"

enum {
  LONGEST_LINE = 1024,  /* without its comment */
  LONGEST_ADDRESS = 32, /* octets: MAX_ADDR_LEN of the kernel */
  SHOWN = 40,           /* of what is wrong, in a sentence */
};

#define HEADER  "wiretruth-baseline"
#define VERSION "1"

struct parser {
  struct wt_baseline_record *record;
  struct wt_error *error;
  size_t line;
  char *free;    /* of the record's text: what is not used yet */
  char *pending; /* comment lines that wait for what they are about; NULL */
  size_t blanks; /* empty lines behind them */
  bool headed;
  size_t interface_room, item_room;
};

/* ---- what is wrong ---- */

/* Text from the file, fit for a log. Returns buffer. */
static const char *shown(const char *text, char buffer[SHOWN + 4])
{
  size_t length = strlen(text);

  snprintf(buffer, SHOWN + 4, "%.*s%s", SHOWN, text, length > SHOWN ? "..." : "");
  for (char *at = buffer; *at; at++)
    if (*at < 0x20 || *at > 0x7e)
      *at = '?';
  return buffer;
}

__attribute__((format(printf, 2, 3))) static int damaged(const struct parser *parser, const char *format, ...)
{
  char text[200];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  return wt_fail(parser->error, -EINVAL, "line %zu: %s", parser->line, text);
}

/* ---- strings of the record ---- */

/* There is room for everything: no string is longer than what it stands for in the file. */
static const char *keep(struct parser *parser, const char *text, size_t length)
{
  char *kept = parser->free;

  memmove(kept, text, length);
  kept[length] = '\0';
  parser->free += length + 1;
  return kept;
}

/* A comment goes to a terminal as it is, but for what would steer it. */
static void make_harmless(char *text)
{
  for (; *text; text++)
    if (((unsigned char)*text < 0x20 && *text != '\t' && *text != '\n') || *text == 0x7f)
      *text = '?';
}

static void add_comment(struct parser *parser, const char *comment)
{
  size_t length = strlen(comment);

  if (!parser->pending) {
    parser->pending = parser->free;
    parser->blanks = 0;
  }
  while (parser->blanks) {
    *parser->free++ = '\n';
    parser->blanks--;
  }
  memcpy(parser->free, comment, length);
  parser->free[length] = '\0';
  make_harmless(parser->free);
  parser->free += length;
  *parser->free++ = '\n';
}

/* What was written above the line that is parsed. */
static const char *take_above(struct parser *parser)
{
  const char *above = parser->pending;

  if (above)
    *parser->free++ = '\0';
  parser->pending = NULL;
  return above;
}

static const char *take_behind(struct parser *parser, const char *comment)
{
  char *behind;

  if (!comment)
    return NULL;
  behind = (char *)keep(parser, comment, strlen(comment));
  make_harmless(behind);
  return behind;
}

/* ---- values ---- */

static int hex_digit(char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \x23 as #, in place. False if a backslash stands for anything else, or for the end of the string. */
static bool unescape(char *text)
{
  char *out = text;

  while (*text) {
    int high, low;

    if (*text != '\\') {
      *out++ = *text++;
      continue;
    }
    if (text[1] != 'x' || (high = hex_digit(text[2])) < 0 || (low = hex_digit(text[3])) < 0 || high + low == 0)
      return false;
    *out++ = (char)(high << 4 | low);
    text += 4;
  }
  *out = '\0';
  return true;
}

static int take_text(struct parser *parser, const char *what, char *value, size_t longest, const char **out)
{
  char text[SHOWN + 4];

  if (!unescape(value))
    return damaged(parser, "%s is '%s': a backslash begins an octet such as \\x23, and nothing else", what,
                   shown(value, text));
  if (strlen(value) > longest)
    return damaged(parser, "%s is '%s': it takes at most %zu characters", what, shown(value, text), longest);
  *out = keep(parser, value, strlen(value));
  return 0;
}

static int take_number(struct parser *parser, const char *what, const char *value, const char **out)
{
  char text[SHOWN + 4], canonical[16];
  unsigned long long number;

  errno = 0;
  number = strtoull(value, NULL, 10);
  if (strspn(value, "0123456789") != strlen(value) || errno || number > UINT32_MAX)
    return damaged(parser, "%s is '%s': it takes a whole number from 0 to %u", what, shown(value, text), UINT32_MAX);
  snprintf(canonical, sizeof(canonical), "%llu", number);
  *out = keep(parser, canonical, strlen(canonical));
  return 0;
}

static int take_address(struct parser *parser, char *value, const char **out)
{
  size_t length = strlen(value);
  bool good = length % 3 == 2 && length < LONGEST_ADDRESS * 3;
  char text[SHOWN + 4];

  for (size_t i = 0; good && i < length; i++) {
    good = i % 3 == 2 ? value[i] == ':' : hex_digit(value[i]) >= 0;
    value[i] = (char)tolower((unsigned char)value[i]);
  }
  if (!good || strspn(value, "0:") == length)
    return damaged(parser, "address is '%s': it takes a permanent address such as 52:54:00:12:34:56",
                   shown(value, text));
  *out = keep(parser, value, length);
  return 0;
}

static int take_state(struct parser *parser, const char *name, const char *value, const char **out)
{
  static const char *const states[] = {"on", "off", "on, wanted off", "off, wanted on"};
  static const char *const words[][3] = {{"on"}, {"off"}, {"on,", "wanted", "off"}, {"off,", "wanted", "on"}};
  char text[SHOWN + 4], of[SHOWN + 4];

  for (size_t state = 0; state < 4; state++) {
    const char *at = value;

    /* Blanks may be more than one. */
    for (size_t word = 0; word < 3 && words[state][word]; word++) {
      size_t length = strlen(words[state][word]);

      at += strspn(at, " \t");
      if (strncmp(at, words[state][word], length) != 0) {
        at = NULL;
        break;
      }
      at += length;
    }
    if (at && !*at) {
      *out = states[state];
      return 0;
    }
  }
  return damaged(parser, "feature %s is '%s': it takes 'on', 'off', 'on, wanted off' or 'off, wanted on'",
                 shown(name, of), shown(value, text));
}

/* ---- lines ---- */

/* Cuts the first word off the text, which then begins with the next. */
static char *cut_word(char **text)
{
  char *word = *text;

  *text += strcspn(word, " \t");
  if (**text)
    *(*text)++ = '\0';
  *text += strspn(*text, " \t");
  return word;
}

static int take_header(struct parser *parser, char *word, char *rest, const char *comment)
{
  char text[SHOWN + 4];

  if (strcmp(word, HEADER) != 0)
    return damaged(parser, "'%s' stands where '" HEADER " " VERSION "' has to", shown(word, text));
  if (strcmp(rest, VERSION) != 0)
    return damaged(parser, "the version is '%s': this wiretruth reads version " VERSION, shown(rest, text));
  parser->headed = true;
  parser->record->head = take_above(parser);
  parser->record->behind_head = take_behind(parser, comment);
  return 0;
}

static int order_by_line(const struct parser *parser, const char *what, const char *name, size_t a, size_t b)
{
  char text[SHOWN + 4];

  return wt_fail(parser->error, -EINVAL, "line %zu: %s%s is given a second time; it stands in line %zu already",
                 a > b ? a : b, what, shown(name, text), a > b ? b : a);
}

/* The last interface has all its items. */
static int end_interface(struct parser *parser)
{
  struct wt_baseline_interface *interface;

  if (parser->record->interface_count == 0)
    return 0;
  interface = &parser->record->interfaces[parser->record->interface_count - 1];
  wt_baseline_sort_items(interface->items, interface->item_count);
  for (size_t i = 1; i < interface->item_count; i++) {
    const struct wt_baseline_item *item = &interface->items[i], *before = item - 1;

    if (item->fact == before->fact && strcmp(item->name, before->name) == 0)
      return order_by_line(parser, item->fact == WT_FACT_FEATURE ? "feature " : "", item->name, before->line,
                           item->line);
  }
  return 0;
}

static bool is_name(const char *name)
{
  size_t length = strlen(name);

  if (length == 0 || length >= IFNAMSIZ || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
    return false;
  for (; *name; name++)
    if (*name == '/' || *name == ':' || isspace((unsigned char)*name))
      return false;
  return true;
}

static int take_interface(struct parser *parser, char *rest, const char *comment)
{
  struct wt_baseline_record *record = parser->record;
  struct wt_baseline_interface *interface;
  char text[SHOWN + 4];
  int status = end_interface(parser);

  if (status)
    return status;
  if (!unescape(rest) || !is_name(rest))
    return damaged(parser, "interface '%s': it takes the name of an interface, at most 15 characters without a blank",
                   shown(rest, text));
  if (record->interface_count == parser->interface_room) {
    size_t room = parser->interface_room ? parser->interface_room * 2 : 16;

    interface = realloc(record->interfaces, room * sizeof(*interface));
    if (!interface)
      return wt_fail(parser->error, -ENOMEM, "out of memory");
    record->interfaces = interface;
    parser->interface_room = room;
  }
  interface = &record->interfaces[record->interface_count++];
  *interface = (struct wt_baseline_interface){.line = parser->line};
  snprintf(interface->name, sizeof(interface->name), "%s", rest);
  interface->above = take_above(parser);
  interface->behind = take_behind(parser, comment);
  parser->item_room = 0;
  return 0;
}

static struct wt_baseline_item *new_item(struct parser *parser)
{
  struct wt_baseline_interface *interface = &parser->record->interfaces[parser->record->interface_count - 1];

  if (interface->item_count == parser->item_room) {
    size_t room = parser->item_room ? parser->item_room * 2 : 8;
    struct wt_baseline_item *items = realloc(interface->items, room * sizeof(*items));

    if (!items)
      return NULL;
    interface->items = items;
    parser->item_room = room;
  }
  return &interface->items[interface->item_count++];
}

static int take_feature(struct parser *parser, char *rest, struct wt_baseline_item *item)
{
  char *name = cut_word(&rest);
  int status;

  if (!*name || !*rest)
    return damaged(parser, "feature takes a name and 'on', 'off', 'on, wanted off' or 'off, wanted on'");
  status = take_text(parser, "the name of a feature", name, 31, &item->name);
  return status ? status : take_state(parser, name, rest, &item->value);
}

static int take_fact(struct parser *parser, char *rest, struct wt_baseline_item *item)
{
  item->name = wt_baseline_fact_name(item->fact);
  switch (item->fact) {
  case WT_FACT_ADDRESS:
    return take_address(parser, rest, &item->value);
  case WT_FACT_DRIVER:
  case WT_FACT_DRIVER_VERSION:
  case WT_FACT_FIRMWARE:
    return *rest ? take_text(parser, item->name, rest, 31, &item->value)
                 : damaged(parser, "%s has no value: leave out the line where there is none", item->name);
  default:
    return *rest ? take_number(parser, item->name, rest, &item->value)
                 : damaged(parser, "%s has no value: it takes a whole number", item->name);
  }
}

static int take_item(struct parser *parser, const char *word, char *rest, const char *comment)
{
  struct wt_baseline_item read = {.fact = WT_FACT_ADDRESS, .line = parser->line}, *item;
  char text[SHOWN + 4];
  int status;

  while (read.fact <= WT_FACT_FEATURE && strcmp(word, wt_baseline_fact_name(read.fact)) != 0)
    read.fact++;
  if (read.fact > WT_FACT_FEATURE)
    return damaged(parser,
                   "'%s' is not known: a line begins with interface, feature, mtu, address, driver, driver-version, "
                   "firmware, or a limit such as gso-max-size",
                   shown(word, text));
  if (parser->record->interface_count == 0)
    return damaged(parser, "'%s' belongs to no interface: a line 'interface NAME' has to come before it", word);
  read.above = take_above(parser);
  status = read.fact == WT_FACT_FEATURE ? take_feature(parser, rest, &read) : take_fact(parser, rest, &read);
  if (status)
    return status;
  read.behind = take_behind(parser, comment);
  item = new_item(parser);
  if (!item)
    return wt_fail(parser->error, -ENOMEM, "out of memory");
  *item = read;
  return 0;
}

/* Where the comment of a line begins: at a hash that nothing or a blank stands before. NULL if there is none. */
static char *find_comment(char *line)
{
  for (char *at = line; *at; at++)
    if (*at == '#' && (at == line || isspace((unsigned char)at[-1])))
      return at;
  return NULL;
}

static char *trim(char *text)
{
  size_t length;

  while (isspace((unsigned char)*text))
    text++;
  length = strlen(text);
  while (length && isspace((unsigned char)text[length - 1]))
    text[--length] = '\0';
  return text;
}

/* line: a copy, with its comment cut off already. */
static int take_words(struct parser *parser, char *line, const char *comment)
{
  char *rest = line, *word;

  if (strlen(line) > LONGEST_LINE)
    return damaged(parser, "it is longer than %d characters", LONGEST_LINE);
  for (const char *at = line; *at; at++)
    if ((unsigned char)*at > 0x7e || ((unsigned char)*at < 0x20 && *at != '\t'))
      return damaged(parser, "it has an octet that is not printable ASCII: write it as \\x%02x", (unsigned char)*at);
  word = cut_word(&rest);
  if (!parser->headed)
    return take_header(parser, word, rest, comment);
  if (strcmp(word, "interface") == 0)
    return take_interface(parser, rest, comment);
  return take_item(parser, word, rest, comment);
}

static int take_line(struct parser *parser, const char *from, size_t length)
{
  char *line = strndup(from, length), *text, *hash;
  char *comment = NULL;
  int status = 0;

  if (!line)
    return wt_fail(parser->error, -ENOMEM, "out of memory");
  text = trim(line);
  hash = find_comment(text);
  if (hash) {
    comment = strdup(hash);
    *hash = '\0';
    text = trim(text);
  }
  if (hash && !comment)
    status = wt_fail(parser->error, -ENOMEM, "out of memory");
  else if (*text)
    status = take_words(parser, text, comment);
  else if (comment)
    add_comment(parser, comment);
  else if (parser->pending)
    parser->blanks++;
  free(comment);
  free(line);
  return status;
}

static int take_lines(struct parser *parser, const char *text, size_t length)
{
  const char *end = text + length;
  int status = 0;

  while (text < end && status == 0) {
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    size_t size = (size_t)((newline ? newline : end) - text);

    parser->line++;
    if (memchr(text, '\0', size))
      return damaged(parser, "it has an octet of value 0: this is no text");
    status = take_line(parser, text, size);
    text += size + 1;
  }
  return status;
}

static int order_interfaces(const void *a, const void *b)
{
  return wt_baseline_order_names(((const struct wt_baseline_interface *)a)->name,
                                 ((const struct wt_baseline_interface *)b)->name);
}

static int finish(struct parser *parser)
{
  struct wt_baseline_record *record = parser->record;
  int status = end_interface(parser);

  if (status)
    return status;
  if (!parser->headed) {
    parser->line++;
    return damaged(parser, "nothing stands where '" HEADER " " VERSION "' has to");
  }
  record->tail = take_above(parser);
  if (record->interface_count)
    qsort(record->interfaces, record->interface_count, sizeof(*record->interfaces), order_interfaces);
  for (size_t i = 1; i < record->interface_count; i++) {
    const struct wt_baseline_interface *interface = &record->interfaces[i], *before = interface - 1;

    if (strcmp(interface->name, before->name) == 0)
      return order_by_line(parser, "interface ", interface->name, before->line, interface->line);
  }
  return 0;
}

int wt_baseline_parse(const char *text, size_t length, struct wt_baseline_record *record, struct wt_error *error)
{
  struct parser parser = {.record = record, .error = error};
  int status;

  *record = (struct wt_baseline_record){.text = malloc(2 * length + 16)};
  if (!record->text)
    return wt_fail(error, -ENOMEM, "out of memory");
  parser.free = record->text;
  /* The mark that some editors put before UTF-8. */
  if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
    text += 3;
    length -= 3;
  }
  status = take_lines(&parser, text, length);
  if (status == 0)
    status = finish(&parser);
  if (status)
    wt_baseline_clear(record);
  return status;
}
