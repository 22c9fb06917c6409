/* SPDX-License-Identifier: MIT */
/* wiretruth validate: measure, turn offloads off, measure again, restore, compare. */
#include "validate.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

/* How long the guard waits for a command that says nothing, beyond the measurement: it hangs, or was stopped. */
#define PATIENCE 60.0

struct experiment {
  const struct validate_options *options;
  struct validate_device device;
  struct validate_watch watch;
  struct validate_store store;
  struct validate_record record;
  struct validate_phase before, after;
  uint32_t asked[WT_FEATURE_WORDS];
  uint32_t off[WT_FEATURE_WORDS];       /* of those asked for, and active before */
  uint32_t refused[WT_FEATURE_WORDS];   /* stayed on */
  uint32_t disturbed[WT_FEATURE_WORDS]; /* turned on again by somebody else */
  int signal_fd;
};

static const char *join(const struct experiment *experiment, const uint32_t *mask, char *text)
{
  return validate_names_join(mask, experiment->device.names, experiment->device.name_count, text, VALIDATE_TEXT_SIZE);
}

/* ---- what it is about ---- */

static int say_lost(const struct wt_error *error)
{
  if (error->code)
    cli_say("%s; nothing was changed", error->text);
  else
    cli_say("the interface disappeared; nothing was changed");
  return CLI_NOT_OBSERVED;
}

/* What would be turned off as things are now. */
static int plan(struct experiment *experiment)
{
  char text[VALIDATE_TEXT_SIZE];
  struct wt_error error;
  const struct wt_features *features = validate_device_features(&experiment->device, &error);
  uint32_t any = 0;

  if (!features)
    return say_lost(&error);
  validate_plan(features, experiment->asked, experiment->off, experiment->refused);
  for (size_t i = 0; i < WT_FEATURE_WORDS; i++)
    any |= experiment->off[i];
  if (any) {
    validate_record_targets(&experiment->record, &experiment->device, features, experiment->off);
    return 0;
  }
  join(experiment, experiment->refused, text);
  cli_say("nothing to turn off on \"%s\": of what was asked for none is on%s%s; nothing was changed",
          experiment->record.interface.name, *text ? " but what cannot be turned off: " : "", text);
  return CLI_NOT_OBSERVED;
}

static int parse_names(struct experiment *experiment)
{
  char unknown[64], there[VALIDATE_TEXT_SIZE];
  const struct validate_device *device = &experiment->device;
  const struct wt_features *features;
  struct wt_error error;

  if (validate_names_parse(experiment->options->turn_off, device->names, device->name_count, experiment->asked, unknown,
                           sizeof(unknown)))
    return 0;
  features = validate_device_features(&experiment->device, &error);
  if (!features)
    return say_lost(&error);
  cli_say("--turn-off does not know '%s'; \"%s\" has: %s", unknown, experiment->record.interface.name,
          validate_names_there(features, device->names, device->name_count, there, sizeof(there)));
  return CLI_USAGE;
}

/* Asked before anything else is done: a change of nothing needs the same right. */
static int check_right(struct experiment *experiment)
{
  const uint32_t none[WT_FEATURE_WORDS] = {0};
  struct validate_device *device = &experiment->device;
  struct wt_offload_change change;
  struct wt_error error = {0};
  int status =
      wt_offload_set(device->setter, device->ifindex, device->names, device->name_count, none, none, &change, &error);

  if (status == 0)
    return 0;
  if (status == -EPERM)
    cli_say("to change offloads needs CAP_NET_ADMIN (root); nothing was changed");
  else
    cli_say("%s; nothing was changed", error.text);
  return CLI_NOT_OBSERVED;
}

static int refuse(struct validate_store *store, const struct validate_record *record, void *context)
{
  char text[VALIDATE_TEXT_SIZE];

  (void)store;
  (void)context;
  cli_say("an earlier run (process %ld) on \"%s\" was killed before it restored: %s; 'wiretruth validate --restore' "
          "does that, and until then nothing is changed",
          record->pid, record->interface.name, validate_record_describe(record, text, sizeof(text)));
  return CLI_NOT_OBSERVED;
}

