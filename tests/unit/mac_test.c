/* SPDX-License-Identifier: MIT */
/* What the MAC counters of an answer are taken to be, and what the kernel answers for devices that have none. */
#include "check.h"

#include <errno.h>

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>

#include "mac.h"
#include "message.h"
#include "own_network.h"

enum { IFINDEX = 7 };

static struct nl_msg *new_answer(void)
{
  struct nl_msg *message = message_new_generic(ETHTOOL_MSG_STATS_GET_REPLY);
  struct nlattr *header = nla_nest_start(message, ETHTOOL_A_STATS_HEADER);

  nla_put_u32(message, ETHTOOL_A_HEADER_DEV_INDEX, IFINDEX);
  nla_put_string(message, ETHTOOL_A_HEADER_DEV_NAME, "eth7");
  nla_nest_end(message, header);
  return message;
}

static struct nlattr *begin_group(struct nl_msg *message, uint32_t id)
{
  struct nlattr *group = nla_nest_start(message, ETHTOOL_A_STATS_GRP);

  nla_put_u32(message, ETHTOOL_A_STATS_GRP_ID, id);
  nla_put_u32(message, ETHTOOL_A_STATS_GRP_SS_ID, 17 + id);
  return group;
}

static void put_statistic(struct nl_msg *message, int type, uint64_t count)
{
  struct nlattr *statistic = nla_nest_start(message, ETHTOOL_A_STATS_GRP_STAT);

  nla_put_u64(message, type, count);
  nla_nest_end(message, statistic);
}

static void put_range(struct nl_msg *message, int type, uint32_t low, uint32_t high, uint64_t count)
{
  struct nlattr *range = nla_nest_start(message, type);

  nla_put_u32(message, ETHTOOL_A_STATS_GRP_HIST_BKT_LOW, low);
  nla_put_u32(message, ETHTOOL_A_STATS_GRP_HIST_BKT_HI, high);
  nla_put_u64(message, ETHTOOL_A_STATS_GRP_HIST_VAL, count);
  nla_nest_end(message, range);
}

static void put_eth_mac(struct nl_msg *message, uint64_t rx, uint64_t tx)
{
  struct nlattr *group = begin_group(message, ETHTOOL_STATS_ETH_MAC);

  /* In the kernel's order, and with neighbours, octets among them, that must not be taken for frames. */
  if (wt_known(tx))
    put_statistic(message, ETHTOOL_A_STATS_ETH_MAC_2_TX_PKT, tx);
  put_statistic(message, ETHTOOL_A_STATS_ETH_MAC_3_SINGLE_COL, 1001);
  if (wt_known(rx))
    put_statistic(message, ETHTOOL_A_STATS_ETH_MAC_5_RX_PKT, rx);
  put_statistic(message, ETHTOOL_A_STATS_ETH_MAC_8_TX_BYTES, 1002);
  put_statistic(message, ETHTOOL_A_STATS_ETH_MAC_14_RX_BYTES, 1003);
  put_statistic(message, ETHTOOL_A_STATS_ETH_MAC_21_RX_MCAST, 1004);
  nla_nest_end(message, group);
}

static void expect(const char *row, struct nl_msg *message, int status, uint64_t rx, uint64_t tx)
{
  uint64_t frames[WT_DIRECTIONS];

  check_int(row, wt_mac_parse(nlmsg_hdr(message), IFINDEX, frames), status);
  check_int(row, frames[WT_RX], rx);
  check_int(row, frames[WT_TX], tx);
  nlmsg_free(message);
}

static void eth_mac(void **state)
{
  struct nl_msg *message;

  (void)state;
  message = new_answer();
  put_eth_mac(message, 5, 6);
  expect("both", message, 0, 5, 6);

  message = new_answer();
  put_eth_mac(message, WT_UNKNOWN, 6);
  expect("transmit only, which is type 0", message, 0, WT_UNKNOWN, 6);

  message = new_answer();
  put_eth_mac(message, 0, 0);
  expect("zeros are known", message, 0, 0, 0);

  message = new_answer();
  put_eth_mac(message, UINT64_MAX - 1, UINT64_C(1) << 32);
  expect("huge", message, 0, UINT64_MAX - 1, UINT64_C(1) << 32);

  message = new_answer();
  put_eth_mac(message, WT_UNKNOWN, WT_UNKNOWN);
  expect("other figures only", message, -EOPNOTSUPP, WT_UNKNOWN, WT_UNKNOWN);

  message = new_answer();
  nla_nest_end(message, begin_group(message, ETHTOOL_STATS_ETH_MAC));
  nla_nest_end(message, begin_group(message, ETHTOOL_STATS_RMON));
  expect("empty groups", message, -EOPNOTSUPP, WT_UNKNOWN, WT_UNKNOWN);

  expect("no groups", new_answer(), -EOPNOTSUPP, WT_UNKNOWN, WT_UNKNOWN);

  message = new_answer();
  put_eth_mac(message, 5, 6);
  put_eth_mac(message, 7, WT_UNKNOWN);
  expect("a group twice: the last word counts", message, 0, 7, 6);
  check_done();
}

