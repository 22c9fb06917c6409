/* SPDX-License-Identifier: MIT */
/* The parts of the command watch. */
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "core_options.h"

/* ---- watch_options.c ---- */

enum watch_sort { WATCH_BY_NAME, WATCH_BY_WIRE, WATCH_BY_DIVERGENCE, WATCH_BY_SEGMENTS, WATCH_SORTS };

/* "name", "wire", "divergence", "segments". */
const char *watch_sort_name(enum watch_sort sort);

struct watch_options {
  struct core_options core;
  double interval; /* seconds */
  enum watch_sort sort;
  bool help;
};

/* 0, or an exit status after it has said what is wrong. To be freed either way. */
int watch_options_parse(int argc, char **argv, struct watch_options *options);
void watch_options_free(struct watch_options *options);
void watch_help(FILE *out);

/* ---- watch_model.c: reports -> rows. No I/O, no clock ---- */

#define WATCH_HISTORY 240

/* What a sparkline can show. */
enum watch_trace { WATCH_WIRE, WATCH_COUNTER, WATCH_CAPTURE, WATCH_TRACES };

/* The newest values, one an interval; NAN where nothing is known. */
struct watch_history {
  float values[WATCH_HISTORY];
  size_t next, count;
};

/* One signal in one direction. */
struct watch_signal {
  enum wt_verdict verdict;
  double share; /* of the wire, over the horizon; NAN when unknown */
  double divergence;
  double held; /* seconds since the verdict was decided, if that was not just now; NAN otherwise */
};

/* One direction of one interface. */
struct watch_row {
  int ifindex;
  char name[CLI_NAME_SIZE]; /* fit for a terminal */
  enum wt_direction direction;
  size_t index; /* of the interface in the report that the row is of */
  bool present; /* it is in that report */
  bool idle;    /* neither signal nor wire has moved since the beginning */
  bool estimated;
  double wire_rate, octet_rate; /* a second; NAN while there are no two readings to compare */
  double segments;              /* frames a packet, over the horizon; NAN when unknown, or not of now */
  enum wt_cause cause;
  struct watch_signal signals[WT_SIGNALS];
  struct watch_history history[WATCH_TRACES];
  char *text; /* what is said of it, kept while the screen is held; NULL otherwise */
  /* The reading that the rates are counted from. */
  struct watch_base {
    double seconds;       /* of the report */
    double discontinuity; /* NAN if there was none */
    uint64_t frames, octets, counter, capture;
  } base;
};

struct watch_model {
  struct watch_row *rows; /* those that are there, in the order of the screen */
  size_t count;
  bool has_series;
  enum watch_sort sort;
  bool reversed;
};

/*
 * Takes over a report. tick: an interval is over, and rates are counted anew; else only what needs no difference is.
 * False when memory ran out: the model is as it was.
 */
bool watch_model_update(struct watch_model *model, const struct wt_report *report, bool tick, bool keep_inactive);
void watch_model_sort(struct watch_model *model, enum watch_sort sort, bool reversed);
/* The row of that interface and direction, NULL if it is not there (any more). */
struct watch_row *watch_model_find(const struct watch_model *model, int ifindex, enum wt_direction direction);
/* The row that most needs a look: where a signal misreports, counter and series before the capture. NULL if none. */
struct watch_row *watch_model_worst(const struct watch_model *model);
void watch_model_free(struct watch_model *model);

/* The value of so many intervals ago, 0 being the newest. NAN where there is none. */
double watch_history_at(const struct watch_history *history, size_t ago);

/* ---- watch_text.c: rows -> text of a given width ---- */

#define WATCH_LINE_SIZE 1024

struct watch_column {
  const char *heading;
  int width;  /* 0: left out */
  bool right; /* figures */
};

enum watch_columns {
  WATCH_COLUMN_NAME,
  WATCH_COLUMN_DIRECTION,
  WATCH_COLUMN_RATE,
  WATCH_COLUMN_OCTETS,
  WATCH_COLUMN_COUNTER,
  WATCH_COLUMN_CAPTURE,
  WATCH_COLUMN_SERIES,
  WATCH_COLUMN_CAUSE,
  WATCH_COLUMN_SEGMENTS,
  WATCH_COLUMN_TRACE,
  WATCH_COLUMNS
};

/* How the columns share a line. The first cell of a line is for the mark of the chosen row. */
struct watch_layout {
  struct watch_column columns[WATCH_COLUMNS];
  bool words; /* verdicts as words; as signs where there is no room */
};

/* cause_width: in and out, the widest cause so far, so that columns do not jump. */
void watch_layout(struct watch_layout *layout, const struct watch_model *model, int width, int *cause_width);

