/* SPDX-License-Identifier: MIT */
/* What a capture and other readers of packets do not show, in sentences. */
#include "check.h"

/* ---- tags ---- */

static void explain_tags(FILE *out, const struct wt_interface *interface, enum wt_direction direction)
{
  const struct wt_direction_report *report = interface->direction[direction];
  char count[CLI_COUNT_SIZE], octets[CLI_COUNT_SIZE];

  if (!wt_known(report->vlan_out_of_band) || report->vlan_out_of_band == 0)
    return;
  explain_subject(out, interface, direction);
  fprintf(out,
          "%s packets had a VLAN tag beside the packet: a raw socket and tcpdump on 'any' miss it (%s octets)%s%s\n",
          wt_count_text(report->vlan_out_of_band, count), wt_count_text(report->vlan.missed_octets, octets),
          report->vlan.restored_octets ? ", a capture on the interface has it" : "",
          report->counter.octet_tags == WT_TAGS_COUNTED    ? ", and so have the counter's octets"
          : report->counter.octet_tags == WT_TAGS_LEFT_OUT ? "; the counter's octets leave it out"
                                                           : "");
}

/* ---- frames and segments ---- */

static void explain_frames(FILE *out, const struct wt_interface *interface, enum wt_direction direction)
{
  const struct wt_direction_report *report = interface->direction[direction];
  const struct wt_hidden *hidden = &report->hidden;
  char frames[CLI_COUNT_SIZE], tcp[CLI_COUNT_SIZE], udp[CLI_COUNT_SIZE], packets[CLI_COUNT_SIZE];

  if (report->capture.verdict != WT_VERDICT_UNDER_REPORTS || !wt_known(hidden->frames))
    return;
  explain_subject(out, interface, direction);
  fprintf(out,
          "%s%s frames are hidden from a capture (TCP %s, UDP %s); for packets a second and core take the stack's %s\n",
          report->wire.estimated ? "about " : "", wt_count_text(hidden->frames, frames),
          wt_count_text(hidden->tcp, tcp), wt_count_text(hidden->udp, udp), wt_count_text(report->packets, packets));
}

#define RANGE_SIZE (2 * CLI_COUNT_SIZE + 8)

/* "3 to 84", "84 or more", "84". */
static const char *range(const struct wt_bounds *bounds, char text[RANGE_SIZE])
{
  char low[CLI_COUNT_SIZE], high[CLI_COUNT_SIZE];

  wt_count_text(bounds->low, low);
  wt_count_text(bounds->high, high);
  if (bounds->low == bounds->high)
    snprintf(text, RANGE_SIZE, "%s", low);
  else if (wt_known(bounds->high))
    snprintf(text, RANGE_SIZE, "%s to %s", low, high);
  else
    snprintf(text, RANGE_SIZE, "%s or more", low);
  return text;
}

static bool is_some(uint64_t count)
{
  return wt_known(count) && count > 0;
}

static void explain_segments(FILE *out, const struct wt_interface *interface, enum wt_direction direction)
{
  const struct wt_hidden *hidden = &interface->direction[direction]->hidden;
  char count[CLI_COUNT_SIZE], text[RANGE_SIZE];

  if (is_some(hidden->retransmitted_segments)) {
    explain_subject(out, interface, direction);
    fprintf(out, "TCP sent %s segments again, and a capture has them as %s packets\n",
            wt_count_text(hidden->retransmitted_segments, count), range(&hidden->retransmitted_packets, text));
  }
  if (is_some(hidden->out_of_order_packets)) {
    explain_subject(out, interface, direction);
    fprintf(out, "TCP found %s packets out of order, which stand for %s segments\n",
            wt_count_text(hidden->out_of_order_packets, count), range(&hidden->out_of_order_segments, text));
  }
  if (is_some(hidden->duplicate_packets)) {
    explain_subject(out, interface, direction);
    fprintf(out, "TCP found %s packets to be duplicates, which stand for %s segments\n",
            wt_count_text(hidden->duplicate_packets, count), range(&hidden->duplicate_segments, text));
  }
}

/* The namespace knows of some, and which interface carried them is not known. */
static void explain_nobodys(FILE *out, const struct wt_report *report)
{
  char count[CLI_COUNT_SIZE];

  if (!is_some(report->namespace.tcp_retransmitted))
    return;
  for (size_t i = 0; i < report->interface_count; i++)
    if (wt_known(report->interfaces[i].direction[WT_TX]->hidden.retransmitted_segments))
      return;
  fprintf(out, "TCP of this network namespace sent %s segments again; by which interface is not known\n",
          wt_count_text(report->namespace.tcp_retransmitted, count));
}

void explain_hidden(FILE *out, const struct wt_report *report)
{
  for (size_t i = 0; i < report->interface_count; i++) {
    for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++) {
      explain_frames(out, &report->interfaces[i], direction);
      explain_tags(out, &report->interfaces[i], direction);
      explain_segments(out, &report->interfaces[i], direction);
    }
  }
  explain_nobodys(out, report);
}