static void foreign(void **state)
{
  struct nl_msg *message;
  struct nlattr *group, *statistic, *header;

  (void)state;
  /* The same types mean other things in other groups. */
  message = new_answer();
  group = begin_group(message, ETHTOOL_STATS_ETH_CTRL);
  put_statistic(message, ETHTOOL_A_STATS_ETH_MAC_2_TX_PKT, 1);
  nla_nest_end(message, group);
  group = begin_group(message, ETHTOOL_STATS_ETH_PHY);
  put_statistic(message, ETHTOOL_A_STATS_ETH_MAC_2_TX_PKT, 2);
  nla_nest_end(message, group);
  group = begin_group(message, 99);
  put_statistic(message, ETHTOOL_A_STATS_ETH_MAC_5_RX_PKT, 3);
  nla_nest_end(message, group);
  expect("other groups", message, -EOPNOTSUPP, WT_UNKNOWN, WT_UNKNOWN);

  message = new_answer();
  group = begin_group(message, ETHTOOL_STATS_ETH_MAC);
  statistic = nla_nest_start(message, ETHTOOL_A_STATS_GRP_STAT);
  nla_put_u32(message, ETHTOOL_A_STATS_ETH_MAC_5_RX_PKT, 5);
  nla_nest_end(message, statistic);
  nla_nest_end(message, group);
  expect("32 bits, which the kernel does not send here", message, -EOPNOTSUPP, WT_UNKNOWN, WT_UNKNOWN);

  message = new_answer();
  group = nla_nest_start(message, ETHTOOL_A_STATS_GRP);
  put_statistic(message, ETHTOOL_A_STATS_ETH_MAC_5_RX_PKT, 5);
  nla_nest_end(message, group);
  expect("a group without a name", message, -EOPNOTSUPP, WT_UNKNOWN, WT_UNKNOWN);

  message = message_new_generic(ETHTOOL_MSG_STATS_GET_REPLY);
  header = nla_nest_start(message, ETHTOOL_A_STATS_HEADER);
  nla_put_u32(message, ETHTOOL_A_HEADER_DEV_INDEX, IFINDEX + 1);
  nla_nest_end(message, header);
  put_eth_mac(message, 5, 6);
  expect("another device", message, -ENODEV, WT_UNKNOWN, WT_UNKNOWN);

  message = message_new_generic(ETHTOOL_MSG_STATS_GET_REPLY);
  put_eth_mac(message, 5, 6);
  expect("no device", message, -ENODEV, WT_UNKNOWN, WT_UNKNOWN);

  message = new_answer();
  put_eth_mac(message, 5, 6);
  genlmsg_hdr(nlmsg_hdr(message))->cmd = ETHTOOL_MSG_FEATURES_GET_REPLY;
  expect("an answer to something else", message, -ENODEV, WT_UNKNOWN, WT_UNKNOWN);
  check_done();
}

/* Ranges as drivers have them: 1 frame in the first, 2 in the second, 4 in the third and so on. */
static const struct {
  const char *name;
  uint32_t ranges[8][2];
  uint64_t oversize;
  uint64_t frames;
} histograms[] = {
    {"bnxt", {{0, 64}, {65, 127}, {128, 255}, {256, 511}, {512, 1023}, {1024, 1518}, {1519, 9216}}, WT_UNKNOWN, 127},
    {"standard sizes only", {{64, 64}, {65, 1518}}, WT_UNKNOWN, 3},
    {"standard sizes only, nothing longer", {{64, 64}, {65, 1522}}, 0, 3},
    {"something longer", {{64, 64}, {65, 1522}}, 1, WT_UNKNOWN},
    {"longer is in a range", {{64, 64}, {65, 1522}, {1523, 9000}}, 1, 7},
    {"a gap", {{64, 64}, {66, 1518}}, WT_UNKNOWN, WT_UNKNOWN},
    {"overlapping", {{64, 128}, {128, 1518}}, WT_UNKNOWN, WT_UNKNOWN},
    {"a range twice", {{64, 64}, {64, 64}, {65, 1518}}, WT_UNKNOWN, WT_UNKNOWN},
    {"the first is missing", {{65, 127}, {128, 1518}}, WT_UNKNOWN, WT_UNKNOWN},
    {"the last is missing", {{64, 64}, {65, 1023}}, WT_UNKNOWN, WT_UNKNOWN},
    {"backwards", {{64, 63}, {64, 1518}}, WT_UNKNOWN, WT_UNKNOWN},
    {"all sizes", {{0, UINT32_MAX}}, WT_UNKNOWN, WT_UNKNOWN},
};

