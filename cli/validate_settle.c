/* SPDX-License-Identifier: MIT */
/* The end of an experiment, whoever brings it about: the command, its guard, or a later run. */
#include "validate.h"

bool validate_settle(struct validate_device *device, struct validate_watch *watch, const struct validate_store *store,
                     const struct validate_record *record, const char *who)
{
  char text[VALIDATE_TEXT_SIZE];
  struct wt_error error;

  validate_record_describe(record, text, sizeof(text));
  switch (validate_put_back(device, record, &error)) {
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
