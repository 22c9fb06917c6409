/* SPDX-License-Identifier: MIT */
/*
 * An AgentX subagent with a table of constants, ROWS of two indexes (1.1, 1.2, 2.1 ...) and COLUMNS: what is the least
 * that any subagent can take for a table of that shape. In the container that Net-SNMP's own tables are in.
 *
 *   constants SOCKET ROWS COLUMNS      below 1.3.6.1.4.1.8072.9999.9999.9000.1; prints "ready", ends on SIGTERM
 */
#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <net-snmp/agent/net-snmp-agent-includes.h>

#include "../../lab/number.h"

struct row {
  netsnmp_index index; /* first: the container's key */
  oid numbers[2];
};

static volatile sig_atomic_t running = 1;

static void on_signal(int signal)
{
  (void)signal;
  running = 0;
}

static int answer(netsnmp_mib_handler *handler, netsnmp_handler_registration *registration,
                  netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests)
{
  (void)handler;
  (void)registration;
  if (agent_request->mode != MODE_GET)
    return SNMP_ERR_NOERROR;
  for (netsnmp_request_info *request = requests; request; request = request->next) {
    static const struct counter64 constant = {.high = 0, .low = 4711};

    if (request->processed)
      continue;
    if (netsnmp_container_table_extract_context(request))
      snmp_set_var_typed_value(request->requestvb, ASN_COUNTER64, &constant, sizeof(constant));
    else
      netsnmp_request_set_error(request, SNMP_NOSUCHINSTANCE);
  }
  return SNMP_ERR_NOERROR;
}

static void make_table(size_t rows, unsigned int columns)
{
  static const oid root[] = {1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 9000, 1};
  netsnmp_table_registration_info *info = SNMP_MALLOC_TYPEDEF(netsnmp_table_registration_info);
  netsnmp_container *container = netsnmp_container_find("table_container");
  netsnmp_handler_registration *registration =
      netsnmp_create_handler_registration("constants", answer, root, OID_LENGTH(root), HANDLER_CAN_RONLY);
  struct row *all = calloc(rows, sizeof(*all));

  if (!info || !container || !registration || !all)
    errx(1, "out of memory");
  netsnmp_table_helper_add_indexes(info, ASN_INTEGER, ASN_INTEGER, 0);
  info->min_column = 1;
  info->max_column = columns;
  if (netsnmp_container_table_register(registration, info, container, TABLE_CONTAINER_KEY_NETSNMP_INDEX) !=
      SNMPERR_SUCCESS)
    errx(1, "the table could not be registered");
  for (size_t i = 0; i < rows; i++) {
    all[i] = (struct row){.numbers = {1 + i / 2, 1 + i % 2}};
    all[i].index = (netsnmp_index){.len = 2, .oids = all[i].numbers};
    CONTAINER_INSERT(container, &all[i]);
  }
}

int main(int argc, char **argv)
{
  if (argc != 4)
    errx(2, "usage: constants SOCKET ROWS COLUMNS");
  signal(SIGTERM, on_signal);
  netsnmp_ds_set_boolean(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_ROLE, 1);
  netsnmp_ds_set_string(NETSNMP_DS_APPLICATION_ID, NETSNMP_DS_AGENT_X_SOCKET, argv[1]);
  snmp_enable_stderrlog();
  init_agent("constants");
  make_table((size_t)number("ROWS", argv[2], 1, 1000000), (unsigned int)number("COLUMNS", argv[3], 1, 1000));
  init_snmp("constants");
  puts("ready");
  fflush(stdout);
  while (running)
    agent_check_and_process(1);
  snmp_shutdown("constants");
  return 0;
}
