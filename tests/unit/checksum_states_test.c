/* SPDX-License-Identifier: MIT */
/*
 * Bytes → what the checksums say. Packets are built octet by octet, with checksums by arithmetic of this file's own
 * (one octet, or one bit, at a time).
 */
#include "check.h"

#include <stdlib.h>

#include "checksum.h"
#include "crc32c.h"
#include "random.h"

enum { IPV4 = 0x0800, IPV6 = 0x86dd, ARP = 0x0806, VLAN = 0x8100, TEB = 0x6558 };
enum { ICMP = 1, TCP = 6, UDP = 17, ROUTING = 43, FRAGMENT = 44, GRE = 47, ESP = 50, ICMPV6 = 58, SCTP = 132 };
enum { VXLAN_PORT = 4789, GENEVE_PORT = 6081 };

/* What stands in a checksum. */
enum mode { RIGHT, LEFT, WRONG, ZERO, FIRST_FRAME, NO_LENGTH };

/* ---- builder --------------------------------------------------------------------------------------------------- */

struct packet {
  uint8_t data[70000];
  uint32_t length;
};

static void put8(struct packet *packet, unsigned int value)
{
  assert_true(packet->length < sizeof(packet->data));
  packet->data[packet->length++] = (uint8_t)value;
}

static void put16(struct packet *packet, unsigned int value)
{
  put8(packet, value >> 8 & 0xff);
  put8(packet, value & 0xff);
}

static void put32(struct packet *packet, uint32_t value)
{
  put16(packet, value >> 16);
  put16(packet, value & 0xffff);
}

static void fill(struct packet *packet, unsigned int value, uint32_t count)
{
  while (count--)
    put8(packet, value);
}

static void ethernet(struct packet *packet, unsigned int type)
{
  fill(packet, 0x02, 12);
  put16(packet, type);
}

/* One octet at a time: high ones and low ones, with the carry put back at once. */
static uint32_t add(uint32_t sum, const uint8_t *data, uint32_t length)
{
  for (uint32_t i = 0; i < length; i++) {
    sum += i % 2 ? data[i] : (uint32_t)data[i] << 8;
    if (sum > 0xffff)
      sum -= 0xffff;
  }
  return sum;
}

static uint32_t add_number(uint32_t sum, uint32_t number)
{
  const uint8_t octets[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};

  return add(sum, octets, 4);
}

static void store(struct packet *packet, uint32_t at, unsigned int value)
{
  packet->data[at] = (uint8_t)(value >> 8);
  packet->data[at + 1] = (uint8_t)value;
}

/* An IP header for so many octets behind it; its offset. */
static uint32_t ipv4_with(struct packet *packet, unsigned int protocol, uint32_t payload, unsigned int flags,
                          unsigned int options)
{
  uint32_t at = packet->length, length = 20 + options + payload;

  put8(packet, 0x40 | (5 + options / 4));
  put8(packet, 0);
  put16(packet, length > 0xffff ? 0 : length);
  put16(packet, 0x1234);
  put16(packet, flags);
  put8(packet, 64);
  put8(packet, protocol);
  put16(packet, 0);
  put32(packet, 0x0a010001);
  put32(packet, 0xc0a8fe02);
  fill(packet, 1, options);
  store(packet, at + 10, 0xffff - add(0, packet->data + at, 20 + options));
  return at;
}

static uint32_t ipv4(struct packet *packet, unsigned int protocol, uint32_t payload)
{
  return ipv4_with(packet, protocol, payload, 0x4000, 0);
}

static uint32_t ipv6(struct packet *packet, unsigned int next, uint32_t payload)
{
  uint32_t at = packet->length;

  put32(packet, 0x60000000);
  put16(packet, payload > 0xffff ? 0 : payload);
  put8(packet, next);
  put8(packet, 64);
  put32(packet, 0xfd001234), fill(packet, 0, 11), put8(packet, 1);
  put32(packet, 0xfd00abcd), fill(packet, 0xee, 11), put8(packet, 2);
  return at;
}

static uint32_t ip(struct packet *packet, unsigned int type, unsigned int protocol, uint32_t payload)
{
  return type == IPV4 ? ipv4(packet, protocol, payload) : ipv6(packet, protocol, payload);
}

