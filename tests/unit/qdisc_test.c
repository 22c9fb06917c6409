/* SPDX-License-Identifier: MIT */
/* What the figures of a root queue discipline are taken to be, and that they are what was sent through it. */
#include "check.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "message.h"
#include "netlink.h"
#include "own_network.h"
#include "qdisc.h"

enum { IFINDEX = 7, HANDLE = 0x10010000 };

static struct nl_msg *new_answer(const char *kind)
{
  struct tcmsg header = {.tcm_ifindex = IFINDEX, .tcm_parent = TC_H_ROOT, .tcm_handle = HANDLE, .tcm_info = 2};
  struct nl_msg *message = message_new(RTM_NEWQDISC);

  nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO);
  if (kind)
    nla_put_string(message, TCA_KIND, kind);
  return message;
}

/* As the kernel does: 12 octets without the structure's padding. */
static void put_basic(struct nl_msg *message, int type, uint64_t octets, uint32_t packets)
{
  struct gnet_stats_basic basic = {.bytes = octets, .packets = packets};

  nla_put(message, type, (int)(offsetof(struct gnet_stats_basic, packets) + sizeof(basic.packets)), &basic);
}

static void put_old(struct nl_msg *message, uint64_t octets, uint32_t packets)
{
  struct tc_stats stats = {.bytes = octets, .packets = packets, .qlen = 15};

  nla_put(message, TCA_STATS, sizeof(stats), &stats);
}

static void expect(const char *row, struct nl_msg *message, int status, uint64_t packets, uint64_t octets)
{
  struct wt_qdisc_counter counter;

  check_int(row, wt_qdisc_parse(nlmsg_hdr(message), IFINDEX, &counter), status);
  check_int(row, counter.packets, packets);
  check_int(row, counter.octets, octets);
  if (status == 0) {
    check_int(row, counter.handle, HANDLE);
    check(row, counter.kind[0]);
  }
  nlmsg_free(message);
}

static void figures(void **state)
{
  struct nl_msg *message;
  struct nlattr *nest;

  (void)state;
  message = new_answer("pfifo");
  put_old(message, 1, 2);
  nest = nla_nest_start(message, TCA_STATS2);
  put_basic(message, TCA_STATS_BASIC, 5000, 50);
  nla_nest_end(message, nest);
  expect("the nested ones come first", message, 0, 50, 5000);

  message = new_answer("pfifo");
  nest = nla_nest_start(message, TCA_STATS2);
  put_basic(message, TCA_STATS_BASIC, UINT64_C(1) << 50, 7);
  nla_put_u64(message, TCA_STATS_PKT64, (UINT64_C(5) << 32) + 7);
  nla_nest_end(message, nest);
  expect("more packets than fit in 32 bits", message, 0, (UINT64_C(5) << 32) + 7, UINT64_C(1) << 50);

  message = new_answer("htb");
  nest = nla_nest_start(message, TCA_STATS2);
  put_basic(message, TCA_STATS_BASIC, 5000, 50);
  put_basic(message, TCA_STATS_BASIC_HW, 9000, 8);
  nla_put_u64(message, TCA_STATS_PKT64, (UINT64_C(1) << 32) + 8);
  nla_nest_end(message, nest);
  expect("more packets of the hardware's part", message, 0, 50, 5000);

  message = new_answer("pfifo");
  nest = nla_nest_start(message, TCA_STATS2);
  put_basic(message, TCA_STATS_BASIC, UINT64_MAX - 1, UINT32_MAX);
  nla_nest_end(message, nest);
  expect("huge", message, 0, UINT32_MAX, UINT64_MAX - 1);

  message = new_answer("a_kind_with_a_name_that_is_too_long");
  put_old(message, 5000, 50);
  expect("the old ones only", message, 0, 50, 5000);

  message = new_answer("pfifo");
  put_old(message, 5000, 50);
  nla_nest_end_keep_empty(message, nla_nest_start(message, TCA_STATS2));
  expect("nothing nested", message, 0, 50, 5000);

  message = new_answer("pfifo");
  nest = nla_nest_start(message, TCA_STATS2);
  put_basic(message, TCA_STATS_BASIC, 1, 1);
  put_basic(message, TCA_STATS_BASIC, 5000, 50);
  nla_put_u32(message, 99, 1);
  nla_nest_end(message, nest);
  expect("twice: the last word counts", message, 0, 50, 5000);

  message = new_answer("pfifo");
  nest = nla_nest_start(message, TCA_STATS2);
  nla_put_u64(message, TCA_STATS_BASIC, 1);
  nla_nest_end(message, nest);
  nla_put_u64(message, TCA_STATS, 1);
  expect("too short", message, -EOPNOTSUPP, WT_UNKNOWN, WT_UNKNOWN);

  expect("none", new_answer("pfifo"), -EOPNOTSUPP, WT_UNKNOWN, WT_UNKNOWN);
  check_done();
}

