/* SPDX-License-Identifier: MIT */
#include "offload_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ethtool.h>
#include <linux/ethtool_netlink.h>
#include <netlink/genl/genl.h>

#include "error.h"
#include "netlink.h"

struct wt_offload_setter {
  struct nl_sock *socket;
  int family;
};

int wt_offload_setter_open(struct wt_offload_setter **out, struct wt_error *error)
{
  struct wt_offload_setter *setter = calloc(1, sizeof(*setter));

  *out = NULL;
  if (!setter)
    return wt_fail(error, -ENOMEM, "offload features: out of memory");
  setter->socket = wt_netlink_open(NETLINK_GENERIC, error);
  if (!setter->socket) {
    int status = error->code;

    free(setter);
    return status;
  }
  setter->family = wt_netlink_family(setter->socket, ETHTOOL_GENL_NAME);
  if (setter->family < 0) {
    wt_offload_setter_close(setter);
    return wt_fail(error, -EOPNOTSUPP, "offload features: this kernel has no ethtool netlink (Linux 5.7 or later)");
  }
  *out = setter;
  return 0;
}

void wt_offload_setter_close(struct wt_offload_setter *setter)
{
  if (!setter)
    return;
  nl_socket_free(setter->socket);
  free(setter);
}

/* ---- request ------------------------------------------------------------------------------------------------- */

static int put_header(struct nl_msg *message, int ifindex)
{
  struct nlattr *header = nla_nest_start(message, ETHTOOL_A_FEATURES_HEADER);

  if (!header || nla_put_u32(message, ETHTOOL_A_HEADER_DEV_INDEX, (uint32_t)ifindex) ||
      nla_put_u32(message, ETHTOOL_A_HEADER_FLAGS, ETHTOOL_FLAG_COMPACT_BITSETS))
    return -ENOMEM;
  nla_nest_end(message, header);
  return 0;
}

static int put_bit(struct nl_msg *message, const char *name, bool on)
{
  struct nlattr *bit = nla_nest_start(message, ETHTOOL_A_BITSET_BITS_BIT);

  if (!bit || nla_put_string(message, ETHTOOL_A_BITSET_BIT_NAME, name) ||
      (on && nla_put_flag(message, ETHTOOL_A_BITSET_BIT_VALUE)))
    return -ENOMEM;
  nla_nest_end(message, bit);
  return 0;
}

/* The features by name: what is not in the list keeps what was wanted of it. */
static int put_wanted(struct nl_msg *message, const char *const *names, size_t count, const uint32_t *mask,
                      const uint32_t *wanted)
{
  struct nlattr *bitset = nla_nest_start(message, ETHTOOL_A_FEATURES_WANTED);
  struct nlattr *bits = bitset ? nla_nest_start(message, ETHTOOL_A_BITSET_BITS) : NULL;

  if (!bits)
    return -ENOMEM;
  for (size_t i = 0; i < count; i++)
    if (names[i] && wt_feature_bit(mask, i) && put_bit(message, names[i], wt_feature_bit(wanted, i)))
      return -ENOMEM;
  /* A change of nothing is still a request, by which one learns whether one may. */
  nla_nest_end_keep_empty(message, bits);
  nla_nest_end(message, bitset);
  return 0;
}

/* ---- answer -------------------------------------------------------------------------------------------------- */

static void take_mask(struct nlattr *bitset, uint32_t *words)
{
  struct nlattr *fields[ETHTOOL_A_BITSET_MAX + 1];
  int length;

  if (!bitset || nla_parse_nested(fields, ETHTOOL_A_BITSET_MAX, bitset, NULL) || !fields[ETHTOOL_A_BITSET_MASK])
    return;
  length = nla_len(fields[ETHTOOL_A_BITSET_MASK]);
  if (length > WT_FEATURE_WORDS * 4)
    length = WT_FEATURE_WORDS * 4;
  memcpy(words, nla_data(fields[ETHTOOL_A_BITSET_MASK]), (size_t)length);
}

static int on_answer(struct nl_msg *message, void *context)
{
  struct wt_offload_change *change = context;
  struct nlattr *fields[ETHTOOL_A_FEATURES_MAX + 1];

  if (genlmsg_parse(nlmsg_hdr(message), 0, fields, ETHTOOL_A_FEATURES_MAX, NULL))
    return NL_OK;
  take_mask(fields[ETHTOOL_A_FEATURES_WANTED], change->refused);
  take_mask(fields[ETHTOOL_A_FEATURES_ACTIVE], change->changed);
  return NL_OK;
}

int wt_offload_set(struct wt_offload_setter *setter, int ifindex, const char *const *names, size_t count,
                   const uint32_t *mask, const uint32_t *wanted, struct wt_offload_change *change,
                   struct wt_error *error)
{
  struct nl_msg *message = nlmsg_alloc();
  int status;

  memset(change, 0, sizeof(*change));
  /* The acknowledgement ends the exchange where the kernel had no memory for its answer. */
  if (!message ||
      !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, setter->family, 0, NLM_F_ACK, ETHTOOL_MSG_FEATURES_SET,
                   ETHTOOL_GENL_VERSION) ||
      put_header(message, ifindex) || put_wanted(message, names, count, mask, wanted)) {
    nlmsg_free(message);
    return wt_fail(error, -ENOMEM, "offload features: out of memory");
  }
  status = wt_netlink_request(setter->socket, message, on_answer, change);
  if (status)
    return wt_fail(error, status, "offload features: the kernel refused to change them: %s", strerror(-status));
  return 0;
}
