/* SPDX-License-Identifier: MIT */
#include "checksum.h"

#include "captured.h"
#include "crc32c.h"
#include "internet_sum.h"

enum {
  TWO_TAGS = 8, /* octets; they make a frame longer, and are no sign of merging */
  IPV6_HEADER = 40,
  UDP_HEADER = 8,
  GRE_CHECKSUM_PRESENT = 0x80,
  FRAGMENT_OR_MORE = 0x3fff, /* IPv4: the offset and "more fragments" */
  SCTP_CHECKSUM = 4,         /* octets */
};

/* One IP header and what follows it. */
struct layer {
  uint16_t family; /* ethertype */
  uint8_t protocol;
  bool fragment;
  bool rerouted;               /* the pseudo header's addresses may be others than those of the IP header */
  uint32_t ip, transport, end; /* offsets; end: behind the last octet of the IP packet */
};

struct reading {
  struct wt_captured packet;
  bool merged, received;
};

/* ---- layers --------------------------------------------------------------------------------------------------- */

enum found { FOUND, NOT_IP, MALFORMED };

static enum found read_ipv4(struct reading *reading, uint32_t limit, struct layer *layer)
{
  uint8_t ip[20];
  uint32_t header, length;

  if (wt_captured_load(&reading->packet, layer->ip, ip, sizeof(ip)))
    return MALFORMED;
  header = (ip[0] & 15) * 4u;
  length = wt_be16(ip + 2);
  /* BIG TCP has no length: the field is too small. */
  if (length == 0)
    length = limit - layer->ip;
  if (ip[0] >> 4 != 4 || header < sizeof(ip) || length < header || length > limit - layer->ip)
    return MALFORMED;
  layer->protocol = ip[9];
  layer->transport = layer->ip + header;
  layer->end = layer->ip + length;
  layer->fragment = wt_be16(ip + 6) & FRAGMENT_OR_MORE;
  layer->rerouted = header > sizeof(ip); /* an option may be a source route */
  return FOUND;
}

/* Skips the extension headers. */
static enum found read_extensions(struct reading *reading, struct layer *layer)
{
  for (int extensions = 0; extensions <= WT_MAX_EXTENSIONS; extensions++) {
    uint8_t header[4];

    if (layer->protocol != WT_IP_HOPOPTS && layer->protocol != WT_IP_ROUTING && layer->protocol != WT_IP_FRAGMENT &&
        layer->protocol != WT_IP_DSTOPTS)
      return layer->transport <= layer->end ? FOUND : MALFORMED;
    if (wt_captured_load(&reading->packet, layer->transport, header, sizeof(header)))
      return MALFORMED;
    if (layer->protocol == WT_IP_FRAGMENT && wt_be16(header + 2) & 0xfff9)
      layer->fragment = true;
    /* Segments left: the last of them is the target. An option may hold a mobile node's home address. */
    layer->rerouted |= layer->protocol == WT_IP_DSTOPTS || (layer->protocol == WT_IP_ROUTING && header[3]);
    layer->transport += layer->protocol == WT_IP_FRAGMENT ? 8 : (header[1] + 1u) * 8;
    layer->protocol = header[0];
    if (layer->fragment)
      return FOUND;
  }
  return MALFORMED;
}

static enum found read_ipv6(struct reading *reading, uint32_t limit, struct layer *layer)
{
  uint8_t ip[IPV6_HEADER];
  uint32_t length;

  if (wt_captured_load(&reading->packet, layer->ip, ip, sizeof(ip)))
    return MALFORMED;
  length = IPV6_HEADER + wt_be16(ip + 4);
  if (length == IPV6_HEADER) /* BIG TCP again, with a jumbo option or without */
    length = limit - layer->ip;
  if (ip[0] >> 4 != 6 || length < IPV6_HEADER || length > limit - layer->ip)
    return MALFORMED;
  layer->protocol = ip[6];
  layer->transport = layer->ip + IPV6_HEADER;
  layer->end = layer->ip + length;
  return read_extensions(reading, layer);
}

/* limit: where what surrounds it ends. */
static enum found read_layer(struct reading *reading, uint64_t place, uint32_t limit, struct layer *layer)
{
  *layer = (struct layer){.family = WT_PLACE_WHAT(place), .ip = WT_PLACE_OFFSET(place)};
  if (layer->family != WT_ETHERTYPE_IPV4 && layer->family != WT_ETHERTYPE_IPV6)
    return NOT_IP;
  if (layer->ip > limit)
    return MALFORMED;
  return layer->family == WT_ETHERTYPE_IPV4 ? read_ipv4(reading, limit, layer) : read_ipv6(reading, limit, layer);
}

/* ---- sums ----------------------------------------------------------------------------------------------------- */

