/* SPDX-License-Identifier: MIT */
/* Baselines: the text of a file, every kind of damage to it, who is who, what differs, and how the file is written. */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "baseline_file.h"
#include "random.h"

static const char sample[] = "# Ours.\n"
                             "#\n"
                             "\n"
                             "# More of it.\n"
                             "wiretruth-baseline 1  # the first line\n"
                             "\n"
                             "# The uplink.\n"
                             "interface eth2  # rack 7\n"
                             "  address 52:54:00:12:34:56\n"
                             "  driver ixgbe\n"
                             "  driver-version kernel\n"
                             "  firmware 0x800003df, 1.5\\x23 a\n"
                             "  # Storage needs it.\n"
                             "  mtu 9000  # jumbo\n"
                             "  gso-max-size 65536\n"
                             "  gso-max-segs 65535\n"
                             "  gso-ipv4-max-size 65536\n"
                             "  gro-max-size 65536\n"
                             "  gro-ipv4-max-size 65536\n"
                             "  tso-max-size 524280\n"
                             "  tso-max-segs 65535\n"
                             "  feature rx-gro on\n"
                             "  feature rx-lro off\n"
                             "  feature tx-nocache-copy on, wanted off\n"
                             "  feature tx-tcp-segmentation off, wanted on\n"
                             "\n"
                             "interface eth10\n"
                             "\n"
                             "# The end.\n";

static void parse_good(const char *row, const char *text, struct wt_baseline_record *record)
{
  struct wt_error error = {0};

  if (wt_baseline_parse(text, strlen(text), record, &error)) {
    print_error("%s: %s\n", row, error.text);
    fail();
  }
}

/* As a file has it. To be freed. */
static char *format(const struct wt_baseline_record *record, const struct wt_baseline_record *comments)
{
  size_t length;
  char *text = NULL;
  FILE *out = open_memstream(&text, &length);

  assert_non_null(out);
  wt_baseline_format(out, record->interfaces, record->interface_count, comments);
  assert_int_equal(fclose(out), 0);
  return text;
}

/* ---- text ---- */

static void what_is_written_is_what_was_read(void **state)
{
  struct wt_baseline_record record;
  char *text;

  (void)state;
  parse_good("sample", sample, &record);
  assert_int_equal(record.interface_count, 2);
  check_text("order", record.interfaces[0].name, "eth2");
  check_text("order", record.interfaces[1].name, "eth10");
  check_int("items", record.interfaces[0].item_count, 16);
  check_text("address", wt_baseline_address(&record.interfaces[0]), "52:54:00:12:34:56");
  check("no address", !wt_baseline_address(&record.interfaces[1]));
  check_text("escape", record.interfaces[0].items[WT_FACT_FIRMWARE].value, "0x800003df, 1.5# a");
  text = format(&record, &record);
  check_text("sample", text, sample);
  free(text);
  wt_baseline_clear(&record);
  check_done();
}

static void a_person_may_write_it_otherwise(void **state)
{
  static const char *const texts[] = {
      "wiretruth-baseline 1\ninterface a\nmtu 1500\nfeature x on\n",
      "\xef\xbb\xbfwiretruth-baseline 1\ninterface a\nmtu 1500\nfeature x on\n",
      "wiretruth-baseline 1\r\ninterface a\r\nmtu 1500\r\nfeature x on\r\n",
      "wiretruth-baseline 1\ninterface a\nmtu 1500\nfeature x on",
      "\n\n  wiretruth-baseline\t1\n\n\tinterface   a\t\n\t\tfeature\tx\ton\n\t mtu    01500\n\n\n",
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(texts); i++) {
    struct wt_baseline_record record;
    char *text;

    parse_good(texts[i], texts[i], &record);
    text = format(&record, &record);
    check_text(texts[i], text, "wiretruth-baseline 1\n\ninterface a\n  mtu 1500\n  feature x on\n");
    free(text);
    wt_baseline_clear(&record);
  }
  check_done();
}

