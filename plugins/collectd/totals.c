/* SPDX-License-Identifier: MIT */
#include "totals.h"

#include "wiretruth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_REPORT = 1, INSTANCE_LENGTH = 48, ZEROS = 64 };

static const double clock_tolerance = 0.1;

/* What figures are called: the same for all interfaces. */
struct kind {
  const char *type;
  char instance[INSTANCE_LENGTH];
};

struct identity {
  size_t kind;            /* its place in the list of kinds */
  unsigned long known_at; /* the last report in which it was known; 0: in none */
  uint64_t base[TOTALS_SOURCES], last[TOTALS_SOURCES];
  double sampled; /* of a series: the time of the sample that was sent last; 0 if there was none */
};

struct interface {
  char name[IFNAMSIZ];
  int ifindex;
  unsigned long seen_at;
  /* Bit i: of kind i all that was ever known was 0, until the report before, and in this one. Thousands of interfaces
   * never have anything else, and no identity for it. */
  uint64_t zero_before, zero;
  struct identity *identities;
  size_t count, capacity, next; /* next: where the following one was in the report before */
};

struct totals {
  unsigned long report; /* its number, from FIRST_REPORT on */
  double unix_time, seconds;
  struct interface *interfaces;
  size_t count, capacity, next;
  struct kind *kinds;
  size_t kind_count, kind_capacity, next_kind;
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
  free(totals->kinds);
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

static bool is_of(const struct kind *kind, const char *type, const char *instance)
{
  return strcmp(kind->instance, instance) == 0 && strcmp(kind->type, type) == 0;
}

/* Its place. False when memory ran out. */
static bool find_kind(struct totals *totals, const char *type, const char *instance, size_t *place)
{
  void *list = totals->kinds;
  bool has_room;

  for (size_t tried = 0; tried < totals->kind_count; tried++) {
    *place = (totals->next_kind + tried) % totals->kind_count;
    if (is_of(&totals->kinds[*place], type, instance)) {
      totals->next_kind = *place + 1;
      return true;
    }
  }
  has_room = make_room(&list, &totals->kind_capacity, totals->kind_count, sizeof(struct kind));
  totals->kinds = list;
  if (!has_room)
    return false;
  *place = totals->kind_count++;
  totals->kinds[*place].type = type;
  snprintf(totals->kinds[*place].instance, INSTANCE_LENGTH, "%s", instance);
  return true;
}

static struct identity *find_identity(struct interface *interface, size_t kind)
{
  for (size_t tried = 0; tried < interface->count; tried++) {
    size_t i = (interface->next + tried) % interface->count;

    if (interface->identities[i].kind == kind) {
      interface->next = i + 1;
      return &interface->identities[i];
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
    interface->zero = 0;
  }
  if (interface->seen_at != totals->report) {
    interface->zero_before = interface->seen_at + 1 == totals->report ? interface->zero : 0;
    interface->zero = 0;
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

/* What was 0 so far goes on from there. */
static struct identity *add_identity(struct totals *totals, struct interface *interface, size_t kind)
{
  void *list = interface->identities;
  bool has_room = make_room(&list, &interface->capacity, interface->count, sizeof(struct identity));
  struct identity *identity;

  interface->identities = list;
  if (!has_room)
    return NULL;
  identity = &interface->identities[interface->count++];
  identity->kind = kind;
  if (kind < ZEROS && interface->zero_before >> kind & 1)
    identity->known_at = totals->report - 1;
  return identity;
}

static bool went_back(const struct identity *identity, const uint64_t *figures, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (figures[i] < identity->last[i])
      return true;
  return false;
}

static bool all_known(const uint64_t *figures, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (!wt_known(figures[i]))
      return false;
  return true;
}

static bool all_zero(const uint64_t *figures, size_t count)
{
  for (size_t i = 0; i < count; i++)
    if (figures[i])
      return false;
  return true;
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
  struct interface *interface = totals->current;
  struct identity *identity;
  size_t kind;

  if (!interface || !all_known(figures, count) || !find_kind(totals, type, type_instance, &kind))
    return false;
  identity = find_identity(interface, kind);
  if (!identity && kind < ZEROS && all_zero(figures, count)) {
    interface->zero |= (uint64_t)1 << kind;
    return true;
  }
  if (!identity)
    identity = add_identity(totals, interface, kind);
  if (!identity)
    return false;
  make(totals, identity, !totals->reach_back && identity->known_at + 1 == totals->report, figures, count);
  return true;
}

bool totals_make_sampled(struct totals *totals, const char *type, const char *type_instance, uint64_t *figures,
                         size_t count, double time, double *gap)
{
  struct interface *interface = totals->current;
  struct identity *identity;
  size_t kind;

  if (!interface || !all_known(figures, count) || !find_kind(totals, type, type_instance, &kind))
    return false;
  identity = find_identity(interface, kind);
  if (!identity)
    identity = add_identity(totals, interface, kind);
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
