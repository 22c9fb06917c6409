/* SPDX-License-Identifier: MIT */
/* A progress bar on standard error, if that is a terminal. */
#include <time.h>
#include <unistd.h>

#include "read.h"

#define BAR_WIDTH  24
#define NAME_WIDTH 24
#define LINE_SIZE  128
#define STEP       4096 /* packets between two looks at the clock */
#define INTERVAL   0.1  /* seconds between two lines */

static double now(void)
{
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void read_progress_begin(struct read_progress *progress, const char *file)
{
  *progress = (struct read_progress){.name = file, .shown = isatty(STDERR_FILENO)};
}

/* "45 % [###########-------------] ", or nothing where the size is not known, as of a pipe. */
static void bar(const struct wt_trace_progress *at, char *text, size_t size)
{
  double share = wt_known(at->size) && at->size ? (double)at->octets / (double)at->size : -1;
  char cells[BAR_WIDTH + 1];

  text[0] = '\0';
  if (share < 0)
    return;
  /* A file that is being written may have become longer. */
  share = share > 1 ? 1 : share;
  for (int i = 0; i < BAR_WIDTH; i++)
    cells[i] = i < (int)(share * BAR_WIDTH) ? '#' : '-';
  cells[BAR_WIDTH] = '\0';
  snprintf(text, size, "%3.0f %% [%s] ", share * 100, cells);
}

static void draw(struct read_progress *progress, const struct wt_trace *trace)
{
  char name[NAME_WIDTH + 1], share[LINE_SIZE], packets[CLI_COUNT_SIZE];
  struct wt_trace_progress at;

  wt_trace_progress(trace, &at);
  snprintf(name, sizeof(name), "%s", progress->name);
  bar(&at, share, sizeof(share));
  fprintf(stderr, "\r\033[K%s %s%s packets", cli_printable(name), share, wt_count_text(at.packets, packets));
  fflush(stderr);
  progress->drawn = true;
}

void read_progress_step(struct read_progress *progress, const struct wt_trace *trace)
{
  if (!progress->shown || progress->calls++ % STEP)
    return;
  if (now() < progress->due)
    return;
  draw(progress, trace);
  progress->due = now() + INTERVAL;
}

void read_progress_end(struct read_progress *progress)
{
  if (progress->drawn)
    fprintf(stderr, "\r\033[K");
  fflush(stderr);
}
