/* SPDX-License-Identifier: MIT */
#include "wt_application.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "address.h"
#include "application.h"
#include "config.h"

enum {
  ENDED_BUFFER =
      8 << 20,         /* octets: some ten thousand connections that end between two polls, if the kernel grants it */
  LEAST_FRAMES = 1000, /* for a verdict */
};

/* Seconds that a counter may be behind the sockets, as behind the tap. */
static const double hardware_lag = 2.0, software_lag = 0.1;

struct slot {
  int ifindex;
  bool seen;            /* in the report in progress */
  double discontinuity; /* no window reaches over it */
  struct wt_application_history history[WT_DIRECTIONS];
};

struct wt_application_watch {
  struct wt_sockets *sockets; /* NULL where there are none to be had */
  struct wt_account *account;
  struct wt_addresses addresses;
  struct wt_account_item *items; /* of the reading in progress */
  size_t item_count, item_capacity;
  const struct wt_application_place *place; /* likewise */
  int loopback;
  double begun, read_at; /* monotonic: the first reading, 0 before it, and the last */
  bool lost;             /* the end of some connections was not heard of, ever */
  bool missed;           /* likewise at the last reading, which failed */
  char reason[128];
  struct slot **slots; /* by ifindex */
  size_t slot_count;
  struct wt_application_history whole[WT_DIRECTIONS]; /* of the namespace, for its coverage */
};

/* ---- sockets ---------------------------------------------------------------------------------------------------- */

static bool on_socket(const struct wt_socket *socket, void *context)
{
  struct wt_application_watch *watch = context;

  if (watch->item_count == watch->item_capacity) {
    size_t capacity = watch->item_capacity ? watch->item_capacity * 2 : 64;
    struct wt_account_item *items = realloc(watch->items, capacity * sizeof(*items));

    if (!items)
      return false;
    watch->items = items;
    watch->item_capacity = capacity;
  }
  watch->items[watch->item_count++] = (struct wt_account_item){
      *socket, wt_addresses_interface(&watch->addresses, &socket->key, socket->device, watch->loopback)};
  return true;
}

static int find_loopback(const struct wt_application_place *place)
{
  for (size_t i = 0; i < place->link_count; i++)
    if (place->links[i].loopback)
      return place->links[i].ifindex;
  return 0;
}

static void take_reading(struct wt_application_watch *watch, const struct wt_application_place *place)
{
  bool first = watch->begun <= 0;
  bool lost = false;
  int status;

  watch->item_count = 0;
  watch->loopback = find_loopback(place);
  status = wt_addresses_read(place->routes, &watch->addresses);
  if (status == 0)
    status = wt_sockets_read(watch->sockets, on_socket, watch, &lost);
  watch->lost |= lost;
  if (status == 0)
    status = wt_account_take(watch->account, watch->items, watch->item_count, first ? 0 : place->time - watch->begun,
                             wt_sockets_hears(watch->sockets) && !lost && !watch->missed);
  watch->missed = status != 0;
  watch->reason[0] = '\0';
  if (status) {
    snprintf(watch->reason, sizeof(watch->reason), "the TCP sockets cannot be read: %.80s", strerror(-status));
    return;
  }
  if (first)
    watch->begun = place->time;
  watch->read_at = place->time;
}

struct wt_application_watch *wt_application_open(const struct wt_application_place *place)
{
  struct wt_application_watch *watch = calloc(1, sizeof(*watch));
  struct wt_error error = {0};

  if (watch)
    watch->account = wt_account_new();
  if (!watch || !watch->account) {
    wt_application_close(watch);
    return NULL;
  }
  if (wt_sockets_open(&watch->sockets, ENDED_BUFFER, &error))
    snprintf(watch->reason, sizeof(watch->reason), "%.127s", error.text);
  else
    take_reading(watch, place);
  return watch;
}

void wt_application_close(struct wt_application_watch *watch)
{
  if (!watch)
    return;
  for (size_t i = 0; i < watch->slot_count; i++)
    free(watch->slots[i]);
  free(watch->slots);
  free(watch->items);
  free(watch->addresses.list);
  wt_account_free(watch->account);
  wt_sockets_close(watch->sockets);
  free(watch);
}

