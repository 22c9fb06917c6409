/* SPDX-License-Identifier: MIT */
/* A Series option's URL, and what is fetched from it. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "series_url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct fuzz_input input = {data, size};
  char *text = fuzz_text(&input, '\0');
  struct wt_series_url url;
  struct wt_error error = {0};
  int status = wt_series_url_parse(text, &url, &error);

  fuzz_must_say(status, &error);
  if (status == 0) {
    char *fetched = wt_series_url_fetched(&url, NULL), *asked = wt_series_url_fetched(&url, "up[30s]");

    fuzz_must(memchr(url.shown, '\0', sizeof(url.shown)) && url.shown[0]);
    fuzz_must(url.kind == WT_SERIES_HTTP || url.path);
    fuzz_must((url.kind == WT_SERIES_FILE) == !url.url);
    free(fetched);
    free(asked);
    wt_series_url_free(&url);
  }
  free(text);
  return 0;
}
