/* SPDX-License-Identifier: MIT */
/*
 * Records and locks on disk, in a directory that is its owner's alone and that a reboot empties, as a reboot also puts
 * back what a record has. One lock and one record an interface and network namespace. A record whose lock nobody holds
 * was left by a run that was killed together with its guard.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "validate.h"

#define PREFIX     "validate-"
#define LOCK_TRIES 10

/* ---- directory ---- */

/* Nobody else may write where a later run, perhaps as root, believes what it reads. */
static bool is_safe(const char *path)
{
  struct stat status;

  return lstat(path, &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
         (status.st_mode & 077) == 0;
}

static bool try_directory(struct validate_store *store, const char *parent)
{
  int written = snprintf(store->directory, sizeof(store->directory), "%s/wiretruth", parent);

  if (written < 0 || (size_t)written >= sizeof(store->directory)) {
    errno = ENAMETOOLONG;
    return false;
  }
  if (mkdir(store->directory, 0700) && errno != EEXIST)
    return false;
  if (is_safe(store->directory) && access(store->directory, W_OK) == 0)
    return true;
  errno = EPERM;
  return false;
}

int validate_store_open(struct validate_store *store)
{
  const char *runtime = getenv("XDG_RUNTIME_DIR");

  *store = (struct validate_store){.lock_fd = -1};
  if (try_directory(store, "/run"))
    return 0;
  if (runtime && runtime[0] == '/' && try_directory(store, runtime))
    return 0;
  cli_say("cannot use %s to record what is to be put back (a directory that is this user's own, with mode 0700): %s; "
          "nothing was changed",
          store->directory, strerror(errno));
  return CLI_NOT_OBSERVED;
}

/* ---- lock ---- */

static struct flock whole_file(void)
{
  return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* The lock's file may have been removed by its holder between open and lock. */
static bool is_still(int fd, const char *path)
{
  struct stat opened, named;

  return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

/* 0, -EAGAIN if somebody has it, or another negative errno. */
static int take_lock(const char *path, int *lock_fd)
{
  for (int tries = 0; tries < LOCK_TRIES; tries++) {
    struct flock lock = whole_file();
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int status;

    if (fd < 0)
      return -errno;
    if (fcntl(fd, F_OFD_SETLK, &lock)) {
      status = errno == EACCES ? -EAGAIN : -errno;
      close(fd);
      return status;
    }
    if (is_still(fd, path)) {
      *lock_fd = fd;
      return 0;
    }
    close(fd);
  }
  return -EAGAIN;
}

static long holder_of(const char *path)
{
  FILE *file = fopen(path, "re");
  long pid = 0;

  if (file && fscanf(file, "%ld", &pid) != 1)
    pid = 0;
  if (file)
    fclose(file);
  return pid;
}

static void name_holder(int fd)
{
  char text[32];
  int length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

  if (ftruncate(fd, 0) == 0)
    (void)!pwrite(fd, text, (size_t)length, 0);
}

/* NAME is what stands between prefix and suffix. */
static void set_paths(struct validate_store *store, const char *name)
{
  snprintf(store->lock_path, sizeof(store->lock_path), "%s/" PREFIX "%.60s.lock", store->directory, name);
  snprintf(store->record_path, sizeof(store->record_path), "%s/" PREFIX "%.60s.record", store->directory, name);
}

int validate_store_lock(struct validate_store *store, const struct validate_identity *identity)
{
  char name[64];
  int status;

  snprintf(name, sizeof(name), "%llu-%d", identity->netns, identity->ifindex);
  set_paths(store, name);
  status = take_lock(store->lock_path, &store->lock_fd);
  if (status == 0) {
    name_holder(store->lock_fd);
    return 0;
  }
  if (status == -EAGAIN)
    cli_say("another validate (process %ld) is at work on \"%s\" in this network namespace; nothing was changed",
            holder_of(store->lock_path), identity->name);
  else
    cli_say("cannot lock %s: %s; nothing was changed", store->lock_path, strerror(-status));
  return CLI_NOT_OBSERVED;
}

/* A record goes to this name first. */
static const char *unfinished(const struct validate_store *store, char path[static VALIDATE_PATH_SIZE + 8])
{
  snprintf(path, VALIDATE_PATH_SIZE + 8, "%s.new", store->record_path);
  return path;
}

void validate_store_unlock(struct validate_store *store)
{
  char path[VALIDATE_PATH_SIZE + 8];

  if (store->lock_fd < 0)
    return;
  /* Left by one that was killed while it wrote. */
  unlink(unfinished(store, path));
  unlink(store->lock_path);
  close(store->lock_fd);
  store->lock_fd = -1;
}

/* ---- record ---- */

static bool write_record(int fd, const struct validate_record *record)
{
  FILE *file = fdopen(fd, "w");
  bool good;

  if (!file) {
    close(fd);
    return false;
  }
  validate_record_write(file, record);
  good = fflush(file) == 0 && !ferror(file) && fsync(fd) == 0;
  return fclose(file) == 0 && good;
}

static bool sync_directory(const char *path)
{
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool good = fd >= 0 && fsync(fd) == 0;

  if (fd >= 0)
    close(fd);
  return good;
}

bool validate_store_save(const struct validate_store *store, const struct validate_record *record)
{
  char path[VALIDATE_PATH_SIZE + 8];
  int fd;

  unlink(unfinished(store, path));
  fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0 && write_record(fd, record) && rename(path, store->record_path) == 0 && sync_directory(store->directory))
    return true;
  cli_say("cannot write %s: %s", store->record_path, strerror(errno));
  unlink(path);
  return false;
}

bool validate_store_discard(const struct validate_store *store)
{
  if ((unlink(store->record_path) == 0 || errno == ENOENT) && sync_directory(store->directory))
    return true;
  cli_say("cannot remove %s: %s; the next run will take it for one that was not put back", store->record_path,
          strerror(errno));
  return false;
}

/* ---- leftovers ---- */

static FILE *open_record(const char *path)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  struct stat status;
  FILE *file;

  if (fd < 0)
    return NULL;
  file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() && !(status.st_mode & 022)
             ? fdopen(fd, "r")
             : NULL;
  if (!file) {
    close(fd);
    errno = EPERM;
  }
  return file;
}

int validate_store_load(const struct validate_store *store, struct validate_record *record)
{
  FILE *file = open_record(store->record_path);
  unsigned int line;
  bool good;

  if (!file && errno == ENOENT)
    return -ENOENT;
  if (!file) {
    cli_say("cannot read %s, where an earlier run recorded what is to be put back: %s", store->record_path,
            strerror(errno));
    return CLI_NOT_OBSERVED;
  }
  good = validate_record_read(file, record, &line);
  fclose(file);
  if (good)
    return 0;
  cli_say("%s, where an earlier run recorded what is to be put back, is damaged at line %u; put the offloads back by "
          "hand, then remove it",
          store->record_path, line);
  return CLI_NOT_OBSERVED;
}

/* Whoever holds the lock takes care of the record. */
static bool is_held(const char *path)
{
  struct flock lock = whole_file();
  int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  bool held;

  if (fd < 0)
    return false;
  held = fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
  close(fd);
  return held;
}

static int take_leftover(const struct validate_store *store, const char *name, validate_leftover_function *call,
                         void *context)
{
  struct validate_store of = *store;
  struct validate_record record;
  int status;

  set_paths(&of, name);
  if (strcmp(of.lock_path, store->lock_path) != 0 && is_held(of.lock_path))
    return 0;
  status = validate_store_load(&of, &record);
  if (status == -ENOENT)
    return 0;
  return status ? status : call(&of, &record, context);
}

/* "validate-4026531840-2.record" is of "4026531840-2". */
static bool name_of(const char *file, char *name, size_t size)
{
  const char *suffix = strrchr(file, '.');

  if (strncmp(file, PREFIX, strlen(PREFIX)) != 0 || !suffix || strcmp(suffix, ".record") != 0)
    return false;
  snprintf(name, size, "%.*s", (int)(suffix - file - (int)strlen(PREFIX)), file + strlen(PREFIX));
  return true;
}

int validate_store_leftovers(const struct validate_store *store, validate_leftover_function *call, void *context)
{
  DIR *directory = opendir(store->directory);
  const struct dirent *entry;
  int first = 0;

  if (!directory) {
    cli_say("cannot read %s: %s", store->directory, strerror(errno));
    return CLI_NOT_OBSERVED;
  }
  while ((entry = readdir(directory)) != NULL) {
    char name[64];
    int status = name_of(entry->d_name, name, sizeof(name)) ? take_leftover(store, name, call, context) : 0;

    if (status && !first)
      first = status;
  }
  closedir(directory);
  return first;
}
