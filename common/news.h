/* SPDX-License-Identifier: MIT */
/* What a skin has to log: sentences that are collected between two reports. */
#ifndef WT_NEWS_H
#define WT_NEWS_H

#include "wiretruth.h"

enum { WT_NEWS_MOST = 64 }; /* for one report; a host with thousands of interfaces must not flood its log */

struct wt_news_list {
  struct wt_news *news;
  size_t count;
  size_t left_out;
  bool delivered;
};

/* What was delivered is forgotten. */
void wt_news_begin(struct wt_news_list *list);

/* What is not printable becomes '?'. Without memory it is not told. */
__attribute__((format(printf, 3, 4))) void wt_news_add(struct wt_news_list *list, bool good, const char *format, ...);

/* All of them, good until the next wt_news_begin(). */
const struct wt_news *wt_news_deliver(struct wt_news_list *list, size_t *count);

void wt_news_free(struct wt_news_list *list);

#endif
