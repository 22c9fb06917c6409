/* SPDX-License-Identifier: MIT */
/*
 * Sampling: the filter as the kernel would run it, how probabilities follow the traffic, and whether the bounds of the
 * estimate hold the truth as often as they say.
 */
#include "check.h"

#include <errno.h>
#include <stdlib.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "divergence.h"
#include "random.h"
#include "sample.h"

/*
 * Stands in for the table of sockets: a flow's segment size is its source port, and port 0 is a flow that no socket of
 * this host has. Linked in place of the one that asks the kernel.
 */
unsigned int wt_flows_segment_size(const struct wt_flows *flows, const struct wt_flow_key *packet,
                                   enum wt_direction direction)
{
  (void)flows, (void)direction;
  return packet->source_port;
}

enum { ETHERNET = 14, MTU = 1500, HEADERS = 66, SEGMENT = 1448 }; /* of TCP over IPv4 with time stamps */

/* ---- the filter ------------------------------------------------------------------------------------------------ */

/* What a classic BPF program can ask of a packet. */
struct packet {
  uint32_t length; /* without a tag kept outside */
  bool tagged;     /* it has one */
  uint32_t type;
  uint32_t random;
  uint32_t ethertype; /* the first one that is not outside */
};

static uint32_t ancillary(const struct packet *packet, uint32_t offset)
{
  switch ((int32_t)offset - SKF_AD_OFF) {
  case SKF_AD_RANDOM:
    return packet->random;
  case SKF_AD_PKTTYPE:
    return packet->type;
  case SKF_AD_PROTOCOL:
    return packet->ethertype;
  case SKF_AD_VLAN_TAG_PRESENT:
    return packet->tagged;
  default:
    fail_msg("the filter reads octet %u of the packet, which may not be there", offset);
    return 0;
  }
}

/* Runs the program as the kernel does: octets that are kept, 0 if the packet is not. */
static uint32_t run(const struct sock_filter *program, const struct packet *packet)
{
  uint32_t a = 0, x = 0;

  for (size_t at = 0; at < WT_FILTER_LENGTH; at++) {
    const struct sock_filter *step = &program[at];

    switch (step->code) { /* loads are of words, BPF_W, which is 0 */
    case BPF_LD | BPF_ABS:
      a = ancillary(packet, step->k);
      break;
    case BPF_LD | BPF_LEN:
      a = packet->length;
      break;
    case BPF_LDX | BPF_LEN:
      x = packet->length;
      break;
    case BPF_LD | BPF_IMM:
      a = step->k;
      break;
    case BPF_LDX | BPF_IMM:
      x = step->k;
      break;
    case BPF_ALU | BPF_ADD | BPF_K:
      a += step->k;
      break;
    case BPF_ALU | BPF_ADD | BPF_X:
      a += x;
      break;
    case BPF_ALU | BPF_SUB | BPF_K:
      a -= step->k;
      break;
    case BPF_ALU | BPF_SUB | BPF_X:
      a -= x;
      break;
    case BPF_ALU | BPF_MUL | BPF_K:
      a *= step->k;
      break;
    case BPF_ALU | BPF_AND | BPF_K:
      a &= step->k;
      break;
    case BPF_ALU | BPF_RSH | BPF_K:
      a >>= step->k;
      break;
    case BPF_MISC | BPF_TAX:
      x = a;
      break;
    case BPF_MISC | BPF_TXA:
      a = x;
      break;
    case BPF_JMP | BPF_JA:
      at += step->k;
      break;
    case BPF_JMP | BPF_JGT | BPF_K:
      at += a > step->k ? step->jt : step->jf;
      break;
    case BPF_JMP | BPF_JGE | BPF_K:
      at += a >= step->k ? step->jt : step->jf;
      break;
    case BPF_JMP | BPF_JEQ | BPF_K:
      at += a == step->k ? step->jt : step->jf;
      break;
    case BPF_RET | BPF_K:
      return step->k < packet->length ? step->k : packet->length;
    case BPF_RET | BPF_A:
      return a < packet->length ? a : packet->length;
    default:
      fail_msg("step %zu: this test knows no such instruction: %#x", at, step->code);
    }
  }
  fail_msg("the filter runs off its end");
  return 0;
}

/* What libpcap makes of it: on a handle bound to a device it puts a tag that was kept outside back in. */
struct seen {
  uint32_t captured, length;
};

static struct seen see(const struct packet *packet, uint32_t kept, bool cooked)
{
  uint32_t tag = packet->tagged && !cooked ? 4 : 0;

  return (struct seen){kept + tag, packet->length + tag};
}

static void sampling_of(struct wt_sampling *sampling, bool cooked, double plain, double longer)
{
  wt_sampling_init(sampling, cooked ? MTU : MTU + ETHERNET, cooked);
  sampling->probability[WT_PLAIN] = plain;
  sampling->probability[WT_LONG] = longer;
}

/* No packet is shorter than its link header. */
static const uint32_t lengths[] = {2, 2000}, long_lengths[] = {65000, 65600};

static const uint32_t types[] = {PACKET_HOST, PACKET_BROADCAST, PACKET_MULTICAST, PACKET_OTHERHOST, PACKET_OUTGOING};

static const uint32_t ethertypes[] = {ETH_P_IP, ETH_P_8021Q, ETH_P_8021AD};

/* marked: what the captured length has to tell, which is the direction or, on a cooked handle, the tag. */
static void check_mark(const struct sock_filter *filter, const struct packet *packet, bool cooked)
{
  uint32_t kept = run(filter, packet);
  struct seen seen = see(packet, kept, cooked);
  bool tag = packet->tagged || packet->ethertype == ETH_P_8021Q || packet->ethertype == ETH_P_8021AD;
  bool marked = cooked ? tag : packet->type == PACKET_OUTGOING;
  char name[80];

  snprintf(name, sizeof(name), "%s, %u octets%s, type %u, ethertype %x", cooked ? "cooked" : "bound", packet->length,
           packet->tagged ? " and a tag" : "", packet->type, packet->ethertype);
  check(name, kept > 0);
  check(name, kept <= WT_SNAP_LENGTH);
  check(name, kept + 8 >= packet->length || kept + 8 >= WT_SNAP_LENGTH); /* the headers are there */
  check(name, wt_sampling_is_marked(seen.captured, seen.length) == marked);
}

static void check_marks(uint32_t from, uint32_t to, bool cooked)
{
  struct sock_filter filter[WT_FILTER_LENGTH];
  struct wt_sampling sampling;

  sampling_of(&sampling, cooked, 1, 1);
  wt_sampling_filter(&sampling, filter);
  for (uint32_t length = from; length <= to; length++) {
    for (int tagged = 0; tagged < 2; tagged++) {
      for (size_t type = 0; type < CHECK_COUNT(types) * CHECK_COUNT(ethertypes); type++) {
        const struct packet packet = {length, tagged, types[type % CHECK_COUNT(types)], 0,
                                      ethertypes[type / CHECK_COUNT(types)]};

        check_mark(filter, &packet, cooked);
      }
    }
  }
}

