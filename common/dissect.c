/* SPDX-License-Identifier: MIT */
#include "dissect.h"

#include <string.h>

struct captured {
  const uint8_t *data;
  uint32_t length;
};

static int load(const struct captured *packet, uint32_t offset, void *to, uint32_t length)
{
  if (offset > packet->length || length > packet->length - offset)
    return -1;
  memcpy(to, packet->data + offset, length);
  return 0;
}

#define WT_PACKET                           const struct captured
#define WT_FUNCTION                         static inline
#define WT_LOAD(packet, offset, to, length) load(packet, offset, to, length)
#include "headers.h"

static int load_flow(const struct captured *packet, const struct wt_headers *headers, struct wt_flow_key *flow)
{
  uint8_t ports[4];
  uint32_t address = headers->family == WT_ETHERTYPE_IPV4 ? 12 : 8;
  uint32_t width = headers->family == WT_ETHERTYPE_IPV4 ? 4 : 16;

  flow->family = headers->family;
  if (load(packet, headers->ip + address, flow->source, width) ||
      load(packet, headers->ip + address + width, flow->target, width) ||
      load(packet, headers->transport, ports, sizeof(ports)))
    return -1;
  flow->source_port = wt_be16(ports);
  flow->target_port = wt_be16(ports + 2);
  return 0;
}

void wt_dissect(const uint8_t *data, uint32_t captured, uint32_t length, uint32_t link_header, uint16_t ethertype,
                struct wt_dissection *out)
{
  const struct captured packet = {data, captured};
  struct wt_headers headers = {0};

  *out = (struct wt_dissection){0};
  if (wt_headers_parse(&packet, link_header, ethertype, &headers) || headers.length > length ||
      load_flow(&packet, &headers, &out->flow)) {
    *out = (struct wt_dissection){0};
    return;
  }
  out->parsed = true;
  out->tcp = headers.protocol == WT_IP_TCP;
  out->tunnel = headers.tunnel;
  out->headers = headers.length;
  out->payload = length - headers.length;
}
