/* SPDX-License-Identifier: MIT */
/* Reports -> rows of the screen: rates from differences, a history, an order. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "watch.h"

/* A verdict that is younger than this is of now: readings are some milliseconds apart from the report's time. */
#define HELD_MIN 0.1

/* ---- history ---- */

static void remember(struct watch_history *history, double value)
{
  history->values[history->next] = (float)value;
  history->next = (history->next + 1) % WATCH_HISTORY;
  if (history->count < WATCH_HISTORY)
    history->count++;
}

double watch_history_at(const struct watch_history *history, size_t ago)
{
  if (ago >= history->count)
    return NAN;
  return (double)history->values[(history->next + WATCH_HISTORY - 1 - ago) % WATCH_HISTORY];
}

/* ---- rates ---- */

/* What was added to a total; NAN where either end is unknown, or it was counted anew. */
static double added(uint64_t from, uint64_t to)
{
  return wt_known(from) && wt_known(to) && to >= from ? (double)(to - from) : NAN;
}

static bool is_same_time(double a, double b)
{
  return isnan(a) ? isnan(b) : a == b;
}

static struct watch_base base_of(const struct wt_report *report, const struct wt_interface *interface,
                                 const struct wt_direction_report *of)
{
  return (struct watch_base){
      .seconds = report->seconds,
      .discontinuity = interface->discontinuity,
      .frames = of->wire.frames,
      .octets = of->wire.octets,
      .counter = of->counter.signal.frames,
      .capture = of->capture.frames,
  };
}

/* The share of the frames of this interval alone. Without a frame there is none. */
static double share_of(double signal, double wire)
{
  return wire > 0 ? signal / wire : NAN;
}

static void count_rates(struct watch_row *row, const struct watch_base *now)
{
  const struct watch_base *base = &row->base;
  double seconds = now->seconds - base->seconds;
  /* No difference reaches over a change: what was counted on either side may not be the same thing. */
  bool whole = seconds > 0 && is_same_time(now->discontinuity, base->discontinuity);
  double wire = whole ? added(base->frames, now->frames) : NAN;

  row->wire_rate = wire / seconds;
  row->octet_rate = whole ? added(base->octets, now->octets) / seconds : NAN;
  remember(&row->history[WATCH_WIRE], row->wire_rate);
  remember(&row->history[WATCH_COUNTER], share_of(added(base->counter, now->counter), wire));
  remember(&row->history[WATCH_CAPTURE], share_of(added(base->capture, now->capture), wire));
  row->base = *now;
}

/* ---- rows ---- */

static struct watch_signal signal_of(const struct wt_report *report, const struct wt_signal *signal)
{
  double age = report->time - signal->decided_at;

  return (struct watch_signal){
      .verdict = signal->verdict,
      .share = signal->ratio,
      .divergence = signal->divergence,
      .held = age >= HELD_MIN ? age : NAN,
  };
}

static void fill(struct watch_row *row, const struct wt_report *report, size_t index, bool tick)
{
  const struct wt_interface *interface = &report->interfaces[index];
  const struct wt_direction_report *of = interface->direction[row->direction];
  struct watch_base now = base_of(report, interface, of);

  row->index = index;
  row->present = true;
  cli_name(interface, row->name);
  row->idle = cli_is_idle(of);
  row->estimated = of->wire.estimated;
  row->cause = of->cause;
  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++)
    row->signals[signal] = signal_of(report, wt_signal_of(of, signal));
  row->segments = isnan(row->signals[WT_COUNTER].held) ? of->segments_per_packet : NAN;
  if (tick)
    count_rates(row, &now);
}

static struct watch_row new_row(const struct wt_report *report, size_t index, enum wt_direction direction)
{
  const struct wt_interface *interface = &report->interfaces[index];

  return (struct watch_row){
      .ifindex = interface->ifindex,
      .direction = direction,
      .wire_rate = NAN,
      .octet_rate = NAN,
      .base = base_of(report, interface, interface->direction[direction]),
  };
}

