/* SPDX-License-Identifier: MIT */
/* Turning offloads off, and putting back what was wanted before. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "validate.h"

int validate_device_open(struct validate_device *device, int ifindex)
{
  struct wt_error error = {0};

  *device = (struct validate_device){.ifindex = ifindex};
  if (wt_offloads_open(&device->offloads, &error) || wt_offload_setter_open(&device->setter, &error)) {
    cli_say("%s", error.text);
    validate_device_close(device);
    return CLI_NOT_OBSERVED;
  }
  device->names = wt_offloads_names(device->offloads, &device->name_count);
  return 0;
}

void validate_device_close(struct validate_device *device)
{
  wt_offload_setter_close(device->setter);
  wt_offloads_close(device->offloads);
  *device = (struct validate_device){0};
}

static const struct wt_features *find(const struct wt_features *all, size_t count, int ifindex)
{
  for (size_t i = 0; i < count; i++)
    if (all[i].ifindex == ifindex)
      return &all[i];
  return NULL;
}

/* error tells whether a reading failed; a NULL without one: there is no such interface. */
static const struct wt_features *read_features(struct validate_device *device, int ifindex, struct wt_error *error)
{
  const struct wt_features *all;
  size_t count;

  *error = (struct wt_error){0};
  return wt_offloads_read(device->offloads, &all, &count, error) ? NULL : find(all, count, ifindex);
}

const struct wt_features *validate_device_features(struct validate_device *device, struct wt_error *error)
{
  return read_features(device, device->ifindex, error);
}

/* ---- turn off ------------------------------------------------------------------------------------------------ */

void validate_plan(const struct wt_features *features, const uint32_t *asked, uint32_t *targets, uint32_t *others)
{
  for (size_t i = 0; i < WT_FEATURE_WORDS; i++) {
    uint32_t active = asked[i] & features->active[i];

    /* What nobody wants and is on all the same does not go off by not being wanted. */
    targets[i] = active & features->wanted[i] & features->hw[i] & ~features->fixed[i];
    others[i] = active & ~targets[i];
  }
}

static void record_feature(struct validate_record *record, const struct validate_device *device,
                           const struct wt_features *before, size_t bit, bool along)
{
  struct validate_feature *feature = &record->features[record->feature_count];

  if (record->feature_count == VALIDATE_FEATURES)
    return;
  *feature = (struct validate_feature){
      .ifindex = before->ifindex,
      .wanted = wt_feature_bit(before->wanted, bit),
      .active = wt_feature_bit(before->active, bit),
      .along = along,
  };
  snprintf(feature->name, sizeof(feature->name), "%s", device->names[bit]);
  record->feature_count++;
}

void validate_record_targets(struct validate_record *record, const struct validate_device *device,
                             const struct wt_features *features, const uint32_t *targets)
{
  record->pid = getpid();
  record->time = time(NULL);
  record->feature_count = 0;
  for (size_t i = 0; i < device->name_count; i++)
    if (device->names[i] && wt_feature_bit(targets, i))
      record_feature(record, device, features, i, false);
}

/* A driver may change what is wanted, too; and what an upper device must not have is turned off on those below. */
static void record_along(struct validate_record *record, const struct validate_device *device,
                         const struct wt_features *before, const struct wt_features *after, const uint32_t *targets,
                         const uint32_t *changed)
{
  bool itself = before->ifindex == device->ifindex;

  for (size_t i = 0; i < device->name_count; i++) {
    bool wanted_changed = wt_feature_bit(before->wanted, i) != wt_feature_bit(after->wanted, i);

    if (!device->names[i])
      continue;
    if (itself ? !wt_feature_bit(targets, i) && (wanted_changed || wt_feature_bit(changed, i))
               : wt_feature_bit(targets, i) && wanted_changed)
      record_feature(record, device, before, i, true);
  }
}

/* The next reading takes the place of this one. NULL when memory ran out. */
static struct wt_features *copy(const struct wt_features *all, size_t count)
{
  struct wt_features *kept = calloc(count + 1, sizeof(*kept));

  if (kept)
    memcpy(kept, all, count * sizeof(*kept));
  return kept;
}

static int turn_off_from(struct validate_device *device, struct validate_record *record, const uint32_t *targets,
                         const struct wt_features *before, size_t before_count, struct wt_offload_change *change,
                         struct wt_error *error)
{
  const uint32_t none[WT_FEATURE_WORDS] = {0};
  const struct wt_features *all;
  size_t count;
  int status =
      wt_offload_set(device->setter, device->ifindex, device->names, device->name_count, targets, none, change, error);

  if (status == 0)
    status = wt_offloads_read(device->offloads, &all, &count, error);
  if (status)
    return status;
  for (size_t i = 0; i < before_count; i++) {
    const struct wt_features *after = find(all, count, before[i].ifindex);

    if (after)
      record_along(record, device, &before[i], after, targets, change->changed);
  }
  return 0;
}

