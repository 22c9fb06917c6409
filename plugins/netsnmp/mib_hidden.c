/* SPDX-License-Identifier: MIT */
/* wtHiddenTable. */
#include "mib_parts.h"
#include "value.h"

enum column {
  FRAMES = 1,
  FRAMES_LOW,
  FRAMES_HIGH,
  TCP,
  UDP,
  TAG_PACKETS,
  TAG_FRAMES,
  TAG_MISSED_OCTETS,
  TAG_RESTORED_OCTETS,
  TAGS_COUNTED,
  PUSHES_HIGH,
  RETRANSMITTED_SEGMENTS,
  RETRANSMITTED_PACKETS_LOW,
  OUT_OF_ORDER_PACKETS,
  OUT_OF_ORDER_SEGMENTS_HIGH,
  DUPLICATE_PACKETS,
  DUPLICATE_SEGMENTS_HIGH,
};

static void answer_tags(netsnmp_request_info *request, enum column column, const struct wt_direction_report *direction)
{
  enum wt_octet_tags counted = direction->counter.octet_tags;

  if (column == TAG_PACKETS)
    value_counter(request, direction->vlan_out_of_band);
  else if (column == TAG_FRAMES)
    value_counter(request, direction->vlan.frames);
  else if (column == TAG_MISSED_OCTETS)
    value_counter(request, direction->vlan.missed_octets);
  else if (column == TAG_RESTORED_OCTETS)
    value_counter(request, direction->vlan.restored_octets);
  else if (counted == WT_TAGS_UNKNOWN)
    value_absent(request);
  else
    value_integer(request, counted == WT_TAGS_COUNTED ? 1 : 2); /* TruthValue */
}

/* A bound on events, as a share of the frames. It may fall, as no counter may. */
static void answer_most(netsnmp_request_info *request, uint64_t most, const struct wt_direction_report *direction)
{
  if (most == 0)
    value_share(request, 0, VALUE_UP);
  else
    value_share(request, mib_share_of(most, direction->wire.frames), VALUE_UP);
}

static void answer(netsnmp_request_info *request, unsigned int column, const void *table_row, void *context)
{
  const struct wt_direction_report *direction = ((const struct direction_row *)table_row)->direction;
  const struct wt_hidden *hidden = &direction->hidden;

  (void)context;
  switch ((enum column)column) {
  case FRAMES:
    value_counter(request, hidden->frames);
    break;
  case FRAMES_LOW:
    value_share(request, mib_share_of(hidden->low, hidden->frames), VALUE_DOWN);
    break;
  case FRAMES_HIGH:
    value_share(request, mib_share_of(hidden->high, hidden->frames), VALUE_UP);
    break;
  case TCP:
    value_counter(request, hidden->tcp);
    break;
  case UDP:
    value_counter(request, hidden->udp);
    break;
  case TAG_PACKETS:
  case TAG_FRAMES:
  case TAG_MISSED_OCTETS:
  case TAG_RESTORED_OCTETS:
  case TAGS_COUNTED:
    answer_tags(request, column, direction);
    break;
  case PUSHES_HIGH:
    answer_most(request, hidden->pushes.high, direction);
    break;
  case RETRANSMITTED_SEGMENTS:
    value_counter(request, hidden->retransmitted_segments);
    break;
  case RETRANSMITTED_PACKETS_LOW:
    value_share(request, mib_share_of(hidden->retransmitted_packets.low, hidden->retransmitted_segments), VALUE_DOWN);
    break;
  case OUT_OF_ORDER_PACKETS:
    value_counter(request, hidden->out_of_order_packets);
    break;
  case OUT_OF_ORDER_SEGMENTS_HIGH:
    answer_most(request, hidden->out_of_order_segments.high, direction);
    break;
  case DUPLICATE_PACKETS:
    value_counter(request, hidden->duplicate_packets);
    break;
  case DUPLICATE_SEGMENTS_HIGH:
    answer_most(request, hidden->duplicate_segments.high, direction);
    break;
  default:
    netsnmp_request_set_error(request, SNMP_NOSUCHOBJECT);
  }
}

const struct table_spec mib_hidden_spec = {
    .name = "wtHiddenTable",
    .arc = 5,
    .indexes = 2,
    .first_column = FRAMES,
    .last_column = DUPLICATE_SEGMENTS_HIGH,
    .column = answer,
};