/* By identity, which an order by name or figure is not. */
static int compare_identity(const void *left, const void *right)
{
  const struct watch_row *a = left, *b = right;

  if (a->ifindex != b->ifindex)
    return (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
  return (int)a->direction - (int)b->direction;
}

static bool is_shown(const struct wt_interface *interface, bool keep_inactive)
{
  return keep_inactive || interface->active;
}

static void forget_text(struct watch_row *row)
{
  free(row->text);
  row->text = NULL;
}

/* Rows of interfaces that are gone go, and new ones come at the end. */
static void merge(struct watch_model *model, size_t known, const struct wt_report *report, bool tick,
                  bool keep_inactive)
{
  size_t kept = 0;

  for (size_t i = 0; i < known; i++)
    model->rows[i].present = false;
  if (known)
    qsort(model->rows, known, sizeof(*model->rows), compare_identity);
  for (size_t i = 0; i < report->interface_count; i++) {
    for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++) {
      struct watch_row key = {.ifindex = report->interfaces[i].ifindex, .direction = direction};
      struct watch_row *row = known ? bsearch(&key, model->rows, known, sizeof(*model->rows), compare_identity) : NULL;

      if (!is_shown(&report->interfaces[i], keep_inactive))
        continue;
      if (!row) {
        row = &model->rows[model->count++];
        *row = new_row(report, i, direction);
      }
      fill(row, report, i, tick && row->base.seconds < report->seconds);
    }
  }
  for (size_t i = 0; i < model->count; i++) {
    forget_text(&model->rows[i]);
    if (model->rows[i].present)
      model->rows[kept++] = model->rows[i];
  }
  model->count = kept;
}

bool watch_model_update(struct watch_model *model, const struct wt_report *report, bool tick, bool keep_inactive)
{
  size_t most = model->count + report->interface_count * WT_DIRECTIONS;
  struct watch_row *rows = realloc(model->rows, (most + 1) * sizeof(*rows));

  if (!rows)
    return false;
  model->rows = rows;
  model->has_series = report->series.configured;
  merge(model, model->count, report, tick, keep_inactive);
  watch_model_sort(model, model->sort, model->reversed);
  return true;
}

void watch_model_free(struct watch_model *model)
{
  for (size_t i = 0; i < model->count; i++)
    forget_text(&model->rows[i]);
  free(model->rows);
}

/* ---- order ---- */

static double largest_divergence(const struct watch_row *row)
{
  double largest = NAN;

  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++)
    largest = fmax(largest, row->signals[signal].divergence);
  return largest;
}

/* The largest first, and what is unknown behind all, whichever way round. */
static int compare_figures(double a, double b, bool reversed)
{
  if (isnan(a) || isnan(b))
    return isnan(a) - isnan(b);
  return reversed ? (a > b) - (a < b) : (a < b) - (a > b);
}

static int compare_names(const struct watch_row *a, const struct watch_row *b)
{
  int order = strverscmp(a->name, b->name);

  if (!order)
    order = (a->ifindex > b->ifindex) - (a->ifindex < b->ifindex);
  return order ? order : (int)a->direction - (int)b->direction;
}

static int compare_rows(const void *left, const void *right, void *context)
{
  const struct watch_row *a = left, *b = right;
  const struct watch_model *model = context;
  int order = 0;

  switch (model->sort) {
  case WATCH_BY_WIRE:
    order = compare_figures(a->wire_rate, b->wire_rate, model->reversed);
    break;
  case WATCH_BY_DIVERGENCE:
    order = compare_figures(largest_divergence(a), largest_divergence(b), model->reversed);
    break;
  case WATCH_BY_SEGMENTS:
    order = compare_figures(a->segments, b->segments, model->reversed);
    break;
  default:
    return model->reversed ? compare_names(b, a) : compare_names(a, b);
  }
  return order ? order : compare_names(a, b);
}

void watch_model_sort(struct watch_model *model, enum watch_sort sort, bool reversed)
{
  model->sort = sort;
  model->reversed = reversed;
  if (model->count)
    qsort_r(model->rows, model->count, sizeof(*model->rows), compare_rows, model);
}

/* ---- finding rows ---- */

struct watch_row *watch_model_find(const struct watch_model *model, int ifindex, enum wt_direction direction)
{
  for (size_t i = 0; i < model->count; i++)
    if (model->rows[i].ifindex == ifindex && model->rows[i].direction == direction)
      return &model->rows[i];
  return NULL;
}

/* That a capture shows merged packets is normal wherever GRO is on: any other signal goes before it. */
static double badness(const struct watch_row *row)
{
  double worst = 0;

  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++) {
    const struct watch_signal *of = &row->signals[signal];

    if (cli_misreports(of->verdict))
      worst = fmax(worst, (signal == WT_CAPTURE ? 1 : 1e6) + fmin(fmax(0, of->divergence), 1e5));
  }
  return worst;
}

struct watch_row *watch_model_worst(const struct watch_model *model)
{
  struct watch_row *worst = NULL;

  for (size_t i = 0; i < model->count; i++)
    if (badness(&model->rows[i]) > (worst ? badness(worst) : 0))
      worst = &model->rows[i];
  return worst;
}