/* ---- figures -------------------------------------------------------------------------------------------------- */

static uint64_t both(uint64_t a, uint64_t b)
{
  return wt_known(a) && wt_known(b) ? a + b : WT_UNKNOWN;
}

/* Tcp InSegs counts packets. What IP received is in segments, and has those of other protocols: the share is the least.
 */
static uint64_t mib_segments(const struct wt_namespace *mib, enum wt_direction direction)
{
  return direction == WT_RX ? mib->ip_in_segments : both(mib->tcp_out_segments, mib->tcp_retransmitted);
}

static struct wt_application_reading reading_of(const struct wt_application_watch *watch,
                                                const struct wt_account_sum *sum, enum wt_direction direction,
                                                const struct wt_namespace *mib)
{
  const struct wt_account_sum *total = wt_account_total(watch->account);

  return (struct wt_application_reading){
      .time = watch->read_at,
      .segments = sum->segments[direction],
      .floor = direction == WT_RX ? sum->segments[WT_RX] : sum->delivered,
      .payload = direction == WT_RX ? sum->received : sum->acknowledged,
      .covered = total->segments[direction],
      .mib = mib_segments(mib, direction),
      .counter = WT_UNKNOWN,
      .counter_octets = WT_UNKNOWN,
      .capture = WT_UNKNOWN,
      .capture_octets = WT_UNKNOWN,
      .wire = WT_UNKNOWN,
      .wire_low = WT_UNKNOWN,
      .wire_high = WT_UNKNOWN,
      .wire_octets_low = WT_UNKNOWN,
  };
}

static void report_namespace(struct wt_application_watch *watch, double horizon, const struct wt_namespace *mib,
                             struct wt_application *out)
{
  const struct wt_account_sum *total = wt_account_total(watch->account);

  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_application_reading reading = reading_of(watch, total, direction, mib);

    wt_application_add(&watch->whole[direction], &reading, horizon);
  }
  *out = (struct wt_application){
      .on = true,
      .bytes_acked = total->acknowledged,
      .bytes_received = total->received,
      .segments_out = total->segments[WT_TX],
      .segments_in = total->segments[WT_RX],
      .retransmitted_segments = total->retransmitted,
      .retransmitted_bytes = total->retransmitted_octets,
      .connections = wt_account_connections(watch->account),
      .coverage_out = wt_application_coverage(&watch->whole[WT_TX]),
      .coverage_in = wt_application_coverage(&watch->whole[WT_RX]),
  };
  if (!wt_sockets_hears(watch->sockets))
    snprintf(out->reason, sizeof(out->reason), "this kernel does not tell of connections that end between two polls");
  else if (watch->lost)
    snprintf(out->reason, sizeof(out->reason), "connections ended faster than they could be read");
}

/* ---- interfaces ----------------------------------------------------------------------------------------------- */