static uint32_t pseudo(const struct packet *packet, uint32_t ip_at, unsigned int protocol, uint32_t length)
{
  uint32_t sum =
      packet->data[ip_at] >> 4 == 4 ? add(0, packet->data + ip_at + 12, 8) : add(0, packet->data + ip_at + 8, 32);

  return add_number(add_number(sum, protocol), length);
}

/* Fills the checksum of what begins at start and ends with the packet. */
static void complete(struct packet *packet, uint32_t start, uint32_t at, uint32_t pseudo_sum, uint32_t pseudo_empty,
                     enum mode mode)
{
  unsigned int right;

  store(packet, at, 0);
  right = 0xffff - add(pseudo_sum, packet->data + start, packet->length - start);
  if (right == 0)
    right = 0xffff;
  if (mode == RIGHT)
    store(packet, at, right);
  else if (mode == LEFT)
    store(packet, at, pseudo_sum);
  else if (mode == NO_LENGTH)
    store(packet, at, pseudo_empty);
  else if (mode == WRONG || mode == FIRST_FRAME)
    store(packet, at, right ^ 0x0100);
}

static void tcp(struct packet *packet, uint32_t ip_at, uint32_t payload, enum mode mode)
{
  uint32_t at = packet->length;

  put16(packet, 40001), put16(packet, 443), put32(packet, 1), put32(packet, 2);
  put8(packet, 0x50), put8(packet, 0x10), put16(packet, 512), put32(packet, 0);
  for (uint32_t i = 0; i < payload; i++)
    put8(packet, i * 7 + i / 251);
  complete(packet, at, at + 16, pseudo(packet, ip_at, TCP, 20 + payload), pseudo(packet, ip_at, TCP, 0), mode);
}

/* A UDP header; its checksum is filled once what follows is there. */
static uint32_t udp_header(struct packet *packet, unsigned int port, uint32_t payload)
{
  uint32_t at = packet->length;

  put16(packet, 40001), put16(packet, port), put16(packet, 8 + payload), put16(packet, 0);
  return at;
}

static void udp_complete(struct packet *packet, uint32_t ip_at, uint32_t at, enum mode mode)
{
  uint32_t length = packet->length - at;

  complete(packet, at, at + 6, pseudo(packet, ip_at, UDP, length), pseudo(packet, ip_at, UDP, 0), mode);
}

static void udp(struct packet *packet, uint32_t ip_at, uint32_t payload, enum mode mode)
{
  uint32_t at = udp_header(packet, 5001, payload);

  fill(packet, 0xa5, payload);
  udp_complete(packet, ip_at, at, mode);
}

static void icmp(struct packet *packet, uint32_t ip_at, bool six, uint32_t payload, enum mode mode)
{
  uint32_t at = packet->length, sum = six ? pseudo(packet, ip_at, ICMPV6, 8 + payload) : 0;

  put8(packet, six ? 128 : 8), put8(packet, 0), put16(packet, 0), put32(packet, 0x00010002);
  fill(packet, 0x5a, payload);
  complete(packet, at, at + 2, sum, sum, mode);
}

/* Bit by bit, from the polynomial of RFC 9260. */
static uint32_t crc_of(const uint8_t *data, uint32_t length)
{
  uint32_t crc = 0xffffffff;

  for (uint32_t i = 0; i < length; i++) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
  }
  return ~crc;
}

static void sctp(struct packet *packet, uint32_t payload, enum mode mode)
{
  uint32_t at = packet->length, crc;

  put16(packet, 40001), put16(packet, 9899), put32(packet, 0xdeadbeef), put32(packet, 0);
  fill(packet, 3, payload);
  crc = crc_of(packet->data + at, packet->length - at) ^ (mode == WRONG ? 0x10 : 0);
  for (int i = 0; i < 4 && mode != LEFT; i++)
    packet->data[at + 8 + (uint32_t)i] = (uint8_t)(crc >> 8 * i);
}

/* ---- classified ------------------------------------------------------------------------------------------------- */

static struct packet built;

struct look {
  bool received, merged;
  uint32_t captured; /* 0: all */
  uint32_t longest;
  uint32_t link_header;
  uint16_t ethertype;
};

static struct wt_checksum_result classify(const struct look *look)
{
  const struct wt_checksum_packet packet = {
      .data = built.data,
      .captured = look->captured ? look->captured : built.length,
      .length = built.length,
      .link_header = look->link_header,
      .ethertype = look->ethertype,
      .longest_frame = look->longest,
      .merged = look->merged,
      .received = look->received,
  };
  struct wt_checksum_result result;

