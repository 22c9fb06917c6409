/* SPDX-License-Identifier: MIT */
#include "trace_view.h"

#include <pcap/dlt.h>
#include <pcap/sll.h>
#include <string.h>

#include "captured.h"

enum {
  ARPHRD_ETHERNET = 1,
  ARPHRD_LOOP = 772,
  NULL_HEADER = 4, /* BSD's loopback: an address family */
  IPV4_HEADER = 20,
  IPV6_HEADER = 40,
  TCP_HEADER = 20,
  OPTION_END = 0,
  OPTION_NOP = 1,
  OPTION_MSS = 2,
};

/* ---- link header ---- */

/* The ethertype of an IP packet by its first octet. */
static uint16_t ethertype_of_ip(const uint8_t *data, uint32_t captured)
{
  if (captured == 0)
    return 0;
  return data[0] >> 4 == 4 ? WT_ETHERTYPE_IPV4 : data[0] >> 4 == 6 ? WT_ETHERTYPE_IPV6 : 0;
}

/* Leaves a header out. */
static bool skip(struct wt_trace_view *view, uint32_t header)
{
  if (view->captured < header)
    return false;
  view->data += header;
  view->captured -= header;
  view->length -= header;
  return true;
}

static void view_ethernet(struct wt_trace_view *view)
{
  static const uint8_t nobody[12];
  uint16_t type;

  if (view->captured < WT_ETH_HEADER)
    return;
  view->understood = view->shows_tags = view->ethernet = true;
  view->link_header = WT_ETH_HEADER;
  type = wt_be16(view->data + 12);
  view->tagged = type == WT_ETHERTYPE_VLAN || type == WT_ETHERTYPE_QINQ;
  view->loopback = memcmp(view->data, nobody, sizeof(nobody)) == 0;
  view->group = view->data[0] & 1;
  memcpy(view->station, view->data + 6, 6);
}

/* The kernel's cooked header stands for any link header, of which hardware is the type. */
static void view_cooked(struct wt_trace_view *view, uint32_t header, uint16_t hardware, uint16_t ethertype)
{
  if (!skip(view, header))
    return;
  view->understood = true;
  view->ethertype = ethertype;
  view->ethernet = hardware == ARPHRD_ETHERNET || hardware == ARPHRD_LOOP;
  view->loopback = hardware == ARPHRD_LOOP;
  if (view->ethernet)
    view->octets = view->length + WT_ETH_HEADER;
  else
    view->octets = view->length;
}

static void view_ip(struct wt_trace_view *view, uint32_t header)
{
  view->understood = skip(view, header);
  view->ethertype = ethertype_of_ip(view->data, view->captured);
  view->octets = view->length;
}

static void view_link(const struct wt_trace_packet *packet, struct wt_trace_view *view)
{
  const uint8_t *data = packet->data;

  switch (packet->link_type) {
  case DLT_EN10MB:
    view_ethernet(view);
    break;
  case DLT_LINUX_SLL:
    if (packet->captured >= SLL_HDR_LEN)
      view_cooked(view, SLL_HDR_LEN, wt_be16(data + 2), wt_be16(data + 14));
    break;
  case DLT_LINUX_SLL2:
    if (packet->captured >= SLL2_HDR_LEN)
      view_cooked(view, SLL2_HDR_LEN, wt_be16(data + 8), wt_be16(data));
    break;
  case DLT_RAW:
  case DLT_IPV4:
  case DLT_IPV6:
    view_ip(view, 0);
    break;
  case DLT_NULL:
  case DLT_LOOP:
    view_ip(view, NULL_HEADER);
    view->loopback = true;
    break;
  default:
    break;
  }
}

/* ---- IP and TCP ---- */

static bool load(const struct wt_trace_view *view, uint32_t offset, void *to, uint32_t length)
{
  struct wt_captured packet = {view->data, view->captured, view->length, false};

  return wt_captured_load(&packet, offset, to, length) == 0;
}

/* Where the IP packet ends by its header; a merged one of more than 64 KiB has no length there, and ends as captured.
 */
static void view_network(struct wt_trace_view *view)
{
  const struct wt_dissection *dissection = &view->dissection;
  uint8_t ip[IPV4_HEADER];
  uint32_t length, behind = view->length - dissection->ip;

  if (!load(view, dissection->ip, ip, sizeof(ip)))
    return;
  if (dissection->flow.family == WT_ETHERTYPE_IPV4) {
    length = wt_be16(ip + 2);
    view->has_id = !dissection->tunnel && (wt_be16(ip + 6) & 0x3fff) == 0;
    view->id = wt_be16(ip + 4);
  } else {
    length = wt_be16(ip + 4) ? IPV6_HEADER + (uint32_t)wt_be16(ip + 4) : 0;
  }
  view->network = length && length < behind ? length : behind;
  view->padding = behind - view->network;
  view->payload = dissection->payload > view->padding ? dissection->payload - view->padding : 0;
}

static void view_options(struct wt_trace_view *view, uint32_t offset)
{
  uint8_t options[40];
  uint32_t at = 0;

  if (view->options > sizeof(options) || !load(view, offset, options, view->options))
    return;
  while (at + 1 < view->options && options[at] != OPTION_END) {
    if (options[at] == OPTION_NOP) {
      at++;
      continue;
    }
    if (options[at + 1] < 2)
      return;
    if (options[at] == OPTION_MSS && options[at + 1] == 4 && at + 4 <= view->options)
      view->mss = wt_be16(options + at + 2);
    at += options[at + 1];
  }
}

static void view_tcp(struct wt_trace_view *view)
{
  uint8_t tcp[TCP_HEADER];
  uint32_t offset = view->dissection.transport;

  if (!load(view, offset, tcp, sizeof(tcp)))
    return;
  view->sequence = (uint32_t)wt_be16(tcp + 4) << 16 | wt_be16(tcp + 6);
  view->flags = tcp[13];
  view->options = (uint8_t)((tcp[12] >> 4) * 4 - TCP_HEADER);
  if (view->flags & WT_TCP_SYN)
    view_options(view, offset + TCP_HEADER);
}

void wt_trace_view(const struct wt_trace_packet *packet, struct wt_trace_view *view)
{
  uint32_t length = packet->length > packet->fcs ? packet->length - packet->fcs : packet->length;

  *view = (struct wt_trace_view){
      .data = packet->data,
      .captured = packet->captured < length ? packet->captured : length,
      .length = length,
      .octets = length,
  };
  view_link(packet, view);
  if (!view->understood)
    return;
  wt_dissect(view->data, view->captured, view->length, view->link_header, view->ethertype, &view->dissection);
  if (!view->dissection.parsed)
    return;
  view_network(view);
  if (view->dissection.tcp)
    view_tcp(view);
  if (!view->link_header)
    memcpy(view->station, view->dissection.flow.source, sizeof(view->dissection.flow.source));
}
