/* SPDX-License-Identifier: MIT */
/* A table whose rows are replaced as a whole: Net-SNMP's table_container helper with one way to use it. */
#ifndef WT_SNMP_TABLE_H
#define WT_SNMP_TABLE_H

#include <stddef.h>

#include "netsnmp.h"

#define TABLE_INDEXES 3

/* What a row begins with. */
struct table_row {
  netsnmp_index index; /* first: the container reads rows by it */
  oid numbers[TABLE_INDEXES];
};

/* Answers one varbind from one row; context is the table's. A column that does not exist is not asked for. */
typedef void table_column(netsnmp_request_info *request, unsigned int column, const void *row, void *context);

struct table_spec {
  const char *name;
  unsigned int arc; /* below wiretruthObjects */
  size_t indexes;   /* integers, at most TABLE_INDEXES */
  unsigned int first_column, last_column;
  table_column *column;
  /* The steps of a SET, for a table that can be written; NULL otherwise. */
  int (*set)(void *context, netsnmp_agent_request_info *agent_request, netsnmp_request_info *requests);
};

struct table {
  const struct table_spec *spec;
  void *context;
  netsnmp_handler_registration *registration;
  netsnmp_container *container;
};

/* 0 or a negative errno, after a line in the log. The specification must outlive the table. */
int table_register(struct table *table, const struct table_spec *spec, void *context);
void table_unregister(struct table *table);

/* Replaces the rows. They stay the caller's, who frees the old ones after this and the new ones after the next. */
void table_replace(struct table *table, void *rows, size_t count, size_t size);

/* The same with rows that are each somewhere of their own, first with a struct table_row. */
void table_replace_each(struct table *table, void *const *rows, size_t count);

/* Makes the index of a row; a third number, if there is one, is set in the row. The row must not be moved afterwards.
 */
void table_row_init(struct table_row *row, oid first, oid second, size_t indexes);

#endif