int validate_turn_off(struct validate_device *device, struct validate_record *record, const uint32_t *targets,
                      struct wt_offload_change *change, struct wt_error *error)
{
  const struct wt_features *all;
  struct wt_features *before;
  size_t count;
  int status = wt_offloads_read(device->offloads, &all, &count, error);

  if (status)
    return status;
  before = copy(all, count);
  if (!before) {
    snprintf(error->text, sizeof(error->text), "out of memory");
    return -ENOMEM;
  }
  status = turn_off_from(device, record, targets, before, count, change, error);
  free(before);
  return status;
}

/* ---- put back ------------------------------------------------------------------------------------------------ */

static size_t bit_of(const struct validate_device *device, const char *name)
{
  size_t bit = 0;

  while (bit < device->name_count && (!device->names[bit] || strcmp(device->names[bit], name) != 0))
    bit++;
  return bit;
}

/* What the record wants of one interface otherwise than it is wanted now. False: nothing. */
static bool wishes(const struct validate_device *device, const struct validate_record *record,
                   const struct wt_features *now, uint32_t *mask, uint32_t *wanted)
{
  bool any = false;

  memset(mask, 0, WT_FEATURE_WORDS * sizeof(*mask));
  memset(wanted, 0, WT_FEATURE_WORDS * sizeof(*wanted));
  for (size_t i = 0; i < record->feature_count; i++) {
    const struct validate_feature *feature = &record->features[i];
    size_t bit = bit_of(device, feature->name);

    if (feature->ifindex != now->ifindex || bit == device->name_count ||
        wt_feature_bit(now->wanted, bit) == feature->wanted)
      continue;
    wt_feature_set_bit(mask, bit);
    if (feature->wanted)
      wt_feature_set_bit(wanted, bit);
    any = true;
  }
  return any;
}

/* 0; -ENODEV: gone. */
static int put_back_one(struct validate_device *device, const struct validate_record *record, int ifindex,
                        struct wt_error *error)
{
  uint32_t mask[WT_FEATURE_WORDS], wanted[WT_FEATURE_WORDS];
  const struct wt_features *now = read_features(device, ifindex, error);
  struct wt_offload_change change;

  if (!now)
    return error->code ? error->code : -ENODEV;
  if (!wishes(device, record, now, mask, wanted))
    return 0;
  return wt_offload_set(device->setter, ifindex, device->names, device->name_count, mask, wanted, &change, error);
}

/* Those that were changed along on other interfaces come after: they are held off as long as it is off above. */
static int put_back_others(struct validate_device *device, const struct validate_record *record, struct wt_error *error)
{
  int done = record->interface.ifindex;

  for (size_t i = 0; i < record->feature_count; i++) {
    int ifindex = record->features[i].ifindex, status;

    if (ifindex == record->interface.ifindex || ifindex == done)
      continue;
    done = ifindex;
    status = put_back_one(device, record, ifindex, error);
    if (status && status != -ENODEV)
      return status;
  }
  return 0;
}

/* What is not as it was: "rx-gro is off and was on". */
static size_t differences(struct validate_device *device, const struct validate_record *record, char *text, size_t size)
{
  const struct wt_features *all;
  size_t count, used = 0;
  struct wt_error error;

  text[0] = '\0';
  if (wt_offloads_read(device->offloads, &all, &count, &error))
    return (size_t)snprintf(text, size, "%s", error.text);
  for (size_t i = 0; i < record->feature_count && used < size; i++) {
    const struct validate_feature *feature = &record->features[i];
    const struct wt_features *now = find(all, count, feature->ifindex);
    size_t bit = bit_of(device, feature->name);

    if (!now || bit == device->name_count || wt_feature_bit(now->active, bit) == feature->active)
      continue;
    used += (size_t)snprintf(text + used, size - used, "%s%s is %s and was %s", used ? ", " : "", feature->name,
                             feature->active ? "off" : "on", feature->active ? "on" : "off");
  }
  return used;
}

enum validate_restored validate_put_back(struct validate_device *device, const struct validate_record *record,
                                         struct wt_error *error)
{
  struct validate_identity found;
  int status;

  *error = (struct wt_error){0};
  if (!validate_identity_take(record->interface.ifindex, &found)) {
    if (errno == ENODEV)
      return VALIDATE_GONE;
    snprintf(error->text, sizeof(error->text), "the interface cannot be asked: %s", strerror(errno));
    return VALIDATE_FAILED;
  }
  if (!validate_identity_is(&record->interface, &found))
    return VALIDATE_GONE;
  status = put_back_one(device, record, record->interface.ifindex, error);
  if (status == -ENODEV)
    return VALIDATE_GONE;
  if (status == 0)
    status = put_back_others(device, record, error);
  if (status)
    return VALIDATE_FAILED;
  return differences(device, record, error->text, sizeof(error->text)) ? VALIDATE_FAILED : VALIDATE_RESTORED;
}
