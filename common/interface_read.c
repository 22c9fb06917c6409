/* SPDX-License-Identifier: MIT */
/* The readings of one interface: of the instruments, of the tap on both sides of the counter, and what they mean. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "interface.h"

enum {
  IP_HEADER = 20, /* octets; no packet has less behind its link header */
};

/* Seconds that a counter may be behind: hardware is read out once a second by some drivers, and shown one read late by
 * others; software counts when it handles the packet, within one round of its poll loop. */
static const double hardware_lag = 2.0, software_lag = 0.1;

static bool read_tap(struct wt_entry *entry, struct wt_capture *capture, bool after,
                     struct wt_observation reading[WT_DIRECTIONS])
{
  struct wt_tally tally[WT_DIRECTIONS];

  if (!entry->captured || wt_capture_read(capture, &entry->port, tally))
    return false;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    *(after ? &reading[direction].after : &reading[direction].before) = tally[direction];
  return true;
}

static void read_after(struct wt_entry *entry, struct wt_capture *capture, struct wt_observation reading[WT_DIRECTIONS])
{
  bool tapped = read_tap(entry, capture, true, reading);

  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    reading[direction].tapped &= tapped && !entry->untapped[direction];
}

void wt_entry_read_after(struct wt_entry *entry, struct wt_capture *capture)
{
  if (entry->traffic)
    read_after(entry, capture, entry->traffic->reading);
}

void wt_entry_skip_ipv6(struct wt_entry *entry)
{
  if (entry->ipv6)
    entry->ipv6->known = false;
}

/* It begins at 0 again when IPv6 was off meanwhile: an MTU below 1,280 is enough for that. */
static void count_on(uint64_t *total, uint64_t last, uint64_t now)
{
  if (wt_known(*total) && wt_known(last) && wt_known(now))
    *total += now >= last ? now - last : now;
  else
    *total = WT_UNKNOWN;
}

void wt_entry_read_ipv6(struct wt_entry *entry)
{
  struct wt_ipv6_counter now;
  bool known = wt_ipv6_read(entry->link.name, entry->link.ifindex, &now) == 0;

  if (entry->ipv6)
    entry->ipv6->known = known;
  if (!known)
    return;
  if (!entry->ipv6) {
    entry->ipv6 = calloc(1, sizeof(*entry->ipv6));
    if (!entry->ipv6)
      return;
    *entry->ipv6 = (struct wt_ipv6_sum){.last = now, .known = true};
  }
  count_on(&entry->ipv6->total.in_segments, entry->ipv6->last.in_segments, now.in_segments);
  count_on(&entry->ipv6->total.out_packets, entry->ipv6->last.out_packets, now.out_packets);
  entry->ipv6->last = now;
}

static bool is_quiet(const struct wt_entry *entry, const struct wt_observation reading[WT_DIRECTIONS])
{
  return !entry->followed && wt_quiet_is(&entry->quiet[WT_RX], &reading[WT_RX]) &&
         wt_quiet_is(&entry->quiet[WT_TX], &reading[WT_TX]);
}

/* It is quiet no longer: what has seen its readings so far, and what it has read now. */
static int wake(struct wt_entry *entry, const struct wt_observation reading[WT_DIRECTIONS])
{
  const struct wt_judge_settings settings = wt_entry_judging(entry);

  entry->traffic = malloc(sizeof(*entry->traffic));
  if (!entry->traffic)
    return -ENOMEM;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    wt_quiet_judge(&entry->quiet[direction], &entry->facts[direction], &settings, &entry->traffic->judge[direction]);
    wt_quiet_gap(&entry->quiet[direction], &entry->traffic->gap[direction]);
    entry->traffic->reading[direction] = reading[direction];
  }
  return 0;
}

static int take_reading(struct wt_entry *entry, const struct wt_observation reading[WT_DIRECTIONS])
{
  if (entry->traffic)
    return 0;
  if (!is_quiet(entry, reading))
    return wake(entry, reading);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    wt_quiet_read(&entry->quiet[direction], &reading[direction]);
  return 0;
}

static void take_counter(struct wt_entry *entry, struct wt_link_counter counter[WT_DIRECTIONS], double time,
                         bool tapped, struct wt_observation reading[WT_DIRECTIONS])
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
    wt_counter_widen(&entry->width[direction], &counter[direction]);
    reading[direction].time = time;
    reading[direction].tapped = tapped;
    reading[direction].counter_packets = counter[direction].packets;
    reading[direction].counter_octets = counter[direction].octets;
    wt_instruments_get(&entry->instruments, (enum wt_direction)direction, reading[direction].witness);
    entry->active |= counter[direction].packets > 0;
  }
}

void wt_entry_read(struct wt_entry *entry, struct wt_capture *capture, struct nl_sock *socket,
                   struct wt_readers *readers, double time)
{
  struct wt_observation first[WT_DIRECTIONS] = {0}, *reading = entry->traffic ? entry->traffic->reading : first;
  struct wt_link_counter counter[WT_DIRECTIONS];
  bool tapped;
  int status;

  /* Before, since they would keep the two readings of the tap apart. */
  wt_readers_read(readers, entry->link.ifindex, entry->link.name, &entry->instruments);
  tapped = read_tap(entry, capture, false, reading);
  status = wt_counter_read(socket, entry->link.ifindex, counter);
  entry->gone = status == -ENODEV;
  if (status == 0) {
    take_counter(entry, counter, time, tapped, reading);
    read_after(entry, capture, reading);
    status = take_reading(entry, reading);
  }
  entry->was_read = status == 0;
  entry->read_error = status;
}

