/* SPDX-License-Identifier: MIT */
/* Offloads by name. */
#include <fnmatch.h>
#include <string.h>

#include "validate.h"

/* ethtool's words for groups of features: what -K takes, what -k prints. Patterns, as a kernel may have more of them.
 */
static const struct {
  const char *word, *title, *features;
} groups[] = {
    {"gro", "generic-receive-offload", "rx-gro"},
    {"lro", "large-receive-offload", "rx-lro"},
    {"tso", "tcp-segmentation-offload", "tx-tcp*-segmentation"},
    {"gso", "generic-segmentation-offload", "tx-generic-segmentation"},
    {"ufo", "udp-fragmentation-offload", "tx-udp-fragmentation"},
    {"sg", "scatter-gather", "tx-scatter-gather*"},
    {"tx", "tx-checksumming", "tx-checksum-*"},
    {"rx", "rx-checksumming", "rx-checksum"},
    {"rxvlan", "rx-vlan-offload", "rx-vlan-hw-parse"},
    {"txvlan", "tx-vlan-offload", "tx-vlan-hw-insert"},
    {"ntuple", "ntuple-filters", "rx-ntuple-filter"},
    {"rxhash", "receive-hashing", "rx-hashing"},
};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

/* All that makes packets of frames or frames of packets. */
static const char DEFAULT[] = "gro,rx-gro-hw,lro,tso,gso,tx-udp-segmentation";

/* False where the kernel has no feature of that name. */
static bool add_feature(const char *name, size_t length, const char *const *names, size_t count, uint32_t *mask)
{
  for (size_t i = 0; i < count; i++) {
    if (names[i] && strlen(names[i]) == length && strncmp(names[i], name, length) == 0) {
      wt_feature_set_bit(mask, i);
      return true;
    }
  }
  return false;
}

static bool is_word(const char *text, size_t length, const char *word)
{
  return strlen(word) == length && strncmp(text, word, length) == 0;
}

static bool add_word(const char *word, size_t length, const char *const *names, size_t count, uint32_t *mask)
{
  for (size_t i = 0; i < GROUPS; i++) {
    if (!is_word(word, length, groups[i].word) && !is_word(word, length, groups[i].title))
      continue;
    /* A kernel may lack all of them. */
    for (size_t bit = 0; bit < count; bit++)
      if (names[bit] && fnmatch(groups[i].features, names[bit], 0) == 0)
        wt_feature_set_bit(mask, bit);
    return true;
  }
  return add_feature(word, length, names, count, mask);
}

bool validate_names_parse(const char *list, const char *const *names, size_t count, uint32_t *mask, char *unknown,
                          size_t size)
{
  const char *word = list ? list : DEFAULT;

  memset(mask, 0, WT_FEATURE_WORDS * sizeof(*mask));
  for (;;) {
    size_t length = strcspn(word, ",");

    /* That this kernel does not know a feature of the default is no fault of the user's. */
    if (!add_word(word, length, names, count, mask) && list) {
      snprintf(unknown, size, "%.*s", (int)length, word);
      return false;
    }
    if (word[length] == '\0')
      return true;
    word += length + 1;
  }
}

/* ---- lists ---- */

struct list {
  char *text;
  size_t size, used;
};

static void add(struct list *list, const char *name)
{
  int written;

  if (list->used >= list->size)
    return;
  written = snprintf(list->text + list->used, list->size - list->used, "%s%s", list->used ? ", " : "", name);
  if (written > 0)
    list->used += (size_t)written;
}

const char *validate_names_join(const uint32_t *mask, const char *const *names, size_t count, char *text, size_t size)
{
  struct list list = {text, size, 0};

  text[0] = '\0';
  for (size_t i = 0; i < count; i++)
    if (names[i] && wt_feature_bit(mask, i))
      add(&list, names[i]);
  return text;
}

static bool is_changeable(const struct wt_features *features, size_t bit)
{
  return wt_feature_bit(features->hw, bit) && !wt_feature_bit(features->fixed, bit);
}

static bool group_is_there(size_t group, const struct wt_features *features, const char *const *names, size_t count)
{
  uint32_t mask[WT_FEATURE_WORDS] = {0};

  add_word(groups[group].word, strlen(groups[group].word), names, count, mask);
  for (size_t i = 0; i < count; i++)
    if (wt_feature_bit(mask, i) && is_changeable(features, i))
      return true;
  return false;
}

const char *validate_names_there(const struct wt_features *features, const char *const *names, size_t count, char *text,
                                 size_t size)
{
  struct list list = {text, size, 0};

  text[0] = '\0';
  for (size_t i = 0; i < GROUPS; i++)
    if (group_is_there(i, features, names, count))
      add(&list, groups[i].word);
  for (size_t i = 0; i < count; i++)
    if (names[i] && is_changeable(features, i))
      add(&list, names[i]);
  return text;
}
