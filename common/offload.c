/* SPDX-License-Identifier: MIT */
#include "offload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "error.h"
#include "netlink.h"

enum {
  FEATURE_BITS = WT_FEATURE_WORDS * 32,
  INTERRUPTED_TRIES = 10, /* a dump during which links change is asked for again, so often at most */
};

struct wt_offloads {
  struct nl_sock *request;
  struct nl_sock *notification;
  int family;
  bool changed;
  char *names[FEATURE_BITS];
  size_t name_count;
  struct wt_features *table;
  size_t count, capacity;
};

/* A request with the common header: all devices, bit sets in their compact form. */
static struct nl_msg *new_request(const struct wt_offloads *offloads, uint8_t command, int header, int flags)
{
  struct nl_msg *message = nlmsg_alloc();
  struct nlattr *nest;

  if (!message)
    return NULL;
  if (genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, offloads->family, 0, flags, command, ETHTOOL_GENL_VERSION) &&
      (nest = nla_nest_start(message, header)) != NULL &&
      nla_put_u32(message, ETHTOOL_A_HEADER_FLAGS, ETHTOOL_FLAG_COMPACT_BITSETS) == 0) {
    nla_nest_end(message, nest);
    return message;
  }
  nlmsg_free(message);
  return NULL;
}

/* ---- names -------------------------------------------------------------------------------------------------- */

/* False when memory ran out. */
static bool take_name(struct wt_offloads *offloads, struct nlattr *string)
{
  struct nlattr *fields[ETHTOOL_A_STRING_MAX + 1];
  uint32_t index;

  if (nla_parse_nested(fields, ETHTOOL_A_STRING_MAX, string, NULL) || !fields[ETHTOOL_A_STRING_INDEX] ||
      !fields[ETHTOOL_A_STRING_VALUE] || nla_len(fields[ETHTOOL_A_STRING_INDEX]) < (int)sizeof(index))
    return true;
  index = nla_get_u32(fields[ETHTOOL_A_STRING_INDEX]);
  if (index >= FEATURE_BITS || offloads->names[index])
    return true;
  offloads->names[index] =
      strndup(nla_data(fields[ETHTOOL_A_STRING_VALUE]), (size_t)nla_len(fields[ETHTOOL_A_STRING_VALUE]));
  if (!offloads->names[index])
    return false;
  /* The kernel leaves gaps as empty strings. */
  if (!offloads->names[index][0]) {
    free(offloads->names[index]);
    offloads->names[index] = NULL;
  }
  if (index >= offloads->name_count)
    offloads->name_count = index + 1;
  return true;
}

static int on_names(struct nl_msg *message, void *context)
{
  struct nlattr *fields[ETHTOOL_A_STRSET_MAX + 1];
  struct nlattr *set, *string;
  int remaining, strings_remaining;

  if (genlmsg_parse(nlmsg_hdr(message), 0, fields, ETHTOOL_A_STRSET_MAX, NULL) || !fields[ETHTOOL_A_STRSET_STRINGSETS])
    return NL_OK;
  nla_for_each_nested(set, fields[ETHTOOL_A_STRSET_STRINGSETS], remaining)
  {
    struct nlattr *members[ETHTOOL_A_STRINGSET_MAX + 1];

    if (nla_parse_nested(members, ETHTOOL_A_STRINGSET_MAX, set, NULL) || !members[ETHTOOL_A_STRINGSET_STRINGS])
      continue;
    nla_for_each_nested(string, members[ETHTOOL_A_STRINGSET_STRINGS], strings_remaining)
    {
      if (!take_name(context, string))
        return -NLE_NOMEM;
    }
  }
  return NL_OK;
}

static int read_names(struct wt_offloads *offloads)
{
  struct nl_msg *message = new_request(offloads, ETHTOOL_MSG_STRSET_GET, ETHTOOL_A_STRSET_HEADER, 0);
  struct nlattr *sets, *set;

  if (!message)
    return -ENOMEM;
  if (!(sets = nla_nest_start(message, ETHTOOL_A_STRSET_STRINGSETS)) ||
      !(set = nla_nest_start(message, ETHTOOL_A_STRINGSETS_STRINGSET)) ||
      nla_put_u32(message, ETHTOOL_A_STRINGSET_ID, ETH_SS_FEATURES)) {
    nlmsg_free(message);
    return -ENOMEM;
  }
  nla_nest_end(message, set);
  nla_nest_end(message, sets);
  return wt_netlink_request(offloads->request, message, on_names, offloads);
}

/* ---- features ----------------------------------------------------------------------------------------------- */

static void take_bits(struct nlattr *bitset, uint32_t *words)
{
  struct nlattr *fields[ETHTOOL_A_BITSET_MAX + 1];
  int length;

  if (!bitset || nla_parse_nested(fields, ETHTOOL_A_BITSET_MAX, bitset, NULL) || !fields[ETHTOOL_A_BITSET_VALUE])
    return;
  length = nla_len(fields[ETHTOOL_A_BITSET_VALUE]);
  if (length > WT_FEATURE_WORDS * 4)
    length = WT_FEATURE_WORDS * 4;
  memcpy(words, nla_data(fields[ETHTOOL_A_BITSET_VALUE]), (size_t)length);
}

static struct wt_features *next_entry(struct wt_offloads *offloads)
{
  if (offloads->count == offloads->capacity) {
    size_t capacity = offloads->capacity ? offloads->capacity * 2 : 16;
    struct wt_features *table = realloc(offloads->table, capacity * sizeof(*table));

    if (!table)
      return NULL;
    offloads->table = table;
    offloads->capacity = capacity;
  }
  memset(&offloads->table[offloads->count], 0, sizeof(*offloads->table));
  return &offloads->table[offloads->count];
}

