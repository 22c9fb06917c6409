/* SPDX-License-Identifier: MIT */
/* Netlink messages for tests of what reads them: made with libnl, then cut short and changed at random. */
#ifndef WT_TEST_MESSAGE_H
#define WT_TEST_MESSAGE_H

#include "check.h"

#include <stdlib.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "random.h"

enum { MESSAGE_FAMILY = 30, MESSAGE_CHANGES = 20000 };

__attribute__((unused)) static struct nl_msg *message_new(int type)
{
  struct nl_msg *message = nlmsg_alloc_simple(type, 0);

  assert_non_null(message);
  return message;
}

__attribute__((unused)) static struct nl_msg *message_new_generic(uint8_t command)
{
  struct nl_msg *message = nlmsg_alloc();

  assert_non_null(message);
  assert_non_null(genlmsg_put(message, 0, 0, MESSAGE_FAMILY, 0, 0, command, 1));
  return message;
}

/*
 * Has look() see the message cut off after every number of octets, and copies of which some octets are changed at
 * random. Each is in a block of its own size, so that a sanitizer notices a read beyond it.
 */
__attribute__((unused)) static void message_spoil(struct nl_msg *message,
                                                  void (*look)(struct nlmsghdr *spoiled, bool changed))
{
  struct nlmsghdr *header = nlmsg_hdr(message);
  uint32_t length = header->nlmsg_len;
  struct random random = {4};

  if (length <= sizeof(*header))
    return;
  for (uint32_t cut = sizeof(*header); cut <= length; cut++) {
    struct nlmsghdr *copy = malloc(cut);

    assert_non_null(copy);
    memcpy(copy, header, cut);
    copy->nlmsg_len = cut;
    look(copy, false);
    free(copy);
  }
  for (int i = 0; i < MESSAGE_CHANGES; i++) {
    unsigned char *copy = malloc(length);

    assert_non_null(copy);
    memcpy(copy, header, length);
    for (uint64_t changes = 1 + random_below(&random, 4); changes; changes--)
      copy[sizeof(*header) + random_below(&random, length - sizeof(*header))] = (unsigned char)random_bits(&random);
    look((struct nlmsghdr *)copy, true);
    free(copy);
  }
}

#endif
