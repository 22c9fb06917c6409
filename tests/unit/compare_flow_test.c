/* SPDX-License-Identifier: MIT */
/*
 * What explains that two points differ. Each row is a traffic that was worked out by hand: 1,448 octets of payload a
 * segment, 52 octets of IP and TCP headers, 14 of Ethernet, unless the row says otherwise.
 */
#include "check.h"

#include <errno.h>
#include <stdlib.h>

#include "compare_table.h"
#include "pass_sum.h"
#include "point.h"

#define BIT(by) (1u << (by))

enum { SEGMENT = 1448, HEADERS = 52, ETHERNET = 14 };

/* So many frames, all with payload, in so many packets. */
static struct wt_passage passage(uint64_t frames, uint64_t packets)
{
  struct wt_passage passage = {
      .way = WT_WAY_RX,
      .packets = packets,
      .frames = frames,
      .frames_low = frames,
      .frames_high = frames,
      .segments = frames,
      .payload = frames * SEGMENT,
      .headers = frames * HEADERS,
      .link = frames * ETHERNET,
      .merged = packets < frames ? packets : 0,
      .most = (frames + packets - 1) / packets,
      .largest = SEGMENT,
      .first = 100,
      .last = 101,
      .hops_low = 64,
      .hops_high = 64,
  };

  passage.octets = frames * (SEGMENT + HEADERS + ETHERNET);
  return passage;
}

static struct wt_flow_compared flow_of(struct wt_passage a, struct wt_passage b)
{
  return (struct wt_flow_compared){.id = {.protocol = 6, .family = 0x0800}, .seen = {true, true}, .at = {a, b}};
}

/* A router is between, A before it. */
static struct wt_flow_compared routed(struct wt_passage a, struct wt_passage b)
{
  b.hops_low = b.hops_high = 63;
  return flow_of(a, b);
}

static const struct wt_compare_terms live = {.same_clock = true};

static void judge(struct wt_flow_compared *flow)
{
  wt_compare_flow(flow, NULL, &live);
}

static void check_missing(const char *row, const struct wt_flow_compared *flow, enum wt_point_index at, uint64_t low,
                          uint64_t high, uint64_t payload)
{
  check_int(row, flow->missing_at, at);
  check_int(row, flow->missing_low, low);
  check_int(row, flow->missing_high, high);
  check_int(row, flow->missing_payload, payload);
}

/* ---- merge and cut ----------------------------------------------------------------------------------------------- */

static void the_same_frames_in_other_packets(void **state)
{
  static const struct {
    const char *row;
    uint64_t a, b;
    uint64_t most_a, most_b; /* 0: the mean */
    unsigned int explained;
  } rows[] = {
      {"as they are", 8000, 8000, 0, 0, 0},
      {"both merged alike", 200, 200, 0, 0, 0},
      {"merged on the way", 8000, 200, 0, 0, BIT(WT_BY_MERGE)},
      {"cut on the way", 200, 8000, 0, 0, BIT(WT_BY_CUT)},
      {"merged further", 400, 200, 0, 0, BIT(WT_BY_MERGE)},
      {"cut in part", 200, 400, 40, 40, BIT(WT_BY_CUT)},
      {"cut and merged into larger ones", 200, 400, 40, 44, BIT(WT_BY_MERGE) | BIT(WT_BY_CUT)},
      {"as many packets, of other sizes", 200, 200, 40, 44, BIT(WT_BY_MERGE)},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_flow_compared flow = routed(passage(8000, rows[i].a), passage(8000, rows[i].b));

    if (rows[i].most_a) {
      flow.at[WT_POINT_A].most = rows[i].most_a;
      flow.at[WT_POINT_B].most = rows[i].most_b;
    }
    judge(&flow);
    check_int(rows[i].row, flow.explained, rows[i].explained);
    check_int(rows[i].row, flow.differs, rows[i].a != rows[i].b ? BIT(WT_OF_PACKETS) : 0);
  }
  check_done();
}

