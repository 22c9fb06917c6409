/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. libFuzzer calls LLVMFuzzerTestOneInput() of a target over and over; sanitizers end the
 * process at what is wrong with memory and arithmetic, fuzz_must() at what is wrong with what came out.
 */
#ifndef WT_FUZZ_H
#define WT_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wiretruth.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_must(claim) ((claim) ? (void)0 : fuzz_broken(#claim, __FILE__, __LINE__))
__attribute__((noreturn)) void fuzz_broken(const char *claim, const char *file, int line);

/* What came out of a call that has an error: 0, or a negative errno with a sentence that is its own. */
void fuzz_must_say(int status, const struct wt_error *error);

/* An input is taken from its begin; where it has no more, 0 and empty texts follow. */
struct fuzz_input {
  const uint8_t *data;
  size_t size;
};

uint8_t fuzz_byte(struct fuzz_input *input);
uint32_t fuzz_number(struct fuzz_input *input, uint32_t below); /* of three octets */

/* Octets up to a separator, which is taken too, or up to the end. To be freed. A zero octet ends the text. */
char *fuzz_text(struct fuzz_input *input, char separator);

/* A file of that content, which a path leads to: one of them a number, of which there are two. The path is good until
 * the next call with the number. */
const char *fuzz_file(int number, const uint8_t *data, size_t size);

#endif
