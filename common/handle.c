/* SPDX-License-Identifier: MIT */
#include "handle.h"

#include <errno.h>
#include <string.h>

#include "error.h"

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

int wt_handle_open(pcap_t **out, const char *device, int snap, int ring, struct wt_error *error)
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

bool wt_handle_is_cooked(pcap_t *handle)
{
  return pcap_datalink(handle) == DLT_LINUX_SLL || pcap_datalink(handle) == DLT_LINUX_SLL2;
}
