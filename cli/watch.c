/* SPDX-License-Identifier: MIT */
/* wiretruth watch: what check tells once, live at a terminal. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "watch.h"

/* Links that come and go in a storm must not turn early readings into a busy loop. */
#define EARLY_GAP_MIN 0.05

struct watch {
  const struct watch_options *options;
  struct wt *wt;
  const struct wt_report *report; /* NULL after a reading that failed: then it is not there any more */
  struct wt_report head;          /* its own figures, which stay; what it points to does not */
  struct watch_model model;
  struct watch_view view;
  struct watch_screen *screen;
  int signal_fd, timer_fd;
  double quiet_until;          /* no early reading before that */
  double read_at;              /* when the last reading that did not fail was taken */
  char failure[WT_ERROR_TEXT]; /* of the last reading; empty if it did not fail */
  char *text;                  /* of no row, kept while the screen is held */
  char *drawn;                 /* the text that was drawn last of a reading */
  int status;
  bool ended;
};

static double now(void)
{
  struct timespec time;

  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* ---- readings ---- */

static void give_up(struct watch *watch, const char *why)
{
  snprintf(watch->failure, sizeof(watch->failure), "%s", why);
  watch->status = CLI_NOT_OBSERVED;
  watch->ended = true;
}

static void update(struct watch *watch, bool tick)
{
  bool keep_inactive = wt_config_report_inactive(watch->options->core.config);

  watch->head = *watch->report;
  if (!watch->view.paused && !watch_model_update(&watch->model, watch->report, tick, keep_inactive))
    give_up(watch, "out of memory");
}

static void take_reading(struct watch *watch, bool tick)
{
  struct wt_error error = {0};

  watch->quiet_until = now() + EARLY_GAP_MIN;
  /* The next one tries again what this one fails at. */
  if (wt_poll(watch->wt, &watch->report, &error)) {
    snprintf(watch->failure, sizeof(watch->failure), "%s", error.text);
    return;
  }
  watch->failure[0] = '\0';
  watch->read_at = now();
  update(watch, tick);
}

/* ---- what is to be seen ---- */

static void write_title(struct watch *watch)
{
  const struct wt_report *report = &watch->head;
  struct watch_view *view = &watch->view;
  long elapsed = (long)report->seconds;
  char host[128] = "";

  gethostname(host, sizeof(host) - 1);
  snprintf(view->title, sizeof(view->title),
           "wiretruth%s  %ld:%02ld:%02ld  by %s%s  method %s  horizon %g s  every %g s  on %s",
           view->paused ? " HELD" : "", elapsed / 3600, elapsed / 60 % 60, elapsed % 60,
           watch_sort_name(watch->model.sort), watch->model.reversed ? ", reversed" : "",
           wt_method_name(report->method), report->horizon, watch->options->interval, cli_printable(host));
}

static void write_notice(struct watch *watch)
{
  const struct wt_report *report = &watch->head;
  struct watch_view *view = &watch->view;

  view->notice[0] = '\0';
  if (watch->failure[0])
    snprintf(view->notice, sizeof(view->notice), "the last reading failed, and what is shown is %.0f s old: %s",
             now() - watch->read_at, watch->failure);
  else if (report->offload_error[0])
    snprintf(view->notice, sizeof(view->notice), "%s", report->offload_error);
  else if (report->method_reason[0])
    snprintf(view->notice, sizeof(view->notice), "method %s: %s", wt_method_name(report->method),
             report->method_reason);
  cli_printable(view->notice);
}

static struct watch_row *chosen_row(struct watch *watch)
{
  struct watch_view *view = &watch->view;
  struct watch_row *row = view->chosen ? watch_model_find(&watch->model, view->ifindex, view->direction) : NULL;

  /* What was chosen is not there any more. */
  if (!row)
    view->chosen = false;
  return row ? row : watch_model_worst(&watch->model);
}

static void draw(struct watch *watch)
{
  struct watch_row *row = chosen_row(watch);
  const char *text = row ? row->text : watch->text;

  if (!watch->view.paused) {
    if (watch->report) {
      free(watch->drawn);
      watch->drawn = watch_detail(watch->report, row);
    }
    text = watch->drawn;
  }
  write_title(watch);
  write_notice(watch);
  watch_screen_draw(watch->screen, &watch->model, &watch->view, row, text);
}

/* ---- keys ---- */

/* Readings go on while the screen is held, and a report is not there for longer than until the next one. */
static void hold(struct watch *watch)
{
  if (!watch->report)
    return;
  watch->view.paused = true;
  for (size_t i = 0; i < watch->model.count; i++)
    watch->model.rows[i].text = watch_detail(watch->report, &watch->model.rows[i]);
  free(watch->text);
  watch->text = watch_detail(watch->report, NULL);
}

static void go_on(struct watch *watch)
{
  watch->view.paused = false;
  if (watch->report)
    update(watch, false);
}

static void choose(struct watch *watch, size_t at)
{
  const struct watch_row *row;

  if (watch->model.count == 0)
    return;
  row = &watch->model.rows[at < watch->model.count ? at : watch->model.count - 1];
  watch->view.chosen = true;
  watch->view.ifindex = row->ifindex;
  watch->view.direction = row->direction;
}

/* Where a key leads from a place among count. */
static size_t move(enum watch_key key, size_t at, size_t count, size_t page)
{
  size_t last = count ? count - 1 : 0;

  switch (key) {
  case WATCH_KEY_UP:
    return at ? at - 1 : 0;
  case WATCH_KEY_DOWN:
    return at < last ? at + 1 : last;
  case WATCH_KEY_PAGE_UP:
    return at > page ? at - page : 0;
  case WATCH_KEY_PAGE_DOWN:
    return at + page < last ? at + page : last;
  case WATCH_KEY_LAST:
    return last;
  default:
    return 0;
  }
}

static void move_choice(struct watch *watch, enum watch_key key)
{
  struct watch_view *view = &watch->view;
  const struct watch_row *row = chosen_row(watch);
  size_t at = row ? (size_t)(row - watch->model.rows) : view->top;

  /* The first step of a choice is on what is explained already. */
  if (!view->chosen && !row && key == WATCH_KEY_DOWN)
    choose(watch, at);
  else
    choose(watch, move(key, at, watch->model.count, watch_screen_page(view)));
}

static void scroll(struct watch *watch, enum watch_key key)
{
  if (watch->view.page == WATCH_PAGE_ROWS)
    move_choice(watch, key);
  else /* how many lines there are the screen knows, and brings back what is behind the last */
    watch->view.text_top = move(key, watch->view.text_top, 10000, watch_screen_page(&watch->view));
}

static void sort(struct watch *watch, enum watch_sort order)
{
  bool same = watch->model.sort == order;

  watch_model_sort(&watch->model, order, same && !watch->model.reversed);
}

static void turn_to(struct watch_view *view, enum watch_page page)
{
  view->page = view->page == page ? WATCH_PAGE_ROWS : page;
  view->text_top = 0;
}

static void back(struct watch_view *view)
{
  if (view->page == WATCH_PAGE_ROWS)
    view->chosen = false;
  view->page = WATCH_PAGE_ROWS;
}

static void press(struct watch *watch, enum watch_key key)
{
  struct watch_view *view = &watch->view;

  switch (key) {
  case WATCH_KEY_QUIT:
    watch->ended = true;
    break;
  case WATCH_KEY_HELP:
    turn_to(view, WATCH_PAGE_HELP);
    break;
  case WATCH_KEY_DETAIL:
    turn_to(view, WATCH_PAGE_DETAIL);
    break;
  case WATCH_KEY_BACK:
    back(view);
    break;
  case WATCH_KEY_REVERSE:
    watch_model_sort(&watch->model, watch->model.sort, !watch->model.reversed);
    break;
  case WATCH_KEY_TRACE:
    view->trace = (view->trace + 1) % WATCH_TRACES;
    break;
  case WATCH_KEY_PAUSE:
    (view->paused ? go_on : hold)(watch);
    break;
  case WATCH_KEY_REDRAW:
    watch_screen_resize();
    break;
  case WATCH_KEY_UP:
  case WATCH_KEY_DOWN:
  case WATCH_KEY_PAGE_UP:
  case WATCH_KEY_PAGE_DOWN:
  case WATCH_KEY_FIRST:
  case WATCH_KEY_LAST:
    scroll(watch, key);
    break;
  default:
    if (key >= WATCH_KEY_SORT && key <= WATCH_KEY_SORT_LAST)
      sort(watch, (enum watch_sort)(key - WATCH_KEY_SORT));
    break;
  }
}

static void take_keys(struct watch *watch)
{
  enum watch_key key;

  while (!watch->ended && (key = watch_screen_key()) != WATCH_KEY_NONE)
    press(watch, key);
}

/* ---- what can happen ---- */

static void take_signals(struct watch *watch)
{
  struct signalfd_siginfo info;

  while (read(watch->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
    switch (info.ssi_signo) {
    case SIGWINCH:
      watch_screen_resize();
      break;
    case SIGTSTP:
      watch_screen_leave();
      watch_terminal_stop();
      watch_screen_return();
      break;
    case SIGCONT:
      watch_screen_return();
      break;
    default:
      watch->ended = true;
      break;
    }
  }
}

static void take_tick(struct watch *watch)
{
  uint64_t expirations;

  if (read(watch->timer_fd, &expirations, sizeof(expirations)) == (ssize_t)sizeof(expirations))
    take_reading(watch, true);
}

static void wait_and_act(struct watch *watch)
{
  double quiet = watch->quiet_until - now();
  struct pollfd fds[] = {
      {.fd = STDIN_FILENO, .events = POLLIN},
      {.fd = watch->signal_fd, .events = POLLIN},
      {.fd = watch->timer_fd, .events = POLLIN},
      {.fd = quiet > 0 ? -1 : wt_event_fd(watch->wt), .events = POLLIN},
  };
  int ready = poll(fds, sizeof(fds) / sizeof(fds[0]), quiet > 0 ? (int)ceil(quiet * 1000) : -1);

  if (ready < 0 && errno != EINTR)
    give_up(watch, strerror(errno));
  if (ready <= 0)
    return;
  if (fds[1].revents)
    take_signals(watch);
  if (fds[0].revents & POLLIN)
    take_keys(watch);
  /* The terminal has gone. */
  if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
    watch->ended = true;
  if (!watch->ended && fds[2].revents)
    take_tick(watch);
  else if (!watch->ended && fds[3].revents)
    take_reading(watch, false);
}

static bool start_timer(struct watch *watch)
{
  double interval = watch->options->interval;
  struct timespec step = {.tv_sec = (time_t)interval, .tv_nsec = (long)((interval - floor(interval)) * 1e9)};
  struct itimerspec timer = {.it_interval = step, .it_value = step};

  watch->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  return watch->timer_fd >= 0 && timerfd_settime(watch->timer_fd, 0, &timer, NULL) == 0;
}

/* ---- from the first reading to the last ---- */

static int show(struct watch *watch)
{
  watch_terminal_remember();
  watch->screen = watch_screen_open();
  if (!watch->screen)
    return CLI_NOT_OBSERVED;
  watch_terminal_guard();
  while (!watch->ended) {
    draw(watch);
    wait_and_act(watch);
  }
  watch_screen_close(watch->screen);
  if (watch->status)
    cli_say("%s", watch->failure);
  return watch->status;
}

static int watch_with(struct watch *watch)
{
  struct wt_error error = {0};
  int status = CLI_NOT_OBSERVED;

  wt_drop_rights(0);
  if (wt_poll(watch->wt, &watch->report, &error)) {
    cli_say("the first reading failed: %s", error.text);
    return CLI_NOT_OBSERVED;
  }
  if (!presence_check(&watch->options->core, watch->report))
    return CLI_NOT_OBSERVED;
  watch->read_at = now();
  watch->model.sort = watch->options->sort;
  update(watch, false);
  watch->signal_fd = watch_terminal_signals();
  if (watch->signal_fd >= 0 && start_timer(watch))
    status = show(watch);
  else
    cli_say("cannot wait for signals and for the time: %s", strerror(errno));
  close(watch->timer_fd);
  close(watch->signal_fd);
  watch_model_free(&watch->model);
  free(watch->text);
  free(watch->drawn);
  return status;
}

static int watch(const struct watch_options *options)
{
  struct watch watch = {.options = options, .timer_fd = -1, .status = CLI_OBSERVED};
  struct wt_error error = {0};
  int status = watch_terminal_check();

  if (status)
    return status;
  if (wt_open(&watch.wt, options->core.config, &error)) {
    cli_say("%s", error.text);
    return CLI_NOT_OBSERVED;
  }
  status = watch_with(&watch);
  wt_close(watch.wt);
  return status;
}

int watch_run(int argc, char **argv)
{
  struct watch_options options;
  int status = watch_options_parse(argc, argv, &options);

  if (status == 0)
    status = options.help ? cli_print_help(watch_help) : watch(&options);
  watch_options_free(&options);
  return status;
}