static void rmon(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(histograms); i++) {
    for (int direction = 0; direction < WT_DIRECTIONS; direction++) {
      struct nl_msg *message = new_answer();
      struct nlattr *group = begin_group(message, ETHTOOL_STATS_RMON);
      uint64_t frames = histograms[i].frames;

      for (int j = 0; j < 8 && histograms[i].ranges[j][1]; j++)
        put_range(message, direction == WT_RX ? ETHTOOL_A_STATS_GRP_HIST_RX : ETHTOOL_A_STATS_GRP_HIST_TX,
                  histograms[i].ranges[j][0], histograms[i].ranges[j][1], UINT64_C(1) << j);
      if (wt_known(histograms[i].oversize))
        put_statistic(message, ETHTOOL_A_STATS_RMON_OVERSIZE, histograms[i].oversize);
      nla_nest_end(message, group);
      expect(histograms[i].name, message, wt_known(frames) ? 0 : -EOPNOTSUPP, direction == WT_RX ? frames : WT_UNKNOWN,
             direction == WT_TX ? frames : WT_UNKNOWN);
    }
  }
  check_done();
}

static void rmon_stands_in(void **state)
{
  struct nl_msg *message = new_answer();
  struct nlattr *group;

  (void)state;
  put_eth_mac(message, 5, WT_UNKNOWN);
  group = begin_group(message, ETHTOOL_STATS_RMON);
  put_range(message, ETHTOOL_A_STATS_GRP_HIST_RX, 0, 1518, 1);
  put_range(message, ETHTOOL_A_STATS_GRP_HIST_TX, 0, 1518, 2);
  nla_nest_end(message, group);
  expect("only where eth-mac has none", message, 0, 5, 2);

  message = new_answer();
  group = begin_group(message, ETHTOOL_STATS_RMON);
  put_range(message, ETHTOOL_A_STATS_GRP_HIST_RX, 0, 64, UINT64_MAX - 5);
  put_range(message, ETHTOOL_A_STATS_GRP_HIST_RX, 65, 1518, 6);
  put_range(message, ETHTOOL_A_STATS_GRP_HIST_TX, 0, 64, UINT64_MAX - 5);
  put_range(message, ETHTOOL_A_STATS_GRP_HIST_TX, 65, 1518, 4);
  nla_nest_end(message, group);
  expect("a sum that does not fit", message, 0, WT_UNKNOWN, UINT64_MAX - 1);
  check_done();
}

static void look(struct nlmsghdr *spoiled, bool changed)
{
  uint64_t frames[WT_DIRECTIONS];
  int status = wt_mac_parse(spoiled, IFINDEX, frames);

  /* What is cut short may say less, never something else. */
  check("cut", changed || frames[WT_RX] == 5 || !wt_known(frames[WT_RX]));
  check("cut", changed || frames[WT_TX] == 6 || !wt_known(frames[WT_TX]));
  check("any", (status == 0) == (wt_known(frames[WT_RX]) || wt_known(frames[WT_TX])));
}

static void spoiled(void **state)
{
  struct nl_msg *message = new_answer();
  struct nlattr *group;

  (void)state;
  put_eth_mac(message, 5, WT_UNKNOWN);
  group = begin_group(message, ETHTOOL_STATS_RMON);
  put_range(message, ETHTOOL_A_STATS_GRP_HIST_TX, 0, 64, 2);
  put_range(message, ETHTOOL_A_STATS_GRP_HIST_TX, 65, 1518, 4);
  nla_nest_end(message, group);
  message_spoil(message, look);
  nlmsg_free(message);
  check_done();
}

static void sleeping(void **state)
{
  (void)state;
  check("asleep", wt_mac_would_wake("suspended\n"));
  check("falling asleep", wt_mac_would_wake("suspending\n"));
  check("awake", !wt_mac_would_wake("active\n"));
  check("waking", !wt_mac_would_wake("resuming\n"));
  check("not managed", !wt_mac_would_wake("unsupported\n"));
  check("cannot be woken", !wt_mac_would_wake("error\n"));
  check("nothing", !wt_mac_would_wake(""));
  check_done();
}

static void kernel(void **state)
{
  uint64_t frames[WT_DIRECTIONS] = {1, 1};
  struct wt_error error = {0};
  struct wt_macs *macs;
  int status;

  (void)state;
  own_network();
  status = wt_macs_open(&macs, &error);
  if (status == -EOPNOTSUPP) {
    print_message("%s: skipped\n", error.text);
    skip();
  }
  check_int("open", status, 0);
  check_int("lo has a group, which is empty", wt_mac_read(macs, LOOPBACK, "lo", frames), -EOPNOTSUPP);
  check("lo", !wt_known(frames[WT_RX]) && !wt_known(frames[WT_TX]));
  check_int("none of that number", wt_mac_read(macs, 4711, "lo", frames), -ENODEV);
  check_int("the same socket goes on", wt_mac_read(macs, LOOPBACK, "renamed", frames), -EOPNOTSUPP);
  wt_macs_close(macs);
  wt_macs_close(NULL);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(eth_mac), cmocka_unit_test(foreign),  cmocka_unit_test(rmon),   cmocka_unit_test(rmon_stands_in),
      cmocka_unit_test(spoiled), cmocka_unit_test(sleeping), cmocka_unit_test(kernel),
  };

  return cmocka_run_group_tests_name("mac", tests, NULL, NULL);
}
