/* SPDX-License-Identifier: MIT */
#include "compare.h"

const char *wt_way_name(enum wt_way way)
{
  static const char *const names[WT_WAYS] = {
      [WT_WAY_UNTOLD] = "untold",
      [WT_WAY_RX] = "rx",
      [WT_WAY_TX] = "tx",
  };

  return names[way];
}

const char *wt_explanation_name(enum wt_explanation explanation)
{
  static const char *const names[WT_EXPLANATIONS] = {
      [WT_BY_MERGE] = "merge",         [WT_BY_CUT] = "cut",         [WT_BY_MERGE_OR_CUT] = "merge-or-cut",
      [WT_BY_LOSS] = "loss",           [WT_BY_TAG] = "tag",         [WT_BY_TUNNEL] = "tunnel",
      [WT_BY_LINK] = "link-header",    [WT_BY_PADDING] = "padding", [WT_BY_FLIGHT] = "in-flight",
      [WT_BY_ONE_POINT] = "one-point", [WT_BY_UNKNOWN] = "unknown",
  };

  return names[explanation];
}

const char *wt_quantity_name(enum wt_quantity quantity)
{
  static const char *const names[WT_QUANTITIES] = {
      [WT_OF_PACKETS] = "packets", [WT_OF_FRAMES] = "frames",   [WT_OF_SEGMENTS] = "segments",
      [WT_OF_OCTETS] = "octets",   [WT_OF_PAYLOAD] = "payload",
  };

  return names[quantity];
}

const char *wt_order_name(enum wt_order order)
{
  static const char *const names[] = {
      [WT_ORDER_UNKNOWN] = "unknown",
      [WT_ORDER_A_FIRST] = "a-first",
      [WT_ORDER_B_FIRST] = "b-first",
  };

  return names[order];
}

const char *wt_order_by_name(enum wt_order_by by)
{
  static const char *const names[] = {
      [WT_ORDER_BY_NOTHING] = "nothing",
      [WT_ORDER_BY_HOPS] = "hops",
      [WT_ORDER_BY_TIME] = "time",
      [WT_ORDER_BY_BOTH_WAYS] = "both-ways",
  };

  return names[by];
}
