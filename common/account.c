/* SPDX-License-Identifier: MIT */
#include "account.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct record {
  struct wt_socket last;
  int interface;
  bool there; /* in the last reading; otherwise its end was not heard of yet */
};

struct interface_sum {
  int interface;
  struct wt_account_sum sum;
};

struct wt_account {
  bool begun;
  struct record *records; /* by cookie */
  size_t count, there;
  struct wt_account_sum total;
  struct interface_sum *interfaces; /* by ifindex */
  size_t interface_count;
};

struct wt_account *wt_account_new(void)
{
  return calloc(1, sizeof(struct wt_account));
}

void wt_account_free(struct wt_account *account)
{
  if (!account)
    return;
  free(account->records);
  free(account->interfaces);
  free(account);
}

/* ---- sums ------------------------------------------------------------------------------------------------------- */

static size_t place_of(const struct wt_account *account, int interface)
{
  size_t low = 0, high = account->interface_count;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (account->interfaces[middle].interface < interface)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static bool is_at(const struct wt_account *account, size_t place, int interface)
{
  return place < account->interface_count && account->interfaces[place].interface == interface;
}

const struct wt_account_sum *wt_account_of(const struct wt_account *account, int interface)
{
  static const struct wt_account_sum nothing;
  size_t place = place_of(account, interface);

  return is_at(account, place, interface) ? &account->interfaces[place].sum : &nothing;
}

const struct wt_account_sum *wt_account_total(const struct wt_account *account)
{
  return &account->total;
}

size_t wt_account_connections(const struct wt_account *account)
{
  return account->there;
}

static int make_room(struct wt_account *account, int interface)
{
  size_t place = place_of(account, interface);
  struct interface_sum *sums;

  if (is_at(account, place, interface))
    return 0;
  sums = realloc(account->interfaces, (account->interface_count + 1) * sizeof(*sums));
  if (!sums)
    return -ENOMEM;
  memmove(&sums[place + 1], &sums[place], (account->interface_count - place) * sizeof(*sums));
  sums[place] = (struct interface_sum){.interface = interface};
  account->interfaces = sums;
  account->interface_count++;
  return 0;
}

static void add(uint64_t *sum, uint64_t more)
{
  *sum = wt_known(*sum) && wt_known(more) ? *sum + more : WT_UNKNOWN;
}

static void add_difference(struct wt_account_sum *sum, const struct wt_socket *from, const struct wt_socket *to)
{
  for (int direction = 0; direction < WT_DIRECTIONS; direction++)
    add(&sum->segments[direction], wt_socket_since(from->segments[direction], to->segments[direction], false));
  add(&sum->delivered, wt_socket_since(from->delivered, to->delivered, false));
  add(&sum->acknowledged, wt_socket_since(from->acknowledged, to->acknowledged, true));
  add(&sum->received, wt_socket_since(from->received, to->received, true));
  add(&sum->retransmitted, wt_socket_since(from->retransmitted, to->retransmitted, false));
  add(&sum->retransmitted_octets, wt_socket_since(from->retransmitted_octets, to->retransmitted_octets, true));
}

/* A count of 32 bits that wraps is a little behind, one that begins anew is far behind. */
static bool went_back(uint64_t from, uint64_t to)
{
  return wt_known(from) && wt_known(to) && (uint32_t)(to - from) > INT32_MAX;
}

/* Another connection by the same socket: connect(2) to AF_UNSPEC ends one and keeps the socket, with its counts at 0.
 */
static bool is_another(const struct wt_socket *from, const struct wt_socket *to)
{
  return went_back(from->segments[WT_RX], to->segments[WT_RX]) ||
         went_back(from->segments[WT_TX], to->segments[WT_TX]) || to->acknowledged < from->acknowledged ||
         to->received < from->received || (!to->ended && memcmp(&from->key, &to->key, sizeof(to->key)) != 0);
}

/* Room for the interface was made before. */
static void count(struct wt_account *account, int interface, const struct wt_socket *from, const struct wt_socket *to)
{
  add_difference(&account->total, from, to);
  add_difference(&account->interfaces[place_of(account, interface)].sum, from, to);
}

/* ---- readings --------------------------------------------------------------------------------------------------- */

static int by_cookie(const void *a, const void *b)
{
  const struct wt_socket *left = &((const struct wt_account_item *)a)->socket;
  const struct wt_socket *right = &((const struct wt_account_item *)b)->socket;

  if (left->cookie != right->cookie)
    return left->cookie < right->cookie ? -1 : 1;
  return (int)left->ended - (int)right->ended;
}

/*
 * One that has ended and was in no reading has begun since the last one, or it is older than the account: a connection
 * that is over, and whose program has not closed it yet, is in no dump of the kernel's. It is if it was quiet for
 * longer than the account runs. One that was closed soon after the account began may be counted wrongly: the
 * namespace's MIB then has fewer segments than the account.
 */
static bool is_older(const struct wt_socket *socket, double age)
{
  return socket->ended && (!wt_known(socket->quiet) || (double)socket->quiet / 1000 > age);
}

/* The figures of one socket in one reading; an end comes after what it had before. before and after may be the same. */
static void take_one(struct wt_account *account, const struct record *before, const struct wt_account_item *item,
                     double age, struct record *after)
{
  const struct record beginning = {.interface = item->interface};
  const struct record from = before && !is_another(&before->last, &item->socket) ? *before : beginning;

  *after = (struct record){item->socket, from.interface, !item->socket.ended};
  if (account->begun && (before || !is_older(&item->socket, age)))
    count(account, from.interface, &from.last, &item->socket);
}

/* All figures of one cookie, of which there is at least one. False if nothing is left to remember. */
static bool take_group(struct wt_account *account, const struct record *before, const struct wt_account_item *items,
                       size_t size, double age, struct record *after)
{
  take_one(account, before, &items[0], age, after);
  for (size_t i = 1; i < size; i++)
    take_one(account, after, &items[i], age, after);
  return after->there;
}

/* Not in this reading: its end is still to be told. If that was missed, or is told by nobody, it will not come. */
static bool wait_for_end(const struct record *before, bool complete, struct record *after)
{
  *after = *before;
  after->there = false;
  return complete;
}

static size_t size_of_group(const struct wt_account_item *items, size_t count)
{
  size_t size = 1;

  while (size < count && items[size].socket.cookie == items[0].socket.cookie)
    size++;
  return size;
}

static int merge(struct wt_account *account, const struct wt_account_item *items, size_t count, double age,
                 bool complete)
{
  struct record *records = malloc((account->count + count + 1) * sizeof(*records));
  size_t kept = 0, old = 0, there = 0, i = 0;

  if (!records)
    return -ENOMEM;
  while (i < count || old < account->count) {
    const struct record *before = old < account->count ? &account->records[old] : NULL;
    bool keep;

    if (before && i < count && items[i].socket.cookie < before->last.cookie)
      before = NULL;
    if (before && (i == count || items[i].socket.cookie > before->last.cookie)) {
      keep = wait_for_end(before, complete, &records[kept]);
    } else {
      size_t size = size_of_group(&items[i], count - i);

      keep = take_group(account, before, &items[i], size, age, &records[kept]);
      i += size;
    }
    old += before != NULL;
    if (keep)
      there += records[kept++].there;
  }
  free(account->records);
  account->records = records;
  account->count = kept;
  account->there = there;
  account->begun = true;
  return 0;
}

int wt_account_take(struct wt_account *account, struct wt_account_item *items, size_t count, double age, bool complete)
{
  int status = make_room(account, 0);

  for (size_t i = 0; i < count && status == 0; i++)
    status = make_room(account, items[i].interface);
  if (status)
    return status;
  if (count)
    qsort(items, count, sizeof(*items), by_cookie);
  return merge(account, items, count, age, complete);
}
