/* SPDX-License-Identifier: MIT */
#include "dissect.h"

#include "captured.h"

static int load_flow(struct wt_captured *packet, const struct wt_headers *headers, struct wt_flow_key *flow)
{
  uint8_t ports[4];
  uint32_t address = headers->family == WT_ETHERTYPE_IPV4 ? 12 : 8;
  uint32_t width = headers->family == WT_ETHERTYPE_IPV4 ? 4 : 16;

  flow->family = headers->family;
  if (wt_captured_load(packet, headers->ip + address, flow->source, width) ||
      wt_captured_load(packet, headers->ip + address + width, flow->target, width) ||
      wt_captured_load(packet, headers->transport, ports, sizeof(ports)))
    return -1;
  flow->source_port = wt_be16(ports);
  flow->target_port = wt_be16(ports + 2);
  return 0;
}

void wt_dissect(const uint8_t *data, uint32_t captured, uint32_t length, uint32_t link_header, uint16_t ethertype,
                struct wt_dissection *out)
{
  struct wt_captured packet = {data, captured, length, false};
  struct wt_headers headers = {0};

  *out = (struct wt_dissection){0};
  if (wt_headers_parse(&packet, link_header, ethertype, &headers) || headers.protocol == WT_IP_SCTP ||
      headers.length > captured || headers.length > length || packet.cut || load_flow(&packet, &headers, &out->flow)) {
    *out = (struct wt_dissection){0};
    return;
  }
  out->parsed = true;
  out->tcp = headers.protocol == WT_IP_TCP;
  out->tunnel = headers.tunnel;
  out->headers = headers.length;
  out->jumbo = headers.jumbo;
  out->payload = length - headers.length;
  out->ip = headers.ip;
  out->transport = headers.transport;
}
