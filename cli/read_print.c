/* SPDX-License-Identifier: MIT */
/* A capture file for a person: a line, a table, sentences. */
#include <inttypes.h>
#include <string.h>

#include <pcap/pcap.h>

#include "read.h"

#define NAME_SIZE 96

/* Of one interface, as the sentences name it: "eth0", "interface 3" of a capture on all of them, or nothing. */
static const char *point_name(const struct wt_trace_point *point, char name[NAME_SIZE])
{
  if (point->ifindex && point->interface.name[0])
    snprintf(name, NAME_SIZE, "%s/%" PRIu32, point->interface.name, point->ifindex);
  else if (point->ifindex)
    snprintf(name, NAME_SIZE, "if%" PRIu32, point->ifindex);
  else
    snprintf(name, NAME_SIZE, "%s", point->interface.name[0] ? point->interface.name : "-");
  return cli_printable(name);
}

static const char *direction_cell(const struct wt_trace_row *row, enum wt_trace_direction direction)
{
  static const char *const told[] = {"-", "rx", "tx"}, *const inferred[] = {"-", "rx?", "tx?"};

  return row->told ? told[direction] : inferred[direction];
}

static const char *direction_word(enum wt_trace_direction direction)
{
  static const char *const words[] = {"both directions", "receive", "transmit"};

  return words[direction];
}

const char *read_link_type(int link_type, char buffer[CLI_COUNT_SIZE])
{
  const char *name = pcap_datalink_val_to_name(link_type);

  if (name)
    snprintf(buffer, CLI_COUNT_SIZE, "%s", name);
  else
    snprintf(buffer, CLI_COUNT_SIZE, "%d", link_type);
  return buffer;
}

/* ---- head and table ---- */

static const char *place(enum wt_vantage where)
{
  static const char *const places[] = {
      [WT_VANTAGE_UNDECIDABLE] = "where it was taken cannot be decided",
      [WT_VANTAGE_WIRE] = "taken where frames are as they are on the wire",
      [WT_VANTAGE_ABOVE_TSO] = "taken on the sender, above TSO",
      [WT_VANTAGE_AFTER_GRO] = "taken on the receiver, after GRO",
      [WT_VANTAGE_ABOVE_CHECKSUM] = "taken on the sender, above checksum offload; nothing is merged",
      [WT_VANTAGE_HOST] = "taken on a host, above TSO in what it sends and after GRO in what it receives",
  };

  return places[where];
}

static void print_head(FILE *out, const struct read_result *result)
{
  const struct wt_trace_report *report = result->report;
  char packets[CLI_COUNT_SIZE], octets[CLI_COUNT_SIZE], file[4096];

  snprintf(file, sizeof(file), "%s", result->file);
  fprintf(out, "%s: %s, %s packets, %s octets", cli_printable(file), report->format,
          wt_count_text(report->packets, packets), wt_count_text(report->octets, octets));
  if (wt_known(report->first))
    fprintf(out, " in %.3f s", (double)(report->last - report->first) / 1e9);
  fprintf(out, "\n%s\n", place(report->where));
}

static void bounds_cell(const struct wt_trace_row *row, char *cell, size_t size)
{
  char low[CLI_COUNT_SIZE], high[CLI_COUNT_SIZE];

  cell[0] = '\0';
  if (row->low != row->frames || row->high != row->frames)
    snprintf(cell, size, "%s to %s", wt_count_text(row->low, low), wt_count_text(row->high, high));
}

static void print_row(FILE *out, const struct wt_trace_point *point, enum wt_trace_direction direction, int width,
                      int bounds_width)
{
  const struct wt_trace_row *row = &point->rows[direction];
  char name[NAME_SIZE], packets[CLI_COUNT_SIZE], frames[CLI_COUNT_SIZE], all[CLI_COUNT_SIZE + 1],
      merged[CLI_COUNT_SIZE];
  char longest[CLI_COUNT_SIZE], bounds[2 * CLI_COUNT_SIZE + 8];

  bounds_cell(row, bounds, sizeof(bounds));
  snprintf(all, sizeof(all), "%s%s", row->estimated ? "~" : "", wt_count_text(row->frames, frames));
  fprintf(out, "%-*s  %-3s  %13s  %14s", width, point_name(point, name), direction_cell(row, direction),
          wt_count_text(row->packets, packets), all);
  if (bounds_width)
    fprintf(out, "  %-*s", bounds_width, bounds);
  fprintf(out, "  %13s  %8s  %s\n", wt_count_text(row->merged + row->long_only, merged),
          wt_count_text(row->longest, longest), wt_vantage_name(row->where));
}