/* Against the order of the arguments: what is a merge from B to A. */
static void the_way_decides_between_merge_and_cut(void **state)
{
  struct wt_flow_compared flow = flow_of(passage(8000, 200), passage(8000, 8000));

  (void)state;
  flow.at[WT_POINT_A].hops_low = flow.at[WT_POINT_A].hops_high = 60;
  judge(&flow);
  check_int("B first, by hops", flow.order, WT_ORDER_B_FIRST);
  check_int("B first, by hops", flow.order_by, WT_ORDER_BY_HOPS);
  check_int("B first, by hops", flow.explained, BIT(WT_BY_MERGE));

  flow.at[WT_POINT_A].hops_low = flow.at[WT_POINT_A].hops_high = 64;
  flow.at[WT_POINT_A].first = 99.9;
  judge(&flow);
  check_int("A first, by time", flow.order, WT_ORDER_A_FIRST);
  check_int("A first, by time", flow.order_by, WT_ORDER_BY_TIME);
  check_int("A first, by time", flow.explained, BIT(WT_BY_CUT));

  wt_compare_flow(&flow, NULL, &(struct wt_compare_terms){.same_clock = false});
  check_int("two clocks", flow.order, WT_ORDER_UNKNOWN);
  check_int("two clocks", flow.explained, BIT(WT_BY_MERGE_OR_CUT));

  flow.at[WT_POINT_A].early = 5;
  judge(&flow);
  check_int("it ran before", flow.order, WT_ORDER_UNKNOWN);
  flow.at[WT_POINT_A].sequence = flow.at[WT_POINT_B].sequence = 77;
  judge(&flow);
  check_int("it ran before, the first packets are the same", flow.order, WT_ORDER_A_FIRST);
  flow.at[WT_POINT_B].sequence = 78;
  judge(&flow);
  check_int("it ran before, the first packets are others", flow.order, WT_ORDER_UNKNOWN);

  flow.at[WT_POINT_A].hops_high = 65;
  flow.at[WT_POINT_B].hops_low = flow.at[WT_POINT_B].hops_high = 65;
  judge(&flow);
  check_int("hop limits that overlap", flow.order, WT_ORDER_UNKNOWN);
  check_done();
}

/* Whatever the two clocks are apart, a packet there and one back cannot both seem to come the wrong way. */
static void both_ways_tell_the_order_by_two_clocks(void **state)
{
  static const struct {
    const char *row;
    double there, back; /* seconds by which B's clock says later than A's of the packet there, and A's than B's */
    uint32_t sequence;  /* of the first packet back at B; at A it is 9 */
    enum wt_order order;
  } rows[] = {
      {"A first", 0.001, 0.002, 9, WT_ORDER_A_FIRST},
      {"B first", -0.001, -0.002, 9, WT_ORDER_B_FIRST},
      {"clocks apart", 0.5, -0.4, 9, WT_ORDER_UNKNOWN},
      {"clocks apart the other way", -0.5, 0.6, 9, WT_ORDER_UNKNOWN},
      {"at the same time", 0, 0.001, 9, WT_ORDER_UNKNOWN},
      {"not the same packet", 0.001, 0.002, 8, WT_ORDER_UNKNOWN},
  };
  const struct wt_compare_terms offline = {.offline = true, .begin = {99, 99}, .end = {102, 102}};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_flow_compared flow = flow_of(passage(8000, 200), passage(8000, 8000));
    struct wt_flow_compared back = flow_of(passage(100, 100), passage(100, 100));

    flow.at[WT_POINT_A].sequence = flow.at[WT_POINT_B].sequence = 5;
    back.at[WT_POINT_A].sequence = 9;
    back.at[WT_POINT_B].sequence = rows[i].sequence;
    flow.at[WT_POINT_B].first = flow.at[WT_POINT_A].first + rows[i].there;
    back.at[WT_POINT_A].first = back.at[WT_POINT_B].first + rows[i].back;
    wt_compare_flow(&flow, &back, &offline);
    check_int(rows[i].row, flow.order, rows[i].order);
    check_int(rows[i].row, flow.order_by, rows[i].order ? WT_ORDER_BY_BOTH_WAYS : WT_ORDER_BY_NOTHING);
    check_int(rows[i].row, flow.explained,
              BIT(rows[i].order == WT_ORDER_UNKNOWN   ? WT_BY_MERGE_OR_CUT
                  : rows[i].order == WT_ORDER_A_FIRST ? WT_BY_CUT
                                                      : WT_BY_MERGE));
    back.seen[WT_POINT_A] = false;
    wt_compare_flow(&flow, &back, &offline);
    check_int(rows[i].row, flow.order, WT_ORDER_UNKNOWN);
  }
  check_done();
}

/* ---- loss -------------------------------------------------------------------------------------------------------- */

