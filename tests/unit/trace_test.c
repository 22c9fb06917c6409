/* SPDX-License-Identifier: MIT */
/*
 * Capture files → packets. Files are built octet by octet from the formats' descriptions, in both byte orders; then
 * they are cut at each octet, and each octet is damaged in turn.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/dlt.h>
#include <stdlib.h>
#include <unistd.h>

#include "trace.h"

#define CHECK(condition, ...)                                                                                          \
  do {                                                                                                                 \
    if (!(condition))                                                                                                  \
      check_failed(__FILE__, __LINE__, __VA_ARGS__);                                                                   \
  } while (0)

/* ---- builder --------------------------------------------------------------------------------------------------- */

struct file {
  uint8_t data[4096];
  size_t length;
  bool big; /* byte order */
};

static void put(struct file *file, uint64_t value, unsigned int octets)
{
  for (unsigned int i = 0; i < octets; i++) {
    assert_true(file->length < sizeof(file->data));
    file->data[file->length++] = (uint8_t)(value >> 8 * (file->big ? octets - 1 - i : i));
  }
}

static void put_octets(struct file *file, unsigned int value, unsigned int count)
{
  while (count--)
    put(file, value, 1);
}

static size_t block(struct file *file, uint32_t type)
{
  put(file, type, 4);
  put(file, 0, 4);
  return file->length - 8;
}

static void end_block(struct file *file, size_t start)
{
  size_t length = file->length + 4 - start;

  put(file, length, 4);
  file->length = start + 4;
  put(file, length, 4);
  file->length = start + length;
}

static void option(struct file *file, unsigned int code, uint64_t value, unsigned int octets)
{
  put(file, code, 2);
  put(file, octets, 2);
  put(file, value, octets);
  put_octets(file, 0, (4 - octets % 4) % 4);
}

static void section(struct file *file, bool big)
{
  size_t start;

  file->big = big;
  start = block(file, 0x0a0d0d0a);
  put(file, 0x1a2b3c4d, 4);
  put(file, 1, 2);
  put(file, 0, 2);
  put(file, UINT64_MAX, 8);
  end_block(file, start);
}

static size_t interface(struct file *file, unsigned int link_type, uint32_t snap_length)
{
  size_t start = block(file, 1);

  put(file, link_type, 2);
  put(file, 0, 2);
  put(file, snap_length, 4);
  return start;
}

/* value fills the captured octets. */
static size_t packet(struct file *file, uint32_t number, uint64_t time, uint32_t captured, uint32_t length,
                     unsigned int value)
{
  size_t start = block(file, 6);

  put(file, number, 4);
  put(file, time >> 32, 4);
  put(file, time & UINT32_MAX, 4);
  put(file, captured, 4);
  put(file, length, 4);
  put_octets(file, value, captured);
  put_octets(file, 0, (4 - captured % 4) % 4);
  return start;
}

/* Two interfaces, each kind of block once, and a second section in the other byte order. */
static void whole_file(struct file *file, bool big)
{
  size_t start;

  *file = (struct file){0};
  section(file, big);
  start = interface(file, 1, 96);
  option(file, 2, 0x65746830, 4); /* name, as a number in the file's order */
  option(file, 9, 9, 1);          /* nanoseconds */
  option(file, 0, 0, 0);
  end_block(file, start);
  start = interface(file, 113, 0);
  option(file, 9, 0x80 | 10, 1); /* 1/1024 s */
  option(file, 14, 1000, 8);     /* and 1000 s later */
  end_block(file, start);
  start = block(file, 0x0bad0001); /* nobody knows it */
  put_octets(file, 0xff, 40);
  end_block(file, start);
  start = packet(file, 0, 1700000000123456789, 62, 1514, 0x11);
  option(file, 2, 2 | 4 << 5, 4); /* outbound, with a check sequence of 4 */
  option(file, 4, 3, 8);          /* 3 were dropped before */
  option(file, 0, 0, 0);
  end_block(file, start);
  /* Cooked: packet type 0, so received; its big endian header is all 0. */
  end_block(file, packet(file, 1, 2048 + 512, 20, 20, 0));
  start = block(file, 3);
  put(file, 1500, 4);
  put_octets(file, 0x33, 96);
  end_block(file, start);
  start = block(file, 2);
  put(file, 0, 2);
  put(file, 2, 2);
  put(file, 0, 4);
  put(file, 7, 4);
  put(file, 5, 4);
  put(file, 60, 4);
  put_octets(file, 0x44, 5);
  put_octets(file, 0, 3);
  end_block(file, start);
  start = block(file, 5);
  put(file, 0, 4);
  put(file, 0, 8);
  option(file, 4, 100, 8);
  option(file, 5, 10, 8);
  option(file, 6, 90, 8);
  option(file, 7, 20, 8);
  option(file, 0, 0, 0);
  end_block(file, start);
  section(file, !big);
  end_block(file, interface(file, 276, 65535));
  start = packet(file, 0, 1, 20, 40, 4); /* SLL2: packet type 4, so transmitted, of interface 0x04040404 */
  option(file, 2, 0, 4);
  end_block(file, start);
}