  wt_checksum_classify(&packet, &result);
  return result;
}

/* "ipv4 valid, udp absent, inner tcp offloaded" */
static const char *parts_of(const struct wt_checksum_result *result)
{
  static const char *const kinds[] = {"ipv4", "tcp", "udp", "icmp", "icmpv6", "sctp", "gre"};
  static char text[256];
  size_t used = 0;

  text[0] = '\0';
  for (size_t i = 0; i < result->part_count; i++)
    used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s%s %s", i ? ", " : "",
                             result->parts[i].inner ? "inner " : "", kinds[result->parts[i].kind],
                             wt_checksum_state_name(result->parts[i].state));
  return text;
}

static void expect_look(const char *row, const struct look *look, const char *state, const char *parts)
{
  struct wt_checksum_result result = classify(look);

  check_text(row, wt_checksum_state_name(result.state), state);
  if (parts)
    check_text(row, parts_of(&result), parts);
}

static void expect(const char *row, const char *state, const char *parts)
{
  expect_look(row, &(struct look){.link_header = 14}, state, parts);
}

static void start(unsigned int type)
{
  built.length = 0;
  ethernet(&built, type);
}

static const unsigned int types[] = {IPV4, IPV6};
static const char *const header_is[] = {"ipv4 valid, ", ""};

static const char *with_header(int version, const char *part)
{
  static char text[128];

  snprintf(text, sizeof(text), "%s%s", header_is[version], part);
  return text;
}

/* ---- one layer -------------------------------------------------------------------------------------------------- */

static void test_tcp(void **state)
{
  static const struct {
    enum mode mode;
    const char *word;
  } rows[] = {{RIGHT, "valid"}, {LEFT, "offloaded"}, {WRONG, "bad"}, {ZERO, "bad"}};

  (void)state;
  for (int version = 0; version < 2; version++)
    for (size_t i = 0; i < CHECK_COUNT(rows); i++)
      for (uint32_t payload = 0; payload < 1460; payload += 487) { /* odd and even */
        char part[32];

        start(types[version]);
        tcp(&built, ip(&built, types[version], TCP, 20 + payload), payload, rows[i].mode);
        snprintf(part, sizeof(part), "tcp %s", rows[i].word);
        expect("tcp", rows[i].word, with_header(version, part));
      }
  check_done();
}

static void test_udp(void **state)
{
  static const struct {
    enum mode mode;
    const char *word;
  } rows[] = {{RIGHT, "valid"}, {LEFT, "offloaded"}, {WRONG, "bad"}, {ZERO, "absent"}};

  (void)state;
  for (int version = 0; version < 2; version++)
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
      char part[32];

      start(types[version]);
      udp(&built, ip(&built, types[version], UDP, 8 + 333), 333, rows[i].mode);
      snprintf(part, sizeof(part), "udp %s", rows[i].word);
      expect("udp", rows[i].word, with_header(version, part));
    }
  check_done();
}

static void test_icmp(void **state)
{
  (void)state;
  for (int version = 0; version < 2; version++) {
    unsigned int protocol = version ? ICMPV6 : ICMP;

    start(types[version]), icmp(&built, ip(&built, types[version], protocol, 8 + 57), version, 57, RIGHT);
    expect("icmp", "valid", with_header(version, version ? "icmpv6 valid" : "icmp valid"));
    start(types[version]), icmp(&built, ip(&built, types[version], protocol, 8 + 57), version, 57, WRONG);
    expect("icmp", "bad", with_header(version, version ? "icmpv6 bad" : "icmp bad"));
    start(types[version]), icmp(&built, ip(&built, types[version], protocol, 8 + 57), version, 57, LEFT);
    expect("icmp is never left to a device", "bad", NULL);
  }
  check_done();
}

static void test_sctp(void **state)
{
  (void)state;
  for (int version = 0; version < 2; version++) {
    start(types[version]), ip(&built, types[version], SCTP, 12 + 41), sctp(&built, 41, RIGHT);
    expect("sctp", "valid", with_header(version, "sctp valid"));
    start(types[version]), ip(&built, types[version], SCTP, 12 + 41), sctp(&built, 41, LEFT);
    expect("sctp", "offloaded", with_header(version, "sctp offloaded"));
    expect_look("sctp, cut", &(struct look){.link_header = 14, .captured = built.length - 20}, "offloaded", NULL);
    start(types[version]), ip(&built, types[version], SCTP, 12 + 41), sctp(&built, 41, WRONG);
    expect("sctp", "bad", with_header(version, "sctp bad"));
    expect_look("sctp, cut", &(struct look){.link_header = 14, .captured = built.length - 20}, "unverifiable", NULL);
  }
  check_done();
}