static void frames_that_are_missing(void **state)
{
  struct wt_flow_compared flow = routed(passage(8000, 8000), passage(7900, 7900));

  (void)state;
  judge(&flow);
  check_int("loss", flow.explained, BIT(WT_BY_LOSS));
  check_missing("loss", &flow, WT_POINT_B, 100, 100, 100 * SEGMENT);

  flow = routed(passage(8000, 200), passage(7900, 7900));
  judge(&flow);
  check_int("cut, and some lost", flow.explained, BIT(WT_BY_LOSS) | BIT(WT_BY_CUT));

  flow = routed(passage(8000, 8000), passage(7900, 300));
  judge(&flow);
  check_int("merged, and some lost", flow.explained, BIT(WT_BY_LOSS) | BIT(WT_BY_MERGE));

  /* 60 packets of 40 frames may be fewer packets only because they were lost. */
  flow = routed(passage(8000, 200), passage(5600, 140));
  judge(&flow);
  check_int("whole packets lost", flow.explained, BIT(WT_BY_LOSS));

  flow = routed(passage(8000, 8000), passage(7900, 7900));
  flow.at[WT_POINT_A].segments = flow.at[WT_POINT_B].segments = 0;
  flow.at[WT_POINT_A].payload = flow.at[WT_POINT_B].payload = 0;
  judge(&flow);
  check_int("acknowledgements lost", flow.explained, BIT(WT_BY_LOSS));
  check_missing("acknowledgements lost", &flow, WT_POINT_B, 100, 100, 0);

  flow = routed(passage(7900, 7900), passage(8000, 8000));
  judge(&flow);
  check_int("more at the later point", flow.explained, BIT(WT_BY_UNKNOWN));
  check_contains("more at the later point", flow.reason, "duplicated");

  flow = flow_of(passage(7900, 7900), passage(8000, 8000));
  judge(&flow);
  check_int("no order", flow.order, WT_ORDER_UNKNOWN);
  check_int("no order", flow.explained, BIT(WT_BY_LOSS));
  check_missing("no order", &flow, WT_POINT_A, 100, 100, 100 * SEGMENT);
  check_done();
}

