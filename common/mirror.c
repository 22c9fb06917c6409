/* SPDX-License-Identifier: MIT */
#include "mirror.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "handle.h"
#include "mirror_addresses.h"
#include "reserve.h"
#include "sample.h"

/* One observed interface. */
struct copy {
  const struct wt_mirror_pair *names;
  struct wt_tap_port port; /* of the observed interface; its ifindex is 0 while it is not there */
  struct wt_tap_station stations[WT_TAP_ADDRESSES];
  size_t station_count; /* 0 while nothing is counted */
  bool anew;            /* something may not have been counted since the last reading */
  uint64_t doubt[WT_DIRECTIONS];
  char reason[128]; /* why nothing is counted */
};

/* One interface on which copies arrive. */
struct port {
  int ifindex; /* 0: none */
  pcap_t *handle;
};

struct wt_mirrors {
  struct wt_tap *tap; /* NULL without method exact */
  char no_tap[128];   /* why */
  bool detached;
  bool budgeted; /* the last time that it was decided, it had to be detached */
  struct copy copies[WT_MIRRORS];
  struct port ports[WT_MIRRORS]; /* of the copy of the same index, or of an earlier one on the same interface */
  size_t count;
  struct wt_tap_station *set; /* in the tap */
  size_t set_count;
  uint64_t packets;
  struct wt_reserve *reserve; /* NULL while handles can be opened */
};

int wt_mirrors_open(struct wt_mirrors **out, const struct wt_config *config, struct wt_error *error)
{
  struct wt_mirrors *mirrors;

  *out = NULL;
  if (!config->mirror_count)
    return 0;
  mirrors = calloc(1, sizeof(*mirrors));
  if (mirrors)
    mirrors->set = calloc((size_t)WT_MIRRORS * WT_TAP_ADDRESSES, sizeof(*mirrors->set));
  if (!mirrors || !mirrors->set) {
    free(mirrors);
    return wt_fail(error, -ENOMEM, "option Mirror: out of memory");
  }
  mirrors->count = config->mirror_count;
  for (size_t i = 0; i < mirrors->count; i++)
    mirrors->copies[i].names = &config->mirrors[i];
  *out = mirrors;
  return 0;
}

static void close_port(const struct wt_mirrors *mirrors, struct port *port)
{
  if (port->handle && mirrors->reserve) {
    (void)wt_handle_promiscuous(port->handle, port->ifindex, false);
    wt_reserve_give(mirrors->reserve, port->handle);
  } else if (port->handle) {
    pcap_close(port->handle);
  }
  *port = (struct port){0};
}

void wt_mirrors_close(struct wt_mirrors *mirrors)
{
  if (!mirrors)
    return;
  for (size_t i = 0; i < mirrors->count; i++)
    close_port(mirrors, &mirrors->ports[i]);
  for (size_t i = 0; i < mirrors->count && mirrors->tap; i++)
    wt_tap_remove(mirrors->tap, &mirrors->copies[i].port);
  wt_tap_close(mirrors->tap);
  wt_reserve_close(mirrors->reserve);
  free(mirrors->set);
  free(mirrors);
}

/* ---- what is there --------------------------------------------------------------------------------------------- */

static void open_tap(struct wt_mirrors *mirrors, enum wt_method method)
{
  struct wt_error error = {0};

  if (mirrors->tap)
    return;
  if (method == WT_METHOD_EXACT && wt_tap_open_mirror(&mirrors->tap, mirrors->count, &error))
    snprintf(mirrors->no_tap, sizeof(mirrors->no_tap), "%.127s", error.text);
  else if (method != WT_METHOD_EXACT)
    snprintf(mirrors->no_tap, sizeof(mirrors->no_tap), "copies are counted with method exact only");
  /* Where it could not be loaded before, what is observed is known already. */
  for (size_t i = 0; mirrors->tap && i < mirrors->count; i++)
    if (mirrors->copies[i].port.ifindex)
      wt_tap_add(mirrors->tap, &mirrors->copies[i].port);
}

static const struct wt_link *find_name(const struct wt_link *table, size_t count, const char *name)
{
  for (size_t i = 0; i < count; i++)
    if (strcmp(table[i].name, name) == 0)
      return &table[i];
  return NULL;
}

