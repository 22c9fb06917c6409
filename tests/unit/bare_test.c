/* SPDX-License-Identifier: MIT */
/* Rights that cannot be given up, since there is no descriptor for what has to be opened before: it is an error. */
#include "own_network.h"

#include <fcntl.h>
#include <sys/resource.h>

#include "wiretruth.h"

/* What is open stays. */
static void leave_no_descriptor(struct rlimit *before)
{
  int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
  struct rlimit none;

  assert_true(next >= 0);
  close(next);
  assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
  none = *before;
  none.rlim_cur = (rlim_t)next;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void without_a_descriptor_it_goes_on(void **state)
{
  struct wt_config *config = wt_config_new();
  const struct wt_report *report;
  struct wt_error error = {0};
  struct rlimit before;
  struct wt *wt = NULL;

  (void)state;
  assert_non_null(config);
  assert_int_equal(wt_config_set(config, "Method", "exact", &error), 0);
  own_network();
  if (wt_open(&wt, config, &error)) {
    print_message("%s: skipped\n", error.text);
    wt_config_free(config);
    skip();
  }
  leave_no_descriptor(&before);
  check_int("no descriptor", wt_give_up_rights(wt, 0, &error), -EMFILE);
  check("no descriptor", strstr(error.text, "descriptor") || strstr(error.text, "open files"));
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
  own_network_send(AF_INET, 10, 1000);
  check_int("afterwards", wt_poll(wt, &report, &error), 0);
  if (report)
    check_int("it counts as before", report->interfaces[0].direction[WT_RX]->wire.frames, 10);
  wt_close(wt);
  wt_config_free(config);
  check_done();
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_descriptor_it_goes_on),
  };

  return cmocka_run_group_tests_name("bare", tests, NULL, NULL);
}
