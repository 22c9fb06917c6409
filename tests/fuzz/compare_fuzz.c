/* SPDX-License-Identifier: MIT */
/* Two capture files, as wiretruth compare reads them: the first three octets tell where the second begins. */
#include <math.h>
#include <string.h>

#include "compare.h"
#include "fuzz.h"

static void passage_must_hold(const struct wt_passage *passage)
{
  fuzz_must(passage->packets <= passage->frames);
  fuzz_must(passage->frames_low <= passage->frames && passage->frames <= passage->frames_high);
  fuzz_must(passage->segments <= passage->frames && passage->merged <= passage->packets);
  fuzz_must(!wt_known(passage->octets) || passage->octets == passage->link + passage->tags + passage->outer +
                                                                 passage->headers + passage->padding +
                                                                 passage->payload);
  fuzz_must(isnan(passage->first) || passage->first <= passage->last);
  fuzz_must(passage->hops_low <= passage->hops_high);
}

static void flow_must_hold(const struct wt_flow_compared *flow)
{
  fuzz_must(flow->seen[WT_POINT_A] || flow->seen[WT_POINT_B]);
  for (int point = 0; point < WT_POINTS; point++)
    if (flow->seen[point])
      passage_must_hold(&flow->at[point]);
  fuzz_must(flow->differs < 1u << WT_QUANTITIES && flow->explained < 1u << WT_EXPLANATIONS);
  fuzz_must(!(flow->explained & 1u << WT_BY_UNKNOWN) || flow->reason[0]);
  fuzz_must(memchr(flow->reason, '\0', sizeof(flow->reason)) != NULL);
  fuzz_must(flow->missing_low <= flow->missing_high);
}

static void must_hold(const struct wt_comparison *comparison)
{
  uint64_t flows = 0;

  for (size_t i = 0; i < comparison->flow_count; i++)
    flow_must_hold(&comparison->flows[i]);
  for (size_t i = 0; i < comparison->way_count; i++)
    flows += comparison->ways[i].flows;
  fuzz_must(flows == comparison->flow_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct fuzz_input input = {data, size};
  size_t first = fuzz_number(&input, (uint32_t)size + 1);
  const struct wt_comparison *comparison;
  struct wt_compare *compare;
  struct wt_error error = {0};
  const char *a, *b;
  int status;

  if (first > input.size)
    first = input.size;
  a = fuzz_file(0, input.data, first);
  b = fuzz_file(1, input.data + first, input.size - first);
  status = wt_compare_open(&compare, a, b, &error);
  fuzz_must_say(status, &error);
  if (status)
    return 0;
  status = wt_compare_finish(compare, &comparison, &error);
  fuzz_must_say(status, &error);
  if (status == 0)
    must_hold(comparison);
  wt_compare_close(compare);
  return 0;
}