/* The check value of CRC-32/ISCSI, and the first vector of RFC 3720, appendix B.4. */
static void test_crc32c(void **state)
{
  const uint8_t zeros[32] = {0};

  (void)state;
  check_int("123456789", wt_crc32c_end(wt_crc32c(WT_CRC32C_START, (const uint8_t *)"123456789", 9)), 0xe3069283);
  check_int("32 zeros", wt_crc32c_end(wt_crc32c(WT_CRC32C_START, zeros, 32)), 0x8a9136aa);
  check_done();
}

static void test_ipv4_header(void **state)
{
  (void)state;
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 9), 9, RIGHT), built.data[14 + 8]--;
  expect("a router that forgot the checksum", "bad", "ipv4 bad, tcp valid");
  start(IPV4), ipv4(&built, ESP, 100), fill(&built, 0x77, 100);
  expect("nothing but an IP header's", "valid", "ipv4 valid");
  start(IPV6), ipv6(&built, ESP, 100), fill(&built, 0x77, 100);
  expect("no checksum", "none", "");
  start(IPV4), tcp(&built, ipv4_with(&built, TCP, 20 + 9, 0x4000, 8), 9, RIGHT);
  expect("options", "valid", "ipv4 valid, tcp valid");
  start(IPV4), tcp(&built, ipv4_with(&built, TCP, 20 + 9, 0x4000, 8), 9, WRONG);
  expect("options, which may be a source route", "unverifiable", "ipv4 valid, tcp unverifiable");
  start(IPV4), icmp(&built, ipv4_with(&built, ICMP, 8 + 9, 0x4000, 8), false, 9, WRONG);
  expect("options, and no pseudo header", "bad", "ipv4 valid, icmp bad");
  start(ARP), fill(&built, 0, 46);
  expect("ARP", "none", "");
  check_done();
}

/* Each single bit of a packet that is turned over is noticed. */
static void test_every_bit(void **state)
{
  (void)state;
  for (int version = 0; version < 2; version++) {
    uint32_t header = version ? 40 : 20, from = 14 + header;

    start(types[version]), tcp(&built, ip(&built, types[version], TCP, 20 + 203), 203, RIGHT);
    for (uint32_t bit = from * 8; bit < built.length * 8; bit++) {
      built.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
      expect(version ? "a bit, IPv6" : "a bit, IPv4", "bad", NULL);
      built.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
  }
  start(IPV4), ipv4(&built, SCTP, 12 + 60), sctp(&built, 60, RIGHT);
  for (uint32_t bit = 34 * 8; bit < built.length * 8; bit++) {
    built.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    expect("a bit, SCTP", "bad", NULL);
    built.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  check_done();
}

/* ---- link headers, padding, lengths ------------------------------------------------------------------------------ */

static void test_link_headers(void **state)
{
  (void)state;
  built.length = 0, tcp(&built, ipv4(&built, TCP, 20 + 9), 9, RIGHT);
  expect_look("cooked", &(struct look){.ethertype = IPV4}, "valid", "ipv4 valid, tcp valid");
  built.length = 0, put16(&built, 5), put16(&built, IPV4), tcp(&built, ipv4(&built, TCP, 20 + 9), 9, RIGHT);
  expect_look("cooked, the rest of a tag", &(struct look){.ethertype = VLAN}, "valid", "ipv4 valid, tcp valid");
  start(VLAN), put16(&built, 5), put16(&built, IPV6), tcp(&built, ipv6(&built, TCP, 20 + 9), 9, WRONG);
  expect("a tag", "bad", "tcp bad");
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 1), 1, RIGHT), fill(&built, 0xff, 5);
  expect("padding behind the packet", "valid", "ipv4 valid, tcp valid");
  start(IPV4), udp(&built, ipv4(&built, UDP, 8 + 20), 20, RIGHT), built.data[14 + 20 + 5] -= 4;
  expect("a UDP length of fewer octets", "bad", "ipv4 valid, udp bad");
  start(IPV4), udp(&built, ipv4(&built, UDP, 8 + 20), 20, RIGHT), built.data[14 + 20 + 5] += 4;
  expect("a UDP length of more octets than there are", "unverifiable", "ipv4 valid, udp unverifiable");
  check_done();
}

