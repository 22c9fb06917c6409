/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void fuzz_broken(const char *claim, const char *file, int line)
{
  dprintf(STDERR_FILENO, "%s:%d: does not hold: %s\n", file, line, claim);
  abort();
}

void fuzz_must_say(int status, const struct wt_error *error)
{
  fuzz_must(status <= 0 && status > -4096);
  if (status == 0)
    return;
  fuzz_must(error->code == status);
  fuzz_must(memchr(error->text, '\0', sizeof(error->text)) != NULL);
  fuzz_must(error->text[0]);
}

uint8_t fuzz_byte(struct fuzz_input *input)
{
  if (input->size == 0)
    return 0;
  input->size--;
  return *input->data++;
}

uint32_t fuzz_number(struct fuzz_input *input, uint32_t below)
{
  uint32_t number = fuzz_byte(input);

  number = number << 8 | fuzz_byte(input);
  number = number << 8 | fuzz_byte(input);
  return number % below;
}

char *fuzz_text(struct fuzz_input *input, char separator)
{
  const uint8_t *end = input->size ? memchr(input->data, separator, input->size) : NULL;
  size_t length = end ? (size_t)(end - input->data) : input->size;
  char *text = strndup((const char *)input->data, length);

  if (!text)
    abort();
  input->data += length + (end ? 1 : 0);
  input->size -= length + (end ? 1 : 0);
  return text;
}

const char *fuzz_file(int number, const uint8_t *data, size_t size)
{
  static int files[2];
  static char paths[2][32];

  if (!files[number]) {
    files[number] = memfd_create("fuzz", MFD_CLOEXEC);
    snprintf(paths[number], sizeof(paths[number]), "/proc/self/fd/%d", files[number]);
  }
  if (files[number] < 0 || ftruncate(files[number], 0) || pwrite(files[number], data, size, 0) != (ssize_t)size)
    abort();
  return paths[number];
}
