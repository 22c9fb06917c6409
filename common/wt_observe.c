/* SPDX-License-Identifier: MIT */
/* One round of readings: all instruments of all interfaces, and for how long the tap may stay attached. */
#include "budget.h"
#include "wt_parts.h"

enum {
  MOST_IPV6 = 32, /* interfaces of which the IPv6 MIB is read */
  FEW = 32,       /* whose counters are read one by one, as they are where others are more than so many times as many */
  OTHERS = 16,
  MOST_FRAMES = 32, /* between two readings of the tap, for a counter that was read with all others */
};

/* After an interval with the tap: how long it has to stay detached to keep to the budget. */
static void keep_to_budget(struct wt *wt, double interval)
{
  double packets = wt_mirrors_packets(wt->mirrors);
  unsigned int period;

  for (size_t i = 0; i < wt->entry_count; i++)
    packets += wt->entries[i]->tapped_packets;
  period = wt_budget_period(packets / interval, wt->config->cpu_budget);
  if (period == 1) {
    wt_mirrors_stay(wt->mirrors);
    return;
  }
  wt_capture_detach(wt->capture);
  wt_mirrors_detach(wt->mirrors);
  /* Polls are never quite on time: by half an interval less, the next one does not wait for one more. */
  wt->detached_to = wt->observed + (period - 1.5) * interval;
}

static bool is_budgeted(const struct wt *wt)
{
  return wt->method == WT_METHOD_EXACT && wt->config->method == WT_METHOD_AUTO;
}

static void fill_gaps(struct wt *wt, bool attached)
{
  double now = wt_monotonic();
  double interval = wt->observed > 0 ? now - wt->observed : 0;

  for (size_t i = 0; i < wt->entry_count; i++)
    wt_entry_fill_gaps(wt->entries[i], attached);
  wt->observed = now;
  wt->observing += interval;
  if (!attached || interval <= 0)
    return;
  wt->attached += interval;
  keep_to_budget(wt, interval);
}

static struct wt_instruments *find_instruments(void *context, int ifindex)
{
  struct wt_entry *entry = wt_find_entry(context, ifindex);

  return entry ? &entry->instruments : NULL;
}

/* The kernel writes out a file of a hundred lines for each: with many interfaces that would cost more than all else. */
static void read_ipv6(struct wt *wt)
{
  for (size_t i = 0; i < wt->entry_count; i++)
    if (wt->entry_count <= MOST_IPV6)
      wt_entry_read_ipv6(wt->entries[i]);
    else
      wt_entry_skip_ipv6(wt->entries[i]);
}

/* Interfaces that nobody asked about may have carried some of what the namespace counts; and what one that has gone
 * carried at last, nobody read. */
static void look_for_carrier(struct wt *wt)
{
  bool from_start = wt->carrier.count == 0;

  if (wt->link_count > WT_CARRIER_MOST)
    wt_carrier_lose(&wt->carrier);
  for (size_t i = 0; i < wt->link_count && !wt->carrier.blind; i++) {
    struct wt_link_counter counter[WT_DIRECTIONS];
    uint64_t packets[WT_DIRECTIONS];
    int ifindex = wt->link_table[i].ifindex;
    int status = wt_counter_read(wt->counters, ifindex, counter);

    if (status) {
      wt_carrier_lose(&wt->carrier);
      return;
    }
    for (int direction = 0; direction < WT_DIRECTIONS; direction++)
      packets[direction] = counter[direction].packets;
    wt_carrier_note(&wt->carrier, ifindex, packets, from_start);
  }
}

/* The kernel's witness is read last: it has not seen less than the samples. */
static void watch_checksums(struct wt *wt)
{
  const char *why = NULL;

  if (!wt->capture)
    why = "method none looks at no packet";
  else if (!wt_capture_samples_checksums(wt->capture))
    why = wt->method == WT_METHOD_EXACT ? "looking at checksums with method exact needs Linux 5.8 or later"
                                        : "there is no socket to look at checksums with";
  wt_namespace_read(&wt->namespace_now);
  for (size_t i = 0; i < wt->entry_count; i++) {
    wt->entries[i]->not_sampled = why;
    wt_entry_watch_checksums(wt->entries[i], wt->namespace_now.in_checksum_errors, wt_monotonic());
  }
}