static void pcap_file(struct file *file, bool big, uint32_t magic, uint32_t fraction)
{
  *file = (struct file){.big = big};
  put(file, magic, 4);
  put(file, 2, 2);
  put(file, 4, 2);
  put(file, 0, 8);
  put(file, 128, 4);
  put(file, 1, 4);
  for (unsigned int i = 0; i < 3; i++) {
    put(file, 4000000000, 4);
    put(file, fraction, 4);
    put(file, 20 + i, 4);
    put(file, 60, 4);
    put_octets(file, i, 20 + i);
  }
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct outcome {
  int opened, ended;
  unsigned int packets;
  struct wt_trace_packet packet[8];
  uint8_t first[8]; /* octet of each */
  struct wt_error error;
  struct wt_trace_progress progress;
  struct wt_trace_interface interface[4];
  uint32_t interfaces;
};

static void read_trace(struct wt_trace *trace, struct outcome *outcome)
{
  struct wt_trace_packet packet;
  struct wt_error again = {0};

  while ((outcome->ended = wt_trace_next(trace, &packet, &outcome->error)) == 1) {
    /* Each octet must be there to be read. */
    unsigned int sum = 0;

    for (uint32_t i = 0; i < packet.captured; i++)
      sum += packet.data[i];
    assert_true(outcome->packets < CHECK_COUNT(outcome->packet));
    outcome->first[outcome->packets] = packet.captured ? packet.data[0] : 0;
    CHECK(sum <= 255 * packet.captured, "sum %u", sum);
    outcome->packet[outcome->packets++] = packet;
  }
  CHECK(wt_trace_next(trace, &packet, &again) == outcome->ended && strcmp(again.text, outcome->error.text) == 0,
        "the next call says '%s' after '%s'", again.text, outcome->error.text);
  wt_trace_progress(trace, &outcome->progress);
  outcome->interfaces = wt_trace_interfaces(trace);
  for (uint32_t i = 0; i < outcome->interfaces && i < CHECK_COUNT(outcome->interface); i++)
    outcome->interface[i] = *wt_trace_interface(trace, i);
}

static void read_file(const uint8_t *data, size_t length, struct outcome *outcome)
{
  char path[] = "/tmp/wiretruth-trace-XXXXXX";
  int fd = mkstemp(path);
  struct wt_trace *trace = NULL;

  assert_true(fd >= 0);
  assert_true(write(fd, data, length) == (ssize_t)length);
  close(fd);
  *outcome = (struct outcome){0};
  outcome->opened = wt_trace_open(&trace, path, &outcome->error);
  unlink(path);
  if (outcome->opened == 0)
    read_trace(trace, outcome);
  wt_trace_close(outcome->opened == 0 ? trace : NULL);
}

static void test_pcapng(void **state)
{
  (void)state;
  for (int big = 0; big < 2; big++) {
    struct file file;
    struct outcome got;
    const struct wt_trace_packet *packet = got.packet;

    whole_file(&file, big);
    read_file(file.data, file.length, &got);
    CHECK(got.opened == 0 && got.ended == 0 && got.packets == 5, "order %d: %d, %d, %u packets: %s", big, got.opened,
          got.ended, got.packets, got.error.text);
    CHECK(packet[0].time == 1700000000123456789 && packet[0].captured == 62 && packet[0].length == 1514 &&
              packet[0].direction == WT_TRACE_TX && packet[0].fcs == 4 && packet[0].link_type == DLT_EN10MB &&
              got.first[0] == 0x11,
          "order %d: enhanced packet", big);
    CHECK(packet[1].time == 1002500000000 && packet[1].direction == WT_TRACE_RX && packet[1].interface == 1 &&
              packet[1].link_type == DLT_LINUX_SLL,
          "order %d: cooked packet, %llu", big, (unsigned long long)packet[1].time);
    CHECK(!wt_known(packet[2].time) && packet[2].captured == 96 && packet[2].length == 1500 &&
              packet[2].direction == WT_TRACE_UNTOLD && packet[2].interface == 0 && got.first[2] == 0x33,
          "order %d: simple packet", big);
    CHECK(packet[3].time == 7 && packet[3].captured == 5 && packet[3].length == 60 && got.first[3] == 0x44,
          "order %d: obsolete packet", big);
    CHECK(packet[4].time == 1000 && packet[4].interface == 2 && packet[4].ifindex == 0x04040404 &&
              packet[4].direction == WT_TRACE_TX && packet[4].captured == 20 && packet[4].length == 40,
          "order %d: packet of the second section", big);
    CHECK(got.interfaces == 3 && strlen(got.interface[0].name) == 4 && got.interface[0].snap_length == 96,
          "order %d: %u interfaces", big, got.interfaces);
    CHECK(got.interface[0].received == 100 && got.interface[0].dropped_interface == 10 &&
              got.interface[0].accepted == 90 && got.interface[0].dropped_system == 20 &&
              got.interface[0].dropped_between == 5,
          "order %d: statistics", big);
    CHECK(!wt_known(got.interface[1].dropped_system) && !wt_known(got.interface[1].dropped_between),
          "order %d: no statistics", big);
    CHECK(got.progress.octets == file.length && got.progress.size == file.length && got.progress.packets == 5,
          "order %d: progress", big);
  }
  check_done();
}

static void test_pcap(void **state)
{
  (void)state;
  for (int big = 0; big < 2; big++) {
    struct file file;
    struct outcome got;

    pcap_file(&file, big, 0xa1b2c3d4, 5);
    read_file(file.data, file.length, &got);
    CHECK(got.ended == 0 && got.packets == 3 && got.packet[0].time == 4000000000000005000 &&
              got.packet[2].captured == 22 && got.packet[2].length == 60 && got.interface[0].snap_length == 128 &&
              got.packet[2].link_type == DLT_EN10MB && got.first[2] == 2 && !wt_known(got.interface[0].dropped_system),
          "order %d: %d, %u packets, %s", big, got.ended, got.packets, got.error.text);
    pcap_file(&file, big, 0xa1b23c4d, 5);
    read_file(file.data, file.length, &got);
    CHECK(got.packets == 3 && got.packet[0].time == 4000000000000000005, "order %d: nanoseconds", big);
    for (size_t length = 0; length < file.length; length++) {
      bool boundary = length == 24 || length == 24 + 36 || length == 24 + 36 + 37;
      int want = boundary ? 0 : -ENODATA;

      read_file(file.data, length, &got);
      CHECK((length < 24 ? got.opened : got.ended) == want, "order %d, cut at %zu: %d, %d, %s", big, length, got.opened,
            got.ended, got.error.text);
      if (length > 24 + 36 && !boundary)
        check_contains("cut pcap", got.error.text,
                       length < 24 + 36 + 37 ? "octet 60: the file ends" : "octet 97: the file ends");
    }
  }
  check_done();
}

/* A file that is cut anywhere yields what was before, and says that it was cut unless that was between two blocks. */
static void test_cut(void **state)
{
  struct file file;
  struct outcome got;
  unsigned int packets = 0;
  size_t boundary = 0;

  (void)state;
  whole_file(&file, false);
  for (size_t length = 0; length < file.length; length++) {
    read_file(file.data, length, &got);
    if (length == 0) {
      CHECK(got.opened == -ENODATA && strstr(got.error.text, "is empty"), "empty: %s", got.error.text);
    } else if (got.opened == 0 && got.ended == 0) {
      CHECK(length - boundary >= 12, "blocks end at %zu and %zu", boundary, length);
      boundary = length;
    } else {
      CHECK((got.opened ? got.opened : got.ended) == -ENODATA, "cut at %zu: %d, %d, %s", length, got.opened, got.ended,
            got.error.text);
      if (length >= 4) {
        char position[32];

        snprintf(position, sizeof(position), "octet %zu: the file ends", boundary);
        CHECK(strstr(got.error.text, position), "cut at %zu: %s, not %s", length, got.error.text, position);
      }
    }
    CHECK(got.packets >= packets, "cut at %zu: %u packets after %u", length, got.packets, packets);
    packets = got.packets;
  }
  CHECK(packets == 4, "%u packets before the last", packets);
  check_done();
}

/* Whatever an octet is changed to: packets, an end or a sentence. */
static void test_damage(void **state)
{
  static const uint8_t changes[] = {0xff, 0x80, 0x01};
  struct outcome got;
  struct file file;

  (void)state;
  for (int kind = 0; kind < 4; kind++) {
    for (size_t change = 0; change < CHECK_COUNT(changes); change++) {
      for (size_t at = 0; at < 400; at++) {
        if (kind < 2)
          whole_file(&file, kind);
        else
          pcap_file(&file, kind == 3, 0xa1b2c3d4, 5);
        if (at >= file.length)
          break;
        file.data[at] ^= changes[change];
        read_file(file.data, file.length, &got);
        CHECK(got.opened == 0 || got.error.text[0], "kind %d octet %zu: no sentence", kind, at);
        CHECK(got.ended >= 0 || got.error.text[0], "kind %d octet %zu: no sentence", kind, at);
      }
    }
  }
  check_done();
}

static void damaged(size_t at, uint32_t value, const char *sentence)
{
  struct outcome got;
  struct file file;
  char text[sizeof(got.error.text)];

  whole_file(&file, true);
  for (int i = 0; i < 4; i++)
    file.data[at + (size_t)i] = (uint8_t)(value >> 8 * (3 - i));
  read_file(file.data, file.length, &got);
  CHECK(got.ended == -EINVAL && strstr(got.error.text, sentence), "octet %zu: %d, '%s', not '%s'", at, got.ended,
        got.error.text, sentence);
  snprintf(text, sizeof(text), "/tmp/wiretruth-trace-");
  CHECK(strncmp(got.error.text, text, strlen(text)) == 0, "without the file: %s", got.error.text);
}

static void test_sentences(void **state)
{
  static const struct {
    const char *data;
    const char *sentence;
  } rows[] = {
      {"hello, world", "is neither pcap nor pcapng: it begins with 68 65 6c 6c"},
      {"\x1f\x8b\x08\x08_______", "is compressed: pipe it through 'gzip -dc'"},
      {"BZh9_______", "is compressed: pipe it through 'bzip2 -dc'"},
      {"ab", "has only 2 octets"},
  };
  struct outcome got;

  (void)state;
  for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
    read_file((const uint8_t *)rows[i].data, strlen(rows[i].data), &got);
    CHECK(got.opened && strstr(got.error.text, rows[i].sentence), "'%s', not '%s'", got.error.text, rows[i].sentence);
  }
  damaged(8, 0x12345678, "octet 0: damaged: the byte order of the section is told as 12345678");
  damaged(12, 0x00020000, "octet 0: the section is pcapng of version 2");
  damaged(4, 30, "octet 0: damaged: a block of type 168627466 of 30 octets");
  damaged(24, 32, "octet 0: damaged: a block of 28 octets by its beginning and of 32 by its end");
  damaged(28 + 4, 0x7ffffffc,
          "octet 28: damaged: a block of type 1 of 2147483644 octets, where it takes a multiple of 4, "
          "from 20 to 16777216");
  damaged(28 + 16, 0x0002fff0, "octet 44: damaged: an option of 65520 octets");
  damaged(160 + 8, 5, "octet 160: damaged: a block of interface 5, and the section has described 2");
  damaged(160 + 20, 89, "octet 160: damaged: 89 octets of a packet, and its block has room for 88");
  damaged(160 + 20, 1000, "octet 160: damaged: 1000 octets of a packet, and its block has room for");
  check_done();
}

