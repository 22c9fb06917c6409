/* SPDX-License-Identifier: MIT */
/* What explains that two points differ, in sentences. Each says what is known, and no more. */
#include <string.h>

#include "compare_parts.h"

static const char *letter(int point)
{
  return point == WT_POINT_A ? "A" : "B";
}

static bool is_explained(const struct wt_flow_compared *flow, enum wt_explanation by)
{
  return flow->explained >> by & 1;
}

/* "from A to B (by hop limit)". */
static void way_text(const struct wt_flow_compared *flow, char text[64])
{
  static const char *const by[] = {
      [WT_ORDER_BY_NOTHING] = "nothing",
      [WT_ORDER_BY_HOPS] = "hop limit",
      [WT_ORDER_BY_TIME] = "time",
      [WT_ORDER_BY_BOTH_WAYS] = "the times of both ways",
  };
  bool a_first = flow->order == WT_ORDER_A_FIRST;

  snprintf(text, 64, "from %s to %s (by %s)", letter(a_first ? WT_POINT_A : WT_POINT_B),
           letter(a_first ? WT_POINT_B : WT_POINT_A), by[flow->order_by]);
}

static void tell_packets(FILE *out, const struct wt_flow_compared *flow)
{
  char a[CLI_COUNT_SIZE], b[CLI_COUNT_SIZE], way[64];
  bool merged = is_explained(flow, WT_BY_MERGE), cut = is_explained(flow, WT_BY_CUT);

  if (!merged && !cut && !is_explained(flow, WT_BY_MERGE_OR_CUT))
    return;
  fprintf(out, "; %s packets at A, %s at B: ", wt_count_text(flow->at[WT_POINT_A].packets, a),
          wt_count_text(flow->at[WT_POINT_B].packets, b));
  if (is_explained(flow, WT_BY_MERGE_OR_CUT)) {
    fprintf(out, "merged or cut on the way, and which point it passes first cannot be told");
    return;
  }
  way_text(flow, way);
  fprintf(out, "%s on the way %s", merged && cut ? "cut and merged" : merged ? "merged" : "cut", way);
}

static void tell_missing(FILE *out, const struct wt_flow_compared *flow)
{
  char low[CLI_COUNT_SIZE], high[CLI_COUNT_SIZE], payload[CLI_COUNT_SIZE], all[CLI_COUNT_SIZE];
  int more = flow->missing_at == WT_POINT_A ? WT_POINT_B : WT_POINT_A;

  if (is_explained(flow, WT_BY_FLIGHT))
    fprintf(out, "; up to %s frames may have been under way when observation began or ended",
            wt_known(flow->missing_high) ? wt_count_text(flow->missing_high, high) : "any number of");
  if (!is_explained(flow, WT_BY_LOSS))
    return;
  wt_count_text(flow->missing_low, low);
  wt_count_text(flow->missing_high, high);
  if (flow->missing_low == flow->missing_high)
    fprintf(out, "; %s", low);
  else if (wt_known(flow->missing_high))
    fprintf(out, "; %s to %s", low, high);
  else
    fprintf(out, "; at least %s", low);
  fprintf(out, " of %s frames at %s (%s octets of payload) are missing at %s: lost on the way, or gone another way",
          wt_count_text(flow->at[more].frames, all), letter(more), wt_count_text(flow->missing_payload, payload),
          letter(flow->missing_at));
}

/* "each frame has 4 octets of tags more at B", or a mean. */
static void tell_octets(FILE *out, const struct wt_flow_compared *flow, enum wt_explanation by, uint64_t a, uint64_t b,
                        const char *what)
{
  double each_a = (double)a / (double)flow->at[WT_POINT_A].frames,
         each_b = (double)b / (double)flow->at[WT_POINT_B].frames;
  double more = each_b > each_a ? each_b - each_a : each_a - each_b;
  bool whole = more == (double)(uint64_t)more;

  if (!is_explained(flow, by))
    return;
  fprintf(out, whole ? "; each frame has %.0f octets of %s more at %s" : "; frames have %.2f octets of %s more at %s",
          more, what, letter(each_b > each_a ? WT_POINT_B : WT_POINT_A));
}

static void tell_padding(FILE *out, const struct wt_flow_compared *flow)
{
  char a[CLI_COUNT_SIZE], b[CLI_COUNT_SIZE];

  if (is_explained(flow, WT_BY_PADDING))
    fprintf(out, "; short frames are filled up with %s octets at A, with %s at B",
            wt_count_text(flow->at[WT_POINT_A].padding, a), wt_count_text(flow->at[WT_POINT_B].padding, b));
}

static void tell_place(FILE *out, const struct wt_flow_compared *flow)
{
  char frames[CLI_COUNT_SIZE];
  int at = flow->seen[WT_POINT_A] ? WT_POINT_A : WT_POINT_B;

  if (is_explained(flow, WT_BY_ONE_POINT))
    fprintf(out,
            "; seen at %s only (%s frames): lost, translated, in a tunnel that is not understood, or on another way; "
            "which of them cannot be told",
            letter(at), wt_count_text(flow->at[at].frames, frames));
}

static void tell_twice(FILE *out, const struct wt_flow_compared *flow)
{
  for (int point = 0; point < WT_POINTS; point++)
    if (flow->at[point].twice)
      fprintf(out, "; it passes %s more than once, of which one is compared", letter(point));
}

static void tell_flow(FILE *out, const struct wt_flow_compared *flow)
{
  const struct wt_passage *a = &flow->at[WT_POINT_A], *b = &flow->at[WT_POINT_B];
  char name[COMPARE_FLOW_SIZE], list[COMPARE_LIST_SIZE];

  fprintf(out, "%s: %s", compare_flow_text(&flow->id, name), compare_list(flow->explained, list));
  tell_place(out, flow);
  tell_packets(out, flow);
  tell_missing(out, flow);
  tell_octets(out, flow, WT_BY_TAG, a->tags, b->tags, "tags");
  tell_octets(out, flow, WT_BY_TUNNEL, a->outer, b->outer, "outer headers (a tunnel)");
  tell_octets(out, flow, WT_BY_LINK, a->link, b->link, "link header");
  tell_padding(out, flow);
  if (is_explained(flow, WT_BY_UNKNOWN))
    fprintf(out, "; not explained: %s", flow->reason);
  tell_twice(out, flow);
  fputc('\n', out);
}

void compare_explain(FILE *out, const struct wt_comparison *comparison, size_t flows)
{
  for (size_t i = 0; i < comparison->flow_count && i < flows; i++)
    if (comparison->flows[i].explained)
      tell_flow(out, &comparison->flows[i]);
}
