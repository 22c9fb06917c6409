/* SPDX-License-Identifier: MIT */
/* What a Prometheus server is asked, where, and what is made of its answers. */
#include "check.h"

#include "config.h"
#include "series_query.h"
#include "series_url.h"

#include <errno.h>
#include <stdlib.h>

#define BEGIN "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
#define END   "]}}"
#define RX    "\"__name__\":\"node_network_receive_packets_total\",\"device\":\"eth0\""
#define TX    "\"__name__\":\"node_network_transmit_bytes_total\",\"device\":\"eth0\""

static void test_samples(void **state)
{
  static const char body[] = BEGIN "{\"metric\":{" RX ",\"instance\":\"a\"},\"values\":[[1790000000.123,\"519\"],"
                                   "[1790000015.123,\"1.2e+06\"],[1790000030,\"NaN\"]]},"
                                   "{\"metric\":{" TX ",\"instance\":\"a\"},\"values\":[[1790000015.123,\"7\"]]},"
                                   "{\"metric\":{\"__name__\":\"up\"},\"values\":[[1,\"1\"]]}" END;
  struct wt_series_table *table = wt_series_table_new();
  struct wt_error error = {0};
  const struct wt_series_row *row;

  (void)state;
  check_int("samples", wt_series_query_read(body, strlen(body), table, &error), 0);
  row = wt_series_table_find(table, "eth0");
  assert_non_null(row);
  check("samples", !row->duplicate);
  check_int("samples", row->count, 2);
  check_near("samples", row->samples[0].stamp, 1790000000.123, 1e-6);
  check_near("samples", row->samples[0].value[WT_RX][WT_SERIES_PACKETS], 519, 0);
  check_near("samples", row->samples[0].value[WT_TX][WT_SERIES_OCTETS], NAN, 0);
  check_near("samples", row->samples[1].value[WT_RX][WT_SERIES_PACKETS], 1.2e6, 0);
  check_near("samples", row->samples[1].value[WT_TX][WT_SERIES_OCTETS], 7, 0);
  wt_series_table_free(table);
  check_done();
}

/* More than there is room for: the newest are kept, in order, whatever order they come in. */
static void test_newest(void **state)
{
  struct wt_series_table *table = wt_series_table_new();
  const struct wt_series_metric metric = {WT_RX, WT_SERIES_PACKETS};
  struct wt_series_row *row = wt_series_table_begin(table, "eth0", &metric);

  (void)state;
  for (int i = 0; i < 40; i++)
    wt_series_row_add(row, &metric, (i * 17) % 40, i);
  check_int("newest", row->count, WT_SERIES_SAMPLES);
  for (int i = 0; i < WT_SERIES_SAMPLES; i++)
    check_near("newest", row->samples[i].stamp, 40 - WT_SERIES_SAMPLES + i, 0);
  wt_series_table_free(table);
  check_done();
}

static const struct {
  const char *name, *body, *text;
  int status;
} answers[] = {
    {"nothing", "", "line 1 is not JSON", -EBADMSG},
    {"a page", "<html></html>", "line 1 is not JSON", -EBADMSG},
    {"cut off", BEGIN, "is not JSON", -EBADMSG},
    {"no object", "[1]", "it has no status", -EBADMSG},
    {"another status", "{\"status\":\"ok\"}", "it has no status", -EBADMSG},
    {"an error", "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"unexpected end of input\"}",
     "the Prometheus server says bad_data: unexpected end of input", -EREMOTEIO},
    {"an error without words", "{\"status\":\"error\"}", "the Prometheus server says error: no more", -EREMOTEIO},
    {"a vector", "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}", "type matrix",
     -EBADMSG},
    {"no data", "{\"status\":\"success\"}", "type matrix", -EBADMSG},
    {"result is no array", "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":{}}}", "type matrix",
     -EBADMSG},
    {"no metric", BEGIN "{\"values\":[]}" END, "no metric or no values", -EBADMSG},
    {"no values", BEGIN "{\"metric\":{" RX "}}" END, "no metric or no values", -EBADMSG},
    {"a number as value", BEGIN "{\"metric\":{" RX "},\"values\":[[1,2]]}" END, "a time and a text", -EBADMSG},
    {"three", BEGIN "{\"metric\":{" RX "},\"values\":[[1,\"2\",3]]}" END, "a time and a text", -EBADMSG},
    {"empty", BEGIN END, "", 0},
    {"no device", BEGIN "{\"metric\":{\"__name__\":\"node_network_receive_packets_total\"},\"values\":[[1,\"2\"]]}" END,
     "", 0},
    {"a device that is a number",
     BEGIN "{\"metric\":{\"__name__\":\"node_network_receive_packets_total\",\"device\":7},\"values\":[[1,\"2\"]]}" END,
     "", 0},
};

