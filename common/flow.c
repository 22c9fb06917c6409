/* SPDX-License-Identifier: MIT */
#include "flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "socket.h"

enum { ENDED_BUFFER = 1 << 20 }; /* octets: about a thousand flows that end between two readings */

struct flow {
  struct wt_flow_key key; /* of the packets it sends: source is the local end */
  unsigned int send_mss, receive_mss;
};

struct table {
  struct flow *flows;
  size_t count, capacity;
};

struct wt_flows {
  struct wt_sockets *sockets;
  struct table now, before;
};

static bool on_socket(const struct wt_socket *socket, void *context)
{
  struct table *table = context;

  if (table->count == table->capacity) {
    size_t capacity = table->capacity ? table->capacity * 2 : 64;
    struct flow *flows = realloc(table->flows, capacity * sizeof(*flows));

    if (!flows)
      return false;
    table->flows = flows;
    table->capacity = capacity;
  }
  table->flows[table->count++] = (struct flow){socket->key, socket->send_mss, socket->receive_mss};
  return true;
}

static int by_key(const void *a, const void *b)
{
  return memcmp(&((const struct flow *)a)->key, &((const struct flow *)b)->key, sizeof(struct wt_flow_key));
}

int wt_flows_open(struct wt_flows **out, struct wt_error *error)
{
  struct wt_flows *flows = calloc(1, sizeof(*flows));
  int status;

  *out = NULL;
  if (!flows)
    return wt_fail(error, -ENOMEM, "flows: out of memory");
  status = wt_sockets_open(&flows->sockets, ENDED_BUFFER, error);
  if (status) {
    free(flows);
    return status;
  }
  *out = flows;
  return 0;
}

void wt_flows_close(struct wt_flows *flows)
{
  if (!flows)
    return;
  wt_sockets_close(flows->sockets);
  free(flows->now.flows);
  free(flows->before.flows);
  free(flows);
}

int wt_flows_read(struct wt_flows *flows)
{
  struct table fresh = flows->before;
  int status;

  fresh.count = 0;
  /* What was lost for want of room stays unknown, like a forwarded flow. */
  status = wt_sockets_read(flows->sockets, on_socket, &fresh, NULL);
  if (status) {
    fresh.count = 0;
    flows->before = fresh;
    return status;
  }
  if (fresh.count)
    qsort(fresh.flows, fresh.count, sizeof(*fresh.flows), by_key);
  flows->before = flows->now;
  flows->now = fresh;
  return 0;
}

static const struct flow *find(const struct table *table, const struct flow *wanted)
{
  return table->count ? bsearch(wanted, table->flows, table->count, sizeof(*wanted), by_key) : NULL;
}

unsigned int wt_flows_segment_size(const struct wt_flows *flows, const struct wt_flow_key *packet,
                                   enum wt_direction direction)
{
  struct flow wanted = {.key = *packet};
  const struct flow *flow;

  if (!flows)
    return 0;

  if (direction == WT_RX) {
    memcpy(wanted.key.source, packet->target, sizeof(wanted.key.source));
    memcpy(wanted.key.target, packet->source, sizeof(wanted.key.target));
    wanted.key.source_port = packet->target_port;
    wanted.key.target_port = packet->source_port;
  }
  flow = find(&flows->now, &wanted);
  if (!flow)
    flow = find(&flows->before, &wanted);
  if (!flow)
    return 0;
  return direction == WT_RX ? flow->receive_mss : flow->send_mss;
}
