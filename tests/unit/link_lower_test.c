/* SPDX-License-Identifier: MIT */
/* Which device is said to be below one that others name as their master, on interfaces of the test's own. */
#include "own_network.h"

#include "link.h"

enum { PORTS = 3 };

/* The ifindex of the device below br0, in a namespace in which that many devices are its ports. */
static int below_bridge(struct wt_links *links, bool *stacked)
{
  const struct wt_link *table, *bridge;
  size_t count;

  assert_int_equal(wt_links_read(links, &table, &count, NULL), 0);
  bridge = wt_link_find(table, count, (int)if_nametoindex("br0"));
  assert_non_null(bridge);
  *stacked = bridge->stacked;
  return bridge->lower;
}

static bool run(const char *command)
{
  return system(command) == 0; // NOLINT(cert-env33-c,concurrency-mt-unsafe): of the test's own words
}

static void the_only_port_is_below(void **state)
{
  struct wt_links *links;
  int port[PORTS];
  bool stacked;

  (void)state;
  own_network();
  if (!run("ip link add port0 type veth && ip link add br0 type bridge && ip link add port1 type veth &&"
           "ip link add port2 type veth")) {
    print_message("ip cannot make a bridge and what is below: skipped\n");
    skip();
  }
  for (int i = 0; i < PORTS; i++)
    port[i] = (int)if_nametoindex((const char *[]){"port0", "port1", "port2"}[i]);
  assert_int_equal(wt_links_open(&links, NULL), 0);
  check_int("no port", below_bridge(links, &stacked), 0);
  check("no port", stacked);
  assert_true(run("ip link set port1 master br0"));
  check_int("one port", below_bridge(links, &stacked), port[1]);
  assert_true(run("ip link set port0 master br0"));
  check_int("two ports", below_bridge(links, &stacked), 0);
  check("two ports", stacked);
  assert_true(run("ip link set port2 master br0"));
  check_int("three ports", below_bridge(links, &stacked), 0);
  assert_true(run("ip link set port2 nomaster"));
  assert_true(run("ip link set port1 nomaster"));
  check_int("one of three", below_bridge(links, &stacked), port[0]);
  wt_links_close(links);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_only_port_is_below)};

  return cmocka_run_group_tests(tests, NULL, NULL);
}
