/* SPDX-License-Identifier: MIT */
/*
 * Packets of flows → frames that they hide. What a packet stands for is known here, since it is put together from
 * segments; the learner sees lengths, sequence numbers and identifications only.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "trace_flows.h"

enum { IPV4 = 0x0800, IPV6 = 0x86dd, ETHERNET = 14, OPTIONS = 12, FLOWS = 16 };

/* One direction of a connection. */
struct stream {
  uint16_t family;
  uint16_t source, target; /* ports */
  uint16_t id;
  uint32_t sequence;
};

static struct wt_trace_view view_of(const struct stream *stream, uint32_t payload)
{
  uint32_t ip = stream->family == IPV4 ? 20 : 40, headers = ETHERNET + ip + 20 + OPTIONS;
  struct wt_trace_view view = {
      .length = headers + payload,
      .link_header = ETHERNET,
      .understood = true,
      .ethernet = true,
      .octets = headers + payload,
      .network = ip + 20 + OPTIONS + payload,
      .payload = payload,
      .has_id = stream->family == IPV4,
      .id = stream->id,
      .sequence = stream->sequence,
      .flags = WT_TCP_ACK,
      .options = OPTIONS,
      .dissection = {.parsed = true,
                     .tcp = true,
                     .headers = headers,
                     .payload = payload,
                     .ip = ETHERNET,
                     .transport = ETHERNET + ip,
                     .flow = {.family = stream->family,
                              .source_port = stream->source,
                              .target_port = stream->target,
                              .source = {10, 0, 0, 1},
                              .target = {10, 0, 0, 1}}},
  };

  return view;
}

static void add_syn(struct wt_trace_flows *flows, struct stream *stream, uint16_t mss, bool answer,
                    struct wt_trace_tally *tally)
{
  struct wt_trace_view view = view_of(stream, 0);

  view.flags = WT_TCP_SYN | (answer ? WT_TCP_ACK : 0);
  view.mss = mss;
  wt_trace_flows_add(flows, 0, WT_TRACE_UNTOLD, &view, tally, NULL);
  stream->sequence++;
  stream->id++;
}

/* A packet of so many segments of a size, of which the last may be shorter. */
static enum wt_trace_length add(struct wt_trace_flows *flows, struct stream *stream, uint32_t payload,
                                uint32_t segments, struct wt_trace_tally *tally)
{
  struct wt_trace_view view = view_of(stream, payload);

  stream->sequence += payload;
  stream->id = (uint16_t)(stream->id + segments);
  return wt_trace_flows_add(flows, 0, WT_TRACE_UNTOLD, &view, tally, NULL);
}

static void check_hidden(const char *row, const struct wt_trace_hidden *hidden, double frames, double low, double high)
{
  check_near(row, hidden->frames, frames, 0.5);
  check_near(row, hidden->low, low, 0.5);
  check_near(row, hidden->high, high, 0.5);
}

/* The MSS bounds from below, the identification tells. Of the last packet nothing tells but the MSS. */
static void test_connection(void **state)
{
  static const uint16_t families[] = {IPV4, IPV6};

  (void)state;
  for (int i = 0; i < 2; i++) {
    const char *row = families[i] == IPV4 ? "IPv4" : "IPv6";
    struct stream there = {families[i], 1000, 80, 65000, 7}, back = {families[i], 80, 1000, 1, 9};
    struct wt_trace_flows *flows = wt_trace_flows_new(FLOWS);
    struct wt_trace_tally tally = {0}, other = {0};

    add_syn(flows, &there, 1460, false, &tally);
    add_syn(flows, &back, 1400, true, &other);
    check_int(row, add(flows, &there, 1388, 1, &tally), WT_TRACE_FRAME);
    for (int packet = 0; packet < 100; packet++)
      check_int(row, add(flows, &there, 13880, 10, &tally), WT_TRACE_MERGED);
    check_int(row, add(flows, &back, 1388, 1, &other), WT_TRACE_FRAME);
    wt_trace_flows_end(flows);
    /* ceil(13880 / 1388) - 1 = 9; ceil(13880 / 48) - 1 = 289. */
    if (families[i] == IPV4)
      check_hidden(row, &tally.hidden, 900, 900, 99 * 9 + 289);
    else
      check_hidden(row, &tally.hidden, 900, 900, 100 * 289);
    check_near(row, tally.hidden.octets, 900 * (families[i] == IPV4 ? 66 : 86), 0.5);
    check_int(row, tally.merged, 100);
    check_int(row, tally.by_id, families[i] == IPV4 ? 99 : 0);
    check_int(row, other.merged, 0);
    wt_trace_flows_free(flows);
  }
  check_done();
}

