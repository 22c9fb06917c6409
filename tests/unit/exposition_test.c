/* SPDX-License-Identifier: MIT */
/* Prometheus' text format: what is read of it, what is refused, and that neither depends on how it is cut. */
#include "check.h"

#include "exposition.h"
#include "random.h"

#include <errno.h>
#include <stdlib.h>

/* Reads text in parts of that size. */
static int read_in_parts(struct wt_series_table *table, const char *text, size_t length, size_t part,
                         struct wt_error *error)
{
  struct wt_exposition *exposition = wt_exposition_new(table);
  int status = 0;

  assert_non_null(exposition);
  for (size_t at = 0; at < length && status == 0; at += part)
    status = wt_exposition_read(exposition, text + at, length - at < part ? length - at : part, error);
  if (status == 0)
    status = wt_exposition_end(exposition, error);
  wt_exposition_free(exposition);
  return status;
}

static double figure(const struct wt_series_table *table, const char *device, enum wt_direction direction,
                     enum wt_series_figure which)
{
  const struct wt_series_row *row = wt_series_table_find(table, device);

  return row && row->count == 1 ? row->samples[0].value[direction][which] : NAN;
}

/* As node_exporter writes it. */
static const char usual[] = "# HELP node_network_receive_bytes_total Network device statistic receive_bytes.\n"
                            "# TYPE node_network_receive_bytes_total counter\n"
                            "node_network_receive_bytes_total{device=\"eth0\"} 2.9851344e+07\n"
                            "node_network_receive_bytes_total{device=\"lo\"} 0\n"
                            "node_network_receive_packets_total{device=\"eth0\"} 20218\n"
                            "node_network_receive_packets_total{device=\"lo\"} 0\n"
                            "node_network_transmit_bytes_total{device=\"eth0\"} 1.8446744073709552e+19\n"
                            "node_network_transmit_packets_total{device=\"eth0\"} 9007199254740993\n"
                            "node_network_receive_packets{device=\"eth0\"} 5\n"
                            "go_gc_duration_seconds{quantile=\"0\"} 1.8e-05\n"
                            "http_requests_total{method=\"post\",code=\"200\",} 1027 1395066363000\n"
                            "something_weird{problem=\"division by zero\\n\\\"\\\\\"} +Inf -3982045\n"
                            "\n"
                            "   # no comment\n"
                            "metric_without_labels \t 12.47\n";

static void test_usual(void **state)
{
  static const size_t parts[] = {1, 2, 7, 64, sizeof(usual)};

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(parts); i++) {
    struct wt_series_table *table = wt_series_table_new();
    struct wt_error error = {0};

    check_int("usual", read_in_parts(table, usual, sizeof(usual) - 1, parts[i], &error), 0);
    check_text("usual", error.text, "");
    check_int("usual", wt_series_table_count(table), 2);
    check_near("usual", figure(table, "eth0", WT_RX, WT_SERIES_OCTETS), 29851344, 0);
    check_near("usual", figure(table, "eth0", WT_RX, WT_SERIES_PACKETS), 20218, 0);
    check_near("usual", figure(table, "eth0", WT_TX, WT_SERIES_PACKETS), 9007199254740992, 0);
    /* 2^64: no counter holds it. */
    check_near("usual", figure(table, "eth0", WT_TX, WT_SERIES_OCTETS), NAN, 0);
    check_near("usual", figure(table, "lo", WT_RX, WT_SERIES_OCTETS), 0, 0);
    check_near("usual", figure(table, "lo", WT_TX, WT_SERIES_PACKETS), NAN, 0);
    check("usual", !wt_series_table_find(table, "eth1"));
    wt_series_table_free(table);
  }
  check_done();
}

#define PACKETS "node_network_receive_packets_total"