static void test_malformed(void **state)
{
  (void)state;
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 9), 9, RIGHT), built.data[14] = 0x65;
  expect("no IPv4 in spite of the ethertype", "unverifiable", "");
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 9), 9, RIGHT), built.data[14] = 0x44;
  expect("a header of 16 octets", "unverifiable", "");
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 90), 9, RIGHT);
  expect("longer than the packet", "unverifiable", "");
  start(IPV4), ipv4(&built, TCP, 12), fill(&built, 0, 12);
  expect("no room for a TCP header", "unverifiable", "ipv4 valid, tcp unverifiable");
  start(IPV6), ipv6(&built, 0, 4), put32(&built, 0x06ff0000);
  expect("an extension header that ends behind the packet", "unverifiable", "");
  check_done();
}

/* Every length that a snap length may leave: never bad, and what headers prove is proven from them on. */
static void test_truncated(void **state)
{
  (void)state;
  for (int version = 0; version < 2; version++) {
    uint32_t headers = 14 + (version ? 40 : 20) + 20;

    for (int mode = RIGHT; mode <= WRONG; mode++) {
      start(types[version]), tcp(&built, ip(&built, types[version], TCP, 20 + 600), 600, (enum mode)mode);
      for (uint32_t captured = 1; captured < built.length; captured++)
        expect_look("cut", &(struct look){.link_header = 14, .captured = captured},
                    mode == LEFT && captured >= headers ? "offloaded" : "unverifiable", NULL);
    }
  }
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 600), 600, RIGHT), built.data[14 + 8]--;
  expect_look("a bad IP header of a cut packet", &(struct look){.link_header = 14, .captured = 60}, "bad",
              "ipv4 bad, tcp unverifiable");
  check_done();
}

static void test_fragments(void **state)
{
  (void)state;
  start(IPV4), udp(&built, ipv4_with(&built, UDP, 8 + 600, 0x2000, 0), 600, WRONG);
  expect("IPv4, the first", "unverifiable", "ipv4 valid, udp unverifiable");
  start(IPV4), ipv4_with(&built, UDP, 600, 0x0064, 0), fill(&built, 0, 600);
  expect("IPv4, the last", "unverifiable", "ipv4 valid, udp unverifiable");
  start(IPV6), ipv6(&built, FRAGMENT, 8 + 8 + 600), put32(&built, 0x11000001), put32(&built, 7);
  udp(&built, 14, 600, WRONG);
  expect("IPv6, the first", "unverifiable", "udp unverifiable");
  start(IPV6), ipv6(&built, FRAGMENT, 8 + 600), put32(&built, 0x11000320), put32(&built, 7), fill(&built, 0, 600);
  expect("IPv6, the last", "unverifiable", "udp unverifiable");
  start(IPV6), ipv6(&built, FRAGMENT, 8 + 8 + 600), put32(&built, 0x11000000), put32(&built, 7);
  udp(&built, 14, 600, RIGHT);
  expect("IPv6, one that is all of it", "valid", "udp valid");
  check_done();
}

static void test_routing_header(void **state)
{
  (void)state;
  for (unsigned int left = 0; left < 2; left++) {
    start(IPV6), ipv6(&built, ROUTING, 8 + 20 + 50), put32(&built, 0x06000400 | left), put32(&built, 0);
    tcp(&built, 14, 50, WRONG);
    expect(left ? "another target" : "arrived", left ? "unverifiable" : "bad", NULL);
  }
  check_done();
}

/* ---- merged ------------------------------------------------------------------------------------------------------ */