/* A block that nobody knows may be longer than any buffer; so many interfaces are too many. */
static void test_large(void **state)
{
  size_t length = 3 << 20, used;
  uint8_t *data = calloc(1, length + 4096);
  struct file file = {0};
  struct outcome got;
  size_t start;

  (void)state;
  assert_non_null(data);
  section(&file, false);
  start = block(&file, 99);
  file.length = start + 4;
  put(&file, length, 4);
  memcpy(data, file.data, file.length);
  used = start + length - 4;
  file.length = 0;
  put(&file, length, 4);
  end_block(&file, interface(&file, 1, 0));
  end_block(&file, packet(&file, 0, 0, 10, 10, 7));
  memcpy(data + used, file.data, file.length);
  read_file(data, used + file.length, &got);
  CHECK(got.ended == 0 && got.packets == 1 && got.first[0] == 7, "%d, %s", got.ended, got.error.text);
  file.length = 0;
  section(&file, false);
  memcpy(data, file.data, file.length);
  used = file.length;
  for (int i = 0; i < 5000; i++) {
    file.length = 0;
    end_block(&file, interface(&file, 1, 0));
    memcpy(data + used, file.data, file.length);
    used += file.length;
  }
  read_file(data, used, &got);
  CHECK(got.ended == -EINVAL && got.interfaces == 4096 && strstr(got.error.text, "more than 4096 interfaces"), "%d, %s",
        got.ended, got.error.text);
  free(data);
  check_done();
}