static void follow_series(struct wt *wt)
{
  const struct wt_scene scene = wt_scene_of(wt);

  wt_series_apply(wt->series, &scene, wt_monotonic(), wt_clock(CLOCK_REALTIME));
}

/* ---- readings --------------------------------------------------------------------------------------------------- */

static void read_one(struct wt *wt, struct wt_entry *entry)
{
  wt_entry_read(entry, wt->capture, wt->counters, wt->readers, wt_monotonic());
}

struct many {
  struct wt *wt;
  size_t next; /* the dump has links in the order of their numbers, on newer kernels */
};

static void take_counter(void *context, int ifindex, struct wt_link_counter counter[WT_DIRECTIONS])
{
  /* Samples are of the whole poll in any case. */
  struct many *many = context;
  struct wt *wt = many->wt;
  uint64_t most = wt->method == WT_METHOD_EXACT ? MOST_FRAMES : UINT64_MAX;
  bool expected = many->next < wt->entry_count && wt->entries[many->next]->link.ifindex == ifindex;
  struct wt_entry *entry = expected ? wt->entries[many->next] : wt_find_entry(wt, ifindex);

  many->next += expected;
  if (entry)
    wt_entry_take(entry, wt->capture, counter, wt_monotonic(), most);
}

/* What the dump did not have, or not well enough, is read on its own: that tells, too, what is gone. */
static void read_many(struct wt *wt)
{
  struct many many = {wt, 0};

  for (size_t i = 0; i < wt->entry_count; i++)
    wt_entry_look(wt->entries[i], wt->capture, wt->readers);
  (void)wt_counters_read(wt->counters, take_counter, &many);
  for (size_t i = 0; i < wt->entry_count; i++)
    if (!wt->entries[i]->was_read)
      read_one(wt, wt->entries[i]);
}

static void read_all(struct wt *wt)
{
  wt_readers_read_qdiscs(wt->readers, wt->relinked, find_instruments, wt);
  wt->relinked = false;
  for (size_t i = 0; i < wt->entry_count; i++)
    wt_mirrors_read(wt->mirrors, wt->entries[i]->link.ifindex, &wt->entries[i]->instruments);
  if (wt->entry_count > FEW && wt->entry_count >= wt->link_count / OTHERS) {
    read_many(wt);
    return;
  }
  for (size_t i = 0; i < wt->entry_count; i++)
    read_one(wt, wt->entries[i]);
}

void wt_observe(struct wt *wt)
{
  bool attached = wt->detached_to <= 0;
  double time, unix_time;

  if (wt->series)
    wt_series_drive(wt->series, wt_monotonic(), wt_clock(CLOCK_REALTIME));
  if (!attached && wt_monotonic() >= wt->detached_to) {
    wt_capture_attach(wt->capture);
    wt_mirrors_attach(wt->mirrors);
    wt->detached_to = 0;
  }
  if (wt->capture)
    wt_capture_drain(wt->capture);
  read_all(wt);
  if (wt->method == WT_METHOD_SAMPLE) {
    wt_capture_drain(wt->capture);
    for (size_t i = 0; i < wt->entry_count; i++)
      wt_entry_read_after(wt->entries[i], wt->capture);
    wt_capture_adapt(wt->capture);
  }
  if (wt->capture)
    wt_capture_checksums(wt->capture, attached);
  read_ipv6(wt);
  look_for_carrier(wt);
  watch_checksums(wt);
  if (is_budgeted(wt))
    fill_gaps(wt, attached);
  time = wt_monotonic();
  unix_time = wt_clock(CLOCK_REALTIME);
  for (size_t i = 0; i < wt->entry_count; i++)
    wt_entry_judge(wt->entries[i], time, unix_time);
  if (wt->series)
    follow_series(wt);
}
