/* SPDX-License-Identifier: MIT */
/*
 * A manager that reads columns of a table as fast as they come: whole rows with one GETBULK for all columns, or one
 * column after the other. Prints what came and how long it took.
 */
#include <err.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include "../../lab/number.h"

#define MAX_COLUMNS 128

static const char USAGE[] = "usage: walk [--rows] [--repeat N] [--times N] PEER COLUMN...\n"
                            "  --rows       all columns in one request; without it one column after the other\n"
                            "  --repeat N   max-repetitions of each GETBULK (10)\n"
                            "  --times N    the whole table so often (1)\n"
                            "Speaks SNMPv2c with community public. Prints 'rows= varbinds= requests= seconds='.\n";

/* Where in a column the next request goes on. */
struct cursor {
  oid column[MAX_OID_LEN], at[MAX_OID_LEN];
  size_t column_length, length;
};

struct walk {
  netsnmp_session *session;
  long repeat;
  unsigned long rows, varbinds, requests;
};

static netsnmp_pdu *ask(struct walk *walk, const struct cursor *cursors, size_t count)
{
  netsnmp_pdu *request = snmp_pdu_create(SNMP_MSG_GETBULK), *answer = NULL;

  request->non_repeaters = 0;
  request->max_repetitions = walk->repeat;
  for (size_t i = 0; i < count; i++)
    snmp_add_null_var(request, cursors[i].at, cursors[i].length);
  if (snmp_synch_response(walk->session, request, &answer) != STAT_SUCCESS || answer->errstat != SNMP_ERR_NOERROR)
    errx(1, "no answer, or an error: %s",
         answer ? snmp_errstring((int)answer->errstat) : snmp_api_errstring(walk->session->s_snmp_errno));
  walk->requests++;
  return answer;
}

static bool is_in(const netsnmp_variable_list *value, const struct cursor *cursor)
{
  return value->type != SNMP_ENDOFMIBVIEW &&
         netsnmp_oid_is_subtree(cursor->column, cursor->column_length, value->name, value->name_length) == 0;
}

/* Takes whole repetitions: the agent may have cut the last one. False at the end of the first column. */
static bool take(struct walk *walk, const netsnmp_pdu *answer, struct cursor *cursors, size_t count)
{
  const netsnmp_variable_list *value = answer->variables, *first = value;
  size_t i = 0;

  if (!value)
    errx(1, "an empty answer");
  for (; value; value = value->next_variable) {
    if (i == 0) {
      first = value;
      if (!is_in(value, &cursors[0]))
        return false;
    }
    if (++i < count)
      continue;
    i = 0;
    walk->rows++;
    walk->varbinds += count;
    for (struct cursor *cursor = cursors; first != value->next_variable; first = first->next_variable, cursor++) {
      memcpy(cursor->at, first->name, first->name_length * sizeof(oid));
      cursor->length = first->name_length;
    }
  }
  return true;
}

static void read_table(struct walk *walk, struct cursor *cursors, size_t count)
{
  bool more = true;

  for (size_t i = 0; i < count; i++) {
    memcpy(cursors[i].at, cursors[i].column, cursors[i].column_length * sizeof(oid));
    cursors[i].length = cursors[i].column_length;
  }
  while (more) {
    netsnmp_pdu *answer = ask(walk, cursors, count);

    more = take(walk, answer, cursors, count);
    snmp_free_pdu(answer);
  }
}

static double now(void)
{
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
  static const struct option long_options[] = {{"rows", no_argument, NULL, 'R'},
                                               {"repeat", required_argument, NULL, 'r'},
                                               {"times", required_argument, NULL, 't'},
                                               {0}};
  static struct cursor cursors[MAX_COLUMNS];
  char community[] = "public";
  netsnmp_session session;
  struct walk walk = {.repeat = 10};
  bool rows = false;
  long times = 1;
  size_t columns = 0;
  double began;

  for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
    switch (option) {
    case 'R':
      rows = true;
      break;
    case 'r':
      walk.repeat = number("--repeat", optarg, 1, 1000);
      break;
    case 't':
      times = number("--times", optarg, 1, 1000);
      break;
    default:
      fputs(USAGE, stderr);
      return 2;
    }
  }
  if (argc - optind < 2 || argc - optind - 1 > MAX_COLUMNS) {
    fputs(USAGE, stderr);
    return 2;
  }
  init_snmp("walk");
  snmp_sess_init(&session);
  session.version = SNMP_VERSION_2c;
  session.peername = argv[optind];
  session.community = (u_char *)community;
  session.community_len = strlen(community);
  walk.session = snmp_open(&session);
  if (!walk.session)
    errx(1, "cannot talk to %s", argv[optind]);
  for (int i = optind + 1; i < argc; i++, columns++) {
    cursors[columns].column_length = MAX_OID_LEN;
    if (!read_objid(argv[i], cursors[columns].column, &cursors[columns].column_length))
      errx(2, "'%s' is no OID", argv[i]);
  }
  began = now();
  for (long i = 0; i < times; i++) {
    if (rows)
      read_table(&walk, cursors, columns);
    else
      for (size_t column = 0; column < columns; column++)
        read_table(&walk, &cursors[column], 1);
  }
  printf("rows=%lu varbinds=%lu requests=%lu seconds=%.6f\n", walk.rows, walk.varbinds, walk.requests, now() - began);
  snmp_close(walk.session);
  return 0;
}