static size_t place_of(const struct wt_application_watch *watch, int ifindex)
{
  size_t low = 0, high = watch->slot_count;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (watch->slots[middle]->ifindex < ifindex)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* NULL: out of memory. */
static struct slot *slot_of(struct wt_application_watch *watch, int ifindex)
{
  size_t place = place_of(watch, ifindex);
  struct slot **slots;
  struct slot *slot;

  if (place < watch->slot_count && watch->slots[place]->ifindex == ifindex)
    return watch->slots[place];
  slots = realloc(watch->slots, (watch->slot_count + 1) * sizeof(struct slot *));
  if (!slots)
    return NULL;
  watch->slots = slots;
  slot = calloc(1, sizeof(*slot));
  if (!slot)
    return NULL;
  slot->ifindex = ifindex;
  slot->discontinuity = NAN;
  memmove(&slots[place + 1], &slots[place], (watch->slot_count - place) * sizeof(struct slot *));
  slots[place] = slot;
  watch->slot_count++;
  return slot;
}

static bool is_same_time(double a, double b)
{
  return isnan(a) ? isnan(b) : a >= b && a <= b;
}

static void judge_direction(struct wt_application_watch *watch, const struct wt_application_place *place,
                            const struct wt_settings *settings, struct slot *slot, const struct wt_namespace *mib,
                            enum wt_direction direction, struct wt_direction_report *report)
{
  const struct wt_link *link = wt_link_find(place->links, place->link_count, slot->ifindex);
  const struct wt_application_limits limits = {settings->tolerance, LEAST_FRAMES,
                                               link && link->lagging ? hardware_lag : software_lag};
  const struct wt_account_sum *sum = wt_account_of(watch->account, slot->ifindex);
  struct wt_application_reading reading = reading_of(watch, sum, direction, mib);

  reading.counter = report->counter.signal.frames;
  reading.counter_octets = report->counter.signal.octets;
  reading.capture = report->capture.frames;
  reading.capture_octets = report->capture.octets;
  reading.wire = report->wire.frames;
  reading.wire_low = report->wire.low;
  reading.wire_high = report->wire.high;
  reading.wire_octets_low = report->wire.octets_low;
  wt_application_add(&slot->history[direction], &reading, settings->horizon);
  report->application.segments = reading.segments;
  report->application.octets = reading.payload;
  wt_application_judge(&slot->history[direction], report->wire.source, &limits, &report->application);
}

static void report_nothing(const char *reason, struct wt_direction_report directions[WT_DIRECTIONS])
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_application_direction *out = &directions[direction].application;

    *out = (struct wt_application_direction){.segments = WT_UNKNOWN, .octets = WT_UNKNOWN};
    snprintf(out->reason, sizeof(out->reason), "%s", reason);
  }
}

static void report_account(struct wt_application_watch *watch, const struct wt_application_place *place,
                           const struct wt_namespace *mib, const struct wt_interface *interface,
                           struct wt_direction_report directions[WT_DIRECTIONS])
{
  struct slot *slot = slot_of(watch, interface->ifindex);
  struct wt_settings settings;

  if (!slot) {
    report_nothing("out of memory", directions);
    return;
  }
  slot->seen = true;
  if (!is_same_time(slot->discontinuity, interface->discontinuity))
    memset(slot->history, 0, sizeof(slot->history));
  slot->discontinuity = interface->discontinuity;
  wt_config_settings(place->config, interface->name, &settings);
  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++)
    judge_direction(watch, place, &settings, slot, mib, direction, &directions[direction]);
}

/* Hosts of containers make interfaces all day long, each with a number of its own. */
static void forget_gone(struct wt_application_watch *watch)
{
  size_t kept = 0;

  for (size_t i = 0; i < watch->slot_count; i++) {
    struct slot *slot = watch->slots[i];

    if (slot->seen)
      watch->slots[kept++] = slot;
    else
      free(slot);
  }
  watch->slot_count = kept;
  for (size_t i = 0; i < kept; i++)
    watch->slots[i]->seen = false;
}

static const struct wt_application no_account = {
    .bytes_acked = WT_UNKNOWN,
    .bytes_received = WT_UNKNOWN,
    .segments_out = WT_UNKNOWN,
    .segments_in = WT_UNKNOWN,
    .retransmitted_segments = WT_UNKNOWN,
    .retransmitted_bytes = WT_UNKNOWN,
    .connections = WT_UNKNOWN,
    .coverage_out = NAN,
    .coverage_in = NAN,
};

void wt_application_poll(struct wt_application_watch *watch, const struct wt_application_place *place,
                         struct wt_report *report)
{
  report->application = no_account;
  if (!watch)
    return;
  if (watch->sockets)
    take_reading(watch, place);
  report->application.on = true;
  if (watch->reason[0])
    memcpy(report->application.reason, watch->reason, sizeof(watch->reason));
  else
    report_namespace(watch, report->horizon, &report->namespace, &report->application);
}

void wt_application_report(struct wt_application_watch *watch, const struct wt_application_place *place,
                           const struct wt_namespace *mib, const struct wt_interface *interface,
                           struct wt_direction_report directions[WT_DIRECTIONS])
{
  if (!watch)
    report_nothing("application figures are not asked for", directions);
  else if (watch->reason[0])
    report_nothing(watch->reason, directions);
  else
    report_account(watch, place, mib, interface, directions);
}

void wt_application_end(struct wt_application_watch *watch)
{
  if (watch && !watch->reason[0])
    forget_gone(watch);
}
