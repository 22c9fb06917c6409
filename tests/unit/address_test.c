/* SPDX-License-Identifier: MIT */
/* Which interface a connection passes by its addresses, and what rtnetlink says of addresses. */
#include "message.h"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>

#include "address.h"

enum { LO = 1, ETH0 = 2, ETH1 = 3, VRF = 4 };

static void put(const char *text, uint16_t *family, uint8_t octets[16])
{
  bool is_ipv6 = strchr(text, ':') != NULL;

  memset(octets, 0, 16);
  *family = is_ipv6 ? ETH_P_IPV6 : ETH_P_IP;
  assert_int_equal(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, text, octets), 1);
}

static void connections_pass_the_interface_of_their_address(void **state)
{
  static const struct {
    const char *text;
    int interface;
  } owned[] = {
      {"127.0.0.1", LO},  {"::1", LO},        {"192.0.2.9", LO}, {"10.0.0.1", ETH0}, {"10.1.0.1", ETH1},
      {"10.9.0.1", ETH0}, {"10.9.0.1", ETH1}, {"fe80::1", ETH0}, {"fe80::1", ETH1},  {"2001:db8::1", ETH0},
  };
  static const struct {
    const char *what, *local, *peer;
    int device, want;
  } rows[] = {
      {"IPv4", "10.0.0.1", "10.0.0.2", 0, ETH0},
      {"the other one", "10.1.0.1", "198.51.100.1", 0, ETH1},
      {"IPv6", "2001:db8::1", "2001:db8::2", 0, ETH0},
      {"bound to its own device", "10.0.0.1", "10.0.0.2", ETH0, ETH0},
      {"bound to another device", "10.0.0.1", "10.0.0.2", VRF, 0},
      {"loopback", "127.0.0.1", "127.0.0.1", 0, LO},
      {"anywhere in 127/8", "127.8.8.8", "127.0.0.1", 0, LO},
      {"IPv6 loopback", "::1", "::1", 0, LO},
      {"to an address of this host", "10.0.0.1", "10.1.0.1", 0, LO},
      {"to itself", "10.0.0.1", "10.0.0.1", 0, LO},
      {"to an address of this host, bound elsewhere", "10.0.0.1", "10.1.0.1", VRF, 0},
      {"a service address on lo that talks to others", "192.0.2.9", "10.0.0.2", 0, 0},
      {"an address that two have", "10.9.0.1", "10.9.0.2", 0, 0},
      {"an address that two have, and a device", "10.9.0.1", "10.9.0.2", ETH1, ETH1},
      {"link-local", "fe80::1", "fe80::2", ETH1, ETH1},
      {"link-local without a device", "fe80::1", "fe80::2", 0, 0},
      {"an address of nobody's", "203.0.113.1", "10.0.0.2", 0, 0},
  };
  struct wt_address list[CHECK_COUNT(owned)];
  struct wt_addresses addresses = {list, CHECK_COUNT(owned), CHECK_COUNT(owned)};
  const struct wt_addresses none = {0};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(owned); i++) {
    list[i].interface = owned[i].interface;
    put(owned[i].text, &list[i].family, list[i].octets);
  }
  wt_addresses_sort(&addresses);
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_flow_key key = {0};

    put(rows[i].local, &key.family, key.source);
    put(rows[i].peer, &key.family, key.target);
    check_int(rows[i].what, wt_addresses_interface(&addresses, &key, rows[i].device, LO), rows[i].want);
    if (rows[i].want != LO)
      check_int(rows[i].what, wt_addresses_interface(&none, &key, 0, LO), 0);
  }
  check_done();
}

static struct nl_msg *address_message(uint8_t family, int type, const void *octets, int length)
{
  const struct ifaddrmsg header = {.ifa_family = family, .ifa_index = 7};
  struct nl_msg *message = message_new(RTM_NEWADDR);

  assert_int_equal(nlmsg_append(message, (void *)&header, sizeof(header), NLMSG_ALIGNTO), 0);
  if (type)
    assert_int_equal(nla_put(message, type, length, octets), 0);
  return message;
}

static void rtnetlink_tells_addresses(void **state)
{
  static const uint8_t octets[16] = {10, 1, 2, 3, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
  static const uint8_t peer[4] = {10, 1, 2, 4};
  static const struct {
    const char *what;
    uint8_t family;
    int type, length;
    bool good;
  } rows[] = {
      {"IPv4", AF_INET, IFA_LOCAL, 4, true},          {"IPv6", AF_INET6, IFA_ADDRESS, 16, true},
      {"no address in it", AF_INET, 0, 0, false},     {"too long", AF_INET, IFA_LOCAL, 16, false},
      {"too short", AF_INET6, IFA_ADDRESS, 4, false}, {"another family", AF_UNIX, IFA_LOCAL, 4, false},
  };
  struct wt_address address;
  struct nl_msg *message;

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    message = address_message(rows[i].family, rows[i].type, octets, rows[i].length);
    check_int(rows[i].what, wt_address_parse(nlmsg_hdr(message), &address), rows[i].good);
    if (rows[i].good) {
      check_int(rows[i].what, memcmp(address.octets, octets, (size_t)rows[i].length), 0);
      check_int(rows[i].what, address.interface, 7);
    }
    nlmsg_free(message);
  }
  message = address_message(AF_INET, IFA_ADDRESS, peer, 4);
  assert_int_equal(nla_put(message, IFA_LOCAL, 4, octets), 0);
  check("point to point", wt_address_parse(nlmsg_hdr(message), &address));
  check_int("its own and not the peer's", address.octets[3], 3);
  nlmsg_free(message);
  check_done();
}

static void look(struct nlmsghdr *spoiled, bool changed)
{
  struct wt_address address;

  (void)changed;
  wt_address_parse(spoiled, &address);
}

static void damaged_messages_do_no_harm(void **state)
{
  static const uint8_t octets[16] = {0x20, 1};
  struct nl_msg *message = address_message(AF_INET6, IFA_ADDRESS, octets, 16);

  (void)state;
  message_spoil(message, look);
  nlmsg_free(message);
  check_done();
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(connections_pass_the_interface_of_their_address),
      cmocka_unit_test(rtnetlink_tells_addresses),
      cmocka_unit_test(damaged_messages_do_no_harm),
  };

  return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
