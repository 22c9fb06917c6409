/* SPDX-License-Identifier: MIT */
/*
 * A pattern of interfaces, which a manager may send in a SET, and names that it is held against. What is compiled must
 * stay cheap: the run bounds time, memory and stack. The first line is the pattern.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static struct wt_rule rule_of(const char *pattern, uint8_t how)
{
  struct wt_rule rule = {
      .directions = {true, how & 1},
      .signal = (enum wt_signal_id)(how >> 1 & 3),
      .rising = (how >> 3 & 3) / 4.0,
      .falling = (how >> 5 & 3) / 4.0,
      .startup = 1,
  };

  strncpy(rule.interfaces, pattern, sizeof(rule.interfaces) - 1);
  return rule;
}

static void hold_against(struct wt_rule_watch *watch, struct fuzz_input *input)
{
  while (input->size) {
    char *name = fuzz_text(input, '\n');
    struct wt_interface interface = {.ifindex = 1};

    memcpy(interface.name, name, strnlen(name, sizeof(interface.name) - 1));
    (void)wt_rule_watch_is_for(watch, &interface, WT_RX, WT_COUNTER);
    free(name);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct fuzz_input input = {data, size};
  uint8_t how = fuzz_byte(&input);
  char *pattern = fuzz_text(&input, '\n');
  struct wt_rule rule = rule_of(pattern, how);
  struct wt_rule_watch *watch = NULL;
  struct wt_error error = {0};
  int status = wt_rule_watch_new(&watch, &rule, &error);

  fuzz_must_say(status, &error);
  if (status == 0)
    hold_against(watch, &input);
  wt_rule_watch_free(watch);
  free(pattern);
  return 0;
}
