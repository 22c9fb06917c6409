/* SPDX-License-Identifier: MIT */
#include "pass_trace.h"

#include <errno.h>
#include <math.h>
#include <search.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "captured.h"
#include "error.h"
#include "pass_count.h"
#include "trace_report.h"

enum {
  UNIT = 1u << WT_PASS_EDGE_BITS, /* ns, as pass_map.h */
};

/* What is counted apart: a flow in one direction at one interface of the file, of one sender. */
struct part_key {
  uint32_t rest; /* not a flow: what found no room, or was not understood */
  struct wt_pass_key flow;
  uint32_t point, sender; /* as wt_trace_account_look() numbers them */
};

_Static_assert(sizeof(struct part_key) == 3 * sizeof(uint32_t) + sizeof(struct wt_pass_key), "a key has no gap");

struct part {
  struct part_key key;
  struct wt_pass_value value; /* each packet as one frame */
  struct wt_trace_part hidden;
  uint64_t early, late; /* frames, at most, that passed near the ends of the observation */
  bool untimed;         /* a packet has no time */
};

struct reader {
  struct wt_pass_trace *trace;
  struct wt_trace_account *account;
  void *tree; /* of parts, by key: tsearch() */
  struct part **parts;
  size_t count, room, flows;
  uint64_t first, last;
};

static int by_key(const void *a, const void *b)
{
  return memcmp(a, b, sizeof(struct part_key));
}

static int by_part(const void *a, const void *b)
{
  const struct part *const *one = a, *const *other = b;

  return by_key(*one, *other);
}

static struct part *add_part(struct reader *reader, const struct part_key *key)
{
  struct part *part;

  if (reader->count == reader->room) {
    size_t room = reader->room ? reader->room * 2 : 256;
    struct part **parts = realloc(reader->parts, room * sizeof(struct part *));

    if (!parts)
      return NULL;
    reader->parts = parts;
    reader->room = room;
  }
  part = calloc(1, sizeof(*part));
  if (!part)
    return NULL;
  part->key = *key;
  if (!tsearch(part, &reader->tree, by_key)) {
    free(part);
    return NULL;
  }
  reader->parts[reader->count++] = part;
  reader->flows += !key->rest;
  return part;
}

/* Where a packet is counted; NULL when memory ran out. What is beyond the most flows is the rest's. */
static struct part *part_of(struct reader *reader, struct part_key *key)
{
  struct part *const *found = tfind(key, &reader->tree, by_key);

  if (!found && !key->rest && reader->flows >= WT_PASS_FLOWS) {
    key->flow = (struct wt_pass_key){.direction = key->flow.direction};
    key->rest = 1;
    found = tfind(key, &reader->tree, by_key);
  }
  return found ? *found : add_part(reader, key);
}

/* ---- one packet -------------------------------------------------------------------------------------------------- */

/* Frames that a packet stands for at most, where it may be more than one. */
static uint64_t most_frames(const struct wt_trace_view *view, enum wt_trace_length length)
{
  return length == WT_TRACE_FRAME ? 1 : view->length / WT_LEAST_SEGMENT + 1;
}

static void add_edges(struct part *part, const struct wt_pass_trace *window, uint64_t time, uint64_t frames)
{
  if (!wt_known(time)) {
    part->untimed = true;
    return;
  }
  part->early += window->from && time - window->from < UNIT ? frames : 0;
  part->late += wt_known(window->until) && window->until - time <= 2 * (uint64_t)UNIT ? frames : 0;
}

/* The key of a packet and what it consists of. False where that is not understood: it counts among the rest. */
static bool take_apart(const struct wt_trace_look *look, struct wt_pass_key *key, struct wt_pass_parts *parts)
{
  const struct wt_trace_view *view = &look->view;
  struct wt_captured octets = {.data = view->data, .captured = view->captured, .length = view->length};

  if (look->left_out || !view->understood)
    return false;
  wt_pass_read(&octets, view->link_header, view->ethertype, key, parts);
  return !octets.cut;
}

/* In a file, and not in the kernel, a packet may stand behind one that came later. */
static void add_in_file(struct wt_pass_value *value, const struct wt_pass_parts *parts,
                        const struct wt_pass_packet *packet)
{
  uint64_t first = value->packets ? value->first : packet->time, last = value->last;

  wt_pass_add(value, parts, packet);
  value->first = first < packet->time ? first : packet->time;
  value->last = last > packet->time ? last : packet->time;
}

