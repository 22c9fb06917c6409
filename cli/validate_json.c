/* SPDX-License-Identifier: MIT */
/* The result as JSON. Keys are added, never changed; what is not known is null. */
#include <string.h>

#include "validate.h"

static bool good(json_t *object, const char *key, json_t *value)
{
  return json_object_set_new(object, key, value) == 0;
}

/* "a, b" as an array. */
static json_t *list_json(const char *list)
{
  json_t *array = json_array();

  while (*list) {
    size_t length = strcspn(list, ",");

    json_array_append_new(array, json_stringn(list, length));
    list += length;
    list += strspn(list, ", ");
  }
  return array;
}

static json_t *along_json(const struct validate_record *record)
{
  json_t *array = json_array();

  for (size_t i = 0; i < record->feature_count; i++)
    if (record->features[i].along)
      json_array_append_new(
          array, json_pack("{s:i, s:s}", "ifindex", record->features[i].ifindex, "feature", record->features[i].name));
  return array;
}

static json_t *signal_json(const struct validate_result *result, enum wt_direction direction, enum wt_signal_id signal)
{
  const struct wt_signal *before = wt_signal_of(result->before->interface.direction[direction], signal);
  const struct wt_signal *after = wt_signal_of(result->after->interface.direction[direction], signal);
  enum validate_moved moved = validate_compare(before, after);

  return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "direction", wt_direction_name(direction), "signal",
                   wt_signal_name(signal), "verdict_before", wt_verdict_name(before->verdict), "verdict_after",
                   wt_verdict_name(after->verdict), "moved",
                   moved == VALIDATE_MOVED_UNKNOWN ? json_null() : json_boolean(moved == VALIDATE_MOVED), "agrees",
                   after->verdict == WT_VERDICT_UNKNOWN ? json_null() : json_boolean(!cli_misreports(after->verdict)));
}

static json_t *signals_json(const struct validate_result *result)
{
  json_t *array = json_array();

  for (enum wt_direction direction = 0; direction < WT_DIRECTIONS; direction++)
    for (enum wt_signal_id signal = 0; signal < WT_SIGNALS; signal++)
      json_array_append_new(array, signal_json(result, direction, signal));
  return array;
}

json_t *validate_json(const struct validate_result *result)
{
  json_t *json = json_object();
  enum validate_conclusion conclusion = validate_conclude(&result->before->interface, &result->after->interface);

  if (good(json, "schema", json_integer(1)) && good(json, "version", json_string(WT_VERSION)) &&
      good(json, "interface", json_string(result->before->interface.name)) &&
      good(json, "turned_off", list_json(result->off)) && good(json, "refused", list_json(result->refused)) &&
      good(json, "changed_along", along_json(result->record)) &&
      good(json, "disturbed", list_json(result->disturbed)) && good(json, "restored", json_boolean(result->restored)) &&
      good(json, "conclusion", json_string(*result->disturbed ? "disturbed" : validate_conclusion_name(conclusion))) &&
      good(json, "signals", signals_json(result)) && good(json, "before", json_incref(result->before->json)) &&
      good(json, "after", json_incref(result->after->json)))
    return json;
  json_decref(json);
  return NULL;
}
