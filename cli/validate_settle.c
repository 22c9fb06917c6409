/* SPDX-License-Identifier: MIT */
/* The end of an experiment, whoever brings it about: the command, its guard, or a later run. */
#include <time.h>

#include "validate.h"

/* What fails once, for want of memory or since a driver is busy, may succeed a moment later. */
#define TRIES 5

static void pause_before(int try)
{
  struct timespec time = {.tv_nsec = try * 100000000L};

  nanosleep(&time, NULL);
}

/* Each try but the first has sockets of its own: the one before may have failed by theirs. */
static enum validate_restored put_back(struct validate_device *device, const struct validate_record *record,
                                       const char *who, struct wt_error *error)
{
  enum validate_restored restored = validate_put_back(device, record, error);
  int ifindex = device->ifindex;

  for (int try = 1; restored == VALIDATE_FAILED && try < TRIES; try++) {
    cli_say("%snot restored yet on \"%s\": %s; trying again", who, record->interface.name, error->text);
    pause_before(try);
    validate_device_close(device);
    if (validate_device_open(device, ifindex) == 0)
      restored = validate_put_back(device, record, error);
  }
  return restored;
}

bool validate_settle(struct validate_device *device, struct validate_watch *watch, const struct validate_store *store,
                     const struct validate_record *record, const char *who)
{
  char text[VALIDATE_TEXT_SIZE];
  struct wt_error error;

  validate_record_describe(record, text, sizeof(text));
  switch (put_back(device, record, who, &error)) {
  case VALIDATE_RESTORED:
    cli_say("%srestored on \"%s\": %s", who, record->interface.name, text);
    return validate_store_discard(store);
  case VALIDATE_GONE:
    if (watch && validate_watch_moved(watch)) {
      cli_say("%sNOT RESTORED: \"%s\" was moved to another network namespace with offloads turned off; 'wiretruth "
              "validate --restore', run there, puts back: %s",
              who, record->interface.name, text);
      return false;
    }
    cli_say("%s\"%s\" disappeared with offloads turned off: nothing is left to be restored", who,
            record->interface.name);
    return validate_store_discard(store);
  default:
    cli_say("%sNOT RESTORED on \"%s\": %s; to be put back: %s; 'wiretruth validate --restore' tries again", who,
            record->interface.name, error.text, text);
    return false;
  }
}
