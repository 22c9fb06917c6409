/* SPDX-License-Identifier: MIT */
/* What is recorded before the first change comes back as it was, or not at all. */
#include "check.h"

#include "../../cli/validate_record.c" /* NOLINT(bugprone-suspicious-include): the tests link the core alone */

static const struct validate_record sample = {
    .interface = {.boot = "11111111-2222-3333-4444-555555555555",
                  .netns = 4026531840,
                  .cookie = 12,
                  .ifindex = 3,
                  .name = "eth0",
                  .driver = "veth",
                  .address = "020000000001"},
    .pid = 4711,
    .time = 1790000000,
    .features = {{3, "rx-gro", true, true, false},
                 {3, "tx-tcp-segmentation", true, false, true},
                 {7, "rx-lro", 1, 1, 1}},
    .feature_count = 3,
};

/* In one buffer: the next call takes the place of the text. */
static char *write_text(const struct validate_record *record)
{
  static char text[65536];
  FILE *file = fmemopen(text, sizeof(text), "w");

  assert_non_null(file);
  validate_record_write(file, record);
  fclose(file);
  return text;
}

static bool read_text(char *text, size_t length, struct validate_record *record, unsigned int *line)
{
  FILE *file = fmemopen(text, length, "r");
  bool good;

  assert_non_null(file);
  good = validate_record_read(file, record, line);
  fclose(file);
  return good;
}

static void test_comes_back(void **state)
{
  struct validate_record record;
  char *text = write_text(&sample);
  unsigned int line;

  (void)state;
  check("sample", read_text(text, strlen(text), &record, &line));
  check_text("sample", record.interface.boot, sample.interface.boot);
  check_int("sample", record.interface.netns, sample.interface.netns);
  check_int("sample", record.interface.cookie, sample.interface.cookie);
  check_int("sample", record.interface.ifindex, sample.interface.ifindex);
  check_text("sample", record.interface.name, sample.interface.name);
  check_text("sample", record.interface.driver, sample.interface.driver);
  check_text("sample", record.interface.address, sample.interface.address);
  check_text("sample", record.interface.permanent, sample.interface.permanent);
  check_int("sample", record.pid, sample.pid);
  check_int("sample", record.time, sample.time);
  check_int("sample", record.feature_count, sample.feature_count);
  for (size_t i = 0; i < sample.feature_count; i++) {
    check_text("feature", record.features[i].name, sample.features[i].name);
    check_int("feature", record.features[i].ifindex, sample.features[i].ifindex);
    check_int("feature", record.features[i].wanted, sample.features[i].wanted);
    check_int("feature", record.features[i].active, sample.features[i].active);
    check_int("feature", record.features[i].along, sample.features[i].along);
  }
  check_done();
}

static void test_cut_short(void **state)
{
  char *text = write_text(&sample);
  struct validate_record record;
  unsigned int line;

  (void)state;
  for (size_t length = 1; length < strlen(text); length++)
    check("cut", !read_text(text, length, &record, &line));
  check_done();
}

static void test_damaged(void **state)
{
  static const struct {
    const char *was, *is;
    unsigned int line;
  } rows[] = {
      {"validate 1", "validate 2", 1},
      {"boot ", "boat ", 2},
      {"namespace 4", "namespace x", 3},
      {"interface 3", "interface 0", 4},
      {"permanent", "transient", 5},
      {"process 4", "process p", 6},
      {"rx-gro wanted on", "rx-gro wanted no", 7},
      {"active off along", "active off other", 8},
      {"feature 7", "feature -", 9},
      {"end", "eno", 10},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    char *text = write_text(&sample), *at = strstr(text, rows[i].was);
    struct validate_record record;
    unsigned int line;

    assert_non_null(at);
    memcpy(at, rows[i].is, strlen(rows[i].is));
    check(rows[i].was, !read_text(text, strlen(text), &record, &line));
    check_int(rows[i].was, line, rows[i].line);
  }
  check_done();
}

static void test_too_many(void **state)
{
  struct validate_record record = sample, back;
  char *text;
  unsigned int line;

  (void)state;
  for (size_t i = 0; i < VALIDATE_FEATURES; i++)
    record.features[i] = sample.features[0];
  record.feature_count = VALIDATE_FEATURES;
  text = write_text(&record);
  check("as many as there may be", read_text(text, strlen(text), &back, &line));
  snprintf(strstr(text, "end\n"), 64, "feature 3 rx-gro wanted on active on asked\nend\n");
  check("one more", !read_text(text, strlen(text), &back, &line));
  check_done();
}

static void test_describe(void **state)
{
  char text[64];

  (void)state;
  check_text("all", validate_record_describe(&sample, text, sizeof(text)),
             "rx-gro on, tx-tcp-segmentation off, rx-lro on");
  check_text("no room", validate_record_describe(&sample, text, 8), "rx-gro ");
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_comes_back), cmocka_unit_test(test_cut_short), cmocka_unit_test(test_damaged),
      cmocka_unit_test(test_too_many),   cmocka_unit_test(test_describe),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
