/* SPDX-License-Identifier: MIT */
#include "curl_load.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "error.h"

/* The Makefile has the name that goes with the headers. */
#ifndef WT_LIBCURL
#define WT_LIBCURL "libcurl.so.4"
#endif

/* ISO C has no conversion from a pointer to an object to one to a function; POSIX says that both are alike. */
#define LOAD(name)                                                                                                     \
  symbol = dlsym(library, "curl_" #name);                                                                              \
  memcpy(&curl->name, &symbol, sizeof(curl->name));                                                                    \
  complete &= symbol != NULL;

int wt_curl_load(struct wt_curl *curl, struct wt_error *error)
{
  void *library = dlopen(WT_LIBCURL, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE), *symbol;
  bool complete = true;
  const char *why;

  if (!library) {
    why = dlerror();
    return wt_fail(error, -ENOENT, "option Series: it needs %s, which cannot be loaded: %s", WT_LIBCURL,
                   why ? why : "");
  }
  WT_CURL_FUNCTIONS(LOAD)
  dlclose(library); /* and it stays all the same */
  return complete ? 0 : wt_fail(error, -ENOENT, "option Series: it needs another version of %s", WT_LIBCURL);
}
