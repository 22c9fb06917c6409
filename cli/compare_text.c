/* SPDX-License-Identifier: MIT */
/* Flows and explanations as text. */
#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "compare_parts.h"

enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd };

static bool has_addresses(const struct wt_flow_id *id)
{
  return id->family == TYPE_IPV4 || id->family == TYPE_IPV6;
}

const char *compare_address(const struct wt_flow_id *id, const uint8_t address[16], char buffer[64])
{
  buffer[0] = '\0';
  if (has_addresses(id))
    inet_ntop(id->family == TYPE_IPV4 ? AF_INET : AF_INET6, address, buffer, 64);
  return buffer;
}

const char *compare_protocol(const struct wt_flow_id *id, char buffer[32])
{
  static const struct {
    uint8_t number;
    const char *name;
  } known[] = {{1, "icmp"}, {6, "tcp"}, {17, "udp"}, {47, "gre"}, {50, "esp"}, {58, "ipv6-icmp"}, {132, "sctp"}};

  if (!has_addresses(id)) {
    snprintf(buffer, 32, "ethertype 0x%04x", id->family);
    return buffer;
  }
  /* 0 stands for hop-by-hop options in IPv6, which are never what a packet carries. */
  snprintf(buffer, 32, id->protocol ? "protocol %u" : "fragment", id->protocol);
  for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
    if (known[i].number == id->protocol)
      snprintf(buffer, 32, "%s", known[i].name);
  return buffer;
}

/* "10.0.0.1:80", "[fd00::1]:80", "10.0.0.1". */
static void end_text(const struct wt_flow_id *id, const uint8_t address[16], uint16_t port, char text[80])
{
  char host[64];
  bool brackets = id->family == TYPE_IPV6 && port;

  compare_address(id, address, host);
  if (port)
    snprintf(text, 80, "%s%s%s:%u", brackets ? "[" : "", host, brackets ? "]" : "", port);
  else
    snprintf(text, 80, "%s", host);
}

const char *compare_flow_text(const struct wt_flow_id *id, char buffer[COMPARE_FLOW_SIZE])
{
  char protocol[32], source[80], target[80];

  compare_protocol(id, protocol);
  if (!has_addresses(id)) {
    snprintf(buffer, COMPARE_FLOW_SIZE, "%s", id->family ? protocol : "not understood");
    return buffer;
  }
  end_text(id, id->source, id->source_port, source);
  end_text(id, id->target, id->target_port, target);
  snprintf(buffer, COMPARE_FLOW_SIZE, "%s %s > %s", protocol, source, target);
  return buffer;
}

const char *compare_list(unsigned int explained, char buffer[COMPARE_LIST_SIZE])
{
  size_t used = 0;

  snprintf(buffer, COMPARE_LIST_SIZE, "agree");
  for (enum wt_explanation by = 0; by < WT_EXPLANATIONS; by++)
    if (explained >> by & 1)
      used +=
          (size_t)snprintf(buffer + used, COMPARE_LIST_SIZE - used, "%s%s", used ? ", " : "", wt_explanation_name(by));
  return buffer;
}
