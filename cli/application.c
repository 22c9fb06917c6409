/* SPDX-License-Identifier: MIT */
/* TCP's own account, for a person: a line for the namespace, a row for each direction that has connections, sentences.
 */
#include <math.h>
#include <string.h>

#include "check.h"

/* More names than this in one sentence help nobody. */
#define NAMES_MAX 8

/* One direction of one interface. */
struct place {
  const struct wt_interface *interface;
  enum wt_direction direction;
  const struct wt_direction_report *report;
};

static struct place place_at(const struct wt_report *report, size_t index)
{
  const struct wt_interface *interface = &report->interfaces[index / WT_DIRECTIONS];
  enum wt_direction direction = index % WT_DIRECTIONS;

  return (struct place){interface, direction, interface->direction[direction]};
}

static size_t places(const struct wt_report *report)
{
  return report->interface_count * WT_DIRECTIONS;
}

static const char *direction_word(enum wt_direction direction)
{
  return direction == WT_RX ? "receive" : "transmit";
}

static bool has_segments(const struct place *place)
{
  uint64_t segments = place->report->application.segments;

  return wt_known(segments) && segments > 0;
}

/* ---- the namespace ---------------------------------------------------------------------------------------------- */

static void coverage(FILE *out, double share, const char *whose)
{
  char percent[CLI_COUNT_SIZE];

  if (isfinite(share))
    fprintf(out, " (%s of %s)", cli_percent(share, percent), whose);
}

