/* SPDX-License-Identifier: MIT */
/* What sock_diag says of a connection: structs of every length that a kernel may send, and messages that are damaged.
 */
#include "message.h"

#include <linux/if_ether.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>

#include "socket.h"

/* struct tcp_info as the kernel lays it out: offsets by linux/tcp.h, which must not be included beside libnl. */
enum {
  INFO_LENGTH = 232, /* of Linux 5.10 and 6.1 */
  LAST_DATA_SENT = 44,
  LAST_DATA_RECV = 52,
  LAST_ACK_RECV = 56,
  SND_MSS = 16,
  RCV_MSS = 20,
  TOTAL_RETRANS = 100,
  BYTES_ACKED = 120,
  BYTES_RECEIVED = 128,
  SEGS_OUT = 136,
  SEGS_IN = 140,
  DELIVERED = 192,
  BYTES_RETRANS = 208,
};

static void put32(uint8_t *info, size_t offset, uint32_t value)
{
  memcpy(info + offset, &value, sizeof(value));
}

static void put64(uint8_t *info, size_t offset, uint64_t value)
{
  memcpy(info + offset, &value, sizeof(value));
}

static void fill(uint8_t info[INFO_LENGTH])
{
  memset(info, 0, INFO_LENGTH);
  put32(info, SND_MSS, 1448);
  put32(info, RCV_MSS, 536);
  put32(info, LAST_DATA_SENT, 700);
  put32(info, LAST_DATA_RECV, 500);
  put32(info, LAST_ACK_RECV, 600);
  put32(info, TOTAL_RETRANS, 3);
  put64(info, BYTES_ACKED, 5000000000);
  put64(info, BYTES_RECEIVED, 7);
  put32(info, SEGS_OUT, 4000000000);
  put32(info, SEGS_IN, 11);
  put32(info, DELIVERED, 13);
  put64(info, BYTES_RETRANS, 17);
}

static struct inet_diag_msg diag_of(uint8_t family)
{
  struct inet_diag_msg diag = {.idiag_family = family, .idiag_state = 1};

  diag.id.idiag_sport = htons(22);
  diag.id.idiag_dport = htons(4000);
  diag.id.idiag_if = 9;
  diag.id.idiag_cookie[0] = 5;
  diag.id.idiag_cookie[1] = 1;
  return diag;
}

static struct nl_msg *message_of(const struct inet_diag_msg *diag, size_t info_length)
{
  uint8_t info[INFO_LENGTH];
  struct nl_msg *message = message_new(SOCK_DIAG_BY_FAMILY);

  fill(info);
  assert_int_equal(nlmsg_append(message, (void *)diag, sizeof(*diag), NLMSG_ALIGNTO), 0);
  if (info_length)
    assert_int_equal(nla_put(message, INET_DIAG_INFO, (int)info_length, info), 0);
  return message;
}

/* Each figure is there from the length at which the kernel sends the whole of it. */
static void older_kernels_send_less(void **state)
{
  static const struct {
    const char *what;
    size_t length;
    int acknowledged, segments_out, segments_in, delivered, again;
  } rows[] = {
      {"Linux 3.2", 104, 0, 0, 0, 0, 0},
      {"one octet short of bytes_acked", 127, 0, 0, 0, 0, 0},
      {"bytes_acked as a whole", 128, 1, 0, 0, 0, 0},
      {"half of segs_out", 138, 1, 0, 0, 0, 0},
      {"segs_out", 140, 1, 1, 0, 0, 0},
      {"Linux 4.2", 144, 1, 1, 1, 0, 0},
      {"Linux 4.18: delivered", 196, 1, 1, 1, 1, 0},
      {"half of bytes_retrans", 212, 1, 1, 1, 1, 0},
      {"bytes_retrans", 216, 1, 1, 1, 1, 1},
      {"Linux 6.1", INFO_LENGTH, 1, 1, 1, 1, 1},
  };
  uint8_t info[INFO_LENGTH];

  (void)state;
  fill(info);
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_socket socket = {0};
    uint8_t *exact = malloc(rows[i].length);

    assert_non_null(exact);
    memcpy(exact, info, rows[i].length);
    wt_socket_take_info(exact, rows[i].length, &socket);
    check_int(rows[i].what, socket.acknowledged, rows[i].acknowledged ? 5000000000 : (long long)WT_UNKNOWN);
    check_int(rows[i].what, socket.segments[WT_TX], rows[i].segments_out ? 4000000000 : (long long)WT_UNKNOWN);
    check_int(rows[i].what, socket.segments[WT_RX], rows[i].segments_in ? 11 : (long long)WT_UNKNOWN);
    check_int(rows[i].what, socket.delivered, rows[i].delivered ? 13 : (long long)WT_UNKNOWN);
    check_int(rows[i].what, socket.retransmitted_octets, rows[i].again ? 17 : (long long)WT_UNKNOWN);
    check_int(rows[i].what, socket.retransmitted, 3);
    check_int(rows[i].what, socket.quiet, 500);
    check_int(rows[i].what, socket.send_mss, 1448);
    free(exact);
  }
  check_done();
}

