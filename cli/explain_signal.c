/* SPDX-License-Identifier: MIT */
/* What the signals of one direction of one interface misreport, and why. */
#include <math.h>

#include "explain_parts.h"

const char *explain_direction_word(enum wt_direction direction)
{
  return direction == WT_RX ? "receive" : "transmit";
}

static const char *merged_before(enum wt_signal_id signal)
{
  return signal == WT_CAPTURE ? "before the capture point" : "before they were counted";
}

static const char *cut_after(enum wt_signal_id signal)
{
  return signal == WT_CAPTURE ? "after the capture point" : "after the counter counted them";
}

static void lower_device(FILE *out, const struct where *where)
{
  const struct wt_interface *interface = where->interface;

  fputs(where->direction == WT_RX ? "merged on the device below" : "cut into frames on the device below", out);
  if (interface->lower[0]) {
    char name[IFNAMSIZ];

    snprintf(name, sizeof(name), "%s", interface->lower);
    fprintf(out, ", %s", cli_printable(name));
  } else if (interface->lower_netns >= 0) {
    fputs(" in another network namespace", out);
  }
}

/* Why the signal differs, as the rest of a sentence that said by how much. */
static void why(FILE *out, const struct where *where, enum wt_signal_id signal)
{
  switch (signal == WT_SERIES ? where->report->series_cause : where->report->cause) {
  case WT_CAUSE_GRO:
    /* GRO merges behind the counter: what that lacks was merged somewhere else. */
    if (signal != WT_CAPTURE)
      fputs("the rest was merged before it was counted, where is not known", out);
    else
      fprintf(out, "merged by GRO %s", merged_before(signal));
    break;
  case WT_CAUSE_HW_GRO:
    fprintf(out, "merged by the device (hardware GRO) %s", merged_before(signal));
    break;
  case WT_CAUSE_LRO:
    fprintf(out, "merged by LRO %s", merged_before(signal));
    break;
  case WT_CAUSE_TSO:
    fprintf(out, "cut into frames by the device (TSO) %s", cut_after(signal));
    break;
  case WT_CAUSE_GSO:
    fprintf(out, "cut into frames by the kernel or the device (GSO) %s", cut_after(signal));
    break;
  case WT_CAUSE_USO:
    fprintf(out, "UDP cut into frames by the device (USO) %s", cut_after(signal));
    break;
  case WT_CAUSE_LOWER_DEVICE:
    lower_device(out, where);
    break;
  case WT_CAUSE_VIRTUAL_LINK:
    fputs("the virtual link hands packets over uncut", out);
    break;
  case WT_CAUSE_VLAN_OFFLOAD:
    fputs("the device keeps VLAN tags outside the packets", out);
    break;
  case WT_CAUSE_CHECKSUM_OFFLOAD:
    fputs("the device completes checksums", out);
    break;
  case WT_CAUSE_BYPASS:
    fputs("traffic went past the capture point", out);
    explain_ways_past(out, where->interface);
    break;
  case WT_CAUSE_CAPTURE_LOSS:
    fputs("the capture lost packets", out);
    break;
  case WT_CAUSE_NAMESPACE:
    fputs("its values are not those of this interface: it comes from another network namespace or host", out);
    break;
  case WT_CAUSE_STALE:
    fputs("it is out of date, while the interface went on", out);
    break;
  case WT_CAUSE_NONE:
  case WT_CAUSE_UNKNOWN:
    fputs("the cause is not known", out);
    break;
  }
}

/* Every sentence about a difference ends with what to use instead. */
static void advise(FILE *out, const struct wt_direction_report *report)
{
  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++) {
    if (wt_signal_of(report, signal)->verdict == WT_VERDICT_AGREES) {
      fprintf(out, "; trust the %s\n", wt_signal_name(signal));
      return;
    }
  }
  fprintf(out, "; trust the wire figure (source %s)\n", wt_source_name(report->wire.source));
}