/* ---- the counters of many at once ------------------------------------------------------------------------------- */

void wt_entry_look(struct wt_entry *entry, struct wt_capture *capture, struct wt_readers *readers)
{
  bool tapped;

  entry->was_read = entry->looked = false;
  if (wt_readers_ask(readers, &entry->instruments))
    return;
  wt_readers_read(readers, entry->link.ifindex, entry->link.name, &entry->instruments);
  entry->looked = true;
  if (!entry->traffic)
    return; /* it had nothing before, if it has nothing afterwards */
  tapped = read_tap(entry, capture, false, entry->traffic->reading);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    entry->traffic->reading[direction].tapped = tapped;
}

static bool take_quiet(struct wt_entry *entry, const struct wt_capture *capture,
                       struct wt_link_counter counter[WT_DIRECTIONS], double time)
{
  struct wt_observation reading[WT_DIRECTIONS] = {0};

  if (entry->captured && !wt_capture_is_silent(capture, &entry->port))
    return false;
  take_counter(entry, counter, time, entry->captured, reading);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    reading[direction].tapped &= !entry->untapped[direction];
  if (!is_quiet(entry, reading))
    return false;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    wt_quiet_read(&entry->quiet[direction], &reading[direction]);
  return true;
}

static bool take_traffic(struct wt_entry *entry, struct wt_capture *capture,
                         struct wt_link_counter counter[WT_DIRECTIONS], double time, uint64_t most)
{
  struct wt_observation *reading = entry->traffic->reading;
  bool narrow = true;

  take_counter(entry, counter, time, reading[WT_RX].tapped, reading);
  read_after(entry, capture, reading);
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    narrow &= !reading[direction].tapped || reading[direction].after.frames - reading[direction].before.frames <= most;
  return narrow;
}

void wt_entry_take(struct wt_entry *entry, struct wt_capture *capture, struct wt_link_counter counter[WT_DIRECTIONS],
                   double time, uint64_t most)
{
  if (!entry->looked || entry->was_read)
    return;
  entry->was_read =
      entry->traffic ? take_traffic(entry, capture, counter, time, most) : take_quiet(entry, capture, counter, time);
  if (!entry->was_read)
    return;
  entry->gone = false;
  entry->read_error = 0;
}

/* ---- what the readings mean -------------------------------------------------------------------------------------- */

static void fill_gap(struct wt_entry *entry, int direction, bool attached)
{
  struct wt_observation *reading = &entry->traffic->reading[direction];
  struct wt_gap *gap = &entry->traffic->gap[direction];

  reading->idle = reading->revised = false;
  if (!reading->tapped)
    return;
  if (gap->started)
    entry->tapped_packets += (double)(reading->after.packets - gap->raw.packets);
  reading->idle = gap->started && !attached;
  /* Of any MTU that there was: an interval in which it changed has frames of both. */
  if (gap->longest < entry->link.mtu + entry->link.link_header)
    gap->longest = entry->link.mtu + entry->link.link_header;
  gap->receives = direction == WT_RX;
  gap->shortest = entry->link.link_header + IP_HEADER;
  wt_gap_fill(gap, attached, reading->counter_packets, reading->counter_octets, &reading->before, &reading->after);
  reading->revised = gap->revised;
}

void wt_entry_fill_gaps(struct wt_entry *entry, bool attached)
{
  entry->tapped_packets = 0;
  if (!entry->was_read)
    return;
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    if (entry->traffic)
      fill_gap(entry, direction, attached);
    else
      wt_quiet_fill_gap(&entry->quiet[direction], attached);
}

void wt_entry_watch_checksums(struct wt_entry *entry, uint64_t errors, double time)
{
  wt_checksum_watch_add(&entry->checksum, entry->port.checksum, errors, time, entry->settings.horizon);
  if (entry->port.checksum)
    memset(entry->port.checksum, 0, WT_DIRECTIONS * sizeof(*entry->port.checksum));
}

struct wt_judge_settings wt_entry_judging(const struct wt_entry *entry)
{
  return (struct wt_judge_settings){
      .limits = {.tolerance = entry->settings.tolerance, .least_frames = WT_LEAST_FRAMES},
      .horizon = entry->settings.horizon,
      .lag = entry->link.lagging ? hardware_lag : software_lag,
  };
}

static void judge_traffic(struct wt_entry *entry, const struct wt_judge_settings *settings, double unix_time)
{
  struct wt_traffic *traffic = entry->traffic;

  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    if (!wt_judge_observe(&traffic->judge[direction], &traffic->reading[direction], &entry->facts[direction], settings,
                          unix_time)) {
      entry->discontinuity = unix_time;
      if (entry->series)
        wt_series_track_forget(entry->series);
    }
}

void wt_entry_judge(struct wt_entry *entry, double time, double unix_time)
{
  const struct wt_judge_settings settings = wt_entry_judging(entry);

  if (!entry->was_read)
    return;
  entry->lag = settings.lag;
  if (entry->traffic)
    judge_traffic(entry, &settings, unix_time);
  else
    for (int direction = 0; direction < WT_DIRECTIONS; direction++)
      wt_quiet_observe(&entry->quiet[direction], time, settings.horizon);
}
