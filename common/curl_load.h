/* SPDX-License-Identifier: MIT */
/*
 * libcurl, loaded where a series is read and only there: with all that it needs itself it takes 6 MB of a process,
 * which hosts without a series don't pay.
 */
#ifndef WT_CURL_LOAD_H
#define WT_CURL_LOAD_H

/* With it options could not be set through a pointer. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "wiretruth.h"

/* All that is called: a function of libcurl by its name without the prefix. */
#define WT_CURL_FUNCTIONS(each)                                                                                        \
  each(easy_init) each(easy_cleanup) each(easy_setopt) each(easy_getinfo) each(easy_header) each(easy_strerror)        \
      each(multi_init) each(multi_cleanup) each(multi_add_handle) each(multi_remove_handle) each(multi_perform)        \
          each(multi_timeout) each(multi_poll) each(multi_info_read) each(slist_append) each(slist_free_all)           \
              each(getdate) each(url) each(url_cleanup) each(url_get) each(url_set) each(url_strerror) each(free)

#define WT_CURL_MEMBER(name) __typeof__(curl_##name) *name; /* NOLINT(bugprone-macro-parentheses): it is declared */

struct wt_curl {
  WT_CURL_FUNCTIONS(WT_CURL_MEMBER)
};

/* Once loaded it stays in the process: it may have a thread left that asks for the address of a host. -ENOENT. */
int wt_curl_load(struct wt_curl *curl, struct wt_error *error);

#endif