__attribute__((format(printf, 2, 3))) static void give_up(struct copy *copy, const char *format, ...)
{
  va_list arguments;

  copy->station_count = 0;
  va_start(arguments, format);
  vsnprintf(copy->reason, sizeof(copy->reason), format, arguments);
  va_end(arguments);
}

/* Says why not. */
static bool can_count(const struct wt_mirrors *mirrors, struct copy *copy, const struct wt_link *observed,
                      const struct wt_link *mirror)
{
  if (!mirrors->tap)
    give_up(copy, "%s", mirrors->no_tap);
  else if (!observed)
    give_up(copy, "there is no interface %s", copy->names->observed);
  else if (!mirror)
    give_up(copy, "there is no interface %s", copy->names->mirror);
  else if (!mirror->has_address)
    give_up(copy, "%s is not an Ethernet device", mirror->name);
  else if (!mirror->running)
    give_up(copy, "%s is down", mirror->name);
  else if (!observed->has_address)
    give_up(copy, "%s has no Ethernet address that its frames could be told by", observed->name);
  else
    return true;
  return false;
}

static void find_stations(struct wt_mirrors *mirrors, struct copy *copy, const struct wt_link *table, size_t count)
{
  const struct wt_link *mirror = find_name(table, count, copy->names->mirror);
  const struct wt_link *observed = wt_link_find(table, count, copy->port.ifindex);

  if (!can_count(mirrors, copy, observed, mirror))
    return;
  copy->station_count = wt_mirror_addresses(table, count, observed, copy->stations, WT_TAP_ADDRESSES);
  for (size_t i = 0; i < copy->station_count && i < WT_TAP_ADDRESSES; i++)
    copy->stations[i].mirror = mirror->ifindex;
  if (copy->station_count > WT_TAP_ADDRESSES)
    give_up(copy, "%s and the devices above it have more than %d addresses", observed->name, WT_TAP_ADDRESSES);
}

/* Frames are told by their addresses: where two have the same, those of the later one are not told. */
static void refuse_clashes(struct wt_mirrors *mirrors, struct copy *copy)
{
  for (struct copy *other = mirrors->copies; other < copy; other++)
    if (wt_mirror_clash(other->stations, other->station_count, copy->stations, copy->station_count))
      give_up(copy, "%s has an address in common with %s, whose copies arrive on %s as well", copy->names->observed,
              other->names->observed, copy->names->mirror);
}

/* ---- sockets --------------------------------------------------------------------------------------------------- */

/* There is a handle for each, so one is left. */
static int take_reserve(struct wt_mirrors *mirrors, pcap_t **handle, int ifindex, const char *name,
                        struct wt_error *error)
{
  uint32_t drops;
  int status = -EMFILE;

  *handle = wt_reserve_take(mirrors->reserve, false, &drops);
  if (*handle)
    status = wt_handle_promiscuous(*handle, ifindex, true);
  return status ? wt_fail(error, status, "%s cannot be captured on: %s", name, strerror(-status)) : 0;
}

static int open_port(struct wt_mirrors *mirrors, struct port *port, int ifindex, const char *name,
                     struct wt_error *error)
{
  int status;

  if (mirrors->reserve)
    status = take_reserve(mirrors, &port->handle, ifindex, name, error);
  else
    status = wt_handle_open_promiscuous(&port->handle, name, WT_SNAP_LENGTH, WT_RING_IDLE, error);
  port->ifindex = ifindex;
  if (status) {
    close_port(mirrors, port);
    return status;
  }
  if (pcap_datalink(port->handle) != DLT_EN10MB)
    status = wt_fail(error, -EOPNOTSUPP, "%s is not an Ethernet device", name);
  else
    status = wt_tap_attach(mirrors->tap, pcap_fileno(port->handle), false, error);
  if (status == 0 && (mirrors->detached || mirrors->reserve) &&
      (status = wt_handle_bind(port->handle, ifindex, !mirrors->detached)) != 0)
    wt_fail(error, status, "%s cannot be captured on: %s", name, strerror(-status));
  if (status)
    close_port(mirrors, port);
  return status;
}

static struct port *find_port(struct wt_mirrors *mirrors, int ifindex)
{
  for (size_t i = 0; i < mirrors->count; i++)
    if (mirrors->ports[i].ifindex == ifindex)
      return &mirrors->ports[i];
  return NULL;
}