static uint64_t sum(const struct reading *reading, uint32_t from, uint32_t to)
{
  return from < to ? wt_internet_sum(reading->packet.data + from, to - from) : 0;
}

static uint16_t fold(uint64_t total)
{
  while (total >> 16)
    total = (total & 0xffff) + (total >> 16);
  return (uint16_t)total;
}

static bool is_captured(const struct reading *reading, uint32_t to)
{
  return to <= reading->packet.captured;
}

/* The addresses, the protocol and the length, as the pseudo header has them. */
static uint64_t sum_pseudo(const struct reading *reading, const struct layer *layer, uint32_t length)
{
  uint32_t at = layer->ip + (layer->family == WT_ETHERTYPE_IPV4 ? 12 : 8);
  uint32_t width = layer->family == WT_ETHERTYPE_IPV4 ? 8 : 32;

  return sum(reading, at, at + width) + layer->protocol + (length >> 16) + (length & 0xffff);
}

/* A checksum, what it is of, and how it may come about. */
struct field {
  uint32_t start, end, at; /* offsets */
  uint64_t pseudo;         /* sum of the pseudo header; 0 without one */
  uint64_t pseudo_empty;   /* the same without a length */
  bool may_be_left;        /* to the device */
  bool in_doubt;           /* if it is wrong, that may have another reason */
};

/* What is inside and left to the device, if anything is: the outer sum was made as if it were complete. */
struct left {
  bool there;
  uint32_t start;
  uint16_t stored;
};

static enum wt_checksum_state left_state(const struct reading *reading)
{
  return reading->merged && reading->received ? WT_CHECKSUM_REWRITTEN : WT_CHECKSUM_OFFLOADED;
}

/* Local checksum offload (lco_csum() in the kernel): what is inside, once complete, sums up to the complement of what
 * stands there now. */
static bool is_right_around(const struct reading *reading, const struct field *field, const struct left *left)
{
  return left->there && left->start >= field->start && is_captured(reading, left->start) &&
         fold(field->pseudo + sum(reading, field->start, left->start) + (uint16_t)~left->stored) == 0xffff;
}

static enum wt_checksum_state judge(const struct reading *reading, const struct field *field, const struct left *left)
{
  bool whole = is_captured(reading, field->end);
  uint16_t stored;

  if (!is_captured(reading, field->at + 2))
    return WT_CHECKSUM_UNVERIFIABLE;
  stored = wt_be16(reading->packet.data + field->at);
  if (whole && fold(field->pseudo + sum(reading, field->start, field->end)) == 0xffff)
    return WT_CHECKSUM_VALID;
  if (is_right_around(reading, field, left))
    return WT_CHECKSUM_VALID;
  /* Drivers of devices that cut leave out the length, and other systems show it so. */
  if (field->may_be_left && (stored == fold(field->pseudo) || (reading->merged && stored == fold(field->pseudo_empty))))
    return left_state(reading);
  /* GRO merges nothing with a wrong checksum. A device, and GRO by lists, may leave the first frame's in the packet. */
  if (!whole || reading->merged || field->in_doubt)
    return WT_CHECKSUM_UNVERIFIABLE;
  return WT_CHECKSUM_BAD;
}

static enum wt_checksum_state judge_sctp(const struct reading *reading, const struct layer *layer)
{
  static const uint8_t zero[SCTP_CHECKSUM];
  const uint8_t *data = reading->packet.data;
  uint32_t at = layer->transport + 8, crc = WT_CRC32C_START;
  uint8_t right[SCTP_CHECKSUM];

  if (!is_captured(reading, at + SCTP_CHECKSUM))
    return WT_CHECKSUM_UNVERIFIABLE;
  if (is_captured(reading, layer->end)) {
    crc = wt_crc32c(crc, data + layer->transport, 8);
    crc = wt_crc32c(crc, zero, SCTP_CHECKSUM);
    crc = wt_crc32c_end(wt_crc32c(crc, data + at + SCTP_CHECKSUM, layer->end - at - SCTP_CHECKSUM));
    for (int i = 0; i < SCTP_CHECKSUM; i++)
      right[i] = (uint8_t)(crc >> 8 * i);
    if (memcmp(data + at, right, SCTP_CHECKSUM) == 0)
      return WT_CHECKSUM_VALID;
  }
  if (memcmp(data + at, zero, SCTP_CHECKSUM) == 0)
    return left_state(reading);
  return is_captured(reading, layer->end) && !reading->merged ? WT_CHECKSUM_BAD : WT_CHECKSUM_UNVERIFIABLE;
}

/* ---- what follows an IP header -------------------------------------------------------------------------------- */

struct protocol {
  uint8_t number;
  enum wt_checksum_kind kind;
  uint32_t header; /* octets, at least */
  uint32_t at;     /* octets from its start to the checksum */
  bool has_pseudo;
  bool may_be_left;
};