/* Segments shorter than the MSS, merged into what is no longer than one. */
static void test_short_merges(void **state)
{
  struct stream there = {IPV4, 1000, 80, 1, 7}, back = {IPV4, 80, 1000, 1, 9};
  struct wt_trace_flows *flows = wt_trace_flows_new(FLOWS);
  struct wt_trace_tally tally = {0}, other = {0};

  (void)state;
  add_syn(flows, &there, 1460, false, &tally);
  add_syn(flows, &back, 1460, true, &other);
  for (int packet = 0; packet < 50; packet++)
    check_int("short", add(flows, &there, 1200, 4, &tally), WT_TRACE_FRAME);
  wt_trace_flows_end(flows);
  check_hidden("long", &tally.hidden, 0, 0, 0);
  /* Of the last one it is only known that it may be 25. */
  check_hidden("short", &tally.hidden_short, 49 * 3, 49 * 3, 49 * 3 + 24);
  wt_trace_flows_free(flows);
  check_done();
}

/* Identifications that do not count frames are not believed. */
static void test_other_identification(void **state)
{
  struct stream there = {IPV4, 1000, 80, 1, 7}, back = {IPV4, 80, 1000, 1, 9};
  struct wt_trace_flows *flows = wt_trace_flows_new(FLOWS);
  struct wt_trace_tally tally = {0}, other = {0};
  struct random random = {1};

  (void)state;
  add_syn(flows, &there, 1460, false, &tally);
  add_syn(flows, &back, 1460, true, &other);
  for (int packet = 0; packet < 100; packet++)
    add(flows, &there, 14480, 1 + (uint32_t)(random_bits(&random) % 60000), &tally);
  wt_trace_flows_end(flows);
  check_hidden("random", &tally.hidden, 900, 900, 100 * 301);
  check_int("random", tally.by_id, 0);
  wt_trace_flows_free(flows);
  check_done();
}

/* No SYN in the file. */
static void test_no_syn(void **state)
{
  struct stream there = {IPV6, 1000, 80, 1, 7};
  struct wt_trace_flows *flows = wt_trace_flows_new(FLOWS);
  struct wt_trace_tally tally = {0};

  (void)state;
  check_int("frame", add(flows, &there, 1428, 1, &tally), WT_TRACE_FRAME);
  check_int("jumbo or merged", add(flows, &there, 2 * 1428, 2, &tally), WT_TRACE_LONG);
  check_int("merged", add(flows, &there, 40 * 1428, 40, &tally), WT_TRACE_MERGED);
  wt_trace_flows_end(flows);
  /* 57120 octets in frames of at most 9216 - 72: 7 at least. */
  check_hidden("no SYN", &tally.hidden, 1 + 39, 0 + 6, 59 + 1189);
  check_int("no SYN", tally.long_only, 1);
  wt_trace_flows_free(flows);
  check_done();
}

/* A path that takes less than both sides announced: packets are multiples of what it takes. */
static void test_path_mtu(void **state)
{
  struct stream there = {IPV6, 1000, 80, 1, 7}, back = {IPV6, 80, 1000, 1, 9};
  struct wt_trace_flows *flows = wt_trace_flows_new(FLOWS);
  struct wt_trace_tally tally = {0}, other = {0};

  (void)state;
  add_syn(flows, &there, 1440, false, &tally);
  add_syn(flows, &back, 1440, true, &other);
  for (int packet = 0; packet < 100; packet++) {
    add(flows, &there, 1300, 1, &tally);
    add(flows, &there, 20 * 1300, 20, &tally);
  }
  wt_trace_flows_end(flows);
  /* Until three full ones were seen the MSS is all there is: ceil(26000 / 1428) - 1 = 18, and it bounds. */
  check_near("path", tally.hidden.frames, 100 * 19, 5);
  check_near("path", tally.hidden.low, 100 * 18, 0.5);
  wt_trace_flows_free(flows);
  check_done();
}

/* More flows than are remembered: nothing is lost but what was learned. */
static void test_many_flows(void **state)
{
  struct wt_trace_flows *flows = wt_trace_flows_new(FLOWS);
  struct wt_trace_tally tally = {0}, other = {0};

  (void)state;
  for (int round = 0; round < 2; round++) {
    for (uint16_t port = 1; port <= 1000; port++) {
      struct stream there = {IPV4, port, 80, 1, 7}, back = {IPV4, 80, port, 1, 9};

      if (round == 0) {
        add_syn(flows, &there, 1460, false, &tally);
        add_syn(flows, &back, 1460, true, &other);
      }
      check_int("many", add(flows, &there, 14480, 10, &tally), WT_TRACE_MERGED);
    }
  }
  check("many", wt_trace_flows_forgotten(flows) > 2900);
  wt_trace_flows_end(flows);
  check_int("many", tally.merged, 2000);
  /* Of the second round nobody knows the MSS, but the MTU of the sender's other connections is remembered. */
  check_near("many", tally.hidden.frames, 2000 * 9, 0.5);
  check_near("many", tally.hidden.low, 1000 * 9 + 1000 * 1, 0.5);
  wt_trace_flows_free(flows);
  check_done();
}