static void comments_follow_what_they_are_about(void **state)
{
  static const char now[] = "wiretruth-baseline 1\n"
                            "interface eth2\naddress 52:54:00:00:00:01\nmtu 1500\nfeature rx-gro off\n"
                            "interface lan0\naddress 52:54:00:00:00:02\nmtu 1400\n";
  static const char old[] = "# head\nwiretruth-baseline 1\n"
                            "# zwei\ninterface eth2\nfeature rx-gro on # must be\n# gone\nfeature rx-lro on\n"
                            "# renamed\ninterface eth3\naddress 52:54:00:00:00:02\n# tunnel\nmtu 1500\n# tail\n";
  struct wt_baseline_record record, comments;
  char *text;

  (void)state;
  parse_good("now", now, &record);
  parse_good("old", old, &comments);
  text = format(&record, &comments);
  check_text("kept", text,
             "# head\nwiretruth-baseline 1\n"
             "\n# zwei\ninterface eth2\n  address 52:54:00:00:00:01\n  mtu 1500\n  feature rx-gro off  # must be\n"
             "\n# renamed\ninterface lan0\n  address 52:54:00:00:00:02\n  # tunnel\n  mtu 1400\n"
             "\n# tail\n");
  free(text);
  text = format(&record, NULL);
  check("a first one says what it is", strncmp(text, "# ", 2) == 0);
  free(text);
  wt_baseline_clear(&record);
  wt_baseline_clear(&comments);
  check_done();
}

static void what_a_terminal_would_obey_is_made_harmless(void **state)
{
  static const char text[] = "# a\033[2J\nwiretruth-baseline 1 # b\001\ninterface a\\x1bb # gr\xc3\xbcn\n";
  struct wt_baseline_record record;
  char *out;

  (void)state;
  parse_good("escape", text, &record);
  check_text("name", record.interfaces[0].name, "a\033b");
  out = format(&record, &record);
  check_text("escape", out, "# a?[2J\nwiretruth-baseline 1  # b?\n\ninterface a\\x1bb  # gr\xc3\xbcn\n");
  free(out);
  wt_baseline_clear(&record);
  check_done();
}

/* ---- damage ---- */

#define HEAD "wiretruth-baseline 1\n"
#define ETH  HEAD "interface eth0\n"
#define TEN  "aaaaaaaaaa"

static void damage_is_named_with_its_line(void **state)
{
  static const struct {
    const char *text;
    int line;
    const char *says[2];
  } rows[] = {
      {"", 1, {"nothing", "wiretruth-baseline 1"}},
      {"\n\n# only a comment\n", 4, {"nothing", "wiretruth-baseline 1"}},
      {"hello\n", 1, {"'hello'", "wiretruth-baseline 1"}},
      {"interface eth0\n" HEAD, 1, {"'interface'", "wiretruth-baseline 1"}},
      {"wiretruth-baseline 2\n", 1, {"'2'", "version 1"}},
      {"wiretruth-baseline\n", 1, {"''", "version 1"}},
      {HEAD "mtu 1500\n", 2, {"'mtu'", "interface NAME"}},
      {HEAD HEAD, 2, {"'wiretruth-baseline'", "a line begins with interface"}},
      {ETH "mut 1500\n", 3, {"'mut'", "mtu"}},
      {ETH "mtu\n", 3, {"mtu has no value", "whole number"}},
      {ETH "mtu 1500x\n", 3, {"'1500x'", "0 to 4294967295"}},
      {ETH "mtu -1\n", 3, {"'-1'", "0 to 4294967295"}},
      {ETH "mtu 4294967296\n", 3, {"'4294967296'", "0 to 4294967295"}},
      {ETH "mtu 99999999999999999999999\n", 3, {"mtu", "0 to 4294967295"}},
      {ETH "mtu 1500 9000\n", 3, {"'1500 9000'", "whole number"}},
      {ETH "mtu 1500\n\n# again\nmtu 1500\n", 6, {"mtu", "line 3"}},
      {ETH "feature\n", 3, {"feature takes a name", "on"}},
      {ETH "feature rx-gro\n", 3, {"feature takes a name", "on"}},
      {ETH "feature rx-gro onn\n", 3, {"rx-gro is 'onn'", "'off, wanted on'"}},
      {ETH "feature rx-gro on, wanted on\n", 3, {"'on, wanted on'", "'on, wanted off'"}},
      {ETH "feature rx-gro on wanted off\n", 3, {"'on wanted off'", "'on, wanted off'"}},
      {ETH "feature " TEN TEN TEN TEN " on\n", 3, {"name of a feature", "31"}},
      {ETH "feature rx-gro on\nfeature rx-lro on\nfeature rx-gro off\n", 5, {"feature rx-gro", "line 3"}},
      {ETH "address\n", 3, {"address is ''", "52:54:00:12:34:56"}},
      {ETH "address 52:54\n" ETH, 4, {"", ""}},
      {ETH "address 525400123456\n", 3, {"'525400123456'", "52:54:00:12:34:56"}},
      {ETH "address 52-54-00-12-34-56\n", 3, {"address", "52:54:00:12:34:56"}},
      {ETH "address 52:54:00:12:34:5g\n", 3, {"address", "52:54:00:12:34:56"}},
      {ETH "address 00:00:00:00:00:00\n", 3, {"address", "52:54:00:12:34:56"}},
      {ETH "driver\n", 3, {"driver has no value", "leave out"}},
      {ETH "firmware " TEN TEN TEN "ab\n", 3, {"firmware", "31 characters"}},
      {ETH "firmware a\\b\n", 3, {"firmware", "\\x23"}},
      {ETH "firmware a\\x0\n", 3, {"firmware", "\\x23"}},
      {ETH "firmware a\\x00\n", 3, {"firmware", "\\x23"}},
      {ETH "firmware gr\xc3\xbcn\n", 3, {"ASCII", "\\xc3"}},
      {ETH "firmware a\033b\n", 3, {"ASCII", "\\x1b"}},
      {HEAD "interface\n", 2, {"interface ''", "15 characters"}},
      {HEAD "interface eth0 eth1\n", 2, {"'eth0 eth1'", "15 characters"}},
      {HEAD "interface a/b\n", 2, {"'a/b'", "name of an interface"}},
      {HEAD "interface " TEN TEN "\n", 2, {TEN, "15 characters"}},
      {HEAD "interface eth0\nmtu 1\ninterface eth1\n\ninterface eth0\n", 6, {"interface eth0", "line 2"}},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_baseline_record record;
    struct wt_error error = {0};
    char line[32];

    snprintf(line, sizeof(line), "line %d: ", rows[i].line);
    check_int(rows[i].text, wt_baseline_parse(rows[i].text, strlen(rows[i].text), &record, &error), -EINVAL);
    check_int(rows[i].text, error.code, -EINVAL);
    check(rows[i].text, strncmp(error.text, line, strlen(line)) == 0);
    check_contains(rows[i].text, error.text, rows[i].says[0]);
    check_contains(rows[i].text, error.text, rows[i].says[1]);
    /* There has to be room for the name of the file before it. */
    check(rows[i].text, strlen(error.text) < 180);
  }
  check_done();
}

