/* SPDX-License-Identifier: MIT */
/* The kernel's struct tcp_info. In a file of its own: libnl's headers bring another, shorter struct of that name. */
#include <string.h>

#include <linux/tcp.h>

#include "socket.h"

static uint64_t least(uint64_t a, uint64_t b)
{
  return a < b ? a : b;
}

/* Older kernels send a shorter struct, newer ones a longer one: a field is there if it is there as a whole. */
#define FIELD(info, length, name)                                                                                      \
  ((length) >= offsetof(struct tcp_info, name) + sizeof((info)->name) ? (uint64_t)(info)->name : WT_UNKNOWN)

void wt_socket_take_info(const void *data, size_t length, struct wt_socket *socket)
{
  struct tcp_info info = {0};

  /* Attributes are aligned to four octets, the struct's counts to eight. */
  memcpy(&info, data, length < sizeof(info) ? length : sizeof(info));
  socket->send_mss = info.tcpi_snd_mss;
  socket->receive_mss = info.tcpi_rcv_mss;
  /* Unknown is the largest number: the least of the others then. */
  socket->quiet = least(FIELD(&info, length, tcpi_last_data_sent), FIELD(&info, length, tcpi_last_data_recv));
  socket->quiet = least(socket->quiet, FIELD(&info, length, tcpi_last_ack_recv));
  socket->segments[WT_RX] = FIELD(&info, length, tcpi_segs_in);
  socket->segments[WT_TX] = FIELD(&info, length, tcpi_segs_out);
  socket->delivered = FIELD(&info, length, tcpi_delivered);
  socket->retransmitted = FIELD(&info, length, tcpi_total_retrans);
  socket->acknowledged = FIELD(&info, length, tcpi_bytes_acked);
  socket->received = FIELD(&info, length, tcpi_bytes_received);
  socket->retransmitted_octets = FIELD(&info, length, tcpi_bytes_retrans);
}

uint64_t wt_socket_since(uint64_t from, uint64_t to, bool wide)
{
  if (!wt_known(from) || !wt_known(to))
    return WT_UNKNOWN;
  if (wide)
    return to >= from ? to - from : 0;
  return (uint32_t)(to - from);
}