static int wider(int width, const char *text)
{
  return (int)strlen(text) > width ? (int)strlen(text) : width;
}

static void print_table(FILE *out, const struct wt_trace_report *report)
{
  int width = (int)strlen("INTERFACE"), bounds_width = 0;
  char name[NAME_SIZE], bounds[2 * CLI_COUNT_SIZE + 8];

  for (size_t i = 0; i < report->point_count; i++) {
    width = wider(width, point_name(&report->points[i], name));
    for (enum wt_trace_direction direction = WT_TRACE_UNTOLD; direction <= WT_TRACE_TX; direction++) {
      bounds_cell(&report->points[i].rows[direction], bounds, sizeof(bounds));
      bounds_width = wider(bounds_width, bounds);
    }
  }
  fprintf(out, "\n%-*s  %-3s  %13s  %14s", width, "INTERFACE", "DIR", "PACKETS", "FRAMES");
  if (bounds_width)
    fprintf(out, "  %-*s", bounds_width, "BOUNDS");
  fprintf(out, "  %13s  %8s  %s\n", "MERGED", "LONGEST", "TAKEN");
  for (size_t i = 0; i < report->point_count; i++)
    for (enum wt_trace_direction direction = WT_TRACE_RX; direction <= WT_TRACE_TX + 1u; direction++) {
      enum wt_trace_direction shown = direction > WT_TRACE_TX ? WT_TRACE_UNTOLD : direction;

      if (report->points[i].rows[shown].packets)
        print_row(out, &report->points[i], shown, width, bounds_width);
    }
}

/* ---- sentences ---- */

/* "eth0 receive: " */
static void begin(FILE *out, const struct wt_trace_point *point, enum wt_trace_direction direction)
{
  char name[NAME_SIZE];

  if (strcmp(point_name(point, name), "-") != 0)
    fprintf(out, "%s ", name);
  fprintf(out, "%s: ", direction_word(direction));
}

static void say_merged(FILE *out, const struct wt_trace_point *point, enum wt_trace_direction direction)
{
  const struct wt_trace_row *row = &point->rows[direction];
  char packets[CLI_COUNT_SIZE], frames[CLI_COUNT_SIZE], by_id[CLI_COUNT_SIZE];

  if (row->merged + row->long_only == 0)
    return;
  begin(out, point, direction);
  fprintf(out, "%s packets stand for about %s frames of the wire: no segment size is in a file, so it is estimated",
          wt_count_text(row->packets, packets), wt_count_text(row->frames, frames));
  if (row->by_id)
    fprintf(out, " (%s of the merged ones by the IPv4 identification, which advances with each frame)",
            wt_count_text(row->by_id, by_id));
  fputc('\n', out);
}

static void say_checksums(FILE *out, const struct wt_trace_point *point, enum wt_trace_direction direction)
{
  const struct wt_checksums *checksum = &point->rows[direction].checksum;
  char count[CLI_COUNT_SIZE];

  if (checksum->offloaded + checksum->rewritten > 0) {
    begin(out, point, direction);
    fprintf(out,
            "%s checksums look wrong and are not: ", wt_count_text(checksum->offloaded + checksum->rewritten, count));
    if (checksum->offloaded)
      fprintf(out, "%s left to a device that completes them later", wt_count_text(checksum->offloaded, count));
    if (checksum->offloaded && checksum->rewritten)
      fputs(", ", out);
    if (checksum->rewritten)
      fprintf(out, "%s put in by GRO", wt_count_text(checksum->rewritten, count));
    fputc('\n', out);
  }
  if (checksum->bad) {
    begin(out, point, direction);
    fprintf(out,
            "%s checksums are wrong, and no offload explains it: corrupted or rewritten before they were captured\n",
            wt_count_text(checksum->bad, count));
  }
  if (checksum->unverifiable) {
    begin(out, point, direction);
    fprintf(out, "%s checksums cannot be verified: not all of the packet is there, or it is a fragment or merged\n",
            wt_count_text(checksum->unverifiable, count));
  }
}

static void say_direction(FILE *out, const struct wt_trace_point *point, enum wt_trace_direction direction)
{
  const struct wt_trace_row *row = &point->rows[direction];
  char count[CLI_COUNT_SIZE];

  if (row->packets == 0)
    return;
  begin(out, point, direction);
  fprintf(out, "%s: %s\n", wt_vantage_name(row->where), row->evidence);
  say_merged(out, point, direction);
  say_checksums(out, point, direction);
  if (row->not_understood) {
    begin(out, point, direction);
    fprintf(out, "%s packets are counted only, as their link header is not understood\n",
            wt_count_text(row->not_understood, count));
  }
}