static bool is_wanted(const struct wt_mirrors *mirrors, int ifindex)
{
  for (size_t i = 0; i < mirrors->count; i++)
    if (mirrors->copies[i].station_count && mirrors->copies[i].stations[0].mirror == ifindex)
      return true;
  return false;
}

/* There are as many ports as copies, so one is always free. */
static void open_ports(struct wt_mirrors *mirrors)
{
  struct wt_error error = {0};

  for (size_t i = 0; i < mirrors->count; i++)
    if (mirrors->ports[i].ifindex && !is_wanted(mirrors, mirrors->ports[i].ifindex))
      close_port(mirrors, &mirrors->ports[i]);
  for (size_t i = 0; i < mirrors->count; i++) {
    struct copy *copy = &mirrors->copies[i];
    int ifindex = copy->stations[0].mirror;

    if (!copy->station_count || find_port(mirrors, ifindex))
      continue;
    copy->anew = true;
    if (open_port(mirrors, find_port(mirrors, 0), ifindex, copy->names->mirror, &error))
      give_up(copy, "%.127s", error.text);
  }
}

/* ---- changes --------------------------------------------------------------------------------------------------- */

static void tell_tap(struct wt_mirrors *mirrors)
{
  struct wt_tap_station now[WT_MIRRORS * WT_TAP_ADDRESSES];
  size_t count = 0;

  for (size_t i = 0; i < mirrors->count; i++) {
    const struct copy *copy = &mirrors->copies[i];

    memcpy(&now[count], copy->stations, copy->station_count * sizeof(now[0]));
    count += copy->station_count;
  }
  wt_tap_set_stations(mirrors->tap, mirrors->set, mirrors->set_count, now, count);
  memcpy(mirrors->set, now, count * sizeof(now[0]));
  mirrors->set_count = count;
}

static bool is_unchanged(const struct copy *copy, const struct copy *before)
{
  bool same = copy->station_count == before->station_count;

  for (size_t i = 0; same && i < copy->station_count; i++)
    same = copy->stations[i].mirror == before->stations[i].mirror &&
           copy->stations[i].observed == before->stations[i].observed &&
           memcmp(copy->stations[i].address, before->stations[i].address, WT_ADDRESS) == 0;
  return same;
}

static void take_observed(struct wt_mirrors *mirrors, struct copy *copy, const struct wt_link *observed)
{
  int ifindex = observed ? observed->ifindex : 0;

  if (!mirrors->tap || copy->port.ifindex != ifindex) {
    if (mirrors->tap && copy->port.ifindex)
      wt_tap_remove(mirrors->tap, &copy->port);
    copy->port = (struct wt_tap_port){.ifindex = ifindex};
    if (observed)
      copy->port = (struct wt_tap_port){.ifindex = ifindex, .link_header = observed->link_header, .mtu = observed->mtu};
    if (mirrors->tap && observed)
      wt_tap_add(mirrors->tap, &copy->port);
    copy->anew = true;
  } else if (observed && observed->mtu != copy->port.mtu) {
    wt_tap_set_mtu(mirrors->tap, &copy->port, false, observed->mtu);
  }
}

void wt_mirrors_forget(struct wt_mirrors *mirrors, const struct wt_links *links)
{
  for (size_t i = 0; mirrors && i < mirrors->count; i++) {
    struct copy *copy = &mirrors->copies[i];

    if (mirrors->ports[i].ifindex && wt_links_deleted(links, mirrors->ports[i].ifindex))
      close_port(mirrors, &mirrors->ports[i]);
    if (copy->station_count && wt_links_deleted(links, copy->stations[0].mirror))
      copy->anew = true;
    if (copy->port.ifindex && wt_links_deleted(links, copy->port.ifindex))
      take_observed(mirrors, copy, NULL);
  }
}

void wt_mirrors_update(struct wt_mirrors *mirrors, enum wt_method method, const struct wt_link *table, size_t count)
{
  if (!mirrors)
    return;
  open_tap(mirrors, method);
  for (size_t i = 0; i < mirrors->count; i++) {
    struct copy *copy = &mirrors->copies[i];
    struct copy before = *copy;

    take_observed(mirrors, copy, find_name(table, count, copy->names->observed));
    copy->reason[0] = '\0';
    find_stations(mirrors, copy, table, count);
    refuse_clashes(mirrors, copy);
    copy->anew |= !is_unchanged(copy, &before);
  }
  if (!mirrors->tap)
    return;
  open_ports(mirrors);
  tell_tap(mirrors);
}

