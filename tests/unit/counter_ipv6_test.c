/* SPDX-License-Identifier: MIT */
/* The IPv6 MIB of one interface: read by name, whatever else is there and in whatever order. */
#include "check.h"

#include <errno.h>

#include "counter.h"
#include "own_network.h"
#include "random.h"

enum { IFINDEX = 7 };

#define UNKNOWN WT_UNKNOWN

static const struct {
  const char *name, *text;
  int status;
  uint64_t in_segments, out_packets;
} texts[] = {
    {"as the kernel writes it",
     "ifIndex                         \t7\n"
     "Ip6InReceives                   \t100\n"
     "Ip6OutRequests                  \t20\n"
     "Ip6OutMcastPkts                 \t300\n"
     "Ip6InNoECTPkts                  \t1\n"
     "Ip6InECT1Pkts                   \t2\n"
     "Ip6InECT0Pkts                   \t4\n"
     "Ip6InCEPkts                     \t8\n"
     "Icmp6InMsgs                     \t400\n",
     0, 15, 20},
    {"in another order", "Ip6InCEPkts 8\nIp6OutRequests 3\nIp6InNoECTPkts 1\nifIndex 7\n", 0, 9, 3},
    {"zeros", "ifIndex 7\nIp6InNoECTPkts 0\nIp6OutRequests 0\n", 0, 0, 0},
    {"older kernel", "ifIndex 7\nIp6InReceives 5\nIp6OutRequests 6\n", 0, UNKNOWN, 6},
    {"names that only begin alike", "ifIndex 7\nIp6InNoECTPktsX 5\nIp6OutRequestsX 6\nIp6InCEPkt 7\n", 0, UNKNOWN,
     UNKNOWN},
    {"huge", "ifIndex 7\nIp6OutRequests 18446744073709551614\nIp6InNoECTPkts 18446744073709551600\n", 0,
     UINT64_MAX - 15, UINT64_MAX - 1},
    {"too huge", "ifIndex 7\nIp6OutRequests 18446744073709551616\nIp6InNoECTPkts 99999999999999999999999\n", 0, UNKNOWN,
     UNKNOWN},
    {"a sum that does not fit", "ifIndex 7\nIp6InNoECTPkts 18446744073709551600\nIp6InCEPkts 100\n", 0, UNKNOWN,
     UNKNOWN},
    {"no numbers", "ifIndex 7\nIp6OutRequests x\nIp6InNoECTPkts -1\nIp6InCEPkts\nIp6InECT0Pkts \n", 0, UNKNOWN,
     UNKNOWN},
    {"more than a number", "ifIndex 7\nIp6OutRequests 5x\nIp6InNoECTPkts 5 6\n", 0, UNKNOWN, UNKNOWN},
    {"cut in a number", "ifIndex 7\nIp6InNoECTPkts 5\nIp6OutRequests 12", 0, 5, UNKNOWN},
    {"another interface", "ifIndex 8\nIp6InNoECTPkts 5\nIp6OutRequests 6\n", -ENODEV, UNKNOWN, UNKNOWN},
    {"another interface whose number begins alike", "ifIndex 77\nIp6OutRequests 6\n", -ENODEV, UNKNOWN, UNKNOWN},
    {"no interface", "Ip6InNoECTPkts 5\nIp6OutRequests 6\n", -ENODEV, UNKNOWN, UNKNOWN},
    {"nothing", "", -ENODEV, UNKNOWN, UNKNOWN},
    {"empty lines", "\n\n\nifIndex 7\n\n", 0, UNKNOWN, UNKNOWN},
};

static void by_name(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(texts); i++) {
    struct wt_ipv6_counter counter;

    check_int(texts[i].name, wt_ipv6_parse(texts[i].text, IFINDEX, &counter), texts[i].status);
    check_int(texts[i].name, counter.in_segments, texts[i].in_segments);
    check_int(texts[i].name, counter.out_packets, texts[i].out_packets);
  }
  check_done();
}

static void cut(void **state)
{
  const char *text = texts[0].text;

  (void)state;
  for (size_t length = 0; length <= strlen(text); length++) {
    char *copy = strndup(text, length);
    struct wt_ipv6_counter counter;

    assert_non_null(copy);
    wt_ipv6_parse(copy, IFINDEX, &counter);
    check("cut", counter.out_packets == 20 || !wt_known(counter.out_packets));
    free(copy);
  }
  check_done();
}

static void changed(void **state)
{
  size_t length = strlen(texts[0].text);
  struct random random = {6};

  (void)state;
  for (int i = 0; i < 20000; i++) {
    char *copy = strdup(texts[0].text);
    struct wt_ipv6_counter counter;

    assert_non_null(copy);
    for (int j = 0; j < 4; j++)
      copy[random_below(&random, length)] = (char)random_bits(&random);
    if (wt_ipv6_parse(copy, IFINDEX, &counter))
      check("changed", !wt_known(counter.in_segments) && !wt_known(counter.out_packets));
    free(copy);
  }
  check_done();
}

static void kernel(void **state)
{
  enum { SEGMENTS = 9, SIZE = 1000 };
  struct wt_ipv6_counter before, after;

  (void)state;
  own_network();
  if (wt_ipv6_read("lo", LOOPBACK, &before) == -ENOENT) {
    print_message("no IPv6 here: skipped\n");
    skip();
  }
  check_int("before", wt_ipv6_read("lo", LOOPBACK, &before), 0);
  own_network_send(AF_INET6, SEGMENTS, SIZE);
  check_int("after", wt_ipv6_read("lo", LOOPBACK, &after), 0);
  check_int("segments are received", after.in_segments - before.in_segments, SEGMENTS);
  check_int("packets are sent", after.out_packets - before.out_packets, 1);
  check_int("another has the name", wt_ipv6_read("lo", LOOPBACK + 1, &after), -ENODEV);
  check("another has the name", !wt_known(after.in_segments) && !wt_known(after.out_packets));
  check_int("nobody has it", wt_ipv6_read("wt-nobody", LOOPBACK, &after), -ENOENT);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(by_name),
      cmocka_unit_test(cut),
      cmocka_unit_test(changed),
      cmocka_unit_test(kernel),
  };

  return cmocka_run_group_tests_name("counter_ipv6", tests, NULL, NULL);
}