static void not_it(void **state)
{
  struct nl_msg *message;

  (void)state;
  message = new_answer("noqueue");
  put_old(message, 0, 0);
  expect("noqueue's zeros are no count", message, -EOPNOTSUPP, WT_UNKNOWN, WT_UNKNOWN);

  message = new_answer(NULL);
  put_old(message, 1, 2);
  expect("no kind", message, -ENODEV, WT_UNKNOWN, WT_UNKNOWN);

  message = new_answer("pfifo");
  put_old(message, 1, 2);
  ((struct tcmsg *)nlmsg_data(nlmsg_hdr(message)))->tcm_ifindex = IFINDEX + 1;
  expect("another interface", message, -ENODEV, WT_UNKNOWN, WT_UNKNOWN);

  message = new_answer("pfifo");
  put_old(message, 1, 2);
  ((struct tcmsg *)nlmsg_data(nlmsg_hdr(message)))->tcm_parent = 0x10001;
  expect("a child", message, -ENODEV, WT_UNKNOWN, WT_UNKNOWN);

  message = new_answer("ingress");
  put_old(message, 1, 2);
  ((struct tcmsg *)nlmsg_data(nlmsg_hdr(message)))->tcm_parent = TC_H_INGRESS;
  expect("the receiving side", message, -ENODEV, WT_UNKNOWN, WT_UNKNOWN);

  message = new_answer("pfifo");
  put_old(message, 1, 2);
  nlmsg_hdr(message)->nlmsg_type = RTM_DELQDISC;
  expect("one that went", message, -ENODEV, WT_UNKNOWN, WT_UNKNOWN);
  check_done();
}

static void look(struct nlmsghdr *spoiled, bool changed)
{
  struct wt_qdisc_counter counter;
  int status = wt_qdisc_parse(spoiled, IFINDEX, &counter);

  check("any", memchr(counter.kind, '\0', sizeof(counter.kind)) != NULL);
  check("any", status == 0 || (!wt_known(counter.packets) && !wt_known(counter.octets)));
  check("cut", changed || status || (counter.octets == 5000 && (uint32_t)counter.packets == 50));
}

static void spoiled(void **state)
{
  struct nl_msg *message = new_answer("fq_codel");
  struct nlattr *nest;

  (void)state;
  put_old(message, 5000, 50);
  nest = nla_nest_start(message, TCA_STATS2);
  put_basic(message, TCA_STATS_BASIC, 5000, 50);
  nla_put_u64(message, TCA_STATS_PKT64, (UINT64_C(5) << 32) + 50);
  nla_nest_end(message, nest);
  message_spoil(message, look);
  nlmsg_free(message);
  check_done();
}

struct found {
  int count, ifindex;
  struct wt_qdisc_counter counter;
};

static bool take(void *context, int ifindex, const struct wt_qdisc_counter *counter)
{
  struct found *found = context;

  if (!counter)
    return true;
  found->count++;
  found->ifindex = ifindex;
  found->counter = *counter;
  return true;
}

/* Nothing but what this sends may be in the figures. */
static void without_ipv6(void)
{
  FILE *file = fopen("/proc/sys/net/ipv6/conf/lo/disable_ipv6", "we");

  if (!file)
    return;
  fputs("1\n", file);
  fclose(file);
}

/* tc's handle 7: on lo. False where it cannot. */
static bool add_pfifo(void)
{
  char *const arguments[] = {"tc", "qdisc", "add", "dev", "lo", "root", "handle", "7:", "pfifo", NULL};
  int ended;
  pid_t tc;

  return posix_spawnp(&tc, arguments[0], NULL, NULL, arguments, environ) == 0 && waitpid(tc, &ended, 0) == tc &&
         WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
}

static void kernel(void **state)
{
  enum { SEGMENTS = 9, SIZE = 1000, HEADERS = 14 + 20 + 8 };
  struct wt_qdisc_counter before, after;
  struct found found = {0};
  struct wt_error error = {0};
  struct nl_sock *socket;

  (void)state;
  own_network();
  without_ipv6();
  socket = wt_netlink_open(NETLINK_ROUTE, &error);
  assert_non_null(socket);
  check_int("lo has noqueue", wt_qdiscs_read(socket, take, &found), 0);
  check_int("lo has noqueue", found.count, 0);
  if (!add_pfifo()) {
    nl_socket_free(socket);
    print_message("no tc that may add a pfifo: skipped\n");
    skip();
  }
  check_int("before", wt_qdiscs_read(socket, take, &found), 0);
  check_int("before", found.count, 1);
  check_int("before", found.ifindex, LOOPBACK);
  before = found.counter;
  own_network_send(AF_INET, SEGMENTS, SIZE);
  check_int("after", wt_qdiscs_read(socket, take, &found), 0);
  after = found.counter;
  check_text("pfifo", after.kind, "pfifo");
  check_int("pfifo", after.handle, 7 << 16);
  check_int("one for each segment", after.packets - before.packets, SEGMENTS);
  check_int("with the headers of each", after.octets - before.octets, SEGMENTS * (SIZE + HEADERS));
  nl_socket_free(socket);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(figures),
      cmocka_unit_test(not_it),
      cmocka_unit_test(spoiled),
      cmocka_unit_test(kernel),
  };

  return cmocka_run_group_tests_name("qdisc", tests, NULL, NULL);
}
