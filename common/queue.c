/* SPDX-License-Identifier: MIT */
#include "queue.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "error.h"
#include "netlink.h"

/* Of the kernel's include/uapi/linux/netdev.h, which is newer than the headers that this has to build with. */
enum {
  QSTATS_GET = 12, /* NETDEV_CMD_QSTATS_GET */
  VERSION = 1,     /* NETDEV_FAMILY_VERSION */
};

/* NETDEV_A_QSTATS_* there. */
enum {
  IFINDEX = 1,
  QUEUE_TYPE = 2,
  QUEUE_ID = 3,
  RX_PACKETS = 8,
  RX_BYTES = 9,
  TX_PACKETS = 10,
  TX_BYTES = 11,
  RX_HW_GRO_PACKETS = 19,
  RX_HW_GRO_BYTES = 20,
  RX_HW_GRO_WIRE_PACKETS = 21,
  RX_HW_GRO_WIRE_BYTES = 22,
  TX_HW_GSO_PACKETS = 28,
  TX_HW_GSO_BYTES = 29,
  TX_HW_GSO_WIRE_PACKETS = 30,
  TX_HW_GSO_WIRE_BYTES = 31,
  LAST = TX_HW_GSO_WIRE_BYTES,
};

struct wt_queues {
  struct nl_sock *socket;
  int family;
};

static void forget(struct wt_queue_counter counter[WT_DIRECTIONS])
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    counter[direction] =
        (struct wt_queue_counter){WT_UNKNOWN, WT_UNKNOWN, WT_UNKNOWN, WT_UNKNOWN, WT_UNKNOWN, WT_UNKNOWN};
}

/* The kernel sends a figure in 32 bits while it fits (nla_put_uint). */
static uint64_t count(const struct nlattr *attribute)
{
  if (!attribute)
    return WT_UNKNOWN;
  if (nla_len(attribute) == sizeof(uint32_t))
    return nla_get_u32(attribute);
  return nla_len(attribute) == sizeof(uint64_t) ? nla_get_u64(attribute) : WT_UNKNOWN;
}

static bool any_known(const struct wt_queue_counter *counter)
{
  return wt_known(counter->packets) || wt_known(counter->octets) || wt_known(counter->merged_packets) ||
         wt_known(counter->merged_frames) || wt_known(counter->merged_octets) || wt_known(counter->merged_wire_octets);
}

static uint64_t on_the_wire(uint64_t all, uint64_t merged, uint64_t wire)
{
  return wt_known(all) && wt_known(merged) && wt_known(wire) && all >= merged ? all - merged + wire : WT_UNKNOWN;
}

void wt_queue_wire(const struct wt_queue_counter *counter, uint64_t *frames, uint64_t *octets)
{
  *frames = on_the_wire(counter->packets, counter->merged_packets, counter->merged_frames);
  *octets = on_the_wire(counter->octets, counter->merged_octets, counter->merged_wire_octets);
}

int wt_queue_parse(struct nlmsghdr *answer, int ifindex, struct wt_queue_counter counter[WT_DIRECTIONS])
{
  struct nlattr *fields[LAST + 1];

  forget(counter);
  if (genlmsg_parse(answer, 0, fields, LAST, NULL) || genlmsg_hdr(answer)->cmd != QSTATS_GET ||
      count(fields[IFINDEX]) != (uint64_t)ifindex || fields[QUEUE_TYPE] || fields[QUEUE_ID])
    return -ENODEV;
  counter[WT_RX] = (struct wt_queue_counter){
      .packets = count(fields[RX_PACKETS]),
      .octets = count(fields[RX_BYTES]),
      .merged_packets = count(fields[RX_HW_GRO_PACKETS]),
      .merged_frames = count(fields[RX_HW_GRO_WIRE_PACKETS]),
      .merged_octets = count(fields[RX_HW_GRO_BYTES]),
      .merged_wire_octets = count(fields[RX_HW_GRO_WIRE_BYTES]),
  };
  counter[WT_TX] = (struct wt_queue_counter){
      .packets = count(fields[TX_PACKETS]),
      .octets = count(fields[TX_BYTES]),
      .merged_packets = count(fields[TX_HW_GSO_PACKETS]),
      .merged_frames = count(fields[TX_HW_GSO_WIRE_PACKETS]),
      .merged_octets = count(fields[TX_HW_GSO_BYTES]),
      .merged_wire_octets = count(fields[TX_HW_GSO_WIRE_BYTES]),
  };
  return any_known(&counter[WT_RX]) || any_known(&counter[WT_TX]) ? 0 : -EOPNOTSUPP;
}

struct reading {
  int ifindex;
  struct wt_queue_counter *counter;
  int status;
};

static int on_answer(struct nl_msg *message, void *context)
{
  struct reading *reading = context;

  if (reading->status)
    reading->status = wt_queue_parse(nlmsg_hdr(message), reading->ifindex, reading->counter);
  return NL_OK;
}

/* The kernel has this as a dump only, which the index narrows down to one device. */
static int request(struct wt_queues *queues, struct reading *reading)
{
  struct nl_msg *message = nlmsg_alloc();

  if (!message)
    return -ENOMEM;
  if (!genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, queues->family, 0, NLM_F_DUMP, QSTATS_GET, VERSION) ||
      nla_put_u32(message, IFINDEX, (uint32_t)reading->ifindex)) {
    nlmsg_free(message);
    return -ENOMEM;
  }
  return wt_netlink_request(queues->socket, message, on_answer, reading);
}

int wt_queue_read(struct wt_queues *queues, int ifindex, struct wt_queue_counter counter[WT_DIRECTIONS])
{
  struct reading reading = {.ifindex = ifindex, .counter = counter, .status = -EOPNOTSUPP};
  int status;

  forget(counter);
  status = request(queues, &reading);
  return status ? status : reading.status;
}

/* Asked for a device that is not there, a kernel that has both the statistics and their filter finds no other fault. */
static bool kernel_has_statistics(struct wt_queues *queues)
{
  struct wt_queue_counter counter[WT_DIRECTIONS];
  struct reading reading = {.ifindex = INT_MAX, .counter = counter, .status = -EOPNOTSUPP};
  int status = request(queues, &reading);

  return status == 0 || status == -ENODEV;
}

int wt_queues_open(struct wt_queues **out, struct wt_error *error)
{
  struct wt_queues *queues = calloc(1, sizeof(*queues));

  *out = NULL;
  if (!queues)
    return wt_fail(error, -ENOMEM, "queue statistics: out of memory");
  queues->socket = wt_netlink_open(NETLINK_GENERIC, error);
  if (!queues->socket) {
    wt_queues_close(queues);
    return error->code;
  }
  queues->family = wt_netlink_family(queues->socket, "netdev");
  if (queues->family < 0 || !kernel_has_statistics(queues)) {
    wt_queues_close(queues);
    return wt_fail(error, -EOPNOTSUPP,
                   "queue statistics: this kernel has none that can be asked of one device (Linux 6.10 or later)");
  }
  *out = queues;
  return 0;
}

void wt_queues_close(struct wt_queues *queues)
{
  if (!queues)
    return;
  nl_socket_free(queues->socket);
  free(queues);
}
