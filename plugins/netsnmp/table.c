/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <errno.h>

#include "root.h"

/* Sees only Get and the steps of a Set: the helpers before it in the chain turn GetNext and GetBulk into that. */
static int answer(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
                  netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests)
{
  const struct table *table = registration->my_reg_void;

  (void)handler;
  if (agent_request->mode != MODE_GET)
    return table->spec->set ? table->spec->set(table->context, agent_request, requests) : SNMP_ERR_NOERROR;
  for (netsnmp_request_info *request = requests; request; request = request->next) {
    netsnmp_table_request_info *where;
    const void *row;

    if (request->processed)
      continue;
    row = netsnmp_container_table_extract_context(request);
    where = netsnmp_extract_table_info(request);
    if (!row || !where)
      netsnmp_request_set_error(request, SNMP_NOSUCHINSTANCE);
    else
      table->spec->column(request, where->colnum, row, table->context);
  }
  return SNMP_ERR_NOERROR;
}

int table_register(struct table *table, const struct table_spec *spec, void *context)
{
  oid root[] = {WT_MIB_OBJECTS, spec->arc};
  netsnmp_table_registration_info *info = SNMP_MALLOC_TYPEDEF(netsnmp_table_registration_info);

  *table = (struct table){.spec = spec, .context = context};
  table->container = netsnmp_container_find("table_container");
  table->registration = netsnmp_create_handler_registration(spec->name, answer, root, OID_LENGTH(root),
                                                            spec->set ? HANDLER_CAN_RWRITE : HANDLER_CAN_RONLY);
  if (!info || !table->container || !table->registration)
    goto fail;
  table->registration->my_reg_void = table;
  for (size_t i = 0; i < spec->indexes; i++)
    netsnmp_table_helper_add_index(info, ASN_INTEGER);
  info->min_column = spec->first_column;
  info->max_column = spec->last_column;
  /* On failure this frees the registration. */
  if (netsnmp_container_table_register(table->registration, info, table->container,
                                       TABLE_CONTAINER_KEY_NETSNMP_INDEX) != SNMPERR_SUCCESS) {
    table->registration = NULL;
    goto fail;
  }
  netsnmp_handler_owns_table_info(table->registration->handler->next);
  return 0;

fail:
  snmp_log(LOG_ERR, "wiretruth: %s could not be registered\n", spec->name);
  if (table->registration)
    netsnmp_handler_registration_free(table->registration);
  if (table->container)
    CONTAINER_FREE(table->container);
  table->registration = NULL;
  table->container = NULL;
  SNMP_FREE(info);
  return -ENOMEM;
}

void table_unregister(struct table *table)
{
  if (table->registration)
    netsnmp_container_table_unregister(table->registration); /* frees the container too */
  table->registration = NULL;
  table->container = NULL;
}

void table_replace(struct table *table, void *rows, size_t count, size_t size)
{
  if (!table->container)
    return;
  CONTAINER_CLEAR(table->container, NULL, NULL);
  for (size_t i = 0; i < count; i++)
    CONTAINER_INSERT(table->container, (char *)rows + i * size);
}

void table_replace_each(struct table *table, void *const *rows, size_t count)
{
  if (!table->container)
    return;
  CONTAINER_CLEAR(table->container, NULL, NULL);
  for (size_t i = 0; i < count; i++)
    CONTAINER_INSERT(table->container, rows[i]);
}

void table_row_init(struct table_row *row, oid first, oid second, size_t indexes)
{
  row->numbers[0] = first;
  row->numbers[1] = second;
  row->index = (netsnmp_index){.len = indexes, .oids = row->numbers};
}
