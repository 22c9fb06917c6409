/* SPDX-License-Identifier: MIT */
#include "vantage.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum {
  SINGLES_TELLING = 3, /* packets of one frame, until their checksums say how a sender's are */
  SINGLES_DOUBT = 20,  /* as many times more than those that contradict it: resets, replies of the kernel itself */
  BULK_TELLING = 100,  /* full segments in a row, which TSO or GRO would not have left alone */
};

enum checksums { CHECKSUMS_UNTOLD, CHECKSUMS_LEFT, CHECKSUMS_COMPLETE, CHECKSUMS_MIXED };

/* How a sender's packets of one frame are. */
static enum checksums singles(const struct wt_vantage_facts *facts)
{
  if (facts->single_left + facts->single_complete < SINGLES_TELLING)
    return CHECKSUMS_UNTOLD;
  if (facts->single_left >= facts->single_complete)
    return CHECKSUMS_LEFT;
  return facts->single_left <= facts->single_complete / SINGLES_DOUBT ? CHECKSUMS_COMPLETE : CHECKSUMS_MIXED;
}

/* What the other senders of the point show. */
struct others {
  bool left, complete, padded, unpadded_only;
};

static struct others look_at_others(const struct wt_vantage_facts *facts, size_t count, size_t self)
{
  struct others others = {0};

  for (size_t i = 0; i < count; i++) {
    if (i == self)
      continue;
    others.left |= singles(&facts[i]) == CHECKSUMS_LEFT;
    others.complete |= singles(&facts[i]) == CHECKSUMS_COMPLETE;
    others.padded |= facts[i].padded > 0;
    others.unpadded_only |= facts[i].unpadded > 0 && facts[i].padded == 0;
  }
  return others;
}

__attribute__((format(printf, 3, 4))) static void find(struct wt_vantage_finding *finding, enum wt_vantage where,
                                                       const char *format, ...)
{
  va_list arguments;

  finding->where = where;
  va_start(arguments, format);
  vsnprintf(finding->evidence, sizeof(finding->evidence), format, arguments);
  va_end(arguments);
}

/*
 * Which side a sender is on, where the file does not tell. A host leaves its own checksums to the device and receives
 * complete ones; its own short frames are not padded yet, and those that it receives are.
 */
static enum wt_trace_direction infer_side(const struct wt_vantage_facts *facts, const struct others *others)
{
  enum checksums own = singles(facts);
  bool unpadded = facts->unpadded > 0 && facts->padded == 0;

  if (own == CHECKSUMS_LEFT && others->complete)
    return WT_TRACE_TX;
  if (own == CHECKSUMS_COMPLETE && others->left)
    return WT_TRACE_RX;
  if (unpadded && others->padded && !others->unpadded_only && own != CHECKSUMS_MIXED)
    return WT_TRACE_TX;
  if (facts->padded && others->unpadded_only && !others->padded && own != CHECKSUMS_LEFT)
    return WT_TRACE_RX;
  return WT_TRACE_UNTOLD;
}

/* ---- packets longer than a frame ---- */

static const char virtual_link[] =
    "nobody completed the checksums of %s, so it came over a virtual link: not cut by its "
    "sender, or cut and merged again";

static void judge_merged(const struct wt_vantage_facts *facts, const struct others *others,
                         struct wt_vantage_finding *finding)
{
  enum checksums own = singles(facts);
  char merged[96];

