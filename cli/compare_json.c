/* SPDX-License-Identifier: MIT */
/*
 * The comparison as JSON. The keys are a contract: added, never changed; what is not known is null. json_pack() passes
 * on as NULL what memory ran out for.
 */
#include "compare_parts.h"
#include "json_value.h"

static json_t *list_json(unsigned int bits, int count, const char *(*name)(int))
{
  json_t *array = json_array();

  for (int bit = 0; bit < count; bit++)
    if (bits >> bit & 1 && json_array_append_new(array, json_string(name(bit))))
      break;
  return array;
}

static const char *explanation_name(int bit)
{
  return wt_explanation_name((enum wt_explanation)bit);
}

static const char *quantity_name(int bit)
{
  return wt_quantity_name((enum wt_quantity)bit);
}

static json_t *explained_json(unsigned int explained)
{
  return list_json(explained, WT_EXPLANATIONS, explanation_name);
}

/* What is a sum. */
static json_t *figures_json(const struct wt_passage *passage)
{
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "packets",
                   count_json(passage->packets), "packet_octets", count_json(passage->packet_octets), "merged",
                   count_json(passage->merged), "frames", count_json(passage->frames), "frames_low",
                   count_json(passage->frames_low), "frames_high", count_json(passage->frames_high), "segments",
                   count_json(passage->segments), "octets", count_json(passage->octets), "payload",
                   count_json(passage->payload), "tags", count_json(passage->tags), "outer", count_json(passage->outer),
                   "link", count_json(passage->link), "padding", count_json(passage->padding), "vlan_out_of_band",
                   count_json(passage->out_of_band), "fragments", count_json(passage->fragments), "estimated",
                   (int)passage->estimated);
}

/* The same with the direction in which they pass the point; null if they do not. */
static json_t *way_json(bool seen, const struct wt_passage *passage)
{
  json_t *json;

  if (!seen)
    return json_null();
  json = figures_json(passage);
  if (json_object_set_new(json, "direction",
                          passage->way == WT_WAY_UNTOLD ? json_null() : json_string(wt_way_name(passage->way)))) {
    json_decref(json);
    return NULL;
  }
  return json;
}

static json_t *passage_json(bool seen, const struct wt_passage *passage)
{
  json_t *json = way_json(seen, passage);

  if (!seen || !json)
    return json;
  if (json_object_set_new(json, "twice", json_boolean(passage->twice)) ||
      json_object_set_new(json, "first", real_json(passage->first, 6)) ||
      json_object_set_new(json, "last", real_json(passage->last, 6)) ||
      json_object_set_new(json, "hop_limit", passage->hops_low ? count_json(passage->hops_low) : json_null())) {
    json_decref(json);
    return NULL;
  }
  return json;
}

static json_t *missing_json(const struct wt_flow_compared *flow)
{
  if (!(flow->explained & (1u << WT_BY_LOSS | 1u << WT_BY_FLIGHT)))
    return json_null();
  return json_pack("{s:s, s:o, s:o, s:o}", "at", flow->missing_at == WT_POINT_A ? "a" : "b", "frames_low",
                   count_json(flow->missing_low), "frames_high", count_json(flow->missing_high), "payload",
                   count_json(flow->missing_payload));
}

static json_t *port_json(uint16_t port)
{
  return port ? json_integer(port) : json_null();
}

static json_t *flow_json(const struct wt_flow_compared *flow)
{
  char protocol[32], source[64], target[64];

  return json_pack(
      "{s:s, s:o, s:o, s:o, s:o, s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "protocol",
      compare_protocol(&flow->id, protocol), "source",
      text_or_null(compare_address(&flow->id, flow->id.source, source)), "source_port", port_json(flow->id.source_port),
      "target", text_or_null(compare_address(&flow->id, flow->id.target, target)), "target_port",
      port_json(flow->id.target_port), "ethertype", (int)flow->id.family, "order", wt_order_name(flow->order),
      "order_by", wt_order_by_name(flow->order_by), "differs", list_json(flow->differs, WT_QUANTITIES, quantity_name),
      "explained_by", explained_json(flow->explained), "missing", missing_json(flow), "reason",
      text_or_null(flow->reason), "a", passage_json(flow->seen[WT_POINT_A], &flow->at[WT_POINT_A]), "b",
      passage_json(flow->seen[WT_POINT_B], &flow->at[WT_POINT_B]));
}

static json_t *flows_json(const struct wt_comparison *comparison)
{
  json_t *array = json_array();

  for (size_t i = 0; i < comparison->flow_count; i++) {
    if (json_array_append_new(array, flow_json(&comparison->flows[i]))) {
      json_decref(array);
      return NULL;
    }
  }
  return array;
}

static json_t *ways_json(const struct wt_comparison *comparison)
{
  json_t *array = json_array();

  for (size_t i = 0; i < comparison->way_count; i++) {
    const struct wt_ways_compared *ways = &comparison->ways[i];

    if (json_array_append_new(array, json_pack("{s:o, s:o, s:o, s:o}", "flows", count_json(ways->flows), "explained_by",
                                               explained_json(ways->explained), "a",
                                               way_json(ways->seen[WT_POINT_A], &ways->at[WT_POINT_A]), "b",
                                               way_json(ways->seen[WT_POINT_B], &ways->at[WT_POINT_B])))) {
      json_decref(array);
      return NULL;
    }
  }
  return array;
}

static json_t *point_json(const struct wt_point_report *point)
{
  return json_pack("{s:o, s:s, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "name", text_json(point->name), "kind",
                   point->file ? "file" : "interface", "begin", time_json(point->begin), "end", time_json(point->end),
                   "flows", count_json(point->flows), "unfinished", (int)point->unfinished, "left_out",
                   count_json(point->left_out), "dropped", count_json(point->dropped), "not_understood",
                   count_json(point->not_understood), "rest", figures_json(&point->rest));
}

json_t *compare_json(const struct wt_comparison *comparison)
{
  return json_pack("{s:i, s:s, s:o, s:b, s:{s:o, s:o}, s:o, s:o}", "schema", 1, "version", WT_VERSION, "seconds",
                   time_json(comparison->seconds), "same_clock", (int)comparison->same_clock, "points", "a",
                   point_json(&comparison->point[WT_POINT_A]), "b", point_json(&comparison->point[WT_POINT_B]),
                   "directions", ways_json(comparison), "flows", flows_json(comparison));
}
