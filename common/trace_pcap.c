/* SPDX-License-Identifier: MIT */
/* pcap files, by libpcap. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "trace_parts.h"

/* Of the FILE: without one, reading a cookie costs a call an octet. */
#define BUFFER_SIZE ((size_t)64 * 1024)

/* libpcap wants a FILE. */
static ssize_t read_stream(void *cookie, char *to, size_t size)
{
  struct wt_trace *trace = cookie;
  const uint8_t *at;
  size_t got;
  int error = wt_trace_stream_peek(&trace->stream, size, &at, &got);

  if (error) {
    trace->failed.code = error;
    errno = -error;
    return -1;
  }
  memcpy(to, at, got);
  wt_trace_stream_take(&trace->stream, got);
  return (ssize_t)got;
}

/* Octets that the FILE has read and libpcap has not. ISO C has no word for it. */
static uint64_t left_in_file(const FILE *file)
{
  return (uint64_t)(file->_IO_read_end - file->_IO_read_ptr);
}

static uint64_t position_of(const struct wt_trace *trace)
{
  return trace->stream.position - left_in_file(pcap_file(trace->pcap));
}

/* Why libpcap gave up on what begins at this octet. all: it has read the file to the end. */
static int explain(const struct wt_trace *trace, uint64_t position, bool all, const char *said, struct wt_error *error)
{
  if (trace->failed.code)
    return wt_trace_fail_read(trace, error, trace->failed.code);
  if (all && trace->stream.ended && trace->stream.begin == trace->stream.end)
    return wt_trace_fail(trace, error, -ENODATA, position, "the file ends in the middle of what begins here (%s)",
                         said);
  return wt_trace_fail(trace, error, -EINVAL, position, "damaged: %s", said);
}

int wt_trace_pcap_open(struct wt_trace *trace, struct wt_error *error)
{
  static const cookie_io_functions_t functions = {.read = read_stream};
  FILE *file = fopencookie(trace, "r", functions);
  char said[PCAP_ERRBUF_SIZE] = "";
  struct wt_trace_entry *entry;
  int failed;

  if (!file)
    return wt_trace_fail_read(trace, error, -ENOMEM);
  setvbuf(file, NULL, _IOFBF, BUFFER_SIZE);
  trace->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, said);
  if (!trace->pcap) {
    bool all = left_in_file(file) == 0;

    fclose(file);
    return explain(trace, 0, all, said, error);
  }
  failed = wt_trace_add_interface(trace, &entry);
  if (failed)
    return wt_trace_fail_read(trace, error, failed);
  entry->told.link_type = pcap_datalink(trace->pcap);
  entry->told.snap_length = (uint32_t)pcap_snapshot(trace->pcap);
  return 0;
}

int wt_trace_pcap_next(struct wt_trace *trace, struct wt_trace_packet *packet, struct wt_error *error)
{
  uint64_t position = position_of(trace);
  struct pcap_pkthdr *header;
  const u_char *data;
  int status = pcap_next_ex(trace->pcap, &header, &data);

  if (status == PCAP_ERROR_BREAK)
    return 0;
  if (status != 1)
    return explain(trace, position, left_in_file(pcap_file(trace->pcap)) == 0, pcap_geterr(trace->pcap), error);
  *packet = (struct wt_trace_packet){
      /* Unsigned in the file, so until 2106, and libpcap makes it signed. */
      .time = (uint64_t)(uint32_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec,
      .data = data,
      .captured = header->caplen,
      .length = header->len,
      .link_type = trace->entries[0].told.link_type,
  };
  return 1;
}
