/* SPDX-License-Identifier: MIT */
/*
 * Answers of the kernel: links, addresses, counters, queues, offloads, drivers, sockets, queueing. The first octet says
 * who asks. With FUZZ_RECORD=DIRECTORY the real kernel answers instead, and what it says is kept there.
 */
#include <math.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "address.h"
#include "counter.h"
#include "driver_info.h"
#include "flow.h"
#include "fuzz.h"
#include "kernel.h"
#include "link.h"
#include "mac.h"
#include "netlink.h"
#include "offload_set.h"
#include "qdisc.h"
#include "queue.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Which interfaces are asked about where one has to be. */
enum { FIRST_INTERFACE = 1, LAST_INTERFACE = 4 };

static void must_be_errno(int status)
{
  fuzz_must(status <= 0 && status > -4096);
}

static void links_must_hold(const struct wt_link *table, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    fuzz_must(memchr(table[i].name, '\0', sizeof(table[i].name)) && memchr(table[i].kind, '\0', sizeof(table[i].kind)));
    fuzz_must(memchr(table[i].driver, '\0', sizeof(table[i].driver)) != NULL);
    fuzz_must(i == 0 || table[i - 1].ifindex <= table[i].ifindex);
  }
}

static void read_links(void)
{
  const struct wt_link *table;
  struct wt_links *links = NULL;
  struct wt_error error = {0};
  size_t count;

  if (wt_links_open(&links, &error))
    return;
  for (int i = 0; i < 2; i++) {
    int status = wt_links_read(links, &table, &count, &error);

    fuzz_must_say(status, &error);
    if (status == 0)
      links_must_hold(table, count);
    (void)wt_links_changed(links);
    (void)wt_links_deleted(links, FIRST_INTERFACE);
  }
  wt_links_close(links);
}

static void read_offloads(void)
{
  const struct wt_features *features;
  struct wt_offloads *offloads = NULL;
  struct wt_error error = {0};
  const char *const *names;
  size_t count;
  int status;

  status = wt_offloads_open(&offloads, &error);
  fuzz_must_say(status, &error);
  if (status)
    return;
  names = wt_offloads_names(offloads, &count);
  fuzz_must(count <= 32 * WT_FEATURE_WORDS);
  for (size_t i = 0; i < count; i++)
    fuzz_must(!names[i] || names[i][0]);
  (void)wt_offloads_changed(offloads);
  fuzz_must_say(wt_offloads_read(offloads, &features, &count, &error), &error);
  wt_offloads_close(offloads);
}

static void set_offloads(void)
{
  static const char *const names[] = {"rx-gro", NULL, "tx-tcp-segmentation"};
  const uint32_t mask[WT_FEATURE_WORDS] = {5}, wanted[WT_FEATURE_WORDS] = {4};
  struct wt_offload_setter *setter = NULL;
  struct wt_offload_change change;
  struct wt_error error = {0};
  int status = wt_offload_setter_open(&setter, &error);

  fuzz_must_say(status, &error);
  if (status == 0)
    fuzz_must_say(wt_offload_set(setter, FIRST_INTERFACE, names, 3, mask, wanted, &change, &error), &error);
  wt_offload_setter_close(setter);
}

static void read_macs(void)
{
  uint64_t frames[WT_DIRECTIONS];
  struct wt_macs *macs = NULL;
  struct wt_error error = {0};

  if (wt_macs_open(&macs, &error))
    return;
  for (int ifindex = FIRST_INTERFACE; ifindex <= LAST_INTERFACE; ifindex++) {
    int status = wt_mac_read(macs, ifindex, "eth0", frames);

    must_be_errno(status);
    fuzz_must((status == 0) == (wt_known(frames[WT_RX]) || wt_known(frames[WT_TX])));
  }
  wt_macs_close(macs);
}

static void read_queues(void)
{
  struct wt_queue_counter counter[WT_DIRECTIONS];
  struct wt_queues *queues = NULL;
  struct wt_error error = {0};
  uint64_t frames, octets;

  if (wt_queues_open(&queues, &error))
    return;
  for (int ifindex = FIRST_INTERFACE; ifindex <= LAST_INTERFACE; ifindex++) {
    must_be_errno(wt_queue_read(queues, ifindex, counter));
    for (int direction = 0; direction < WT_DIRECTIONS; direction++)
      wt_queue_wire(&counter[direction], &frames, &octets);
  }
  wt_queues_close(queues);
}

/* ---- sockets ----------------------------------------------------------------------------------------------------- */

enum { SOCKETS = 64 };

struct readings {
  struct wt_account_item items[SOCKETS];
  size_t count;
};