static void test_merged(void **state)
{
  const struct look sent = {.link_header = 14, .longest = 1514};
  const struct look received = {.link_header = 14, .longest = 1514, .received = true};
  const struct look headers = {.link_header = 14, .longest = 1514, .received = true, .captured = 128};
  const struct look marked = {.link_header = 14, .merged = true, .received = true};

  (void)state;
  for (int version = 0; version < 2; version++) {
    start(types[version]), tcp(&built, ip(&built, types[version], TCP, 20 + 9000), 9000, LEFT);
    expect_look("tso", &sent, "offloaded", with_header(version, "tcp offloaded"));
    expect_look("gro", &received, "rewritten", with_header(version, "tcp rewritten"));
    expect_look("gro, headers", &headers, "rewritten", with_header(version, "tcp rewritten"));
    start(types[version]), udp(&built, ip(&built, types[version], UDP, 8 + 9000), 9000, LEFT);
    expect_look("udp gro", &headers, "rewritten", with_header(version, "udp rewritten"));
    start(types[version]), tcp(&built, ip(&built, types[version], TCP, 20 + 9000), 9000, FIRST_FRAME);
    expect_look("lro", &received, "unverifiable", with_header(version, "tcp unverifiable"));
    start(types[version]), tcp(&built, ip(&built, types[version], TCP, 20 + 9000), 9000, RIGHT);
    expect_look("lro that computes it", &received, "valid", with_header(version, "tcp valid"));
    start(types[version]), tcp(&built, ip(&built, types[version], TCP, 20 + 9000), 9000, NO_LENGTH);
    expect_look("without a length", &sent, "offloaded", with_header(version, "tcp offloaded"));
  }
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 600), 600, LEFT);
  expect_look("a short one with a mark", &marked, "rewritten", NULL);
  expect_look("a short one without", &received, "offloaded", NULL);
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 600), 600, NO_LENGTH);
  expect_look("no frame is without a length", &received, "bad", NULL);
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 1468), 1468, WRONG);
  expect_look("as long as a frame with two tags", &received, "bad", NULL);
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 1469), 1469, WRONG);
  expect_look("longer than that", &received, "unverifiable", NULL);
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 9000), 9000, LEFT), built.data[14 + 8]--;
  expect_look("merged, and a bad IP header", &received, "bad", "ipv4 bad, tcp rewritten");
  check_done();
}

/* The length of the pseudo header has 32 bits, and the IP header's is 0. */
static void test_big_tcp(void **state)
{
  (void)state;
  for (int version = 0; version < 2; version++) {
    start(types[version]), tcp(&built, ip(&built, types[version], TCP, 20 + 69000), 69000, LEFT);
    expect_look("BIG TCP", &(struct look){.link_header = 14, .longest = 1514, .captured = 200}, "offloaded", NULL);
  }
  start(IPV6), ipv6(&built, 0, 8 + 20 + 69000), put32(&built, 0x0600c204), put32(&built, 20 + 69000);
  tcp(&built, 14, 69000, LEFT);
  expect_look("BIG TCP with a jumbo option", &(struct look){.link_header = 14, .merged = true, .captured = 200},
              "offloaded", "tcp offloaded");
  check_done();
}

/* A checksum that is right and looks as if it were left to the device is right. */
static void test_coincidence(void **state)
{
  (void)state;
  start(IPV4), tcp(&built, ipv4(&built, TCP, 20 + 2), 2, ZERO);
  /* The last two octets are such that the sum of all but the pseudo header is the complement of twice that. */
  {
    uint32_t sum = pseudo(&built, 14, TCP, 22), rest;

    store(&built, 34 + 16, sum), store(&built, built.length - 2, 0);
    rest = add(sum, built.data + 34, built.length - 34);
    store(&built, built.length - 2, 0xffff - rest);
    check_int("it is the pseudo header's", built.data[50] << 8 | built.data[51], sum);
  }
  expect("right first", "valid", "ipv4 valid, tcp valid");
  check_done();
}

/* ---- tunnels ----------------------------------------------------------------------------------------------------- */

/* VXLAN, or Geneve, around Ethernet around TCP; outer and inner in those modes. LCO: the outer one is computed as if
 * the inner one were complete. */
static void tunnel(unsigned int outer_type, unsigned int inner_type, unsigned int port, enum mode outer,
                   enum mode inner, bool lco)
{
  uint32_t payload = 301, in = (inner_type == IPV4 ? 20 : 40) + 20 + payload, outer_ip, at;

  start(outer_type);
  outer_ip = ip(&built, outer_type, UDP, 8 + 8 + 14 + in);
  at = udp_header(&built, port, 8 + 14 + in);
  if (port == VXLAN_PORT)
    put32(&built, 0x08000000), put32(&built, 42 << 8);
  else
    put16(&built, 0), put16(&built, TEB), put32(&built, 42 << 8);
  ethernet(&built, inner_type);
  {
    uint32_t inner_ip = ip(&built, inner_type, TCP, 20 + payload), inner_at = built.length;

    tcp(&built, inner_ip, payload, lco ? RIGHT : inner);
    udp_complete(&built, outer_ip, at, outer);
    if (lco)
      complete(&built, inner_at, inner_at + 16, pseudo(&built, inner_ip, TCP, 20 + payload), 0, LEFT);
  }
}