/* A pipe in small pieces, and one that is to stop. */
static void test_pipe(void **state)
{
  int ends[2], stop[2], saved = dup(STDIN_FILENO);
  struct outcome got = {0};
  struct wt_trace *trace;
  struct file file;

  (void)state;
  whole_file(&file, false);
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(pipe(stop), 0);
  assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  assert_true(write(ends[1], file.data, 300) == 300);
  assert_int_equal(wt_trace_open(&trace, "-", &got.error), 0);
  assert_true(write(ends[1], file.data + 300, file.length - 300) == (ssize_t)file.length - 300);
  wt_trace_stop_on(trace, stop[0]);
  close(ends[1]);
  read_trace(trace, &got);
  CHECK(got.ended == 0 && got.packets == 5 && !wt_known(got.progress.size), "%d, %u, %s", got.ended, got.packets,
        got.error.text);
  wt_trace_close(trace);
  close(ends[0]);
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  assert_true(write(ends[1], file.data, 300) == 300);
  assert_int_equal(wt_trace_open(&trace, "-", &got.error), 0);
  wt_trace_stop_on(trace, stop[0]);
  assert_true(write(stop[1], "", 1) == 1);
  got = (struct outcome){0};
  read_trace(trace, &got);
  CHECK(got.ended == -EINTR && strstr(got.error.text, "standard input: reading was interrupted"), "%d, %s", got.ended,
        got.error.text);
  wt_trace_close(trace);
  for (int i = 0; i < 2; i++) {
    close(ends[i]);
    close(stop[i]);
  }
  dup2(saved, STDIN_FILENO);
  close(saved);
  check_done();
}

static void test_not_there(void **state)
{
  struct wt_error error = {0};
  struct wt_trace *trace = NULL;

  (void)state;
  assert_int_equal(wt_trace_open(&trace, "/nonexistent/x.pcap", &error), -ENOENT);
  assert_string_equal(error.text, "cannot open /nonexistent/x.pcap: No such file or directory");
  assert_int_equal(wt_trace_open(&trace, "/", &error), -EISDIR);
  assert_string_equal(error.text, "/: cannot read: Is a directory");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pcapng), cmocka_unit_test(test_pcap),      cmocka_unit_test(test_cut),
      cmocka_unit_test(test_damage), cmocka_unit_test(test_sentences), cmocka_unit_test(test_large),
      cmocka_unit_test(test_pipe),   cmocka_unit_test(test_not_there),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
