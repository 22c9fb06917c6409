/* SPDX-License-Identifier: MIT */
/* Random packets off the handles, as samples of the interfaces that they passed. */
#include <arpa/inet.h>
#include <stdlib.h>

#include <linux/if_ether.h>
#include <pcap/sll.h>

#include "capture_checksum.h"
#include "capture_parts.h"

enum { VLAN_TAG = 4 }; /* octets */

static bool room_for_sample(struct wt_capture *capture)
{
  size_t capacity = capture->drained_capacity ? capture->drained_capacity * 2 : 1024;
  struct wt_sample *drained;
  struct wt_capture_port **from;

  if (capture->drained_count < capture->drained_capacity)
    return true;
  drained = realloc(capture->drained, capacity * sizeof(*drained));
  if (drained)
    capture->drained = drained;
  from = realloc(capture->drained_from, capacity * sizeof(struct wt_capture_port *));
  if (from)
    capture->drained_from = from;
  if (!drained || !from)
    return false;
  capture->drained_capacity = capacity;
  return true;
}

/* What libpcap puts before a packet whose link header it takes away. */
struct cooked {
  uint32_t length; /* of that */
  int ifindex;     /* 0 where there is only one */
  uint16_t packet_type, ethertype;
};

static bool read_cooked(pcap_t *handle, const u_char *data, uint32_t captured, struct cooked *out)
{
  if (pcap_datalink(handle) == DLT_LINUX_SLL2) {
    const struct sll2_header *header = (const struct sll2_header *)data;

    if (captured < SLL2_HDR_LEN)
      return false;
    *out = (struct cooked){SLL2_HDR_LEN, (int)ntohl(header->sll2_if_index), header->sll2_pkttype,
                           ntohs(header->sll2_protocol)};
  } else {
    const struct sll_header *header = (const struct sll_header *)data;

    if (captured < SLL_HDR_LEN)
      return false;
    *out = (struct cooked){SLL_HDR_LEN, 0, ntohs(header->sll_pkttype), ntohs(header->sll_protocol)};
  }
  return true;
}

/* A packet that starts with IP tells its version in its first bits. */
static uint16_t ip_version(const u_char *data, uint32_t captured)
{
  return captured && data[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP;
}

/*
 * A packet with tags may start with the rest of one: with an ethertype, and behind it IP. Newer kernels name the
 * ethertype behind all tags, older ones the first.
 */
static bool starts_in_tag(const u_char *data, uint32_t captured)
{
  uint16_t inner = captured > 4 ? (uint16_t)(data[2] << 8 | data[3]) : 0;

  return inner == ETH_P_8021Q || (inner == ETH_P_IP && data[4] >> 4 == 4) || (inner == ETH_P_IPV6 && data[4] >> 4 == 6);
}

uint16_t wt_first_ethertype(uint16_t told, const u_char *data, uint32_t captured)
{
  bool tag = told == ETH_P_8021Q || told == ETH_P_8021AD;

  if (!tag && told != ETH_P_IP && told != ETH_P_IPV6)
    return told;
  if (starts_in_tag(data, captured))
    return ETH_P_8021Q;
  return tag ? ip_version(data, captured) : told;
}

/* One packet off a handle → a sample of the port it belongs to, NULL if nobody asked about that interface. */
static struct wt_capture_port *read_sample(struct wt_capture *capture, struct wt_capture_port *handle,
                                           const struct pcap_pkthdr *header, const u_char *data,
                                           struct wt_sample *sample)
{
  struct wt_capture_port *port = handle;
  uint32_t captured = header->caplen, length = header->len, hidden = 0;
  uint16_t ethertype = 0;
  bool marked;

  if (handle->cooked) {
    struct cooked cooked;

    if (!read_cooked(handle->handle, data, captured, &cooked))
      return NULL;
    port = capture->is_any ? wt_capture_find(capture, cooked.ifindex) : handle;
    if (!port)
      return NULL;
    data += cooked.length;
    captured -= cooked.length;
    length -= cooked.length;
    marked = wt_sampling_is_marked(captured, length);
    sample->direction = cooked.packet_type == LINUX_SLL_OUTGOING ? WT_TX : WT_RX;
    ethertype = wt_first_ethertype(cooked.ethertype, data, captured);
    hidden = port->tap.link_header + (marked ? VLAN_TAG : 0);
  } else {
    marked = wt_sampling_is_marked(captured, length);
    sample->direction = marked ? WT_TX : WT_RX;
    if (port->tap.link_header == 0)
      ethertype = ip_version(data, captured);
  }
  sample->stratum = wt_sampling_stratum(&handle->sampling, length);
  sample->probability = handle->sampling.probability[sample->stratum];
  sample->mtu = port->tap.mtu;
  sample->link_header = port->tap.link_header;
  wt_dissect(data, captured, length, handle->cooked ? 0 : port->tap.link_header, ethertype, &sample->dissection);
  if (sample->stratum == WT_LONG) {
    const struct wt_checksum_packet packet = {
        .data = data,
        .captured = captured,
        .length = length,
        .link_header = handle->cooked ? 0 : port->tap.link_header,
        .ethertype = ethertype,
        .merged = true,
        .received = sample->direction == WT_RX,
    };

    wt_checksum_take_long(capture, handle, port, &packet);
  }
  sample->dissection.headers += hidden;
  sample->length = length + hidden;
  return port;
}

static uint32_t new_drops(struct wt_capture_port *handle)
{
  struct pcap_stat stats = {0};
  uint32_t drops;

  if (pcap_stats(handle->handle, &stats))
    return 0;
  drops = stats.ps_drop - handle->seen_drops; /* libpcap counts in 32 bits; so does the difference */
  handle->seen_drops = stats.ps_drop;
  return drops;
}

static void lose(struct wt_capture_port *port, const struct wt_sampling *sampling, uint32_t drops)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    wt_estimate_lose(&port->estimate[direction], sampling, drops);
}

