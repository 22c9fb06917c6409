/* SPDX-License-Identifier: MIT */
/* What the short way through the headers understands, the long way understands in the same way. */
#include "check.h"

#include "captured.h"
#include "headers_plain.h"
#include "random.h"

enum { PACKETS = 400000, ROOM = 200, IPV4_TCP = 40, IPV6_TCP = 60 };

/* What of the headers decides is drawn from little, so that every way through them is taken often. */
static uint8_t one_of(struct random *random, const uint8_t *values, size_t count)
{
  return values[random_below(random, count)];
}

/* What a tunnel behind UDP would have: its header, an Ethernet header, and the first octets of an IP header. */
static void put_inside(uint8_t *tunnel)
{
  static const uint8_t inside[] = {[2] = 0x65, 0x58, [8 + 12] = 0x08, 0, 0x45, [8 + 14 + 9] = WT_IP_UDP};

  memcpy(tunnel, inside, sizeof(inside));
}

static uint16_t put_headers(struct random *random, uint8_t *ip)
{
  static const uint8_t protocols[] = {WT_IP_TCP,  WT_IP_TCP,  WT_IP_UDP,     WT_IP_UDP,      WT_IP_SCTP,
                                      WT_IP_IPIP, WT_IP_IPV6, WT_IP_HOPOPTS, WT_IP_FRAGMENT, WT_IP_GRE};
  static const uint8_t versions[] = {0x45, 0x45, 0x45, 0x46, 0x44, 0x4f};
  static const uint8_t fragments[] = {0, 0, 0, 0x40, 0x20, 0x01};
  static const uint16_t ports[] = {80, 80, WT_PORT_VXLAN, WT_PORT_VXLAN_LINUX, WT_PORT_GENEVE};
  static const uint16_t types[] = {WT_ETHERTYPE_IPV4, WT_ETHERTYPE_IPV4, WT_ETHERTYPE_IPV6,
                                   WT_ETHERTYPE_IPV6, WT_ETHERTYPE_VLAN, 0x0806};
  uint16_t type = types[random_below(random, CHECK_COUNT(types))],
           port = ports[random_below(random, CHECK_COUNT(ports))];
  uint32_t transport = type == WT_ETHERTYPE_IPV6 ? 40 : 20;
  uint8_t protocol = one_of(random, protocols, CHECK_COUNT(protocols));

  ip[0] = one_of(random, versions, CHECK_COUNT(versions));
  ip[6] = type == WT_ETHERTYPE_IPV6 ? protocol : one_of(random, fragments, CHECK_COUNT(fragments));
  if (type != WT_ETHERTYPE_IPV6)
    ip[9] = protocol;
  ip[transport + 2] = (uint8_t)(port >> 8);
  ip[transport + 3] = (uint8_t)port;
  if (protocol == WT_IP_UDP)
    put_inside(ip + transport + 8);
  return type;
}

/* True if the short way understood it. */
static bool compare(struct random *random)
{
  uint8_t data[ROOM];
  uint32_t link_header = random_below(random, 2) ? WT_ETH_HEADER : 0;
  uint32_t length = random_below(random, 4) ? ROOM : (uint32_t)random_below(random, ROOM);
  struct wt_captured packet = {data, length, length, false}, again = packet;
  struct wt_headers plain = {0}, all = {0};
  uint16_t type;

  for (size_t i = 0; i < sizeof(data); i++)
    data[i] = (uint8_t)random_bits(random);
  type = put_headers(random, data + link_header);
  if (link_header) {
    data[12] = (uint8_t)(type >> 8);
    data[13] = (uint8_t)type;
  }
  if (wt_headers_plain(&packet, link_header, type, &plain))
    return false;
  assert_int_equal(wt_headers_parse(&again, link_header, type, &all), 0);
  assert_int_equal(plain.length, all.length);
  assert_int_equal(plain.ip, all.ip);
  assert_int_equal(plain.transport, all.transport);
  assert_int_equal(plain.family, all.family);
  assert_int_equal(plain.protocol, all.protocol);
  assert_int_equal(plain.jumbo, all.jumbo);
  assert_int_equal(plain.tunnel, all.tunnel);
  return true;
}

static void both_ways_say_the_same(void **state)
{
  struct random random = {1};
  unsigned int understood = 0;

  (void)state;
  for (int i = 0; i < PACKETS; i++)
    understood += compare(&random);
  assert_in_range(understood, PACKETS / 20, PACKETS / 2);
}

static int plain(const uint8_t *data, uint32_t length, uint16_t type)
{
  struct wt_captured packet = {data, length, length, false};
  struct wt_headers headers;

  return wt_headers_plain(&packet, 0, type, &headers);
}

/* Or it would be of no use. */
static void the_short_way_takes_usual_packets(void **state)
{
  uint8_t four[ROOM] = {0x45, [9] = WT_IP_TCP, [20 + 12] = 0x80}, six[ROOM] = {0x60, [6] = WT_IP_UDP};

  (void)state;
  assert_int_equal(plain(four, ROOM, WT_ETHERTYPE_IPV4), 0);
  assert_int_equal(plain(six, ROOM, WT_ETHERTYPE_IPV6), 0);
  assert_int_equal(plain(four, IPV4_TCP, WT_ETHERTYPE_IPV4), -1);
  assert_int_equal(plain(six, IPV6_TCP, WT_ETHERTYPE_IPV6), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_ways_say_the_same),
      cmocka_unit_test(the_short_way_takes_usual_packets),
  };

  return cmocka_run_group_tests_name("headers_plain", tests, NULL, NULL);
}