static void test_tunnels(void **state)
{
  static const unsigned int ports[] = {VXLAN_PORT, GENEVE_PORT};

  (void)state;
  for (int o = 0; o < 2; o++)
    for (int i = 0; i < 2; i++)
      for (int p = 0; p < 2; p++) {
        const char *row = p ? "Geneve" : "VXLAN";
        const struct look cut = {.link_header = 14, .captured = 14 + (o ? 40 : 20) + 30 + (i ? 40 : 20) + 20};
        struct wt_checksum_result result;

        tunnel(types[o], types[i], ports[p], RIGHT, RIGHT, false);
        expect(row, "valid", NULL);
        tunnel(types[o], types[i], ports[p], ZERO, RIGHT, false);
        expect(row, "valid", NULL);
        tunnel(types[o], types[i], ports[p], ZERO, WRONG, false);
        expect(row, "bad", NULL);
        tunnel(types[o], types[i], ports[p], RIGHT, WRONG, false);
        expect(row, "bad", NULL);
        tunnel(types[o], types[i], ports[p], LEFT, RIGHT, false);
        expect(row, "offloaded", NULL);
        tunnel(types[o], types[i], ports[p], LEFT, LEFT, false);
        expect(row, "offloaded", NULL);
        tunnel(types[o], types[i], ports[p], ZERO, LEFT, false);
        expect(row, "offloaded", NULL);
        expect_look(row, &cut, "offloaded", NULL);
        tunnel(types[o], types[i], ports[p], RIGHT, LEFT, true);
        result = classify(&(struct look){.link_header = 14});
        check_text("local checksum offload", wt_checksum_state_name(result.state), "offloaded");
        check_int("local checksum offload: outer", result.parts[o ? 0 : 1].state, WT_CHECKSUM_VALID);
        result = classify(&cut);
        check_int("local checksum offload, cut: outer", result.parts[o ? 0 : 1].state, WT_CHECKSUM_VALID);
        built.data[14 + (o ? 40 : 20) + 8 + 5] ^= 1;
        expect("local checksum offload, and the tunnel's number is wrong", "bad", NULL);
      }
  tunnel(IPV4, IPV4, VXLAN_PORT, ZERO, RIGHT, false);
  expect("VXLAN without an outer checksum", "valid", "ipv4 valid, udp absent, inner ipv4 valid, inner tcp valid");
  expect_look("cut in the inner headers", &(struct look){.link_header = 14, .captured = 75}, "unverifiable",
              "ipv4 valid, udp absent");
  start(IPV4), udp(&built, ipv4(&built, UDP, 8 + 60), 60, RIGHT), store(&built, 36, VXLAN_PORT);
  built.data[34 + 6] = 0, built.data[34 + 7] = 0, store(&built, 14 + 20 + 28, IPV4);
  expect("no tunnel in spite of its port", "absent", "ipv4 valid, udp absent");
  check_done();
}

static void gre(bool with_checksum, enum mode mode, enum mode inner)
{
  uint32_t at, inner_ip;

  start(IPV4), ipv4(&built, GRE, (with_checksum ? 8 : 4) + 20 + 20 + 77);
  at = built.length;
  put16(&built, with_checksum ? 0x8000 : 0), put16(&built, IPV4);
  if (with_checksum)
    put32(&built, 0);
  inner_ip = ipv4(&built, TCP, 20 + 77), tcp(&built, inner_ip, 77, inner);
  if (with_checksum)
    complete(&built, at, at + 4, 0, 0, mode);
}

static void test_gre(void **state)
{
  (void)state;
  gre(false, ZERO, RIGHT), expect("GRE", "valid", "ipv4 valid, inner ipv4 valid, inner tcp valid");
  gre(false, ZERO, LEFT), expect("GRE", "offloaded", "ipv4 valid, inner ipv4 valid, inner tcp offloaded");
  gre(true, RIGHT, RIGHT), expect("GRE", "valid", "ipv4 valid, gre valid, inner ipv4 valid, inner tcp valid");
  gre(true, WRONG, RIGHT), expect("GRE", "bad", "ipv4 valid, gre bad, inner ipv4 valid, inner tcp valid");
  gre(true, ZERO, RIGHT), expect("GRE", "bad", "ipv4 valid, gre bad, inner ipv4 valid, inner tcp valid");
  gre(true, ZERO, LEFT);
  expect_look("GRE that is to be cut", &(struct look){.link_header = 14, .merged = true}, "offloaded",
              "ipv4 valid, gre offloaded, inner ipv4 valid, inner tcp offloaded");
  check_done();
}

