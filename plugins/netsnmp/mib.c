/* SPDX-License-Identifier: MIT */
#include "mib.h"

#include <errno.h>
#include <stdlib.h>

#include "mib_parts.h"
#include "root.h"

static const char description[] = "WIRETRUTH-MIB: frames on the wire, and which signals diverge from it";

static int compare_ifindex(const void *a, const void *b)
{
  oid left = ((const struct interface_row *)a)->row.numbers[0];
  oid right = ((const struct interface_row *)b)->row.numbers[0];

  return (left > right) - (left < right);
}

static const struct interface_row *find_row(const struct mib *mib, int ifindex)
{
  struct interface_row key = {.row = {.numbers = {(oid)ifindex}}};

  if (mib->interface_count == 0)
    return NULL;
  return bsearch(&key, mib->interfaces, mib->interface_count, sizeof(key), compare_ifindex);
}

/* The rows of all witnesses, as the rows of the directions have them; NULL if there are none, or no memory for them. */
static struct witness_row *make_witnesses(const struct direction_row *directions, size_t direction_count, size_t *count)
{
  struct witness_row *rows;
  size_t most = 0;

  *count = 0;
  for (size_t i = 0; i < direction_count; i++)
    most += directions[i].direction->wire.witness_count;
  rows = most ? calloc(most, sizeof(*rows)) : NULL;
  if (most && !rows)
    snmp_log(LOG_ERR, "wiretruth: out of memory: no witnesses until the next poll\n");
  for (size_t i = 0; rows && i < direction_count; i++)
    *count += mib_witness_rows(rows + *count, &directions[i]);
  return rows;
}

void mib_refresh(struct mib *mib)
{
  const struct wt_report *report = monitor_report(mib->monitor);
  size_t most = report ? report->interface_count : 0;
  size_t interface_count = 0, direction_count = 0, witness_count;
  struct witness_row *witnesses;
  struct interface_row *interfaces = most ? calloc(most, sizeof(*interfaces)) : NULL;
  struct direction_row *directions = most ? calloc(most * WT_DIRECTIONS, sizeof(*directions)) : NULL;

  /* The report that the old rows point into is gone: without memory for new ones there are none. */
  if (most && (!interfaces || !directions)) {
    snmp_log(LOG_ERR, "wiretruth: out of memory: no rows until the next poll\n");
    most = 0;
  }
  for (size_t i = 0; i < most; i++) {
    const struct wt_interface *interface = &report->interfaces[i];
    const struct interface_row *old;

    if (!monitor_shows(mib->monitor, interface))
      continue;
    old = find_row(mib, interface->ifindex);
    mib_interface_row(&interfaces[interface_count++], interface, old, mib);
    for (int d = 0; d < WT_DIRECTIONS; d++)
      mib_direction_row(&directions[direction_count++], interface, (enum wt_direction)d,
                        old ? &mib->directions[(old - mib->interfaces) * WT_DIRECTIONS + d] : NULL, mib);
  }
  witnesses = make_witnesses(directions, direction_count, &witness_count);
  table_replace(&mib->interface_table, interfaces, interface_count, sizeof(*interfaces));
  table_replace(&mib->direction_table, directions, direction_count, sizeof(*directions));
  table_replace(&mib->checksum_table, directions, direction_count, sizeof(*directions));
  table_replace(&mib->hidden_table, directions, direction_count, sizeof(*directions));
  table_replace(&mib->application_table, directions, direction_count, sizeof(*directions));
  table_replace(&mib->witness_table, witnesses, witness_count, sizeof(*witnesses));
  free(mib->interfaces);
  free(mib->directions);
  free(mib->witnesses);
  mib->interfaces = interfaces;
  mib->directions = directions;
  mib->witnesses = witnesses;
  mib->interface_count = interface_count;
  mib->direction_count = direction_count;
}

int mib_scalars_register(netsnmp_handler_registration **out, const char *name, Netsnmp_Node_Handler *answer,
                         const oid *root, size_t length, oid last, struct mib *mib)
{
  netsnmp_handler_registration *registration =
      netsnmp_create_handler_registration(name, answer, root, length, HANDLER_CAN_RONLY);

  if (!registration)
    return -ENOMEM;
  registration->my_reg_void = mib;
  /* On failure this frees the registration. */
  if (netsnmp_register_scalar_group(registration, 1, last) != SNMPERR_SUCCESS) {
    snmp_log(LOG_ERR, "wiretruth: %s could not be registered\n", name);
    return -ENOMEM;
  }
  *out = registration;
  return 0;
}

void mib_scalars_unregister(netsnmp_handler_registration **registration)
{
  if (*registration)
    netsnmp_unregister_handler(*registration);
  *registration = NULL;
}

int mib_register(struct mib **out, const struct monitor *monitor, const struct threshold_list *thresholds,
                 struct notifier *notifier)
{
  oid root[] = {WT_MIB_ROOT};
  struct mib *mib = calloc(1, sizeof(*mib));
  int status;

  if (!mib)
    return -ENOMEM;
  mib->monitor = monitor;
  mib->thresholds = thresholds;
  mib->notifier = notifier;
  status = mib_globals_register(mib);
  if (!status)
    status = table_register(&mib->interface_table, &mib_interface_spec, mib);
  if (!status)
    status = table_register(&mib->direction_table, &mib_direction_spec, mib);
  if (!status)
    status = table_register(&mib->checksum_table, &mib_checksum_spec, mib);
  if (!status)
    status = table_register(&mib->hidden_table, &mib_hidden_spec, mib);
  if (!status)
    status = mib_application_register(mib);
  if (!status)
    status = table_register(&mib->application_table, &mib_application_spec, mib);
  if (!status)
    status = table_register(&mib->witness_table, &mib_witness_spec, mib);
  if (status) {
    mib_unregister(mib);
    return status;
  }
  register_sysORTable(root, OID_LENGTH(root), description);
  *out = mib;
  return 0;
}

void mib_connected(struct mib *mib)
{
  mib->uptime.known = false;
}

void mib_unregister(struct mib *mib)
{
  oid root[] = {WT_MIB_ROOT};

  if (!mib)
    return;
  unregister_sysORTable(root, OID_LENGTH(root));
  table_unregister(&mib->witness_table);
  table_unregister(&mib->application_table);
  mib_scalars_unregister(&mib->application);
  table_unregister(&mib->hidden_table);
  table_unregister(&mib->checksum_table);
  table_unregister(&mib->direction_table);
  table_unregister(&mib->interface_table);
  mib_scalars_unregister(&mib->globals);
  mib_free(mib);
}

void mib_free(struct mib *mib)
{
  if (!mib)
    return;
  free(mib->interfaces);
  free(mib->directions);
  free(mib->witnesses);
  free(mib);
}
