/* SPDX-License-Identifier: MIT */
#include "totals.h"

#include "wiretruth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_REPORT = 1, INSTANCE_LENGTH = 48 };

static const double clock_tolerance = 0.1;

struct identity {
  const char *type;
  char instance[INSTANCE_LENGTH];
  unsigned long known_at; /* the last report in which it was known; 0: in none */
  uint64_t base[TOTALS_SOURCES], last[TOTALS_SOURCES];
  double sampled; /* of a series: the time of the sample that was sent last; 0 if there was none */
};

struct interface {
  char name[IFNAMSIZ];
  int ifindex;
  unsigned long seen_at;
  struct identity *identities;
  size_t count, capacity, next; /* next: where the following one was in the report before */
};

struct totals {
  unsigned long report; /* its number, from FIRST_REPORT on */
  double unix_time, seconds;
  struct interface *interfaces;
  size_t count, capacity, next;
  struct interface *current;
  bool reach_back;
};

struct totals *totals_new(void)
{
  return calloc(1, sizeof(struct totals));
}

void totals_free(struct totals *totals)
{
  if (!totals)
    return;
  for (size_t i = 0; i < totals->count; i++)
    free(totals->interfaces[i].identities);
  free(totals->interfaces);
  free(totals);
}

void totals_begin(struct totals *totals, double unix_time, double seconds)
{
  double passed = seconds - totals->seconds, shown = unix_time - totals->unix_time;

  /* A report that nobody saw lies between: nothing was known in it. */
  if (totals->report && fabs(shown - passed) > clock_tolerance * passed)
    totals->report++;
  totals->report++;
  totals->unix_time = unix_time;
  totals->seconds = seconds;
  totals->next = 0;
  totals->current = NULL;
}

/* One more place at the end of a list, cleared. False when memory ran out. */
static bool make_room(void **list, size_t *capacity, size_t count, size_t size)
{
  size_t wanted = *capacity ? 2 * *capacity : 8;
  void *grown;

  if (count == *capacity) {
    grown = realloc(*list, wanted * size);
    if (!grown)
      return false;
    *list = grown;
    *capacity = wanted;
  }
  memset((char *)*list + count * size, 0, size);
  return true;
}

/* Reports have their interfaces in one order, and interfaces their identities: mostly the next one is looked for. */
static struct interface *find_interface(struct totals *totals, const char *name)
{
  for (size_t tried = 0; tried < totals->count; tried++) {
    size_t i = (totals->next + tried) % totals->count;

    if (strcmp(totals->interfaces[i].name, name) == 0) {
      totals->next = i + 1;
      return &totals->interfaces[i];
    }
  }
  return NULL;
}

static struct identity *find_identity(struct interface *interface, const char *type, const char *instance)
{
  for (size_t tried = 0; tried < interface->count; tried++) {
    size_t i = (interface->next + tried) % interface->count;
    struct identity *identity = &interface->identities[i];

    if (strcmp(identity->instance, instance) == 0 && strcmp(identity->type, type) == 0) {
      interface->next = i + 1;
      return identity;
    }
  }
  return NULL;
}

bool totals_of(struct totals *totals, const char *name, int ifindex)
{
  struct interface *interface = find_interface(totals, name);

  if (!interface) {
    void *list = totals->interfaces;
    bool has_room = make_room(&list, &totals->capacity, totals->count, sizeof(*interface));

    totals->interfaces = list;
    totals->current = NULL;
    if (!has_room)
      return false;
    interface = &totals->interfaces[totals->count++];
    snprintf(interface->name, sizeof(interface->name), "%s", name);
  } else if (interface->ifindex != ifindex) {
    for (size_t i = 0; i < interface->count; i++)
      interface->identities[i].known_at = 0;
  }
  interface->ifindex = ifindex;
  interface->seen_at = totals->report;
  interface->next = 0;
  totals->current = interface;
  totals->reach_back = false;
  return true;
}

void totals_reach_back(struct totals *totals, bool reach_back)
{
  totals->reach_back = reach_back;
}

static struct identity *add_identity(struct interface *interface, const char *type, const char *instance)
{
  void *list = interface->identities;
  bool has_room = make_room(&list, &interface->capacity, interface->count, sizeof(struct identity));
  struct identity *identity;

  interface->identities = list;
  if (!has_room)
    return NULL;
  identity = &interface->identities[interface->count++];
  identity->type = type;
  snprintf(identity->instance, sizeof(identity->instance), "%s", instance);
  return identity;
}

static bool went_back(const struct identity *identity, const uint64_t *figures, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (figures[i] < identity->last[i])
      return true;
  return false;
}

/* NULL where one of the figures is not known, or memory ran out. */
static struct identity *identity_of(struct totals *totals, const char *type, const char *type_instance,
                                    const uint64_t *figures, size_t count)
{
  struct identity *identity;

  for (size_t i = 0; i < count; i++)
    if (!wt_known(figures[i]))
      return NULL;
  if (!totals->current)
    return NULL;
  identity = find_identity(totals->current, type, type_instance);
  return identity ? identity : add_identity(totals->current, type, type_instance);
}

static void make(struct totals *totals, struct identity *identity, bool goes_on, uint64_t *figures, size_t count)
{
  bool starts = totals->report > FIRST_REPORT && (!goes_on || went_back(identity, figures, count));

  for (size_t i = 0; i < count; i++) {
    if (starts)
      identity->base[i] = figures[i];
    identity->last[i] = figures[i];
    figures[i] -= identity->base[i];
  }
  identity->known_at = totals->report;
}

bool totals_make(struct totals *totals, const char *type, const char *type_instance, uint64_t *figures, size_t count)
{
  struct identity *identity = identity_of(totals, type, type_instance, figures, count);

  if (!identity)
    return false;
  make(totals, identity, !totals->reach_back && identity->known_at + 1 == totals->report, figures, count);
  return true;
}

bool totals_make_sampled(struct totals *totals, const char *type, const char *type_instance, uint64_t *figures,
                         size_t count, double time, double *gap)
{
  struct identity *identity = identity_of(totals, type, type_instance, figures, count);

  if (!identity || isnan(time) || time <= identity->sampled)
    return false;
  *gap = identity->sampled > 0 ? time - identity->sampled : 0;
  make(totals, identity, identity->known_at > 0, figures, count);
  identity->sampled = time;
  return true;
}

void totals_end(struct totals *totals)
{
  size_t kept = 0;

  for (size_t i = 0; i < totals->count; i++) {
    struct interface interface = totals->interfaces[i];

    totals->interfaces[i] = (struct interface){0};
    if (interface.seen_at == totals->report)
      totals->interfaces[kept++] = interface;
    else
      free(interface.identities);
  }
  totals->count = kept;
  totals->current = NULL;
}
