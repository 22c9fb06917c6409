/* SPDX-License-Identifier: MIT */
/* What is to be put back, as text that a person can read: one fact a line, "end" as the last. */
#include <stdlib.h>
#include <string.h>

#include "validate.h"

#define HEADING "wiretruth-validate 1"

static const char *or_dash(const char *text)
{
  return *text ? text : "-";
}

static const char *on_off(bool on)
{
  return on ? "on" : "off";
}

void validate_record_write(FILE *out, const struct validate_record *record)
{
  const struct validate_identity *interface = &record->interface;

  fprintf(out, HEADING "\n");
  fprintf(out, "boot %s\n", or_dash(interface->boot));
  fprintf(out, "namespace %llu %llu\n", interface->netns, interface->cookie);
  fprintf(out, "interface %d %s %s\n", interface->ifindex, interface->name, or_dash(interface->driver));
  fprintf(out, "address %s permanent %s\n", or_dash(interface->address), or_dash(interface->permanent));
  fprintf(out, "process %ld time %lld\n", record->pid, record->time);
  for (size_t i = 0; i < record->feature_count; i++) {
    const struct validate_feature *feature = &record->features[i];

    fprintf(out, "feature %d %s wanted %s active %s %s\n", feature->ifindex, feature->name, on_off(feature->wanted),
            on_off(feature->active), feature->along ? "along" : "asked");
  }
  fprintf(out, "end\n");
}

/* ---- reading ---- */

static void from_dash(char *text)
{
  if (strcmp(text, "-") == 0)
    text[0] = '\0';
}

static bool parse_on(const char *text, bool *on)
{
  *on = strcmp(text, "on") == 0;
  return *on || strcmp(text, "off") == 0;
}

static bool take_feature(const char *line, struct validate_record *record)
{
  struct validate_feature *feature = &record->features[record->feature_count];
  char wanted[4], active[4], role[6];

  if (record->feature_count == VALIDATE_FEATURES ||
      sscanf(line, "feature %d %39s wanted %3s active %3s %5s", &feature->ifindex, feature->name, wanted, active,
             role) != 5 ||
      feature->ifindex <= 0 || !parse_on(wanted, &feature->wanted) || !parse_on(active, &feature->active))
    return false;
  feature->along = strcmp(role, "along") == 0;
  record->feature_count++;
  return feature->along || strcmp(role, "asked") == 0;
}

/* The lines before the features, by their number. */
static bool take_line(unsigned int number, const char *line, struct validate_record *record)
{
  struct validate_identity *interface = &record->interface;

  switch (number) {
  case 1:
    return strcmp(line, HEADING) == 0;
  case 2:
    return sscanf(line, "boot %39s", interface->boot) == 1;
  case 3:
    return sscanf(line, "namespace %llu %llu", &interface->netns, &interface->cookie) == 2;
  case 4:
    return sscanf(line, "interface %d %15s %31s", &interface->ifindex, interface->name, interface->driver) == 3 &&
           interface->ifindex > 0;
  case 5:
    return sscanf(line, "address %67s permanent %67s", interface->address, interface->permanent) == 2;
  case 6:
    return sscanf(line, "process %ld time %lld", &record->pid, &record->time) == 2;
  default:
    return take_feature(line, record);
  }
}

bool validate_record_read(FILE *in, struct validate_record *record, unsigned int *line)
{
  char text[256];
  bool ended = false;

  memset(record, 0, sizeof(*record));
  for (*line = 1; fgets(text, sizeof(text), in); ++*line) {
    size_t length = strcspn(text, "\n");

    if (text[length] != '\n' || ended)
      return false;
    text[length] = '\0';
    ended = *line > 6 && strcmp(text, "end") == 0;
    if (!ended && !take_line(*line, text, record))
      return false;
  }
  from_dash(record->interface.boot);
  from_dash(record->interface.driver);
  from_dash(record->interface.address);
  from_dash(record->interface.permanent);
  return ended;
}

const char *validate_record_describe(const struct validate_record *record, char *text, size_t size)
{
  size_t used = 0;

  text[0] = '\0';
  for (size_t i = 0; i < record->feature_count && used < size; i++) {
    int written = snprintf(text + used, size - used, "%s%s %s", used ? ", " : "", record->features[i].name,
                           on_off(record->features[i].active));

    if (written > 0)
      used += (size_t)written;
  }
  return text;
}
