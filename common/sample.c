/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "error.h"

enum {
  IP_TCP_HEADERS = 52,    /* with the time stamps that nearly every connection has */
  UDP_MAX_SEGMENTS = 128, /* the kernel's, of Linux 6.8; less before */
  TWO_TAGS = 8,
  LONGEST_PACKET = 65536,
};

static const double initial[WT_STRATA] = {[WT_PLAIN] = 1.0 / 16, [WT_LONG] = 1.0};
/* A burst after silence must not overrun the ring before the probability can follow. */
static const double ceiling[WT_STRATA] = {[WT_PLAIN] = 1.0 / 4, [WT_LONG] = 1.0};
/* 95 % bound of the number of events of which none was seen, in units of 1 / probability. */
static const double rule_of_three = 3;
/* Fewer packets in an interval than this say nothing on the next one. */
static const double telling = 1000;
static const double floor_probability = 1.0 / 65536;

void wt_sampling_init(struct wt_sampling *sampling, uint32_t boundary, bool cooked)
{
  /* libpcap puts a stripped tag back, but not on a cooked handle: the kernel has to see the same length. */
  *sampling = (struct wt_sampling){.boundary = boundary, .tag_octets = cooked ? 0 : 4, .cooked = cooked};
  memcpy(sampling->probability, initial, sizeof(initial));
}

void wt_sampling_adapt(struct wt_sampling *sampling, unsigned int samples)
{
  for (int stratum = 0; stratum < WT_STRATA; stratum++) {
    double share = samples / 2.0, population = sampling->population[stratum];
    /* After a quiet interval up to as many as tell something may come at once, and no more than the budget be drawn. */
    double wanted = population < telling ? fmin(initial[stratum], share / telling) : share / population;

    /* Down at once, up by halves: the next burst may come as suddenly as the last one went. */
    wanted = fmin(wanted, 2 * sampling->probability[stratum]);
    sampling->probability[stratum] = fmax(fmin(wanted, ceiling[stratum]), floor_probability);
    sampling->population[stratum] = 0;
  }
}

enum wt_stratum wt_sampling_stratum(const struct wt_sampling *sampling, uint32_t length)
{
  return length > sampling->boundary ? WT_LONG : WT_PLAIN;
}

static uint32_t threshold(double probability)
{
  return (uint32_t)(probability * 4294967296.0 - 1);
}

void wt_sampling_filter(const struct wt_sampling *sampling, struct sock_filter filter[WT_FILTER_LENGTH])
{
  const uint32_t random = (uint32_t)(SKF_AD_OFF + SKF_AD_RANDOM);
  const uint32_t type = (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE);
  const uint32_t tag = (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT);
  const uint32_t ethertype = (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL);
  const bool cooked = sampling->cooked;
  const struct sock_filter program[WT_FILTER_LENGTH] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, tag),
      BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, sampling->tag_octets),
      BPF_STMT(BPF_MISC | BPF_TAX, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, sampling->boundary, 3, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, random),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, threshold(sampling->probability[WT_PLAIN]), 14, 0),
      BPF_JUMP(BPF_JMP | BPF_JA, 2, 0, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, random),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, threshold(sampling->probability[WT_LONG]), 11, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, cooked ? tag : type),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, cooked ? 1 : PACKET_OUTGOING, 4, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, cooked ? ethertype : type),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, cooked ? ETH_P_8021Q : PACKET_OUTGOING, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, cooked ? ETH_P_8021AD : PACKET_OUTGOING, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, WT_SNAP_LENGTH),
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, WT_SNAP_MARKED, 2, 0),
      BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 1),
      BPF_STMT(BPF_RET | BPF_A, 0),
      BPF_STMT(BPF_RET | BPF_K, WT_SNAP_MARKED),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };

  memcpy(filter, program, sizeof(program));
}

bool wt_sampling_is_marked(uint32_t captured, uint32_t length)
{
  /* libpcap puts a stripped tag back, four octets that count in both. */
  return captured != length && captured <= WT_SNAP_MARKED + 4;
}

static double segments(uint32_t payload, unsigned int size)
{
  return size && payload > size ? ceil((double)payload / size) : 1;
}

/* The most frames that a packet of unknown segment size may stand for. */
static double most_segments(uint32_t payload, bool tcp, bool udp, bool fits)
{
  if (tcp)
    return segments(payload, WT_LEAST_SEGMENT);
  if (udp) /* UDP GSO and GRO cut at any size, but never into more */
    return payload > 1 ? fmin(payload, UDP_MAX_SEGMENTS) : 1;
  return fits ? 1 : segments(payload, WT_LEAST_SEGMENT);
}

static double cube(double x)
{
  return x * x * x;
}