static const struct {
  const char *text;
  const char *wrong; /* part of the error; NULL: it is read */
  double value;      /* of eth0, received packets */
} lines[] = {
    {PACKETS "{device=\"eth0\"} 7", NULL, 7},
    {PACKETS "{device=\"eth0\"} 7\r", NULL, 7},
    {PACKETS " { device = \"eth0\" , } 7 ", NULL, 7},
    {PACKETS "{a=\"}\",device=\"eth0\",b=\"\\\\\"}7", NULL, 7},
    {PACKETS "{device=\"eth0\"} NaN", NULL, NAN},
    {PACKETS "{device=\"eth0\"} +Inf", NULL, NAN},
    {PACKETS "{device=\"eth0\"} -1", NULL, NAN},
    {PACKETS "{device=\"eth0\"} 7 1395066363000", NULL, 7},
    {PACKETS "{device=\"\"} 7", NULL, NAN},
    {PACKETS "{device=\"a-name-that-is-too-long\"} 7", NULL, NAN},
    {PACKETS "{} 7", NULL, NAN},
    {PACKETS " 7", NULL, NAN},
    {"<html>", "line 1 is not of Prometheus' text format: it begins with no name of a metric", NAN},
    {"a 1\nb 2\n{\"status\":\"success\"}", "line 3", NAN},
    {PACKETS "{device=\"eth0\"}", "its value is not a number", NAN},
    {PACKETS, "it has no value", NAN},
    {PACKETS "{device=\"eth0\"} seven", "its value is not a number", NAN},
    {PACKETS "{device=\"eth0\"} 7x", "its value is not a number", NAN},
    {PACKETS "{device=\"eth0\"} 7,5", "its value is not a number", NAN},
    {PACKETS "{device=\"eth0\"} 7 1395066363.5", "time stamp", NAN},
    {PACKETS "{device=\"eth0\"} 7 99999999999999999999", "time stamp", NAN},
    {PACKETS "{device=\"eth0\"} 7 1 1", "something follows", NAN},
    {PACKETS "{device=\"eth0\"} 7 # {trace=\"x\"} 1", "time stamp", NAN},
    {PACKETS "{device=\"eth0} 7", "quotes", NAN},
    {PACKETS "{device=\"eth0\\", "quotes", NAN},
    {PACKETS "{device=\"eth0\\t\"} 7", "quotes", NAN},
    {PACKETS "{device=eth0} 7", "quotes", NAN},
    {PACKETS "{device} 7", "a label has no value", NAN},
    {PACKETS "{=\"eth0\"} 7", "the name of a label is missing", NAN},
    {PACKETS "{,} 7", "the name of a label is missing", NAN},
    {PACKETS "{device=\"eth0\"", "the labels have no end", NAN},
    {PACKETS "{device=\"eth0\" x=\"y\"} 7", "the labels have no end", NAN},
    {"9lives 1", "no name of a metric", NAN},
};

static void test_lines(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(lines); i++) {
    struct wt_series_table *table = wt_series_table_new();
    struct wt_error error = {0};
    char text[256];
    int length = snprintf(text, sizeof(text), "%s\n", lines[i].text);
    int status = read_in_parts(table, text, (size_t)length, 5, &error);

    check_int(lines[i].text, status, lines[i].wrong ? -EBADMSG : 0);
    if (lines[i].wrong)
      check_contains(lines[i].text, error.text, lines[i].wrong);
    check_near(lines[i].text, figure(table, "eth0", WT_RX, WT_SERIES_PACKETS), lines[i].value, 0);
    wt_series_table_free(table);
  }
  check_done();
}

/* Wherever it is cut off but behind a line, it is refused: half of a number would be a counter that went back. */
static void test_cut(void **state)
{
  (void)state;
  for (size_t length = 0; length < sizeof(usual); length++) {
    struct wt_series_table *table = wt_series_table_new();
    struct wt_error error = {0};
    bool whole = length == 0 || usual[length - 1] == '\n';

    check_int("cut", read_in_parts(table, usual, length, sizeof(usual), &error), whole ? 0 : -EBADMSG);
    check_contains("cut", error.text, whole ? "" : "it does not end with a line feed");
    wt_series_table_free(table);
  }
  check_done();
}

/* The names of what begins in that slot of a table that has room for all devices. */
static void collide(unsigned int *seed, char name[IFNAMSIZ])
{
  uint64_t hash;

  do {
    snprintf(name, IFNAMSIZ, "x%u", (*seed)++);
    hash = 14695981039346656037u;
    for (const char *at = name; *at; at++)
      hash = (hash ^ (unsigned char)*at) * 1099511628211u;
  } while (((hash ^ hash >> 32) & (WT_SERIES_DEVICES / 8 - 1)) != 0);
}

/* Names that were chosen to collide cost no more than others, and take nothing from those that were not. */
static void test_collisions(void **state)
{
  static const struct wt_series_metric metric = {WT_RX, WT_SERIES_PACKETS};
  struct wt_series_table *table = wt_series_table_new();
  char name[IFNAMSIZ];
  unsigned int seed = 0;

  (void)state;
  for (int i = 0; i < 400; i++) {
    collide(&seed, name);
    wt_series_table_begin(table, name, &metric);
  }
  check("some are left out", wt_series_table_left_out(table) > 0);
  check_int("none is lost", wt_series_table_left_out(table) + wt_series_table_count(table), 400);
  check("one that is left out is not found", !wt_series_table_find(table, name));
  check("another name", wt_series_table_begin(table, "eth0", &metric) && wt_series_table_find(table, "eth0"));
  wt_series_table_free(table);
  check_done();
}

