/* SPDX-License-Identifier: MIT */
#include "application.h"

#include <stdio.h>
#include <string.h>

const double wt_application_least_coverage = 0.95;

/* SYN-ACKs, resets and the last acknowledgement of a connection are of no socket: two or three a connection. And
 * sockets and MIB are never read at the same moment. */
static const double beside_sockets = 100;

static const char one_reading[] = "only one reading so far, or since the last change";
static const char no_account[] = "the kernel does not tell what it takes: the sockets' segments, or the MIB's";
static const char no_connection[] = "no TCP connection of this namespace has its traffic on this interface";
static const char nothing_else[] = "nothing but the counter tells what passed the interface";
static const char too_few[] = "too few frames in the window for a verdict";
static const char not_covered[] =
    "connections account for less than 95 % of the segments: some were missed, or much is not TCP";
static const char too_much[] =
    "connections account for more segments than the namespace counted: some are older than the observation";
static const char elsewhere[] = "TCP counted more segments than passed here: some of them take another way";
static const char more_traffic[] =
    "more passed than these connections account for: other traffic, or connections that were missed";
static const char not_borne_out[] =
    "fewer than TCP counted, and no fewer than certainly passed here: some of it may take another way";
static const char maybe_dropped[] =
    "fewer than TCP sent, and no fewer than were acknowledged: dropped on the way, or counted late";

/* ---- history ---------------------------------------------------------------------------------------------------- */

/* Takes out the reading whose neighbours are closest: what is left stays spread over the horizon. */
static void thin_out(struct wt_application_history *history)
{
  struct wt_application_reading *readings = history->readings;
  size_t least = 1;

  for (size_t i = 2; i + 1 < history->count; i++)
    if (readings[i + 1].time - readings[i - 1].time < readings[least + 1].time - readings[least - 1].time)
      least = i;
  memmove(&readings[least], &readings[least + 1], (history->count - least - 1) * sizeof(*readings));
  history->count--;
}

void wt_application_add(struct wt_application_history *history, const struct wt_application_reading *reading,
                        double horizon)
{
  size_t passed = 0;

  if (history->count == WT_APPLICATION_READINGS)
    thin_out(history);
  history->readings[history->count++] = *reading;
  /* The window begins with the last reading that is as old as the horizon. */
  while (passed + 2 < history->count && history->readings[passed + 1].time <= reading->time - horizon)
    passed++;
  history->count -= passed;
  memmove(history->readings, history->readings + passed, history->count * sizeof(*history->readings));
}

/* ---- window ----------------------------------------------------------------------------------------------------- */

static uint64_t since(uint64_t from, uint64_t to)
{
  if (!wt_known(from) || !wt_known(to))
    return WT_UNKNOWN;
  return to >= from ? to - from : 0;
}

static struct wt_application_reading between(const struct wt_application_reading *from,
                                             const struct wt_application_reading *to)
{
  return (struct wt_application_reading){
      .time = to->time - from->time,
      .segments = since(from->segments, to->segments),
      .floor = since(from->floor, to->floor),
      .payload = since(from->payload, to->payload),
      .covered = since(from->covered, to->covered),
      .mib = since(from->mib, to->mib),
      .counter = since(from->counter, to->counter),
      .counter_octets = since(from->counter_octets, to->counter_octets),
      .capture = since(from->capture, to->capture),
      .capture_octets = since(from->capture_octets, to->capture_octets),
      .wire = since(from->wire, to->wire),
      .wire_low = since(from->wire_low, to->wire_low),
      .wire_high = since(from->wire_high, to->wire_high),
      .wire_octets_low = since(from->wire_octets_low, to->wire_octets_low),
  };
}

static const struct wt_application_reading *last_of(const struct wt_application_history *history)
{
  return &history->readings[history->count - 1];
}

/* What passed so shortly before the end that a counter may not have it yet. */
static struct wt_application_reading late_part(const struct wt_application_history *history, double lag)
{
  const struct wt_application_reading *last = last_of(history);
  size_t i = history->count - 1;

  while (i > 0 && history->readings[i].time > last->time - lag)
    i--;
  return between(&history->readings[i], last);
}

double wt_application_coverage(const struct wt_application_history *history)
{
  struct wt_application_reading window;

  if (history->count < 2)
    return NAN;
  window = between(&history->readings[0], last_of(history));
  if (!wt_known(window.covered) || !wt_known(window.mib) || window.mib == 0)
    return NAN;
  return (double)window.covered / (double)window.mib;
}

