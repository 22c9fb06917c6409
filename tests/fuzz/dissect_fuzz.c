/* SPDX-License-Identifier: MIT */
/*
 * One packet, as the core takes it apart: its headers and flow, its checksums, what a sample of it stands for, and what
 * a capture file's packet shows. The first octets say how it is told: link type, octets that were captured, MTU.
 */
#include <pcap/pcap.h>
#include <string.h>

#include "checksum.h"
#include "fuzz.h"
#include "sample.h"
#include "trace_view.h"

enum { LONGEST = 1 << 17 };

struct packet {
  const uint8_t *data;
  uint32_t captured, length, link_header;
  uint16_t ethertype;
  unsigned int mtu;
  bool merged, received;
};

static struct wt_dissection dissect(const struct packet *packet)
{
  struct wt_dissection out;

  wt_dissect(packet->data, packet->captured, packet->length, packet->link_header, packet->ethertype, &out);
  if (!out.parsed)
    return out;
  fuzz_must(out.headers <= packet->captured && out.headers + out.payload == packet->length);
  fuzz_must(out.ip >= packet->link_header && out.transport >= out.ip + 20);
  fuzz_must(out.headers >= out.transport + (out.tcp ? 20 : 8));
  fuzz_must(out.jumbo == 0 || out.jumbo == 8 || out.jumbo == 16);
  fuzz_must(out.jumbo < out.headers);
  fuzz_must(out.flow.family == 0x0800 || out.flow.family == 0x86dd);
  return out;
}

static void classify(const struct packet *packet)
{
  const struct wt_checksum_packet told = {
      .data = packet->data,
      .captured = packet->captured,
      .length = packet->length,
      .link_header = packet->link_header,
      .ethertype = packet->ethertype,
      .longest_frame = packet->mtu + packet->link_header,
      .merged = packet->merged,
      .received = packet->received,
  };
  struct wt_checksum_result result;
  struct wt_checksums counts = {0};

  wt_checksum_classify(&told, &result);
  fuzz_must(result.part_count <= WT_CHECKSUM_PARTS && result.state < WT_CHECKSUM_STATES);
  for (size_t i = 0; i < result.part_count; i++) {
    fuzz_must(result.parts[i].kind <= WT_CHECKSUM_GRE && result.parts[i].state < WT_CHECKSUM_STATES);
    fuzz_must(result.state == WT_CHECKSUM_BAD || result.parts[i].state != WT_CHECKSUM_BAD);
  }
  fuzz_must(result.state != WT_CHECKSUM_REWRITTEN || packet->received);
  wt_checksum_count(&counts, result.state);
  fuzz_must(counts.sampled ==
            counts.valid + counts.offloaded + counts.rewritten + counts.bad + counts.absent + counts.unverifiable);
}

static void estimate(const struct packet *packet, const struct wt_dissection *dissection)
{
  struct wt_estimate sum = {0};
  struct wt_sampling sampling;
  struct wt_sample sample = {
      .direction = packet->received ? WT_RX : WT_TX,
      .length = packet->length,
      .link_header = packet->link_header,
      .mtu = packet->mtu,
      .dissection = *dissection,
  };
  struct wt_tally tally;

  wt_sampling_init(&sampling, packet->mtu + packet->link_header, packet->link_header == 0);
  sample.stratum = wt_sampling_stratum(&sampling, packet->length);
  sample.probability = sampling.probability[sample.stratum];
  wt_estimate_add(&sum, &sample, NULL, 1);
  fuzz_must(sum.frames * sample.probability >= 1);
  fuzz_must(sum.frames_low <= sum.frames && sum.frames <= sum.frames_high);
  fuzz_must(sum.octets_low <= sum.octets && sum.octets <= sum.octets_high);
  fuzz_must(sum.hidden_tcp >= 0 && sum.hidden_udp >= 0 && sum.packets_variance >= 0);
  wt_estimate_tally(&sum, &sampling, &tally);
  fuzz_must(tally.frames_low <= tally.frames && tally.frames <= tally.frames_high);
  fuzz_must(tally.octets_low <= tally.octets && tally.octets <= tally.octets_high);
  fuzz_must(tally.frames >= tally.packets);
}

static void view(const struct packet *packet, int link_type)
{
  const struct wt_trace_packet told = {
      .data = packet->data,
      .captured = packet->captured,
      .length = packet->length,
      .link_type = link_type,
      .fcs = packet->merged ? 4 : 0,
  };
  struct wt_trace_view out;

  wt_trace_view(&told, &out);
  fuzz_must(out.data >= packet->data && out.data + out.captured <= packet->data + packet->captured);
  fuzz_must(out.captured <= out.length);
  fuzz_must(!out.dissection.parsed || (out.dissection.headers <= out.captured && out.padding <= out.length));
  fuzz_must(out.payload == 0 || out.payload + out.padding + out.dissection.headers <= out.length);
  fuzz_must(out.network <= out.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const int link_types[] = {DLT_EN10MB, DLT_RAW,  DLT_LINUX_SLL, DLT_LINUX_SLL2, DLT_NULL, DLT_LOOP,
                                   DLT_IPV4,   DLT_IPV6, DLT_PPP,       DLT_IEEE802_11, 147};
  static const uint16_t ethertypes[] = {0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806, 0};
  struct fuzz_input input = {data, size};
  uint8_t how = fuzz_byte(&input);
  int link_type = link_types[fuzz_byte(&input) % (sizeof(link_types) / sizeof(link_types[0]))];
  struct packet packet = {
      .link_header = how & 1 ? 0 : 14,
      .merged = how & 2,
      .received = how & 4,
      .ethertype = ethertypes[(how >> 3) % (sizeof(ethertypes) / sizeof(ethertypes[0]))],
  };
  struct wt_dissection dissection;
  uint32_t more = fuzz_number(&input, LONGEST);

  packet.mtu = 68 + fuzz_number(&input, 9000);
  packet.data = input.data;
  packet.captured = (uint32_t)input.size;
  packet.length = packet.captured + (how & 0x80 ? more : 0);
  dissection = dissect(&packet);
  classify(&packet);
  estimate(&packet, &dissection);
  view(&packet, link_type);
  return 0;
}
