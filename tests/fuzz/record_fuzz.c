/* SPDX-License-Identifier: MIT */
/* What wiretruth validate keeps of an interface until it has put it back, as it reads it back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "validate.h"

static char *write_record(const struct validate_record *record, size_t *size)
{
  char *text = NULL;
  FILE *out = open_memstream(&text, size);

  fuzz_must(out != NULL);
  validate_record_write(out, record);
  fuzz_must(fclose(out) == 0);
  return text;
}

static bool read_record(const void *data, size_t size, struct validate_record *record)
{
  FILE *in = size ? fmemopen((void *)data, size, "r") : NULL;
  unsigned int line;
  bool whole = in && validate_record_read(in, record, &line);

  if (in)
    fclose(in);
  return whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct validate_record record, again;
  char *text, *second, said[256];
  size_t length, second_length;

  if (!read_record(data, size, &record))
    return 0;
  fuzz_must(record.feature_count <= VALIDATE_FEATURES && record.interface.ifindex > 0);
  fuzz_must(strlen(validate_record_describe(&record, said, sizeof(said))) < sizeof(said));
  text = write_record(&record, &length);
  fuzz_must(read_record(text, length, &again));
  second = write_record(&again, &second_length);
  fuzz_must(length == second_length && memcmp(text, second, length) == 0);
  free(text);
  free(second);
  return 0;
}
