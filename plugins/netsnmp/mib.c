/* SPDX-License-Identifier: MIT */
#include "mib.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "mib_parts.h"
#include "root.h"

static const char description[] = "WIRETRUTH-MIB: frames on the wire, and which signals diverge from it";

static int compare_ifindex(const void *a, const void *b)
{
  oid left = ((const struct interface_row *)a)->row.numbers[0];
  oid right = ((const struct interface_row *)b)->row.numbers[0];

  return (left > right) - (left < right);
}

static const struct interface_row *find_row(const struct mib_rows *rows, int ifindex)
{
  struct interface_row key = {.row = {.numbers = {(oid)ifindex}}};

  if (rows->interface_count == 0)
    return NULL;
  return bsearch(&key, rows->interfaces, rows->interface_count, sizeof(key), compare_ifindex);
}

/* How many rows of each kind a report comes to. */
static void count_rows(struct mib_rows *rows, const struct mib *mib, const struct wt_report *report)
{
  for (size_t i = 0; i < report->interface_count; i++) {
    const struct wt_interface *interface = &report->interfaces[i];

    if (!monitor_shows(mib->monitor, interface))
      continue;
    rows->interface_count++;
    for (int d = 0; d < WT_DIRECTIONS; d++) {
      rows->moment_count += mib_is_decided(interface->direction[d]);
      rows->witness_count += interface->direction[d]->wire.witness_count;
    }
  }
  rows->direction_count = rows->interface_count * WT_DIRECTIONS;
}

/*
 * Room for as many, in a mapping of its own: the rows before them are given back to the system as a whole then, and not
 * kept for the next ones. False, and there are none, when memory ran out.
 */
static bool map_rows(struct mib_rows *rows)
{
  size_t interfaces = rows->interface_count * sizeof(*rows->interfaces);
  size_t directions = rows->direction_count * sizeof(*rows->directions);
  size_t moments = rows->moment_count * sizeof(*rows->moments);
  size_t octets = interfaces + directions + moments + rows->witness_count * sizeof(*rows->witnesses);
  char *start;

  if (octets == 0)
    return true;
  start = mmap(NULL, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) {
    *rows = (struct mib_rows){0};
    return false;
  }
  rows->octets = octets;
  rows->interfaces = (void *)start;
  rows->directions = (void *)(start + interfaces);
  rows->moments = (void *)(start + interfaces + directions);
  rows->witnesses = (void *)(start + interfaces + directions + moments);
  return true;
}

static void unmap_rows(const struct mib_rows *rows)
{
  if (rows->octets)
    munmap(rows->interfaces, rows->octets);
}

static void fill_rows(struct mib_rows *rows, const struct mib *mib, const struct wt_report *report)
{
  const struct mib_rows *before = &mib->rows;
  struct interface_row *row = rows->interfaces;
  struct direction_row *direction = rows->directions;
  struct direction_moments *moments = rows->moments;
  struct witness_row *witness = rows->witnesses;

  for (size_t i = 0; i < report->interface_count; i++) {
    const struct wt_interface *interface = &report->interfaces[i];
    const struct interface_row *old;

    if (!monitor_shows(mib->monitor, interface))
      continue;
    old = find_row(before, interface->ifindex);
    mib_interface_row(row++, interface, old, mib);
    for (int d = 0; d < WT_DIRECTIONS; d++, direction++) {
      mib_direction_row(direction, interface, (enum wt_direction)d,
                        old ? &before->directions[(old - before->interfaces) * WT_DIRECTIONS + d] : NULL,
                        mib_is_decided(interface->direction[d]) ? moments++ : NULL, mib);
      witness += mib_witness_rows(witness, direction);
    }
  }
}

/* The report that the old rows point into is about to go: without memory for new ones there are none. A change that is
 * told takes as long as snmpd asks a sink who it is. */
void mib_refresh(struct mib *mib)
{
  const struct wt_report *report = mib->report = monitor_report(mib->monitor);
  struct mib_rows rows = {0};

  if (report)
    count_rows(&rows, mib, report);
  if (!map_rows(&rows))
    snmp_log(LOG_ERR, "wiretruth: out of memory: no rows until the next poll\n");
  else if (rows.octets)
    fill_rows(&rows, mib, report);
  table_replace(&mib->interface_table, rows.interfaces, rows.interface_count, sizeof(*rows.interfaces));
  table_replace(&mib->direction_table, rows.directions, rows.direction_count, sizeof(*rows.directions));
  table_replace(&mib->checksum_table, rows.directions, rows.direction_count, sizeof(*rows.directions));
  table_replace(&mib->hidden_table, rows.directions, rows.direction_count, sizeof(*rows.directions));
  table_replace(&mib->application_table, rows.directions, rows.direction_count, sizeof(*rows.directions));
  table_replace(&mib->witness_table, rows.witnesses, rows.witness_count, sizeof(*rows.witnesses));
  unmap_rows(&mib->rows);
  mib->rows = rows;
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
  unmap_rows(&mib->rows);
  free(mib);
}