/* With a tag put back what was cut may be as long as what was not: every length has to be told, not most. */
static void the_mark_survives_the_cut(void **state)
{
  (void)state;
  for (int cooked = 0; cooked < 2; cooked++) {
    check_marks(lengths[0], lengths[1], cooked);
    check_marks(long_lengths[0], long_lengths[1], cooked);
  }
  check_done();
}

/* The kernel must draw a packet as what user space then takes it for, or its weight is wrong. */
static void kernel_and_user_agree_on_the_stratum(void **state)
{
  (void)state;
  for (int cooked = 0; cooked < 2; cooked++) {
    for (int rare = 0; rare < WT_STRATA; rare++) {
      struct sock_filter filter[WT_FILTER_LENGTH];
      struct wt_sampling sampling;

      /* With this random number only the stratum of probability 1 is kept. */
      sampling_of(&sampling, cooked, rare == WT_PLAIN ? 0.5 : 1, rare == WT_LONG ? 0.5 : 1);
      wt_sampling_filter(&sampling, filter);
      for (uint32_t length = lengths[0]; length <= lengths[1]; length++) {
        for (int tagged = 0; tagged < 2; tagged++) {
          const struct packet packet = {length, tagged, PACKET_HOST, UINT32_MAX, ETH_P_IP};
          uint32_t kept = run(filter, &packet);
          struct seen seen = see(&packet, kept, cooked);
          char name[80];

          snprintf(name, sizeof(name), "%s, %u octets%s", cooked ? "cooked" : "bound", length,
                   tagged ? " and a tag" : "");
          check_int(name, kept > 0, (int)wt_sampling_stratum(&sampling, seen.length) != rare);
        }
      }
    }
  }
  check_done();
}

static void the_longest_frame_is_plain(void **state)
{
  struct wt_sampling sampling;

  (void)state;
  sampling_of(&sampling, false, 1, 1);
  check_int("one less", wt_sampling_stratum(&sampling, MTU + ETHERNET - 1), WT_PLAIN);
  check_int("the longest", wt_sampling_stratum(&sampling, MTU + ETHERNET), WT_PLAIN);
  check_int("one more", wt_sampling_stratum(&sampling, MTU + ETHERNET + 1), WT_LONG);
  sampling_of(&sampling, true, 1, 1);
  check_int("cooked, the longest", wt_sampling_stratum(&sampling, MTU), WT_PLAIN);
  check_int("cooked, one more", wt_sampling_stratum(&sampling, MTU + 1), WT_LONG);
  check_done();
}

/*
 * The kernel's random number is any of 2^32 with the same chance. Those that keep the packet are the ones from 0 on, so
 * the probability is the place of the last one of them.
 */
static void probabilities_are_what_they_say(void **state)
{
  static const double probabilities[] = {1.0 / 65536, 1.0 / 60000, 1.0 / 4096, 0.001, 1.0 / 16, 0.1, 0.25,
                                         1.0 / 3,     0.5,         0.75,       0.9,   0.999,    1};
  static const struct packet samples[WT_STRATA] = {
      [WT_PLAIN] = {.length = 60, .type = PACKET_HOST},
      [WT_LONG] = {.length = 30000, .type = PACKET_OUTGOING},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(probabilities); i++) {
    for (int stratum = 0; stratum < WT_STRATA; stratum++) {
      double want = probabilities[i], other = want == 1 ? 0.5 : 1;
      struct sock_filter filter[WT_FILTER_LENGTH];
      struct packet packet = samples[stratum];
      struct wt_sampling sampling;
      uint64_t low = 0, high = (uint64_t)UINT32_MAX + 1;
      char name[64];

      snprintf(name, sizeof(name), "stratum %d, probability %g", stratum, want);
      sampling_of(&sampling, false, stratum == WT_PLAIN ? want : other, stratum == WT_PLAIN ? other : want);
      wt_sampling_filter(&sampling, filter);
      check(name, run(filter, &packet)); /* 0 keeps it, whatever the probability */
      while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;

        packet.random = (uint32_t)middle;
        *(run(filter, &packet) ? &low : &high) = middle;
      }
      check_near(name, (double)high / 4294967296.0, want, 1.01 / 4294967296.0);
      for (int k = 0; k < 64; k++) {
        packet.random = (uint32_t)k << 26;
        check(name, (run(filter, &packet) > 0) == (packet.random < high));
      }
    }
  }
  check_done();
}

/* ---- adaptation ------------------------------------------------------------------------------------------------ */

static void probabilities_follow_the_traffic(void **state)
{
  static const struct {
    const char *name;
    enum wt_stratum stratum;
    double before, population, want;
  } rows[] = {
      {"down at once", WT_PLAIN, 1.0 / 4, 1e6, 0.005},
      {"down at once, far", WT_PLAIN, 1.0 / 4, 1e8, 5e-5},
      {"steady", WT_PLAIN, 0.005, 1e6, 0.005},
      {"up by halves", WT_PLAIN, 0.005, 1e5, 0.01},
      {"up by less than half", WT_PLAIN, 0.005, 7e5, 5000 / 7e5},
      {"a ceiling for the next burst", WT_PLAIN, 0.2, 2000, 0.25},
      {"never beyond the ceiling", WT_PLAIN, 0.25, 1000, 0.25},
      {"a floor", WT_PLAIN, 1.0 / 65536, 1e12, 1.0 / 65536},
      {"a floor, from far above", WT_PLAIN, 0.25, 1e12, 1.0 / 65536},
      {"down at once", WT_LONG, 1, 1e6, 0.005},
      {"up by halves", WT_LONG, 0.005, 1e4, 0.01},
      {"all of few", WT_LONG, 0.6, 5000, 1},
      {"all of fewer", WT_LONG, 1, 1001, 1},
      /* An idle interval tells nothing of the next: back to where it began, no faster than after any other. */
      {"idle, where it began", WT_PLAIN, 1.0 / 16, 0, 1.0 / 16},
      {"idle, from below", WT_PLAIN, 0.001, 0, 0.002},
      {"idle, from above", WT_PLAIN, 0.25, 0, 1.0 / 16},
      {"nearly idle, from above", WT_PLAIN, 0.25, 999, 1.0 / 16},
      {"nearly idle, from below", WT_PLAIN, 0.001, 999, 0.002},
      {"idle, where it began", WT_LONG, 1, 0, 1},
      {"idle, from below", WT_LONG, 0.001, 500, 0.002},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_sampling sampling;

    wt_sampling_init(&sampling, MTU + ETHERNET, false);
    sampling.probability[rows[i].stratum] = rows[i].before;
    sampling.population[rows[i].stratum] = rows[i].population;
    wt_sampling_adapt(&sampling, 10000);
    check_near(rows[i].name, sampling.probability[rows[i].stratum], rows[i].want, 1e-9);
    check_near(rows[i].name, sampling.population[rows[i].stratum], 0, 0);
  }
  check_done();
}

