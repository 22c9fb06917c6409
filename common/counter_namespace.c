/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"

enum { LINE = 8192 };

/* One figure of one MIB file, and where it goes. Several figures may add up to one. */
struct figure {
  const char *group; /* "IpExt:" as in /proc/net/netstat and snmp; NULL for snmp6, which has one figure a line */
  const char *name;
  size_t offset; /* in struct wt_namespace */
};

#define INTO(field) offsetof(struct wt_namespace, field)

static const struct figure netstat[] = {
    {"IpExt:", "InNoECTPkts", INTO(ip_in_segments)},
    {"IpExt:", "InECT0Pkts", INTO(ip_in_segments)},
    {"IpExt:", "InECT1Pkts", INTO(ip_in_segments)},
    {"IpExt:", "InCEPkts", INTO(ip_in_segments)},
    {"TcpExt:", "TCPLostRetransmit", INTO(tcp_lost_retransmits)},
    {"TcpExt:", "TCPDSACKRecvSegs", INTO(tcp_reported_duplicates)},
    {"TcpExt:", "DelayedACKLost", INTO(tcp_duplicate_packets)},
    {"TcpExt:", "TCPOFOMerge", INTO(tcp_duplicate_packets)},
    {"TcpExt:", "TCPOFOQueue", INTO(tcp_out_of_order_packets)},
    {"IpExt:", "InCsumErrors", INTO(in_checksum_errors)},
};

static const struct figure snmp[] = {
    {"Ip:", "OutRequests", INTO(ip_out_packets)},        {"Tcp:", "OutSegs", INTO(tcp_out_segments)},
    {"Tcp:", "RetransSegs", INTO(tcp_retransmitted)},    {"Tcp:", "InCsumErrors", INTO(in_checksum_errors)},
    {"Udp:", "InCsumErrors", INTO(in_checksum_errors)},  {"UdpLite:", "InCsumErrors", INTO(in_checksum_errors)},
    {"Icmp:", "InCsumErrors", INTO(in_checksum_errors)}, {"Tcp:", "InSegs", INTO(tcp_in_packets)},
};

static const struct figure snmp6[] = {
    {NULL, "Ip6InNoECTPkts", INTO(ip_in_segments)},       {NULL, "Ip6InECT0Pkts", INTO(ip_in_segments)},
    {NULL, "Ip6InECT1Pkts", INTO(ip_in_segments)},        {NULL, "Ip6InCEPkts", INTO(ip_in_segments)},
    {NULL, "Ip6OutRequests", INTO(ip_out_packets)},       {NULL, "Icmp6InCsumErrors", INTO(in_checksum_errors)},
    {NULL, "Udp6InCsumErrors", INTO(in_checksum_errors)}, {NULL, "UdpLite6InCsumErrors", INTO(in_checksum_errors)},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void take(const struct figure *figures, size_t count, const char *group, const char *name, const char *value,
                 struct wt_namespace *totals)
{
  for (size_t i = 0; i < count; i++) {
    uint64_t *total = (uint64_t *)((char *)totals + figures[i].offset);

    if (strcmp(name, figures[i].name) != 0 || (group && strcmp(group, figures[i].group) != 0))
      continue;
    *total = (wt_known(*total) ? *total : 0) + strtoull(value, NULL, 10);
  }
}

/* Pairs of lines: the names, then the values, each behind the group's name. */
static void read_grouped(const char *path, const struct figure *figures, size_t count, struct wt_namespace *totals)
{
  char names[LINE], values[LINE];
  FILE *file = fopen(path, "re");

  if (!file)
    return;
  while (fgets(names, sizeof(names), file) && fgets(values, sizeof(values), file)) {
    char *name_rest = NULL, *value_rest = NULL;
    const char *group = strtok_r(names, " \n", &name_rest);
    const char *name, *value;

    strtok_r(values, " \n", &value_rest);
    while (group && (name = strtok_r(NULL, " \n", &name_rest)) && (value = strtok_r(NULL, " \n", &value_rest)))
      take(figures, count, group, name, value, totals);
  }
  fclose(file);
}

static void read_listed(const char *path, const struct figure *figures, size_t count, struct wt_namespace *totals)
{
  char line[LINE];
  FILE *file = fopen(path, "re");

  if (!file)
    return;
  while (fgets(line, sizeof(line), file)) {
    char *rest = NULL;
    const char *name = strtok_r(line, " \t\n", &rest);
    const char *value = strtok_r(NULL, " \t\n", &rest);

    if (name && value)
      take(figures, count, NULL, name, value, totals);
  }
  fclose(file);
}

void wt_namespace_read(struct wt_namespace *totals)
{
  *totals = (struct wt_namespace){.ip_in_segments = WT_UNKNOWN,
                                  .ip_out_packets = WT_UNKNOWN,
                                  .tcp_out_segments = WT_UNKNOWN,
                                  .tcp_retransmitted = WT_UNKNOWN,
                                  .tcp_in_packets = WT_UNKNOWN,
                                  .in_checksum_errors = WT_UNKNOWN,
                                  .tcp_lost_retransmits = WT_UNKNOWN,
                                  .tcp_reported_duplicates = WT_UNKNOWN,
                                  .tcp_duplicate_packets = WT_UNKNOWN,
                                  .tcp_out_of_order_packets = WT_UNKNOWN};
  /* thread-self and not self: a thread may have entered another namespace than its process. */
  read_grouped("/proc/thread-self/net/netstat", netstat, COUNT(netstat), totals);
  read_grouped("/proc/thread-self/net/snmp", snmp, COUNT(snmp), totals);
  read_listed("/proc/thread-self/net/snmp6", snmp6, COUNT(snmp6), totals);
}

static uint64_t subtract(uint64_t later, uint64_t earlier)
{
  return wt_known(later) && wt_known(earlier) && later >= earlier ? later - earlier : WT_UNKNOWN;
}

void wt_namespace_subtract(const struct wt_namespace *later, const struct wt_namespace *earlier,
                           struct wt_namespace *difference)
{
  *difference = (struct wt_namespace){
      .ip_in_segments = subtract(later->ip_in_segments, earlier->ip_in_segments),
      .ip_out_packets = subtract(later->ip_out_packets, earlier->ip_out_packets),
      .tcp_out_segments = subtract(later->tcp_out_segments, earlier->tcp_out_segments),
      .tcp_retransmitted = subtract(later->tcp_retransmitted, earlier->tcp_retransmitted),
      .tcp_in_packets = subtract(later->tcp_in_packets, earlier->tcp_in_packets),
      .in_checksum_errors = subtract(later->in_checksum_errors, earlier->in_checksum_errors),
      .tcp_lost_retransmits = subtract(later->tcp_lost_retransmits, earlier->tcp_lost_retransmits),
      .tcp_reported_duplicates = subtract(later->tcp_reported_duplicates, earlier->tcp_reported_duplicates),
      .tcp_duplicate_packets = subtract(later->tcp_duplicate_packets, earlier->tcp_duplicate_packets),
      .tcp_out_of_order_packets = subtract(later->tcp_out_of_order_packets, earlier->tcp_out_of_order_packets),
  };
}