/* The share over the horizon, which the verdict refers to; of the totals where that is missing. */
static double share(const struct where *where, const struct wt_signal *signal)
{
  if (isfinite(signal->ratio))
    return signal->ratio;
  return (double)signal->frames / (double)where->report->wire.frames;
}

void explain_subject(FILE *out, const struct wt_interface *interface, enum wt_direction direction)
{
  char name[CLI_NAME_SIZE];

  fprintf(out, "%s %s: ", cli_name(interface, name), explain_direction_word(direction));
}

static void subject(FILE *out, const struct where *where)
{
  explain_subject(out, where->interface, where->direction);
}

static void extent(FILE *out, const struct where *where, enum wt_signal_id which)
{
  const struct wt_signal *signal = wt_signal_of(where->report, which);
  const struct wt_wire *wire = &where->report->wire;
  const char *about = wire->estimated ? "about " : "";
  char count[CLI_COUNT_SIZE], frames[CLI_COUNT_SIZE], percent[CLI_COUNT_SIZE];

  if (where->window > 0 && which != WT_SERIES) {
    cli_percent(share(where, signal), percent);
    if (where->held > 0)
      fprintf(out, "showed %s%s of the frames when that was decided, %.0f s ago", about, percent, where->held);
    else
      fprintf(out, "shows %s%s of the frames of the last %.0f s", about, percent, fmax(where->window, 1));
    return;
  }
  /* Its samples are of other moments than ours: its totals and those of wire do not belong together. */
  if (which == WT_SERIES) {
    fprintf(out, "shows %s of the frames between its samples", cli_percent(share(where, signal), percent));
    return;
  }
  fprintf(out, "shows %s%s %s %s%s frames (%s)", wt_count_text(signal->frames, count),
          which == WT_CAPTURE ? " packets" : "", signal->verdict == WT_VERDICT_UNDER_REPORTS ? "of" : "for", about,
          wt_count_text(wire->frames, frames), cli_percent(share(where, signal), percent));
}

static void explain_signal(FILE *out, const struct where *where, enum wt_signal_id which)
{
  const struct wt_signal *signal = wt_signal_of(where->report, which);
  const struct wt_wire *wire = &where->report->wire;

  subject(out, where);
  fprintf(out, "the %s ", wt_signal_name(which));
  if (wt_known(signal->frames) && wt_known(wire->frames) && wire->frames > 0)
    extent(out, where, which);
  else
    fputs(wt_verdict_name(signal->verdict), out);
  fputs(": ", out);
  why(out, where, which);
  advise(out, where->report);
}

/* A driver can count frames by the wire and octets by the packet. Said only then: otherwise the frames say it all. */
static bool explain_octets(FILE *out, const struct where *where)
{
  const struct wt_counter_signal *counter = &where->report->counter;
  char count[CLI_COUNT_SIZE], octets[CLI_COUNT_SIZE];

  if (!cli_misreports(counter->octet_verdict) || counter->signal.verdict != WT_VERDICT_AGREES)
    return false;
  subject(out, where);
  fprintf(out, "the counter's octets %s: %s for %s on the wire, while its frames agree\n",
          counter->octet_verdict == WT_VERDICT_UNDER_REPORTS ? "under-report" : "over-report",
          wt_count_text(counter->signal.octets, count), wt_count_text(where->report->wire.octets, octets));
  return true;
}

static bool explain_disagreement(FILE *out, const struct where *where)
{
  const char *disagreement = where->report->wire.disagreement;

  if (!*disagreement)
    return false;
  subject(out, where);
  fprintf(out, "the sources of the wire figure disagree: %s\n", disagreement);
  return true;
}

bool explain_direction(FILE *out, const struct where *where)
{
  bool said = false;

  for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++) {
    if (cli_misreports(wt_signal_of(where->report, signal)->verdict)) {
      explain_signal(out, where, signal);
      said = true;
    }
  }
  said |= explain_octets(out, where);
  said |= explain_disagreement(out, where);
  return said;
}