static bool on_socket(const struct wt_socket *socket, void *context)
{
  struct readings *readings = context;

  if (readings->count == SOCKETS)
    return false;
  fuzz_must(socket->key.family == 0x0800 || socket->key.family == 0x86dd);
  readings->items[readings->count++] = (struct wt_account_item){*socket, FIRST_INTERFACE};
  return true;
}

static void read_sockets(void)
{
  static struct readings readings;
  struct wt_account *account = wt_account_new();
  struct wt_sockets *sockets = NULL;
  struct wt_error error = {0};
  bool lost;

  fuzz_must(account != NULL);
  if (wt_sockets_open(&sockets, 1 << 16, &error) == 0) {
    for (int i = 0; i < 3; i++) {
      readings.count = 0;
      must_be_errno(wt_sockets_read(sockets, on_socket, &readings, &lost));
      must_be_errno(wt_account_take(account, readings.items, readings.count, i, !lost));
    }
    wt_sockets_close(sockets);
  }
  fuzz_must(wt_account_connections(account) <= SOCKETS);
  wt_account_free(account);
}

static void read_flows(void)
{
  const struct wt_flow_key key = {.family = 0x0800};
  struct wt_flows *flows = NULL;
  struct wt_error error = {0};

  if (wt_flows_open(&flows, &error))
    return;
  must_be_errno(wt_flows_read(flows));
  (void)wt_flows_segment_size(flows, &key, WT_RX);
  must_be_errno(wt_flows_read(flows));
  (void)wt_flows_segment_size(flows, &key, WT_TX);
  wt_flows_close(flows);
}

/* ---- rtnetlink --------------------------------------------------------------------------------------------------- */

static bool take_qdisc(void *context, int ifindex, const struct wt_qdisc_counter *counter)
{
  (void)context;
  (void)ifindex;
  if (!counter)
    return true;
  fuzz_must(memchr(counter->kind, '\0', sizeof(counter->kind)) != NULL);
  fuzz_must(wt_known(counter->packets) || wt_known(counter->octets));
  return true;
}

static void take_counter(void *context, int ifindex, struct wt_link_counter counter[WT_DIRECTIONS])
{
  (void)context;
  (void)ifindex;
  (void)counter;
}

static void read_route(void)
{
  struct wt_link_counter counter[WT_DIRECTIONS];
  const struct wt_flow_key key = {.family = 0x0800};
  struct wt_addresses addresses = {0};
  struct wt_error error = {0};
  struct nl_sock *socket = wt_netlink_open(0 /* NETLINK_ROUTE */, &error);

  if (!socket)
    return;
  must_be_errno(wt_addresses_read(socket, &addresses));
  (void)wt_addresses_interface(&addresses, &key, 0, FIRST_INTERFACE);
  free(addresses.list);
  must_be_errno(wt_qdiscs_read(socket, take_qdisc, NULL));
  must_be_errno(wt_counters_read(socket, take_counter, NULL));
  for (int ifindex = FIRST_INTERFACE; ifindex <= LAST_INTERFACE; ifindex++)
    must_be_errno(wt_counter_read(socket, ifindex, counter));
  nl_socket_free(socket);
}

static void read_drivers(void)
{
  const struct wt_link links[] = {{.ifindex = 1, .name = "lo"}, {.ifindex = 2, .name = "eth0"}};
  struct wt_driver_infos *infos = wt_driver_infos_open();
  const struct wt_driver_info *info;

  if (!infos)
    return;
  for (int i = 0; i < 2; i++) {
    (void)wt_driver_infos_read(infos, links, 2, i == 0);
    info = wt_driver_info(infos, 2);
    fuzz_must(!info || (memchr(info->address, '\0', sizeof(info->address)) &&
                        memchr(info->firmware, '\0', sizeof(info->firmware))));
  }
  wt_driver_infos_close(infos);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void (*const readers[])(void) = {read_links,   read_offloads, set_offloads, read_macs,   read_queues,
                                        read_sockets, read_flows,    read_route,   read_drivers};

enum { READERS = sizeof(readers) / sizeof(readers[0]) };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
  const char *directory = getenv("FUZZ_RECORD");
  char path[512];

  (void)argc;
  (void)argv;
  if (!directory)
    return 0;
  for (int i = 0; i < READERS; i++) {
    kernel_record();
    readers[i]();
    snprintf(path, sizeof(path), "%s/%d", directory, i);
    kernel_write(path, (uint8_t)i);
  }
  exit(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct fuzz_input input = {data, size};
  uint8_t reader = fuzz_byte(&input) % READERS;

  kernel_begin(&input);
  readers[reader]();
  return 0;
}
