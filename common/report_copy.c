/* SPDX-License-Identifier: MIT */
/*
 * A report and all that it points to in one block of memory: thousands of interfaces are one allocation. It is a
 * mapping of its own: the copy before it, megabytes of thousands of interfaces, is then given back as a whole,
 * whichever thread frees it and whatever was allocated meanwhile.
 */
#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>

#include "wiretruth.h"

/* Filled twice in the same order: first it is only measured. */
struct block {
  char *start; /* NULL while it is measured */
  size_t used;
};

/* Where the copy is; NULL while the block is measured, and if there is nothing to copy. */
static void *put(struct block *block, const void *from, size_t octets)
{
  const size_t unit = alignof(max_align_t);
  char *to = block->start && from ? block->start + block->used : NULL;

  if (to)
    memcpy(to, from, octets);
  block->used += from ? (octets + unit - 1) / unit * unit : 0;
  return to;
}

enum { RECENT = 8 };

/* Where the last few of a kind went: what many interfaces have in common is copied once, or not often more. */
struct moved {
  const void *from[RECENT], *to[RECENT]; /* to: NULL while the block is measured */
  size_t next;
};

static bool find_moved(const struct moved *moved, const void *from, const void **to)
{
  for (size_t i = 0; i < RECENT; i++)
    if (moved->from[i] == from) {
      *to = moved->to[i];
      return true;
    }
  return false;
}

static void note_moved(struct moved *moved, const void *from, const void *to)
{
  moved->from[moved->next] = from;
  moved->to[moved->next] = to;
  moved->next = (moved->next + 1) % RECENT;
}

struct interfaces {
  struct moved directions, features;
  const struct wt_feature *named_from, *named_to; /* the features that were copied last */
  size_t named;
};

static const void *put_once(struct block *block, struct moved *moved, const void *from, size_t octets)
{
  const void *to;

  if (find_moved(moved, from, &to))
    return to;
  to = put(block, from, octets);
  note_moved(moved, from, to);
  return to;
}

/* All devices have the kernel's names of features, so the copy of the features before has most of them already. */
static const char *put_name(struct block *block, const struct interfaces *before, size_t place, const char *name)
{
  if (place < before->named && before->named_from[place].name == name)
    return before->named_to ? before->named_to[place].name : NULL;
  return put(block, name, strlen(name) + 1);
}

static const struct wt_feature *put_features(struct block *block, struct interfaces *interfaces,
                                             const struct wt_feature *from, size_t count)
{
  struct wt_feature *features;
  const void *to;

  if (find_moved(&interfaces->features, from, &to))
    return to;
  features = put(block, from, count * sizeof(*features));
  for (size_t i = 0; i < count; i++) {
    const char *name = put_name(block, interfaces, i, from[i].name);

    if (features)
      features[i].name = name;
  }
  note_moved(&interfaces->features, from, features);
  interfaces->named_from = from;
  interfaces->named_to = features;
  interfaces->named = count;
  return features;
}

/* to: NULL while the block is measured. */
static void put_interface(struct block *block, struct interfaces *interfaces, const struct wt_interface *from,
                          struct wt_interface *to)
{
  struct wt_interface copy = *from;

  copy.features = put_features(block, interfaces, from->features, from->feature_count);
  copy.drift = put(block, from->drift, from->drift_count * sizeof(*from->drift));
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    copy.direction[direction] =
        put_once(block, &interfaces->directions, from->direction[direction], sizeof(*from->direction[direction]));
  if (to)
    *to = copy;
}

static const struct wt_interface *put_interfaces(struct block *block, const struct wt_interface *from, size_t count)
{
  struct wt_interface *to = put(block, from, count * sizeof(*to));
  struct interfaces interfaces = {0};

  for (size_t i = 0; from && i < count; i++)
    put_interface(block, &interfaces, &from[i], to ? &to[i] : NULL);
  return to;
}

static const char *const *put_names(struct block *block, const char *const *from, size_t count)
{
  const char **to = put(block, from, count * sizeof(*to));

  for (size_t i = 0; i < count; i++) {
    const char *name = put(block, from[i], strlen(from[i]) + 1);

    if (to)
      to[i] = name;
  }
  return to;
}

static struct wt_report *put_report(struct block *block, const struct wt_report *from)
{
  struct wt_report copy = *from, *to = put(block, from, sizeof(*from));

  copy.baseline.missing = put_names(block, from->baseline.missing, from->baseline.missing_count);
  copy.baseline.news = put(block, from->baseline.news, from->baseline.news_count * sizeof(*from->baseline.news));
  copy.series.news = put(block, from->series.news, from->series.news_count * sizeof(*from->series.news));
  copy.news = put(block, from->news, from->news_count * sizeof(*from->news));
  copy.alerts = put(block, from->alerts, from->alert_count * sizeof(*from->alerts));
  copy.interfaces = put_interfaces(block, from->interfaces, from->interface_count);
  if (to)
    *to = copy;
  return to;
}

/* What the mapping begins with. */
struct mapping {
  alignas(max_align_t) size_t octets;
};

struct wt_report *wt_report_copy(const struct wt_report *report)
{
  struct block block = {.used = sizeof(struct mapping)};
  size_t octets;
  void *start;

  put_report(&block, report);
  octets = block.used;
  start = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED)
    return NULL;
  *(struct mapping *)start = (struct mapping){.octets = octets};
  block = (struct block){.start = start, .used = sizeof(struct mapping)};
  return put_report(&block, report);
}

void wt_report_free(struct wt_report *copy)
{
  struct mapping *mapping = copy ? (struct mapping *)(void *)((char *)copy - sizeof(*mapping)) : NULL;

  if (mapping)
    munmap(mapping, mapping->octets);
}