static void no_text_is_told_as_such(void **state)
{
  static const char text[] = HEAD "inter\0face\n";
  char long_line[2000] = HEAD;
  struct wt_baseline_record record;
  struct wt_error error = {0};

  (void)state;
  check_int("zero", wt_baseline_parse(text, sizeof(text) - 1, &record, &error), -EINVAL);
  check_contains("zero", error.text, "line 2: it has an octet of value 0");
  memset(long_line + strlen(HEAD), 'a', sizeof(long_line) - strlen(HEAD) - 1);
  check_int("long", wt_baseline_parse(long_line, sizeof(long_line) - 1, &record, &error), -EINVAL);
  check_contains("long", error.text, "line 2: it is longer than 1024");
  long_line[strlen(HEAD)] = '#';
  check_int("comment", wt_baseline_parse(long_line, sizeof(long_line) - 1, &record, &error), 0);
  wt_baseline_clear(&record);
  check_done();
}

/* Whatever is read: it is refused with its line, or what is made of it is stable. */
static void check_any(const char *row, const char *text, size_t length)
{
  /* Of exactly this length, so that the sanitizer sees what reads on. */
  char *exact = malloc(length + !length), *first, *second;
  struct wt_baseline_record record, again;
  struct wt_error error = {0};

  assert_non_null(exact);
  memcpy(exact, text, length);
  if (wt_baseline_parse(exact, length, &record, &error)) {
    check(row, strncmp(error.text, "line ", 5) == 0);
    free(exact);
    return;
  }
  free(exact);
  first = format(&record, &record);
  parse_good(row, first, &again);
  second = format(&again, &again);
  check_text(row, second, first);
  free(first);
  free(second);
  wt_baseline_clear(&record);
  wt_baseline_clear(&again);
}

static void every_truncation_is_survived(void **state)
{
  (void)state;
  for (size_t length = 0; length <= strlen(sample); length++)
    check_any("truncated", sample, length);
  check_done();
}

