/* SPDX-License-Identifier: MIT */
/* The comparison as a table: two rows a flow, one for each point. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare_parts.h"

enum { GAP = 2 };

enum column {
  COLUMN_FLOW,
  COLUMN_POINT,
  COLUMN_WAY,
  COLUMN_PACKETS,
  COLUMN_FRAMES,
  COLUMN_SEGMENTS,
  COLUMN_OCTETS,
  COLUMN_EXPLAINED,
  COLUMNS
};

static const struct {
  const char *text;
  bool right;
} headings[COLUMNS] = {
    [COLUMN_FLOW] = {"FLOW", false},    [COLUMN_POINT] = {"POINT", false},
    [COLUMN_WAY] = {"DIR", false},      [COLUMN_PACKETS] = {"PACKETS", true},
    [COLUMN_FRAMES] = {"FRAMES", true}, [COLUMN_SEGMENTS] = {"SEGMENTS", true},
    [COLUMN_OCTETS] = {"OCTETS", true}, [COLUMN_EXPLAINED] = {"EXPLAINED BY", false},
};

struct row {
  char cells[COLUMNS][COMPARE_FLOW_SIZE];
};

struct table {
  struct row *rows;
  size_t count, room;
};

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* A figure that depends on how many frames a merged packet was. */
static void frames_cell(char cell[COMPARE_FLOW_SIZE], uint64_t value, const struct wt_passage *passage)
{
  char count[CLI_COUNT_SIZE];

  snprintf(cell, COMPARE_FLOW_SIZE, "%s%s", passage->estimated && wt_known(value) ? "~" : "",
           wt_count_text(value, count));
}

static void passage_cells(struct row *row, const struct wt_passage *passage)
{
  snprintf(row->cells[COLUMN_WAY], sizeof(row->cells[0]), "%s",
           passage->way == WT_WAY_UNTOLD ? "-" : wt_way_name(passage->way));
  wt_count_text(passage->packets, row->cells[COLUMN_PACKETS]);
  frames_cell(row->cells[COLUMN_FRAMES], passage->frames, passage);
  frames_cell(row->cells[COLUMN_SEGMENTS], passage->segments, passage);
  frames_cell(row->cells[COLUMN_OCTETS], passage->octets, passage);
}

static void none_cells(struct row *row)
{
  for (enum column column = COLUMN_WAY; column < COLUMN_EXPLAINED; column++)
    snprintf(row->cells[column], sizeof(row->cells[0]), "-");
}

/* Two rows: what is the same in both is in the first. */
static void add_pair(struct table *table, const char *what, const bool seen[WT_POINTS],
                     const struct wt_passage passages[WT_POINTS], unsigned int explained)
{
  for (int point = 0; point < WT_POINTS; point++) {
    struct row *row = &table->rows[table->count++];

    snprintf(row->cells[COLUMN_POINT], sizeof(row->cells[0]), "%s", point == WT_POINT_A ? "A" : "B");
    if (seen[point])
      passage_cells(row, &passages[point]);
    else
      none_cells(row);
    if (point == WT_POINT_A) {
      snprintf(row->cells[COLUMN_FLOW], sizeof(row->cells[0]), "%s", what);
      compare_list(explained, row->cells[COLUMN_EXPLAINED]);
    }
  }
}

static void add_ways(struct table *table, const struct wt_ways_compared *ways)
{
  char what[COMPARE_FLOW_SIZE], count[CLI_COUNT_SIZE];

  snprintf(what, sizeof(what), "all %s flow%s", wt_count_text(ways->flows, count), ways->flows == 1 ? "" : "s");
  add_pair(table, what, ways->seen, ways->at, ways->explained);
}

/* ---- layout ------------------------------------------------------------------------------------------------------ */

/* No blank follows the last cell that has anything in it. */
static void print_row(FILE *out, const int widths[COLUMNS], const struct row *row)
{
  int blanks = 0;

  for (enum column column = 0; column < COLUMNS; column++) {
    const char *cell = row->cells[column];
    int padding = widths[column] - (int)strlen(cell);

    blanks += headings[column].right ? padding : 0;
    if (*cell) {
      fprintf(out, "%*s%s", blanks, "", cell);
      blanks = 0;
    }
    blanks += GAP + (headings[column].right ? 0 : padding);
  }
  fputc('\n', out);
}

static void print_table(FILE *out, struct table *table)
{
  struct row heading = {0};
  int widths[COLUMNS];

  for (enum column column = 0; column < COLUMNS; column++) {
    snprintf(heading.cells[column], sizeof(heading.cells[0]), "%s", headings[column].text);
    widths[column] = (int)strlen(headings[column].text);
    for (size_t i = 0; i < table->count; i++) {
      int length = (int)strlen(table->rows[i].cells[column]);

      widths[column] = length > widths[column] ? length : widths[column];
    }
  }
  print_row(out, widths, &heading);
  for (size_t i = 0; i < table->count; i++)
    print_row(out, widths, &table->rows[i]);
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static void print_point(FILE *out, const struct wt_point_report *point, char letter)
{
  char name[256], left_out[CLI_COUNT_SIZE], count[CLI_COUNT_SIZE];

  snprintf(name, sizeof(name), "%s", point->name);
  fprintf(out, "%c  %s", letter, cli_printable(name));
  if (point->file && isfinite(point->begin))
    fprintf(out, ", a file of %.1f s", point->end - point->begin);
  else if (point->file)
    fprintf(out, ", a file without packets%s", point->left_out ? " of that time" : "");
  if (point->left_out)
    fprintf(out, ", without %s packets of another time", wt_count_text(point->left_out, left_out));
  if (point->file && wt_known(point->dropped) && point->dropped)
    fprintf(out, "; it lacks %s packets that its capture dropped", wt_count_text(point->dropped, count));
  if (point->unfinished)
    fprintf(out, "; it ends in the middle of a packet");
  if (point->not_understood)
    fprintf(out, "; %s packets are cut short in their headers or of another link type",
            wt_count_text(point->not_understood, count));
  if (point->rest.packets)
    fprintf(out, "; %s packets are not told by flow", wt_count_text(point->rest.packets, count));
  fputc('\n', out);
}

void compare_table(FILE *out, const struct wt_comparison *comparison, size_t flows)
{
  struct table table = {0};
  size_t shown = flows < comparison->flow_count ? flows : comparison->flow_count;

  if (comparison->seconds > 0)
    fprintf(out, "observed %.1f s\n", comparison->seconds);
  print_point(out, &comparison->point[WT_POINT_A], 'A');
  print_point(out, &comparison->point[WT_POINT_B], 'B');
  fputc('\n', out);
  if (comparison->flow_count == 0) {
    fprintf(out, "neither point saw a packet\n");
    return;
  }
  table.room = WT_POINTS * (shown + comparison->way_count);
  table.rows = calloc(table.room, sizeof(*table.rows));
  if (!table.rows) {
    fprintf(out, "out of memory for the table\n");
    return;
  }
  for (size_t i = 0; i < shown; i++) {
    char text[COMPARE_FLOW_SIZE];

    add_pair(&table, compare_flow_text(&comparison->flows[i].id, text), comparison->flows[i].seen,
             comparison->flows[i].at, comparison->flows[i].explained);
  }
  for (size_t i = 0; i < comparison->way_count; i++)
    add_ways(&table, &comparison->ways[i]);
  print_table(out, &table);
  if (shown < comparison->flow_count)
    fprintf(out, "(%zu of %zu flows; --flows shows more)\n", shown, comparison->flow_count);
  fputc('\n', out);
  free(table.rows);
}
