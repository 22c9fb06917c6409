/* SPDX-License-Identifier: MIT */
#include "directions.h"

#include <stdlib.h>
#include <string.h>

void wt_directions_begin(struct wt_directions *directions)
{
  directions->count = 0;
  memset(directions->recent, 0, sizeof(directions->recent));
}

/* Moves what stands before that place back by one, and this one to the front. */
static void remember(struct wt_directions *directions, size_t place, const struct wt_direction_report *report)
{
  memmove(&directions->recent[1], &directions->recent[0], place * sizeof(struct wt_direction_report *));
  directions->recent[0] = report;
}

static bool make_room(struct wt_directions *directions)
{
  size_t room = directions->room ? directions->room * 2 : 8;
  struct wt_direction_report **reports;

  if (directions->count < directions->room)
    return true;
  reports = realloc(directions->reports, room * sizeof(struct wt_direction_report *));
  if (!reports)
    return false;
  memset(&reports[directions->room], 0, (room - directions->room) * sizeof(struct wt_direction_report *));
  directions->reports = reports;
  directions->room = room;
  return true;
}

const struct wt_direction_report *wt_directions_share(struct wt_directions *directions,
                                                      const struct wt_direction_report *report)
{
  struct wt_direction_report **place;

  for (size_t i = 0; i < WT_DIRECTIONS_RECENT && directions->recent[i]; i++)
    /* Padding and the octets of NAN may differ where the meaning is the same: then one more is kept.
     * NOLINTNEXTLINE(bugprone-suspicious-memory-comparison,cert-exp42-c,cert-flp37-c) */
    if (memcmp(directions->recent[i], report, sizeof(*report)) == 0) {
      remember(directions, i, directions->recent[i]);
      return directions->recent[0];
    }
  if (!make_room(directions))
    return NULL;
  place = &directions->reports[directions->count];
  if (!*place)
    *place = malloc(sizeof(**place));
  if (!*place)
    return NULL;
  directions->count++;
  memcpy(*place, report, sizeof(**place)); /* with its padding, which is compared */
  remember(directions, WT_DIRECTIONS_RECENT - 1, *place);
  return *place;
}

void wt_directions_end(struct wt_directions *directions)
{
  for (size_t i = directions->count; i < directions->room; i++) {
    free(directions->reports[i]);
    directions->reports[i] = NULL;
  }
}

void wt_directions_free(struct wt_directions *directions)
{
  directions->count = 0;
  wt_directions_end(directions);
  free(directions->reports);
  *directions = (struct wt_directions){0};
}