int wt_mirrors_reserve(struct wt_mirrors *mirrors, struct wt_error *error)
{
  size_t missing = 0;

  if (!mirrors || !mirrors->tap)
    return 0;
  for (size_t i = 0; i < mirrors->count; i++)
    missing += !mirrors->ports[i].handle;
  return wt_reserve_open(&mirrors->reserve, missing, 0, WT_SNAP_LENGTH, WT_RING_IDLE, error);
}

void wt_mirrors_detach(struct wt_mirrors *mirrors)
{
  for (size_t i = 0; mirrors && i < mirrors->count; i++)
    if (mirrors->ports[i].handle)
      (void)wt_handle_bind(mirrors->ports[i].handle, mirrors->ports[i].ifindex, false);
  if (mirrors)
    mirrors->detached = mirrors->budgeted = true;
}

void wt_mirrors_stay(struct wt_mirrors *mirrors)
{
  if (mirrors)
    mirrors->budgeted = false;
}

void wt_mirrors_attach(struct wt_mirrors *mirrors)
{
  for (size_t i = 0; mirrors && i < mirrors->count; i++) {
    if (mirrors->ports[i].handle)
      (void)wt_handle_bind(mirrors->ports[i].handle, mirrors->ports[i].ifindex, true);
    mirrors->copies[i].anew = true;
  }
  if (mirrors)
    mirrors->detached = false;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static const struct copy *find_copy(const struct wt_mirrors *mirrors, int ifindex)
{
  for (size_t i = 0; mirrors && i < mirrors->count; i++)
    if (mirrors->copies[i].port.ifindex == ifindex)
      return &mirrors->copies[i];
  return NULL;
}

static void read_copy(struct wt_mirrors *mirrors, struct copy *copy,
                      struct wt_witness_reading reading[WT_DIRECTIONS][WT_WITNESS_KINDS])
{
  struct wt_tally tally[WT_DIRECTIONS];
  bool known = copy->station_count && !mirrors->detached && wt_tap_read(mirrors->tap, &copy->port, false, tally) == 0;

  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    struct wt_witness_reading *of = &reading[direction][WT_BY_MIRROR];
    uint64_t doubt = known ? tally[direction].frames_high - tally[direction].frames_low : 0;

    of->there = true;
    of->epoch += known && (copy->anew || doubt != copy->doubt[direction]);
    /* Octets of copies are others than the frames had: a switch puts tags in or takes them out, and a wire pads. */
    if (known) {
      copy->doubt[direction] = doubt;
      wt_witness_read(of, tally[direction].frames, WT_UNKNOWN);
    } else {
      of->frames = of->octets = WT_UNKNOWN;
    }
  }
  copy->anew &= !known;
}

void wt_mirrors_read(struct wt_mirrors *mirrors, int ifindex, struct wt_instruments *instruments)
{
  const struct copy *copy = find_copy(mirrors, ifindex);
  struct wt_counting *counting = copy ? wt_instruments_begin(instruments) : NULL;

  if (counting)
    read_copy(mirrors, &mirrors->copies[copy - mirrors->copies], counting->reading);
  else
    wt_instruments_miss(instruments, WT_BY_MIRROR); /* it may have had one, under another name */
}

double wt_mirrors_packets(struct wt_mirrors *mirrors)
{
  uint64_t packets, before;

  if (!mirrors || !mirrors->tap)
    return 0;
  packets = wt_tap_copies(mirrors->tap);
  before = mirrors->packets;
  mirrors->packets = packets;
  return (double)(packets - before);
}

const char *wt_mirrors_of(const struct wt_mirrors *mirrors, int ifindex, const char **reason)
{
  const struct copy *copy = find_copy(mirrors, ifindex);

  *reason = "";
  if (!copy)
    return NULL;
  if (!copy->station_count)
    *reason = copy->reason;
  else if (mirrors->budgeted)
    *reason = "the tap is attached for a part of the time only, to keep to the CPU budget";
  return copy->names->mirror;
}
