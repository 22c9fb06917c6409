/* SPDX-License-Identifier: MIT */
/* A Prometheus server's answer to a query. Before the first line feed: the matchers that it is asked with. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "series_query.h"
#include "table.h"

static void ask(const char *matchers)
{
  char *expression;

  if (wt_series_query_check(matchers))
    return;
  expression = wt_series_query_expression(matchers, 30);
  fuzz_must(expression && strlen(expression) >= strlen("{}[30s]"));
  free(expression);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct fuzz_input input = {data, size};
  struct wt_series_table *table = wt_series_table_new();
  char *matchers = fuzz_text(&input, '\n');
  struct wt_error error = {0};

  fuzz_must(table != NULL);
  ask(matchers);
  free(matchers);
  fuzz_must_say(wt_series_query_read((const char *)input.data, input.size, table, &error), &error);
  table_must_hold(table);
  wt_series_table_free(table);
  return 0;
}