  snprintf(merged, sizeof(merged), "%" PRIu64 " packets are longer than a frame, up to %" PRIu32 " octets",
           facts->merged, facts->longest);
  if (finding->side == WT_TRACE_TX && !finding->inferred)
    find(finding, WT_VANTAGE_ABOVE_TSO, "%s, and the file says that they were sent", merged);
  else if (finding->side == WT_TRACE_TX && own == CHECKSUMS_LEFT)
    find(finding, WT_VANTAGE_ABOVE_TSO,
         "%s; checksums are left to the device, and those of the other side are complete (on the sender, or at the "
         "other "
         "end of a virtual link that hands packets over uncut)",
         merged);
  else if (own == CHECKSUMS_LEFT && finding->side == WT_TRACE_RX)
    find(finding, WT_VANTAGE_UNDECIDABLE, virtual_link, "what was received");
  else if (own == CHECKSUMS_LEFT && others->left)
    find(finding, WT_VANTAGE_UNDECIDABLE,
         "checksums of both sides are left to a device, so this is a virtual link: %s, above TSO of the sender, or "
         "merged "
         "by GRO at the other end",
         merged);
  else if (own == CHECKSUMS_LEFT)
    find(finding, WT_VANTAGE_UNDECIDABLE,
         "%s, with checksums left to a device: above TSO, or received over a virtual link; packets of the other side, "
         "which would tell, are missing",
         merged);
  else if (own == CHECKSUMS_COMPLETE)
    find(finding, WT_VANTAGE_AFTER_GRO,
         "%s, while %" PRIu64
         " of one frame have complete checksums, as frames from a wire have (on the receiver, or on "
         "a router that hands on what it has merged)",
         merged, facts->single_complete);
  else if (finding->side == WT_TRACE_RX && !finding->inferred)
    find(finding, WT_VANTAGE_AFTER_GRO, "%s, and the file says that they were received", merged);
  else if (facts->merged_complete > 0)
    find(finding, WT_VANTAGE_AFTER_GRO,
         "%s, of which %" PRIu64 " have a complete checksum, which no sender computes before cutting", merged,
         facts->merged_complete);
  else
    find(finding, WT_VANTAGE_UNDECIDABLE, "%s, and only %" PRIu64 " packets of one frame, whose checksums would tell",
         merged, facts->single_left + facts->single_complete);
}

/* ---- nothing that is longer for certain ---- */

static void judge_left(const struct wt_vantage_facts *facts, struct wt_vantage_finding *finding)
{
  if (finding->side == WT_TRACE_TX)
    find(finding, WT_VANTAGE_ABOVE_CHECKSUM,
         "%" PRIu64 " packets have checksums that are left to the device, and none is longer than a frame",
         facts->single_left);
  else if (finding->side == WT_TRACE_RX)
    find(finding, WT_VANTAGE_UNDECIDABLE, virtual_link, "what was received");
  else
    find(finding, WT_VANTAGE_UNDECIDABLE,
         "checksums are left to a device, and no other side with complete ones tells whether this is the sender or the "
         "other end of a virtual link");
}

static void judge_frames(const struct wt_vantage_facts *facts, const struct others *others,
                         struct wt_vantage_finding *finding)
{
  const char *place = "on the wire, or on a host whose offloads are off or find nothing to do";

  if (facts->padded && others->padded && !facts->unpadded && !others->unpadded_only)
    place = "on the wire itself: short frames of both sides are padded";
  else if (finding->side == WT_TRACE_TX)
    place = "on the host that sent them, with offloads off";
  else if (finding->side == WT_TRACE_RX)
    place = "on the host that received them, where nothing was merged, or on its wire";
  find(finding, WT_VANTAGE_WIRE,
       "%" PRIu64 " full segments follow one another and none is merged, no checksum is left to a device (%s)",
       facts->bulk, place);
}

static void judge_single(const struct wt_vantage_facts *facts, const struct others *others,
                         struct wt_vantage_finding *finding)
{
  enum checksums own = singles(facts);

