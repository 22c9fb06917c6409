/* SPDX-License-Identifier: MIT */
#include "trace_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"
#include "trace_repeat.h"

enum {
  POINTS = 64,
  SENDERS = 256, /* the last of them stands for all further ones */
  FLOWS = 32768,
  SHORTEST_FRAME = 60, /* octets that Ethernet pads to, without the check sequence */
  PADDED_FRAME = 64,   /* and with it, or with a tag */
};

/* Packets of one sender at one point. */
struct sender {
  uint32_t number;
  uint32_t point;
  enum wt_trace_direction told;
  uint8_t station[WT_STATION]; /* where the direction is not told */
  bool rest;                   /* it stands for several */
  uint64_t packets, octets, tagged, truncated, not_understood, merged_left;
  struct wt_checksums checksum;
  struct wt_trace_tally tally;
  struct wt_vantage_facts facts;
};

struct wt_trace_account {
  struct wt_trace_report report;
  struct wt_trace_point points[POINTS];
  uint32_t interface[POINTS]; /* number of it in the file */
  uint32_t point_count;
  struct sender senders[SENDERS];
  struct wt_vantage_finding findings[SENDERS];
  uint32_t sender_count, last_sender;
  bool short_merges[SENDERS]; /* by number, after the end */
  struct wt_trace_flows *flows;
  struct wt_trace_repeats repeats;
};

struct wt_trace_account *wt_trace_account_new(void)
{
  struct wt_trace_account *account = calloc(1, sizeof(*account));

  if (!account)
    return NULL;
  account->report.first = account->report.last = WT_UNKNOWN;
  account->flows = wt_trace_flows_new(FLOWS);
  if (account->flows)
    return account;
  free(account);
  return NULL;
}

void wt_trace_account_free(struct wt_trace_account *account)
{
  if (!account)
    return;
  wt_trace_flows_free(account->flows);
  free(account);
}

/* ---- who and where ---- */

/* Number of the point; POINTS if there are too many. */
static uint32_t find_point(struct wt_trace_account *account, const struct wt_trace_packet *packet)
{
  uint32_t i;

  for (i = 0; i < account->point_count; i++)
    if (account->interface[i] == packet->interface && account->points[i].ifindex == packet->ifindex)
      return i;
  if (i == POINTS)
    return POINTS;
  account->interface[i] = packet->interface;
  account->points[i].ifindex = packet->ifindex;
  return account->point_count++;
}

static bool is_sender(const struct sender *sender, uint32_t point, enum wt_trace_direction told,
                      const uint8_t station[WT_STATION])
{
  return sender->point == point && sender->told == told && memcmp(sender->station, station, WT_STATION) == 0;
}

static struct sender *find_sender(struct wt_trace_account *account, uint32_t point, enum wt_trace_direction told,
                                  const struct wt_trace_view *view)
{
  static const uint8_t nobody[WT_STATION];
  const uint8_t *station = told == WT_TRACE_UNTOLD ? view->station : nobody;
  struct sender *sender;
  uint32_t i = account->last_sender;

  if (i < account->sender_count && is_sender(&account->senders[i], point, told, station))
    return &account->senders[i];
  for (i = 0; i < account->sender_count; i++)
    if (is_sender(&account->senders[i], point, told, station))
      break;
  if (i == SENDERS)
    i = SENDERS - 1;
  sender = &account->senders[i];
  account->last_sender = i;
  if (i == account->sender_count) {
    *sender = (struct sender){.number = i, .point = point, .told = told, .rest = i == SENDERS - 1};
    memcpy(sender->station, station, WT_STATION);
    account->sender_count++;
  }
  return sender;
}

/* ---- one packet ---- */

static void add_checksum(struct sender *sender, const struct wt_trace_view *view, enum wt_trace_length length)
{
  const struct wt_checksum_packet packet = {
      .data = view->data,
      .captured = view->captured,
      .length = view->length,
      .link_header = view->link_header,
      .ethertype = view->ethertype,
      .merged = length == WT_TRACE_MERGED,
      .received = sender->told == WT_TRACE_RX,
  };
  struct wt_checksum_result result;
  bool left;

  wt_checksum_classify(&packet, &result);
  wt_checksum_count(&sender->checksum, result.state);
  if (!view->dissection.parsed || result.state == WT_CHECKSUM_ABSENT || length == WT_TRACE_LONG)
    return;
  left = result.state == WT_CHECKSUM_OFFLOADED || result.state == WT_CHECKSUM_REWRITTEN;
  if (length == WT_TRACE_MERGED) {
    sender->merged_left += result.state == WT_CHECKSUM_OFFLOADED;
    sender->facts.merged_complete += result.state == WT_CHECKSUM_VALID;
  } else if (left) {
    sender->facts.single_left++;
  } else {
    sender->facts.single_complete++;
  }
}

