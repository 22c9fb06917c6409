/* SPDX-License-Identifier: MIT */
#include "pass_trace.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>
#include <pcap/sll.h>

#include "captured.h"
#include "error.h"
#include "pass_count.h"
#include "trace.h"

enum {
  PLAIN_PACKET = 1500,           /* octets of an IP packet that is one frame on any Ethernet */
  LIKELY_SEGMENT = 1448,         /* octets of payload of a frame, where nothing tells: an estimate, and marked as one */
  OLD = 4u << WT_PASS_EDGE_BITS, /* ns: far enough from the begin that nothing counts as under way */
};

struct node {
  struct wt_pass_key key;
  struct wt_pass_value value;
  struct node *next; /* in a list of all */
};

struct reader {
  struct wt_pass_trace *trace;
  void *tree; /* of nodes, by key: tsearch() */
  struct node *nodes;
  size_t count;
  struct wt_pass_value rest[WT_PASS_UNTOLD + 1];
  uint64_t begin; /* ns since 1970 that times are since */
  uint64_t first, last;
};

static int by_key(const void *a, const void *b)
{
  return memcmp(a, b, sizeof(struct wt_pass_key));
}

/* Where a flow is counted: its own value, or the rest's. */
static struct wt_pass_value *value_of(struct reader *reader, const struct wt_pass_key *key)
{
  struct node *const *found = tfind(key, &reader->tree, by_key);
  struct node *node;

  if (found)
    return &(*found)->value;
  node = reader->count < WT_PASS_FLOWS ? calloc(1, sizeof(*node)) : NULL;
  if (!node)
    return &reader->rest[key->direction];
  node->key = *key;
  if (!tsearch(node, &reader->tree, by_key)) {
    free(node);
    return &reader->rest[key->direction];
  }
  node->next = reader->nodes;
  reader->nodes = node;
  reader->count++;
  return &node->value;
}

/* ---- one packet -------------------------------------------------------------------------------------------------- */

/* What the link type says: octets before the link or network header, and what begins there. */
struct link {
  uint32_t made_up; /* octets that stand in place of a link header */
  uint32_t header;
  uint16_t ethertype; /* of what begins there if there is no link header */
};

static uint16_t version_of(const uint8_t *data, uint32_t captured)
{
  return captured && data[0] >> 4 == 6 ? WT_ETHERTYPE_IPV6 : WT_ETHERTYPE_IPV4;
}

static bool read_link(const struct wt_trace_packet *packet, struct link *link)
{
  *link = (struct link){0};
  switch (packet->link_type) {
  case DLT_EN10MB:
    link->header = WT_ETH_HEADER;
    return true;
  case DLT_RAW:
  case DLT_IPV4:
  case DLT_IPV6:
    link->ethertype = version_of(packet->data, packet->captured);
    return true;
  case DLT_LINUX_SLL:
    link->made_up = SLL_HDR_LEN;
    link->ethertype = packet->captured >= SLL_HDR_LEN ? wt_be16(packet->data + 14) : 0;
    return packet->captured >= SLL_HDR_LEN;
  case DLT_LINUX_SLL2:
    link->made_up = SLL2_HDR_LEN;
    link->ethertype = packet->captured >= SLL2_HDR_LEN ? wt_be16(packet->data) : 0;
    return packet->captured >= SLL2_HDR_LEN;
  default:
    return false;
  }
}

/* A file tells no segment size. What is too long for a frame stands for at least one, and nobody knows how many. */
static void estimate(struct wt_pass_packet *counted, const struct wt_pass_parts *parts)
{
  uint32_t payload = counted->length > parts->end ? counted->length - parts->end : 0;
  uint32_t network = parts->link + parts->tags;

  if (counted->length <= network + PLAIN_PACKET + parts->outer)
    return;
  counted->frames = (payload + LIKELY_SEGMENT - 1) / LIKELY_SEGMENT;
  if (counted->frames < 1)
    counted->frames = 1;
  counted->oversize = 1;
  counted->merged = 1;
}

