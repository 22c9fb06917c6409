/* SPDX-License-Identifier: MIT */
/* What a driver's queue statistics are taken to be. */
#include "check.h"

#include <errno.h>

#include "message.h"
#include "own_network.h"
#include "queue.h"

/* Of the kernel's include/uapi/linux/netdev.h, written down here a second time on purpose. */
enum { QSTATS_GET = 12, IFINDEX = 7 };
enum { A_IFINDEX = 1, A_QUEUE_TYPE = 2, A_QUEUE_ID = 3, A_RX_ALLOC_FAIL = 12, A_TX_WAKE = 34 };

/* Each figure's attribute, and a value that is its own. */
static const struct {
  int type;
  uint64_t value;
} figures[] = {{8, 800},   {9, 900},   {19, 1900}, {21, 2100}, {20, 2000}, {22, 2200},
               {10, 1000}, {11, 1100}, {28, 2800}, {30, 3000}, {29, 2900}, {31, 3100}};

static struct nl_msg *new_answer(uint32_t ifindex)
{
  struct nl_msg *message = message_new_generic(QSTATS_GET);

  nla_put_u32(message, A_IFINDEX, ifindex);
  return message;
}

static uint64_t figure(const struct wt_queue_counter counter[WT_DIRECTIONS], size_t i)
{
  const struct wt_queue_counter *of = &counter[i < 6 ? WT_RX : WT_TX];
  const uint64_t values[] = {of->packets,       of->octets,        of->merged_packets,
                             of->merged_frames, of->merged_octets, of->merged_wire_octets};

  return values[i % 6];
}

static void check_unknown(const char *row, const struct wt_queue_counter counter[WT_DIRECTIONS])
{
  for (size_t i = 0; i < CHECK_COUNT(figures); i++)
    check(row, !wt_known(figure(counter, i)));
}

static void each_figure(void **state)
{
  struct wt_queue_counter counter[WT_DIRECTIONS];
  struct nl_msg *message = new_answer(IFINDEX);

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(figures); i++)
    nla_put_u32(message, figures[i].type, (uint32_t)figures[i].value);
  check_int("all", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), 0);
  for (size_t i = 0; i < CHECK_COUNT(figures); i++)
    check_int("all", figure(counter, i), figures[i].value);
  nlmsg_free(message);

  for (size_t i = 0; i < CHECK_COUNT(figures); i++) {
    message = new_answer(IFINDEX);
    nla_put_u64(message, figures[i].type, UINT64_C(0x123456789abc) + i);
    check_int("one", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), 0);
    for (size_t j = 0; j < CHECK_COUNT(figures); j++)
      check_int("one", figure(counter, j), i == j ? UINT64_C(0x123456789abc) + i : WT_UNKNOWN);
    nlmsg_free(message);
  }
  check_done();
}

/* What virtio_net fills without the device's own statistics. */
static void without_merged(void **state)
{
  struct wt_queue_counter counter[WT_DIRECTIONS];
  struct nl_msg *message = new_answer(IFINDEX);

  (void)state;
  nla_put_u32(message, 8, 0);
  nla_put_u64(message, 9, UINT64_MAX - 1);
  nla_put_u32(message, 10, UINT32_MAX);
  nla_put_u32(message, 11, 4);
  nla_put_u32(message, A_TX_WAKE, 5);
  check_int("virtio", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), 0);
  check_int("virtio", counter[WT_RX].packets, 0);
  check_int("virtio", counter[WT_RX].octets, UINT64_MAX - 1);
  check_int("virtio", counter[WT_TX].packets, UINT32_MAX);
  check_int("virtio", counter[WT_TX].octets, 4);
  check("virtio", !wt_known(counter[WT_RX].merged_packets) && !wt_known(counter[WT_TX].merged_frames));
  nlmsg_free(message);
  check_done();
}

static void not_of_the_device(void **state)
{
  struct wt_queue_counter counter[WT_DIRECTIONS];
  struct nl_msg *message;

  (void)state;
  message = new_answer(IFINDEX + 1);
  nla_put_u32(message, 8, 1);
  check_int("another device", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), -ENODEV);
  check_unknown("another device", counter);
  nlmsg_free(message);

  message = message_new_generic(QSTATS_GET);
  nla_put_u32(message, 8, 1);
  check_int("no device", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), -ENODEV);
  nlmsg_free(message);

  message = new_answer(IFINDEX);
  nla_put_u32(message, A_QUEUE_TYPE, 0);
  nla_put_u32(message, A_QUEUE_ID, 0);
  nla_put_u32(message, 8, 1);
  check_int("one queue", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), -ENODEV);
  check_unknown("one queue", counter);
  nlmsg_free(message);

  message = message_new_generic(QSTATS_GET - 1);
  nla_put_u32(message, A_IFINDEX, IFINDEX);
  nla_put_u32(message, 8, 1);
  check_int("something else", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), -ENODEV);
  nlmsg_free(message);
  check_done();
}