/* Where the file has the frame's own link header. */
static void add_padding(struct sender *sender, const struct wt_trace_view *view)
{
  if (!view->link_header || !view->dissection.parsed || view->loopback)
    return;
  if (view->length < SHORTEST_FRAME)
    sender->facts.unpadded++;
  else if (view->padding && view->length <= PADDED_FRAME)
    sender->facts.padded++;
}

static void add_times(struct wt_trace_report *report, uint64_t time)
{
  if (!wt_known(time))
    return;
  if (!wt_known(report->first) || time < report->first)
    report->first = time;
  if (!wt_known(report->last) || time > report->last)
    report->last = time;
}

void wt_trace_account_look(struct wt_trace_account *account, const struct wt_trace_packet *packet,
                           struct wt_trace_look *look)
{
  account->report.packets++;
  account->report.octets += packet->length;
  account->report.captured += packet->captured;
  add_times(&account->report, packet->time);
  wt_trace_view(packet, &look->view);
  look->point = find_point(account, packet);
  look->left_out = look->point == POINTS;
  look->sender = 0;
  if (look->left_out)
    account->report.points_left_out++;
  else
    look->sender = find_sender(account, look->point, packet->direction, &look->view)->number;
}

enum wt_trace_length wt_trace_account_count(struct wt_trace_account *account, const struct wt_trace_packet *packet,
                                            const struct wt_trace_look *look, struct wt_trace_part *part)
{
  const struct wt_trace_view *view = &look->view;
  struct wt_trace_point *point = &account->points[look->point];
  struct sender *sender = &account->senders[look->sender];
  enum wt_trace_length length;

  point->shows_tags |= view->shows_tags;
  point->repeated += wt_trace_repeats(&account->repeats, look->point, packet->time, view);
  sender->packets++;
  sender->octets += view->octets;
  sender->tagged += view->tagged;
  sender->truncated += packet->captured < packet->length;
  sender->not_understood += !view->understood;
  sender->facts.loopback |= view->loopback;
  length = wt_trace_flows_add(account->flows, look->point, packet->direction, view, &sender->tally, part);
  add_checksum(sender, view, length);
  add_padding(sender, view);
  return length;
}

void wt_trace_account_add(struct wt_trace_account *account, const struct wt_trace_packet *packet)
{
  struct wt_trace_look look;

  wt_trace_account_look(account, packet, &look);
  if (!look.left_out)
    wt_trace_account_count(account, packet, &look, NULL);
}

/* ---- the end ---- */

/* What GRO put into merged packets was taken for what a sender leaves to its device, until it was clear who is who. */
static void relabel(struct sender *sender, const struct wt_vantage_finding *finding)
{
  if (finding->where != WT_VANTAGE_AFTER_GRO)
    return;
  sender->checksum.offloaded -= sender->merged_left;
  sender->checksum.rewritten += sender->merged_left;
  sender->merged_left = 0;
}

/* Senders of a point stand together, so that each is judged beside the others. */
static int by_point(const void *left, const void *right)
{
  const struct sender *a = left, *b = right;

  return a->point < b->point ? -1 : a->point > b->point;
}

static void judge(struct wt_trace_account *account)
{
  struct wt_vantage_facts facts[SENDERS];
  uint32_t first = 0;

  for (uint32_t i = 0; i < account->sender_count; i++) {
    struct sender *sender = &account->senders[i];

    facts[i] = sender->facts;
    facts[i].told = sender->told;
    facts[i].packets = sender->packets;
    facts[i].merged = sender->tally.merged;
    facts[i].long_only = sender->tally.long_only;
    facts[i].longest = sender->tally.longest;
    facts[i].mtu = sender->tally.mtu;
    facts[i].bulk = sender->tally.bulk;
  }
  for (uint32_t i = 1; i <= account->sender_count; i++) {
    if (i < account->sender_count && account->senders[i].point == account->senders[first].point)
      continue;
    wt_vantage_judge(facts + first, i - first, account->findings + first);
    first = i;
  }
  for (uint32_t i = 0; i < account->sender_count; i++)
    relabel(&account->senders[i], &account->findings[i]);
}

static void add_frames(struct wt_trace_row *row, const struct sender *sender, const struct wt_vantage_finding *finding)
{
  struct wt_trace_hidden hidden = sender->tally.hidden;

  if (finding->short_merges)
    wt_trace_hidden_add(&hidden, &sender->tally.hidden_short);
  row->frames += sender->packets + (uint64_t)llround(hidden.frames);
  row->low += sender->packets + (uint64_t)llround(hidden.low);
  row->high += sender->packets + (uint64_t)llround(hidden.high);
  row->frame_octets += sender->octets + (uint64_t)llround(hidden.octets);
  row->octets_low += sender->octets + (uint64_t)llround(hidden.octets_low);
  row->octets_high += sender->octets + (uint64_t)llround(hidden.octets_high);
}

