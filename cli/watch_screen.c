/* SPDX-License-Identifier: MIT */
/* What is to be seen, by ncurses. */
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "watch.h"

enum { WIDTH_MIN = 60, HEIGHT_MIN = 6, NOTICE_LINES = 2, ESCAPE_DELAY = 25, ESCAPE = 27, CONTROL_L = 'L' & 0x1f };

enum { PAIR_RIGHT = 1, PAIR_WRONG, PAIR_UNKNOWN };

struct watch_screen {
  SCREEN *terminal;
  bool utf8;
  bool colour;
};

/* ---- begin and end ---- */

static bool begin_colour(void)
{
  const char *no_colour = getenv("NO_COLOR");

  if ((no_colour && *no_colour) || !has_colors() || start_color() != OK)
    return false;
  use_default_colors();
  init_pair(PAIR_RIGHT, COLOR_GREEN, -1);
  init_pair(PAIR_WRONG, COLOR_RED, -1);
  init_pair(PAIR_UNKNOWN, COLOR_YELLOW, -1);
  return true;
}

struct watch_screen *watch_screen_open(void)
{
  struct watch_screen *screen = calloc(1, sizeof(*screen));

  /* Characters only: figures keep their decimal point. */
  setlocale(LC_CTYPE, "");
  if (screen)
    screen->terminal = newterm(NULL, stdout, stdin);
  if (!screen || !screen->terminal) {
    cli_say("cannot draw on this terminal");
    free(screen);
    return NULL;
  }
  screen->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
  screen->colour = begin_colour();
  cbreak();
  noecho();
  nonl();
  intrflush(stdscr, FALSE);
  keypad(stdscr, TRUE);
  nodelay(stdscr, TRUE);
  set_escdelay(ESCAPE_DELAY);
  curs_set(0);
  return screen;
}

void watch_screen_close(struct watch_screen *screen)
{
  if (!screen)
    return;
  endwin();
  delscreen(screen->terminal);
  free(screen);
}

void watch_screen_resize(void)
{
  struct winsize size;

  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
    resizeterm(size.ws_row, size.ws_col);
  clearok(curscr, TRUE);
}

void watch_screen_leave(void)
{
  endwin();
}

void watch_screen_return(void)
{
  reset_prog_mode();
  watch_screen_resize();
}

/* ---- lines ---- */

static void put(int line, int column, const char *text, size_t length)
{
  mvaddnstr(line, column, text, (int)length);
}

/* A line of text over the whole width, cut at its end. */
static void put_line(int line, const char *text)
{
  size_t length = strlen(text);

  put(line, 0, text, length < (size_t)COLS ? length : (size_t)COLS);
}

/* Text from its line top on, broken at blanks. Returns how many lines it has in all. */
static size_t put_text(int line, int lines, const char *text, size_t top)
{
  const char *next = text;
  size_t count = 0;

  while (next && *next) {
    const char *from = next;
    size_t length = watch_wrap(from, COLS, &next);

    if (count >= top && count < top + (size_t)lines)
      put(line + (int)(count - top), 0, from, length);
    count++;
  }
  return count;
}

static size_t count_lines(const char *text)
{
  return put_text(0, 0, text, 0);
}

/* ---- rows ---- */

static attr_t verdict_style(const struct watch_screen *screen, const struct watch_signal *signal)
{
  if (!screen->colour)
    return cli_misreports(signal->verdict) ? A_BOLD : A_NORMAL;
  if (cli_misreports(signal->verdict))
    return (attr_t)COLOR_PAIR(PAIR_WRONG) | A_BOLD;
  return (attr_t)COLOR_PAIR(signal->verdict == WT_VERDICT_AGREES ? PAIR_RIGHT : PAIR_UNKNOWN);
}

static attr_t cell_style(const struct watch_screen *screen, const struct watch_row *row, enum watch_columns column)
{
  switch (column) {
  case WATCH_COLUMN_COUNTER:
    return verdict_style(screen, &row->signals[WT_COUNTER]);
  case WATCH_COLUMN_CAPTURE:
    return verdict_style(screen, &row->signals[WT_CAPTURE]);
  case WATCH_COLUMN_SERIES:
    return verdict_style(screen, &row->signals[WT_SERIES]);
  case WATCH_COLUMN_RATE:
    return A_BOLD;
  default:
    return A_NORMAL;
  }
}