static void random_mutations_are_survived(void **state)
{
  static const char favourites[] = "\n\n #\\x\t:,019af\0\r\033\xff\xc3";
  struct random random = {.state = 4711};
  char text[2 * sizeof(sample)], row[32];

  (void)state;
  for (int round = 0; round < 20000; round++) {
    size_t length = strlen(sample), changes = 1 + random_below(&random, 8);

    memcpy(text, sample, sizeof(sample));
    for (size_t i = 0; i < changes; i++) {
      size_t at = random_below(&random, length), to = random_below(&random, length), size;
      char octet = (char)(random_below(&random, 256) - 128);

      if (random_below(&random, 2))
        octet = favourites[random_below(&random, sizeof(favourites) - 1)];
      switch (random_below(&random, 4)) {
      case 0: /* another octet */
        text[at] = octet;
        break;
      case 1: /* one more */
        if (length < sizeof(text)) {
          memmove(text + at + 1, text + at, length++ - at);
          text[at] = octet;
        }
        break;
      case 2: /* some fewer */
        size = 1 + random_below(&random, length - at < 40 ? length - at : 40);
        if (size < length) {
          memmove(text + at, text + at + size, length - at - size);
          length -= size;
        }
        break;
      default: /* a part of it somewhere else */
        size = random_below(&random, 60);
        if (at + size <= length && to + size <= length)
          memmove(text + to, text + at, size);
      }
    }
    snprintf(row, sizeof(row), "mutation %d", round);
    check_any(row, text, length);
  }
  check_done();
}

/* ---- who is who ---- */

static void interfaces_are_found_again(void **state)
{
  /* Each is "NAME[=ADDRESS]"; want is which of the recorded ones, by their place in order, it is. */
  static const struct {
    const char *row, *recorded[4], *present[4];
    int want[4];
  } rows[] = {
      {"the same", {"a=1", "b=2"}, {"a=1", "b=2"}, {0, 1}},
      {"without addresses", {"a", "b"}, {"b", "a"}, {1, 0}},
      {"renamed", {"a=1", "b=2"}, {"c=1", "b=2"}, {0, 1}},
      {"exchanged", {"a=1", "b=2"}, {"b=1", "a=2"}, {0, 1}},
      {"exchanged in a ring", {"a=1", "b=2", "c=3"}, {"b=1", "c=2", "a=3"}, {0, 1, 2}},
      {"another card under the name", {"a=1"}, {"a=9"}, {0}},
      {"renamed, and another card under its name", {"a=1"}, {"a=9", "b=1"}, {-1, 0}},
      {"new and missing", {"a=1"}, {"b=2"}, {-1}},
      {"no address renamed is a new one", {"a"}, {"b"}, {-1}},
      {"it has no address any more", {"a=1"}, {"a"}, {0}},
      {"none was recorded", {"a"}, {"a=1"}, {0}},
      {"an address that two have tells nobody", {"a=1", "b=1"}, {"c=1", "d=1"}, {-1, -1}},
      {"an address that two have, with names", {"a=1", "b=1"}, {"b=1", "a=1"}, {1, 0}},
      {"an address that two have, one of them gone", {"a=1", "b=1"}, {"b=1"}, {1}},
      {"an address that two have, one of them renamed", {"a=1", "b=1"}, {"b=1", "c=1"}, {1, 0}},
      {"an address that two have now", {"a=1"}, {"b=1", "c=1"}, {-1, -1}},
      {"nothing recorded", {NULL}, {"a=1"}, {-1}},
      {"nothing there", {"a=1"}, {NULL}, {0}},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_baseline_present present[4];
    struct wt_baseline_record record;
    char text[512] = HEAD, names[4][8], addresses[4][24];
    bool matched[4], want_matched[4] = {false};
    size_t count = 0;

    for (int at = 0; at < 4 && rows[i].recorded[at]; at++) {
      size_t used = strlen(text);
      const char *recorded = rows[i].recorded[at];

      snprintf(text + used, sizeof(text) - used, "interface %.1s\n", recorded);
      used = strlen(text);
      if (strchr(recorded, '='))
        snprintf(text + used, sizeof(text) - used, "address 02:00:00:00:00:0%s\n", strchr(recorded, '=') + 1);
    }
    parse_good(rows[i].row, text, &record);
    for (; count < 4 && rows[i].present[count]; count++) {
      const char *equals = strchr(rows[i].present[count], '=');

      snprintf(names[count], sizeof(names[count]), "%.1s", rows[i].present[count]);
      snprintf(addresses[count], sizeof(addresses[count]), "02:00:00:00:00:0%.1s", equals ? equals + 1 : "");
      present[count] = (struct wt_baseline_present){names[count], equals ? addresses[count] : NULL, 7};
    }
    check(rows[i].row, wt_baseline_match(&record, present, count, matched));
    for (size_t at = 0; at < count; at++) {
      check_int(rows[i].row, present[at].recorded, rows[i].want[at]);
      if (rows[i].want[at] >= 0)
        want_matched[rows[i].want[at]] = true;
    }
    for (size_t at = 0; at < record.interface_count; at++)
      check_int(rows[i].row, matched[at], want_matched[at]);
    wt_baseline_clear(&record);
  }
  check_done();
}