static int count(struct reader *reader, const struct wt_trace_packet *packet)
{
  static const uint8_t directions[] = {
      [WT_TRACE_UNTOLD] = WT_PASS_UNTOLD, [WT_TRACE_RX] = WT_RX, [WT_TRACE_TX] = WT_TX};
  struct wt_pass_trace *window = reader->trace;
  struct part_key key = {.flow.direction = directions[packet->direction]};
  struct wt_pass_parts parts = {0};
  struct wt_pass_packet counted = {.frames = 1, .low = 1};
  struct wt_trace_look look;
  enum wt_trace_length length = WT_TRACE_LONG;
  struct part *part;
  uint32_t unseen;

  wt_trace_account_look(reader->account, packet, &look);
  if (!take_apart(&look, &key.flow, &parts)) {
    window->not_understood++;
    key.rest = 1;
  }
  /* Nobody knows whether it passed while the other point was observed. */
  if (window->from && !wt_known(packet->time))
    key.rest = 1;
  if (key.rest)
    key.flow = (struct wt_pass_key){.direction = directions[packet->direction]};
  key.point = look.point;
  key.sender = look.sender;
  part = part_of(reader, &key);
  if (!part)
    return -ENOMEM;
  if (!look.left_out)
    length = wt_trace_account_count(reader->account, packet, &look, &part->hidden);
  counted.time = wt_known(packet->time) ? packet->time - window->from : 0;
  counted.length = look.view.length;
  counted.merged = length == WT_TRACE_MERGED;
  counted.oversize = look.left_out;
  add_in_file(&part->value, &parts, &counted);
  part->value.merged += counted.merged;
  /* The header that a cooked capture has in place of it. */
  unseen = look.view.ethernet && !look.view.link_header ? WT_ETH_HEADER : 0;
  part->value.link += unseen;
  part->value.packet_octets += unseen;
  add_edges(part, window, packet->time, most_frames(&look.view, length));
  return 0;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static int take(struct reader *reader, const struct wt_trace_packet *packet)
{
  struct wt_pass_trace *window = reader->trace;

  if (wt_known(packet->time)) {
    if (packet->time < window->from || packet->time >= window->until) {
      window->left_out++;
      return 0;
    }
    if (!wt_known(reader->first))
      reader->first = reader->last = packet->time;
    reader->last = packet->time > reader->last ? packet->time : reader->last;
    reader->first = packet->time < reader->first ? packet->time : reader->first;
  }
  return count(reader, packet);
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

/* Whether two parts are of one flow at one point: then only their senders differ. */
static bool is_same_passage(const struct part *a, const struct part *b)
{
  return memcmp(&a->key, &b->key, offsetof(struct part_key, sender)) == 0;
}

/* What passed of some parts of one flow. */
static void sum_parts(const struct reader *reader, struct part *const *parts, size_t count, struct wt_passage *passage)
{
  static const enum wt_way ways[] = {[WT_RX] = WT_WAY_RX, [WT_TX] = WT_WAY_TX, [WT_PASS_UNTOLD] = WT_WAY_UNTOLD};
  const struct wt_pass_point terms = {.begin = (double)reader->trace->from / 1e9};
  struct wt_trace_hidden hidden = {0};
  struct wt_pass_value sum = {0};
  uint64_t early = 0, late = 0;
  bool untimed = false;

  for (size_t i = 0; i < count; i++) {
    const struct wt_trace_hidden more =
        wt_trace_account_hidden(reader->account, parts[i]->key.sender, &parts[i]->hidden);

    wt_pass_sum(&sum, &parts[i]->value, WT_UNKNOWN);
    wt_trace_hidden_add(&hidden, &more);
    early += parts[i]->early;
    late += parts[i]->late;
    untimed |= parts[i]->untimed;
  }
  wt_pass_passage(&sum, ways[parts[0]->key.flow.direction], &terms, passage);
  wt_passage_hide(passage, &hidden);
  passage->early = early;
  passage->late = late;
  if (untimed)
    passage->first = passage->last = NAN;
}

static int give_out(struct reader *reader, wt_pass_trace_visit *visit, wt_pass_trace_visit *visit_rest, void *context)
{
  int status = 0;
  size_t next;

  if (reader->count)
    qsort(reader->parts, reader->count, sizeof(struct part *), by_part);
  for (size_t i = 0; i < reader->count && status == 0; i = next) {
    const struct part_key *key = &reader->parts[i]->key;
    struct wt_passage passage;

    for (next = i + 1; next < reader->count && is_same_passage(reader->parts[i], reader->parts[next]); next++)
      ;
    sum_parts(reader, reader->parts + i, next - i, &passage);
    status = (key->rest ? visit_rest : visit)(context, &key->flow, &passage);
  }
  return status;
}

static void free_parts(struct reader *reader)
{
  for (size_t i = 0; i < reader->count; i++) {
    tdelete(reader->parts[i], &reader->tree, by_key);
    free(reader->parts[i]);
  }
  free(reader->parts);
}

/* Only of a file: what is read of a pipe is gone. */
int wt_pass_trace_check(const char *file, struct wt_error *error)
{
  struct wt_trace *trace = NULL;
  struct stat what;
  int status;

  if (strcmp(file, "-") == 0 || (stat(file, &what) == 0 && S_ISFIFO(what.st_mode)))
    return 0;
  status = wt_trace_open(&trace, file, error);
  wt_trace_close(trace);
  return status;
}

static int read_packets(struct reader *reader, struct wt_trace *opened, const char *file, struct wt_error *error)
{
  struct wt_trace_packet packet;
  int status;

  while ((status = wt_trace_next(opened, &packet, error)) == 1)
    if (take(reader, &packet))
      return wt_fail(error, -ENOMEM, "%s: out of memory", file);
  /* Somebody may still be writing it. */
  reader->trace->unfinished = status == -ENODATA;
  return reader->trace->unfinished ? 0 : status;
}

int wt_pass_trace_read(struct wt_pass_trace *trace, const char *file, wt_pass_trace_visit *visit,
                       wt_pass_trace_visit *visit_rest, void *context, struct wt_error *error)
{
  struct reader reader = {.trace = trace, .first = WT_UNKNOWN, .last = WT_UNKNOWN};
  struct wt_trace *opened = NULL;
  int status = wt_trace_open(&opened, file, error);

  if (status)
    return status;
  reader.account = wt_trace_account_new();
  if (reader.account)
    status = read_packets(&reader, opened, file, error);
  else
    status = wt_fail(error, -ENOMEM, "%s: out of memory", file);
  if (status == 0) {
    trace->first = wt_known(reader.first) ? (double)reader.first / 1e9 : NAN;
    trace->last = wt_known(reader.last) ? (double)reader.last / 1e9 : NAN;
    trace->dropped = dropped(opened);
    wt_trace_account_end(reader.account, opened);
    status = give_out(&reader, visit, visit_rest, context);
    if (status)
      wt_fail(error, status, "%s: out of memory", file);
  }
  free_parts(&reader);
  wt_trace_account_free(reader.account);
  wt_trace_close(opened);
  return status;
}
