/* SPDX-License-Identifier: MIT */
#include "expression.h"

#include <ctype.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

/* What is open: a group, or the expression as a whole. */
struct part {
  unsigned long size; /* of all in it so far */
  unsigned long last; /* of what a repetition would repeat */
};

struct size {
  struct part parts[WT_EXPRESSION_DEEPEST];
  size_t depth;
};

static struct part *innermost(struct size *size)
{
  return &size->parts[size->depth];
}

static void add(struct size *size, unsigned long last)
{
  struct part *part = innermost(size);

  part->size += last;
  part->last = last;
}

static void repeat(struct size *size, unsigned long times)
{
  struct part *part = innermost(size);

  part->size += part->last * (times - 1);
  part->last *= times;
}

/* Behind a set, of which the expression is behind the bracket that opens it. */
static const char *skip_set(const char *at)
{
  if (*at == '^')
    at++;
  /* The first one is a member. */
  if (*at == ']')
    at++;
  while (*at && *at != ']') {
    char kind = at[1];
    const char closing[] = {kind, ']', '\0'};
    const char *end = *at == '[' && kind && strchr(":.=", kind) ? strstr(at + 2, closing) : NULL;

    at = end ? end + 2 : at + 1;
  }
  return *at ? at + 1 : at;
}

/* An interval, which is behind its brace: one more than its larger number, since what has no upper end is written out
 * once beyond the lower one. Numbers that regcomp() does not take need not be right. Behind it. */
static const char *take_interval(struct size *size, const char *at)
{
  unsigned long number = 0, most = 0;

  for (; isdigit((unsigned char)*at) || *at == ','; at++) {
    number = *at == ',' || number > RE_DUP_MAX ? 0 : number * 10 + (unsigned long)(*at - '0');
    most = number > most ? number : most;
  }
  repeat(size, most + 1);
  return *at == '}' ? at + 1 : at;
}

/* Takes what begins there into account; what follows it. */
static const char *take(struct size *size, const char *at)
{
  switch (*at) {
  case '[':
    add(size, 1);
    return skip_set(at + 1);
  case '\\':
    add(size, 1);
    return at[1] ? at + 2 : at + 1;
  case '(':
    size->parts[++size->depth] = (struct part){.size = 1};
    break;
  case ')':
    if (size->depth > 0) {
      unsigned long group = innermost(size)->size;

      size->depth--;
      add(size, group);
    }
    break;
  case '{':
    return take_interval(size, at + 1);
  case '+':
    repeat(size, 2);
    break;
  case '*':
  case '?':
    break;
  default:
    add(size, 1);
  }
  return at + 1;
}

const char *wt_expression_fault(const char *expression)
{
  struct size size = {0};

  for (const char *at = expression; *at;) {
    if (at[0] == '\\' && isdigit((unsigned char)at[1]))
      return "it has a back-reference, which these expressions have not";
    if (at[0] == '(' && size.depth + 1 == WT_EXPRESSION_DEEPEST)
      return "its groups are nested too deeply";
    at = take(&size, at);
    if (innermost(&size)->size > WT_EXPRESSION_MOST)
      return "its repetitions come to too much for a name";
  }
  return NULL;
}