/* ---- what differs ---- */

static void differences_are_what_they_are(void **state)
{
  static const struct {
    const char *row, *recorded, *found, *want;
  } rows[] = {
      {"nothing", "interface a\nmtu 1500\nfeature x on\n", "interface a\nmtu 1500\nfeature x on\n", ""},
      {"a number", "interface a\nmtu 1500\n", "interface a\nmtu 9000\n", "mtu 1500>9000;"},
      {"switched off", "interface a\nfeature x on\n", "interface a\nfeature x off\n", "x on>off;"},
      {"off for want of another", "interface a\nfeature sg on\nfeature tso on\n",
       "interface a\nfeature sg off\nfeature tso off, wanted on\n", "sg on>off;tso on>off, wanted on;"},
      {"asked for in vain", "interface a\nfeature x off\n", "interface a\nfeature x off, wanted on\n",
       "x off>off, wanted on;"},
      {"not recorded, not compared", "interface a\n", "interface a\nmtu 1500\nfirmware 7\nfeature x on\n", ""},
      {"not there any more", "interface a\nfirmware 7\nfeature x on\nfeature z on\n", "interface a\nfeature z on\n",
       "firmware 7>none;x on>none;"},
      {"no features can be read at all", "interface a\nmtu 1500\nfeature x on\n", "interface a\nmtu 1400\n",
       "mtu 1500>1400;"},
      {"renamed", "interface a\naddress 02:00:00:00:00:01\n", "interface b\naddress 02:00:00:00:00:01\n", "name a>b;"},
      {"another card", "interface a\naddress 02:00:00:00:00:01\ndriver e1000\n",
       "interface a\naddress 02:00:00:00:00:02\ndriver igb\n",
       "address 02:00:00:00:00:01>02:00:00:00:00:02;driver e1000>igb;"},
      {"firmware", "interface a\ndriver-version kernel\nfirmware 1.2 a\n",
       "interface a\ndriver-version 5.9-lts\nfirmware 1.3 a\n", "driver-version kernel>5.9-lts;firmware 1.2 a>1.3 a;"},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    struct wt_baseline_record recorded, found;
    struct wt_drift drift[8] = {{.since = 5}};
    char text[512], got[512] = "";
    size_t count;

    snprintf(text, sizeof(text), HEAD "%s", rows[i].recorded);
    parse_good(rows[i].row, text, &recorded);
    snprintf(text, sizeof(text), HEAD "%s", rows[i].found);
    parse_good(rows[i].row, text, &found);
    count = wt_baseline_compare(recorded.interfaces, found.interfaces, drift, CHECK_COUNT(drift));
    for (size_t at = 0; at < count; at++) {
      size_t used = strlen(got);

      snprintf(got + used, sizeof(got) - used, "%.30s %.60s>%.60s;", drift[at].item, drift[at].expected,
               drift[at].found);
    }
    check_text(rows[i].row, got, rows[i].want);
    /* Only as many are written as there is room for, and all are counted. */
    drift[0].item[0] = 'X';
    check_int(rows[i].row, wt_baseline_compare(recorded.interfaces, found.interfaces, drift, 0), count);
    check_int(rows[i].row, drift[0].item[0], 'X');
    wt_baseline_clear(&recorded);
    wt_baseline_clear(&found);
  }
  check_done();
}

static void features_have_four_states(void **state)
{
  static const struct {
    const char *want;
    struct wt_feature feature;
  } rows[] = {
      {"on", {.active = true, .wanted = true}},
      {"off", {.active = false}},
      {"on, wanted off", {.active = true}},
      {"off, wanted on", {.wanted = true}},
      /* The kernel keeps no wish for what cannot be changed. */
      {"on", {.active = true, .fixed = true}},
      {"off", {.wanted = true, .fixed = true}},
  };

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++)
    check_text(rows[i].want, wt_baseline_feature_value(&rows[i].feature), rows[i].want);
  check_done();
}

/* ---- the file ---- */

static char directory[64];

static int make_directory(void **state)
{
  (void)state;
  snprintf(directory, sizeof(directory), "/tmp/wiretruth-baseline-XXXXXX");
  return mkdtemp(directory) ? 0 : -1;
}