static void drain_handle(struct wt_capture *capture, struct wt_capture_port *handle)
{
  const size_t most = 4 * (size_t)capture->samples; /* a ring that fills as fast as it is read must not hold a poll */
  struct pcap_pkthdr *header;
  const u_char *data;
  double kept;
  uint32_t drops;

  capture->drained_count = 0;
  while (capture->drained_count < most && room_for_sample(capture) &&
         pcap_next_ex(handle->handle, &header, &data) == 1) {
    struct wt_sample *sample = &capture->drained[capture->drained_count];
    struct wt_capture_port *port = read_sample(capture, handle, header, data, sample);

    if (!port)
      continue;
    handle->sampling.population[sample->stratum] += 1 / sample->probability;
    /* Only merged packets need their flow's segment size, and asking for it costs a dump of all sockets. */
    if (capture->flows && !capture->flows_are_fresh && sample->dissection.tcp && sample->dissection.payload) {
      wt_flows_read(capture->flows);
      capture->flows_are_fresh = true;
    }
    capture->drained_from[capture->drained_count++] = port;
  }
  drops = new_drops(handle);
  kept = capture->drained_count ? (double)capture->drained_count / (double)(capture->drained_count + drops) : 1;
  for (int stratum = 0; stratum < WT_STRATA; stratum++)
    handle->sampling.population[stratum] /= kept;
  for (size_t i = 0; i < capture->drained_count; i++)
    wt_estimate_add(&capture->drained_from[i]->estimate[capture->drained[i].direction], &capture->drained[i],
                    capture->flows, kept);
  if (capture->is_any)
    for (size_t i = 0; drops && i < capture->port_count; i++)
      lose(capture->ports[i], &handle->sampling, drops);
  else
    lose(handle, &handle->sampling, drops);
}

void wt_capture_drain(struct wt_capture *capture)
{
  if (capture->method != WT_METHOD_SAMPLE)
    return;
  capture->flows_are_fresh = false;
  if (capture->is_any)
    drain_handle(capture, &capture->any);
  for (size_t i = 0; i < capture->port_count; i++)
    if (capture->ports[i]->handle)
      drain_handle(capture, capture->ports[i]);
}

/* What came since the handle was drained was still drawn as before: right before the change it is taken off, or it
 * would be weighed by the new probability. */
static void adapt(struct wt_capture *capture, struct wt_capture_port *handle)
{
  drain_handle(capture, handle);
  wt_sampling_adapt(&handle->sampling, capture->samples);
  wt_capture_draw(handle);
}

void wt_capture_adapt(struct wt_capture *capture)
{
  if (capture->method != WT_METHOD_SAMPLE)
    return;
  if (capture->is_any)
    adapt(capture, &capture->any);
  for (size_t i = 0; i < capture->port_count; i++)
    if (capture->ports[i]->handle)
      adapt(capture, capture->ports[i]);
}