/* ICMP's is never left to a device: the kernel has no code for it. */
static const struct protocol *find_protocol(const struct layer *layer)
{
  static const struct protocol known[] = {
      {WT_IP_TCP, WT_CHECKSUM_TCP, 20, 16, true, true},   {WT_IP_UDP, WT_CHECKSUM_UDP, UDP_HEADER, 6, true, true},
      {WT_IP_ICMP, WT_CHECKSUM_ICMP, 4, 2, false, false}, {WT_IP_ICMPV6, WT_CHECKSUM_ICMPV6, 4, 2, true, false},
      {WT_IP_SCTP, WT_CHECKSUM_SCTP, 12, 8, false, true}, {WT_IP_GRE, WT_CHECKSUM_GRE, 8, 4, false, false},
  };

  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (layer->protocol == known[i].number)
      return &known[i];
  return NULL;
}

/* The checksum is of the length that the UDP header tells. */
static enum wt_checksum_state judge_udp(const struct reading *reading, const struct layer *layer, struct field *field,
                                        const struct left *left)
{
  const uint8_t *udp = reading->packet.data + layer->transport;
  uint32_t length = wt_be16(udp + 4);

  if (wt_be16(udp + 6) == 0)
    return WT_CHECKSUM_ABSENT;
  if (length && (length < UDP_HEADER || length > field->end - field->start))
    return WT_CHECKSUM_UNVERIFIABLE;
  if (length) {
    field->end = field->start + length;
    field->pseudo = sum_pseudo(reading, layer, length);
  }
  return judge(reading, field, left);
}

static enum wt_checksum_state judge_transport(const struct reading *reading, const struct layer *layer,
                                              const struct protocol *protocol, const struct left *left)
{
  struct field field = {
      .start = layer->transport,
      .end = layer->end,
      .at = layer->transport + protocol->at,
      .may_be_left = protocol->may_be_left,
      .in_doubt = protocol->has_pseudo && layer->rerouted,
  };

  if (layer->fragment || layer->end - layer->transport < protocol->header ||
      !is_captured(reading, layer->transport + protocol->header))
    return WT_CHECKSUM_UNVERIFIABLE;
  if (protocol->has_pseudo) {
    field.pseudo = sum_pseudo(reading, layer, layer->end - layer->transport);
    field.pseudo_empty = sum_pseudo(reading, layer, 0);
  }
  switch (protocol->kind) {
  case WT_CHECKSUM_SCTP:
    return judge_sctp(reading, layer);
  case WT_CHECKSUM_UDP:
    return judge_udp(reading, layer, &field, left);
  case WT_CHECKSUM_GRE:
    field.may_be_left = reading->merged; /* gre_build_header() leaves 0 where cutting computes it */
    return judge(reading, &field, left);
  default:
    return judge(reading, &field, left);
  }
}

static bool has_checksum(const struct reading *reading, const struct layer *layer, const struct protocol *protocol)
{
  if (!protocol)
    return false;
  return protocol->kind != WT_CHECKSUM_GRE || layer->fragment || !is_captured(reading, layer->transport + 1) ||
         reading->packet.data[layer->transport] & GRE_CHECKSUM_PRESENT;
}

static void note_left(const struct reading *reading, const struct layer *layer, const struct protocol *protocol,
                      enum wt_checksum_state state, struct left *left)
{
  if ((state == WT_CHECKSUM_OFFLOADED || state == WT_CHECKSUM_REWRITTEN) && protocol->kind != WT_CHECKSUM_SCTP)
    *left = (struct left){true, layer->transport, wt_be16(reading->packet.data + layer->transport + protocol->at)};
}

/* The checksums of a layer, the last one first: the outer ones may be as if it were complete. */
static void add_layer(const struct reading *reading, const struct layer *layer, bool inner, struct left *left,
                      struct wt_checksum_result *result)
{
  const struct protocol *protocol = find_protocol(layer);

  if (has_checksum(reading, layer, protocol)) {
    enum wt_checksum_state state = judge_transport(reading, layer, protocol, left);

    note_left(reading, layer, protocol, state, left);
    result->parts[result->part_count++] = (struct wt_checksum_part){protocol->kind, state, inner};
  }
  if (layer->family == WT_ETHERTYPE_IPV4) {
    const struct field header = {
        .start = layer->ip,
        .end = layer->ip + (reading->packet.data[layer->ip] & 15) * 4u,
        .at = layer->ip + 10,
    };
    /* That of a merged packet is of its own length, so it has to be right. */
    const struct reading plain = {.packet = reading->packet};

    result->parts[result->part_count++] =
        (struct wt_checksum_part){WT_CHECKSUM_IPV4, judge(&plain, &header, &(struct left){0}), inner};
  }
}

/* ---- packet --------------------------------------------------------------------------------------------------- */