static const char *path(const char *name, char buffer[128])
{
  snprintf(buffer, 128, "%s/%.48s", directory, name);
  return buffer;
}

static int remove_directory(void **state)
{
  DIR *open = opendir(directory);
  char buffer[128];

  (void)state;
  for (struct dirent *entry; open && (entry = readdir(open));)
    unlink(path(entry->d_name, buffer));
  if (open)
    closedir(open);
  return rmdir(directory);
}

static size_t files(void)
{
  DIR *open = opendir(directory);
  size_t count = 0;

  assert_non_null(open);
  for (struct dirent *entry; (entry = readdir(open));)
    count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
  closedir(open);
  return count;
}

static void check_content(const char *row, const char *file, const char *want)
{
  struct wt_error error = {0};
  size_t length = 0;
  char *text = NULL;

  check_int(row, wt_baseline_load(file, &text, &length, &error), 0);
  check(row, length == strlen(want) && memcmp(text, want, length) == 0);
  free(text);
}

static void a_file_is_replaced_as_a_whole(void **state)
{
  struct wt_error error = {0};
  char file[128], link[128], other[128];
  struct stat old, new;
  mode_t mask = umask(022);

  (void)state;
  path("baseline", file);
  path("link", link);
  check_int("new", wt_baseline_write(file, "one\n", &error), 0);
  check_content("new", file, "one\n");
  assert_int_equal(stat(file, &old), 0);
  check_int("new", old.st_mode & 07777, 0644);

  assert_int_equal(chmod(file, 0640), 0);
  assert_int_equal(symlink("baseline", link), 0);
  check_int("link", wt_baseline_write(link, "two\n", &error), 0);
  check_content("link", file, "two\n");
  assert_int_equal(lstat(link, &new), 0);
  check("link", S_ISLNK(new.st_mode));
  assert_int_equal(stat(file, &new), 0);
  check_int("mode", new.st_mode & 07777, 0640);
  check("another file is in its place, none is written over", new.st_ino != old.st_ino);
  check_int("nothing is left behind", files(), 2);

  check_int("no directory", wt_baseline_write(path("none/baseline", other), "x\n", &error), -ENOENT);
  check_contains("no directory", error.text, "none/baseline cannot be written");
  check_int("a directory", wt_baseline_write(directory, "x\n", &error), -EINVAL);
  check_contains("a directory", error.text, "not a regular file");
  check_int("nothing is left behind", files(), 2);
  umask(mask);
  check_done();
}

static void what_cannot_be_read_is_told(void **state)
{
  struct wt_error error = {0};
  char file[128], *text;
  size_t length;

  (void)state;
  check_int("none", wt_baseline_load(path("none", file), &text, &length, &error), -ENOENT);
  check_contains("none", error.text, "none cannot be read: No such file");
  check_int("a directory", wt_baseline_load(directory, &text, &length, &error), -EISDIR);
  check_contains("a directory", error.text, "not a regular file");
  assert_int_equal(mkfifo(path("fifo", file), 0600), 0);
  check_int("a pipe", wt_baseline_load(file, &text, &length, &error), -EISDIR);
  assert_int_equal(truncate(path("baseline", file), WT_BASELINE_LARGEST + 1), 0);
  check_int("too large", wt_baseline_load(file, &text, &length, &error), -EFBIG);
  check_contains("too large", error.text, "baseline cannot be read: ");
  assert_int_equal(truncate(file, 0), 0);
  check_int("empty", wt_baseline_read(file, &text, &error), -EINVAL);
  check_contains("empty", error.text, "/baseline, line 1: nothing stands where");
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_written_is_what_was_read),
      cmocka_unit_test(a_person_may_write_it_otherwise),
      cmocka_unit_test(comments_follow_what_they_are_about),
      cmocka_unit_test(what_a_terminal_would_obey_is_made_harmless),
      cmocka_unit_test(damage_is_named_with_its_line),
      cmocka_unit_test(no_text_is_told_as_such),
      cmocka_unit_test(every_truncation_is_survived),
      cmocka_unit_test(random_mutations_are_survived),
      cmocka_unit_test(interfaces_are_found_again),
      cmocka_unit_test(differences_are_what_they_are),
      cmocka_unit_test(features_have_four_states),
      cmocka_unit_test(a_file_is_replaced_as_a_whole),
      cmocka_unit_test(what_cannot_be_read_is_told),
  };

  return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