static void at_first_nothing_is_known(void **state)
{
  struct wt_sampling sampling;

  (void)state;
  memset(&sampling, 0xa5, sizeof(sampling));
  wt_sampling_init(&sampling, 1514, false);
  check_int("boundary", sampling.boundary, 1514);
  check_near("plain", sampling.probability[WT_PLAIN], 1.0 / 16, 0);
  check_near("long", sampling.probability[WT_LONG], 1, 0);
  check_near("plain", sampling.population[WT_PLAIN], 0, 0);
  check_near("long", sampling.population[WT_LONG], 0, 0);
  check_done();
}

/* Whatever the rate does, an interval like the one before it stays within the budget, and uses it when there is much
 * to draw from. */
static void a_steady_rate_meets_the_budget(void **state)
{
  static const unsigned int budgets[] = {100, 10000, 1000000};
  static const double rates[] = {100, 5000, 1e5, 1e7, 3e8};

  (void)state;
  for (size_t budget = 0; budget < CHECK_COUNT(budgets); budget++) {
    for (size_t rate = 0; rate < CHECK_COUNT(rates); rate++) {
      struct wt_sampling sampling;
      double drawn = 0;
      char name[64];

      snprintf(name, sizeof(name), "budget %u, %g packets", budgets[budget], rates[rate]);
      wt_sampling_init(&sampling, MTU + ETHERNET, false);
      for (int interval = 0; interval < 40; interval++) {
        drawn = 0;
        for (int stratum = 0; stratum < WT_STRATA; stratum++) {
          drawn += sampling.probability[stratum] * rates[rate];
          sampling.population[stratum] = rates[rate];
        }
        check(name, sampling.probability[WT_PLAIN] <= 0.25 && sampling.probability[WT_LONG] <= 1);
        wt_sampling_adapt(&sampling, budgets[budget]);
      }
      check(name, drawn <= budgets[budget] * 1.001 || sampling.probability[WT_PLAIN] <= 1.0 / 65535);
      if (rates[rate] >= 4.0 * budgets[budget] && sampling.probability[WT_PLAIN] > 1.0 / 65535)
        check(name, drawn >= budgets[budget] * 0.999);
    }
  }
  check_done();
}

/* What may come at once after a quiet interval, before the probability can follow. */
static void a_burst_after_silence_is_within_the_budget(void **state)
{
  static const unsigned int budgets[] = {100, 400, 1999, 2000, 10000, 1000000};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(budgets); i++) {
    struct wt_sampling sampling;
    char name[64];

    snprintf(name, sizeof(name), "budget %u", budgets[i]);
    wt_sampling_init(&sampling, MTU + ETHERNET, false);
    wt_sampling_adapt(&sampling, budgets[i]);
    check(name, 1000 * (sampling.probability[WT_PLAIN] + sampling.probability[WT_LONG]) <= budgets[i]);
    check_near(name, sampling.probability[WT_LONG], fmin(budgets[i] / 2000.0, 1), 1e-12);
    check_near(name, sampling.probability[WT_PLAIN], fmin(budgets[i] / 2000.0, 1.0 / 16), 1e-12);
  }
  check_done();
}

/* ---- one sample ------------------------------------------------------------------------------------------------ */

static struct wt_sample tcp_sample(uint32_t payload, uint16_t segment_size)
{
  return (struct wt_sample){
      .direction = WT_TX,
      .length = HEADERS + payload,
      .link_header = ETHERNET,
      .mtu = MTU,
      .stratum = HEADERS + payload > MTU + ETHERNET ? WT_LONG : WT_PLAIN,
      .probability = 1,
      .dissection =
          {.parsed = true, .tcp = true, .headers = HEADERS, .payload = payload, .flow = {.source_port = segment_size}},
  };
}

static struct wt_sample udp_sample(uint32_t length, uint32_t headers)
{
  return (struct wt_sample){
      .direction = WT_RX,
      .length = length,
      .link_header = ETHERNET,
      .mtu = MTU,
      .probability = 1,
      .dissection = {.parsed = true, .headers = headers, .payload = length - headers, .flow = {.source_port = 53}},
  };
}

static struct wt_sample unparsed_sample(uint32_t length)
{
  return (struct wt_sample){
      .direction = WT_RX, .length = length, .link_header = ETHERNET, .mtu = MTU, .probability = 1};
}

static double cut(double payload, double size)
{
  return fmax(ceil(payload / size), 1);
}

