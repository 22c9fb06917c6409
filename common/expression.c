/* SPDX-License-Identifier: MIT */
#include "expression.h"

#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* How many ways of matching nothing are counted at most; a product of two of them fits, too. */
#define WAYS_COUNTED 1000000UL

/* What is open: a group, or the expression as a whole. */
struct part {
  unsigned long size; /* of all in it so far */
  unsigned long last; /* of what a repetition would repeat */
  /* In how many ways the empty text matches: of what stands since the last that does not match it, of the last, and of
   * the branches before the present one. */
  unsigned long ways, last_ways, other_ways;
  unsigned long loops, last_loops; /* without end of the empty text, within each other: in it so far, and in the last */
  bool solid;                      /* something in the branch does not match the empty text */
  bool anchors, last_anchors;      /* there is an anchor in it, and in the last */
};

struct size {
  struct part parts[WT_EXPRESSION_DEEPEST];
  size_t depth;
  unsigned long most_ways;  /* of all that stand in a row */
  unsigned long most_loops; /* within each other */
  bool loops_anchor;        /* something that matches the empty text is repeated without end, and has an anchor in it */
};

static const struct part nothing = {.size = 1, .ways = 1, .last_ways = 1};

static struct part *innermost(struct size *size)
{
  return &size->parts[size->depth];
}

static unsigned long at_most(unsigned long ways)
{
  return ways < WAYS_COUNTED ? ways : WAYS_COUNTED;
}

/* The last of a branch is known, since something follows it. */
static void settle(struct size *size)
{
  struct part *part = innermost(size);

  part->solid |= part->last_ways == 0;
  part->ways = at_most(part->ways * (part->last_ways ? part->last_ways : 1));
  if (part->ways > size->most_ways)
    size->most_ways = part->ways;
  if (part->last_ways == 0)
    part->ways = 1;
  part->last_ways = 1;
}

static void add(struct size *size, unsigned long last, unsigned long ways)
{
  struct part *part = innermost(size);

  settle(size);
  part->size += last;
  part->last = last;
  part->last_ways = ways;
  part->last_anchors = false;
  part->last_loops = 0;
}

static void add_anchor(struct size *size)
{
  struct part *part = innermost(size);

  add(size, 1, 1);
  part->anchors = part->last_anchors = true;
}

static void repeat(struct size *size, unsigned long times)
{
  struct part *part = innermost(size);

  part->size += part->last * (times - 1);
  part->last *= times;
}

/* At least so often, and at most so often, or without end: then it is written out once more. */
static void repeat_ways(struct size *size, unsigned long least, unsigned long most, bool endless)
{
  struct part *part = innermost(size);
  unsigned long once = part->last_ways, ways = 1;

  if (endless && once) {
    part->last_loops++;
    if (part->last_loops > part->loops)
      part->loops = part->last_loops;
    if (part->loops > size->most_loops)
      size->most_loops = part->loops;
    size->loops_anchor |= part->last_anchors;
  }
  most = endless ? least + 1 : most;
  for (unsigned long i = 0; once && i < most && ways < WAYS_COUNTED; i++)
    ways = at_most(ways * (i < least ? once : once + 1));
  part->last_ways = once ? ways : least == 0;
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
  unsigned long number = 0, most = 0, least = 0;
  bool first = true;
  char before = '{';

  for (; isdigit((unsigned char)*at) || *at == ','; before = *at++) {
    first &= *at != ',';
    number = *at == ',' || number > RE_DUP_MAX ? 0 : number * 10 + (unsigned long)(*at - '0');
    most = number > most ? number : most;
    least = first ? number : least;
  }
  repeat_ways(size, least, most, before == ',');
  repeat(size, most + 1);
  return *at == '}' ? at + 1 : at;
}

static void end_branch(struct size *size)
{
  struct part *part = innermost(size);

  settle(size);
  part->other_ways = at_most(part->other_ways + (part->solid ? 0 : part->ways));
  part->ways = 1;
  part->solid = false;
}

static void end_group(struct size *size)
{
  if (size->depth > 0) {
    struct part group;

    end_branch(size);
    group = *innermost(size);
    size->depth--;
    add(size, group.size, group.other_ways);
    innermost(size)->anchors |= group.anchors;
    innermost(size)->last_anchors = group.anchors;
    innermost(size)->last_loops = group.loops;
    if (group.loops > innermost(size)->loops)
      innermost(size)->loops = group.loops;
  }
}

/* Takes what begins there into account; what follows it. */
static const char *take(struct size *size, const char *at)
{
  switch (*at) {
  case '[':
    add(size, 1, 0);
    return skip_set(at + 1);
  case '\\':
    if (at[1] && strchr("bB<>`'", at[1]))
      add_anchor(size);
    else
      add(size, 1, 0);
    return at[1] ? at + 2 : at + 1;
  case '^':
  case '$':
    add_anchor(size);
    break;
  case '(':
    size->parts[++size->depth] = nothing;
    break;
  case '|':
    add(size, 1, 1);
    end_branch(size);
    break;
  case ')':
    end_group(size);
    break;
  case '{':
    return take_interval(size, at + 1);
  case '+':
    repeat_ways(size, 1, 1, true);
    repeat(size, 2);
    break;
  case '*':
    repeat_ways(size, 0, 1, true);
    break;
  case '?':
    repeat_ways(size, 0, 1, false);
    break;
  default:
    add(size, 1, 0);
  }
  return at + 1;
}

const char *wt_expression_fault(const char *expression)
{
  struct size size = {.parts = {{.ways = 1, .last_ways = 1}}};

  for (const char *at = expression; *at;) {
    if (at[0] == '\\' && isdigit((unsigned char)at[1]))
      return "it has a back-reference, which these expressions have not";
    if (at[0] == '(' && size.depth + 1 == WT_EXPRESSION_DEEPEST)
      return "its groups are nested too deeply";
    at = take(&size, at);
    if (innermost(&size)->size > WT_EXPRESSION_MOST)
      return "its repetitions come to too much for a name";
  }
  end_branch(&size);
  if (size.loops_anchor)
    return "it repeats an anchor without end";
  if (size.most_loops > WT_EXPRESSION_LOOPS || (size.most_loops && size.most_ways > WT_EXPRESSION_WAYS))
    return "it repeats without end what matches nothing, in too many ways";
  return NULL;
}