static void put_cell(int line, int at, const struct watch_column *column, const char *text, attr_t style)
{
  size_t length = strlen(text);

  if (column->right && length < (size_t)column->width)
    at += column->width - (int)length;
  attron(style);
  put(line, at, text, length);
  attroff(style);
}

static void put_row(const struct watch_screen *screen, const struct watch_layout *layout, const struct watch_view *view,
                    int line, const struct watch_row *row, bool marked)
{
  char text[WATCH_LINE_SIZE];
  int at = 1;

  if (marked)
    put_line(line, ">");
  for (enum watch_columns column = 0; column < WATCH_COLUMNS; column++) {
    const struct watch_column *of = &layout->columns[column];

    if (of->width == 0)
      continue;
    put_cell(line, at, of, watch_cell(row, layout, column, view->trace, screen->utf8, text),
             cell_style(screen, row, column));
    at += of->width + 1;
  }
}

static void put_headings(const struct watch_layout *layout, const struct watch_view *view, int line)
{
  static const char *const traces[WATCH_TRACES] = {
      [WATCH_WIRE] = "wire",
      [WATCH_COUNTER] = "counter",
      [WATCH_CAPTURE] = "capture",
  };
  int at = 1;

  for (enum watch_columns column = 0; column < WATCH_COLUMNS; column++) {
    const struct watch_column *of = &layout->columns[column];
    char heading[16];

    if (of->width == 0)
      continue;
    snprintf(heading, sizeof(heading), "%.*s", of->width,
             column == WATCH_COLUMN_TRACE ? traces[view->trace] : of->heading);
    put_cell(line, at, of, heading, A_UNDERLINE);
    at += of->width + 1;
  }
}

/* ---- pages ---- */

/* What is above and below the rows: title, notice, headings; a line of text at least, and the keys. */
struct frame {
  int notice, first, rows, text, text_lines, keys;
};

static struct frame frame_of(const struct watch_view *view)
{
  struct frame frame = {.keys = LINES - 1};

  frame.notice = (int)count_lines(view->notice);
  if (frame.notice > NOTICE_LINES)
    frame.notice = NOTICE_LINES;
  if (LINES < HEIGHT_MIN + 3)
    frame.notice = 0;
  /* Two signals that misreport take four lines of 80 columns. */
  frame.text_lines = LINES < 14 ? 1 + LINES / 10 : LINES < 24 ? 4 : LINES / 6;
  frame.text = frame.keys - frame.text_lines;
  frame.first = 2 + frame.notice;
  frame.rows = frame.text - frame.first - (LINES >= 16 ? 1 : 0); /* an empty line before the text */
  return frame;
}

static size_t clamp_top(size_t top, size_t count, size_t page)
{
  size_t last = count > page ? count - page : 0;

  return top < last ? top : last;
}

/* So that the row which a person has chosen stays on the screen, wherever an order by figures takes it. */
static void follow(struct watch_view *view, const struct watch_model *model, size_t page)
{
  const struct watch_row *row = view->chosen ? watch_model_find(model, view->ifindex, view->direction) : NULL;
  size_t at = row ? (size_t)(row - model->rows) : view->top;

  if (row && at < view->top)
    view->top = at;
  if (row && at >= view->top + page)
    view->top = at - page + 1;
  view->top = clamp_top(view->top, model->count, page);
}

/* The sentences are the text up to the empty line. */
static void put_sentences(const struct frame *frame, const char *text)
{
  const char *end = text ? strstr(text, "\n\n") : NULL;
  char sentences[WATCH_LINE_SIZE * 4];

  snprintf(sentences, sizeof(sentences), "%.*s", end ? (int)(end - text) : (int)sizeof(sentences) - 1,
           text ? text : "out of memory");
  if (put_text(frame->text, frame->text_lines, sentences, 0) > (size_t)frame->text_lines)
    mvaddstr(frame->text + frame->text_lines - 1, COLS - 4, " ...");
}