static void a_sample_stands_for_frames(void **state)
{
  const struct {
    const char *name;
    struct wt_sample sample;
    double frames, low, high, headers;
    bool tcp;
  } rows[] = {
      {"own flow, 40 segments", tcp_sample(40 * 1448, 1448), 40, 40, 40, 66, true},
      {"own flow, a short last one", tcp_sample(39 * 1448 + 1, 1448), 40, 40, 40, 66, true},
      {"own flow, one segment", tcp_sample(1448, 1448), 1, 1, 1, 66, true},
      {"own flow, one octet more", tcp_sample(1449, 1448), 2, 2, 2, 66, true},
      {"own flow, a bare acknowledgement", tcp_sample(0, 1448), 1, 1, 1, 66, true},
      {"own flow, small segments in one frame's length", tcp_sample(1400, 100), 14, 14, 14, 66, true},
      {"own flow, segments shorter than the MTU", tcp_sample(50 * 1000, 1000), 50, 50, 50, 66, true},
      /* Nobody tells the segment size: between the longest that fits and the least there is. */
      {"forwarded, 40 segments", tcp_sample(40 * 1448, 0), 40, 40, cut(40 * 1448, WT_LEAST_SEGMENT), 66, true},
      {"forwarded, one frame's length", tcp_sample(1448, 0), 1, 1, cut(1448, WT_LEAST_SEGMENT), 66, true},
      {"forwarded, a bare acknowledgement", tcp_sample(0, 0), 1, 1, 1, 66, true},
      /* UDP GSO and GRO cut at any size, into 128 at the most. */
      {"UDP", udp_sample(1514, 42), 1, 1, 128, 42, false},
      {"UDP, 20 octets", udp_sample(62, 42), 1, 1, 20, 42, false},
      {"UDP, empty", udp_sample(42, 42), 1, 1, 1, 42, false},
      {"UDP, longer than a frame", udp_sample(42 + 3 * 1472, 42), 3, 3, 128, 42, false},
      {"unparsed", unparsed_sample(60), 1, 1, 1, 66, false},
      {"unparsed, full", unparsed_sample(1514), 1, 1, 1, 66, false},
      {"unparsed, longer", unparsed_sample(66 + 2 * 1448), 2, 2, cut(2 * 1448, WT_LEAST_SEGMENT), 66, false},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_estimate estimate = {0};
    double length = rows[i].sample.length;

    wt_estimate_add(&estimate, &rows[i].sample, NULL, 1);
    check_near(rows[i].name, estimate.packets, 1, 0);
    check_near(rows[i].name, estimate.packet_octets, length, 0);
    check_near(rows[i].name, estimate.frames, rows[i].frames, 0);
    check_near(rows[i].name, estimate.frames_low, rows[i].low, 0);
    check_near(rows[i].name, estimate.frames_high, rows[i].high, 0);
    check_near(rows[i].name, estimate.octets, length + (rows[i].frames - 1) * rows[i].headers, 0);
    check_near(rows[i].name, estimate.octets_low, length + (rows[i].low - 1) * rows[i].headers, 0);
    check_near(rows[i].name, estimate.octets_high, length + (rows[i].high - 1) * rows[i].headers, 0);
    check_near(rows[i].name, estimate.hidden_tcp, rows[i].tcp ? rows[i].frames - 1 : 0, 0);
    check_near(rows[i].name, estimate.hidden_udp, rows[i].tcp ? 0 : rows[i].frames - 1, 0);
    /* Drawn for certain: nothing is left to chance. */
    check_near(rows[i].name, estimate.frames_variance, 0, 0);
    check_near(rows[i].name, estimate.packets_variance, 0, 0);
  }
  check_done();
}

/* What a socket tells of what it receives is of the last few segments: others of the flow may have been shorter or
 * longer, so it is an estimate between the bounds of any flow. */
static void a_received_segment_size_is_an_estimate(void **state)
{
  struct wt_sample sample = tcp_sample(10 * 700, 700);
  struct wt_estimate sent = {0}, received = {0};

  (void)state;
  wt_estimate_add(&sent, &sample, NULL, 1);
  check_near("sent", sent.frames_low, 10, 0);
  check_near("sent", sent.frames_high, 10, 0);
  sample.direction = WT_RX;
  wt_estimate_add(&received, &sample, NULL, 1);
  check_near("received", received.frames, 10, 0);
  check_near("received", received.frames_low, cut(10 * 700, 1448), 0);
  check_near("received", received.frames_high, cut(10 * 700, WT_LEAST_SEGMENT), 0);
  check_done();
}

/* The MTU leaves tags out: a tagged frame of full length is one frame. */
static void a_full_frame_with_tags_is_one_frame(void **state)
{
  (void)state;
  for (uint32_t tags = 1; tags <= 2; tags++) {
    struct wt_sample udp = udp_sample(MTU + ETHERNET + 4 * tags, 42 + 4 * tags), tcp = tcp_sample(1448 + 4 * tags, 0);
    struct wt_estimate estimate = {0};
    char name[32];

    snprintf(name, sizeof(name), "%u tags", tags);
    wt_estimate_add(&estimate, &udp, NULL, 1);
    check_near(name, estimate.frames, 1, 0);
    check_near(name, estimate.frames_low, 1, 0);
    tcp.dissection.headers += 4 * tags;
    tcp.dissection.payload = 1448;
    estimate = (struct wt_estimate){0};
    wt_estimate_add(&estimate, &tcp, NULL, 1);
    check_near(name, estimate.frames, 1, 0);
    check_near(name, estimate.frames_low, 1, 0);
  }
  check_done();
}

/* Of the headers of a packet beyond 64 KiB the frames lack the jumbo option. */
static void no_frame_has_the_jumbo_option(void **state)
{
  struct wt_sample sample = tcp_sample(100 * SEGMENT, SEGMENT);
  struct wt_estimate estimate = {0};

  (void)state;
  sample.length += 8;
  sample.dissection.headers += 8;
  sample.dissection.jumbo = 8;
  wt_estimate_add(&estimate, &sample, NULL, 1);
  check_near("frames", estimate.frames, 100, 0);
  check_near("packet octets", estimate.packet_octets, 100 * SEGMENT + HEADERS + 8, 0);
  check_near("octets", estimate.octets, 100.0 * (SEGMENT + HEADERS), 0);
  check_near("octets low", estimate.octets_low, 100.0 * (SEGMENT + HEADERS), 0);
  check_near("octets high", estimate.octets_high, 100.0 * (SEGMENT + HEADERS), 0);
  check_done();
}

static void a_sample_weighs_what_it_was_drawn_with(void **state)
{
  static const double probabilities[] = {1, 0.5, 1.0 / 16, 1.0 / 65536}, kept[] = {1, 0.75, 0.01};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(probabilities); i++) {
    for (size_t k = 0; k < CHECK_COUNT(kept); k++) {
      struct wt_sample sample = tcp_sample(10 * SEGMENT, SEGMENT);
      double chance = probabilities[i] * kept[k], weight = 1 / chance, variance = (1 - chance) * weight * weight;
      struct wt_estimate estimate = {.packets = 1, .frames = 1, .frames_variance = 1};
      char name[64];

      snprintf(name, sizeof(name), "probability %g, kept %g", probabilities[i], kept[k]);
      sample.probability = probabilities[i];
      wt_estimate_add(&estimate, &sample, NULL, kept[k]);
      check_near(name, estimate.packets, 1 + weight, 1e-9 * weight);
      check_near(name, estimate.frames, 1 + 10 * weight, 1e-9 * weight);
      check_near(name, estimate.packet_octets, weight * sample.length, 1e-6 * weight);
      check_near(name, estimate.octets, weight * 10 * 1514, 1e-6 * weight);
      check_near(name, estimate.hidden_tcp, 9 * weight, 1e-9 * weight);
      /* Variances add up; each is of the figure and not of the packet. */
      check_near(name, estimate.packets_variance, variance, 1e-9 * variance);
      check_near(name, estimate.frames_variance, 1 + 100 * variance, 1e-9 * (1 + 100 * variance));
      check_near(name, estimate.hidden_variance, 81 * variance, 1e-9 * (81 * variance));
      check_near(name, estimate.octets_variance, 15140.0 * 15140 * variance, 1e-9 * (15140.0 * 15140 * variance));
    }
  }
  check_done();
}