static int on_features(struct nl_msg *message, void *context)
{
  struct wt_offloads *offloads = context;
  struct nlattr *fields[ETHTOOL_A_FEATURES_MAX + 1], *header[ETHTOOL_A_HEADER_MAX + 1];
  struct wt_features *entry;

  if (genlmsg_parse(nlmsg_hdr(message), 0, fields, ETHTOOL_A_FEATURES_MAX, NULL) ||
      !fields[ETHTOOL_A_FEATURES_HEADER] ||
      nla_parse_nested(header, ETHTOOL_A_HEADER_MAX, fields[ETHTOOL_A_FEATURES_HEADER], NULL) ||
      !header[ETHTOOL_A_HEADER_DEV_INDEX] || nla_len(header[ETHTOOL_A_HEADER_DEV_INDEX]) < 4)
    return NL_OK;
  entry = next_entry(offloads);
  if (!entry)
    return -NLE_NOMEM;
  entry->ifindex = (int)nla_get_u32(header[ETHTOOL_A_HEADER_DEV_INDEX]);
  take_bits(fields[ETHTOOL_A_FEATURES_HW], entry->hw);
  take_bits(fields[ETHTOOL_A_FEATURES_WANTED], entry->wanted);
  take_bits(fields[ETHTOOL_A_FEATURES_ACTIVE], entry->active);
  take_bits(fields[ETHTOOL_A_FEATURES_NOCHANGE], entry->fixed);
  offloads->count++;
  return NL_OK;
}

int wt_offloads_read(struct wt_offloads *offloads, const struct wt_features **out, size_t *count,
                     struct wt_error *error)
{
  int status = -EINTR;

  for (int tries = 0; status == -EINTR && tries < INTERRUPTED_TRIES; tries++) {
    struct nl_msg *message = new_request(offloads, ETHTOOL_MSG_FEATURES_GET, ETHTOOL_A_FEATURES_HEADER, NLM_F_DUMP);

    offloads->count = 0;
    status = message ? wt_netlink_request(offloads->request, message, on_features, offloads) : -ENOMEM;
  }
  if (status) {
    offloads->changed = true; /* what made this reading necessary is still unread */
    return wt_fail(error, status, "offload features: reading them by ethtool netlink failed: %s", strerror(-status));
  }
  *out = offloads->table;
  *count = offloads->count;
  return 0;
}

void wt_offloads_forget(struct wt_offloads *offloads)
{
  free(offloads->table);
  offloads->table = NULL;
  offloads->count = offloads->capacity = 0;
}

const char *const *wt_offloads_names(const struct wt_offloads *offloads, size_t *count)
{
  *count = offloads->name_count;
  return (const char *const *)offloads->names;
}

/* ---- open, changes, close ----------------------------------------------------------------------------------- */

static int on_notification(struct nl_msg *message, void *context)
{
  (void)message;
  ((struct wt_offloads *)context)->changed = true;
  return NL_OK;
}

/* The family and its group. libnl tells no other failure from a family that is not there. */
static int resolve(struct wt_offloads *offloads, int *group, struct wt_error *error)
{
  offloads->family = wt_netlink_family(offloads->request, ETHTOOL_GENL_NAME);
  errno = 0;
  *group = genl_ctrl_resolve_grp(offloads->request, ETHTOOL_GENL_NAME, ETHTOOL_MCGRP_MONITOR_NAME);
  if (offloads->family >= 0 && *group >= 0)
    return 0;
  if (offloads->family == -ENOMEM || errno == ENOMEM)
    return wt_fail(error, -ENOMEM, "offload features: out of memory");
  return wt_fail(error, -EOPNOTSUPP, "offload features: this kernel has no ethtool netlink (Linux 5.7 or later)");
}

int wt_offloads_open(struct wt_offloads **out, struct wt_error *error)
{
  struct wt_offloads *offloads = calloc(1, sizeof(*offloads));
  int status, group;

  *out = NULL;
  if (!offloads)
    return wt_fail(error, -ENOMEM, "offload features: out of memory");
  offloads->changed = true; /* nothing was read yet */
  offloads->request = wt_netlink_open(NETLINK_GENERIC, error);
  if (!offloads->request) {
    wt_offloads_close(offloads);
    return error->code;
  }
  status = resolve(offloads, &group, error);
  if (status) {
    wt_offloads_close(offloads);
    return status;
  }
  offloads->notification =
      wt_netlink_listen(NETLINK_GENERIC, group, on_notification, offloads, "offload features", error);
  if (!offloads->notification) {
    wt_offloads_close(offloads);
    return error->code;
  }
  status = read_names(offloads);
  if (status) {
    wt_offloads_close(offloads);
    return wt_fail(error, status, "offload features: reading their names failed: %s", strerror(-status));
  }
  *out = offloads;
  return 0;
}

void wt_offloads_close(struct wt_offloads *offloads)
{
  if (!offloads)
    return;
  nl_socket_free(offloads->request);
  nl_socket_free(offloads->notification);
  for (size_t i = 0; i < FEATURE_BITS; i++)
    free(offloads->names[i]);
  free(offloads->table);
  free(offloads);
}

int wt_offloads_event_fd(const struct wt_offloads *offloads)
{
  return nl_socket_get_fd(offloads->notification);
}

bool wt_offloads_changed(struct wt_offloads *offloads)
{
  bool changed;

  if (!wt_netlink_hear(offloads->notification))
    offloads->changed = true;
  changed = offloads->changed;
  offloads->changed = false;
  return changed;
}