static void count(struct reader *reader, const struct wt_trace_packet *packet)
{
  static const uint8_t directions[] = {
      [WT_TRACE_UNTOLD] = WT_PASS_UNTOLD, [WT_TRACE_RX] = WT_RX, [WT_TRACE_TX] = WT_TX};
  struct wt_pass_key key = {.direction = directions[packet->direction]};
  struct wt_pass_parts parts = {0};
  struct wt_pass_packet counted = {.frames = 1, .low = 1};
  struct link link;
  bool known = read_link(packet, &link);
  uint32_t cut = link.made_up + packet->fcs;
  struct wt_captured octets = {0};

  counted.time = packet->time > reader->begin && wt_known(packet->time) ? packet->time - reader->begin : 0;
  counted.length = packet->length > cut ? packet->length - cut : 0;
  if (known) {
    octets = (struct wt_captured){
        .data = packet->data + link.made_up, .captured = packet->captured - link.made_up, .length = counted.length};
    wt_pass_read(&octets, link.header, link.ethertype, &key, &parts);
    estimate(&counted, &parts);
  }
  if (known && !octets.cut) {
    wt_pass_add(value_of(reader, &key), &parts, &counted);
    return;
  }
  reader->trace->not_understood++;
  wt_pass_add(&reader->rest[key.direction], &parts, &counted);
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static void take(struct reader *reader, const struct wt_trace_packet *packet)
{
  const struct wt_pass_trace *window = reader->trace;

  if (wt_known(packet->time)) {
    if (packet->time < window->from || packet->time >= window->until) {
      reader->trace->left_out++;
      return;
    }
    if (!wt_known(reader->first)) {
      reader->first = reader->last = packet->time;
      /* Nobody told when the capture began. */
      if (!window->from)
        reader->begin = packet->time > OLD ? packet->time - OLD : 0;
    }
    reader->last = packet->time > reader->last ? packet->time : reader->last;
    reader->first = packet->time < reader->first ? packet->time : reader->first;
  }
  count(reader, packet);
}

static uint64_t dropped(const struct wt_trace *trace)
{
  uint64_t sum = WT_UNKNOWN;

  for (uint32_t i = 0; i < wt_trace_interfaces(trace); i++) {
    const struct wt_trace_interface *interface = wt_trace_interface(trace, i);
    const uint64_t parts[] = {interface->dropped_interface, interface->dropped_system, interface->dropped_between};

    for (size_t part = 0; part < sizeof(parts) / sizeof(*parts); part++)
      if (wt_known(parts[part]))
        sum = wt_known(sum) ? sum + parts[part] : parts[part];
  }
  return sum;
}

static int give_out(struct reader *reader, wt_pass_visit *visit, wt_pass_visit *visit_rest, void *context)
{
  uint64_t end = wt_known(reader->trace->until) ? reader->trace->until - reader->begin : WT_UNKNOWN;
  int status = 0;

  for (struct node *node = reader->nodes; node && status == 0; node = node->next) {
    struct wt_pass_value sum = {0};

    wt_pass_sum(&sum, &node->value, end);
    status = visit(context, &node->key, &sum);
  }
  for (uint8_t direction = 0; direction <= WT_PASS_UNTOLD && status == 0; direction++) {
    const struct wt_pass_key key = {.direction = direction};

    if (reader->rest[direction].packets)
      status = visit_rest(context, &key, &reader->rest[direction]);
  }
  return status;
}

static void free_nodes(struct reader *reader)
{
  while (reader->nodes) {
    struct node *node = reader->nodes;

    reader->nodes = node->next;
    tdelete(node, &reader->tree, by_key);
    free(node);
  }
}

int wt_pass_trace_check(const char *file, struct wt_error *error)
{
  struct wt_trace *trace = NULL;
  int status;

  if (strcmp(file, "-") == 0)
    return 0;
  status = wt_trace_open(&trace, file, error);
  wt_trace_close(trace);
  return status;
}

int wt_pass_trace_read(struct wt_pass_trace *trace, const char *file, struct wt_pass_point *terms, wt_pass_visit *visit,
                       wt_pass_visit *visit_rest, void *context, struct wt_error *error)
{
  struct reader reader = {.trace = trace, .begin = trace->from, .first = WT_UNKNOWN, .last = WT_UNKNOWN};
  struct wt_trace_packet packet;
  struct wt_trace *opened = NULL;
  int status = wt_trace_open(&opened, file, error);

  if (status)
    return status;
  while ((status = wt_trace_next(opened, &packet, error)) == 1)
    take(&reader, &packet);
  /* Somebody may still be writing it. */
  trace->unfinished = status == -ENODATA;
  if (status == 0 || trace->unfinished) {
    terms->begin = (double)reader.begin / 1e9;
    trace->first = wt_known(reader.first) ? (double)reader.first / 1e9 : NAN;
    trace->last = wt_known(reader.last) ? (double)reader.last / 1e9 : NAN;
    trace->dropped = dropped(opened);
    status = give_out(&reader, visit, visit_rest, context);
    if (status)
      wt_fail(error, status, "%s: out of memory", file);
  }
  free_nodes(&reader);
  wt_trace_close(opened);
  return status;
}