static void newer_kernels_send_more(void **state)
{
  uint8_t info[INFO_LENGTH + 100];
  struct wt_socket socket = {0};

  (void)state;
  memset(info, 0xff, sizeof(info));
  fill(info);
  wt_socket_take_info(info, sizeof(info), &socket);
  check_int("longer than we know", socket.retransmitted_octets, 17);
  wt_socket_take_info(info, 0, &socket);
  check_int("nothing at all", socket.quiet, WT_UNKNOWN);
  check_int("nothing at all", socket.segments[WT_RX], WT_UNKNOWN);
  check_done();
}

static void a_connection_has_its_identity(void **state)
{
  struct inet_diag_msg diag = diag_of(AF_INET6);
  struct nl_msg *message = NULL;
  struct wt_socket socket;

  (void)state;
  diag.id.idiag_src[2] = htonl(0xffff);
  diag.id.idiag_src[3] = htonl(0x0a000001);
  message = message_of(&diag, INFO_LENGTH);
  check("mapped", wt_socket_parse(nlmsg_hdr(message), &socket));
  check_int("an IPv6 socket that speaks IPv4", socket.key.family, ETH_P_IP);
  check_int("its address", socket.key.source[0], 10);
  check_int("its port", socket.key.source_port, 22);
  check_int("its device", socket.device, 9);
  check_int("its cookie", socket.cookie, (1LL << 32) + 5);
  check_int("its segments", socket.segments[WT_RX], 11);
  nlmsg_free(message);
  check_done();
}

static void what_is_no_connection_is_passed_over(void **state)
{
  struct inet_diag_msg diag = diag_of(AF_INET);
  struct nl_msg *message = message_of(&diag, 0);
  struct wt_socket socket;

  (void)state;
  check("without an account: TIME_WAIT, or not accepted yet", !wt_socket_parse(nlmsg_hdr(message), &socket));
  nlmsg_free(message);
  diag.idiag_state = 10;
  message = message_of(&diag, INFO_LENGTH);
  check("listening", !wt_socket_parse(nlmsg_hdr(message), &socket));
  nlmsg_free(message);
  diag = diag_of(AF_UNIX);
  message = message_of(&diag, INFO_LENGTH);
  check("of another family", !wt_socket_parse(nlmsg_hdr(message), &socket));
  nlmsg_hdr(message)->nlmsg_type = NLMSG_MIN_TYPE;
  check("another message", !wt_socket_parse(nlmsg_hdr(message), &socket));
  nlmsg_free(message);
  check_done();
}

static void look(struct nlmsghdr *spoiled, bool changed)
{
  struct wt_socket socket;

  (void)changed;
  if (wt_socket_parse(spoiled, &socket))
    check("spoiled", socket.key.family == ETH_P_IP || socket.key.family == ETH_P_IPV6);
}

static void damaged_messages_do_no_harm(void **state)
{
  const struct inet_diag_msg diag = diag_of(AF_INET);
  struct nl_msg *message = message_of(&diag, INFO_LENGTH);

  (void)state;
  message_spoil(message, look);
  nlmsg_free(message);
  check_done();
}

static void counts_of_32_bits_wrap(void **state)
{
  (void)state;
  check_int("on", wt_socket_since(5, 12, false), 7);
  check_int("wrapped", wt_socket_since(UINT32_MAX - 1, 3, false), 5);
  check_int("wide", wt_socket_since(5, 5000000000, true), 4999999995);
  check_int("wide, back", wt_socket_since(7, 5, true), 0);
  check_int("unknown before", wt_socket_since(WT_UNKNOWN, 5, false), WT_UNKNOWN);
  check_int("unknown after", wt_socket_since(0, WT_UNKNOWN, true), WT_UNKNOWN);
  check_done();
}

int main(void)
{
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(older_kernels_send_less),       cmocka_unit_test(newer_kernels_send_more),
      cmocka_unit_test(a_connection_has_its_identity), cmocka_unit_test(what_is_no_connection_is_passed_over),
      cmocka_unit_test(damaged_messages_do_no_harm),   cmocka_unit_test(counts_of_32_bits_wrap),
  };

  return cmocka_run_group_tests_name("socket", tests, NULL, NULL);
}