static void print_namespace(FILE *out, const struct wt_application *application)
{
  char connections[CLI_COUNT_SIZE], acked[CLI_COUNT_SIZE], received[CLI_COUNT_SIZE];
  char segments_out[CLI_COUNT_SIZE], segments_in[CLI_COUNT_SIZE], again[CLI_COUNT_SIZE];

  fprintf(out, "TCP by its own account: %s octets acknowledged, %s received; %s segments sent",
          wt_count_text(application->bytes_acked, acked), wt_count_text(application->bytes_received, received),
          wt_count_text(application->segments_out, segments_out));
  coverage(out, application->coverage_out, "TCP's MIB");
  fprintf(out, ", %s received", wt_count_text(application->segments_in, segments_in));
  coverage(out, application->coverage_in, "all that IP received");
  fprintf(out, ", %s sent again; %s connections now\n", wt_count_text(application->retransmitted_segments, again),
          wt_count_text(application->connections, connections));
  if (application->reason[0])
    fprintf(out, "TCP's own account is not complete: %s\n", application->reason);
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

struct widths {
  int name, segments, octets;
};

static void widen(int *width, const char *text)
{
  int length = (int)strlen(text);

  if (length > *width)
    *width = length;
}

static size_t measure(const struct wt_report *report, struct widths *widths)
{
  char name[CLI_NAME_SIZE], count[CLI_COUNT_SIZE];
  size_t rows = 0;

  for (size_t i = 0; i < places(report); i++) {
    const struct place place = place_at(report, i);

    if (!has_segments(&place))
      continue;
    widen(&widths->name, cli_name(place.interface, name));
    widen(&widths->segments, wt_count_text(place.report->application.segments, count));
    widen(&widths->octets, wt_count_text(place.report->application.octets, count));
    rows++;
  }
  return rows;
}

static void print_rows(FILE *out, const struct wt_report *report)
{
  struct widths widths = {(int)strlen("INTERFACE"), (int)strlen("SEGMENTS"), (int)strlen("PAYLOAD")};
  char name[CLI_NAME_SIZE], segments[CLI_COUNT_SIZE], octets[CLI_COUNT_SIZE];

  if (measure(report, &widths) == 0)
    return;
  fprintf(out, "\n%-*s  DIR  %*s  %*s  TCP SAYS\n", widths.name, "INTERFACE", widths.segments, "SEGMENTS",
          widths.octets, "PAYLOAD");
  for (size_t i = 0; i < places(report); i++) {
    const struct place place = place_at(report, i);
    const struct wt_application_direction *application = &place.report->application;

    if (has_segments(&place))
      fprintf(out, "%-*s  %-3s  %*s  %*s  %s\n", widths.name, cli_name(place.interface, name),
              wt_direction_name(place.direction), widths.segments, wt_count_text(application->segments, segments),
              widths.octets, wt_count_text(application->octets, octets),
              wt_application_verdict_name(application->verdict));
  }
  fputc('\n', out);
}

/* ---- sentences -------------------------------------------------------------------------------------------------- */

static void explain_verdict(FILE *out, const struct place *place)
{
  char name[CLI_NAME_SIZE], segments[CLI_COUNT_SIZE], counter[CLI_COUNT_SIZE], capture[CLI_COUNT_SIZE];
  bool misreporting_capture = cli_misreports(place->report->capture.verdict);

  fprintf(out, "%s %s: ", cli_name(place->interface, name), direction_word(place->direction));
  wt_count_text(place->report->application.segments, segments);
  wt_count_text(place->report->counter.signal.frames, counter);
  wt_count_text(place->report->capture.frames, capture);
  if (place->report->application.verdict == WT_APPLICATION_CAPTURE_POINT)
    fprintf(
        out,
        "TCP's own account of %s segments is in what the counter has (%s) and not in what the capture has (%s): the "
        "capture point misreports\n",
        segments, counter, capture);
  else
    fprintf(out, "TCP's own account of %s segments is not in what the counter has (%s)%s%s%s: the counter misreports\n",
            segments, counter, misreporting_capture ? ", nor in what the capture has (" : "",
            misreporting_capture ? capture : "", misreporting_capture ? ")" : "");
}

static bool says(const struct place *place, enum wt_application_verdict verdict)
{
  return place->report->application.verdict == verdict;
}

/* Where there are no connections, or nothing moved, there is nothing to explain. */
static const char *reason_of(const struct place *place)
{
  const struct wt_application_direction *application = &place->report->application;

  return has_segments(place) && says(place, WT_APPLICATION_UNKNOWN) ? application->reason : "";
}

static bool is_first_with(const struct wt_report *report, size_t index, const char *reason)
{
  for (size_t i = 0; i < index; i++) {
    const struct place place = place_at(report, i);

    if (strcmp(reason_of(&place), reason) == 0)
      return false;
  }
  return true;
}

/* All to which one reason applies, in one sentence. */
static void explain_reason(FILE *out, const struct wt_report *report, size_t first, const char *reason)
{
  char name[CLI_NAME_SIZE];
  size_t count = 0;

  for (size_t i = first; i < places(report); i++) {
    const struct place place = place_at(report, i);

    if (strcmp(reason_of(&place), reason) == 0 && count++ < NAMES_MAX)
      fprintf(out, "%s%s %s", count > 1 ? ", " : "", cli_name(place.interface, name), direction_word(place.direction));
  }
  if (count > NAMES_MAX)
    fprintf(out, " and %zu more", count - NAMES_MAX);
  fprintf(out, ": TCP's own account decides nothing: %s\n", reason);
}

static void print_sentences(FILE *out, const struct wt_report *report)
{
  for (size_t i = 0; i < places(report); i++) {
    const struct place place = place_at(report, i);

    if (says(&place, WT_APPLICATION_CAPTURE_POINT) || says(&place, WT_APPLICATION_COUNTER))
      explain_verdict(out, &place);
  }
  for (size_t i = 0; i < places(report); i++) {
    const struct place place = place_at(report, i);
    const char *reason = reason_of(&place);

    if (*reason && is_first_with(report, i, reason))
      explain_reason(out, report, i, reason);
  }
}

void application_report(FILE *out, const struct wt_report *report)
{
  if (!report->application.on)
    return;
  fputc('\n', out);
  if (!wt_known(report->application.bytes_acked) && !wt_known(report->application.segments_out)) {
    fprintf(out, "TCP's own account is not there: %s\n", report->application.reason);
    return;
  }
  print_namespace(out, &report->application);
  print_rows(out, report);
  print_sentences(out, report);
}