/* A cell, of the column's width at most but for multibyte characters. Returns text. */
const char *watch_cell(const struct watch_row *row, const struct watch_layout *layout, enum watch_columns column,
                       enum watch_trace trace, bool utf8, char text[WATCH_LINE_SIZE]);

#define WATCH_CELL_SIZE 32

/* 217858.4 as "217,858", 14880952 as "14.88M", unknown as "-". Eight characters at most. Returns text. */
const char *watch_rate(double rate, bool estimated, char text[WATCH_CELL_SIZE]);
/* 45 as "45s", 720 as "12m". Returns text. */
const char *watch_age(double seconds, char text[WATCH_CELL_SIZE]);
/* The newest width values, each as a block; "?" where nothing is known. Returns text. */
const char *watch_sparkline(const struct watch_row *row, enum watch_trace trace, int width, bool utf8,
                            char text[WATCH_LINE_SIZE]);
/* The length of the next line of text that is to be broken at blanks; *next gets what follows it, NULL at the end. */
size_t watch_wrap(const char *text, int width, const char **next);

/* ---- watch_detail.c: what is said of a row ---- */

/*
 * In sentences: first those of check on this row, then after an empty line its figures and all that check has to say of
 * the interface. row NULL: of all rows none misreports. NULL when memory ran out; to be freed.
 */
char *watch_detail(const struct wt_report *report, const struct watch_row *row);
/* What the keys and columns mean. */
extern const char watch_keys_help[];

/* ---- watch_terminal.c: the terminal as a process has it ---- */

/* Whether there is a terminal that can be written to at any place; says what is wrong. 0, or an exit status. */
int watch_terminal_check(void);
/* From now on every signal that ends, stops or resizes makes a file descriptor readable; -1 on error. */
int watch_terminal_signals(void);
/* Stops the process as a shell expects it, until it is continued. */
void watch_terminal_stop(void);
/* The modes that a signal which kills by a defect puts back; before watch_screen_open(). */
void watch_terminal_remember(void);
/* From now on it does, and leaves the screen; after watch_screen_open(). */
void watch_terminal_guard(void);

/* ---- watch_screen.c: all of ncurses ---- */

enum watch_key {
  WATCH_KEY_NONE,
  WATCH_KEY_QUIT,
  WATCH_KEY_HELP,
  WATCH_KEY_SORT, /* and up: by enum watch_sort */
  WATCH_KEY_SORT_LAST = WATCH_KEY_SORT + WATCH_SORTS - 1,
  WATCH_KEY_REVERSE,
  WATCH_KEY_TRACE,
  WATCH_KEY_PAUSE,
  WATCH_KEY_DETAIL,
  WATCH_KEY_BACK,
  WATCH_KEY_UP,
  WATCH_KEY_DOWN,
  WATCH_KEY_PAGE_UP,
  WATCH_KEY_PAGE_DOWN,
  WATCH_KEY_FIRST,
  WATCH_KEY_LAST,
  WATCH_KEY_REDRAW,
  WATCH_KEY_OTHER,
  WATCH_KEY_END /* the terminal has gone */
};

enum watch_page { WATCH_PAGE_ROWS, WATCH_PAGE_DETAIL, WATCH_PAGE_HELP };

/* What is to be seen. */
struct watch_view {
  enum watch_page page;
  enum watch_trace trace;
  bool paused;
  bool chosen; /* by the person: then this one; else the worst */
  int ifindex;
  enum wt_direction direction;
  size_t top;      /* the first row on the screen */
  size_t text_top; /* the first line of a page of text */
  int cause_width;
  char title[256];  /* what the line above all says */
  char notice[600]; /* below it, empty if there is nothing to tell */
};

struct watch_screen;

/* NULL after it has said what is wrong. */
struct watch_screen *watch_screen_open(void);
void watch_screen_close(struct watch_screen *screen);
/* Takes over the size that the terminal has now. */
void watch_screen_resize(void);
/* Gives the terminal back for a while, and takes it again as it was. */
void watch_screen_leave(void);
void watch_screen_return(void);
/* Lines that a page of the present size has for rows, or for text. */
size_t watch_screen_page(const struct watch_view *view);
/* text: of the chosen row, or of the worst one, which is the row marked. NULL when memory ran out. */
void watch_screen_draw(const struct watch_screen *screen, const struct watch_model *model, struct watch_view *view,
                       const struct watch_row *marked, const char *text);
/* The next key that was pressed, WATCH_KEY_NONE if there is none. */
enum watch_key watch_screen_key(void);

#endif
