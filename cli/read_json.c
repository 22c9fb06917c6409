/* SPDX-License-Identifier: MIT */
/* Capture files as JSON. Keys are added, never changed; what is not known is null. */
#include <math.h>
#include <string.h>

#include "read.h"

static json_t *count_json(uint64_t count)
{
  return wt_known(count) && count <= INT64_MAX ? json_integer((json_int_t)count) : json_null();
}

static json_t *time_json(uint64_t nanoseconds)
{
  return wt_known(nanoseconds) ? json_real(round((double)nanoseconds / 1e3) / 1e6) : json_null();
}

/* Names come from outside, and need not be UTF-8. */
static json_t *text_json(const char *text)
{
  char ascii[4096];
  json_t *json;

  if (!*text)
    return json_null();
  json = json_string(text);
  if (json)
    return json;
  snprintf(ascii, sizeof(ascii), "%s", text);
  return json_string(cli_printable(ascii));
}

static json_t *wire_json(const struct wt_trace_row *row)
{
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "frames", count_json(row->frames), "octets",
                   count_json(row->frame_octets), "low", count_json(row->low), "high", count_json(row->high),
                   "octets_low", count_json(row->octets_low), "octets_high", count_json(row->octets_high), "estimated",
                   row->estimated);
}

static json_t *checksum_json(const struct wt_checksums *checksum)
{
  return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "sampled", count_json(checksum->sampled), "valid",
                   count_json(checksum->valid), "offloaded", count_json(checksum->offloaded), "rewritten",
                   count_json(checksum->rewritten), "bad", count_json(checksum->bad), "absent",
                   count_json(checksum->absent), "unverifiable", count_json(checksum->unverifiable));
}

static json_t *vantage_json(enum wt_vantage where, const char *evidence)
{
  return json_pack("{s:s, s:o}", "where", wt_vantage_name(where), "evidence", text_json(evidence));
}

/* Where tags cannot be shown, none of them says nothing. */
static json_t *row_json(const struct wt_trace_point *point, enum wt_trace_direction direction)
{
  const struct wt_trace_row *row = &point->rows[direction];
  const char *source = row->told ? "file" : direction == WT_TRACE_UNTOLD ? "" : "inferred";

  if (row->packets == 0)
    return json_null();
  return json_pack(
      "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "direction_source", text_json(source),
      "packets", count_json(row->packets), "octets", count_json(row->octets), "wire", wire_json(row), "merged",
      count_json(row->merged), "long", count_json(row->long_only), "by_identification", count_json(row->by_id),
      "longest", count_json(row->longest), "checksum", checksum_json(&row->checksum), "vlan_tagged",
      point->shows_tags ? count_json(row->tagged) : json_null(), "truncated", count_json(row->truncated),
      "not_understood", count_json(row->not_understood), "vantage", vantage_json(row->where, row->evidence));
}

static json_t *point_json(const struct wt_trace_point *point)
{
  const struct wt_trace_interface *interface = &point->interface;
  char link_type[CLI_COUNT_SIZE];

  return json_pack("{s:o, s:o, s:s, s:o, s:b, s:o, s:{s:o, s:o, s:o, s:o, s:o}, s:o, s:o, s:o}", "name",
                   text_json(interface->name), "ifindex", point->ifindex ? count_json(point->ifindex) : json_null(),
                   "link_type", read_link_type(interface->link_type, link_type), "snap_length",
                   interface->snap_length ? count_json(interface->snap_length) : json_null(), "shows_vlan_tags",
                   point->shows_tags, "repeated", count_json(point->repeated), "drops", "received",
                   count_json(interface->received), "accepted", count_json(interface->accepted), "interface",
                   count_json(interface->dropped_interface), "system", count_json(interface->dropped_system),
                   "between_packets", count_json(interface->dropped_between), "rx", row_json(point, WT_TRACE_RX), "tx",
                   row_json(point, WT_TRACE_TX), "undirected", row_json(point, WT_TRACE_UNTOLD));
}

static json_t *points_json(const struct wt_trace_report *report)
{
  json_t *array = json_array();

  for (size_t i = 0; i < report->point_count; i++) {
    if (json_array_append_new(array, point_json(&report->points[i])) == 0)
      continue;
    json_decref(array);
    return NULL;
  }
  return array;
}

json_t *read_json(const struct read_result *result)
{
  const struct wt_trace_report *report = result->report;
  bool complete = result->error.code == 0;

  if (!report)
    return json_pack("{s:o, s:b, s:o, s:n}", "file", text_json(result->file), "complete", false, "error",
                     text_json(result->error.text), "format");
  return json_pack("{s:o, s:b, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "file",
                   text_json(result->file), "complete", complete, "error", text_json(result->error.text), "format",
                   report->format, "read_octets", count_json(result->size), "packets", count_json(report->packets),
                   "octets", count_json(report->octets), "captured_octets", count_json(report->captured), "first",
                   time_json(report->first), "last", time_json(report->last), "vantage",
                   vantage_json(report->where, report->evidence), "left_out", count_json(report->points_left_out),
                   "forgotten_flows", count_json(report->forgotten), "interfaces", points_json(report));
}

json_t *read_json_files(json_t *files)
{
  return json_pack("{s:i, s:s, s:o}", "schema", 1, "version", WT_VERSION, "files", files);
}