static void an_estimate_becomes_a_tally(void **state)
{
  const struct wt_estimate estimate = {.packets = 10.6,
                                       .packet_octets = 1000.4,
                                       .frames = 20.5,
                                       .frames_low = 19.9,
                                       .frames_high = 21.1,
                                       .octets = 3000.6,
                                       .octets_low = 2999.9,
                                       .octets_high = 3001.1,
                                       .hidden_tcp = 6.6,
                                       .hidden_udp = 3.2,
                                       .packets_variance = 1.5,
                                       .frames_variance = 2.5,
                                       .octets_variance = 3.5,
                                       .hidden_variance = 4.5,
                                       .frames_skew = 5.5,
                                       .hidden_skew = 6.5,
                                       .octets_skew = 7.5,
                                       .drawn_long = 8,
                                       .lost_packets = 9.5,
                                       .lost_frames = 10.5,
                                       .lost_octets = 11.5,
                                       .drops = 7};
  struct wt_sampling sampling;
  struct wt_tally tally;

  (void)state;
  sampling_of(&sampling, false, 1.0 / 64, 1);
  wt_estimate_tally(&estimate, &sampling, &tally);
  check_int("packets", tally.packets, 11);
  check_int("packet octets", tally.packet_octets, 1000);
  check("frames", tally.frames == 20 || tally.frames == 21);
  check_int("frames low", tally.frames_low, 19);
  check_int("frames high", tally.frames_high, 22);
  check_int("octets", tally.octets, 3001);
  check_int("octets low", tally.octets_low, 2999);
  check_int("octets high", tally.octets_high, 3002);
  check_int("hidden TCP", tally.hidden_tcp, 7);
  check_int("hidden UDP", tally.hidden_udp, 3);
  check("tags are not seen", tally.vlan_out_of_band == WT_UNKNOWN);
  check_int("drops", tally.drops, 7);
  check_near("packets variance", tally.packets_variance, 1.5, 0);
  check_near("frames variance", tally.frames_variance, 2.5, 0);
  check_near("octets variance", tally.octets_variance, 3.5, 0);
  check_near("hidden variance", tally.hidden_variance, 4.5, 0);
  check_near("frames skew", tally.frames_skew, 5.5, 0);
  check_near("hidden skew", tally.hidden_skew, 6.5, 0);
  check_near("octets skew", tally.octets_skew, 7.5, 0);
  check_near("drawn long", tally.drawn_long, 8, 0);
  check_near("lost packets", tally.lost_packets, 9.5, 0);
  check_near("lost frames", tally.lost_frames, 10.5, 0);
  check_near("lost octets", tally.lost_octets, 11.5, 0);
  check_near("long ones are all drawn", tally.unseen_long, 0, 0);
  check_near("unseen", tally.unseen, 3 * 64, 1e-9);
  check_near("unseen octets", tally.unseen_octets, 3.0 * 64 * 1514, 1e-6);
  check("estimated", tally.estimated);
  check_done();
}

/* ---- the estimator --------------------------------------------------------------------------------------------- */

enum { WINDOWS = 5000, PLAIN_PACKETS = 30000, LONG_PACKETS = 15000 };

/* Traffic that is drawn from again and again: the truth of a window is a difference of sums. */
struct traffic {
  struct wt_sample *packets;
  uint32_t *frames;      /* that each truly is */
  uint64_t *frames_upto; /* sums of all before */
  uint64_t *octets_upto;
  size_t count;
};

struct mix {
  double exponent;   /* of the tail of segments a packet */
  unsigned int most; /* segments a packet */
  uint16_t known;    /* the segment size that a socket tells, 0 if none does */
  unsigned int size; /* the segment size in truth */
};

static void add_packet(struct traffic *traffic, uint32_t payload, const struct mix *mix)
{
  size_t at = traffic->count++;

  traffic->packets[at] = tcp_sample(payload, mix->known);
  traffic->frames[at] = (uint32_t)cut(payload, mix->size);
  traffic->frames_upto[at + 1] = traffic->frames_upto[at] + traffic->frames[at];
  traffic->octets_upto[at + 1] =
      traffic->octets_upto[at] + traffic->packets[at].length + (traffic->frames[at] - 1) * HEADERS;
}

static void make_room(struct traffic *traffic, size_t count)
{
  traffic->packets = calloc(count, sizeof(*traffic->packets));
  traffic->frames = calloc(count, sizeof(*traffic->frames));
  traffic->frames_upto = calloc(count + 1, sizeof(*traffic->frames_upto));
  traffic->octets_upto = calloc(count + 1, sizeof(*traffic->octets_upto));
  assert_true(traffic->packets && traffic->frames && traffic->frames_upto && traffic->octets_upto);
}

/* Packets of one stratum: what fits into a frame, or what is longer, with a heavy tail. */
static void make_traffic(struct traffic *traffic, enum wt_stratum stratum, size_t count, const struct mix *mix,
                         struct random *random)
{
  *traffic = (struct traffic){0};
  make_room(traffic, count);
  while (traffic->count < count) {
    double tail = random_pareto(random, mix->exponent);
    uint32_t payload;

    if (stratum == WT_PLAIN)
      payload = (uint32_t)fmin(40 * tail, SEGMENT);
    else
      payload = (uint32_t)(fmin(2 * tail, mix->most) * SEGMENT);
    add_packet(traffic, payload, mix);
  }
}

static void free_traffic(struct traffic *traffic)
{
  free(traffic->packets);
  free(traffic->frames);
  free(traffic->frames_upto);
  free(traffic->octets_upto);
}

struct truth {
  double packets, frames, octets;
  uint64_t lost; /* samples */
};

/* How samples are drawn, and what then becomes of them: the share that is lost, and what the estimator is told. */
struct fate {
  double probability, lost, kept;
};

/* Draws from so many packets of the traffic, from a random place on, and adds what was drawn and not lost; how many
 * were drawn. */
static size_t draw(struct wt_estimate *estimate, const struct traffic *traffic, size_t count, struct fate fate,
                   struct truth *truth, struct random *random)
{
  size_t from = random_below(random, traffic->count - count + 1), end = from + count, drawn = 0;

  for (size_t at = from + random_gap(random, fate.probability); at < end;
       at += 1 + random_gap(random, fate.probability)) {
    struct wt_sample *sample = &traffic->packets[at];

    drawn++;
    if (fate.lost > 0 && random_unit(random) <= fate.lost) {
      truth->lost++;
      continue;
    }
    sample->probability = fate.probability;
    wt_estimate_add(estimate, sample, NULL, fate.kept);
  }
  truth->packets += (double)count;
  truth->frames += (double)(traffic->frames_upto[end] - traffic->frames_upto[from]);
  truth->octets += (double)(traffic->octets_upto[end] - traffic->octets_upto[from]);
  return drawn;
}