static void test_answers(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(answers); i++) {
    struct wt_series_table *table = wt_series_table_new();
    struct wt_error error = {0};

    check_int(answers[i].name, wt_series_query_read(answers[i].body, strlen(answers[i].body), table, &error),
              answers[i].status);
    check_contains(answers[i].name, error.text, answers[i].text);
    if (!answers[i].status)
      check_int(answers[i].name, wt_series_table_count(table), 0);
    wt_series_table_free(table);
  }
  check_done();
}

/* 3 octets of text each, 100 of memory. */
static void test_too_many(void **state)
{
  static const char begin[] = "{\"status\":\"success\",\"data\":[", end[] = "[]]}";
  static const char empty[] = {'[', ']', ','};
  size_t length = sizeof(begin) - 1 + 3 * (size_t)WT_SERIES_VALUES / 2 + sizeof(end) - 1;
  struct wt_series_table *table = wt_series_table_new();
  struct wt_error error = {0};
  char *body = malloc(length);

  (void)state;
  assert_non_null(body);
  memcpy(body, begin, sizeof(begin) - 1);
  for (size_t at = sizeof(begin) - 1; at < length - (sizeof(end) - 1); at += sizeof(empty))
    memcpy(body + at, empty, sizeof(empty));
  memcpy(body + length - (sizeof(end) - 1), end, sizeof(end) - 1);
  check_int("too many", wt_series_query_read(body, length, table, &error), -EFBIG);
  check_contains("too many", error.text, "more than 1572864 values in it: SeriesQuery has to select one exporter");
  free(body);
  wt_series_table_free(table);
  check_done();
}

/* Two exporters with the same device. */
static void test_two(void **state)
{
  static const char body[] = BEGIN "{\"metric\":{" RX ",\"instance\":\"a\"},\"values\":[[1,\"1\"]]},{\"metric\":{" RX
                                   ",\"instance\":\"b\"},\"values\":[[2,\"2\"]]}" END;
  struct wt_series_table *table = wt_series_table_new();
  struct wt_error error = {0};

  (void)state;
  check_int("two", wt_series_query_read(body, strlen(body), table, &error), 0);
  check("two", wt_series_table_find(table, "eth0")->duplicate);
  wt_series_table_free(table);
  check_done();
}

/* ---- addresses ----------------------------------------------------------------------------------------------------
 */

#define MATRIX                                                                                                         \
  "%7b__name__%3d~%22node_network_%28receive%7ctransmit%29_%28packets%7cbytes%29_total%22%2cinstance%3d%22a%3a9100%22" \
  "%7d%5b45s%5d"

static const struct {
  const char *text, *shown, *exposition, *queried;
} addresses[] = {
    {"http://127.0.0.1:9100", "http://127.0.0.1:9100/", "http://127.0.0.1:9100/metrics",
     "http://127.0.0.1:9100/api/v1/query?query=" MATRIX},
    {"https://me:se%40cret@host.example/prefix/?token=abc#x", "https://host.example/prefix/",
     "https://me:se%40cret@host.example/prefix/?token=abc#x",
     "https://me:se%40cret@host.example/prefix/api/v1/query?token=abc&query=" MATRIX "#x"},
    {"HTTP://[::1]:1/m", "http://[::1]:1/m", "http://[::1]:1/m", "http://[::1]:1/m/api/v1/query?query=" MATRIX},
    {"unix:/run/exporter.sock", "unix:/run/exporter.sock", "http://localhost/metrics",
     "http://localhost/api/v1/query?query=" MATRIX},
    {"unix:/run/exporter.sock:/m?a=b", "unix:/run/exporter.sock:/m", "http://localhost/m?a=b",
     "http://localhost/m/api/v1/query?a=b&query=" MATRIX},
    {"file:/var/lib/m.prom", "file:/var/lib/m.prom", NULL, NULL},
    {"file:///var/lib/m.prom", "file:/var/lib/m.prom", NULL, NULL},
};

