/* SPDX-License-Identifier: MIT */
/*
 * What the core says of the checksums in a capture file, one line a packet: its number, its state, and each checksum's
 * ("12 offloaded ipv4=valid udp=absent ipv4=valid tcp=offloaded"). With --sctp it writes a file instead, with SCTP as
 * the kernel of this machine may not have it: right, left to a device, wrong; IPv4 and IPv6.
 */
#include <err.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checksum.h"

enum { ETHERNET = 14, SCTP_LENGTH = 28 };

static const char *const kinds[] = {"ipv4", "tcp", "udp", "icmp", "icmpv6", "sctp", "gre"};

static void read_file(const char *path, uint32_t longest, bool received)
{
  char why[PCAP_ERRBUF_SIZE];
  pcap_t *file = pcap_open_offline(path, why);
  struct pcap_pkthdr *header;
  const u_char *data;
  unsigned long number = 0;

  if (!file || pcap_datalink(file) != DLT_EN10MB)
    errx(1, "%s: %s", path, file ? "no Ethernet" : why);
  while (pcap_next_ex(file, &header, &data) == 1) {
    const struct wt_checksum_packet packet = {.data = data,
                                              .captured = header->caplen,
                                              .length = header->len,
                                              .link_header = ETHERNET,
                                              .longest_frame = longest,
                                              .received = received};
    struct wt_checksum_result result;

    wt_checksum_classify(&packet, &result);
    printf("%lu %s", ++number, wt_checksum_state_name(result.state));
    for (size_t i = 0; i < result.part_count; i++)
      printf(" %s=%s", kinds[result.parts[i].kind], wt_checksum_state_name(result.parts[i].state));
    putchar('\n');
  }
  pcap_close(file);
}

/* ---- SCTP -------------------------------------------------------------------------------------------------------- */

/* Bit by bit, from the polynomial of RFC 9260. */
static uint32_t crc32c(const uint8_t *data, size_t length)
{
  uint32_t crc = UINT32_MAX;

  for (size_t i = 0; i < length; i++) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
  }
  return ~crc;
}

static uint16_t ip_checksum(const uint8_t *ip)
{
  uint32_t sum = 0;

  for (int i = 0; i < 20; i += 2)
    sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

/* A DATA chunk of 12 octets. wrong: XORed into the checksum, if there is one. */
static size_t build(uint8_t *at, bool six, bool with_checksum, uint32_t wrong)
{
  static const uint8_t ip4[20] = {0x45, 0, 0, 20 + SCTP_LENGTH, 0, 1, 0x40, 0, 64, 132, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
  static const uint8_t ip6[40] = {0x60, 0, 0, 0, 0,    SCTP_LENGTH, 132, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                  0,    0, 0, 1, 0xfd, 0,           0,   0,  0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
  static const uint8_t sctp[SCTP_LENGTH] = {0x9c, 0x41, 0x26, 0xab, 1, 2, 3, 4, 0, 0, 0, 0, 0, 3,
                                            0,    16,   0,    0,    0, 1, 0, 0, 0, 0, 0, 0, 0, 51};
  size_t ip = six ? sizeof(ip6) : sizeof(ip4);
  uint8_t *body = at + ETHERNET + ip;
  uint32_t crc = crc32c(sctp, sizeof(sctp)) ^ wrong;
  uint16_t check;

  memset(at, 2, 12);
  at[12] = six ? 0x86 : 0x08;
  at[13] = six ? 0xdd : 0x00;
  memcpy(at + ETHERNET, six ? ip6 : ip4, ip);
  memcpy(body, sctp, sizeof(sctp));
  if (!six) {
    check = ip_checksum(at + ETHERNET);
    at[ETHERNET + 10] = (uint8_t)(check >> 8);
    at[ETHERNET + 11] = (uint8_t)check;
  }
  for (int i = 0; i < 4 && with_checksum; i++)
    body[8 + i] = (uint8_t)(crc >> 8 * i);
  return ETHERNET + ip + sizeof(sctp);
}

static void write_sctp(const char *path)
{
  pcap_t *shape = pcap_open_dead(DLT_EN10MB, 65535);
  pcap_dumper_t *file = shape ? pcap_dump_open(shape, path) : NULL;

  if (!file)
    errx(1, "cannot write %s", path);
  for (int i = 0; i < 6; i++) {
    uint8_t data[128];
    bpf_u_int32 length = (bpf_u_int32)build(data, i / 3, i % 3 != 1, i % 3 == 2 ? 0x00100000 : 0);
    const struct pcap_pkthdr header = {.caplen = length, .len = length};

    pcap_dump((u_char *)file, &header, data);
  }
  pcap_dump_close(file);
  pcap_close(shape);
}

int main(int argc, char **argv)
{
  if (argc == 3 && strcmp(argv[1], "--sctp") == 0)
    write_sctp(argv[2]);
  else if (argc == 4)
    read_file(argv[1], (uint32_t)strtoul(argv[2], NULL, 10), strcmp(argv[3], "rx") == 0);
  else
    errx(2, "usage: checksum FILE LONGEST-FRAME rx|tx, or checksum --sctp FILE");
  return 0;
}