  if (facts->long_only) {
    find(finding, WT_VANTAGE_UNDECIDABLE,
         "%" PRIu64 " packets of up to %" PRIu32 " octets are merged, or frames of a network with long ones: no SYN of "
         "their connections tells",
         facts->long_only, facts->longest);
  } else if (own == CHECKSUMS_LEFT) {
    judge_left(facts, finding);
  } else if (facts->bulk >= BULK_TELLING && own == CHECKSUMS_COMPLETE) {
    judge_frames(facts, others, finding);
  } else if (facts->bulk >= BULK_TELLING) {
    find(finding, WT_VANTAGE_UNDECIDABLE, "nothing is merged, but some checksums are complete and some are not");
  } else {
    find(finding, WT_VANTAGE_UNDECIDABLE,
         "too little that TSO or GRO would have merged: %" PRIu64 " full segments follow one another, and it takes %d",
         facts->bulk, BULK_TELLING);
  }
}

/* GRO merges short segments as well. What a host's own TCP hands to TSO is longer than a frame. */
static bool may_merge_short(const struct wt_vantage_facts *facts, const struct wt_vantage_finding *finding)
{
  if (finding->where == WT_VANTAGE_WIRE || finding->where == WT_VANTAGE_ABOVE_CHECKSUM)
    return false;
  return finding->side != WT_TRACE_TX || singles(facts) != CHECKSUMS_LEFT;
}

static void judge_one(const struct wt_vantage_facts *facts, const struct others *others,
                      struct wt_vantage_finding *finding)
{
  *finding = (struct wt_vantage_finding){.side = facts->told};
  if (facts->told == WT_TRACE_UNTOLD) {
    finding->side = infer_side(facts, others);
    finding->inferred = finding->side != WT_TRACE_UNTOLD;
  }
  if (facts->loopback) {
    find(finding, WT_VANTAGE_UNDECIDABLE, "a loopback device has no wire: its packets are never cut for one");
  } else if (facts->merged) {
    judge_merged(facts, others, finding);
  } else {
    judge_single(facts, others, finding);
  }
  finding->unexplained = facts->merged && finding->where == WT_VANTAGE_UNDECIDABLE;
  finding->short_merges = may_merge_short(facts, finding);
}

void wt_vantage_judge(const struct wt_vantage_facts *facts, size_t count, struct wt_vantage_finding *findings)
{
  for (size_t i = 0; i < count; i++) {
    struct others others = look_at_others(facts, count, i);

    judge_one(&facts[i], &others, &findings[i]);
  }
}

/* ---- all of it ---- */

enum wt_vantage wt_vantage_combine(const struct wt_vantage_finding *findings, size_t count)
{
  bool found[WT_VANTAGE_HOST + 1] = {false}, unexplained = false;

  for (size_t i = 0; i < count; i++) {
    found[findings[i].where] = true;
    unexplained |= findings[i].unexplained;
  }
  if (found[WT_VANTAGE_ABOVE_TSO] && found[WT_VANTAGE_AFTER_GRO])
    return WT_VANTAGE_HOST;
  if (found[WT_VANTAGE_ABOVE_TSO])
    return WT_VANTAGE_ABOVE_TSO;
  if (found[WT_VANTAGE_AFTER_GRO])
    return WT_VANTAGE_AFTER_GRO;
  /* The rest says that nothing is merged. */
  if (unexplained)
    return WT_VANTAGE_UNDECIDABLE;
  if (found[WT_VANTAGE_ABOVE_CHECKSUM])
    return WT_VANTAGE_ABOVE_CHECKSUM;
  return found[WT_VANTAGE_WIRE] ? WT_VANTAGE_WIRE : WT_VANTAGE_UNDECIDABLE;
}

const char *wt_vantage_name(enum wt_vantage where)
{
  static const char *const names[] = {
      [WT_VANTAGE_UNDECIDABLE] = "undecidable",       [WT_VANTAGE_WIRE] = "wire",
      [WT_VANTAGE_ABOVE_TSO] = "above-tso",           [WT_VANTAGE_AFTER_GRO] = "after-gro",
      [WT_VANTAGE_ABOVE_CHECKSUM] = "above-checksum", [WT_VANTAGE_HOST] = "host",
  };

  return names[where];
}