/* ---- the two measurements, and the change between them ---- */

static int observe(struct experiment *experiment, struct validate_phase *phase)
{
  const struct validate_options *options = experiment->options;

  switch (
      validate_observe(experiment->device.ifindex, options->duration, experiment->signal_fd, options->json, phase)) {
  case VALIDATE_OBSERVED:
    return 0;
  case VALIDATE_SIGNALLED:
    cli_say("interrupted");
    return CLI_NOT_OBSERVED;
  default:
    return CLI_NOT_OBSERVED;
  }
}

static bool has_verdict(const struct wt_interface *interface)
{
  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++)
    for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++)
      if (wt_signal_of(interface->direction[direction], signal)->verdict != WT_VERDICT_UNKNOWN)
        return true;
  return false;
}

static int observe_before(struct experiment *experiment)
{
  int status = observe(experiment, &experiment->before);

  if (status == 0 && !has_verdict(&experiment->before.interface)) {
    cli_say("no verdict on any signal as it is, so that there is nothing to compare with: %s",
            experiment->before.interface.direction[WT_TX]->capture.reason);
    status = CLI_NOT_OBSERVED;
  }
  if (status)
    cli_say("nothing was changed");
  return status;
}

/* Where it cannot be told whether they stayed off, the second measurement proves nothing. */
static int find_disturbed(struct experiment *experiment)
{
  struct wt_error error;
  const struct wt_features *features = validate_device_features(&experiment->device, &error);

  if (!features) {
    cli_say("whether the offloads stayed off is not known: %s", error.code ? error.text : "the interface disappeared");
    return CLI_NOT_OBSERVED;
  }
  for (size_t i = 0; i < WT_FEATURE_WORDS; i++)
    experiment->disturbed[i] = features->active[i] & experiment->off[i] & ~experiment->refused[i];
  return 0;
}

static int turn_off(struct experiment *experiment)
{
  uint32_t targets[WT_FEATURE_WORDS];
  struct wt_offload_change change;
  struct wt_error error = {0};
  char text[VALIDATE_TEXT_SIZE];
  int status;

  memcpy(targets, experiment->off, sizeof(targets));
  status = validate_turn_off(&experiment->device, &experiment->record, targets, &change, &error);
  if (status) {
    cli_say("cannot turn them off: %s", error.text);
    return CLI_NOT_OBSERVED;
  }
  /* With what was changed along. */
  if (!validate_store_save(&experiment->store, &experiment->record))
    return CLI_NOT_OBSERVED;
  status = CLI_NOT_OBSERVED;
  for (size_t i = 0; i < WT_FEATURE_WORDS; i++) {
    experiment->refused[i] |= targets[i] & change.refused[i];
    experiment->off[i] = targets[i] & ~change.refused[i];
    if (experiment->off[i])
      status = 0;
  }
  if (status)
    cli_say("the kernel refused to turn off any of them: %s", join(experiment, targets, text));
  else
    cli_say("turned off: %s", join(experiment, experiment->off, text));
  return status;
}

static int observe_without(struct experiment *experiment)
{
  int status = turn_off(experiment);

  if (status == 0 && validate_signal_came(experiment->signal_fd)) {
    cli_say("interrupted");
    status = CLI_NOT_OBSERVED;
  }
  if (status == 0)
    status = observe(experiment, &experiment->after);
  return status ? status : find_disturbed(experiment);
}

/* From here on whatever happens ends in validate_settle(): here, in the guard, or in a later run. */
static int change_and_restore(struct experiment *experiment)
{
  struct validate_guard guard;
  int status;

  if (!validate_guard_start(&guard, &experiment->store, experiment->device.ifindex,
                            experiment->options->duration + PATIENCE)) {
    cli_say("nothing was changed");
    return CLI_NOT_OBSERVED;
  }
  if (validate_store_save(&experiment->store, &experiment->record)) {
    cli_say("process %d restores should this one (%ld) be killed", guard.pid, experiment->record.pid);
    status = observe_without(experiment);
    if (!validate_settle(&experiment->device, &experiment->watch, &experiment->store, &experiment->record, ""))
      status = CLI_NOT_OBSERVED;
  } else {
    cli_say("nothing was changed");
    status = CLI_NOT_OBSERVED;
  }
  validate_guard_end(&guard);
  return status;
}