/* How often what was estimated held the truth, in percent. */
struct coverage {
  double frames, packets, hidden, octets, below, above; /* below, above: of frames, the truth outside */
};

static void count_coverage(struct coverage *coverage, int windows, const struct wt_window *window,
                           const struct truth *truth)
{
  const double one = 100.0 / windows;
  double hidden = truth->frames - truth->packets;

  coverage->frames += one * (truth->frames >= window->frames_low && truth->frames <= window->frames_high);
  coverage->below += one * (truth->frames < window->frames_low);
  coverage->above += one * (truth->frames > window->frames_high);
  coverage->packets += one * (truth->packets >= window->packets_low && truth->packets <= window->packets_high);
  coverage->hidden += one * (hidden >= window->hidden_low && hidden <= window->hidden_high);
  coverage->octets += one * (fabs(truth->octets - window->octets) <= window->octets_slack);
}

struct run {
  const char *name;
  struct mix mix;
  size_t plain, longer; /* packets a window */
  double plain_probability, long_probability, kept;
  int windows;
};

/* Windows one after the other, as the judge takes them: differences of a sum that only grows. */
static struct coverage simulate(const struct run *run, uint64_t seed)
{
  struct random random = {seed};
  struct traffic plain, longer;
  struct wt_estimate estimate = {0};
  struct wt_sampling sampling;
  struct wt_observation from = {.tapped = true};
  struct coverage coverage = {0};

  make_traffic(&plain, WT_PLAIN, PLAIN_PACKETS, &run->mix, &random);
  make_traffic(&longer, WT_LONG, LONG_PACKETS, &run->mix, &random);
  sampling_of(&sampling, false, run->plain_probability, run->long_probability);
  wt_estimate_tally(&estimate, &sampling, &from.after);
  from.before = from.after;
  for (int i = 0; i < run->windows; i++) {
    struct wt_observation to = {.tapped = true};
    struct truth truth = {0};
    struct wt_window window;

    draw(&estimate, &plain, run->plain, (struct fate){run->plain_probability, 1 - run->kept, run->kept}, &truth,
         &random);
    draw(&estimate, &longer, run->longer, (struct fate){run->long_probability, 1 - run->kept, run->kept}, &truth,
         &random);
    wt_estimate_lose(&estimate, &sampling, truth.lost);
    wt_estimate_tally(&estimate, &sampling, &to.after);
    to.before = to.after;
    wt_window_between(&from, &to, NULL, &window);
    count_coverage(&coverage, run->windows, &window, &truth);
    from = to;
  }
  free_traffic(&plain);
  free_traffic(&longer);
  print_message("%s: the bounds held %.2f %% of frames (%.2f %% below, %.2f %% above), %.2f %% of packets, %.2f %% of "
                "hidden frames, %.2f %% of octets\n",
                run->name, coverage.frames, coverage.below, coverage.above, coverage.packets, coverage.hidden,
                coverage.octets);
  return coverage;
}

static const struct mix known = {1.1, 45, SEGMENT, SEGMENT};

