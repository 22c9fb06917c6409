/* SPDX-License-Identifier: MIT */
/* The result for a person: a table of before and after, then sentences. */
#include <string.h>

#include "check.h"
#include "validate.h"

static const char *direction_word(enum wt_direction direction)
{
  return direction == WT_RX ? "receive" : "transmit";
}

/* "2.3 %", or "-" where it is not known. */
static const char *ratio_text(double ratio, char buffer[CLI_COUNT_SIZE])
{
  if (isfinite(ratio))
    return cli_percent(ratio, buffer);
  snprintf(buffer, CLI_COUNT_SIZE, "-");
  return buffer;
}

/* ---- table ---- */

static void row(FILE *out, const char *direction, const char *signal, const char *when, const struct wt_wire *wire,
                const struct wt_signal *of, const char *moved)
{
  char frames[CLI_COUNT_SIZE], all[CLI_COUNT_SIZE + 1] = "", ratio[CLI_COUNT_SIZE];

  if (wire->estimated)
    strcpy(all, "~");
  wt_count_text(wire->frames, all + strlen(all));
  fprintf(out, "%-4s %-8s %-8s %14s %14s %8s  %-*s%s%s\n", direction, signal, when, wt_count_text(of->frames, frames),
          all, ratio_text(of->ratio, ratio), *moved ? 13 : 0, wt_verdict_name(of->verdict), *moved ? "  " : "", moved);
}

static bool is_shown(const struct wt_signal *before, const struct wt_signal *after)
{
  return wt_known(before->frames) || wt_known(after->frames);
}

static bool is_idle(const struct validate_result *result, enum wt_direction direction)
{
  return cli_is_idle(result->before->interface.direction[direction]) &&
         cli_is_idle(result->after->interface.direction[direction]);
}

static void table(FILE *out, const struct validate_result *result)
{
  fprintf(out, "%-4s %-8s %-8s %14s %14s %8s  %s\n", "DIR", "SIGNAL", "OFFLOADS", "SHOWS", "WIRE", "RATIO", "VERDICT");
  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++) {
    const struct wt_direction_report *before = result->before->interface.direction[direction];
    const struct wt_direction_report *after = result->after->interface.direction[direction];

    if (is_idle(result, direction))
      continue;
    for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++) {
      const struct wt_signal *first = wt_signal_of(before, signal), *second = wt_signal_of(after, signal);
      enum validate_moved moved = validate_compare(first, second);

      if (!is_shown(first, second))
        continue;
      row(out, wt_direction_name(direction), wt_signal_name(signal), "as is", &before->wire, first, "");
      row(out, "", "", "off", &after->wire, second, moved == VALIDATE_MOVED_UNKNOWN ? "" : validate_moved_name(moved));
    }
  }
}

/* ---- sentences ---- */

static const char *verdict_sentence(enum wt_verdict verdict)
{
  switch (verdict) {
  case WT_VERDICT_AGREES:
    return "it agrees with the wire now";
  case WT_VERDICT_UNDER_REPORTS:
    return "it under-reports still";
  default:
    return "it over-reports still";
  }
}

static void explain_signal(FILE *out, const struct validate_result *result, enum wt_direction direction,
                           enum wt_signal_id signal)
{
  const struct wt_signal *before = wt_signal_of(result->before->interface.direction[direction], signal);
  const struct wt_signal *after = wt_signal_of(result->after->interface.direction[direction], signal);
  enum validate_moved moved = validate_compare(before, after);
  char name[CLI_NAME_SIZE], from[CLI_COUNT_SIZE], to[CLI_COUNT_SIZE];

  if (moved == VALIDATE_MOVED_UNKNOWN && !cli_misreports(before->verdict))
    return;
  fprintf(out, "%s %s: the %s ", cli_name(&result->before->interface, name), direction_word(direction),
          wt_signal_name(signal));
  if (moved == VALIDATE_MOVED_UNKNOWN)
    fprintf(out, "showed %s of the wire's frames, and with the offloads off there is no verdict: %s\n",
            ratio_text(before->ratio, from), after->reason);
  else if (moved == VALIDATE_STAYED)
    fprintf(out, "stayed at %s of the wire's frames: %s\n", ratio_text(after->ratio, to),
            after->verdict == WT_VERDICT_AGREES ? "it agrees with the wire in both" : verdict_sentence(after->verdict));
  else
    fprintf(out, "moved from %s to %s of the wire's frames: %s\n", ratio_text(before->ratio, from),
            ratio_text(after->ratio, to),
            cli_misreports(after->verdict) && !cli_misreports(before->verdict) ? "it misreports only without them"
                                                                               : verdict_sentence(after->verdict));
}

static void conclude(FILE *out, const struct validate_result *result)
{
  if (*result->disturbed) {
    fputs("No conclusion: the offloads did not stay off\n", out);
    return;
  }
  switch (validate_conclude(&result->before->interface, &result->after->interface)) {
  case VALIDATE_TOO_LITTLE:
    fputs("No conclusion: one of both measurements has no verdict on what is to be compared; more traffic, or a longer "
          "--duration, may give one\n",
          out);
    break;
  case VALIDATE_MET:
    fprintf(out, "The signals meet: what misreports agrees once these are off: %s\n", result->off);
    break;
  case VALIDATE_PARTLY_MET:
    fputs("Some signals meet, but not all: a part of the difference has another reason than what was turned off\n",
          out);
    break;
  case VALIDATE_NOT_MET:
    fputs("The signals do not meet: the difference has another reason than what was turned off here, such as a device "
          "below or at the other end of a virtual link\n",
          out);
    break;
  case VALIDATE_PARTED:
    fputs("The signals agree as it is, and part without these offloads\n", out);
    break;
  case VALIDATE_NOTHING:
    fputs("The signals agree with and without these offloads: there is nothing to explain\n", out);
    break;
  }
}

static void changes(FILE *out, const struct validate_result *result)
{
  const struct validate_record *record = result->record;

  fprintf(out, "turned off: %s\n", result->off);
  for (size_t i = 0; i < record->feature_count; i++)
    if (record->features[i].along)
      fprintf(out, "changed along by the kernel: %s%s\n", record->features[i].name,
              record->features[i].ifindex == record->interface.ifindex ? "" : " of another interface");
  if (*result->refused)
    fprintf(out, "not turned off, since the kernel refused: %s\n", result->refused);
  if (*result->disturbed)
    fprintf(out, "turned on again meanwhile by somebody else, so that the second measurement is no proof: %s\n",
            result->disturbed);
  if (result->before->method != result->after->method)
    fprintf(out, "the measurements differ in method: %s, then %s\n", wt_method_name(result->before->method),
            wt_method_name(result->after->method));
}

void validate_print(FILE *out, const struct validate_result *result)
{
  fprintf(out, "%s, %.1f s as it is and %.1f s with offloads off, method %s\n", result->record->interface.name,
          result->before->seconds, result->after->seconds, wt_method_name(result->after->method));
  changes(out, result);
  fputc('\n', out);
  table(out, result);
  fputc('\n', out);
  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++)
    for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++)
      explain_signal(out, result, direction, signal);
  conclude(out, result);
}
