/* SPDX-License-Identifier: MIT */
/* A report and all that it points to in one block of memory: thousands of interfaces are one allocation. */
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

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

/* An interface, where it is in the report and where in the copy. */
struct twin {
  const struct wt_interface *from;
  struct wt_interface *to; /* NULL while the block is measured */
};

/* All devices have the kernel's names of features, so the copy of the interface before has most of them already. */
static const char *put_name(struct block *block, const struct wt_interface *from, size_t place,
                            const struct twin *before)
{
  const char *name = from->features[place].name;

  if (before->from && place < before->from->feature_count && before->from->features[place].name == name)
    return before->to ? before->to->features[place].name : NULL;
  return put(block, name, strlen(name) + 1);
}

static void put_interface(struct block *block, const struct twin *twin, const struct twin *before)
{
  const struct wt_interface *from = twin->from;
  struct wt_feature *features = put(block, from->features, from->feature_count * sizeof(*features));
  struct wt_drift *drift = put(block, from->drift, from->drift_count * sizeof(*drift));

  for (size_t i = 0; i < from->feature_count; i++) {
    const char *name = put_name(block, from, i, before);

    if (features)
      features[i].name = name;
  }
  if (!twin->to)
    return;
  twin->to->features = features;
  twin->to->drift = drift;
}

static const struct wt_interface *put_interfaces(struct block *block, const struct wt_interface *from, size_t count)
{
  struct wt_interface *to = put(block, from, count * sizeof(*to));
  struct twin before = {0};

  for (size_t i = 0; from && i < count; i++) {
    struct twin twin = {&from[i], to ? &to[i] : NULL};

    put_interface(block, &twin, &before);
    before = twin;
  }
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

struct wt_report *wt_report_copy(const struct wt_report *report)
{
  struct block block = {0};

  put_report(&block, report);
  block.start = malloc(block.used);
  block.used = 0;
  return block.start ? put_report(&block, report) : NULL;
}

void wt_report_free(struct wt_report *copy)
{
  free(copy);
}
