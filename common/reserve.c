/* SPDX-License-Identifier: MIT */
#include "reserve.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "error.h"
#include "handle.h"

struct wt_reserve {
  size_t plain_count, cooked_count, room;
  pcap_t **plain, **cooked; /* each has room for all */
};

static void see_nothing(pcap_t *handle)
{
  (void)wt_handle_bind(handle, 0, false); /* to nothing: that cannot be gone */
}

static bool keep(struct wt_reserve *reserve, pcap_t *handle)
{
  bool cooked = wt_handle_is_cooked(handle);
  size_t *count = cooked ? &reserve->cooked_count : &reserve->plain_count;

  if (*count == reserve->room)
    return false;
  (cooked ? reserve->cooked : reserve->plain)[(*count)++] = handle;
  return true;
}

static int add(struct wt_reserve *reserve, const char *device, int snap, int ring, struct wt_error *error)
{
  pcap_t *handle;
  int status = wt_handle_open(&handle, device, snap, ring, error);

  if (status)
    return status;
  see_nothing(handle);
  if (!keep(reserve, handle))
    pcap_close(handle);
  return 0;
}

static int fill(struct wt_reserve *reserve, size_t plain, size_t cooked, int snap, int ring, struct wt_error *error)
{
  int status = 0;

  for (size_t i = 0; i < plain && status == 0; i++)
    status = add(reserve, "lo", snap, ring, error);
  if (status == -ENETDOWN || status == -ENODEV) {
    *error = (struct wt_error){0};
    status = 0;
    cooked += plain - reserve->plain_count;
  }
  for (size_t i = 0; i < cooked && status == 0; i++)
    status = add(reserve, "any", snap, ring, error);
  return status;
}

int wt_reserve_open(struct wt_reserve **out, size_t plain, size_t cooked, int snap, int ring, struct wt_error *error)
{
  struct wt_reserve *reserve = calloc(1, sizeof(*reserve));
  int status = -ENOMEM;

  *out = NULL;
  if (reserve) {
    reserve->room = 2 * (plain + cooked) + 1;
    reserve->plain = calloc(reserve->room, sizeof(pcap_t *));
    reserve->cooked = calloc(reserve->room, sizeof(pcap_t *));
  }
  if (!reserve || !reserve->plain || !reserve->cooked)
    wt_fail(error, status, "capture: out of memory");
  else
    status = fill(reserve, plain, cooked, snap, ring, error);
  if (status)
    wt_reserve_close(reserve);
  else
    *out = reserve;
  return status;
}

void wt_reserve_close(struct wt_reserve *reserve)
{
  if (!reserve)
    return;
  for (size_t i = 0; i < reserve->plain_count; i++)
    pcap_close(reserve->plain[i]);
  for (size_t i = 0; i < reserve->cooked_count; i++)
    pcap_close(reserve->cooked[i]);
  free(reserve->plain);
  free(reserve->cooked);
  free(reserve);
}

/* What is left of the interface before: packets, and that it went away. */
static uint32_t empty(pcap_t *handle)
{
  struct pcap_pkthdr *header;
  struct pcap_stat stats = {0};
  const u_char *data;
  int error;
  socklen_t size = sizeof(error);

  (void)getsockopt(pcap_fileno(handle), SOL_SOCKET, SO_ERROR, &error, &size);
  while (pcap_next_ex(handle, &header, &data) == 1)
    ;
  (void)pcap_stats(handle, &stats);
  return stats.ps_drop;
}

pcap_t *wt_reserve_take(struct wt_reserve *reserve, bool cooked, uint32_t *drops)
{
  pcap_t *handle;

  if (!cooked && reserve->plain_count)
    handle = reserve->plain[--reserve->plain_count];
  else if (reserve->cooked_count)
    handle = reserve->cooked[--reserve->cooked_count];
  else
    return NULL;
  *drops = empty(handle);
  return handle;
}

void wt_reserve_give(struct wt_reserve *reserve, pcap_t *handle)
{
  see_nothing(handle);
  if (!keep(reserve, handle))
    pcap_close(handle);
}