/* What looks like loss by the frames alone. */
static void payload_that_does_not_fit_is_no_loss(void **state)
{
  static const struct {
    const char *row;
    int64_t segments, payload; /* that B has fewer */
    const char *reason;
  } rows[] = {
      {"the same payload in half the segments", 4000, 0, "another size"},
      {"more payload", 4000, -10, "another size"},
      {"more than the frames could hold", 4000, 4000 * SEGMENT + 1, "another size"},
      {"less than an octet each", 4000, 3999, "another size"},
      {"payload without a segment", 0, 1000, "another size"},
      {"more segments", -1, 1000, "another size"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_flow_compared flow = routed(passage(8000, 8000), passage(4000, 4000));

    flow.at[WT_POINT_B].segments = (uint64_t)(8000 - rows[i].segments);
    flow.at[WT_POINT_B].payload = (uint64_t)(8000 * SEGMENT - rows[i].payload);
    judge(&flow);
    check_int(rows[i].row, flow.explained, BIT(WT_BY_UNKNOWN));
    check_contains(rows[i].row, flow.reason, rows[i].reason);
  }
  check_done();
}

static void as_many_frames_may_be_others(void **state)
{
  struct wt_flow_compared flow = routed(passage(8000, 8000), passage(8000, 8000));

  (void)state;
  flow.at[WT_POINT_B].payload -= 1;
  judge(&flow);
  check_int("an octet fewer", flow.explained, BIT(WT_BY_UNKNOWN));
  check_contains("an octet fewer", flow.reason, "another payload");

  flow = routed(passage(8000, 8000), passage(8000, 8000));
  flow.at[WT_POINT_B].segments -= 1;
  judge(&flow);
  check_int("a segment fewer", flow.explained, BIT(WT_BY_UNKNOWN));

  flow = routed(passage(8000, 8000), passage(8000, 8000));
  flow.at[WT_POINT_B].headers += 8000 * 12;
  judge(&flow);
  check_int("options put in", flow.explained, BIT(WT_BY_UNKNOWN));
  check_contains("options put in", flow.reason, "headers of another length");
  check_done();
}

/* ---- the ends of the observation --------------------------------------------------------------------------------- */

static void frames_under_way_are_no_loss(void **state)
{
  struct wt_flow_compared flow = routed(passage(8000, 8000), passage(7900, 7900));

  (void)state;
  flow.at[WT_POINT_A].late = 100;
  judge(&flow);
  check_int("all may be under way", flow.explained, BIT(WT_BY_FLIGHT));
  check_missing("all may be under way", &flow, WT_POINT_B, 0, 100, 100 * SEGMENT);

  flow.at[WT_POINT_A].late = 60;
  flow.at[WT_POINT_B].early = 30;
  judge(&flow);
  check_int("some may be", flow.explained, BIT(WT_BY_LOSS));
  check_missing("some may be", &flow, WT_POINT_B, 40, 130, 100 * SEGMENT);

  /* What was under way at the begin was seen at the later point only. */
  flow = routed(passage(7900, 7900), passage(8000, 8000));
  flow.at[WT_POINT_B].early = 100;
  judge(&flow);
  check_int("more at the later point", flow.explained, BIT(WT_BY_FLIGHT));
  flow.at[WT_POINT_B].early = 99;
  judge(&flow);
  check_int("more than were under way", flow.explained, BIT(WT_BY_UNKNOWN));

  flow = routed(passage(8000, 8000), passage(8000, 8000));
  flow.at[WT_POINT_B].payload -= 7;
  flow.at[WT_POINT_A].late = 3;
  judge(&flow);
  check_int("others came and went", flow.explained, BIT(WT_BY_FLIGHT));

  flow = (struct wt_flow_compared){.seen = {false, true}, .at = {{0}, passage(50, 50)}};
  judge(&flow);
  check_int("one point", flow.explained, BIT(WT_BY_ONE_POINT));
  check_missing("one point", &flow, WT_POINT_A, 50, 50, 50 * SEGMENT);
  flow.at[WT_POINT_B].late = 50;
  judge(&flow);
  check_int("one point, at the end", flow.explained, BIT(WT_BY_FLIGHT));
  flow.at[WT_POINT_B].late = 0;
  wt_compare_flow(&flow, NULL, &(struct wt_compare_terms){.rest = {true, false}});
  check_int("one point, and the other had no room", flow.explained, BIT(WT_BY_UNKNOWN));
  wt_compare_flow(&flow, NULL, &(struct wt_compare_terms){.rest = {false, true}});
  check_int("one point, which had no room for others", flow.explained, BIT(WT_BY_ONE_POINT));
  check_done();
}

/* Nobody told when a file's capture began: only what both cover is compared. */
static void files_that_cover_other_times(void **state)
{
  struct wt_compare_terms terms = {.offline = true, .begin = {100, 100}, .end = {101, 101}};
  struct wt_flow_compared flow = routed(passage(8000, 8000), passage(7900, 7900));

  (void)state;
  wt_compare_flow(&flow, NULL, &terms);
  check_int("the same time", flow.explained, BIT(WT_BY_LOSS));
  terms.begin[WT_POINT_B] = 100.5;
  wt_compare_flow(&flow, NULL, &terms);
  check_int("B began later", flow.explained, BIT(WT_BY_UNKNOWN));
  check_contains("B began later", flow.reason, "do not cover the same time");
  terms.begin[WT_POINT_B] = 100;
  terms.end[WT_POINT_B] = 100.5;
  wt_compare_flow(&flow, NULL, &terms);
  check_int("B ended earlier", flow.explained, BIT(WT_BY_UNKNOWN));
  terms.end[WT_POINT_A] = 100.5;
  terms.end[WT_POINT_B] = 101;
  wt_compare_flow(&flow, NULL, &terms);
  check_int("A ended earlier, and has more", flow.explained, BIT(WT_BY_LOSS));
  check_done();
}

/* ---- bounds ------------------------------------------------------------------------------------------------------ */

/* A packet too long for a frame without a mark: one frame or many. */
static struct wt_passage unmarked(uint64_t packets, uint64_t payload)
{
  struct wt_passage passage_ = passage(packets, packets);

  passage_.frames = payload / SEGMENT;
  passage_.frames_high = WT_UNKNOWN;
  passage_.payload = payload;
  passage_.segments = passage_.frames;
  passage_.merged = packets;
  passage_.estimated = true;
  passage_.largest = payload / packets;
  return passage_;
}

static void estimates_prove_less(void **state)
{
  struct wt_flow_compared flow = routed(unmarked(200, 8000 * SEGMENT + 5), passage(8001, 8001));

  (void)state;
  flow.at[WT_POINT_B].payload = 8000 * SEGMENT + 5;
  judge(&flow);
  check_int("the same payload", flow.explained, BIT(WT_BY_CUT));

  flow = routed(unmarked(200, 8000 * SEGMENT), passage(7000, 7000));
  judge(&flow);
  check_int("payload is missing", flow.explained, BIT(WT_BY_LOSS) | BIT(WT_BY_CUT));
  check_int("payload is missing", flow.missing_payload, 1000 * SEGMENT);
  check_int("payload is missing", flow.missing_low, 25); /* 1,000 segments of payload in packets of 40 */
  check_int("payload is missing", flow.missing_high, WT_UNKNOWN);

  flow = routed(passage(7000, 7000), unmarked(200, 8000 * SEGMENT));
  judge(&flow);
  check_int("more payload at the later point", flow.explained, BIT(WT_BY_UNKNOWN));
  check_done();
}

/* So many frames with payload and without it, in packets of which some are merged: a file does not tell in how many. */
static struct wt_passage in_file(uint64_t packets, uint64_t payload, uint64_t low, uint64_t high, uint64_t blank)
{
  struct wt_passage passage_ = passage(packets, packets);

  passage_.frames = low + blank;
  passage_.frames_low = low + blank;
  passage_.frames_high = high + blank;
  passage_.packets += blank;
  passage_.segments = low;
  passage_.payload = payload;
  passage_.merged = packets;
  passage_.estimated = true;
  passage_.largest = payload / packets;
  passage_.most = 0;
  return passage_;
}

static void bounds_that_prove_something(void **state)
{
  struct wt_flow_compared flow = routed(in_file(200, 8000 * SEGMENT, 7900, 8400, 0), passage(8000, 8000));

  (void)state;
  judge(&flow);
  check_int("within the bounds", flow.explained, BIT(WT_BY_CUT));

  flow = routed(in_file(200, 8000 * SEGMENT, 7900, 8400, 0), passage(7000, 7000));
  judge(&flow);
  check_int("beyond them", flow.explained, BIT(WT_BY_LOSS) | BIT(WT_BY_CUT));
  check_missing("beyond them", &flow, WT_POINT_B, 900, 1400, 1000 * SEGMENT);

  flow = routed(in_file(200, 8000 * SEGMENT, 7900, 8400, 0), passage(7000, 7000));
  flow.at[WT_POINT_B].payload = 8000 * SEGMENT;
  judge(&flow);
  check_int("beyond them, with the same payload", flow.explained, BIT(WT_BY_UNKNOWN));
  check_contains("beyond them, with the same payload", flow.reason, "another size");

  /* A hundred acknowledgements, which no bound hides; they are no merge of packets. */
  flow = routed(in_file(200, 8000 * SEGMENT, 7900, 8400, 100), in_file(200, 8000 * SEGMENT, 7900, 8400, 0));
  judge(&flow);
  check_int("frames without payload", flow.explained, BIT(WT_BY_LOSS));
  check_missing("frames without payload", &flow, WT_POINT_B, 100, 600, 0);

  flow = routed(in_file(200, 8000 * SEGMENT, 7900, 8400, 0), in_file(200, 7990 * SEGMENT, 7800, 8400, 10));
  judge(&flow);
  check_int("more payload here, more frames without it there", flow.explained, BIT(WT_BY_UNKNOWN));

  /* The only packet that was merged may be the one that is missing. */
  flow = routed(passage(100, 99), passage(98, 98));
  flow.at[WT_POINT_A].merged = 1;
  judge(&flow);
  check_int("all that was merged", flow.explained, BIT(WT_BY_LOSS));
  flow = routed(passage(100, 98), passage(98, 98));
  flow.at[WT_POINT_A].merged = 1;
  judge(&flow);
  check_int("not all that was merged", flow.explained, BIT(WT_BY_LOSS) | BIT(WT_BY_CUT));

  flow = (struct wt_flow_compared){.seen = {true, false}, .at = {in_file(20, 8000, 20, 400, 0), {0}}};
  flow.at[WT_POINT_A].late = 50;
  judge(&flow);
  check_int("one point", flow.explained, BIT(WT_BY_ONE_POINT));
  check_missing("one point", &flow, WT_POINT_B, 0, 400, 8000);
  check_done();
}

/* What may have passed all the same. */
static void what_is_hidden_is_not_lost(void **state)
{
  static const struct {
    const char *row;
    struct wt_compare_terms terms;
    bool twice;
    const char *reason; /* NULL: it is a loss */
  } rows[] = {
      {"nothing hides it", {0}, false, NULL},
      {"seen more than once", {0}, true, "more than once"},
      {"packets that are not told by flow", {.rest = {false, true}}, false, "not told by flow"},
      {"the same at the other point", {.rest = {true, false}}, false, NULL},
      {"the capture dropped", {.dropped = {false, true}}, false, "dropped packets"},
      {"the other capture dropped", {.dropped = {true, false}}, false, NULL},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_flow_compared flow = routed(passage(8000, 8000), passage(7900, 7900));
    struct wt_flow_compared one = {.seen = {true, false}, .at = {passage(8000, 8000), {0}}};

    flow.at[WT_POINT_B].twice = rows[i].twice;
    wt_compare_flow(&flow, NULL, &rows[i].terms);
    check_int(rows[i].row, flow.explained, BIT(rows[i].reason ? WT_BY_UNKNOWN : WT_BY_LOSS));
    if (rows[i].reason)
      check_contains(rows[i].row, flow.reason, rows[i].reason);
    wt_compare_flow(&one, NULL, &rows[i].terms);
    check_int(rows[i].row, one.explained, BIT(rows[i].reason && !rows[i].twice ? WT_BY_UNKNOWN : WT_BY_ONE_POINT));
  }
  check_done();
}

static void fragments_have_no_ports(void **state)
{
  struct wt_flow_compared flow = routed(passage(100, 100), passage(100, 100));

  (void)state;
  flow.at[WT_POINT_B].fragments = 100;
  flow.at[WT_POINT_B].payload -= 100;
  flow.at[WT_POINT_B].late = 100;
  judge(&flow);
  check_int("cut into fragments", flow.explained, BIT(WT_BY_UNKNOWN));
  check_contains("cut into fragments", flow.reason, "fragmentation");

  flow = routed(passage(100, 100), passage(90, 90));
  flow.at[WT_POINT_A].fragments = 100;
  flow.at[WT_POINT_B].fragments = 90;
  judge(&flow);
  check_int("fewer of them", flow.explained, BIT(WT_BY_UNKNOWN));

  flow = routed(passage(100, 100), passage(100, 100));
  flow.at[WT_POINT_A].fragments = flow.at[WT_POINT_B].fragments = 100;
  judge(&flow);
  check_int("the same ones", flow.explained, 0);

  flow = (struct wt_flow_compared){.seen = {false, true}, .at = {{0}, passage(200, 200)}};
  flow.at[WT_POINT_B].fragments = 200;
  judge(&flow);
  check_int("later ones", flow.explained, BIT(WT_BY_UNKNOWN));
  check_contains("later ones", flow.reason, "fragmentation");
  check_done();
}

static void headers_that_are_not_understood(void **state)
{
  struct wt_flow_compared flow = routed(passage(8000, 200), passage(8000, 8000));

  (void)state;
  flow.at[WT_POINT_A].octets = WT_UNKNOWN;
  flow.at[WT_POINT_A].payload += 12345; /* with headers inside */
  judge(&flow);
  check_int("octets are not compared", flow.explained, BIT(WT_BY_CUT));
  check_done();
}

/* ---- octets ------------------------------------------------------------------------------------------------------ */

static void octets_beside_the_payload(void **state)
{
  struct wt_flow_compared flow;

  (void)state;
  flow = routed(passage(8000, 8000), passage(8000, 8000));
  flow.at[WT_POINT_B].tags = 4 * 8000;
  flow.at[WT_POINT_B].octets += 4 * 8000;
  judge(&flow);
  check_int("tagged", flow.explained, BIT(WT_BY_TAG));
  check_int("tagged", flow.differs, BIT(WT_OF_OCTETS));

  flow.at[WT_POINT_A].outer = 50 * 8000;
  judge(&flow);
  check_int("out of a tunnel, tagged", flow.explained, BIT(WT_BY_TAG) | BIT(WT_BY_TUNNEL));

  flow = routed(passage(8000, 200), passage(7900, 7900));
  flow.at[WT_POINT_A].tags = 4 * 8000;
  judge(&flow);
  check_int("cut, lost, untagged", flow.explained, BIT(WT_BY_CUT) | BIT(WT_BY_LOSS) | BIT(WT_BY_TAG));

  flow = routed(passage(8000, 8000), passage(7900, 7900));
  flow.at[WT_POINT_A].tags = 4 * 8000;
  flow.at[WT_POINT_B].tags = 4 * 7900;
  judge(&flow);
  check_int("tagged at both, some lost", flow.explained, BIT(WT_BY_LOSS));

  flow = routed(passage(8000, 8000), passage(8000, 8000));
  flow.at[WT_POINT_B].link = 0;
  judge(&flow);
  check_int("no link header", flow.explained, BIT(WT_BY_LINK));

  flow = routed(passage(8000, 8000), passage(8000, 8000));
  flow.at[WT_POINT_B].padding = 6;
  judge(&flow);
  check_int("a short frame was filled up", flow.explained, BIT(WT_BY_PADDING));
  check_done();
}

/* ---- tables ------------------------------------------------------------------------------------------------------ */

static void add(struct wt_seen_table *table, uint16_t port, enum wt_way way, uint64_t frames)
{
  struct wt_passage seen = passage(frames, frames);

  seen.way = way;
  assert_int_equal(
      wt_seen_add(table, &(struct wt_flow_id){.source_port = port, .family = 0x0800, .protocol = 6}, &seen), 0);
}

static void flows_are_matched(void **state)
{
  struct wt_seen_table tables[WT_POINTS] = {0};
  struct wt_ways_compared ways[WT_WAYS_MOST];
  struct wt_flow_compared *flows;
  size_t count, used;

  (void)state;
  for (uint16_t port = 600; port > 0; port--)
    add(&tables[WT_POINT_A], port, WT_WAY_TX, port);
  for (uint16_t port = 101; port <= 700; port++)
    add(&tables[WT_POINT_B], port, WT_WAY_RX, port);
  add(&tables[WT_POINT_B], 650, WT_WAY_TX, 640); /* and out again */
  wt_seen_sort(&tables[WT_POINT_A]);
  wt_seen_sort(&tables[WT_POINT_B]);
  check_int("both ways are one flow", tables[WT_POINT_B].count, 600);
  assert_int_equal(wt_compare_tables(tables, &live, &flows, &count), 0);
  check_int("all", count, 700);
  for (size_t i = 0; i < count; i++) {
    uint16_t port = flows[i].id.source_port;

    check_int("most frames first", port, 700 - i);
    check_int("at A", flows[i].seen[WT_POINT_A], port <= 600);
    check_int("at B", flows[i].seen[WT_POINT_B], port > 100);
    check_int("frames at A", flows[i].at[WT_POINT_A].frames, port <= 600 ? port : 0);
    check_int("frames at B", flows[i].at[WT_POINT_B].frames, port > 100 ? port : 0);
    check_int("twice", flows[i].at[WT_POINT_B].twice, port == 650);
    check_int("explained", flows[i].explained, port > 600 || port <= 100 ? BIT(WT_BY_ONE_POINT) : 0);
  }
  used = wt_compare_ways(flows, count, ways);
  check_int("A only, B only, both", used, 3);
  for (size_t i = 0; i < used; i++) {
    bool both = ways[i].seen[WT_POINT_A] && ways[i].seen[WT_POINT_B];

    check_int("flows of a way", ways[i].flows, both ? 500 : 100);
    if (both)
      check_int("frames of a way", ways[i].at[WT_POINT_A].frames, 500 * (101 + 600) / 2);
  }
  free(flows);
  wt_seen_free(&tables[WT_POINT_A]);
  wt_seen_free(&tables[WT_POINT_B]);

  assert_int_equal(wt_compare_tables(tables, &live, &flows, &count), 0);
  check_int("nothing at all", count, 0);
  free(flows);
  check_done();
}

/* ---- counts ------------------------------------------------------------------------------------------------------ */

static void cpus_add_up(void **state)
{
  const uint64_t unit = UINT64_C(1) << WT_PASS_EDGE_BITS;
  const struct wt_pass_value one = {.packets = 2,
                                    .frames = 20,
                                    .payload = 5,
                                    .first = 30,
                                    .last = 90,
                                    .sequence = 7,
                                    .hops_low = 60,
                                    .hops_high = 64,
                                    .most = 9,
                                    .largest = 100,
                                    .epoch = 10,
                                    .late = 3,
                                    .before_late = 4,
                                    .early = 1};
  const struct wt_pass_value other = {.packets = 1,
                                      .frames = 10,
                                      .payload = 6,
                                      .first = 20,
                                      .last = 80,
                                      .sequence = 8,
                                      .hops_low = 62,
                                      .hops_high = 65,
                                      .most = 8,
                                      .largest = 200,
                                      .epoch = 9,
                                      .late = 11,
                                      .before_late = 12,
                                      .early = 2};
  struct wt_pass_value sum = {0};

  (void)state;
  wt_pass_sum(&sum, &(struct wt_pass_value){0}, 0);
  wt_pass_sum(&sum, &one, 10 * unit + 5);
  wt_pass_sum(&sum, &other, 10 * unit + 5);
  check_int("packets", sum.packets, 3);
  check_int("frames", sum.frames, 30);
  check_int("payload", sum.payload, 11);
  check_int("the earliest", sum.first, 20);
  check_int("the earliest's sequence number", sum.sequence, 8);
  check_int("the latest", sum.last, 90);
  check_int("hops", sum.hops_low, 60);
  check_int("hops", sum.hops_high, 65);
  check_int("most", sum.most, 9);
  check_int("largest", sum.largest, 200);
  check_int("early", sum.early, 3);
  check_int("late: this unit and the one before", sum.late, 3 + 4 + 11);

  sum = (struct wt_pass_value){0};
  wt_pass_sum(&sum, &one, 12 * unit);
  check_int("long over", sum.late, 0);
  check_done();
}

static void what_a_count_means(void **state)
{
  const struct wt_pass_point plain = {.begin = 1000}, guessing = {.guesses = true};
  struct wt_pass_value value = {.packets = 10,
                                .frames = 100,
                                .frames_low = 100,
                                .payload = 1000,
                                .headers = 100 * 52,
                                .link = 1400,
                                .first = 500000000,
                                .last = 1500000000};
  struct wt_passage passage_;

  (void)state;
  wt_pass_passage(&value, WT_WAY_RX, &plain, &passage_);
  check_int("octets", passage_.octets, 1000 + 5200 + 1400);
  check_int("exact", passage_.frames_high, 100);
  check_int("exact", passage_.estimated, false);
  check_near("first", passage_.first, 1000.5, 1e-6);
  check_near("last", passage_.last, 1001.5, 1e-6);

  value.unmarked = 3;
  wt_pass_passage(&value, WT_WAY_RX, &plain, &passage_);
  check_int("derived", passage_.frames_high, 100);
  check_int("derived", passage_.estimated, true);
  wt_pass_passage(&value, WT_WAY_RX, &guessing, &passage_);
  check_int("a driver that guesses", passage_.frames_high, WT_UNKNOWN);
  check_int("a driver that guesses", passage_.frames_low, 10);
  wt_pass_passage(&value, WT_WAY_TX, &guessing, &passage_);
  check_int("what it sends is not guessed", passage_.frames_high, 100);

  value.unmarked = 0;
  value.oversize = 1;
  wt_pass_passage(&value, WT_WAY_RX, &plain, &passage_);
  check_int("oversize", passage_.frames_high, WT_UNKNOWN);
  value.oversize = 0;
  value.vague = 1;
  wt_pass_passage(&value, WT_WAY_RX, &plain, &passage_);
  check_int("vague", passage_.octets, WT_UNKNOWN);
  check_done();
}

/* Two packets of a file, with a tag, of which one hides three frames of what was to be one. */
static void what_a_file_hides(void **state)
{
  const struct wt_pass_point plain = {0};
  const struct wt_trace_hidden none = {0}, hidden = {3, 2, 5, 3.0 * (14 + 4 + 52), 0, 0};
  struct wt_pass_value value = {.packets = 2,
                                .frames = 2,
                                .frames_low = 2,
                                .segments = 2,
                                .payload = 5 * SEGMENT,
                                .headers = 2 * HEADERS,
                                .link = 2 * ETHERNET,
                                .tags = 2 * 4,
                                .merged = 1,
                                .most = 1};
  struct wt_passage passage_;

  (void)state;
  wt_pass_passage(&value, WT_WAY_RX, &plain, &passage_);
  wt_passage_hide(&passage_, &hidden);
  check_int("frames", passage_.frames, 5);
  check_int("frames", passage_.frames_low, 4);
  check_int("frames", passage_.frames_high, 7);
  check_int("frames", passage_.segments, 5);
  check_int("octets", passage_.octets, 5 * (SEGMENT + HEADERS + ETHERNET + 4));
  check_int("octets", passage_.link, 5 * ETHERNET);
  check_int("octets", passage_.tags, 5 * 4);
  check_int("octets", passage_.headers, 5 * HEADERS);
  check_int("an estimate", passage_.estimated, true);
  check_int("an estimate", passage_.most, 0);

  value.merged = 0;
  wt_pass_passage(&value, WT_WAY_RX, &plain, &passage_);
  wt_passage_hide(&passage_, &none);
  check_int("nothing", passage_.frames_high, 2);
  check_int("nothing", passage_.estimated, false);
  check_int("nothing", passage_.most, 1);
  check_done();
}

/* ---- what a person names ----------------------------------------------------------------------------------------- */

static void points_by_name(void **state)
{
  static const struct {
    const char *text, *netns, *interface; /* NULL: refused */
  } rows[] = {
      {"eth0", "", "eth0"},
      {"netns:blue/eth0", "blue", "eth0"},
      {"netns:a b/eth0.7", "a b", "eth0.7"},
      {"trace.pcap", "", "trace.pcap"}, /* may be an interface's name */
      {"/tmp/trace.pcap", "", ""},
      {"./eth0", "", ""},
      {"a-name-longer-than-any-interface", "", ""},
      {"netns:blue", NULL, NULL},
      {"netns:/eth0", NULL, NULL},
      {"netns:blue/", NULL, NULL},
      {"netns:blue/a/b", NULL, NULL},
      {"netns:blue/sixteen-octets-x", NULL, NULL},
      {"netns:../eth0", NULL, NULL},
      {"netns:./eth0", NULL, NULL},
      {"netns:blue/..", NULL, NULL},
      {"", NULL, NULL},
  };
  char longest[400];

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_point_target target;
    struct wt_error error = {0};
    int status = wt_point_parse(rows[i].text, &target, &error);

    check_int(rows[i].text, status, rows[i].netns ? 0 : -EINVAL);
    check_int(rows[i].text, *error.text != '\0', !rows[i].netns);
    if (rows[i].netns) {
      check_text(rows[i].text, target.netns, rows[i].netns);
      check_text(rows[i].text, target.interface, rows[i].interface);
    }
  }
  snprintf(longest, sizeof(longest), "netns:%0256d/eth0", 0);
  check_int("256 octets", wt_point_parse(longest, &(struct wt_point_target){0}, NULL), -EINVAL);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_frames_in_other_packets),
      cmocka_unit_test(the_way_decides_between_merge_and_cut),
      cmocka_unit_test(both_ways_tell_the_order_by_two_clocks),
      cmocka_unit_test(frames_that_are_missing),
      cmocka_unit_test(payload_that_does_not_fit_is_no_loss),
      cmocka_unit_test(as_many_frames_may_be_others),
      cmocka_unit_test(frames_under_way_are_no_loss),
      cmocka_unit_test(files_that_cover_other_times),
      cmocka_unit_test(estimates_prove_less),
      cmocka_unit_test(bounds_that_prove_something),
      cmocka_unit_test(what_is_hidden_is_not_lost),
      cmocka_unit_test(fragments_have_no_ports),
      cmocka_unit_test(headers_that_are_not_understood),
      cmocka_unit_test(octets_beside_the_payload),
      cmocka_unit_test(flows_are_matched),
      cmocka_unit_test(cpus_add_up),
      cmocka_unit_test(what_a_count_means),
      cmocka_unit_test(what_a_file_hides),
      cmocka_unit_test(points_by_name),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