static uint64_t sum_rows(const struct wt_trace_point *point, size_t offset)
{
  uint64_t sum = 0;

  for (enum wt_trace_direction direction = WT_TRACE_UNTOLD; direction <= WT_TRACE_TX; direction++) {
    uint64_t value;

    memcpy(&value, (const char *)&point->rows[direction] + offset, sizeof(value));
    sum += value;
  }
  return sum;
}

#define SUM_ROWS(point, field) sum_rows(point, offsetof(struct wt_trace_row, field))

static void say_tags(FILE *out, const char *name, const struct wt_trace_point *point)
{
  char count[CLI_COUNT_SIZE], link_type[CLI_COUNT_SIZE];
  uint64_t tagged = SUM_ROWS(point, tagged);

  if (!point->shows_tags)
    fprintf(out, "%sVLAN tags cannot be shown: link type %s has no place for them\n", name,
            read_link_type(point->interface.link_type, link_type));
  else if (tagged)
    fprintf(out, "%sVLAN tags: in %s packets\n", name, wt_count_text(tagged, count));
  else
    fprintf(out,
            "%sVLAN tags: none in the file; a program that reads the raw socket without libpcap loses those that "
            "the device strips or inserts\n",
            name);
}

static void say_truncated(FILE *out, const char *name, const struct wt_trace_point *point)
{
  char count[CLI_COUNT_SIZE], snap[CLI_COUNT_SIZE];
  uint64_t truncated = SUM_ROWS(point, truncated);

  if (truncated == 0)
    return;
  fprintf(out, "%scut short: %s packets", name, wt_count_text(truncated, count));
  if (point->interface.snap_length)
    fprintf(out, ", by the snap length of %s octets", wt_count_text(point->interface.snap_length, snap));
  fputc('\n', out);
}

static void say_drops(FILE *out, const char *name, const struct wt_trace_interface *interface)
{
  char count[CLI_COUNT_SIZE];

  if (!wt_known(interface->dropped_interface) && !wt_known(interface->dropped_system) &&
      !wt_known(interface->dropped_between)) {
    fprintf(out, "%sdropped while capturing: not known, the file does not tell\n", name);
    return;
  }
  fprintf(out, "%sdropped while capturing:", name);
  if (wt_known(interface->dropped_system))
    fprintf(out, " %s for want of room", wt_count_text(interface->dropped_system, count));
  if (wt_known(interface->dropped_interface))
    fprintf(out, "%s %s by the interface", wt_known(interface->dropped_system) ? "," : "",
            wt_count_text(interface->dropped_interface, count));
  if (wt_known(interface->dropped_between))
    fprintf(out, "%s %s by the packets' own account",
            wt_known(interface->dropped_system) || wt_known(interface->dropped_interface) ? "," : "",
            wt_count_text(interface->dropped_between, count));
  fputc('\n', out);
}

static void say_point(FILE *out, const struct wt_trace_point *point)
{
  char name[NAME_SIZE], before[NAME_SIZE + 2] = "", count[CLI_COUNT_SIZE];

  for (enum wt_trace_direction direction = WT_TRACE_UNTOLD; direction <= WT_TRACE_TX; direction++)
    say_direction(out, point, direction);
  if (strcmp(point_name(point, name), "-") != 0)
    snprintf(before, sizeof(before), "%s: ", name);
  say_tags(out, before, point);
  say_truncated(out, before, point);
  say_drops(out, before, &point->interface);
  if (point->repeated)
    fprintf(out, "%s%s packets are in the file already, from here or from another interface: each counts again\n",
            before, wt_count_text(point->repeated, count));
}

void read_print(FILE *out, const struct read_result *result)
{
  const struct wt_trace_report *report = result->report;
  char count[CLI_COUNT_SIZE];

  print_head(out, result);
  if (report->packets == 0)
    return;
  print_table(out, report);
  fputc('\n', out);
  for (size_t i = 0; i < report->point_count; i++)
    say_point(out, &report->points[i]);
  if (report->points_left_out)
    fprintf(out, "%s packets of further interfaces are left out of the table\n",
            wt_count_text(report->points_left_out, count));
  if (report->forgotten)
    fprintf(out, "%s flows were forgotten for others before they ended: their bounds are wider\n",
            wt_count_text(report->forgotten, count));
}