struct wt_trace_hidden wt_trace_account_hidden(const struct wt_trace_account *account, uint32_t sender,
                                               const struct wt_trace_part *part)
{
  struct wt_trace_hidden hidden = part->hidden;

  if (account->short_merges[sender])
    wt_trace_hidden_add(&hidden, &part->hidden_short);
  return hidden;
}

static void add_checksums(struct wt_checksums *to, const struct wt_checksums *from)
{
  to->sampled += from->sampled;
  to->valid += from->valid;
  to->offloaded += from->offloaded;
  to->rewritten += from->rewritten;
  to->bad += from->bad;
  to->absent += from->absent;
  to->unverifiable += from->unverifiable;
}

static void add_sender(struct wt_trace_row *row, const struct sender *sender, const struct wt_vantage_finding *finding)
{
  add_frames(row, sender, finding);
  add_checksums(&row->checksum, &sender->checksum);
  row->packets += sender->packets;
  row->octets += sender->octets;
  row->merged += sender->tally.merged;
  row->long_only += sender->tally.long_only;
  row->by_id += sender->tally.by_id;
  row->tagged += sender->tagged;
  row->truncated += sender->truncated;
  row->not_understood += sender->not_understood;
  row->told = sender->told != WT_TRACE_UNTOLD;
  if (sender->tally.longest > row->longest)
    row->longest = sender->tally.longest;
}

/* The finding of the sender with most packets, of those in a row that say what all of them together do. */
static void conclude_row(const struct wt_trace_account *account, uint32_t point, enum wt_trace_direction side,
                         struct wt_trace_row *row)
{
  struct wt_vantage_finding findings[SENDERS];
  const struct wt_vantage_finding *best = NULL;
  uint64_t packets = 0;
  size_t count = 0;

  for (uint32_t i = 0; i < account->sender_count; i++)
    if (account->senders[i].point == point && account->findings[i].side == side)
      findings[count++] = account->findings[i];
  row->where = wt_vantage_combine(findings, count);
  for (uint32_t i = 0; i < account->sender_count; i++) {
    if (account->senders[i].point != point || account->findings[i].side != side ||
        account->findings[i].where != row->where || account->senders[i].packets <= packets)
      continue;
    best = &account->findings[i];
    packets = account->senders[i].packets;
  }
  if (best)
    memcpy(row->evidence, best->evidence, sizeof(row->evidence));
  row->estimated = row->low != row->frames || row->high != row->frames || row->merged || row->long_only;
}

static void conclude(struct wt_trace_account *account)
{
  struct wt_trace_report *report = &account->report;
  uint64_t packets = 0;

  report->where = wt_vantage_combine(account->findings, account->sender_count);
  report->evidence = "";
  for (uint32_t i = 0; i < account->sender_count; i++) {
    bool fits = account->findings[i].where == report->where ||
                (report->where == WT_VANTAGE_HOST && account->findings[i].where != WT_VANTAGE_UNDECIDABLE);

    if (!fits || account->senders[i].packets <= packets)
      continue;
    packets = account->senders[i].packets;
    report->evidence = account->findings[i].evidence;
  }
}

const struct wt_trace_report *wt_trace_account_end(struct wt_trace_account *account, const struct wt_trace *trace)
{
  struct wt_trace_report *report = &account->report;

  wt_trace_flows_end(account->flows);
  report->forgotten = wt_trace_flows_forgotten(account->flows);
  report->format = wt_trace_format(trace);
  qsort(account->senders, account->sender_count, sizeof(account->senders[0]), by_point);
  judge(account);
  for (uint32_t i = 0; i < account->sender_count; i++) {
    const struct wt_vantage_finding *finding = &account->findings[i];

    account->short_merges[account->senders[i].number] = finding->short_merges;
    add_sender(&account->points[account->senders[i].point].rows[finding->side], &account->senders[i], finding);
  }
  for (uint32_t i = 0; i < account->point_count; i++) {
    account->points[i].interface = *wt_trace_interface(trace, account->interface[i]);
    for (enum wt_trace_direction side = WT_TRACE_UNTOLD; side <= WT_TRACE_TX; side++)
      conclude_row(account, i, side, &account->points[i].rows[side]);
  }
  conclude(account);
  report->points = account->points;
  report->point_count = account->point_count;
  return report;
}
