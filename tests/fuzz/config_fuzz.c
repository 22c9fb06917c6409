/* SPDX-License-Identifier: MIT */
/*
 * A configuration, as the core takes it: lines of "OPTION VALUE", or ">PATTERN OPTION VALUE" for some interfaces, or
 * "=NAME" to ask what holds for an interface. What a host agent's configuration file can say is among it: the same
 * line goes through the agent's own parser, too.
 */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_hold.h"
#include "fuzz.h"
#include "settings.h"

enum { MOST_LINES = 64 };

static void ask(const struct wt_config *config, const char *name)
{
  struct wt_settings settings;

  wt_config_settings(config, name, &settings);
  settings_must_hold(&settings);
  fuzz_must(settings.place >= WT_PLACE_OF_ALL && settings.place <= wt_config_places(config));
  (void)wt_config_selects(config, name);
}

static void take(struct wt_config *config, char *line)
{
  struct wt_error error = {0};
  char *words[3] = {line, "", ""};
  size_t count = 1;

  for (char *at = line; *at && count < 3; at++)
    if (*at == ' ') {
      *at = '\0';
      words[count++] = at + 1;
      if (line[0] != '>' && count == 2)
        break;
    }
  if (line[0] == '=')
    ask(config, line + 1);
  else if (line[0] == '>')
    fuzz_must_say(wt_config_set_for(config, line + 1, words[1], words[2], &error), &error);
  else
    fuzz_must_say(wt_config_set(config, words[0], words[1], &error), &error);
}

/* The same text again from a copy: what a copy lacks shows in what it says. */
static void copy_must_hold(const struct wt_config *config)
{
  struct wt_error error = {0}, again = {0};
  struct wt_config *copy = wt_config_copy(config);
  int status = wt_config_check(config, &error);

  fuzz_must(copy != NULL);
  fuzz_must_say(status, &error);
  fuzz_must(wt_config_check(copy, &again) == status && strcmp(error.text, again.text) == 0);
  fuzz_must(wt_config_places(copy) == wt_config_places(config));
  for (unsigned int place = WT_PLACE_OF_ALL; place <= wt_config_places(config); place++) {
    struct wt_settings left, right;

    wt_config_settings_at(config, place, &left);
    wt_config_settings_at(copy, place, &right);
    settings_must_hold(&left);
    fuzz_must(left.horizon == right.horizon && left.tolerance == right.tolerance && left.hold == right.hold);
  }
  fuzz_must(wt_config_shortest_horizon(config) >= 0.1);
  wt_config_free(copy);
}

static void take_as_token(struct settings *settings, const char *line)
{
  struct wt_error error = {0};
  char *name = strndup(line, strcspn(line, " \t"));

  fuzz_must(name != NULL);
  fuzz_must_say(settings_set(settings, name, line + strlen(name) + strspn(line + strlen(name), " \t"), &error), &error);
  fuzz_must(settings_interval(settings) >= 0.1 && settings_interval(settings) <= 3600);
  free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct fuzz_input input = {data, size};
  struct wt_config *config = wt_config_new();
  struct settings settings;

  fuzz_must(config && settings_init(&settings) == 0);
  for (int i = 0; i < MOST_LINES && input.size; i++) {
    char *line = fuzz_text(&input, '\n');

    take_as_token(&settings, line);
    take(config, line);
    free(line);
  }
  copy_must_hold(config);
  settings_free(&settings);
  wt_config_free(config);
  return 0;
}
