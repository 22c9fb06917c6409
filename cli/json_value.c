/* SPDX-License-Identifier: MIT */
#include "json_value.h"

#include <math.h>

json_t *count_json(uint64_t count)
{
  return wt_known(count) && count <= INT64_MAX ? json_integer((json_int_t)count) : json_null();
}

json_t *real_json(double value, int decimals)
{
  double scale = pow(10, decimals);

  return isfinite(value) ? json_real(round(value * scale) / scale) : json_null();
}

json_t *time_json(double time)
{
  return real_json(time, 3);
}

static json_t *lossy_json(const char *text)
{
  char ascii[512];

  snprintf(ascii, sizeof(ascii), "%s", text);
  return json_string(cli_printable(ascii));
}

json_t *text_json(const char *text)
{
  json_t *json = json_string(text);

  return json ? json : lossy_json(text);
}

json_t *text_or_null(const char *text)
{
  return *text ? text_json(text) : json_null();
}
