/* SPDX-License-Identifier: MIT */
#include "handle.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "error.h"

enum { NO_PROTOCOL = 0xffff }; /* an ethertype that is reserved, and no frame has */

static int failure(pcap_t *handle, const char *device, int status, struct wt_error *error)
{
  switch (status) {
  case PCAP_ERROR_PERM_DENIED:
  case PCAP_ERROR_PROMISC_PERM_DENIED:
    return wt_fail(error, -EPERM, "capturing packets needs CAP_NET_RAW (or root), which this process does not have");
  case PCAP_ERROR_NO_SUCH_DEVICE:
    return wt_fail(error, -ENODEV, "there is no interface %s to capture on", device);
  case PCAP_ERROR_IFACE_NOT_UP:
    return wt_fail(error, -ENETDOWN, "interface %s is not up", device);
  default:
    return wt_fail(error, -EIO, "capturing on %s failed: %s", device, pcap_geterr(handle));
  }
}

static int open_handle(pcap_t **out, const char *device, int snap, int ring, bool promiscuous, struct wt_error *error)
{
  char why[PCAP_ERRBUF_SIZE];
  pcap_t *handle = pcap_create(device, why);
  int status;

  *out = NULL;
  if (!handle)
    return wt_fail(error, -ENOMEM, "capturing on %s failed: %s", device, why);
  pcap_set_snaplen(handle, snap);
  /*
   * Without immediate mode libpcap's ring is of large blocks, each given up after a time-out however little is in it:
   * between two polls few samples would fill it, and what was drawn last could not be read yet. Nobody waits on the
   * socket, so a packet that is readable at once wakes nobody up.
   */
  pcap_set_immediate_mode(handle, 1);
  pcap_set_buffer_size(handle, ring);
  pcap_set_promisc(handle, promiscuous);
  status = pcap_activate(handle);
  if (status >= 0 && strcmp(device, "any") == 0 && pcap_set_datalink(handle, DLT_LINUX_SLL2))
    status = PCAP_ERROR;
  if (status >= 0)
    status = pcap_setnonblock(handle, 1, why);
  if (status < 0) {
    status = failure(handle, device, status, error);
    pcap_close(handle);
    return status;
  }
  *out = handle;
  return 0;
}

int wt_handle_open(pcap_t **out, const char *device, int snap, int ring, struct wt_error *error)
{
  return open_handle(out, device, snap, ring, false, error);
}

int wt_handle_open_promiscuous(pcap_t **out, const char *device, int snap, int ring, struct wt_error *error)
{
  return open_handle(out, device, snap, ring, true, error);
}

/*
 * A filter that refuses every packet still costs its clone on transmit. Bound to one protocol a packet socket is off
 * the list of those that see every packet; no protocol at all (0) would mean "as before" to older kernels.
 */
int wt_handle_bind(pcap_t *handle, int ifindex, bool attached)
{
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET,
      .sll_protocol = htons(attached ? ETH_P_ALL : NO_PROTOCOL),
      .sll_ifindex = ifindex,
  };

  return bind(pcap_fileno(handle), (const struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
}

int wt_handle_promiscuous(pcap_t *handle, int ifindex, bool promiscuous)
{
  const struct packet_mreq request = {.mr_ifindex = ifindex, .mr_type = PACKET_MR_PROMISC};
  int what = promiscuous ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP;

  return setsockopt(pcap_fileno(handle), SOL_PACKET, what, &request, sizeof(request)) ? -errno : 0;
}

bool wt_handle_is_cooked(pcap_t *handle)
{
  return pcap_datalink(handle) == DLT_LINUX_SLL || pcap_datalink(handle) == DLT_LINUX_SLL2;
}