static void draw_rows(const struct watch_screen *screen, const struct watch_model *model, struct watch_view *view,
                      const struct watch_row *marked, const char *text)
{
  struct frame frame = frame_of(view);
  struct watch_layout layout = {0};
  char keys[256];

  follow(view, model, (size_t)frame.rows);
  watch_layout(&layout, model, COLS, &view->cause_width);
  put_headings(&layout, view, frame.first - 1);
  for (size_t i = view->top; i < model->count && i < view->top + (size_t)frame.rows; i++)
    put_row(screen, &layout, view, frame.first + (int)(i - view->top), &model->rows[i], &model->rows[i] == marked);
  put_sentences(&frame, text);
  snprintf(keys, sizeof(keys), "q quit  ? help  n/w/d/s sort%s  p %s%s", COLS >= 80 ? "  r reverse  t trace" : "",
           view->paused ? "go on" : "hold", COLS >= 80 ? "  Enter more" : "");
  put_line(frame.keys, keys);
  if (model->count > (size_t)frame.rows) {
    char place[48];
    int length =
        snprintf(place, sizeof(place), "%zu-%zu/%zu", view->top + 1, view->top + (size_t)frame.rows, model->count);

    put(frame.keys, COLS - length, place, (size_t)length);
  }
}

static void draw_text(struct watch_view *view, const char *text)
{
  int lines = LINES - 2;
  size_t count = count_lines(text);

  view->text_top = clamp_top(view->text_top, count, (size_t)lines);
  put_text(1, lines, text, view->text_top);
  put_line(LINES - 1, count > (size_t)lines ? "Esc back  q quit  Up Down PgUp PgDn scroll" : "Esc back  q quit");
}

static void draw_too_small(void)
{
  char text[128];

  snprintf(text, sizeof(text), "the terminal has %d x %d; wiretruth watch needs %d x %d. q quits", COLS, LINES,
           WIDTH_MIN, HEIGHT_MIN);
  put_text(0, LINES, text, 0);
}

size_t watch_screen_page(const struct watch_view *view)
{
  int lines = view->page == WATCH_PAGE_ROWS ? frame_of(view).rows : LINES - 2;

  return lines > 1 ? (size_t)lines : 1;
}

void watch_screen_draw(const struct watch_screen *screen, const struct watch_model *model, struct watch_view *view,
                       const struct watch_row *marked, const char *text)
{
  erase();
  if (COLS < WIDTH_MIN || LINES < HEIGHT_MIN) {
    draw_too_small();
    refresh();
    return;
  }
  attron(A_BOLD);
  put_line(0, view->title);
  attroff(A_BOLD);
  switch (view->page) {
  case WATCH_PAGE_ROWS:
    put_text(1, frame_of(view).notice, view->notice, 0);
    draw_rows(screen, model, view, marked, text);
    break;
  case WATCH_PAGE_DETAIL:
    draw_text(view, text ? text : "out of memory");
    break;
  case WATCH_PAGE_HELP:
    draw_text(view, watch_keys_help);
    break;
  }
  refresh();
}

/* ---- keys ---- */

enum watch_key watch_screen_key(void)
{
  static const struct {
    int code;
    enum watch_key key;
  } keys[] = {
      {'q', WATCH_KEY_QUIT},
      {'Q', WATCH_KEY_QUIT},
      {'?', WATCH_KEY_HELP},
      {'h', WATCH_KEY_HELP},
      {KEY_F(1), WATCH_KEY_HELP},
      {'n', WATCH_KEY_SORT + WATCH_BY_NAME},
      {'w', WATCH_KEY_SORT + WATCH_BY_WIRE},
      {'d', WATCH_KEY_SORT + WATCH_BY_DIVERGENCE},
      {'s', WATCH_KEY_SORT + WATCH_BY_SEGMENTS},
      {'r', WATCH_KEY_REVERSE},
      {'t', WATCH_KEY_TRACE},
      {'p', WATCH_KEY_PAUSE},
      {' ', WATCH_KEY_PAUSE},
      {'\r', WATCH_KEY_DETAIL},
      {'\n', WATCH_KEY_DETAIL},
      {KEY_ENTER, WATCH_KEY_DETAIL},
      {ESCAPE, WATCH_KEY_BACK},
      {KEY_UP, WATCH_KEY_UP},
      {'k', WATCH_KEY_UP},
      {KEY_DOWN, WATCH_KEY_DOWN},
      {'j', WATCH_KEY_DOWN},
      {KEY_PPAGE, WATCH_KEY_PAGE_UP},
      {KEY_NPAGE, WATCH_KEY_PAGE_DOWN},
      {KEY_HOME, WATCH_KEY_FIRST},
      {KEY_END, WATCH_KEY_LAST},
      {CONTROL_L, WATCH_KEY_REDRAW},
  };
  int code = getch();

  if (code == ERR)
    return WATCH_KEY_NONE;
  for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
    if (keys[i].code == code)
      return keys[i].key;
  return WATCH_KEY_OTHER;
}
