/* SPDX-License-Identifier: MIT */
/* What the readers make of the instruments that a kernel has, on interfaces of the test's own. */
#include "own_network.h"

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "readers.h"

enum { SEGMENTS = 20, SIZE = 1000, LINK_HEADER = 14, HEADERS = 20 + 8 };

extern char **environ;

/* Whether the program is there and does as it is told. */
static bool run(const char *const arguments[])
{
  pid_t process;
  int status;

  if (posix_spawnp(&process, arguments[0], NULL, NULL, (char *const *)arguments, environ))
    return false;
  return waitpid(process, &status, 0) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* With a handle given, as the default ones have the same each time. */
static void put_discipline(const char *kind, const char *handle)
{
  const char *const add[] = {"tc", "qdisc", "replace", "dev", "lo", "root", "handle", handle, kind, NULL};

  if (run(add))
    return;
  print_message("tc cannot put a %s on lo: skipped\n", kind);
  skip();
}

static void take_discipline(void)
{
  static const char *const del[] = {"tc", "qdisc", "del", "dev", "lo", "root", NULL};

  assert_true(run(del));
}

static struct wt_instruments *find_loopback(void *context, int ifindex)
{
  return ifindex == LOOPBACK ? context : NULL;
}

static struct wt_witness_reading reading_of(const struct wt_instruments *instruments, int direction, int kind)
{
  struct wt_witness_reading reading[WT_WITNESS_KINDS];

  wt_instruments_get(instruments, (enum wt_direction)direction, reading);
  return reading[kind];
}

static struct wt_witness_reading read_all(struct wt_readers *readers, struct wt_instruments *instruments)
{
  wt_readers_read_qdiscs(readers, false, find_loopback, instruments);
  wt_readers_read(readers, LOOPBACK, "lo", instruments);
  return reading_of(instruments, WT_TX, WT_BY_QDISC);
}

static double frames_between(const struct wt_witness_reading *from, const struct wt_witness_reading *to)
{
  struct wt_witness_window window;

  wt_witness_between(from, to, NULL, &window);
  return window.frames;
}

static double octets_between(const struct wt_witness_reading *from, const struct wt_witness_reading *to)
{
  struct wt_witness_window window;

  wt_witness_between(from, to, NULL, &window);
  return window.octets;
}

/* lo has neither a MAC nor queues with statistics, nor a discipline until it is given one. */
static void what_is_not_there_is_not_read(void **state)
{
  struct wt_instruments instruments = {0};
  struct wt_readers *readers;

  (void)state;
  own_network();
  readers = wt_readers_open();
  assert_non_null(readers);
  for (int round = 0; round < 3; round++) {
    read_all(readers, &instruments);
    for (int direction = 0; direction < WT_DIRECTIONS; direction++)
      for (int kind = 0; kind < WT_WITNESS_KINDS; kind++)
        check(wt_source_name(wt_witness_source((enum wt_witness_kind)kind)),
              !reading_of(&instruments, direction, kind).there);
  }
  assert_null(instruments.counting); /* nor does it take memory */
  wt_readers_close(readers);
  wt_readers_close(NULL);
  check_done();
}

/* Its difference is what was sent, as frames; no other discipline's figures are taken for it. */
static void a_discipline_is_read_while_it_is_the_same(void **state)
{
  const double octets = SEGMENTS * (SIZE + HEADERS + LINK_HEADER);
  struct wt_witness_reading first, second, now;
  struct wt_instruments instruments = {0};
  struct wt_readers *readers;

  (void)state;
  own_network();
  readers = wt_readers_open();
  assert_non_null(readers);
  put_discipline("pfifo", "1:");
  now = read_all(readers, &instruments);
  check("there", now.there);
  check("receive has none", !reading_of(&instruments, WT_RX, WT_BY_QDISC).there);
  first = now;
  own_network_send(AF_INET, SEGMENTS, SIZE);
  now = read_all(readers, &instruments);
  check_near("frames", frames_between(&first, &now), SEGMENTS, 0);
  check_near("octets", octets_between(&first, &now), octets, 0);

  /* Another kind. More pass than the old one had counted. */
  second = now;
  put_discipline("bfifo", "2:");
  own_network_send(AF_INET, SEGMENTS, SIZE);
  own_network_send(AF_INET, SEGMENTS, SIZE);
  now = read_all(readers, &instruments);
  check("another one is there", now.there);
  check_near("another one", frames_between(&second, &now), NAN, 0);

  /* Gone, and one of the same kind comes, which counts more than the old one had. */
  second = now;
  take_discipline();
  now = read_all(readers, &instruments);
  check("gone", !now.there);
  check_near("gone", frames_between(&second, &now), NAN, 0);
  put_discipline("bfifo", "2:");
  for (int i = 0; i < 3; i++)
    own_network_send(AF_INET, SEGMENTS, SIZE);
  now = read_all(readers, &instruments);
  check("back", now.there);
  check_near("back", frames_between(&second, &now), NAN, 0);
  second = now;
  own_network_send(AF_INET, SEGMENTS, SIZE);
  now = read_all(readers, &instruments);
  check_near("goes on", frames_between(&second, &now), SEGMENTS, 0);
  wt_instruments_clear(&instruments);
  wt_readers_close(readers);
  check_done();
}

/* Of descriptors; what is open stays. */
static void limit_descriptors(rlim_t count)
{
  struct rlimit limit;

  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = count;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* So many that the dump is left once lo's discipline was read, and its socket opened anew. */
static void add_links(void)
{
  static const char *const add[] = {
      "sh", "-c",
      "i=0; while [ $i -lt 100 ]; do i=$((i + 1)); echo link add more$i type veth peer name other$i; "
      "echo link set more$i up; echo link set other$i up; done | ip -batch -",
      NULL};

  if (run(add))
    return;
  print_message("links cannot be added: skipped\n");
  skip();
}

/* What cannot be read is not there: figures of before, or none, would say that nothing was sent. */
static void without_a_socket_nothing_is_there(void **state)
{
  struct wt_instruments instruments = {0};
  struct wt_readers *readers;

  (void)state;
  own_network();
  put_discipline("pfifo", "1:");
  limit_descriptors(0);
  readers = wt_readers_open();
  assert_non_null(readers);
  assert_non_null(wt_instruments_begin(&instruments)); /* as another instrument does that counts */
  check("never opened", !read_all(readers, &instruments).there);
  limit_descriptors(1024);
  check("opened", read_all(readers, &instruments).there);
  wt_readers_close(readers);

  add_links();
  readers = wt_readers_open();
  assert_non_null(readers);
  for (int i = 0; i < 3; i++)
    check("read", read_all(readers, &instruments).there);
  limit_descriptors(0);
  read_all(readers, &instruments); /* after this reading it cannot be opened anew */
  check("not opened anew", !read_all(readers, &instruments).there);
  limit_descriptors(1024);
  check("opened anew", read_all(readers, &instruments).there);
  wt_instruments_clear(&instruments);
  wt_readers_close(readers);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_not_there_is_not_read),
      cmocka_unit_test(a_discipline_is_read_while_it_is_the_same),
      cmocka_unit_test(without_a_socket_nothing_is_there),
  };

  return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
