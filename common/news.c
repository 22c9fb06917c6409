/* SPDX-License-Identifier: MIT */
#include "news.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void wt_news_begin(struct wt_news_list *list)
{
  if (!list->delivered)
    return;
  list->count = list->left_out = 0;
  list->delivered = false;
}

void wt_news_add(struct wt_news_list *list, bool good, const char *format, ...)
{
  struct wt_news *news;
  va_list arguments;

  if (!list->news)
    list->news = calloc(WT_NEWS_MOST + 1, sizeof(*list->news));
  if (!list->news)
    return;
  if (list->count >= WT_NEWS_MOST) {
    list->left_out++;
    return;
  }
  news = &list->news[list->count++];
  news->good = good;
  va_start(arguments, format);
  vsnprintf(news->text, sizeof(news->text), format, arguments);
  va_end(arguments);
  for (char *at = news->text; *at; at++)
    if (*at < 0x20 || *at > 0x7e)
      *at = '?';
}

const struct wt_news *wt_news_deliver(struct wt_news_list *list, size_t *count)
{
  list->delivered = true;
  if (list->left_out && list->count == WT_NEWS_MOST) {
    struct wt_news *last = &list->news[list->count++];

    last->good = false;
    snprintf(last->text, sizeof(last->text), "and %zu more changes", list->left_out);
  }
  *count = list->count;
  return list->news;
}

void wt_news_free(struct wt_news_list *list)
{
  free(list->news);
}