void wt_estimate_add(struct wt_estimate *estimate, const struct wt_sample *sample, const struct wt_flows *flows,
                     double kept)
{
  const struct wt_dissection *d = &sample->dissection;
  uint32_t headers = d->parsed ? d->headers : sample->link_header + IP_TCP_HEADERS;
  uint32_t payload = sample->length > headers ? sample->length - headers : 0;
  unsigned int widest = sample->mtu + sample->link_header > headers ? sample->mtu + sample->link_header - headers : 1;
  bool tcp = d->parsed && d->tcp, udp = d->parsed && !d->tcp;
  unsigned int own = tcp ? wt_flows_segment_size(flows, &d->flow, sample->direction) : 0;
  /* What a socket sends is cut at the size that it tells. What it receives is told by its last few segments only, while
   * others of the same flow may have been shorter or longer: that is an estimate, and the bounds are those of any flow.
   */
  bool known = own && sample->direction == WT_TX;
  /* Two tags make a full frame longer, and are no sign of merging. */
  bool fits = sample->length <= sample->mtu + sample->link_header + TWO_TAGS;
  double widest_low = fits ? 1 : segments(payload, widest);
  double frames = own ? segments(payload, own) : widest_low;
  double low = known ? frames : fmin(widest_low, frames);
  double high = known ? frames : fmax(most_segments(payload, tcp, udp, fits), frames);
  double drawn = 1 / sample->probability, weight = drawn / kept;
  double variance = (1 - sample->probability * kept) * weight * weight;
  double skew = variance * (1 - 2 * sample->probability * kept) * weight;
  double replicated = headers - d->jumbo;
  double octets = sample->length - d->jumbo + (frames - 1) * replicated;

  estimate->drawn_long += sample->stratum == WT_LONG;
  estimate->packets += weight;
  estimate->packet_octets += weight * sample->length;
  estimate->frames += weight * frames;
  estimate->frames_low += drawn * low;
  estimate->frames_high += weight * high;
  estimate->octets += weight * octets;
  estimate->octets_low += drawn * (sample->length - d->jumbo + (low - 1) * replicated);
  estimate->octets_high += weight * (sample->length - d->jumbo + (high - 1) * replicated);
  if (d->parsed && d->tcp)
    estimate->hidden_tcp += weight * (frames - 1);
  else
    estimate->hidden_udp += weight * (frames - 1);
  estimate->packets_variance += variance;
  estimate->frames_variance += variance * frames * frames;
  estimate->hidden_variance += variance * (frames - 1) * (frames - 1);
  estimate->frames_skew += skew * cube(frames);
  estimate->hidden_skew += skew * cube(frames - 1);
  estimate->octets_skew += skew * cube(octets);
  estimate->frames_high_variance += variance * high * high;
  estimate->hidden_high_variance += variance * (high - 1) * (high - 1);
  estimate->octets_variance += variance * octets * octets;
}

void wt_estimate_lose(struct wt_estimate *estimate, const struct wt_sampling *sampling, uint64_t drops)
{
  const double headers = ETH_HLEN + IP_TCP_HEADERS;
  /* Each stands for so many packets, of which more may have been there than were drawn. */
  double lost = (double)drops + 1.96 * sqrt((double)drops);
  double plain = lost / sampling->probability[WT_PLAIN], lengthy = lost / sampling->probability[WT_LONG];
  double most_plain = fmax(segments(sampling->boundary, WT_LEAST_SEGMENT), UDP_MAX_SEGMENTS);
  double most_long = segments(LONGEST_PACKET, WT_LEAST_SEGMENT);

  estimate->drops += drops;
  estimate->lost_packets += fmax(plain, lengthy);
  estimate->lost_frames += fmax(plain * most_plain, lengthy * most_long);
  estimate->lost_octets +=
      fmax(plain * (sampling->boundary + most_plain * headers), lengthy * (LONGEST_PACKET + most_long * headers));
}

void wt_estimate_tally(const struct wt_estimate *estimate, const struct wt_sampling *sampling, struct wt_tally *tally)
{
  double plain = sampling->probability[WT_PLAIN], lengthy = sampling->probability[WT_LONG];

  *tally = (struct wt_tally){
      .packets = (uint64_t)llround(estimate->packets),
      .packet_octets = (uint64_t)llround(estimate->packet_octets),
      .frames = (uint64_t)llround(estimate->frames),
      .frames_low = (uint64_t)floor(estimate->frames_low),
      .frames_high = (uint64_t)ceil(estimate->frames_high),
      .octets = (uint64_t)llround(estimate->octets),
      .octets_low = (uint64_t)floor(estimate->octets_low),
      .octets_high = (uint64_t)ceil(estimate->octets_high),
      .hidden_tcp = (uint64_t)llround(estimate->hidden_tcp),
      .hidden_udp = (uint64_t)llround(estimate->hidden_udp),
      .vlan_out_of_band = WT_UNKNOWN,
      .drops = estimate->drops,
      .packets_variance = estimate->packets_variance,
      .frames_variance = estimate->frames_variance,
      .octets_variance = estimate->octets_variance,
      .frames_high_variance = estimate->frames_high_variance,
      .hidden_high_variance = estimate->hidden_high_variance,
      .frames_skew = estimate->frames_skew,
      .hidden_skew = estimate->hidden_skew,
      .octets_skew = estimate->octets_skew,
      .hidden_variance = estimate->hidden_variance,
      .unseen = rule_of_three / plain,
      .unseen_octets = rule_of_three / plain * sampling->boundary,
      .unseen_long = lengthy < 1 ? rule_of_three / lengthy * LONGEST_PACKET / WT_LEAST_SEGMENT : 0,
      .unseen_long_octets = lengthy < 1 ? rule_of_three / lengthy * 2 * LONGEST_PACKET : 0,
      .drawn_long = estimate->drawn_long,
      .lost_packets = estimate->lost_packets,
      .lost_frames = estimate->lost_frames,
      .lost_octets = estimate->lost_octets,
      .estimated = true,
  };
}