/*
 * One connection seen both ways at a point, as on a loopback device, packet by packet. Each way has its own tally, and
 * each of two parts of the first one its own share: the rest of it goes to no part.
 */
static void test_parts(void **state)
{
  struct wt_trace_flows *flows = wt_trace_flows_new(FLOWS);
  struct wt_trace_tally out = {0}, in = {0};
  struct wt_trace_part parts[2];
  struct stream there = {IPV6, 1000, 80, 1, 7}, back = {IPV6, 80, 1000, 1, 9};
  struct wt_trace_view syn = view_of(&back, 0);

  (void)state;
  memset(parts, 0, sizeof(parts));
  syn.flags = WT_TCP_SYN;
  syn.mss = 1460;
  wt_trace_flows_add(flows, 0, WT_TRACE_TX, &syn, &out, NULL);
  wt_trace_flows_add(flows, 0, WT_TRACE_RX, &syn, &in, NULL);
  for (int packet = 0; packet < 30; packet++) {
    struct wt_trace_view view = view_of(&there, 14480);
    struct wt_trace_part *part = packet < 10 ? &parts[0] : packet < 15 ? &parts[1] : NULL;

    check_int("parts", wt_trace_flows_add(flows, 0, WT_TRACE_TX, &view, &out, part), WT_TRACE_MERGED);
    check_int("parts", wt_trace_flows_add(flows, 0, WT_TRACE_RX, &view, &in, NULL), WT_TRACE_MERGED);
    there.sequence += 14480;
  }
  wt_trace_flows_end(flows);
  check_near("out", out.hidden.frames, 30 * 9, 0.5);
  check_near("in", in.hidden.frames, 30 * 9, 0.5);
  check_near("in", in.hidden.low, 30 * 9, 0.5);
  check_near("first part", parts[0].hidden.frames, 10 * 9, 0.5);
  check_near("first part", parts[0].hidden.high, 10 * 301, 0.5); /* 14,480 octets in segments of 48, but for one */
  check_near("second part", parts[1].hidden.frames, 5 * 9, 0.5);
  wt_trace_flows_free(flows);
  check_done();
}

/* Whatever a flow is like, its bounds hold the truth. */
static void test_bounds(void **state)
{
  struct random random = {42};

  (void)state;
  for (int run = 0; run < 2000; run++) {
    uint16_t family = random_bits(&random) % 2 ? IPV4 : IPV6;
    uint16_t mss = (uint16_t)(200 + random_bits(&random) % 8760);
    uint32_t room = mss - OPTIONS, size = 48 + (uint32_t)(random_bits(&random) % (room - 47));
    bool syn = random_bits(&random) % 4, full = random_bits(&random) % 2, counts = random_bits(&random) % 3;
    struct stream there = {family, 1000, 80, (uint16_t)random_bits(&random), (uint32_t)random_bits(&random)};
    struct stream back = {family, 80, 1000, 1, 9};
    struct wt_trace_flows *flows = wt_trace_flows_new(FLOWS);
    struct wt_trace_tally tally = {0}, other = {0};
    double truth = 0, low, high;
    char row[128];

    if (full)
      size = room;
    if (syn) {
      add_syn(flows, &there, mss, false, &tally);
      add_syn(flows, &back, mss, true, &other);
    }
    for (int packet = 0; packet < 200; packet++) {
      uint32_t most = 65000 / size < 60 ? 65000 / size : 60, segments = 1 + (uint32_t)(random_bits(&random) % most);
      uint32_t payload = (segments - 1) * size + 1 + (uint32_t)(random_bits(&random) % size);

      /* GRO merges nothing without payload, and of a lost segment the next packet does not follow. */
      if (random_bits(&random) % 20 == 0)
        there.sequence += size;
      add(flows, &there, payload, counts ? segments : (uint32_t)random_bits(&random), &tally);
      truth += segments - 1;
    }
    wt_trace_flows_end(flows);
    low = tally.hidden.low + tally.hidden_short.low;
    high = tally.hidden.high + tally.hidden_short.high;
    snprintf(row, sizeof(row), "run %d: IPv%d mss %u size %u syn %d counts %d: %.0f in %.0f to %.0f", run,
             family == IPV4 ? 4 : 6, mss, size, syn, counts, truth, low, high);
    check(row, low <= truth && truth <= high);
    check(row, tally.hidden.frames >= tally.hidden.low && tally.hidden.frames <= tally.hidden.high);
    wt_trace_flows_free(flows);
  }
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_connection),
      cmocka_unit_test(test_short_merges),
      cmocka_unit_test(test_other_identification),
      cmocka_unit_test(test_no_syn),
      cmocka_unit_test(test_path_mtu),
      cmocka_unit_test(test_many_flows),
      cmocka_unit_test(test_parts),
      cmocka_unit_test(test_bounds),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