#define check_share(row, share)                                                                                        \
  do {                                                                                                                 \
    if (!((share) >= 94 && (share) <= 97))                                                                             \
      check_failed(__FILE__, __LINE__, "%s: %s is %.2f %%, not 94 to 97", row, #share, share);                         \
  } while (0)

/*
 * With the segment sizes known all doubt is from sampling, and the bounds must hold the truth 95 times in 100. Between
 * 150 and 250 samples of long packets a window: an interface that is worth sampling gives up to 5,000.
 */
static void bounds_hold_the_truth(void **state)
{
  static const struct run runs[] = {
      {"an even mix", {1.1, 45, SEGMENT, SEGMENT}, 2000, 800, 1.0 / 16, 1.0 / 4, 1, WINDOWS},
      {"mostly long", {1.1, 45, SEGMENT, SEGMENT}, 400, 4000, 1.0 / 8, 1.0 / 16, 1, WINDOWS},
      {"mostly short", {1.1, 45, SEGMENT, SEGMENT}, 6400, 150, 1.0 / 64, 1, 1, WINDOWS},
      {"a lighter tail", {2.5, 45, SEGMENT, SEGMENT}, 1000, 1200, 1.0 / 16, 1.0 / 8, 1, WINDOWS},
      {"small segments merged", {1.1, 45, 100, 100}, 800, 1600, 1.0 / 8, 1.0 / 8, 1, WINDOWS},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(runs); i++) {
    struct coverage coverage = simulate(&runs[i], 1000 + i);

    check_share(runs[i].name, coverage.frames);
    check_share(runs[i].name, coverage.packets);
    /* Where nearly all that is hidden was drawn for certain there is little to err about, and never enough to fail. */
    check(runs[i].name, coverage.hidden >= 94);
    check(runs[i].name, coverage.octets >= 94);
  }
  check_done();
}

/* Lost samples widen the bounds: they may hold the truth more often, but not less. */
static void bounds_hold_when_samples_are_lost(void **state)
{
  static const struct run runs[] = {
      {"1 in 100 lost", {1.1, 45, SEGMENT, SEGMENT}, 4000, 2000, 1.0 / 16, 1.0 / 4, 0.99, WINDOWS / 5},
      {"1 in 3 lost", {1.1, 45, SEGMENT, SEGMENT}, 4000, 2000, 1.0 / 16, 1.0 / 4, 2.0 / 3, WINDOWS / 5},
      {"9 in 10 lost", {1.1, 45, SEGMENT, SEGMENT}, 16000, 10000, 1.0 / 8, 1.0 / 4, 0.1, WINDOWS / 5},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(runs); i++) {
    struct coverage coverage = simulate(&runs[i], 2000 + i);

    check(runs[i].name, coverage.frames >= 94);
    check(runs[i].name, coverage.packets >= 94);
    check(runs[i].name, coverage.hidden >= 94);
    check(runs[i].name, coverage.octets >= 94);
  }
  check_done();
}

/*
 * Tails so heavy that the largest packets are seldom drawn: the estimate and its variance then err together, and to the
 * same side.
 */
static void bounds_hold_the_truth_of_the_heaviest_tails(void **state)
{
  static const struct run runs[] = {
      {"BIG TCP", {1.1, 350, SEGMENT, SEGMENT}, 1600, 2400, 1.0 / 16, 1.0 / 8, 1, WINDOWS},
      {"the least SamplesPerInterval", {1.1, 45, SEGMENT, SEGMENT}, 3200, 1600, 1.0 / 64, 1.0 / 32, 1, WINDOWS},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(runs); i++) {
    struct coverage coverage = simulate(&runs[i], 3000 + i);

    check_share(runs[i].name, coverage.frames);
  }
  check_done();
}

/* Where no socket tells the segment size, the truth may lie at an end of what it can be: sampling errs there, too. */
static void bounds_hold_at_both_ends_of_the_doubt(void **state)
{
  static const struct run runs[] = {
      {"forwarded, the longest segments", {1.1, 45, 0, SEGMENT}, 4000, 1000, 1.0 / 16, 1.0 / 4, 1, WINDOWS / 5},
      {"forwarded, the shortest", {1.1, 45, 0, WT_LEAST_SEGMENT}, 4000, 1000, 1.0 / 16, 1.0 / 4, 1, WINDOWS / 5},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(runs); i++) {
    struct coverage coverage = simulate(&runs[i], 4000 + i);

    check(runs[i].name, coverage.frames >= 94);
    check(runs[i].name, coverage.hidden >= 94);
  }
  check_done();
}

/* A ring overflows in bursts, and a burst is not like the rest. */
struct burst {
  const char *name;
  struct mix mix;
  double plain, longer; /* packets of a window */
  bool plain_is_lost;   /* or the long ones are */
  double probability[WT_STRATA];
};

static struct coverage lose_a_burst(const struct burst *burst, double *width, uint64_t seed)
{
  struct random random = {seed};
  struct traffic plain, longer;
  struct wt_sampling sampling;
  struct coverage coverage = {0};
  const int rounds = WINDOWS / 5;
  double kept_plain = burst->plain * burst->probability[WT_PLAIN];
  double kept_long = burst->longer * burst->probability[WT_LONG];
  double kept = (burst->plain_is_lost ? kept_long : kept_plain) / (kept_plain + kept_long);

  make_traffic(&plain, WT_PLAIN, PLAIN_PACKETS, &burst->mix, &random);
  make_traffic(&longer, WT_LONG, LONG_PACKETS, &burst->mix, &random);
  sampling_of(&sampling, false, burst->probability[WT_PLAIN], burst->probability[WT_LONG]);
  *width = 0;
  for (int i = 0; i < rounds; i++) {
    const struct wt_observation from = {.tapped = true};
    struct wt_observation to = {.tapped = true};
    struct wt_estimate estimate = {0};
    struct truth truth = {0};
    struct wt_window window;

    draw(&estimate, &plain, (size_t)burst->plain,
         (struct fate){burst->probability[WT_PLAIN], burst->plain_is_lost, kept}, &truth, &random);
    draw(&estimate, &longer, (size_t)burst->longer,
         (struct fate){burst->probability[WT_LONG], !burst->plain_is_lost, kept}, &truth, &random);
    wt_estimate_lose(&estimate, &sampling, truth.lost);
    wt_estimate_tally(&estimate, &sampling, &to.after);
    to.before = to.after;
    wt_window_between(&from, &to, NULL, &window);
    count_coverage(&coverage, rounds, &window, &truth);
    *width += (window.frames_high - window.frames_low) / truth.frames / rounds;
  }
  free_traffic(&plain);
  free_traffic(&longer);
  print_message("%s lost: the bounds held %.1f %% of frames, %.1f %% of packets, %.1f %% of hidden frames, %.1f %% of "
                "octets, and are %.0f times the truth apart\n",
                burst->name, coverage.frames, coverage.packets, coverage.hidden, coverage.octets, *width);
  return coverage;
}

static void bounds_hold_when_the_lost_are_unlike_the_kept(void **state)
{
  static const struct burst bursts[] = {
      {"long packets", {1.1, 45, SEGMENT, SEGMENT}, 8000, 500, false, {1.0 / 16, 1.0 / 4}},
      {"few long packets", {1.1, 45, SEGMENT, SEGMENT}, 8000, 20, false, {1.0 / 16, 1.0 / 4}},
      {"long packets, all drawn,", {1.1, 45, SEGMENT, SEGMENT}, 100, 5000, false, {1.0 / 16, 1}},
      {"plain packets", {1.1, 45, SEGMENT, SEGMENT}, 8000, 500, true, {1.0 / 16, 1.0 / 4}},
      {"the most that a packet can be", {0.1, 45, 0, WT_LEAST_SEGMENT}, 100, 5000, false, {1.0 / 4, 1.0 / 64}},
      {"hardly any of those", {0.1, 45, 0, WT_LEAST_SEGMENT}, 100, 100, false, {1.0 / 4, 1.0 / 64}},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(bursts); i++) {
    double width;
    struct coverage coverage = lose_a_burst(&bursts[i], &width, 6000 + i);

    check(bursts[i].name, coverage.frames >= 94);
    check(bursts[i].name, coverage.packets >= 94);
    check(bursts[i].name, coverage.hidden >= 94);
    check(bursts[i].name, coverage.octets >= 94);
    check(bursts[i].name, isfinite(width));
  }
  check_done();
}

/* Nobody knows of which kind a lost sample was: of the one that may stand for most. */
static void a_lost_sample_has_bounds(void **state)
{
  struct wt_estimate none = {0}, one = {0}, many = {0};
  struct wt_sampling sampling;

  (void)state;
  sampling_of(&sampling, false, 1.0 / 4, 1);
  wt_estimate_lose(&none, &sampling, 0);
  check_near("none", none.lost_packets + none.lost_frames + none.lost_octets + (double)none.drops, 0, 0);
  wt_estimate_lose(&one, &sampling, 1);
  check_int("one", one.drops, 1);
  check("packets", one.lost_packets >= 4);
  check("frames", one.lost_frames >= 4 * 128 && one.lost_frames >= cut(65536, WT_LEAST_SEGMENT));
  check("octets", one.lost_octets >= 65536 + 66 * cut(65536, WT_LEAST_SEGMENT));
  wt_estimate_lose(&many, &sampling, 10000);
  check("more are nearer to what they stand for", many.lost_frames < 10000 * one.lost_frames);
  check("but not below it", many.lost_frames >= 10000 * cut(65536, WT_LEAST_SEGMENT));
  check_done();
}

/*
 * After a burst of long packets few of the next ones are drawn, perhaps none. What may have passed unseen then is long:
 * the upper bound has to have room for it.
 */
static void bounds_hold_when_no_long_packet_was_drawn(void **state)
{
  struct random random = {6};
  struct traffic plain, longer;
  struct wt_sampling sampling;
  int held = 0, rounds = 1000;

  (void)state;
  make_traffic(&plain, WT_PLAIN, PLAIN_PACKETS, &known, &random);
  make_traffic(&longer, WT_LONG, LONG_PACKETS, &known, &random);
  for (int i = 0; i < rounds; i++) {
    const struct wt_observation from = {.tapped = true};
    struct wt_observation to = {.tapped = true};
    struct wt_estimate estimate = {0};
    struct truth truth = {0};
    struct wt_window window;

    wt_sampling_init(&sampling, MTU + ETHERNET, false);
    sampling.population[WT_PLAIN] = 4000;
    sampling.population[WT_LONG] = 1e6;
    wt_sampling_adapt(&sampling, 10000);
    draw(&estimate, &plain, 4000, (struct fate){sampling.probability[WT_PLAIN], 0, 1}, &truth, &random);
    draw(&estimate, &longer, 100, (struct fate){sampling.probability[WT_LONG], 0, 1}, &truth, &random);
    wt_estimate_tally(&estimate, &sampling, &to.after);
    to.before = to.after;
    wt_window_between(&from, &to, NULL, &window);
    held += truth.frames >= window.frames_low && truth.frames <= window.frames_high;
  }
  free_traffic(&plain);
  free_traffic(&longer);
  print_message("100 long packets after a burst: the bounds held %.1f %%\n", 100.0 * held / rounds);
  check("held", held >= 0.94 * rounds);
  check_done();
}

/* ---- with the rate --------------------------------------------------------------------------------------------- */

/* How the rate goes on: a factor an interval. */
struct course {
  const char *name;
  unsigned int budget;
  int intervals;                /* a window */
  double least, most, up, down; /* packets an interval of each kind; factors */
};

struct follower {
  struct wt_sampling sampling;
  struct wt_estimate estimate;
  double rate, drawn;
};

/* One interval: what is drawn shapes the next one's probabilities. */
static void pass(struct follower *follower, const struct course *course, const struct traffic traffic[WT_STRATA],
                 struct truth *truth, struct wt_tally *tally, struct random *random)
{
  struct wt_sampling *sampling = &follower->sampling;

  for (int stratum = 0; stratum < WT_STRATA; stratum++) {
    double probability = sampling->probability[stratum];
    size_t drawn = draw(&follower->estimate, &traffic[stratum], (size_t)follower->rate,
                        (struct fate){probability, 0, 1}, truth, random);

    sampling->population[stratum] += (double)drawn / probability;
    follower->drawn += (double)drawn;
  }
  wt_estimate_tally(&follower->estimate, sampling, tally);
  wt_sampling_adapt(sampling, course->budget);
  follower->rate *= random_unit(random) < 0.5 ? course->up : course->down;
  follower->rate = fmin(fmax(follower->rate, course->least), course->most);
}

static struct coverage follow(const struct course *course, double *drawn, uint64_t seed)
{
  struct random random = {seed};
  struct traffic traffic[WT_STRATA];
  struct follower follower = {.rate = course->most};
  struct wt_observation from = {.tapped = true};
  struct coverage coverage = {0};

  make_traffic(&traffic[WT_PLAIN], WT_PLAIN, PLAIN_PACKETS, &known, &random);
  make_traffic(&traffic[WT_LONG], WT_LONG, LONG_PACKETS, &known, &random);
  wt_sampling_init(&follower.sampling, MTU + ETHERNET, false);
  wt_sampling_adapt(&follower.sampling, course->budget);
  for (int i = 0; i < WINDOWS; i++) {
    struct wt_observation to = {.tapped = true};
    struct truth truth = {0};
    struct wt_window window;

    for (int interval = 0; interval < course->intervals; interval++)
      pass(&follower, course, traffic, &truth, &to.after, &random);
    to.before = to.after;
    wt_window_between(&from, &to, NULL, &window);
    count_coverage(&coverage, WINDOWS, &window, &truth);
    from = to;
  }
  *drawn = follower.drawn / WINDOWS / course->intervals;
  free_traffic(&traffic[WT_PLAIN]);
  free_traffic(&traffic[WT_LONG]);
  print_message("%s: the bounds held %.2f %% of frames (%.2f %% below, %.2f %% above), %.2f %% of packets, %.2f %% of "
                "hidden frames, %.2f %% of octets; %.0f samples an interval of %u\n",
                course->name, coverage.frames, coverage.below, coverage.above, coverage.packets, coverage.hidden,
                coverage.octets, *drawn, course->budget);
  return coverage;
}

/* The probabilities of an interval follow from the samples of the one before. */
static void bounds_hold_while_the_rate_changes(void **state)
{
  static const struct course courses[] = {
      {"a steady rate", 400, 4, 4000, 4000, 1, 1},
      {"a rate that wanders", 400, 4, 500, 12000, 1.4, 1 / 1.4},
      {"bursts", 400, 4, 300, 12000, 10, 0.1},
      {"one interval a window", 1000, 1, 1000, 12000, 3, 1.0 / 3},
      {"rare bursts", 400, 4, 50, 12000, 240, 1.0 / 240},
      {"long windows", 100, 16, 100, 12000, 100, 0.1},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(courses); i++) {
    double drawn;
    struct coverage coverage = follow(&courses[i], &drawn, 5000 + i);

    check_share(courses[i].name, coverage.frames);
    check(courses[i].name, coverage.packets >= 94);
    check(courses[i].name, coverage.hidden >= 94);
    check(courses[i].name, coverage.octets >= 94);
    /* What comes suddenly is drawn from as if nothing had come. */
    check(courses[i].name, drawn <= courses[i].budget * (courses[i].up > 2 ? 1.5 : 1.01));
  }
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_mark_survives_the_cut),
      cmocka_unit_test(kernel_and_user_agree_on_the_stratum),
      cmocka_unit_test(the_longest_frame_is_plain),
      cmocka_unit_test(probabilities_are_what_they_say),
      cmocka_unit_test(probabilities_follow_the_traffic),
      cmocka_unit_test(at_first_nothing_is_known),
      cmocka_unit_test(a_steady_rate_meets_the_budget),
      cmocka_unit_test(a_burst_after_silence_is_within_the_budget),
      cmocka_unit_test(a_sample_stands_for_frames),
      cmocka_unit_test(a_received_segment_size_is_an_estimate),
      cmocka_unit_test(a_full_frame_with_tags_is_one_frame),
      cmocka_unit_test(no_frame_has_the_jumbo_option),
      cmocka_unit_test(a_sample_weighs_what_it_was_drawn_with),
      cmocka_unit_test(an_estimate_becomes_a_tally),
      cmocka_unit_test(bounds_hold_the_truth),
      cmocka_unit_test(bounds_hold_when_samples_are_lost),
      cmocka_unit_test(bounds_hold_the_truth_of_the_heaviest_tails),
      cmocka_unit_test(bounds_hold_at_both_ends_of_the_doubt),
      cmocka_unit_test(bounds_hold_when_the_lost_are_unlike_the_kept),
      cmocka_unit_test(a_lost_sample_has_bounds),
      cmocka_unit_test(bounds_hold_when_no_long_packet_was_drawn),
      cmocka_unit_test(bounds_hold_while_the_rate_changes),
  };

  return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