static void nothing_in_it(void **state)
{
  struct wt_queue_counter counter[WT_DIRECTIONS];
  struct nl_msg *message;

  (void)state;
  message = new_answer(IFINDEX);
  check_int("empty", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), -EOPNOTSUPP);
  check_unknown("empty", counter);
  nla_put_u32(message, A_RX_ALLOC_FAIL, 3);
  nla_put_u32(message, 99, 3);
  check_int("others", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), -EOPNOTSUPP);
  nla_put_u16(message, 8, 3);
  check_int("16 bits", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), -EOPNOTSUPP);
  nla_put(message, 8, 12, "012345678901");
  check_int("96 bits", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), -EOPNOTSUPP);
  check_unknown("96 bits", counter);
  nla_put_u32(message, 8, 3);
  nla_put_u32(message, 8, 4);
  check_int("the last word counts", wt_queue_parse(nlmsg_hdr(message), IFINDEX, counter), 0);
  check_int("the last word counts", counter[WT_RX].packets, 4);
  nlmsg_free(message);
  check_done();
}

static void look(struct nlmsghdr *spoiled, bool changed)
{
  struct wt_queue_counter counter[WT_DIRECTIONS];
  int status = wt_queue_parse(spoiled, IFINDEX, counter);

  for (size_t i = 0; i < CHECK_COUNT(figures); i++) {
    check("cut", changed || figure(counter, i) == figures[i].value || !wt_known(figure(counter, i)));
    check("any", status == 0 || !wt_known(figure(counter, i)));
  }
}

static void spoiled(void **state)
{
  struct nl_msg *message = new_answer(IFINDEX);

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(figures); i++) {
    if (i % 2)
      nla_put_u64(message, figures[i].type, figures[i].value);
    else
      nla_put_u32(message, figures[i].type, (uint32_t)figures[i].value);
  }
  message_spoil(message, look);
  nlmsg_free(message);
  check_done();
}

static void kernel(void **state)
{
  struct wt_queue_counter counter[WT_DIRECTIONS];
  struct wt_error error = {0};
  struct wt_queues *queues;
  int status;

  (void)state;
  own_network();
  status = wt_queues_open(&queues, &error);
  if (status == -EOPNOTSUPP) {
    print_message("%s: skipped\n", error.text);
    skip();
  }
  check_int("open", status, 0);
  check_int("lo has none", wt_queue_read(queues, LOOPBACK, counter), -EOPNOTSUPP);
  check_unknown("lo has none", counter);
  check("none of that number", wt_queue_read(queues, 4711, counter) != 0);
  wt_queues_close(queues);
  wt_queues_close(NULL);
  check_done();
}

static void merged_packets_are_put_back(void **state)
{
  static const struct {
    const char *what;
    struct wt_queue_counter counter;
    uint64_t frames, octets;
  } rows[] = {
      /* 900 as they were, and 100 packets of 40 frames, whose 3,900 further frames have headers of 66 octets. */
      {"all filled", {1000, 6000000, 100, 4000, 5800000, 6057400}, 4900, 6257400},
      {"nothing merged", {1000, 1000000, 0, 0, 0, 0}, 1000, 1000000},
      {"only how many were merged", {1000, 1000000, 100, WT_UNKNOWN, WT_UNKNOWN, WT_UNKNOWN}, WT_UNKNOWN, WT_UNKNOWN},
      {"only the frames of them", {1000, 1000000, WT_UNKNOWN, 4000, WT_UNKNOWN, 9}, WT_UNKNOWN, WT_UNKNOWN},
      {"frames without octets", {1000, 1000000, 100, 4000, WT_UNKNOWN, WT_UNKNOWN}, 4900, WT_UNKNOWN},
      {"more merged than there were", {50, 1000000, 100, 4000, 2000000, 9}, WT_UNKNOWN, WT_UNKNOWN},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    uint64_t frames, octets;

    wt_queue_wire(&rows[i].counter, &frames, &octets);
    check_int(rows[i].what, frames, rows[i].frames);
    check_int(rows[i].what, octets, rows[i].octets);
  }
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(merged_packets_are_put_back),
      cmocka_unit_test(each_figure),
      cmocka_unit_test(without_merged),
      cmocka_unit_test(not_of_the_device),
      cmocka_unit_test(nothing_in_it),
      cmocka_unit_test(spoiled),
      cmocka_unit_test(kernel),
  };

  return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
