/* SPDX-License-Identifier: MIT */
/* A capture file, pcap or pcapng, as wiretruth read reads it. */
#include <math.h>
#include <string.h>

#include "fuzz.h"
#include "trace.h"
#include "trace_report.h"

/* The sum of two totals that a report may have together, so that an overflow is not taken for one. */
static void row_must_hold(const struct wt_trace_row *row)
{
  const struct wt_checksums *sum = &row->checksum;

  fuzz_must(row->low <= row->frames && row->frames <= row->high);
  fuzz_must(row->octets_low <= row->frame_octets && row->frame_octets <= row->octets_high);
  fuzz_must(row->packets <= row->low);
  fuzz_must(row->merged <= row->packets && row->tagged <= row->packets && row->truncated <= row->packets);
  fuzz_must(row->longest <= row->octets || row->packets == 0);
  fuzz_must(sum->sampled == sum->valid + sum->offloaded + sum->rewritten + sum->bad + sum->absent + sum->unverifiable);
  fuzz_must(sum->sampled <= row->packets);
  fuzz_must(memchr(row->evidence, '\0', sizeof(row->evidence)) != NULL);
}

static void report_must_hold(const struct wt_trace_report *report, uint64_t packets)
{
  uint64_t sum = report->points_left_out, octets = 0;

  fuzz_must(report->packets == packets && report->captured <= report->octets);
  fuzz_must(!wt_known(report->first) || report->first <= report->last);
  for (size_t i = 0; i < report->point_count; i++)
    for (int side = WT_TRACE_UNTOLD; side <= WT_TRACE_TX; side++) {
      row_must_hold(&report->points[i].rows[side]);
      sum += report->points[i].rows[side].packets;
      octets += report->points[i].rows[side].octets;
    }
  fuzz_must(sum == packets);
  fuzz_must(octets <= report->octets + 14 * packets);
}

static void read_all(struct wt_trace *trace, size_t size)
{
  struct wt_trace_account *account = wt_trace_account_new();
  struct wt_trace_progress at;
  struct wt_trace_packet packet;
  struct wt_error error = {0}, again = {0};
  uint64_t packets = 0;
  int status;

  fuzz_must(account != NULL);
  while ((status = wt_trace_next(trace, &packet, &error)) == 1) {
    packets++;
    fuzz_must(packet.captured <= packet.length && packet.captured <= size);
    fuzz_must(packet.interface < wt_trace_interfaces(trace));
    wt_trace_account_add(account, &packet);
  }
  fuzz_must_say(status, &error);
  fuzz_must(wt_trace_next(trace, &packet, &again) == status);
  wt_trace_progress(trace, &at);
  fuzz_must(at.octets <= size && at.size == size && at.packets == packets);
  for (uint32_t i = 0; i < wt_trace_interfaces(trace); i++)
    fuzz_must(memchr(wt_trace_interface(trace, i)->name, '\0', sizeof(wt_trace_interface(trace, i)->name)) != NULL);
  report_must_hold(wt_trace_account_end(account, trace), packets);
  wt_trace_account_free(account);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct wt_trace *trace = NULL;
  struct wt_error error = {0};
  int status = wt_trace_open(&trace, fuzz_file(0, data, size), &error);

  fuzz_must_say(status, &error);
  if (status == 0)
    read_all(trace, size);
  wt_trace_close(trace);
  return 0;
}