/* ---- anything ---------------------------------------------------------------------------------------------------- */

/* Whatever the octets are, only they are read (the sanitizers watch: the buffer has no octet more). */
static void test_random_octets(void **state)
{
  struct random random = {.state = 20240401};
  uint64_t bad = 0;

  (void)state;
  for (int round = 0; round < 200000; round++) {
    uint32_t captured = (uint32_t)random_below(&random, 160);
    uint8_t *data = malloc(captured ? captured : 1);
    struct wt_checksum_packet packet = {
        .data = data,
        .captured = captured,
        .length = captured + (uint32_t)random_below(&random, 3) * 700,
        .link_header = round % 2 ? 14 : 0,
        .ethertype = (uint16_t)(round % 3 ? IPV4 : IPV6),
        .longest_frame = (uint32_t)random_below(&random, 200),
        .received = round % 5 == 0,
        .merged = round % 7 == 0,
    };
    struct wt_checksum_result result;

    assert_non_null(data);
    for (uint32_t i = 0; i < captured; i++)
      data[i] = (uint8_t)random_bits(&random);
    /* Mostly what goes some way into the parser. */
    if (captured > 40 && round % 4) {
      static const uint8_t protocols[] = {TCP, UDP, ICMP, ICMPV6, SCTP, GRE, 4, 41, 0, ROUTING, FRAGMENT, 60};
      uint8_t *at = data + packet.link_header;
      uint16_t type = round % 8 > 4 ? IPV6 : IPV4;

      if (packet.link_header)
        data[12] = (uint8_t)(type >> 8), data[13] = (uint8_t)type;
      packet.ethertype = type;
      at[0] = type == IPV4 ? 0x45 : 0x60;
      at[type == IPV4 ? 9 : 6] = protocols[random_below(&random, CHECK_COUNT(protocols))];
      at[type == IPV4 ? 2 : 4] = 0;
      if (round % 16 < 8 && type == IPV4 && captured > 60)
        at[22] = VXLAN_PORT >> 8, at[23] = VXLAN_PORT & 255;
    }
    wt_checksum_classify(&packet, &result);
    check("a state", result.state < WT_CHECKSUM_STATES);
    check("parts", result.part_count <= WT_CHECKSUM_PARTS);
    bad += result.state == WT_CHECKSUM_BAD;
    free(data);
  }
  check("random octets are mostly bad where they are headers", bad > 10000);
  check_done();
}

static void test_count(void **state)
{
  struct wt_checksums counts = {0};

  (void)state;
  for (int i = 0; i < WT_CHECKSUM_STATES; i++)
    for (int times = 0; times <= i; times++)
      wt_checksum_count(&counts, (enum wt_checksum_state)i);
  check_int("none is no sample", counts.sampled, 2 + 3 + 4 + 5 + 6 + 7);
  check_int("valid", counts.valid, 2);
  check_int("offloaded", counts.offloaded, 3);
  check_int("rewritten", counts.rewritten, 4);
  check_int("bad", counts.bad, 5);
  check_int("absent", counts.absent, 6);
  check_int("unverifiable", counts.unverifiable, 7);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tcp),       cmocka_unit_test(test_udp),          cmocka_unit_test(test_icmp),
      cmocka_unit_test(test_sctp),      cmocka_unit_test(test_crc32c),       cmocka_unit_test(test_ipv4_header),
      cmocka_unit_test(test_every_bit), cmocka_unit_test(test_link_headers), cmocka_unit_test(test_malformed),
      cmocka_unit_test(test_truncated), cmocka_unit_test(test_fragments),    cmocka_unit_test(test_routing_header),
      cmocka_unit_test(test_merged),    cmocka_unit_test(test_big_tcp),      cmocka_unit_test(test_coincidence),
      cmocka_unit_test(test_tunnels),   cmocka_unit_test(test_gre),          cmocka_unit_test(test_random_octets),
      cmocka_unit_test(test_count),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