/* ---- result ---- */

static int print(const struct experiment *experiment)
{
  char off[VALIDATE_TEXT_SIZE], refused[VALIDATE_TEXT_SIZE], disturbed[VALIDATE_TEXT_SIZE];
  const struct validate_result result = {
      .record = &experiment->record,
      .before = &experiment->before,
      .after = &experiment->after,
      .off = join(experiment, experiment->off, off),
      .refused = join(experiment, experiment->refused, refused),
      .disturbed = join(experiment, experiment->disturbed, disturbed),
      .restored = true,
  };
  struct cli_page page;
  int status = CLI_OBSERVED;

  if (!cli_page_open(&page))
    return CLI_NOT_OBSERVED;
  if (experiment->options->json)
    status = cli_write_json(validate_json(&result), page.file);
  else
    validate_print(page.file, &result);
  return cli_page_close(&page, status);
}

/* ---- all ---- */

static int measure(struct experiment *experiment)
{
  int status = observe_before(experiment);

  /* Things may have changed meanwhile. */
  if (status == 0)
    status = plan(experiment);
  if (status == 0)
    status = change_and_restore(experiment);
  return status;
}

static int run_agreed(struct experiment *experiment)
{
  int status;

  wt_drop_rights(1ull << CAP_NET_ADMIN);
  if (!validate_watch_open(&experiment->watch, experiment->device.ifindex))
    return CLI_NOT_OBSERVED;
  experiment->signal_fd = validate_signals();
  if (experiment->signal_fd < 0) {
    cli_say("cannot wait for signals: %s; nothing was changed", strerror(errno));
    validate_watch_close(&experiment->watch);
    return CLI_NOT_OBSERVED;
  }
  status = measure(experiment);
  validate_signals_end(experiment->signal_fd);
  validate_watch_close(&experiment->watch);
  if (status == 0)
    status = print(experiment);
  json_decref(experiment->before.json);
  json_decref(experiment->after.json);
  return status;
}

static int run_locked(struct experiment *experiment)
{
  char off[VALIDATE_TEXT_SIZE], fixed[VALIDATE_TEXT_SIZE];
  int status = validate_store_leftovers(&experiment->store, refuse, NULL);

  if (status == 0)
    status = plan(experiment);
  if (status)
    return status;
  validate_announce(&experiment->record.interface, experiment->options->duration,
                    join(experiment, experiment->off, off), join(experiment, experiment->refused, fixed));
  status = validate_confirm(experiment->options, &experiment->record.interface);
  return status ? status : run_agreed(experiment);
}

static int run_with(struct experiment *experiment)
{
  int status = parse_names(experiment);

  if (status == 0)
    status = check_right(experiment);
  if (status == 0)
    status = validate_store_open(&experiment->store);
  if (status == 0)
    status = validate_store_lock(&experiment->store, &experiment->record.interface);
  if (status)
    return status;
  status = run_locked(experiment);
  validate_store_unlock(&experiment->store);
  return status;
}

static int run(const struct validate_options *options)
{
  static struct experiment experiment;
  unsigned int ifindex = if_nametoindex(options->interface);
  int status;

  experiment = (struct experiment){.options = options, .signal_fd = -1};
  if (!ifindex || !validate_identity_take((int)ifindex, &experiment.record.interface)) {
    cli_say("no interface \"%s\" in this network namespace: %s", options->interface, strerror(errno));
    return CLI_NOT_OBSERVED;
  }
  status = validate_device_open(&experiment.device, (int)ifindex);
  if (status)
    return status;
  status = run_with(&experiment);
  validate_device_close(&experiment.device);
  return status;
}

int validate_run(int argc, char **argv)
{
  struct validate_options options;
  int status = validate_options_parse(argc, argv, &options);

  if (status)
    return status;
  if (options.help)
    return cli_print_help(validate_help);
  return options.restore ? validate_restore_all() : run(&options);
}
