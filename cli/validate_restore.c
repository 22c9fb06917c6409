/* SPDX-License-Identifier: MIT */
/* Puts back what runs left that were killed together with their guards. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "validate.h"

/* ---- network namespaces ---- */

typedef bool namespace_function(int fd, void *context);

/* Calls with each network namespace that has a name or a process; the same one may come again. True: call did. */
static bool each_of(const char *directory, const char *suffix, namespace_function *call, void *context)
{
  DIR *entries = opendir(directory);
  const struct dirent *entry;
  bool found = false;

  while (entries && !found && (entry = readdir(entries)) != NULL) {
    char path[VALIDATE_PATH_SIZE + 64];
    int fd;

    if (entry->d_name[0] == '.' || (*suffix && (entry->d_name[0] < '0' || entry->d_name[0] > '9')))
      continue;
    snprintf(path, sizeof(path), "%s/%s%s", directory, entry->d_name, suffix);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      continue;
    found = call(fd, context);
    close(fd);
  }
  if (entries)
    closedir(entries);
  return found;
}

static bool each_namespace(namespace_function *call, void *context)
{
  return each_of("/run/netns", "", call, context) || each_of("/proc", "/ns/net", call, context);
}

struct search {
  const struct validate_identity *wanted;
  struct validate_identity found;
  bool only_its_own; /* look into the namespace alone that is recorded */
};

static bool is_here(int fd, void *context)
{
  struct search *search = context;
  struct stat status;

  if (fstat(fd, &status) || (search->only_its_own && status.st_ino != search->wanted->netns))
    return false;
  return setns(fd, CLONE_NEWNET) == 0 && validate_identity_find(search->wanted, &search->found);
}

static bool is_in_its_own(const struct validate_identity *wanted, struct search *search)
{
  struct validate_identity here = {0};

  if (validate_identity_namespace(&here) && here.netns == wanted->netns)
    return validate_identity_find(wanted, &search->found) != 0;
  search->only_its_own = true;
  return each_namespace(is_here, search);
}

/*
 * Goes to the interface: where it was, where this process is, anywhere. Without an address of the device's own nothing
 * proves that one that is anywhere is the one.
 */
static bool go_to(const struct validate_identity *wanted, int home, struct validate_identity *found)
{
  struct search search = {.wanted = wanted};
  bool there = is_in_its_own(wanted, &search);

  if (!there) {
    (void)!setns(home, CLONE_NEWNET);
    there = validate_identity_find(wanted, &search.found) != 0;
  }
  search.only_its_own = false;
  if (!there && wanted->permanent[0])
    there = each_namespace(is_here, &search);
  *found = search.found;
  if (!there)
    (void)!setns(home, CLONE_NEWNET);
  return there;
}

/* ---- one record ---- */

static int put_back(struct validate_store *store, struct validate_record *record, const struct validate_identity *found)
{
  struct validate_device device;
  int status;

  /* What was recorded of it is under the number that it had. */
  for (size_t i = 0; i < record->feature_count; i++)
    if (record->features[i].ifindex == record->interface.ifindex)
      record->features[i].ifindex = found->ifindex;
  record->interface = *found;
  status = validate_device_open(&device, found->ifindex);
  if (status)
    return status;
  status = validate_settle(&device, NULL, store, record, "") ? 0 : CLI_NOT_OBSERVED;
  validate_device_close(&device);
  return status;
}

static int restore_locked(struct validate_store *store, struct validate_record *record, int home)
{
  struct validate_identity found = {0};
  int status;

  if (!validate_identity_namespace(&found) || strcmp(found.boot, record->interface.boot) != 0) {
    cli_say("the host was started anew since offloads of \"%s\" were turned off: nothing is left to be restored",
            record->interface.name);
    return validate_store_discard(store) ? 0 : CLI_NOT_OBSERVED;
  }
  if (!go_to(&record->interface, home, &found)) {
    cli_say("\"%s\" is gone, or in a network namespace where it cannot be told from others: nothing is left to be "
            "restored",
            record->interface.name);
    return validate_store_discard(store) ? 0 : CLI_NOT_OBSERVED;
  }
  status = put_back(store, record, &found);
  if (setns(home, CLONE_NEWNET)) {
    cli_say("cannot go back to the network namespace: %s", strerror(errno));
    return CLI_NOT_OBSERVED;
  }
  return status;
}

struct restoring {
  int home; /* the network namespace that this process was started in */
  unsigned int count;
};

static int restore(struct validate_store *store, const struct validate_record *record, void *context)
{
  struct restoring *restoring = context;
  struct validate_record own = *record;
  int status;

  restoring->count++;
  status = validate_store_lock(store, &record->interface);
  if (status)
    return status;
  /* Whoever was faster than us has put it back. */
  status = validate_store_load(store, &own);
  if (status == -ENOENT)
    status = 0;
  else if (status == 0)
    status = restore_locked(store, &own, restoring->home);
  validate_store_unlock(store);
  return status;
}

int validate_restore_all(void)
{
  struct restoring restoring = {.home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)};
  struct validate_store store;
  int status = validate_store_open(&store);

  if (status == 0)
    status = validate_store_leftovers(&store, restore, &restoring);
  if (status == 0 && restoring.count == 0)
    cli_say("nothing is left to be restored");
  if (restoring.home >= 0)
    close(restoring.home);
  return status;
}