/* ---- the rule --------------------------------------------------------------------------------------------------- */

enum relation { NOT_KNOWN, FEWER, NOT_BORNE_OUT, PERHAPS_FEWER, SAME, MORE };

struct account {
  struct wt_application_reading window, late;
  const struct wt_application_limits *limits;
};

/* 0 where it is not known: then it proves nothing. */
static double certain(uint64_t count, uint64_t late)
{
  return wt_known(count) && wt_known(late) && count > late ? (double)(count - late) : 0;
}

static double certain_segments(const struct account *account)
{
  return certain(account->window.floor, account->late.floor);
}

/*
 * Fewer than TCP's, and fewer than certainly passed here, too: by its address alone what TCP counted may have taken
 * another way, while other traffic made up the number here.
 */
static enum relation accuse(const struct account *account, uint64_t count, uint64_t least)
{
  return wt_known(least) && (double)count < (double)least * (1 - account->limits->tolerance) ? FEWER : NOT_BORNE_OUT;
}

/* What an instrument has beside what TCP says that there has to be. */
static enum relation relate(const struct account *account, uint64_t frames, uint64_t octets)
{
  double tolerance = account->limits->tolerance;
  double payload = certain(account->window.payload, account->late.payload);

  if (!wt_known(frames))
    return NOT_KNOWN;
  if ((double)frames < certain_segments(account) * (1 - tolerance))
    return accuse(account, frames, account->window.wire_low);
  if (wt_known(octets) && (double)octets < payload * (1 - tolerance))
    return accuse(account, octets, account->window.wire_octets_low);
  if ((double)frames > (double)account->window.segments * (1 + tolerance))
    return MORE;
  return (double)frames < (double)account->window.segments * (1 - tolerance) ? PERHAPS_FEWER : SAME;
}

static void decide(enum relation counter, enum relation capture, struct wt_application_direction *out)
{
  const char *reason = "";

  if (counter == FEWER)
    out->verdict = WT_APPLICATION_COUNTER;
  else if (counter == SAME && (capture == SAME || capture == NOT_KNOWN))
    out->verdict = WT_APPLICATION_AGREES;
  /* With other traffic beside TCP's, an instrument that has fewer than TCP's alone is wrong all the same. */
  else if ((counter == SAME || counter == MORE) && capture == FEWER)
    out->verdict = WT_APPLICATION_CAPTURE_POINT;
  else if (counter == NOT_BORNE_OUT || capture == NOT_BORNE_OUT)
    reason = not_borne_out;
  else
    reason = counter == MORE || capture == MORE ? more_traffic : maybe_dropped;
  snprintf(out->reason, sizeof(out->reason), "%s", reason);
}

/* Why the account cannot be used for this interface; NULL if it can. */
static const char *unusable(const struct account *account, enum wt_source source)
{
  const struct wt_application_reading *window = &account->window;
  double tolerance = account->limits->tolerance;
  double most;

  if (!wt_known(window->segments) || !wt_known(window->covered) || !wt_known(window->mib))
    return no_account;
  if (window->segments == 0)
    return no_connection;
  if (source == WT_SOURCE_NONE || source == WT_SOURCE_COUNTER || !wt_known(window->wire))
    return nothing_else;
  if ((double)window->wire < account->limits->least_frames)
    return too_few;
  if ((double)window->covered < (double)window->mib * wt_application_least_coverage)
    return not_covered;
  if ((double)window->covered > (double)window->mib * (1 + tolerance) + beside_sockets)
    return too_much;
  /* An address does not prove a way: the interface must have carried as much. */
  most = (double)window->wire;
  if (wt_known(window->wire_high) && (double)window->wire_high > most)
    most = (double)window->wire_high;
  return certain_segments(account) * (1 - tolerance) > most ? elsewhere : NULL;
}

void wt_application_judge(const struct wt_application_history *history, enum wt_source source,
                          const struct wt_application_limits *limits, struct wt_application_direction *out)
{
  struct account account = {.limits = limits};
  const char *reason = one_reading;

  out->verdict = WT_APPLICATION_UNKNOWN;
  if (history->count >= 2) {
    account.window = between(&history->readings[0], last_of(history));
    account.late = late_part(history, limits->lag);
    reason = unusable(&account, source);
  }
  if (reason)
    snprintf(out->reason, sizeof(out->reason), "%s", reason);
  else
    decide(relate(&account, account.window.counter, account.window.counter_octets),
           relate(&account, account.window.capture, account.window.capture_octets), out);
}
