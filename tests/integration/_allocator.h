/* SPDX-License-Identifier: MIT */
/*
 * An allocator that can fail, for a program of one source file, which includes it: it takes the place of the C
 * library's for the whole process, so that the failures of the libraries that it uses come, too. What is allocated is
 * remembered, so that it is known what was not freed.
 *
 * Under the address sanitizer the memory is the sanitizer's. What its own versions of functions of the C library
 * (strdup, for one) allocate does not fail there.
 */
#ifndef WT_TEST_ALLOCATOR_H
#define WT_TEST_ALLOCATOR_H

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *memory, size_t size);
void REAL(free)(void *memory);

enum { ALLOCATIONS = 1 << 19 }; /* places for what is allocated at a time: a power of two */

struct allocation {
  void *memory;
  uint64_t number;
};

static struct {
  bool armed;     /* what is allocated now is counted, and may fail */
  uint64_t first; /* the allocation that fails, from 1 on; 0: none */
  bool all;       /* and each one after it */
  uint64_t armed_count;
  uint64_t number; /* of all, armed or not */
  uint64_t shown;  /* print from where this one came; 0: none */
  bool telling;    /* print from where the one came that fails */
  struct allocation live[ALLOCATIONS];
} allocator;

static size_t place_of(const void *memory)
{
  uint64_t hash = ((uintptr_t)memory >> 4) * UINT64_C(0x9e3779b97f4a7c15);

  return (size_t)(hash >> 45) & (ALLOCATIONS - 1);
}

static void show_where(void)
{
  bool armed = allocator.armed;
  void *frames[24];

  allocator.armed = false;
  backtrace_symbols_fd(frames, backtrace(frames, 24), STDERR_FILENO);
  allocator.armed = armed;
}

static void *remember(void *memory)
{
  size_t place = place_of(memory);

  if (!memory)
    return NULL;
  while (allocator.live[place].memory)
    place = (place + 1) & (ALLOCATIONS - 1);
  allocator.live[place] = (struct allocation){memory, ++allocator.number};
  if (allocator.number == allocator.shown)
    show_where();
  return memory;
}

/* What comes behind the gap moves up, so that nothing that is looked for ends at it. */
static void close_gap(size_t gap)
{
  for (size_t place = (gap + 1) & (ALLOCATIONS - 1); allocator.live[place].memory;
       place = (place + 1) & (ALLOCATIONS - 1)) {
    size_t home = place_of(allocator.live[place].memory);

    if (((place - home) & (ALLOCATIONS - 1)) < ((place - gap) & (ALLOCATIONS - 1)))
      continue;
    allocator.live[gap] = allocator.live[place];
    gap = place;
  }
  allocator.live[gap].memory = NULL;
}

static void forget(const void *memory)
{
  size_t place = place_of(memory);

  if (!memory)
    return;
  while (allocator.live[place].memory && allocator.live[place].memory != memory)
    place = (place + 1) & (ALLOCATIONS - 1);
  if (allocator.live[place].memory)
    close_gap(place);
}

static bool fails(void)
{
  if (!allocator.armed)
    return false;
  allocator.armed_count++;
  if (!allocator.first || allocator.armed_count < allocator.first ||
      (allocator.armed_count > allocator.first && !allocator.all))
    return false;
  if (allocator.telling && allocator.armed_count == allocator.first)
    show_where();
  errno = ENOMEM;
  return true;
}

/* Where the libraries look for them. */
#pragma GCC visibility push(default)
void *malloc(size_t size)
{
  return fails() ? NULL : remember(REAL(malloc)(size));
}

void *calloc(size_t count, size_t size)
{
  return fails() ? NULL : remember(REAL(calloc)(count, size));
}

void *realloc(void *memory, size_t size)
{
  void *larger;

  if (fails())
    return NULL;
  larger = REAL(realloc)(memory, size);
  if (larger || size == 0)
    forget(memory);
  return remember(larger);
}

void free(void *memory)
{
  int before = errno;

  forget(memory);
  REAL(free)(memory);
  errno = before;
}

/* The C library's own does not free all that it has when it fails in the middle: it fails as a whole. */
int regcomp(regex_t *expression, const char *text, int flags)
{
  int (*real)(regex_t *, const char *, int) = (int (*)(regex_t *, const char *, int))dlsym(RTLD_NEXT, "regcomp");
  bool armed = allocator.armed;
  int status;

  if (fails())
    return REG_ESPACE;
  allocator.armed = false;
  status = real(expression, text, flags);
  allocator.armed = armed;
  return status;
}
#pragma GCC visibility pop

/* What was allocated after the one of that number and is still there; *oldest is the number of the first of them. */
static size_t allocated_since(uint64_t number, uint64_t *oldest)
{
  size_t count = 0;

  *oldest = 0;
  for (size_t place = 0; place < ALLOCATIONS; place++) {
    const struct allocation *allocation = &allocator.live[place];

    if (!allocation->memory || allocation->number <= number)
      continue;
    count++;
    if (*oldest == 0 || allocation->number < *oldest)
      *oldest = allocation->number;
  }
  return count;
}

#endif
