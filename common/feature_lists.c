/* SPDX-License-Identifier: MIT */
#include "feature_lists.h"

#include <stdlib.h>
#include <string.h>

static struct wt_feature_list *find(const struct wt_feature_lists *lists, const struct wt_feature *features,
                                    size_t count)
{
  for (size_t i = 0; i < lists->count; i++)
    if (lists->lists[i]->count == count &&
        (count == 0 || memcmp(lists->lists[i]->features, features, count * sizeof(*features)) == 0))
      return lists->lists[i];
  return NULL;
}

static struct wt_feature_list *add(struct wt_feature_lists *lists, const struct wt_feature *features, size_t count)
{
  struct wt_feature_list **longer = realloc(lists->lists, (lists->count + 1) * sizeof(struct wt_feature_list *));
  struct wt_feature_list *list;

  if (!longer)
    return NULL;
  lists->lists = longer;
  list = malloc(sizeof(*list) + count * sizeof(*features));
  if (!list)
    return NULL;
  list->users = 0;
  list->count = count;
  if (count)
    memcpy(list->features, features, count * sizeof(*features));
  longer[lists->count++] = list;
  return list;
}

struct wt_feature_list *wt_feature_lists_take(struct wt_feature_lists *lists, const struct wt_feature *features,
                                              size_t count)
{
  struct wt_feature_list *list = find(lists, features, count);

  if (!list)
    list = add(lists, features, count);
  if (list)
    list->users++;
  return list;
}

void wt_feature_lists_sweep(struct wt_feature_lists *lists)
{
  size_t kept = 0;

  for (size_t i = 0; i < lists->count; i++)
    if (lists->lists[i]->users)
      lists->lists[kept++] = lists->lists[i];
    else
      free(lists->lists[i]);
  lists->count = kept;
}

void wt_feature_lists_free(struct wt_feature_lists *lists)
{
  for (size_t i = 0; i < lists->count; i++)
    free(lists->lists[i]);
  free(lists->lists);
  *lists = (struct wt_feature_lists){0};
}