static bool any(const struct wt_checksum_result *result, enum wt_checksum_state state, bool behind_ip)
{
  for (size_t i = 0; i < result->part_count; i++)
    if (result->parts[i].state == state && !(behind_ip && result->parts[i].kind == WT_CHECKSUM_IPV4))
      return true;
  return false;
}

static enum wt_checksum_state combine(const struct wt_checksum_result *result, bool incomplete)
{
  static const enum wt_checksum_state first[] = {WT_CHECKSUM_BAD, WT_CHECKSUM_REWRITTEN, WT_CHECKSUM_OFFLOADED};

  for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
    if (any(result, first[i], false))
      return first[i];
  if (incomplete || any(result, WT_CHECKSUM_UNVERIFIABLE, false))
    return WT_CHECKSUM_UNVERIFIABLE;
  if (any(result, WT_CHECKSUM_VALID, true))
    return WT_CHECKSUM_VALID;
  if (any(result, WT_CHECKSUM_ABSENT, false))
    return WT_CHECKSUM_ABSENT;
  return any(result, WT_CHECKSUM_VALID, false) ? WT_CHECKSUM_VALID : WT_CHECKSUM_NONE;
}

static void reverse(struct wt_checksum_result *result)
{
  for (size_t i = 0; i < result->part_count / 2; i++) {
    struct wt_checksum_part swapped = result->parts[i];

    result->parts[i] = result->parts[result->part_count - 1 - i];
    result->parts[result->part_count - 1 - i] = swapped;
  }
}

static uint64_t first_place(struct reading *reading, const struct wt_checksum_packet *packet)
{
  if (packet->link_header == WT_ETH_HEADER)
    return wt_skip_tags(&reading->packet, WT_ETH_HEADER - 2);
  if (packet->ethertype == WT_ETHERTYPE_VLAN || packet->ethertype == WT_ETHERTYPE_QINQ)
    return wt_skip_tags(&reading->packet, 2); /* the tag itself was taken for the link header's */
  return WT_PLACE(0, packet->ethertype);
}

void wt_checksum_classify(const struct wt_checksum_packet *packet, struct wt_checksum_result *result)
{
  struct reading reading = {
      .packet = {packet->data, packet->captured < packet->length ? packet->captured : packet->length, packet->length,
                 false},
      .merged =
          packet->merged || (packet->longest_frame && packet->length > packet->longest_frame + (uint32_t)TWO_TAGS),
      .received = packet->received,
  };
  struct layer layers[WT_MAX_LAYERS];
  struct left left = {0};
  uint64_t place = first_place(&reading, packet);
  uint32_t limit = packet->length;
  enum found found = NOT_IP;
  size_t count = 0;

  *result = (struct wt_checksum_result){0};
  while (count < WT_MAX_LAYERS && place) {
    struct layer *layer = &layers[count];

    found = read_layer(&reading, place, limit, layer);
    if (found != FOUND)
      break;
    count++;
    limit = layer->end;
    place = layer->fragment ? 0 : wt_enter_tunnel(&reading.packet, layer->transport, layer->protocol);
  }
  for (size_t i = count; i > 0; i--)
    add_layer(&reading, &layers[i - 1], i > 1, &left, result);
  reverse(result);
  /* A port alone makes no tunnel: what is behind it and is no packet of a length that fits, is payload. */
  result->state = combine(result, reading.packet.cut || (found == MALFORMED && count == 0));
}

/* ---- counts --------------------------------------------------------------------------------------------------- */

void wt_checksum_count(struct wt_checksums *counts, enum wt_checksum_state state)
{
  uint64_t *const count[WT_CHECKSUM_STATES] = {
      [WT_CHECKSUM_VALID] = &counts->valid,         [WT_CHECKSUM_OFFLOADED] = &counts->offloaded,
      [WT_CHECKSUM_REWRITTEN] = &counts->rewritten, [WT_CHECKSUM_BAD] = &counts->bad,
      [WT_CHECKSUM_ABSENT] = &counts->absent,       [WT_CHECKSUM_UNVERIFIABLE] = &counts->unverifiable,
  };

  if (!count[state])
    return;
  counts->sampled++;
  ++*count[state];
}

const char *wt_checksum_state_name(enum wt_checksum_state state)
{
  static const char *const names[WT_CHECKSUM_STATES] = {
      [WT_CHECKSUM_NONE] = "none",
      [WT_CHECKSUM_VALID] = "valid",
      [WT_CHECKSUM_OFFLOADED] = "offloaded",
      [WT_CHECKSUM_REWRITTEN] = "rewritten",
      [WT_CHECKSUM_BAD] = "bad",
      [WT_CHECKSUM_ABSENT] = "absent",
      [WT_CHECKSUM_UNVERIFIABLE] = "unverifiable",
  };

  return names[state];
}
