/* SPDX-License-Identifier: MIT */
/* The segment size of a real connection, beside what the kernel tells the owner of each of its sockets. */
#include "own_network.h"

#include <netinet/tcp.h>
#include <string.h>

#include "flow.h"

enum { SEGMENT = 700, TIMES = 50 };

struct connection {
  int client, server;
  struct wt_flow_key key; /* of what the client sends */
};

static void pass(const struct connection *connection)
{
  char octets[SEGMENT * 4] = {0};

  for (int i = 0; i < TIMES; i++) {
    size_t got = 0;

    assert_int_equal(send(connection->client, octets, sizeof(octets), 0), sizeof(octets));
    while (got < sizeof(octets)) {
      ssize_t more = recv(connection->server, octets, sizeof(octets) - got, 0);

      assert_true(more > 0);
      got += (size_t)more;
    }
  }
}

static struct connection connect_over_lo(void)
{
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, from = {0};
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), size = SEGMENT;
  struct connection connection = {.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  socklen_t length = sizeof(to), from_length = sizeof(from);

  assert_true(listener >= 0 && connection.client >= 0);
  assert_int_equal(setsockopt(listener, IPPROTO_TCP, TCP_MAXSEG, &size, sizeof(size)), 0);
  assert_int_equal(bind(listener, (struct sockaddr *)&to, length), 0);
  assert_int_equal(listen(listener, 1), 0);
  assert_int_equal(getsockname(listener, (struct sockaddr *)&to, &length), 0);
  assert_int_equal(connect(connection.client, (struct sockaddr *)&to, length), 0);
  connection.server = accept(listener, (struct sockaddr *)&from, &from_length);
  assert_true(connection.server >= 0);
  close(listener);
  connection.key =
      (struct wt_flow_key){.family = 0x0800, .source_port = ntohs(from.sin_port), .target_port = ntohs(to.sin_port)};
  memcpy(connection.key.source, &from.sin_addr, sizeof(from.sin_addr));
  memcpy(connection.key.target, &to.sin_addr, sizeof(to.sin_addr));
  return connection;
}

static struct tcp_info info_of(int fd)
{
  struct tcp_info info = {0};
  socklen_t length = sizeof(info);

  assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length), 0);
  return info;
}

static void each_direction_has_its_socket(void **state)
{
  struct wt_flow_key other;
  struct connection connection;
  struct tcp_info client, server;
  struct wt_flows *flows;
  struct wt_error error = {0};

  (void)state;
  own_network();
  connection = connect_over_lo();
  pass(&connection);
  client = info_of(connection.client);
  server = info_of(connection.server);
  /* Or no exchange of the two would be noticed. */
  assert_true(client.tcpi_snd_mss != client.tcpi_rcv_mss && client.tcpi_rcv_mss != server.tcpi_rcv_mss);
  assert_int_equal(wt_flows_open(&flows, &error), 0);
  assert_int_equal(wt_flows_read(flows), 0);
  check_int("the sender's", wt_flows_segment_size(flows, &connection.key, WT_TX), client.tcpi_snd_mss);
  check_int("the receiver's", wt_flows_segment_size(flows, &connection.key, WT_RX), server.tcpi_rcv_mss);

  other = connection.key;
  other.target_port++;
  check_int("nobody's", wt_flows_segment_size(flows, &other, WT_TX), 0);
  check_int("without a table", wt_flows_segment_size(NULL, &connection.key, WT_TX), 0);

  close(connection.client);
  close(connection.server);
  assert_int_equal(wt_flows_read(flows), 0);
  check_int("after its end", wt_flows_segment_size(flows, &connection.key, WT_TX), client.tcpi_snd_mss);
  /* The kernel tells of the end when the last work on it is done, which may be a while. */
  for (int i = 0; i < 1000 && wt_flows_segment_size(flows, &connection.key, WT_TX); i++) {
    assert_int_equal(wt_flows_read(flows), 0);
    usleep(1000);
  }
  check_int("long after it", wt_flows_segment_size(flows, &connection.key, WT_TX), 0);
  wt_flows_close(flows);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_direction_has_its_socket),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