/* What has a stamp and what has none are of different times, and the latter is as of now. */
static void test_mixed_stamps(void **state)
{
  static const char mixed[] = PACKETS "{device=\"eth0\"} 7 2000\n" PACKETS "{device=\"eth0\"} 9\n" PACKETS
                                      "{device=\"eth0\"} 6 1000\n" PACKETS "{device=\"eth0\"} 8 3000\n";
  static const double values[] = {6, 7, 8, 9};
  struct wt_series_table *table = wt_series_table_new();
  const struct wt_series_row *row;
  struct wt_error error = {0};

  (void)state;
  check_int("mixed", read_in_parts(table, mixed, strlen(mixed), 999, &error), 0);
  row = wt_series_table_find(table, "eth0");
  check_int("mixed", row->count, 4);
  for (size_t i = 0; i < CHECK_COUNT(values); i++)
    check_near("mixed", row->samples[i].value[WT_RX][WT_SERIES_PACKETS], values[i], 0);
  wt_series_table_free(table);
  check_done();
}

static void test_stamps_and_duplicates(void **state)
{
  static const char stamped[] = PACKETS "{device=\"eth0\"} 7 1395066363250\n" PACKETS
                                        "{device=\"eth1\",job=\"a\"} 1\n" PACKETS "{device=\"eth1\",job=\"b\"} 2\n";
  struct wt_series_table *table = wt_series_table_new();
  struct wt_error error = {0};

  (void)state;
  check_int("stamped", read_in_parts(table, stamped, strlen(stamped), 999, &error), 0);
  check_near("stamped", wt_series_table_find(table, "eth0")->samples[0].stamp, 1395066363.25, 1e-6);
  check("once", !wt_series_table_find(table, "eth0")->duplicate);
  check("twice", wt_series_table_find(table, "eth1")->duplicate);
  check_near("no stamp", wt_series_table_find(table, "eth1")->samples[0].stamp, NAN, 0);
  wt_series_table_free(table);
  check_done();
}

static void test_limits(void **state)
{
  struct wt_series_table *table = wt_series_table_new();
  struct wt_exposition *exposition = wt_exposition_new(table);
  struct wt_error error = {0};
  char device[32], line[128], blanks[1024];
  int status = 0;

  (void)state;
  for (unsigned int i = 0; i < WT_SERIES_DEVICES + 10 && status == 0; i++) {
    snprintf(device, sizeof(device), "d%u", i);
    snprintf(line, sizeof(line), PACKETS "{device=\"%s\"} %u\n", device, i);
    status = wt_exposition_read(exposition, line, strlen(line), &error);
  }
  check_int("many devices", status, 0);
  check_int("many devices", wt_series_table_count(table), WT_SERIES_DEVICES);
  check_int("many devices", wt_series_table_left_out(table), 10);
  check_near("the last one", figure(table, "d65535", WT_RX, WT_SERIES_PACKETS), 65535, 0);
  memset(blanks, ' ', sizeof(blanks));
  for (size_t used = 0; used <= WT_EXPOSITION_LINE && status == 0; used += sizeof(blanks))
    status = wt_exposition_read(exposition, blanks, sizeof(blanks), &error);
  check_int("a line without end", status, -EBADMSG);
  check_contains("a line without end", error.text, "line 65547 is not of Prometheus' text format: it is longer than");
  wt_exposition_free(exposition);
  wt_series_table_free(table);
  check_done();
}

/* Whatever is changed in it, it is read or refused, and the same in whatever parts. */
static void test_damaged(void **state)
{
  struct random random = {3};
  char text[sizeof(usual)];
  unsigned int refused = 0;

  (void)state;
  for (int round = 0; round < 20000; round++) {
    struct wt_series_table *whole = wt_series_table_new(), *parts = wt_series_table_new();
    struct wt_error error = {0}, same = {0};
    int status;

    memcpy(text, usual, sizeof(usual));
    for (int i = 0; i < 3; i++)
      text[random_below(&random, sizeof(usual) - 1)] = (char)random_below(&random, 256);
    status = read_in_parts(whole, text, sizeof(usual) - 1, sizeof(usual), &error);
    refused += status != 0;
    check_int("parts", read_in_parts(parts, text, sizeof(usual) - 1, 1 + (size_t)round % 90, &same), status);
    check_text("parts", same.text, error.text);
    check_int("parts", wt_series_table_count(parts), wt_series_table_count(whole));
    wt_series_table_free(whole);
    wt_series_table_free(parts);
  }
  check("some are refused, some are not", refused > 1000 && refused < 19000);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mixed_stamps), cmocka_unit_test(test_usual),
      cmocka_unit_test(test_lines),        cmocka_unit_test(test_stamps_and_duplicates),
      cmocka_unit_test(test_limits),       cmocka_unit_test(test_damaged),
      cmocka_unit_test(test_cut),          cmocka_unit_test(test_collisions),
  };

  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