static void check_address(const char *row, char *got, const char *want)
{
  if (want && got)
    check_text(row, got, want);
  else
    check(row, !want && !got);
  free(got);
}

static void test_addresses(void **state)
{
  char *expression = wt_series_query_expression("{ instance=\"a:9100\"}", 45);

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(addresses); i++) {
    struct wt_series_url url;
    struct wt_error error = {0};

    check_int(addresses[i].text, wt_series_url_parse(addresses[i].text, &url, &error), 0);
    check_text(addresses[i].text, error.text, "");
    check_text(addresses[i].text, url.shown, addresses[i].shown);
    check_address(addresses[i].text, wt_series_url_fetched(&url, NULL), addresses[i].exposition);
    check_address(addresses[i].text, wt_series_url_fetched(&url, expression), addresses[i].queried);
    wt_series_url_free(&url);
  }
  free(expression);
  expression = wt_series_query_expression("{}", 300);
  check_text("no matchers", expression, "{__name__=~\"node_network_(receive|transmit)_(packets|bytes)_total\"}[300s]");
  free(expression);
  check_done();
}

static const struct {
  const char *option, *value, *wrong; /* NULL: it is taken */
} settings[] = {
    {"Series", "", NULL},
    {"Series", "http://x", NULL},
    {"Series", "ftp://x/", "its URL is not one of http, https, unix or file"},
    {"Series", "eth0", "option Series: "},
    {"Series", "http://", "its value is not a URL"},
    {"Series", "http://me:secret@:x", "its value is not a URL"},
    {"Series", "unix:relative", "it takes unix:/SOCKET"},
    {"Series", "unix:/a:b", "it takes unix:/SOCKET"},
    {"Series",
     "unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaa",
     "less than 108 octets"},
    {"Series", "file:relative", "'file:relative' is not valid; it takes file:/PATH"},
    {"Series", "file://me:secret@host/path", "'file:...' is not valid; it takes file:/PATH"},
    {"Series", "unix://me:secret@host/path", "'unix:...' is not valid; it takes unix:/SOCKET"},
    {"Series", "unix:/a:b?token=secret", "'unix:...' is not valid; it takes unix:/SOCKET"},
    {"Series", "file://host/path", "it takes file:/PATH"},
    {"SeriesQuery", "{instance=\"a\"}", NULL},
    {"SeriesQuery", "instance=\"a\"", "it is not between braces"},
    {"SeriesQuery", "{\n}", "control character"},
    {"SeriesTimeout", "0", "it takes seconds from 0.1 to 600"},
    {"SeriesTimeout", "2.5", NULL},
    {"SeriesCA", "/etc/ca.pem", NULL},
};

static void test_settings(void **state)
{
  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(settings); i++) {
    struct wt_config *config = wt_config_new();
    struct wt_error error = {0};
    int status = wt_config_set(config, settings[i].option, settings[i].value, &error);

    check_int(settings[i].value, status, settings[i].wrong ? -EINVAL : 0);
    check_contains(settings[i].value, error.text, settings[i].wrong ? settings[i].wrong : "");
    check(settings[i].value, !strstr(error.text, "secret"));
    wt_config_free(config);
  }
  check_done();
}

static void test_secret(void **state)
{
  struct wt_config *config = wt_config_new(), *copy;
  struct wt_error error = {0};

  (void)state;
  check_int("once", wt_config_set(config, "Series", "http://me:secret@x", &error), 0);
  check_int("twice", wt_config_set(config, "Series", "http://me:secret@x", &error), -EEXIST);
  check("twice", !strstr(error.text, "secret"));
  copy = wt_config_copy(config);
  check_text("copy", copy->series, "http://me:secret@x");
  wt_config_free(config);
  wt_config_free(copy);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_samples), cmocka_unit_test(test_newest),    cmocka_unit_test(test_answers),
      cmocka_unit_test(test_two),     cmocka_unit_test(test_addresses), cmocka_unit_test(test_settings),
      cmocka_unit_test(test_secret),  cmocka_unit_test(test_too_many),
  };

  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
